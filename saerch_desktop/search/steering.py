"""Steering: feature edits added to a query's scores, live; every change of score accounted for."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search.blends import Blend, BlendEdit, Mixture
from saerch_desktop.search.columns import Columns, Wanted
from saerch_desktop.search.ranking import leading_rows, ranks

if TYPE_CHECKING:
    from saerch_desktop.search.hybrid import Fused

Float = NDArray[np.float32]
Mode = Literal["residual", "paper"]
How = Literal["exact", "index"]
Term = int | Blend
"""What a slider moves: one feature, or several as one."""

_CHUNK = 1 << 16
_LARGEST = 1e6
_AFTER = 1 << 62  # more than any feature's number


@dataclass(frozen=True, slots=True)
class Edit:
    """One moved slider: `delta` is added to the activation of `feature` (same units as activations)."""

    feature: int
    delta: float


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A query and its unsteered search.

    vector: (d,) float32, unit. base: (N,) float32 cosines, -inf without a vector. rank_before: (N,) int32,
    1-based. indices, values: the features active in the query, (a,) int32 and (a,) float32, by activation
    descending. found: how many documents have a finite score. whole: the query over all documents, where this
    one is kept to some of them by a filter. how: whether all documents were scored, or the candidates of the
    index alone; recall: of that index, measured when it was built.
    """

    text: str
    vector: Float
    base: Float
    rank_before: NDArray[np.int32]
    indices: NDArray[np.int32]
    values: Float
    found: int = 0
    whole: Query | None = None
    how: How = "exact"
    recall: float | None = None

    @property
    def everywhere(self) -> Query:
        """The same query over all documents."""
        return self.whole or self

    def within(self, mask: NDArray[np.bool_] | None) -> Query:
        """The same query kept to the documents of `mask` (N,) bool, None for all: the others score -inf, and
        ranks are counted among those that are left. A sort: milliseconds for 100,000 documents.
        """
        whole = self.everywhere
        if mask is None:
            return whole
        base = np.where(mask, whole.base, np.float32(-np.inf))
        found = int(np.count_nonzero(np.isfinite(base)))
        return replace(whole, base=base, rank_before=ranks(base), found=found, whole=whole)

    def natural(self, feature: int) -> float:
        """The query's own activation of `feature`; 0 where it is inactive."""
        return float(self.values[self.indices == feature].sum())


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The best rows of a steered search, by (-score, row).

    rows (n,) int64; scores, scores_before (n,) float32 are x·q' and x·q (q' is not scaled back to unit
    length); rank_before (n,) int32; contributions (n, m) float32, whose sum over m is scores - scores_before;
    contribution_features names the m columns: features, blends (one column each), and None for the residual
    that paper mode drops. fidelity = cos(q, q'). fused: with words in the list, what orders it; rank_before
    then counts places of the unsteered fused list.
    """

    query: Query
    mode: Mode
    edits: tuple[Edit, ...]
    rows: NDArray[np.int64]
    scores: Float
    scores_before: Float
    rank_before: NDArray[np.int32]
    contributions: Float
    contribution_features: tuple[Term | None, ...]
    fidelity: float
    moved_in: int
    moved_out: int
    blends: tuple[BlendEdit, ...] = ()
    fused: Fused | None = None

    @property
    def total(self) -> int:
        """How many documents can be listed altogether."""
        return self.query.found if self.fused is None else len(self.rows)

    @property
    def steered(self) -> bool:
        """Whether anything makes it differ from plain search."""
        return bool(self.edits or self.blends) or self.mode == "paper"


def tidy_edits(edits: Sequence[Edit], features: int) -> dict[int, float]:
    """Feature → delta, in the order given; edits of one feature are added, those that come to zero
    dropped.
    """
    total: dict[int, float] = {}
    for edit in edits:
        if not 0 <= edit.feature < features:
            raise UserError(
                f"There is no feature {edit.feature}.",
                "Nothing was steered.",
                f"Choose a feature from 0 to {features - 1}." if features else "Train a feature model first.",
            )
        if not math.isfinite(edit.delta) or abs(edit.delta) > _LARGEST:
            raise UserError(
                f"The edit of feature {edit.feature} is not a usable number.",
                "Nothing was steered.",
                f"Give a number such as +0.3, at most {_LARGEST:,.0f} either way.",
            )
        feature = int(edit.feature)
        total[feature] = total.get(feature, 0.0) + edit.delta
    return {feature: delta for feature, delta in total.items() if delta != 0.0}


class Steering:
    """Keeps the sum of all edits but the one in motion, so that a slider's tick is one multiply-add.

    The running sums only choose the candidates; the scores shown are summed afresh for these in one fixed
    order, so the path by which the sliders came to their places leaves no trace in the result.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._lock = threading.Lock()
        self._of: tuple[Query, Float | None] | None = None
        self._edits: dict[Term, float] = {}
        self._moving: Term | None = None
        self._rest = np.empty(0, np.float32)
        self._total = np.empty(0, np.float32)

    def rank(
        self,
        query: Query,
        edits: Mapping[Term, float],
        steered: NDArray[np.float64],
        top: int,
        dropped: Float | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        """Rank all rows by x·q' (paper section 7).

        edits: from `tidy_edits` and `tidy_blends`. steered: q', (d,) float64. dropped: (N,) float32,
        X·(decode(encode(q)) - q), in paper mode only. Without edits and `dropped` the scores are the query's
        own, untouched.
        """
        columns = self._columns_of(edits, progress)
        with self._lock:
            approximate = self._sum(query, edits, columns, dropped)
            rows = leading_rows(approximate, top, _margin(edits))
        scores, table = _figures(query, edits, columns, dropped, rows)
        best = np.lexsort((rows, -scores))[:top]
        rows, table = rows[best], table[best]
        before = query.rank_before[rows]
        shown: list[Term | None] = [*edits, *([None] if dropped is not None else [])]
        moved = int(np.count_nonzero(before > top))
        return Ranking(
            query=query,
            mode="residual" if dropped is None else "paper",
            edits=tuple(Edit(term, delta) for term, delta in edits.items() if isinstance(term, int)),
            rows=rows,
            scores=scores[best],
            scores_before=query.base[rows],
            rank_before=before,
            contributions=table,
            contribution_features=tuple(shown),
            fidelity=cosine(query.vector, steered),
            moved_in=moved,
            moved_out=moved,
            blends=tuple(BlendEdit(t, amount) for t, amount in edits.items() if isinstance(t, Blend)),
        )

    def figures(
        self, query: Query, edits: Mapping[Term, float], rows: NDArray[np.int64], dropped: Float | None = None
    ) -> tuple[Float, Float]:
        """Scores (n,) float32 and contributions (n, m) float32 of any rows, exactly as `rank` gives them."""
        return _figures(query, edits, self._columns_of(edits, None), dropped, rows)

    def scores(
        self,
        query: Query,
        edits: Mapping[Term, float],
        dropped: Float | None = None,
        progress: Progress | None = None,
    ) -> Float:
        """The scores of all rows, (N,) float32, to the last bit as `rank` gives them. Raises Cancelled."""
        columns = self._columns_of(edits, progress)
        out = np.empty(query.base.size, np.float32)
        for start in range(0, out.size, _CHUNK):
            if progress is not None:
                progress.check()
            rows = np.arange(start, min(out.size, start + _CHUNK))
            out[rows] = _figures(query, edits, columns, dropped, rows)[0]
        return out

    def _columns_of(self, edits: Mapping[Term, float], progress: Progress | None) -> dict[Term, Float]:
        order = sorted(edits, key=_place)
        return dict(zip(order, self._columns.many([column_of(e) for e in order], progress), strict=True))

    def _sum(
        self, query: Query, edits: Mapping[Term, float], columns: dict[Term, Float], dropped: Float | None
    ) -> Float:
        """All edits added up, (N,) float32: `rest + delta * column` for the slider in motion."""
        if not edits and dropped is None:
            return query.base
        same = self._of is not None and self._of[0] is query and self._of[1] is dropped
        changed = [t for t in {**self._edits, **edits} if self._edits.get(t) != edits.get(t)]
        if same and not changed:
            return self._total
        moving = changed[0] if changed else None
        if same and len(changed) == 1 and moving == self._moving:
            pass
        elif same and len(changed) == 1 and moving not in self._edits:
            self._rest, self._total = self._total, self._rest
        else:
            order = list(edits)
            moving = next((t for t in reversed(order) if t in changed), next(reversed(order), None))
            self._start(query, dropped)
            for term, delta in edits.items():
                if term != moving:
                    _add(self._rest, columns[term], delta, self._rest)
        self._of, self._edits, self._moving = (query, dropped), dict(edits), moving
        if moving is None or moving not in edits:
            self._total[:] = self._rest
        else:
            _add(self._rest, columns[moving], edits[moving], self._total)
        return self._total

    def _start(self, query: Query, dropped: Float | None) -> None:
        if self._rest.size != query.base.size:
            self._rest, self._total = np.empty_like(query.base), np.empty_like(query.base)
        if dropped is None:
            self._rest[:] = query.base
        else:
            np.add(query.base, dropped, out=self._rest)


def _figures(
    query: Query,
    edits: Mapping[Term, float],
    columns: Mapping[Term, Float],
    dropped: Float | None,
    rows: NDArray[np.int64],
) -> tuple[Float, Float]:
    """Summed in one fixed order, whatever order the edits came in; `columns` is in that order. The table's
    columns are in the order of `edits`, the dropped residual last.
    """
    changes: dict[Term | None, NDArray[np.float64]] = {}
    if dropped is not None:
        changes[None] = dropped[rows].astype(np.float64)
    for term, column in columns.items():
        changes[term] = column[rows].astype(np.float64) * edits[term]
    exact = query.base[rows].astype(np.float64)
    for change in changes.values():
        exact += change
    shown: list[Term | None] = [*edits, *([None] if dropped is not None else [])]
    table = np.empty((len(rows), len(shown)), np.float32)
    for j, name in enumerate(shown):
        table[:, j] = changes[name]
    return exact.astype(np.float32), table


def cosine(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Cosine of two vectors, in double precision; 0 when one of them is zero."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / size if size > 0 else 0.0


def _add(rest: Float, column: Float, delta: float, out: Float) -> None:
    """out = rest + delta * column, in pieces that stay in the cache."""
    factor = np.float32(delta)
    piece = np.empty(min(_CHUNK, rest.size), np.float32)
    for start in range(0, rest.size, _CHUNK):
        stop = min(rest.size, start + _CHUNK)
        np.multiply(column[start:stop], factor, out=piece[: stop - start])
        np.add(rest[start:stop], piece[: stop - start], out=out[start:stop])


def column_of(term: Term) -> Wanted:
    """The column that a slider's tick adds a multiple of."""
    return term.mixture if isinstance(term, Blend) else term


def _place(term: Term) -> tuple[int, str, Mixture]:
    """Features by number, then blends: an order that does not depend on which slider was moved first."""
    return (term, "", ((), (), b"")) if isinstance(term, int) else (_AFTER, term.key, term.mixture)


def _margin(edits: Mapping[Term, float]) -> float:
    """More than single-precision sums of this size can be off, so that no true candidate is lost."""
    length = sum(abs(delta) * (1.0 if isinstance(t, int) else t.size) for t, delta in edits.items())
    return 1e-6 * (2.0 + length) * (1 + len(edits))
