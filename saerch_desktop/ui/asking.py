"""What a search asks, and its answer as it is worked out beside the window."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.library.keywords import hit_pattern
from saerch_desktop.progress import Progress
from saerch_desktop.search import where_syntax as syntax
from saerch_desktop.search.filters import Filters, within
from saerch_desktop.search.mix import Mix, Steer, steer
from saerch_desktop.search.steering import Query
from saerch_desktop.search.words import kept
from saerch_desktop.ui.controller_steering import TOP, Shown, ranked
from saerch_desktop.ui.native_ahead import load_ahead

if TYPE_CHECKING:
    from saerch_desktop.library.documents import KeywordHit, Matches
    from saerch_desktop.workflow.session import Session

Ask = Callable[["Session", Progress], Query]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """text: what the query line says. words: what is looked for in the texts, "" for nothing. ask: makes the
    query over all documents; None where only words can be searched. of_features: it means a feature of the
    SAE in use, and nothing to another one. known: the query, once it was answered by meaning.
    """

    text: str
    words: str
    ask: Ask | None
    of_features: bool = False
    known: Query | None = None

    def answered(self, query: Query) -> Question:
        """The same with its query at hand: nothing is embedded or scored again under other filters."""
        whole = query.everywhere
        return replace(self, text=self.text or query.text, ask=lambda *_: whole, known=whole)

    def for_another(self) -> Question:
        """The same for another session: the vector of the query is scored anew."""
        if self.known is None:
            return self
        vector, text = self.known.vector, self.known.text
        return replace(self, ask=by_vector(vector, text), of_features=False, known=None)


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What a question is answered under."""

    filters: Filters
    kind: str
    weight: float
    mode: str
    mix: Mix


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """query, shown: by meaning, None by words alone; hits: the first by words alone. matches: of the words,
    kept to the filters. refused: chips that this library cannot apply, by their text, and why.
    """

    terms: Terms
    query: Query | None = None
    shown: Shown | None = None
    hits: tuple[KeywordHit, ...] = ()
    matches: Matches | None = None
    refused: Mapping[str, UserError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A search with all that it was asked under, to be asked again later: in the history, in a saved view.

    vector: (d,) float32 of the query, None where only words were searched.
    """

    text: str
    words: str
    vector: NDArray[np.float32] | None
    mix: Mix = field(default_factory=Mix)
    filters: Filters = field(default_factory=Filters)
    kind: str = "meaning"
    weight: float = 0.5
    mode: str = "residual"


def by_vector(vector: NDArray[np.float32], text: str) -> Ask:
    """Asks for a vector (d,) float32; nothing is embedded."""
    return lambda session, progress: session.engine.query_from_vector(vector, text, progress)


def kind_of(question: Question, wanted: str) -> str:
    """What the question can be answered by: "words", "both" or "meaning"."""
    if question.ask is None:
        return "words"
    return wanted if question.words else "meaning"


def answer(session: Session, question: Question, terms: Terms, progress: Progress) -> Answered:
    """On a worker. Chips that cannot be applied are left out, and said. Raises UserError, Cancelled."""
    # Known by the time the words are marked in a document, which the window does in its own thread.
    threading.Thread(target=hit_pattern, args=(question.text,), name="saerch-words", daemon=True).start()
    mask, refused = kept_documents(session, terms.filters, progress)
    kind = kind_of(question, terms.kind)
    engine = session.engine
    if kind == "words":
        matches = kept(engine.matches(question.words, progress), mask)
        page = engine.keyword(question.words, TOP, mask)
        return Answered(terms, hits=page.hits, matches=matches, refused=refused)
    assert question.ask is not None
    load_ahead()
    query = engine.keep(question.ask(session, progress), mask, progress)
    if not question.text:
        hit_pattern(query.text)
    columns = engine.columns
    steering = steer(terms.mix, query, columns.direction) if columns is not None else Steer((), ())
    words = kept(engine.matches(question.words, progress, any_of=True), mask) if kind == "both" else None
    shown = ranked(session, query, steering, terms.mode, progress, words, terms.weight)
    return Answered(terms, query, shown, matches=words, refused=refused)


def kept_documents(
    session: Session, filters: Filters, progress: Progress
) -> tuple[NDArray[np.bool_] | None, dict[str, UserError]]:
    """(N,) bool of what the chips keep, None for all; and the chips that cannot be applied, with why."""
    refused: dict[str, UserError] = {}
    masks: dict[str, NDArray[np.bool_]] = {}
    for chip in filters.active:
        progress.check()
        try:
            masks[chip.text] = session.mask(chip.text, progress)
        except UserError as error:
            refused[chip.text] = error
    return within(without(filters, refused), masks.__getitem__), refused


def without(filters: Filters, texts: Mapping[str, object]) -> Filters:
    """The same chips with those of these texts switched off."""
    for text in texts:
        filters = filters.turned(text, on=False)
    return filters


def without_features(filters: Filters) -> Filters:
    """Only the chips that name no feature: those mean other things with another SAE."""
    return replace(filters, chips=tuple(chip for chip in filters.chips if not features_in(chip.text)))


def features_in(text: str) -> frozenset[int]:
    """The features that a filter names; none where it cannot be read."""
    try:
        return _features(syntax.read(text.strip()))
    except UserError:
        return frozenset()


def _features(node: syntax.Node) -> frozenset[int]:
    match node:
        case syntax.Active(feature):
            return frozenset({feature})
        case syntax.Not(part):
            return _features(part)
        case syntax.All(parts) | syntax.Any(parts):
            return frozenset().union(*map(_features, parts))
    return frozenset()
