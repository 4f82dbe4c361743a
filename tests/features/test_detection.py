"""Labels of a planted library: tested the same by the detector and by dense arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import planted_library
import pytest
from numpy.typing import NDArray
from planted_library import DEAD, DIM, SUBJECTS
from sklearn.metrics import roc_auc_score

from saerch_desktop.embedding.base import EmbeddingBatch
from saerch_desktop.errors import UserError
from saerch_desktop.features.detection import Detector
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.held_out import held_out
from saerch_desktop.features.judge import (
    CentroidJudge,
    EmbeddingJudge,
    judge_for,
    load_reference,
    naming_seconds,
    reference_texts,
    save_reference,
)
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.progress import Progress


class SubjectEmbedder:
    """Puts a subject's phrases at its planted direction, and other texts nowhere near any."""

    batch_size = 16

    def __init__(self, *, online: bool = False, kind: str = "minilm", name: str = "x") -> None:
        self.uses_network = online
        self.identity = EmbedderIdentity.model_validate({"kind": kind, "name": name, "dim": DIM})
        self._decoder = planted_library.subject_vectors()[1]
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> EmbeddingBatch:
        self.seen += texts
        return EmbeddingBatch(np.stack([self._one(text) for text in texts]))

    def _one(self, text: str) -> NDArray[np.float32]:
        subjects = [i for i, phrases in enumerate(SUBJECTS) if any(phrase in text for phrase in phrases)]
        total = self._decoder[subjects].sum(axis=0) if subjects else self._decoder[20]
        return np.asarray(total / np.linalg.norm(total), np.float32)


def test_the_figure_is_the_auroc_of_the_named_rows(library: Library, features: FeatureSet) -> None:
    embedder = SubjectEmbedder()
    detector = Detector(library, features, embedder)
    detection = detector.detect([(2, "suspension bridge")])[0]
    positives, negatives = detector.test_rows(2)
    assert held_out(np.r_[positives, negatives]).all()
    assert library.vectors is not None
    label = embedder._one("suspension bridge") - np.mean(
        [embedder._one(text) for text in reference_texts((x.feature, x.text) for x in features.labels)],
        axis=0,
    )
    scores = library.vectors.gather(np.r_[positives, negatives]) @ label
    truth = np.r_[np.ones(positives.size), np.zeros(negatives.size)]
    assert detection is not None
    assert detection.auroc == pytest.approx(roc_auc_score(truth, scores), abs=1e-3)
    assert (detection.positives, detection.negatives) == (positives.size, negatives.size)
    assert detection.judge == "minilm"


def test_true_labels_pass_and_false_ones_fail(library: Library, features: FeatureSet) -> None:
    detector = Detector(library, features, SubjectEmbedder())
    pairs = [(subject, SUBJECTS[subject][0]) for subject in range(len(SUBJECTS))]
    pairs += [(subject, SUBJECTS[subject - 1][0]) for subject in range(len(SUBJECTS))]
    found = detector.detect(pairs, Progress())
    assert all(detection is not None for detection in found)
    areas = [detection.auroc for detection in found if detection is not None]
    assert min(areas[: len(SUBJECTS)]) > 0.85
    assert max(areas[len(SUBJECTS) :]) < 0.6
    assert detector.detect(pairs) == found
    assert detector.detect(pairs[3:4]) == found[3:4]
    assert detector.detect([]) == []


def test_too_few_documents_are_not_judged(library: Library, features: FeatureSet) -> None:
    detector = Detector(library, features, SubjectEmbedder())
    assert detector.detect([(DEAD[0], "whatever"), (0, "dark matter halo")])[0] is None


def test_without_the_embedder_words_are_centroids(library: Library, features: FeatureSet) -> None:
    detector = Detector(library, features)
    assert detector.judge == "centroids"
    found = detector.detect([(3, "humpback whale · song pattern"), (3, "string quartet"), (3, "zzzqqq")])
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].auroc > 0.85 > 0.6 > found[1].auroc
    assert found[2] is None  # no document holds the word


def test_centroids_never_look_at_held_out_documents(library: Library) -> None:
    placed = CentroidJudge(library).place(["sourdough starter"], Progress())[0]
    rows = np.asarray([hit.row for hit in library.documents.keyword('"sourdough starter"', 300)])
    rows = rows[~held_out(rows)]
    assert library.vectors is not None
    rows = np.setdiff1d(rows, library.vectors.missing)
    mean = library.vectors.gather(rows).mean(axis=0)
    assert placed == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_no_judge_needs_the_network(library: Library) -> None:
    assert judge_for(library, SubjectEmbedder(online=True)).name == "centroids"
    assert judge_for(library, SubjectEmbedder()).name == "minilm"
    assert EmbeddingJudge(SubjectEmbedder(kind="folder", name="/models/Small\\one/")).name == "folder:one"


def test_the_reference_is_kept_and_foreign_ones_are_not_taken(tmp_path: Path) -> None:
    reference = np.linspace(-1, 1, DIM).astype(np.float32)
    save_reference(tmp_path, "minilm", reference, 12.345)
    assert load_reference(tmp_path, "minilm", DIM) == pytest.approx(reference, abs=1e-6)
    assert naming_seconds(tmp_path) == 12.35 or naming_seconds(tmp_path) == 12.34
    assert load_reference(tmp_path, "centroids", DIM) is None
    assert load_reference(tmp_path, "minilm", DIM + 1) is None
    for damage in (b"", b"[]", b'{"judge": "minilm", "reference": ["x"]}', b"\xff\xfe"):
        (tmp_path / "judge.json").write_bytes(damage)
        assert load_reference(tmp_path, "minilm", DIM) is None
    assert naming_seconds(tmp_path / "nowhere") is None


def test_without_vectors_nothing_is_tested(
    library: Library, features: FeatureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Library, "vectors", None)
    with pytest.raises(UserError, match="no usable vectors"):
        Detector(library, features)
