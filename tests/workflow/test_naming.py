"""Naming an SAE that exists: all or some features, labels of other sources tested, nothing half written."""

from __future__ import annotations

from pathlib import Path

import planted_library
import pytest
from planted_library import FEATURES, NAME, SUBJECTS

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.cohesion import COHESION_FILE
from saerch_desktop.features.feature_set import FeatureSet, build_features
from saerch_desktop.features.imported import ImportedLabel, ImportedLabels, load_labels, save_imported
from saerch_desktop.features.judge import JUDGE_FILE
from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import CARRIED_FILE, LLM_FILE, save_labels
from saerch_desktop.features.marks import Mark, load_marks, save_marks
from saerch_desktop.library.checks import check_library
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress, Update
from saerch_desktop.workflow import build
from saerch_desktop.workflow.naming import STAGES, name_offline


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = planted_library.make(tmp_path / "planted.saerch")
    with Library.open(made, write=True) as library:
        build_features(library, NAME, Progress())
    return made


def folder(path: Path) -> Path:
    return path / "saes" / NAME


def opened(path: Path) -> FeatureSet:
    with Library.open(path) as library:
        return FeatureSet.open(library, NAME)


def test_an_older_sae_gains_everything(path: Path) -> None:
    expected = list(opened(path).labels)
    with Library.open(path, write=True) as library:
        from saerch_desktop.features.feature_set import record_derived

        old = [Label(feature=f, text=f"old {f}", source="phrases") for f in range(FEATURES - 2)]
        save_labels(folder(path), FEATURES, old)
        record_derived(library, NAME, opened(path).sae)
    (folder(path) / COHESION_FILE).unlink()
    (folder(path) / JUDGE_FILE).unlink()
    assert opened(path).cohesion is None
    report = name_offline(path, NAME, Progress())
    after = opened(path)
    assert list(after.labels) == expected
    assert after.cohesion is not None
    assert report.named == len(expected) == sum(report.grades.values())
    assert report.judge == "centroids"
    assert report.auroc_median is not None
    assert report.seconds > 0
    assert check_library(path, repair=False, progress=Progress()) == []


def test_some_features_alone(path: Path) -> None:
    before = {label.feature: label for label in opened(path).labels}
    save_labels(
        folder(path), FEATURES, [label.model_copy(update={"text": "stale"}) for label in before.values()]
    )
    reference = (folder(path) / JUDGE_FILE).read_bytes()
    report = name_offline(path, NAME, Progress(), [4, 0])
    after = {label.feature: label.text for label in opened(path).labels}
    assert report.named == 2
    assert {feature for feature, text in after.items() if text != "stale"} == {0, 4}
    assert any(part in after[4] for part in SUBJECTS[4])
    assert (folder(path) / JUDGE_FILE).read_bytes() == reference


def test_labels_of_every_source_are_tested(path: Path) -> None:
    place = folder(path)
    save_labels(place, FEATURES, [Label(feature=1, text="wild yeast", source="llm: m")], LLM_FILE)
    save_labels(place, FEATURES, [Label(feature=2, text="violin", source="carried: old")], CARRIED_FILE)
    save_imported(
        place, ImportedLabels(source="f.json", labels=(ImportedLabel(feature=3, text="song pattern"),))
    )
    save_marks(place, FEATURES, [Mark(feature=5, text="queen sacrifice"), Mark(feature=6, note="hm")])
    report = name_offline(path, NAME, Progress(), [0])
    assert report.tested == 4
    found = {claim.source: claim.detection for f in (1, 2, 3, 5) for claim in opened(path).labels.claims(f)}
    assert found["llm: m"] is not None
    assert found["llm: m"].auroc > 0.85
    assert found["carried: old"] is not None
    assert found["carried: old"].auroc < found["llm: m"].auroc
    assert found["human"] is not None
    imported = load_labels(place)
    assert imported is not None
    assert imported.labels[0].detection is not None
    assert load_marks(place, FEATURES)[6].note == "hm"
    assert name_offline(path, NAME, Progress(), [0]).tested == 0


@pytest.mark.parametrize("stage", [*STAGES[1:-1]])
def test_a_cancelled_naming_leaves_all_as_it_was(path: Path, stage: str) -> None:
    before = {file.name: file.read_bytes() for file in folder(path).iterdir()}

    def stop(update: Update) -> None:
        if update.stage == stage:
            progress.cancel()

    progress = Progress(stop)
    with pytest.raises(Cancelled):
        name_offline(path, NAME, progress)
    assert {file.name: file.read_bytes() for file in folder(path).iterdir()} == before
    assert check_library(path, repair=False, progress=Progress()) == []


def test_what_is_not_there_is_refused(path: Path) -> None:
    with pytest.raises(UserError, match="no feature 99"):
        name_offline(path, NAME, Progress(), [99])
    with pytest.raises(UserError, match="no SAE named"):
        name_offline(path, "other", Progress())


def test_the_stages_are_those_of_a_training() -> None:
    from saerch_desktop.features import naming

    assert tuple(build.FINISHING_STAGES[-len(STAGES) :]) == STAGES
    assert STAGES[1:] == naming.STAGES
