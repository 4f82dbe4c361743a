"""Labels against what somebody else knows: for each value of a facet the feature that stands for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.held_out import held_out, mixed
from saerch_desktop.features.phrases import stem
from saerch_desktop.features.ranking_quality import auroc
from saerch_desktop.features.stop_words import LINKS, STOP_WORDS
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.label import Label
    from saerch_desktop.library.facet_column import FacetColumn
    from saerch_desktop.library.library import Library

_FEWEST: Final = 30  # documents of a value
_MOST_VALUES: Final = 40
_SAMPLE: Final = 200  # documents on each side that a label ranks
_BLOCK: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Truth:
    """One value of a facet, and the feature whose documents are most nearly the value's.

    The feature is the one of highest F1 on documents that are not held out; precision, recall and f1 are of
    "the feature is active" as a guess of "the document has the value", on held-out ones. says_it: whether the
    label holds a word of the value, None where the value has no words (a code). auroc: how well the label's
    text ranks held-out documents with the value above others. rank: of that label's auroc for this value
    among all labels (1: no label says it better).
    """

    value: str
    documents: int
    feature: int
    label: str
    precision: float
    recall: float
    f1: float
    says_it: bool | None
    auroc: float | None
    rank: int | None


def against_facet(
    library: Library,
    features: FeatureSet,
    labels: list[Label],
    placed: NDArray[np.float32],
    column: FacetColumn,
    progress: Progress,
) -> tuple[Truth, ...]:
    """The commonest values (up to 40, of at least 30 documents) in that order. placed (len(labels), d): where
    the judge sees the labels. Raises Cancelled.
    """
    wanted = [code for code in range(min(_MOST_VALUES, len(column.values))) if column.counts[code] >= _FEWEST]
    progress.begin("Comparing with the facet", len(wanted), "values")
    has = features.without_vector
    test = held_out(np.arange(column.rows))
    usable = np.ones(column.rows, np.bool_)
    usable[has] = False
    active = {side: _counts(features, np.flatnonzero(usable & (test == side))) for side in (False, True)}
    out = []
    for done, code in enumerate(wanted):
        inside = column.having(np.asarray([code])) & usable
        truth = _truth(library, features, labels, placed, column.values[code], inside, usable, test, active)
        if truth is not None:
            out.append(truth)
        progress.advance(done + 1)
    return tuple(out)


def _truth(
    library: Library,
    features: FeatureSet,
    labels: list[Label],
    placed: NDArray[np.float32],
    value: str,
    inside: NDArray[np.bool_],
    usable: NDArray[np.bool_],
    test: NDArray[np.bool_],
    active: dict[bool, NDArray[np.int64]],
) -> Truth | None:
    known, tested = np.flatnonzero(inside & ~test), np.flatnonzero(inside & test)
    if not known.size or not tested.size:
        return None
    hits = _counts(features, known)
    feature = int(np.argmax(2 * hits / np.maximum(active[False] + known.size, 1)))
    found = int(_counts(features, tested)[feature])
    own = int(active[True][feature])
    others = np.flatnonzero(~inside & usable & test)
    areas = _areas(library, placed, _sample(tested), _sample(others)) if others.size else None
    place = next((i for i, label in enumerate(labels) if label.feature == feature), None)
    area = float(areas[place]) if areas is not None and place is not None else None
    text = features.labels.text(feature)
    return Truth(
        value=value,
        documents=int(inside.sum()),
        feature=feature,
        label=text,
        precision=found / max(1, own),
        recall=found / tested.size,
        f1=2 * found / max(1, own + tested.size),
        says_it=_says(text, value),
        auroc=area if area is None or np.isfinite(area) else None,
        rank=int((areas > area).sum()) + 1
        if areas is not None and area is not None and np.isfinite(area)
        else None,
    )


def _counts(features: FeatureSet, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) in how many of these documents each feature is active."""
    counts = np.zeros(features.sae.config.features, np.int64)
    for start in range(0, rows.size, _BLOCK):
        chosen = rows[start : start + _BLOCK]
        ids = np.take(features.codes.indices, chosen, axis=0)
        counts += np.bincount(ids[np.take(features.codes.values, chosen, axis=0) > 0], minlength=counts.size)
    return counts


def _sample(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.sort(rows[np.argsort(mixed(rows, 3), kind="stable")[:_SAMPLE]])


def _areas(
    library: Library,
    placed: NDArray[np.float32],
    inside: NDArray[np.int64],
    outside: NDArray[np.int64],
) -> NDArray[np.float64]:
    """(labels,) how well each label ranks documents with the value above others."""
    assert library.vectors is not None
    ours, theirs = library.vectors.gather(inside), library.vectors.gather(outside)
    areas = [
        auroc(block @ ours.T, block @ theirs.T)
        for block in (placed[start : start + 64] for start in range(0, len(placed), 64))
    ]
    return np.concatenate(areas) if areas else np.zeros(0)


def _says(label: str, value: str) -> bool | None:
    if " " not in value and any(sign in value for sign in ".-_/0123456789"):
        return None  # a code
    told = {stem(word) for word in value.replace("-", " ").replace("_", " ").split()}
    told = {word for word in told if len(word) > 2 and word not in STOP_WORDS and word not in LINKS}
    if not told:
        return None
    return not told.isdisjoint(stem(word) for word in label.replace("-", " ").replace("·", " ").split())
