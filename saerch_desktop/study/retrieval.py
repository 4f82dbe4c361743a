"""How much of a search survives when it sees only what an SAE says: against judged questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.study.beir import RetrievalSet
from saerch_desktop.study.retrieval_measures import ndcg, overlap, recall

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from saerch_desktop.embedding.base import Embedder
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors
    from saerch_desktop.sae.weights import Sae

Float = NDArray[np.float32]
Rows = list[NDArray[np.int64]]

POWER: Final = 0.75
"""Codes are compared by the cosine of their activations to this power: plain activations let the few
strongest features decide. Chosen on SciFact's training questions, of which none is in its test split."""
_DEEP, _TOP = 100, 10
_BLOCK: Final = 1024
_RESAMPLES: Final = 2000
_NUDGE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over the questions. overlap: of the first ten with those of the raw search. kept: share of the
    raw search's nDCG@10, and the ends of its 95 % interval (questions resampled in pairs, percentiles).
    """

    ndcg: float
    recall_10: float
    recall_100: float
    overlap: float
    kept: float
    kept_low: float
    kept_high: float

    def as_dict(self) -> dict[str, float]:
        return {
            "ndcg@10": self.ndcg,
            "recall@10": self.recall_10,
            "recall@100": self.recall_100,
            "overlap@10": self.overlap,
        }


@dataclass(frozen=True, slots=True)
class Retrieval:
    """One SAE on one set. questions: those judged; unknown: relevant documents that the corpus does not hold.

    raw: cosine of the vectors. zero_edit: the steered search, with a slider moved and put back.
    reconstruction: the query decoded from its code, as in the paper's program (section 7.1), the documents
    as they are. codes: nothing but the codes of both. For comparison: both_rebuilt: query and documents
    decoded; plain_codes: as codes, without `POWER`.
    """

    name: str
    split: str
    sae: str
    features: int
    k: int
    documents: int
    questions: int
    unknown: int
    raw: Quality
    zero_edit: Quality
    reconstruction: Quality
    codes: Quality
    both_rebuilt: Quality
    plain_codes: Quality

    def as_dict(self) -> dict[str, Any]:
        """The four searches, by name."""
        told = ("raw", "zero_edit", "reconstruction", "codes")
        return {name: getattr(self, name).as_dict() for name in told}

    def details(self) -> dict[str, Any]:
        """Everything that is known."""
        return asdict(self)


def study_retrieval(
    library: Library, sae: Sae, wanted: RetrievalSet, embedder: Embedder, progress: Progress, seed: int = 0
) -> Retrieval:
    """Search `library`, which holds the set's corpus, for every judged question, in six ways.

    sae: of this library or of another one with vectors of the same model; embedder: what made the vectors.
    Every document is scored exactly; ties go to the lower row. UserError without vectors, with an SAE of
    other vectors, or when no relevant document is in the library. Cancelled.
    """
    vectors = _vectors(library, sae)
    gains, totals, unknown = _judged(library, wanted)
    batch = embedder.embed(list(wanted.queries.values()), progress)
    if batch.failed:
        raise UserError(
            f"A question could not be embedded: {next(iter(batch.failed.values()))}.",
            "Nothing was measured.",
            "Try again.",
        )
    asked = _unit(batch.vectors)
    rebuilt = sae.decode(*sae.encode(asked))
    found = {
        "raw": _searched(vectors, asked, progress, "Searching by the vectors"),
        "zero_edit": _put_back(vectors, sae, asked, progress),
        "reconstruction": _searched(vectors, rebuilt, progress, "Searching by rebuilt questions"),
        **_by_codes(vectors, sae, asked, progress),
    }
    scores = {name: _scored(rows, found["raw"], gains, totals) for name, rows in found.items()}
    drawn = np.random.default_rng(seed).integers(len(asked), size=(_RESAMPLES, len(asked)))
    return Retrieval(
        name=wanted.name,
        split=wanted.split,
        sae=sae.name,
        features=sae.config.features,
        k=sae.config.k,
        documents=vectors.rows,
        questions=len(asked),
        unknown=unknown,
        **{name: _quality(table, scores["raw"], drawn) for name, table in scores.items()},
    )


def _vectors(library: Library, sae: Sae) -> Vectors:
    vectors = library.vectors
    if vectors is None:
        raise UserError(
            "This library has no usable vectors.", "Nothing was measured.", "Embed the documents first."
        )
    if vectors.dim != sae.config.dim:
        raise UserError(
            f"“{sae.name}” was trained on vectors of {sae.config.dim} numbers; the corpus has {vectors.dim}.",
            "Nothing was measured.",
            "Choose an SAE of the same embedding model.",
        )
    return vectors


def _judged(library: Library, wanted: RetrievalSet) -> tuple[list[dict[int, int]], list[list[int]], int]:
    """For each question: grades by row, all its grades; and how many relevant documents are nowhere."""
    rows: dict[str, int | None] = {}
    gains: list[dict[int, int]] = []
    for grades in wanted.relevant.values():
        for document in grades:
            if document not in rows:
                rows[document] = library.documents.row_of(document)
        gains.append({row: g for document, g in grades.items() if (row := rows[document]) is not None})
    if not any(gains):
        raise UserError(
            f"None of the documents that “{wanted.name}” judges as answers is in this library.",
            "Nothing was measured.",
            "Use the library that was made of this set's corpus.",
        )
    totals = [list(grades.values()) for grades in wanted.relevant.values()]
    return gains, totals, sum(row is None for row in rows.values())


def _searched(vectors: Vectors, asked: Float, progress: Progress, stage: str) -> Rows:
    from saerch_desktop.search.exact import nearest

    progress.begin(stage, len(asked), "questions")
    return [rows for rows, _ in nearest(vectors, asked, _DEEP, progress)]


def _put_back(vectors: Vectors, sae: Sae, asked: Float, progress: Progress) -> Rows:
    """The product's steered search after its strongest feature was moved and put back."""
    from saerch_desktop.search.columns import Columns
    from saerch_desktop.search.exact import scores
    from saerch_desktop.search.ranking import ranks
    from saerch_desktop.search.steering import Query, Steering, Term

    steering = Steering(Columns(vectors, sae.decoder))
    found: Rows = []
    progress.begin("Searching with sliders put back", len(asked), "questions")
    for number, vector in enumerate(asked):
        base = scores(vectors, vector, progress)
        indices, values = sae.encode(vector[None, :])
        query = Query("", vector, base, ranks(base), indices[0], values[0], int(np.isfinite(base).sum()))
        moved: dict[Term, float] = {int(indices[0][0]): _NUDGE}
        at = vector.astype(np.float64)
        steering.rank(query, moved, at + _NUDGE * sae.decoder[indices[0][0]], _DEEP, None, progress)
        found.append(steering.rank(query, {}, at, _DEEP, None, progress).rows)
        progress.advance(number + 1)
    return found


