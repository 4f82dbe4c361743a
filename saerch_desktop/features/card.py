"""All that is shown about one feature, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.kin import Cooccurrence
from saerch_desktop.features.label import Label
from saerch_desktop.features.marks import Mark

BandName = Literal["top", "upper", "middle", "low", "near", "zero"]


@dataclass(frozen=True, slots=True)
class TopDocument:
    """A document and the feature's activation there, in the SAE's units (1 ≈ the length of a vector).

    Where the feature is not active: its pre-activation among the near misses, 0 among the others.
    """

    row: int
    activation: float
    title: str


@dataclass(frozen=True, slots=True)
class Band:
    """Examples of one strength, the strongest first.

    title: what to call it. low, high: activations that the band spans, of the near misses the pre-activations
    shown. count: how many documents the band has, of which `documents` are drawn; None where nobody counted.
    """

    name: BandName
    title: str
    low: float
    high: float
    count: int | None
    documents: tuple[TopDocument, ...]


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
    cooccurring, rarely: features it fires with more and less often than by chance, both tested; counted: in
    how many of its documents, estimated: whether those are a sample. claims: what every source says about it,
    the shown one first. mark: the analyst's decisions. cohesion: how much more alike its documents are than
    any (None: not measured), junk: too little to mean anything. bands: examples by strength; the near misses
    only where the vectors were at hand.
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
    rarely: tuple[RelatedByUse, ...] = ()
    counted: int = 0
    estimated: bool = False
    claims: tuple[Label, ...] = ()
    mark: Mark = Mark(feature=0)  # noqa: RUF009 (frozen)
    cohesion: float | None = None
    junk: bool = False
    bands: tuple[Band, ...] = ()


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
