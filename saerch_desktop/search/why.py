"""Why a document is where it is in a ranking, and why one is above another: parts that sum to the scores."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.stop_words import LINKS, STOP_WORDS
from saerch_desktop.library.keywords import hit_pattern
from saerch_desktop.search.blends import Blend
from saerch_desktop.search.steering import Ranking, Term, column_of

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.vectors import Vectors
    from saerch_desktop.search.engine import SearchEngine

Kind = Literal["feature", "shared", "unexplained", "edit", "dropped"]
"""feature: one that is active in the query, a_f (d_f·x). shared: the SAE’s centre b·x, what all documents
have in common. unexplained: the part of the query that the SAE does not rebuild, e·x. edit: a moved slider,
Δa (d·x). dropped: the unexplained part with its sign turned, where paper mode leaves it out.
"""
CHANGES: Final[frozenset[Kind]] = frozenset({"edit", "dropped"})

_MOST_WORDS: Final = 40


@dataclass(frozen=True, slots=True)
class Part:
    """What one thing adds to a score.

    term: the feature or blend, None for the other kinds. amount: activation in the query, or the change of it
    by an edit; 1 for the other kinds. held: activation in the document, 0 where it is inactive there.
    """

    kind: Kind
    term: Term | None
    value: float
    amount: float = 1.0
    held: float = 0.0

    @property
    def changes(self) -> bool:
        """Whether it is a part of the change by steering, not of the unsteered score."""
        return self.kind in CHANGES


@dataclass(frozen=True, slots=True)
class FusedWhy:
    """Why a document stands where it does in a list by meaning and words.

    score, score_before: what orders the list, with and without steering. by_meaning + by_words = score.
    place_meaning, place_words: in either list, 0 where it is not among the first that count. weight: of the
    words. words: those of the query that stand in the document, with how often.
    """

    score: float
    score_before: float
    by_meaning: float
    by_words: float
    place_meaning: int
    place_words: int
    weight: float
    words: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Why:
    """A document's score in parts.

    score = x·q', score_before = x·q. parts: those of the unsteered score, which sum to it, then those of the
    change, which sum to it; either by size, the largest first. place, place_before: 1-based, None where the
    document is not among those ranked. fused: in a list by meaning and words.
    """

    row: int
    score: float
    score_before: float
    parts: tuple[Part, ...]
    place: int | None
    place_before: int | None
    fused: FusedWhy | None = None

    @property
    def total(self) -> float:
        return self.score

    @property
    def change(self) -> float:
        return self.score - self.score_before

    @property
    def brought(self) -> tuple[Part, ...]:
        """The parts of the unsteered score."""
        return tuple(part for part in self.parts if not part.changes)

    @property
    def moved(self) -> tuple[Part, ...]:
        """The parts of the change."""
        return tuple(part for part in self.parts if part.changes)

    @property
    def named(self) -> float:
        """What the query's features add together."""
        return math.fsum(part.value for part in self.parts if part.kind == "feature")


@dataclass(frozen=True, slots=True)
class Difference:
    """What one thing adds to the lead of one document over another: `value` = above - below."""

    above: Part
    below: Part

    @property
    def kind(self) -> Kind:
        return self.above.kind

    @property
    def term(self) -> Term | None:
        return self.above.term

    @property
    def value(self) -> float:
        return self.above.value - self.below.value


@dataclass(frozen=True, slots=True)
class Comparison:
    """Why `above` stands above `below`. parts: sum to the difference of their scores, the largest first.

    In a list by meaning and words that difference may be negative: the fused scores decide there.
    """

    above: Why
    below: Why
    parts: tuple[Difference, ...]

    @property
    def total(self) -> float:
        return self.above.score - self.below.score


def why(engine: SearchEngine, ranking: Ranking, row: int) -> Why:
    """The parts of a document's score, from its own vector and in double precision: no pass over the library.

    row: any document with a vector, listed in the ranking or not. UserError when it has none, or there is no
    such document. May be called from any thread; reads one row of the vectors.
    """
    return _explained(engine, ranking, row, _Terms(engine, ranking))


def why_above(engine: SearchEngine, ranking: Ranking, row_a: int, row_b: int) -> Comparison:
    """Why one of two documents is above the other, whichever is named first.

    UserError as in `why`, and when both are the same.
    """
    if row_a == row_b:
        raise UserError(
            "One document cannot be compared with itself.", "Nothing was compared.", "Choose two documents."
        )
    terms = _Terms(engine, ranking)
    above, below = (_explained(engine, ranking, row, terms) for row in (row_a, row_b))
    if _order(below) < _order(above):
        above, below = below, above
    other = {(part.kind, part.term): part for part in below.parts}
    pairs = (Difference(part, other[part.kind, part.term]) for part in above.parts)
    return Comparison(above, below, tuple(sorted(pairs, key=lambda pair: -abs(pair.value))))