def _by_codes(vectors: Vectors, sae: Sae, asked: Float, progress: Progress) -> dict[str, Rows]:
    """Searches that see documents as codes alone; every block of them is encoded once."""
    indices, values = sae.encode(asked)
    codes = {
        "codes": _compressed(_sparse(indices, values, sae), POWER),
        "plain_codes": _compressed(_sparse(indices, values, sae), 1.0),
    }
    rebuilt = _unit(sae.decode(indices, values))
    best = {name: _Best(len(asked)) for name in ("codes", "both_rebuilt", "plain_codes")}
    progress.begin("Searching by codes", vectors.rows, "documents")
    for start, there, block in _blocks(vectors):
        progress.check()
        coded = _sparse(*sae.encode(block), sae)
        best["codes"].take((codes["codes"] @ _compressed(coded, POWER).T).toarray(), there)
        best["plain_codes"].take((codes["plain_codes"] @ _compressed(coded, 1.0).T).toarray(), there)
        documents = _unit(np.asarray(coded @ sae.decoder + sae.pre_bias, np.float32))
        best["both_rebuilt"].take(rebuilt @ documents.T, there)
        progress.advance(min(vectors.rows, start + _BLOCK))
    return {name: one.rows() for name, one in best.items()}


def _blocks(vectors: Vectors) -> Iterator[tuple[int, NDArray[np.int64], Float]]:
    """Where a block starts, its rows that have a vector, and these."""
    for start in range(0, vectors.rows, _BLOCK):
        rows = np.arange(start, min(vectors.rows, start + _BLOCK), dtype=np.int64)
        rows = rows[~np.isin(rows, vectors.missing)]
        if rows.size:
            yield start, rows, vectors.gather(rows)
        vectors.release()


