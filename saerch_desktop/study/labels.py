"""How good the names of an SAE's features are, measured anew on documents kept out of their making."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.detection import Detector, measure
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.hard_negatives import BAND, CaseFinder
from saerch_desktop.features.judge import naming_seconds
from saerch_desktop.features.label import GRADES, grade
from saerch_desktop.progress import Progress
from saerch_desktop.study.label_truth import Truth, against_facet

if TYPE_CHECKING:
    from saerch_desktop.features.label import Detection, Grade, Label
    from saerch_desktop.library.library import Library

QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
# Negatives drawn from other shares of the documents, nearest first: what the main figure would be with them.
BANDS: Final[tuple[tuple[str, float], ...]] = (
    ("random", 1.0),
    ("nearest_tenth", BAND),
    ("nearest_hundredth", 0.01),
    ("nearest_50", 0.0),
)
_GOOD: Final = 0.75
_NAMED_WELL: Final[tuple[Grade, ...]] = ("A", "B", "C")


@dataclass(frozen=True, slots=True)
class Band:
    """Figures with negatives from one band. chance: the median when every feature has another one's label."""

    name: str
    auroc_median: float | None
    auroc_share_075: float
    chance: float | None


@dataclass(frozen=True, slots=True)
class LabelStudy:
    """live: features active anywhere; labelled: of these with a label; tested: of these with enough held-out
    documents. auroc_median and quantiles (5, 25, 50, 75, 95 %): over the tested. auroc_share_075: labels with
    an AUROC of at least 0.75, of all live features. chance: the median AUROC when labels are dealt to other
    features. grades, sources: counts over the labelled. coverage: the share of all activations that is of
    features graded A, B or C. junk: features whose documents are no more alike than any, None when not
    known. bands: the same labels with other negatives. naming_seconds: what naming took, if known;
    seconds: what this study took. judge: who ranked.
    """

    sae: str
    live: int
    labelled: int
    tested: int
    auroc_median: float | None
    auroc_quantiles: tuple[float, ...]
    auroc_share_075: float
    chance: float | None
    grades: dict[str, int]
    sources: dict[str, int]
    coverage: float
    junk: int | None
    bands: tuple[Band, ...]
    truth: tuple[Truth, ...]
    judge: str
    naming_seconds: float | None
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def study_labels(library: Library, name: str, progress: Progress, truth: str | None = None) -> LabelStudy:
    """Test every shown label of the SAE anew. truth: a facet whose values the features should know.

    UserError without vectors, such an SAE or such a facet; Cancelled. Writes nothing.
    """
    began = time.monotonic()
    features = FeatureSet.open(library, name)
    detector = Detector(library, features)
    column = _facet(library, truth, progress) if truth is not None else None
    live = features.statistics.live
    labels = [label for label in features.labels if live[label.feature]]
    placed = detector.placed([label.text for label in labels], progress)
    bands: list[Band] = []
    main: list[Detection | None] = []
    placed[_made_of_everything(labels)] = np.nan
    for band_name, share in BANDS:
        detections, dealt = _measured(library, features, labels, placed, share, detector.judge, progress)
        bands.append(_band(band_name, detections, dealt, int(live.sum())))
        if share == BAND:
            main = detections
    figures = np.asarray([found.auroc for found in main if found is not None])
    grades = Counter(grade(found) for found in main)
    return LabelStudy(
        sae=name,
        live=int(live.sum()),
        labelled=len(labels),
        tested=int(figures.size),
        auroc_median=float(np.median(figures)) if figures.size else None,
        auroc_quantiles=tuple(map(float, np.quantile(figures, QUANTILES))) if figures.size else (),
        auroc_share_075=float((figures >= _GOOD).sum() / max(1, int(live.sum()))),
        chance=next(band.chance for band in bands if band.name == "nearest_tenth"),
        grades={mark: grades[mark] for mark in GRADES},
        sources=dict(Counter(label.source for label in labels)),
        coverage=_coverage(features, labels, main),
        junk=int(features.junk.sum()) if features.cohesion is not None else None,
        bands=tuple(bands),
        truth=against_facet(library, features, labels, placed, column, progress) if column else (),
        judge=detector.judge,
        naming_seconds=naming_seconds(features.folder),
        seconds=round(time.monotonic() - began, 2),
    )


def _made_of_everything(labels: list[Label]) -> list[int]:
    """Places of labels that had to be made from held-out documents too: no test of them would be one. They
    are those of phrases without a test, where others of phrases have one.
    """
    own = [i for i, label in enumerate(labels) if label.kind == "phrases"]
    untested = [i for i in own if labels[i].detection is None]
    return untested if len(untested) < len(own) else []


def _facet(library: Library, name: str, progress: Progress) -> Any:
    from saerch_desktop.library.columns import Columns

    facets = Columns.load(library.documents, progress).facets
    if name not in facets:
        raise UserError(
            f"The documents have no facet “{name}”.",
            "Nothing was measured.",
            f"Choose one of: {', '.join(facets)}." if facets else "Leave it out: there are no facets.",
        )
    return facets[name]


def _measured(
    library: Library,
    features: FeatureSet,
    labels: list[Label],
    placed: NDArray[np.float32],
    band: float,
    judge: str,
    progress: Progress,
) -> tuple[list[Detection | None], list[float]]:
    """The labels' own figures, and those of another feature's label in each one's place."""
    assert library.vectors is not None
    finder = CaseFinder(library.vectors, features.inverted, testing=True, band=band)
    dealt = np.random.default_rng(0).permutation(len(labels))
    both = [np.stack([placed[i], placed[dealt[i]]]) for i in range(len(labels))]
    ids = [label.feature for label in labels]
    found = measure(library.vectors, finder, ids, both, judge, progress)
    return (
        [detection for detection, _ in found],
        [other[0] for _, other in found if other[0] is not None],
    )


def _band(name: str, detections: list[Detection | None], dealt: list[float], live: int) -> Band:
    figures = np.asarray([found.auroc for found in detections if found is not None])
    return Band(
        name=name,
        auroc_median=float(np.median(figures)) if figures.size else None,
        auroc_share_075=float((figures >= _GOOD).sum() / max(1, live)),
        chance=float(np.median(dealt)) if dealt else None,
    )


def _coverage(features: FeatureSet, labels: list[Label], detections: list[Detection | None]) -> float:
    counts = features.statistics.count
    good = [
        label.feature
        for label, detection in zip(labels, detections, strict=True)
        if grade(detection) in _NAMED_WELL
    ]
    return float(counts[good].sum() / max(1, int(counts.sum())))
