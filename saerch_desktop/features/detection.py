"""Tests labels: does the text find the feature's documents among documents that only come close?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.hard_negatives import CaseFinder, Cases
from saerch_desktop.features.judge import (
    JOINT,
    judge_for,
    load_reference,
    reference_of,
    reference_texts,
)
from saerch_desktop.features.label import Detection
from saerch_desktop.features.ranking_quality import auroc, bootstrap
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.embedding.base import Embedder
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.judge import Judge
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors

__all__ = ["FEWEST", "JOINT", "Detector", "measure"]

FEWEST: Final = 5  # positives, and negatives, without which nothing is said
_AT_ONCE: Final = 128


class Detector:
    """Measures labels of one SAE on documents that were never used to make one.

    A judge (`features.judge`) ranks a feature's held-out documents and as many hard negatives
    (`features.hard_negatives`) by their closeness to the label's text, less their closeness to labels in
    general. The figure is the AUROC of that ranking. Seeded; the same label has the same figure each time.
    For one thread at a time.
    """

    def __init__(
        self,
        library: Library,
        features: FeatureSet,
        embedder: Embedder | None = None,
        seed: int = 0,
        judge: Judge | None = None,
    ) -> None:
        """embedder: what made the library's vectors, if it is open already; judge: who ranks, if that is
        decided already. UserError without vectors.
        """
        vectors = library.vectors
        if vectors is None:
            raise UserError(
                "This library has no usable vectors.",
                "Labels are tested by closeness to documents; nothing was tested.",
                "Embed the documents first.",
            )
        self._vectors = vectors
        self._features = features
        self._seed = seed
        self._finder = CaseFinder(vectors, features.inverted, testing=True, seed=seed)
        self._judge = judge or judge_for(library, embedder, seed)
        self._reference: NDArray[np.float32] | None = None

    @property
    def judge(self) -> str:
        """Who ranks: "minilm", "folder:NAME" or "centroids"."""
        return self._judge.name

    def test_rows(self, feature: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of up to 50 documents with the feature, spread over its activations, strongest first, and of
        up to 50 hard negatives; all held out.
        """
        cases = self._finder.one(feature)
        return cases.positives, cases.negatives

    def detect(
        self, pairs: Sequence[tuple[int, str]], progress: Progress | None = None
    ) -> list[Detection | None]:
        """How well each text finds its feature's documents, in order.

        None where fewer than 5 documents with the feature are held out, or fewer than 5 without, or the text
        has no place among the documents. Raises Cancelled.
        """
        progress = progress or Progress()
        if not pairs:
            return []
        labels = self.placed([text for _, text in pairs], progress)
        tested = measure(
            self._vectors,
            self._finder,
            [feature for feature, _ in pairs],
            list(labels[:, None, :]),
            self._judge.name,
            progress,
            seed=self._seed,
        )
        return [detection for detection, _ in tested]

    def placed(self, texts: Sequence[str], progress: Progress) -> NDArray[np.float32]:
        """(n, d) where the judge sees each text, less what labels have in common; NaN without a place. The
        larger its product with a document's vector, the more the text says about that document.
        """
        distinct = list(dict.fromkeys(texts))
        slot = {text: i for i, text in enumerate(distinct)}
        places = self._judge.place(distinct, progress) - self._taken_off(progress)
        return np.asarray(places[[slot[text] for text in texts]])

    def _taken_off(self, progress: Progress) -> NDArray[np.float32]:
        if self._reference is None:
            self._reference = reference_for(self._features, self._judge, self._vectors.dim, progress)
        return self._reference


def reference_for(features: FeatureSet, judge: Judge, dim: int, progress: Progress) -> NDArray[np.float32]:
    """What labels of these features have in common in the judge's eyes, (dim,): as it was when they were
    named, else of those there are. Raises Cancelled.
    """
    known = load_reference(features.folder, judge.name, dim)
    if known is not None:
        return known
    own = [(label.feature, label.text) for label in features.labels]
    return reference_of(judge.place(reference_texts(own), progress))


def measure(
    vectors: Vectors,
    finder: CaseFinder,
    features: Sequence[int],
    labels: Sequence[NDArray[np.float32]],
    judge: str,
    progress: Progress,
    *,
    seed: int = 0,
) -> list[tuple[Detection | None, list[float | None]]]:
    """Tests labels that have their place already.

    labels: for each feature (c, d) vectors, less what labels have in common; the first is tested in full, of
    the others only the AUROC is given. None: too few documents, or no place. Raises Cancelled.
    """
    out: list[tuple[Detection | None, list[float | None]]] = []
    distinct = sorted({int(feature) for feature in features})
    progress.begin("Testing labels", len(distinct) + len(features), "labels")
    found = {cases.feature: cases for cases in _advancing(finder, distinct, progress)}
    for start in range(0, len(features), _AT_ONCE):
        progress.advance(len(distinct) + start)
        chosen = [found[int(feature)] for feature in features[start : start + _AT_ONCE]]
        points = Gathered(vectors, chosen)
        for cases, label in zip(chosen, labels[start : start + _AT_ONCE], strict=True):
            if min(cases.positives.size, cases.negatives.size) < FEWEST:
                out.append((None, [None] * (len(label) - 1)))
                continue
            ours, theirs = label @ points.of(cases.positives).T, label @ points.of(cases.negatives).T
            areas = [
                round(float(area), 4) if np.isfinite(area) else None for area in _areas(ours[1:], theirs[1:])
            ]
            out.append((_detection(ours[0], theirs[0], judge, seed), areas))
    progress.advance(len(distinct) + len(features))
    return out


def _detection(
    positives: NDArray[np.float32], negatives: NDArray[np.float32], judge: str, seed: int
) -> Detection | None:
    if not np.isfinite(positives).all():
        return None
    figure, low, high = bootstrap(positives, negatives, seed)
    return Detection(
        auroc=round(figure, 4),
        low=round(low, 4),
        high=round(high, 4),
        positives=positives.size,
        negatives=negatives.size,
        judge=judge,
    )


def _areas(positives: NDArray[np.float32], negatives: NDArray[np.float32]) -> NDArray[np.float64]:
    """(c,) AUROC of each line, NaN where a label has no place."""
    areas = auroc(positives, negatives)
    areas[~np.isfinite(positives).all(axis=1)] = np.nan
    return areas


class Gathered:
    """The vectors of some cases, read together in the order of the file."""

    def __init__(self, vectors: Vectors, cases: Sequence[Cases]) -> None:
        rows = [part for case in cases for part in (case.positives, case.negatives)]
        self._rows = np.unique(np.concatenate(rows)) if rows else np.zeros(0, np.int64)
        self._points = vectors.gather(self._rows)

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(len(rows), d), in this order."""
        return self._points[np.searchsorted(self._rows, rows)]


def _advancing(finder: CaseFinder, features: list[int], progress: Progress) -> list[Cases]:
    cases = []
    for found in finder.many(features, progress):
        cases.append(found)
        if len(cases) % 64 == 0:
            progress.advance(len(cases))
    return cases
