"""The desk of the filters: what can be filtered by, how many documents each condition is met by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PySide6.QtCore import QObject, Signal

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search.filters import Chip
from saerch_desktop.search.where_syntax import facet_term, quoted
from saerch_desktop.ui.asking import kept_documents
from saerch_desktop.ui.jobs import Lane

if TYPE_CHECKING:
    from saerch_desktop.library.facet_column import FacetColumn
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.workflow.session import Session

_VALUES: Final = 300  # of a facet, to choose from
_FEATURE: Final = re.compile(r"feature #(\d+)")
_KEYS: Final = ("filter-counts", "filter-names", "filter-values", "filter-check")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """names: what conditions can be about, as they are typed; values: the commonest of each facet. first,
    last: years of the documents, 0 where they have none. days: whether they have more than years.
    """

    names: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    values: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)  # and their documents
    first: int = 0
    last: int = 0
    days: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """by_chip: documents that meet each chip alone, None where it cannot be applied. kept: by all that are
    on; of: all documents of the library.
    """

    by_chip: Mapping[Chip, int | None]
    kept: int
    of: int


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """A facet's values by how many of the documents that the filters keep have them, and of all documents."""

    name: str
    values: tuple[tuple[str, int, int], ...]
    more: int  # values that are not listed


class FilterDesk(QObject):
    """Works on the io lane; what is asked later replaces what was asked before."""

    vocabulary_known = Signal(object)  # Vocabulary
    counting = Signal()
    counted = Signal(object)  # Counted
    values_counted = Signal(object)  # FacetCounts
    accepted = Signal()  # what was typed became a chip
    refused = Signal(object)  # UserError: what was typed cannot be applied

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._asked_names = False
        controller.library.opened.connect(lambda *_: self._use())
        controller.library.closed.connect(self._use)
        controller.store.filters_changed.connect(lambda _: self.count())

    @property
    def _session(self) -> Session | None:
        """The one open now: filters are taken away while libraries change hands."""
        return self._controller.library.session

    def _use(self) -> None:
        self._controller.runner.cancel_keys(_KEYS)
        self._asked_names = False
        self.vocabulary_known.emit(Vocabulary())
        self.count()

    def want_vocabulary(self) -> None:
        """Read what can be filtered by, once for each library; call when the user begins to."""
        session = self._session
        if session is None or self._asked_names:
            return
        self._asked_names = True
        self._submit(
            "Reading facets", lambda p: _vocabulary(session, p), _KEYS[1], self.vocabulary_known.emit
        )

    def count(self) -> None:
        """How many documents meet the chips."""
        session, filters = self._session, self._controller.store.filters
        if session is None or not filters.chips:
            self._controller.runner.cancel_keys(_KEYS[:1])
            of = 0 if session is None else len(session.library.documents)
            self.counted.emit(Counted({}, of, of))
            return

        def work(progress: Progress) -> Counted:
            of = len(session.library.documents)
            mask, _ = kept_documents(session, filters, progress)
            counts = session.counts(filters, progress)
            kept = of if mask is None else int(np.count_nonzero(mask))
            return Counted(dict(zip(filters.chips, counts, strict=True)), kept, of)

        self.counting.emit()
        self._submit("Counting documents", work, _KEYS[0], self.counted.emit)

    def count_values(self, name: str) -> None:
        """A facet's values among the documents that the filters keep."""
        session, filters = self._session, self._controller.store.filters
        if session is None:
            return

        def work(progress: Progress) -> FacetCounts | None:
            column = session.columns(progress).facet(name)
            if column is None:
                return None
            mask, _ = kept_documents(session, filters, progress)
            return facet_counts(column, mask)

        def done(found: FacetCounts | None) -> None:
            if found is not None:
                self.values_counted.emit(found)

        self._submit("Counting documents", work, _KEYS[2], done)

    def add(self, text: str, instead_of: Chip | None = None) -> None:
        """Make a chip of what was typed, or change one; `refused` says why it cannot be."""
        session, search = self._session, self._controller.search
        text = text.strip()
        if session is None or not text:
            return

        def done(_: Any) -> None:
            filters = self._controller.store.filters
            if instead_of is None or instead_of not in filters.chips:
                search.add_filter(Chip(text))
            else:
                chips = [replace(instead_of, text=text) if c == instead_of else c for c in filters.chips]
                search.set_filters(replace(filters, chips=tuple(dict.fromkeys(chips))))
            self.accepted.emit()

        self._submit("Reading the filter", lambda p: int(session.mask(text, p).any()), _KEYS[3], done)

    def said(self, chip: Chip) -> str:
        """What a chip says in plain words, features by their labels."""
        try:
            words = chip.words()
        except UserError:
            return chip.text
        return _FEATURE.sub(lambda found: self.feature_words(int(found[1])), words)

    def feature_words(self, feature: int) -> str:
        """ "“star formation” (#12)"."""
        features = self._session.features if self._session is not None else None
        if features is None or not 0 <= feature < features.sae.config.features:
            return f"feature #{feature}"
        return f"“{features.labels.text(feature)}” (#{feature})"

    def _submit(self, title: str, work: Any, key: str, done: Any) -> None:
        def failed(error: BaseException) -> None:
            if key == _KEYS[1]:
                self._asked_names = False
            if isinstance(error, UserError) and key == _KEYS[3]:
                self.refused.emit(error)
            else:
                self._controller.fail(error, title)

        self._controller.runner.submit(
            title, work, lane=Lane.IO, key=key, quiet=True, done=done, failed=failed
        )


