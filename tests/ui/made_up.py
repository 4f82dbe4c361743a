"""A small made-up search for tests of the panes: rankings, documents and a feature's card."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saerch_desktop.features.card import (
    Band,
    BandName,
    FeatureCard,
    RelatedByUse,
    RelatedFeature,
    TopDocument,
    histogram,
)
from saerch_desktop.features.kin import Cooccurrence
from saerch_desktop.features.label import Alternative, Detection, Label
from saerch_desktop.features.marks import Mark
from saerch_desktop.library.documents import Document
from saerch_desktop.search.steering import Edit, Query, Ranking
from saerch_desktop.ui.mixer import MixerFeature
from saerch_desktop.ui.results_model import ResultRow

LONG = "viscosity and angular momentum transport in protoplanetary discs with a very long label " * 3


def label(feature: int) -> str:
    return LONG if feature == 4 else f"label {feature}"


def rows(wanted: Sequence[int]) -> list[ResultRow]:
    return [
        ResultRow(
            row,
            f"id{row}",
            f"Title {row}",
            (("kind", "class"), ("package", "numpy")),
            f"20{row % 90 + 10}-01-02",
        )
        for row in wanted
    ]


def query(active: int = 6) -> Query:
    indices = np.arange(active, dtype=np.int32)
    base = np.linspace(0.9, 0.1, 1000, dtype=np.float32)
    values = (0.5 * 0.9**indices).astype(np.float32)
    return Query(
        "words", np.ones(4, np.float32) / 2, base, np.arange(1, 1001, dtype=np.int32), indices, values
    )


def ranking(
    documents: Sequence[int], edits: Sequence[Edit] = (), mode: str = "residual", of: Query | None = None
) -> Ranking:
    n, m = len(documents), len(edits) + (mode == "paper")
    scores = np.linspace(0.9, 0.5, n, dtype=np.float32)
    contributions = np.random.default_rng(0).normal(0, 0.05, (n, m)).astype(np.float32)
    features: list[int | None] = [edit.feature for edit in edits]
    return Ranking(
        query=query() if of is None else of,
        mode="paper" if mode == "paper" else "residual",
        edits=tuple(edits),
        rows=np.asarray(documents, dtype=np.int64),
        scores=scores,
        scores_before=scores - contributions.sum(1),
        rank_before=np.asarray(documents, dtype=np.int32) + 1,
        contributions=contributions,
        contribution_features=(*features, None) if mode == "paper" else tuple(features),
        fidelity=0.93,
        moved_in=14,
        moved_out=14,
    )


def mixer_features(count: int = 6) -> list[MixerFeature]:
    return [MixerFeature(f, label(f), 0.5 * 0.9**f, 0.4) for f in range(count)]


def claims(feature: int) -> tuple[Label, ...]:
    """What a language model, the phrases and an import say; the first is shown."""
    tested = Detection(auroc=0.93, low=0.88, high=0.97, positives=50, negatives=50, judge="MiniLM")
    return (
        Label(
            feature=feature,
            text=f"label {feature}",
            source="llm: small-model",
            detection=tested,
            pearson=0.81,
            f1=0.75,
            tests=6,
            examples=10,
            alternatives=(Alternative(text="another idea", auroc=0.9),),
            reasoning="All of them speak of discs.",
            made="2026-11-20T10:00:00+00:00",
            prompt="v2",
        ),
        Label(feature=feature, text="discs · accretion", source="phrases", examples=20),
    )


def band(name: BandName, first: int, low: float, high: float, count: int | None = 300) -> Band:
    values = np.linspace(high, low, 3)
    documents = tuple(
        TopDocument(first + place, float(value), f"Title {first + place}")
        for place, value in enumerate(values)
    )
    return Band(name, f"Band {name}", low, high, count, documents)


def bands(near: bool = False) -> tuple[Band, ...]:
    """Bands of three documents each; with the near misses, or still without."""
    made = [
        band("top", 0, 1.5, 2.5),
        band("upper", 10, 0.8, 1.2),
        band("middle", 20, 0.4, 0.6),
        band("low", 30, 0.1, 0.2),
    ]
    if near:
        made.append(band("near", 40, 0.02, 0.04, None))
    return (*made, band("zero", 50, 0.0, 0.0))


def card(feature: int = 3, mark: Mark | None = None) -> FeatureCard:
    values = np.sort(np.random.default_rng(1).gamma(2.0, 0.2, 1765)).astype(np.float32)[::-1]
    edges, counts = histogram(values, 20)
    said = claims(feature)
    return FeatureCard(
        feature=feature,
        text=f"label {feature}",
        label=said[0],
        count=1765,
        density=0.0042,
        maximum=float(values[0]),
        mean=float(values.mean()),
        p95=1.0,
        histogram_edges=edges,
        histogram_counts=counts,
        top=tuple(TopDocument(row, float(values[row]), f"Title {row}") for row in range(8)),
        nearest=(RelatedFeature(7, "near", 0.6), RelatedFeature(8, "less near", 0.4)),
        opposite=(RelatedFeature(9, "against", -0.3),),
        cooccurring=(RelatedByUse(11, "together", Cooccurrence(11, 900, 3.2, 0.3, 281.0, 0.001)),),
        rarely=(RelatedByUse(12, "seldom", Cooccurrence(12, 2, 0.1, -0.4, 20.0, 0.01)),),
        counted=1765,
        claims=said,
        mark=mark if mark is not None else Mark(feature=feature),
        cohesion=0.31,
        bands=bands(),
    )


def dead_card(feature: int = 5) -> FeatureCard:
    none, counts = np.empty(0, np.float32), np.empty(0, np.int64)
    return FeatureCard(
        feature, f"#{feature} (in no document)", None, 0, 0.0, 0.0, 0.0, 0.0, none, counts, (), (), (), ()
    )


def document(row: int = 4) -> Document:
    metadata = {"id": "id4", "text": "Body <b>text</b>.", "authors": "A. Author", "pages": 12, "none": None}
    facets = (("category", "astro-ph.HE"),)
    return Document(row, "id4", "A title", "Body <b>text</b>.", "2019-04-01", facets, metadata)