def matched_words(query: str, *texts: str) -> tuple[tuple[str, int], ...]:
    """The words and phrases of a query that stand in these texts, as they are written there first, with how
    often each occurs; the commonest first, but words that say little (the, of) last.
    """
    pattern = hit_pattern(query)
    found: dict[str, tuple[str, int]] = {}
    if pattern is not None:
        for text in texts:
            for match in pattern.finditer(text):
                key = match.group().casefold()
                shown, many = found.get(key, (match.group(), 0))
                found[key] = (shown, many + 1)
    order = sorted(found, key=lambda key: (key in STOP_WORDS or key in LINKS, -found[key][1]))
    return tuple(found[key] for key in order[:_MOST_WORDS])


class _Terms:
    """The query and its steering as directions, the same for every document: (terms, d) float64."""

    def __init__(self, engine: SearchEngine, ranking: Ranking) -> None:
        query, features = ranking.query, engine.features
        self.query = query.vector.astype(np.float64)
        self.kinds: list[tuple[Kind, Term | None, float]] = []
        directions: list[NDArray[np.float64]] = []
        unexplained = self.query
        if features is not None:
            weights = features.sae.decoder[query.indices].astype(np.float64)
            shared = features.sae.pre_bias.astype(np.float64)
            values = query.values.astype(np.float64)
            self.kinds += [("feature", int(f), float(a)) for f, a in zip(query.indices, values, strict=True)]
            directions += list(weights)
            unexplained = self.query - values @ weights - shared
            self.kinds.append(("shared", None, 1.0))
            directions.append(shared)
        self.kinds.append(("unexplained", None, 1.0))
        directions.append(unexplained)
        columns = engine.columns
        if columns is not None:
            steered: list[tuple[Term, float]] = [(edit.feature, edit.delta) for edit in ranking.edits]
            steered += [(edit.blend, edit.amount) for edit in ranking.blends]
            for term, amount in steered:
                self.kinds.append(("edit", term, amount))
                directions.append(columns.direction(column_of(term)))
        if ranking.mode == "paper":
            self.kinds.append(("dropped", None, 1.0))
            directions.append(-unexplained)
        self.directions = np.asarray(directions)

    def of(self, document: NDArray[np.float64], held: _Held) -> list[Part]:
        along = self.directions @ document
        return [
            Part(kind, term, amount * float(value), amount, held.of(term))
            for (kind, term, amount), value in zip(self.kinds, along, strict=True)
        ]


class _Held:
    """What a document holds of a feature or blend, by its own code."""

    def __init__(self, features: FeatureSet | None, row: int) -> None:
        self._indices, self._values = np.empty(0, np.int32), np.empty(0, np.float32)
        if features is not None and row < features.codes.rows:
            self._indices, self._values = features.codes.indices[row], features.codes.values[row]

    def of(self, term: Term | None) -> float:
        if isinstance(term, Blend):
            return term.amount_in(self._indices, self._values)
        return 0.0 if term is None else float(self._values[self._indices == term].sum())


def _explained(engine: SearchEngine, ranking: Ranking, row: int, terms: _Terms) -> Why:
    document = _vector(engine.library.vectors, row)
    parts = terms.of(document, _Held(engine.features, row))
    brought = _by_size(part for part in parts if not part.changes)
    moved = _by_size(part for part in parts if part.changes)
    before = float(document @ terms.query)
    place, place_before = _places(ranking, row)
    score = before + math.fsum(part.value for part in moved)
    return Why(row, score, before, (*brought, *moved), place, place_before, _fused(engine, ranking, row))


def _by_size(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: -abs(part.value)))


def _vector(vectors: Vectors | None, row: int) -> NDArray[np.float64]:
    if vectors is None or not 0 <= row < vectors.rows:
        raise UserError(f"There is no document {row}.", "Nothing was explained.", "Choose another document.")
    found: NDArray[np.float64] = vectors.gather(np.asarray([row], np.int64))[0].astype(np.float64)
    if not np.isfinite(found).all():
        raise UserError(
            f"Document {row} has no vector: it could not be embedded.",
            "There is no score by meaning to explain; its words can still be found.",
            "Embed the library again to retry the failed documents.",
        )
    return found


def _places(ranking: Ranking, row: int) -> tuple[int | None, int | None]:
    at = np.flatnonzero(ranking.rows == row)
    place = int(at[0]) + 1 if at.size else None
    if ranking.fused is not None:
        return place, int(ranking.rank_before[at[0]]) if at.size else None
    query = ranking.query
    before = int(query.rank_before[row]) if np.isfinite(query.base[row]) else None
    return before if place is None and not ranking.steered else place, before


def _fused(engine: SearchEngine, ranking: Ranking, row: int) -> FusedWhy | None:
    fused = ranking.fused
    at = np.flatnonzero(ranking.rows == row)
    if fused is None or not at.size:
        return None
    place = int(at[0])
    by_meaning, by_words = fused.parts[place].tolist()
    found = engine.library.documents.get(row)
    return FusedWhy(
        float(fused.score[place]),
        float(fused.score_before[place]),
        by_meaning,
        by_words,
        int(fused.meaning[place]),
        int(fused.words[place]),
        fused.weight,
        matched_words(ranking.query.text, found.title, found.text),
    )


def _order(explained: Why) -> tuple[float, float, int]:
    """The smaller one stands above: what is listed, by its place; then by score, the lower row first."""
    return (math.inf if explained.place is None else explained.place, -explained.score, explained.row)
