"""All that is shown about one feature, as one value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.label import Label
from saerch_desktop.features.neighbours import Cooccurrence


@dataclass(frozen=True, slots=True)
class TopDocument:
    """A document where the feature is active. activation: in the SAE's units (1 ≈ the length of a vector)."""

    row: int
    activation: float
    title: str


@dataclass(frozen=True, slots=True)
class RelatedFeature:
    """A feature by direction; cosine of the two decoder rows."""

    feature: int
    text: str
    cosine: float


@dataclass(frozen=True, slots=True)
class RelatedByUse:
    """A feature by shared documents."""

    feature: int
    text: str
    cooccurrence: Cooccurrence


@dataclass(frozen=True, slots=True, eq=False)
class FeatureCard:
    """One feature. text: what to call it; label: the claim behind that, None without one.

    density: share of documents where it is active. histogram_edges (b+1,) float32 and histogram_counts (b,)
    int64 count its non-zero activations, from 0 to the maximum; empty for a feature that is never active.
    """

    feature: int
    text: str
    label: Label | None
    count: int
    density: float
    maximum: float
    mean: float
    p95: float
    histogram_edges: NDArray[np.float32]
    histogram_counts: NDArray[np.int64]
    top: tuple[TopDocument, ...]
    nearest: tuple[RelatedFeature, ...]
    opposite: tuple[RelatedFeature, ...]
    cooccurring: tuple[RelatedByUse, ...]


def histogram(values: NDArray[np.float32], bins: int = 40) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Edges (bins+1,) float32 from 0 to the largest value and counts (bins,) int64.

    values: positive, by descending value, so that counting is a search for the edges. The last bin holds its
    edge.
    """
    if values.size == 0:
        return np.empty(0, np.float32), np.empty(0, np.int64)
    edges = np.linspace(0.0, float(values[0]), bins + 1).astype(np.float32)
    edges[-1] = values[0]
    ascending = values[::-1]
    positions = np.searchsorted(ascending, edges, side="left")
    positions[-1] = values.size
    return edges, np.diff(positions).astype(np.int64)
