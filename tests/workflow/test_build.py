"""Training as a whole job: what is listed when, what an interruption leaves, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import small_library
from small_library import EPOCHS, FEATURES, K

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.feature_set import DERIVED_FILES, FeatureSet
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress, Update
from saerch_desktop.sae.codes import Codes
from saerch_desktop.sae.record import load_run
from saerch_desktop.workflow import build
from saerch_desktop.workflow.build import (
    Wishes,
    finish_sae,
    is_complete,
    is_indexed,
    train_sae,
)
from saerch_desktop.workflow.training_forecast import estimated, planned

WISHES = Wishes(features=FEATURES, k=K, epochs=EPOCHS, device="cpu")


class StopAt:
    """Cancels a job once a stage with this name begins (and `more` updates have followed)."""

    def __init__(self, stage: str, more: int = 0) -> None:
        self.progress = Progress(self)
        self._stage = stage
        self._left = more

    def __call__(self, update: Update) -> None:
        if update.stage == self._stage:
            if self._left == 0:
                self.progress.cancel()
            self._left -= 1


def test_a_training_makes_the_sae_searchable(trained: Path) -> None:
    with Library.open(trained) as library:
        assert library.findings == ()
        assert is_complete(library, "small")
        assert is_indexed(library)
        features = FeatureSet.open(library, "small")
    assert features.sae.config.features == FEATURES
    assert features.codes.indices.shape == (small_library.DOCUMENTS, K)


def test_the_plan_says_what_would_be_trained_and_makes_nothing(trained: Path) -> None:
    plan = planned(trained, "another", WISHES)
    assert (plan.config.sae.features, plan.config.sae.k, plan.config.epochs) == (FEATURES, K, EPOCHS)
    assert 0.9 * small_library.DOCUMENTS < plan.documents < small_library.DOCUMENTS
    assert not (trained / "saes" / "another").exists()


def test_stages_are_known_from_the_start(tmp_path: Path) -> None:
    path = small_library.make_vectors(tmp_path / "a.saerch")
    seen: list[Update] = []
    train_sae(path, "small", WISHES, Progress(seen.append))
    order = list(dict.fromkeys(update.stage for update in seen))
    assert order == [*build.TRAINING_STAGES, *build.FINISHING_STAGES, *build.INDEXING_STAGES]
    assert {update.stage_count for update in seen} == {len(order)}


@pytest.mark.parametrize("name", ["small", "../up", "", "con"])
def test_names_that_are_taken_or_tricks_are_refused(trained: Path, name: str) -> None:
    before = sorted(path.name for path in (trained / "saes").iterdir())
    with pytest.raises(UserError):
        train_sae(trained, name, WISHES, Progress())
    assert sorted(path.name for path in (trained / "saes").iterdir()) == before


def test_without_vectors_there_is_nothing_to_train(tmp_path: Path) -> None:
    path = small_library.make_documents(tmp_path / "a.saerch")
    with pytest.raises(UserError, match="no usable vectors"):
        train_sae(path, "x", WISHES, Progress())


@pytest.mark.parametrize(
    ("stage", "listed"),
    [
        ("Training", False),
        ("Encoding documents", False),
        ("Labelling features", True),
        ("Indexing neighbours", True),
    ],
)
def test_a_stopped_training_leaves_a_sound_library_and_goes_on(
    tmp_path: Path, stage: str, listed: bool
) -> None:
    path = small_library.make_vectors(tmp_path / "a.saerch")
    with pytest.raises(Cancelled):
        train_sae(path, "small", WISHES, StopAt(stage, more=1 if stage == "Training" else 0).progress)
    with Library.open(path) as library:
        assert library.findings == ()
        assert (library.sae_names() == ["small"]) is listed
    train_sae(path, "small", WISHES, Progress(), resume=True)
    with Library.open(path) as library:
        assert is_complete(library, "small")
        assert is_indexed(library)


def test_a_resumed_training_equals_an_uninterrupted_one(trained: Path, tmp_path: Path) -> None:
    path = small_library.make_vectors(tmp_path / "a.saerch")
    with pytest.raises(Cancelled):
        train_sae(path, "small", WISHES, StopAt("Training", more=20).progress)
    train_sae(path, "small", Wishes(device="cpu"), Progress(), resume=True)
    with Library.open(path) as library, Library.open(trained) as whole:
        one, other = FeatureSet.open(library, "small").sae, FeatureSet.open(whole, "small").sae
        np.testing.assert_allclose(one.decoder, other.decoder, atol=1e-6)


def test_resuming_with_other_settings_is_refused(tmp_path: Path) -> None:
    path = small_library.make_vectors(tmp_path / "a.saerch")
    with pytest.raises(Cancelled):
        train_sae(path, "small", WISHES, StopAt("Training", more=1).progress)
    with pytest.raises(UserError, match="was started with"):
        planned(path, "small", Wishes(features=64), resume=True)
    with pytest.raises(UserError, match="interrupted"):
        planned(path, "small", WISHES)
    assert planned(path, "small", Wishes(), resume=True).config.sae.features == FEATURES


def test_resuming_as_another_variant_is_refused(tmp_path: Path) -> None:
    path = small_library.make_vectors(tmp_path / "a.saerch")
    matryoshka = replace(WISHES, variant="matryoshka")
    with pytest.raises(Cancelled):
        train_sae(path, "small", matryoshka, StopAt("Training", more=1).progress)
    with pytest.raises(UserError, match="variant matryoshka"):
        planned(path, "small", replace(WISHES, variant="topk"), resume=True)
    built = train_sae(path, "small", Wishes(device="cpu"), Progress(), resume=True)
    assert built.details.sae.variant == "matryoshka"


def test_an_estimate_is_of_what_would_be_trained_and_writes_nothing(trained: Path) -> None:
    before = sorted(trained.rglob("*"))
    said = estimated(trained, "another", WISHES, Progress())
    assert said.plan == planned(trained, "another", WISHES)
    assert said.name == "another"
    assert not said.resumed
    assert said.estimate.seconds > 0
    assert sorted(trained.rglob("*")) == before
    with pytest.raises(UserError, match="already"):
        estimated(trained, "small", WISHES, Progress())


def test_an_estimate_can_be_stopped(trained: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        estimated(trained, "another", WISHES, progress)


def test_what_was_noticed_comes_with_the_result(trained: Path, tmp_path: Path) -> None:
    path = small_library.make_vectors(tmp_path / "a.saerch")
    built = train_sae(path, "many", replace(WISHES, features=170, epochs=1), Progress())
    with Library.open(path) as library:
        record = load_run(library.sae_folder("many"))
    assert record is not None
    assert built.alarms == record.alarms
    assert any("training documents for 170 features" in alarm for alarm in built.alarms)


def test_there_must_be_something_to_resume(trained: Path) -> None:
    with pytest.raises(UserError, match="no interrupted training"):
        planned(trained, "another", WISHES, resume=True)


@pytest.mark.parametrize("gone", [("code_indices.npy",), ("labels.json",), DERIVED_FILES])
def test_what_is_derived_is_made_again(trained: Path, gone: tuple[str, ...]) -> None:
    with Library.open(trained) as library:
        folder = library.sae_folder("small")
        codes = np.array(Codes.load(folder).indices)
    for name in gone:
        (folder / name).unlink()
    with Library.open(trained, write=True) as library:
        assert library.findings
        finish_sae(library, "small", Progress())
        assert library.findings == ()
        assert is_complete(library, "small")
        np.testing.assert_array_equal(FeatureSet.open(library, "small").codes.indices, codes)


def test_finishing_what_is_finished_writes_nothing(trained: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in trained.rglob("*") if path.is_file()}
    with Library.open(trained, write=True) as library:
        finish_sae(library, "small", Progress())
        build.index_neighbours(library, Progress())
    after = {path: path.stat().st_mtime_ns for path in before}
    changed = {path.name for path in before if before[path] != after[path]}
    assert changed <= {"writer.lock", "documents.sqlite", "documents.sqlite-wal", "documents.sqlite-shm"}


def test_two_saes_live_side_by_side(trained: Path) -> None:
    built = train_sae(trained, "second", Wishes(features=16, k=2, epochs=2, device="cpu"), Progress())
    assert built.details.sae.features == 16
    with Library.open(trained) as library:
        assert library.sae_names() == ["small", "second"]
        assert is_complete(library, "small")
