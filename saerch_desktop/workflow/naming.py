"""Name the features of an SAE that exists already, and test labels that came without a test."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.detection import Detector
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.judge import Judge
    from saerch_desktop.features.label import Grade, Label
    from saerch_desktop.library.library import Library

STAGES: Final = (
    "Measuring cohesion",
    "Finding near misses",
    "Reading phrases",
    "Collecting phrases",
    "Placing phrases",
    "Labelling features",
    "Placing labels",
    "Testing labels",
)


@dataclass(frozen=True, slots=True)
class NamingReport:
    """What naming did. named: features that got a new label; tested: further labels, of other sources, that
    got their test. auroc_median: over the tested ones of the named, None without any. grades: of the named.
    judge: who tested. seconds: the whole job.
    """

    sae: str
    named: int
    tested: int
    auroc_median: float | None
    grades: dict[Grade, int]
    judge: str
    seconds: float


def name_offline(
    path: Path, sae: str, progress: Progress, features: Sequence[int] | None = None
) -> NamingReport:
    """Give the SAE's features (all, or these) new labels without a network, and test what is untested.

    The analyst's own names and labels of other sources stay; those that have no test yet get one. Files are
    written at the end, each whole. Raises UserError (no such SAE or feature, no vectors, library being
    written elsewhere, disk full), Cancelled.
    """
    from saerch_desktop.features.cohesion import cohesion, save_cohesion
    from saerch_desktop.features.detection import Detector
    from saerch_desktop.features.feature_set import FeatureSet, record_derived
    from saerch_desktop.features.judge import judge_for, load_reference, save_reference
    from saerch_desktop.features.labels import load_labels, save_labels
    from saerch_desktop.features.naming import Corpus, name_features
    from saerch_desktop.library.library import Library

    began = time.monotonic()
    with Library.open(path, write=True) as library:
        opened = FeatureSet.open(library, sae)
        for feature in features or ():
            opened.require(feature)
        judge = judge_for(library)
        Detector(library, opened, judge=judge)  # refuses a library without vectors
        assert library.vectors is not None
        progress.plan(STAGES)
        alike = cohesion(opened.inverted, library.vectors, progress) if opened.cohesion is None else None
        corpus = Corpus(library.documents, opened.inverted, library.vectors, opened.sae.decoder)
        kept: list[Label] = []
        known = None
        if features is not None:
            kept = [
                label
                for label in load_labels(opened.folder, opened.sae.config.features)
                if label.feature not in set(features)
            ]
            known = load_reference(opened.folder, judge.name, library.vectors.dim)
        named = name_features(
            corpus, judge, progress, features, reference=known, others=[label.text for label in kept]
        )
        if alike is not None:
            save_cohesion(opened.folder, alike)
        if known is None:
            save_reference(opened.folder, judge.name, named.reference, time.monotonic() - began)
        save_labels(opened.folder, opened.sae.config.features, [*kept, *named.labels])
        record_derived(library, sae, opened.sae)
        tested = _test_others(library, sae, judge, progress)
    figures = sorted(label.detection.auroc for label in named.labels if label.detection is not None)
    return NamingReport(
        sae=sae,
        named=len(named.labels),
        tested=tested,
        auroc_median=figures[len(figures) // 2] if figures else None,
        grades=dict(Counter(label.grade for label in named.labels)),
        judge=judge.name,
        seconds=time.monotonic() - began,
    )


def _test_others(library: Library, sae: str, judge: Judge, progress: Progress) -> int:
    """Test labels of language models, of other SAEs, imported ones and the analyst's own where they have no
    test; return how many got one.
    """
    from saerch_desktop.features.detection import Detector
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.labels import (
        BROUGHT_FILE,
        CARRIED_FILE,
        LLM_FILE,
        load_labels,
        save_labels,
    )
    from saerch_desktop.features.marks import save_tests

    opened = FeatureSet.open(library, sae)
    detector = Detector(library, opened, judge=judge)
    total = opened.sae.config.features
    tested = 0
    for name in (LLM_FILE, CARRIED_FILE, BROUGHT_FILE):
        if (opened.folder / name).is_file():
            labels = load_labels(opened.folder, total, name)
            better = with_tests(detector, labels, progress)
            gained = sum(a.detection is not b.detection for a, b in zip(labels, better, strict=True))
            if gained:
                save_labels(opened.folder, total, better, name)
            tested += gained
    tested += _test_imported(opened, detector, progress)
    own = [
        mark
        for mark in opened.labels.marks().values()
        if mark.text is not None and mark.detection is None and opened.statistics.live[mark.feature]
    ]
    found = detector.detect([(mark.feature, mark.text or "") for mark in own], progress)
    tests = {
        (mark.feature, mark.text or ""): detection
        for mark, detection in zip(own, found, strict=True)
        if detection is not None
    }
    return tested + save_tests(opened.folder, total, tests)


def _test_imported(opened: FeatureSet, detector: Detector, progress: Progress) -> int:
    from saerch_desktop.features.imported import load_labels, save_imported

    imported = load_labels(opened.folder)
    if imported is None:
        return 0
    live = opened.statistics.live
    wanting = [
        i
        for i, label in enumerate(imported.labels)
        if label.detection is None and label.feature < live.size and live[label.feature]
    ]
    labels = list(imported.labels)
    found = detector.detect([(labels[i].feature, labels[i].text) for i in wanting], progress)
    for i, detection in zip(wanting, found, strict=True):
        labels[i] = labels[i].model_copy(update={"detection": detection})
    gained = sum(detection is not None for detection in found)
    if gained:
        save_imported(opened.folder, imported.model_copy(update={"labels": tuple(labels)}))
    return gained


def with_tests(detector: Detector, labels: Sequence[Label], progress: Progress) -> list[Label]:
    """The same labels, those without a test tested where that is possible."""
    wanting = [i for i, label in enumerate(labels) if label.detection is None]
    found = detector.detect([(labels[i].feature, labels[i].text) for i in wanting], progress)
    out = list(labels)
    for i, detection in zip(wanting, found, strict=True):
        if detection is not None:
            out[i] = labels[i].model_copy(update={"detection": detection})
    return out
