"""An open library with everything needed to search it: what both doors start from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.embedding.base import Embedder
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.columns import Columns
    from saerch_desktop.library.library import Library
    from saerch_desktop.search.engine import SearchEngine
    from saerch_desktop.search.filters import Filters
    from saerch_desktop.search.steering import Query

_MASKS = 64


class _Once:
    """The columns, made by whoever asks first; others wait. masks: of filters, packed, newest last."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.keeping = threading.Lock()
        self.columns: Columns | None = None
        self.masks: OrderedDict[str, NDArray[np.uint8]] = OrderedDict()


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A library open for reading. `features` is None without a usable SAE; `trouble` then says why, if there
    is one.
    """

    library: Library
    features: FeatureSet | None
    engine: SearchEngine
    trouble: UserError | None = None
    _once: _Once = field(default_factory=_Once, init=False, repr=False)

    def columns(self, progress: Progress | None = None) -> Columns:
        """Years, facets and fields of all documents, read once (seconds for a million documents: a job).

        Safe from any thread. Raises UserError (damaged database), Cancelled.
        """
        from saerch_desktop.library.columns import Columns

        with self._once.lock:
            if self._once.columns is None:
                self._once.columns = Columns.load(self.library.documents, progress or Progress())
            return self._once.columns

    def where(self, text: str, progress: Progress | None = None) -> NDArray[np.bool_]:
        """(N,) bool: the documents that a typed filter (`search.where`) means.

        Raises UserError where it cannot be read or names what this library does not have, Cancelled.
        """
        from saerch_desktop.search.where import parse

        wanted = parse(text)
        return wanted.rows(self.columns(progress), self.features, progress)

    def mask(self, text: str, progress: Progress | None = None) -> NDArray[np.bool_]:
        """As `where`, with the answers to the newest filters kept: a chip that is switched again costs no
        search.
        """
        once = self._once
        with once.keeping:
            kept = once.masks.get(text)
            if kept is not None:
                once.masks.move_to_end(text)
        if kept is not None:
            return np.unpackbits(kept, count=len(self.library.documents)).astype(bool)
        found = self.where(text, progress)
        with once.keeping:
            once.masks[text] = np.packbits(found)
            while len(once.masks) > _MASKS:
                once.masks.popitem(last=False)
        return found

    def within(self, filters: Filters, progress: Progress | None = None) -> NDArray[np.bool_] | None:
        """(N,) bool: the documents that the chips keep, None for all. Raises what `where` raises."""
        from saerch_desktop.search.filters import within

        return within(filters, lambda text: self.mask(text, progress))

    def counts(self, filters: Filters, progress: Progress | None = None) -> tuple[int | None, ...]:
        """How many documents meet each chip by itself, switched on or not; None for one that cannot be
        applied.
        """
        counts: list[int | None] = []
        for chip in filters.chips:
            try:
                met = int(np.count_nonzero(self.mask(chip.text, progress)))
                counts.append(len(self.library.documents) - met if chip.out else met)
            except UserError:
                counts.append(None)
        return tuple(counts)

    def required_features(self) -> FeatureSet:
        """The features, or UserError saying what to do to have some."""
        if self.features is not None:
            return self.features
        if self.trouble is not None:
            raise self.trouble
        raise UserError(
            "This library has no SAE yet.",
            "Search by meaning and by words works; there are no features to show or steer.",
            "Train an SAE first.",
        )

    def row_of(self, document: str) -> int:
        """The row of the document with this id; UserError when there is none."""
        row = self.library.documents.row_of(document)
        if row is None:
            raise UserError(
                f"There is no document “{document}” in this library.",
                "Nothing was changed.",
                "Check the identifier.",
            )
        return row

    def query_like(self, document: str) -> Query:
        """The query that looks for what is like the document with this id."""
        return self.engine.query_from_document(self.row_of(document))

    def close(self) -> None:
        self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_session(path: Path, sae: str | None = None, allow_network: bool = False) -> Session:
    """Open the library at `path` with the SAE of that name, or the newest one that can be used.

    A library without vectors or SAE opens too, and can do less. Raises UserError when the library cannot be
    used, or the SAE that was asked for. The query's embedder is opened by the first query, never before.
    """
    from saerch_desktop.embedding.registry import embedder_for
    from saerch_desktop.library.library import Library
    from saerch_desktop.search.engine import SearchEngine

    library = Library.open(path)
    try:
        features, trouble = _features(library, sae)

        def embedder() -> Embedder:
            return embedder_for(library, allow_network=allow_network)

        try:
            engine = SearchEngine(library, features, embedder)
        except UserError as error:
            if sae is not None:
                raise
            features, trouble = None, error
            engine = SearchEngine(library, None, embedder)
        return Session(library, features, engine, trouble)
    except BaseException:
        library.close()
        raise


def newest_sae(library: Library) -> str:
    """The name of the SAE that was trained last; UserError when there is none."""
    order = newest_first(library)
    if not order:
        raise UserError(
            "This library has no SAE yet.", "There is nothing to measure or show.", "Train an SAE first."
        )
    return order[0]


def newest_first(library: Library) -> list[str]:
    """Names of the library's SAEs, the one trained last first; those whose description is unreadable at the
    end.
    """
    from saerch_desktop.sae.weights import load_details

    def created(name: str) -> str:
        try:
            return load_details(library.sae_folder(name)).created
        except UserError:
            return ""

    latest_listed = library.sae_names()[::-1]  # decides among those of the same second
    return sorted(latest_listed, key=created, reverse=True)


def _features(library: Library, sae: str | None) -> tuple[FeatureSet | None, UserError | None]:
    from saerch_desktop.features.feature_set import DERIVED_FILES, FeatureSet

    if sae is not None:
        return FeatureSet.open(library, sae), None
    trouble: UserError | None = None
    for name in newest_first(library):
        if not set(DERIVED_FILES) <= library.manifest.saes[name].files.keys():
            trouble = trouble or _unfinished(name)
            continue
        try:
            return FeatureSet.open(library, name), None
        except UserError as error:
            trouble = trouble or error
    return None, trouble


def _unfinished(name: str) -> UserError:
    """It is listed once its codes are whole; what follows from these is listed when all of it is there."""
    return UserError(
        f"The features of “{name}” are not ready yet.",
        "Documents and vectors can be searched meanwhile.",
        "They come with the job that is making them; if it was interrupted, check the library with repair.",
    )
