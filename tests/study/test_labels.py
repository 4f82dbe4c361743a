"""The study of labels against the planted library, where the truth is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import planted_library
import pytest
from numpy.typing import NDArray
from planted_library import NAME, SUBJECTS

from saerch_desktop.cli import main
from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import FeatureSet, build_features
from saerch_desktop.features.held_out import held_out
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.study.label_truth import _says
from saerch_desktop.study.labels import BANDS, study_labels


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = planted_library.make(tmp_path_factory.mktemp("study") / "planted.saerch", rows=400)
    with Library.open(made, write=True) as library:
        # Ground truth: each document's subject, by the words of its first phrase.
        connection = library.writing_connection()
        connection.executemany(
            "INSERT INTO facets(row, position, name, value) VALUES (?, 0, 'subject', ?)",
            [(row, SUBJECTS[row % len(SUBJECTS)][0]) for row in range(400)],
        )
        build_features(library, NAME, Progress())
    return made


def test_the_figures_are_those_of_the_labels(path: Path) -> None:
    with Library.open(path) as library:
        features = FeatureSet.open(library, NAME)
        study = study_labels(library, NAME, Progress())
    live = features.statistics.live
    tested = {x.feature: x.detection.auroc for x in features.labels if x.detection is not None}
    assert study.live == study.labelled == int(live.sum())
    assert study.tested == len(tested)
    assert study.auroc_median == pytest.approx(np.median(list(tested.values())), abs=1e-6)
    assert study.auroc_share_075 == sum(area >= 0.75 for area in tested.values()) / study.live
    assert study.grades == {
        grade: sum(x.grade == grade for x in features.labels) for grade in ("A", "B", "C", "D", "E", "F", "?")
    }
    good = [x.feature for x in features.labels if x.grade in ("A", "B", "C")]
    counts = features.statistics.count
    assert study.coverage == pytest.approx(counts[good].sum() / counts.sum())
    assert study.sources == {"phrases": study.live}
    assert study.junk == int(features.junk.sum())
    assert study.judge == "centroids"
    assert study.naming_seconds is not None
    assert [band.name for band in study.bands] == [name for name, _ in BANDS]
    assert study.truth == ()


def test_each_subject_has_the_feature_that_is_most_nearly_its_own(path: Path) -> None:
    with Library.open(path) as library:
        features = FeatureSet.open(library, NAME)
        study = study_labels(library, NAME, Progress(), "subject")
    assert [row.value for row in study.truth] == sorted(subject[0] for subject in SUBJECTS)
    test = held_out(np.arange(400))
    for row in study.truth:
        subject = [phrases[0] for phrases in SUBJECTS].index(row.value)
        assert row.label == features.labels.text(row.feature)
        inside = np.arange(400) % len(SUBJECTS) == subject
        inside[list(planted_library.MISSING)] = False
        active = np.zeros(400, bool)
        active[features.inverted.of(row.feature)[0]] = True
        both = (inside & active & test).sum()
        assert row.documents == inside.sum()
        assert row.recall == pytest.approx(both / (inside & test).sum())
        f1 = [_f1(features, inside & ~test, feature, ~test) for feature in range(planted_library.FEATURES)]
        assert row.feature == int(np.argmax(f1))
        assert row.precision == pytest.approx(both / (active & test).sum())
        assert row.f1 == pytest.approx(2 / (1 / row.recall + 1 / row.precision))
        assert row.says_it == bool(set(row.value.split()) & set(row.label.replace("·", " ").split()))
        assert row.auroc is not None
        assert row.auroc > 0.75
        assert row.rank is not None


def _f1(features: FeatureSet, inside: NDArray[np.bool_], feature: int, among: NDArray[np.bool_]) -> float:
    active = np.zeros(inside.size, bool)
    active[features.inverted.of(feature)[0]] = True
    active &= among
    return float(2 * (active & inside).sum() / max(1, active.sum() + inside.sum()))


def test_an_unknown_facet_is_refused(path: Path) -> None:
    with Library.open(path) as library, pytest.raises(UserError, match="no facet “colour”"):
        study_labels(library, NAME, Progress(), "colour")


@pytest.mark.parametrize(
    ("label", "value", "said"),
    [
        ("dark matter · halos", "Dark Matter", True),
        ("stellar winds", "Dark Matter", False),
        ("galaxies", "Galaxy", True),
        ("galaxies", "astro-ph.GA", None),
        ("galaxies", "2024", None),
        ("use", "of the", None),
    ],
)
def test_whether_a_label_says_a_value(label: str, value: str, said: bool | None) -> None:
    assert _says(label, value) is said


def test_the_command_prints_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["study", "labels", "--library", str(path), "--sae", NAME]
    assert main([*asked, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {"live", "labelled", "auroc_median", "auroc_share_075", "grades", "seconds"} <= printed.keys()
    assert main([*asked, "--truth", "subject"]) == 0
    text = capsys.readouterr().out
    assert "AUROC against near misses" in text
    assert "dark matter halo → " in text
    assert main([*asked, "--truth", "colour"]) == 2