def _sparse(indices: NDArray[np.int32], values: Float, sae: Sae) -> csr_array:
    """Codes as a sparse (m, n) matrix; places left at 0 stay out."""
    from scipy.sparse import csr_array

    active = values > 0
    starts = np.concatenate(([0], np.cumsum(np.count_nonzero(active, axis=1))))
    shape = (len(values), sae.config.features)
    return csr_array((values[active], indices[active], starts), shape=shape)


def _compressed(codes: csr_array, power: float) -> csr_array:
    """Activations to `power`, each row then scaled to unit length."""
    from scipy.sparse import csr_array

    data = codes.data.astype(np.float64) ** power
    row = np.repeat(np.arange(codes.shape[0]), np.diff(codes.indptr))
    length = np.sqrt(np.bincount(row, data**2, minlength=codes.shape[0]))
    data = (data / np.maximum(length, 1e-12)[row]).astype(np.float32)
    return csr_array((data, codes.indices, codes.indptr), shape=codes.shape)


class _Best:
    """The best rows of each question so far, by (-score, row)."""

    def __init__(self, questions: int) -> None:
        self._rows = np.zeros((questions, 0), np.int64)
        self._scores = np.zeros((questions, 0), np.float32)

    def take(self, scores: NDArray[np.floating], rows: NDArray[np.int64]) -> None:
        """scores (questions, b) of the documents `rows` (b,), which come after all taken before."""
        every = np.concatenate((self._scores, scores.astype(np.float32)), axis=1)
        whose = np.concatenate((self._rows, np.broadcast_to(rows, scores.shape)), axis=1)
        # Stable: among equal scores those taken before, which have the lower rows, stay before.
        order = np.argsort(-every, axis=1, kind="stable")[:, :_DEEP]
        self._scores = np.take_along_axis(every, order, axis=1)
        self._rows = np.take_along_axis(whose, order, axis=1)

    def rows(self) -> Rows:
        return list(self._rows)


def _scored(
    found: Rows, raw: Rows, gains: Sequence[dict[int, int]], totals: Sequence[list[int]]
) -> NDArray[np.float64]:
    """(questions, 4): nDCG@10, recall@10, recall@100, overlap@10."""
    return np.asarray(
        [
            (
                ndcg(_first(rows), gain, total),
                recall(rows[:_TOP], gain, total),
                recall(rows, gain, total),
                overlap(before[:_TOP], rows[:_TOP]),
            )
            for rows, before, gain, total in zip(found, raw, gains, totals, strict=True)
        ]
    )


def _first(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first ten, filled up with no document where the corpus has fewer."""
    return np.concatenate((rows[:_TOP], np.full(max(0, _TOP - len(rows)), -1)))


def _quality(table: NDArray[np.float64], raw: NDArray[np.float64], drawn: NDArray[np.int64]) -> Quality:
    ours, theirs = table[:, 0][drawn].mean(axis=1), raw[:, 0][drawn].mean(axis=1)
    base = float(raw[:, 0].mean())
    sound = theirs > 0
    low, high = np.percentile(ours[sound] / theirs[sound], (2.5, 97.5)) if sound.any() else (0.0, 0.0)
    reached, recall_10, recall_100, shared = map(float, table.mean(axis=0))
    kept = reached / base if base else 0.0
    return Quality(reached, recall_10, recall_100, shared, kept, float(low), float(high))


def _unit(rows: Float) -> Float:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)