def facet_counts(column: FacetColumn, mask: Any, most: int = _VALUES) -> FacetCounts:
    """Documents of `mask` (N,) bool, None for all, that have each value; most of them first."""
    whole = column.counts
    now = whole
    if mask is not None:
        owners = np.repeat(np.asarray(mask), np.diff(column.starts))
        now = np.bincount(column.codes[owners], minlength=len(column.values))
    order = np.lexsort((np.arange(now.size), -now))[:most]
    values = tuple((column.values[place], int(now[place]), int(whole[place])) for place in order)
    return FacetCounts(column.name, values, now.size - order.size)


def _vocabulary(session: Session, progress: Progress) -> Vocabulary:
    columns = session.columns(progress)
    years = columns.years[columns.years > 0]
    days = bool(years.size) and bool((columns.dates(progress) % 10_000 > 0).any())
    names = [*(["year"] if years.size else []), *(["date"] if days else []), *columns.facets]
    names += [one.name for one in columns.fields if one.distinct > 1] + ["id"]
    known: dict[str, str] = {}
    for name in names:
        known.setdefault(name.casefold(), name)
    return Vocabulary(
        tuple(known.values()),
        tuple(columns.facets),
        {
            name: tuple(zip(column.values[:_VALUES], column.counts[:_VALUES].tolist(), strict=True))
            for name, column in columns.facets.items()
        },
        int(years.min()) if years.size else 0,
        int(years.max()) if years.size else 0,
        days,
    )


def completions(
    token: str, vocabulary: Vocabulary, features: Any = None, most: int = 12
) -> list[tuple[str, str]]:
    """(what to put in, what it is) for the word that is being typed.

    features: finds (feature, label) by words of the label, for tokens that begin with #.
    """
    if token.startswith("#"):
        found = features(token[1:]) if features is not None and len(token) > 1 else []
        return [(f"#{feature}", f"#{feature}  {label}") for feature, label in found[:most]]
    sign = token.startswith("-") and len(token) > 1
    bare = token[1:] if sign else token
    name, colon, begun = bare.partition(":")
    lead = "-" if sign else ""
    if colon:
        facet = next((one for one in vocabulary.values if quoted(one).casefold() == name.casefold()), None)
        if facet is None:
            return []
        wanted = begun.strip('"').casefold()
        values = [value for value, _ in vocabulary.values[facet]]
        begins = [value for value in values if value.casefold().startswith(wanted)]
        holds = [v for v in values if wanted and wanted in v.casefold() and v not in begins]
        return [(lead + facet_term(facet, value), value) for value in (*begins, *holds)[:most]]
    folded = bare.casefold()
    if not folded:
        return []
    fits = [one for one in vocabulary.names if one.casefold().startswith(folded)]
    fits += [one for one in vocabulary.names if folded in one.casefold() and one not in fits]
    return [(f"{lead}{quoted(one)}{'>=' if one in ('year', 'date') else ':'}", one) for one in fits[:most]]
