"""Autoencoders go out of a library and come into one, whole or not at all, and are usable afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path

import foreign_saes as foreign
import numpy as np
import pytest
import small_library
import torch
from small_library import FEATURES, K

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress, Update
from saerch_desktop.sae.codes import Codes
from saerch_desktop.sae.dialects import registry
from saerch_desktop.sae.weights import Sae
from saerch_desktop.workflow.interchange import export_sae, import_sae, what_is_lost

DIM = small_library.DIM


@pytest.fixture(scope="session")
def vectors_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_library.make_vectors(tmp_path_factory.mktemp("vectors") / "small.saerch")


@pytest.fixture
def library(vectors_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(vectors_once, tmp_path / "small.saerch"))


def stopped_at(stage: str) -> Progress:
    """A progress that cancels the job when it enters the stage."""

    def listen(update: Update) -> None:
        if update.stage == stage:
            progress.cancel()

    progress = Progress(listen)
    return progress


@pytest.mark.parametrize("form", [form for form in registry.EXPORT_FORMATS if form != "openai_raw"])
def test_out_and_in_again_gives_the_same_codes(form: str, trained: Path, tmp_path: Path) -> None:
    written = export_sae(trained, "small", form, tmp_path / "out", Progress())
    assert all(path.is_file() for path in written)
    built = import_sae(tmp_path / "out", trained, "again", Progress())
    source = built.details.imported_from
    assert source is not None
    assert (source.format, source.file) == (form, written[0].name)
    assert source.unexplained is not None
    assert source.unexplained < 0.5
    assert built.details.train is None
    with Library.open(trained) as opened:
        assert opened.sae_names() == ["small", "again"]
        before, after = (Codes.load(opened.sae_folder(name)) for name in ("small", "again"))
        assert np.array_equal(before.indices, after.indices)
        assert np.abs(before.values - after.values).max() < 1e-5
        features = FeatureSet.open(opened, "again")
        assert len(features.labels) > 0


@pytest.mark.parametrize("k", [None, 2])
def test_thresholds_keep_every_active_feature(k: int | None, library: Path, tmp_path: Path) -> None:
    w = foreign.weights(DIM, 64, 4)
    w = foreign.Weights(**{**vars(w), "threshold": np.full(64, 0.02, np.float32)})
    path = foreign.write_saelens(tmp_path / "f", w, "jumprelu")
    built = import_sae(path, library, "jump", Progress(), k=k)
    sae = built.details.sae
    assert sae.variant == "batchtopk"
    with Library.open(library) as opened:
        assert opened.vectors is not None
        x = opened.vectors.block(0, opened.vectors.rows)
        pre = (x - w.pre_bias).astype(np.float64) @ w.encoder.T.astype(np.float64) + w.latent_bias
        active = (pre > w.threshold).sum(axis=1)
        assert active.max() > 4 * 4  # more than the width that a k of 4 would give
        assert sae.width >= active.max()
        assert sae.k == (k or round(active.mean()))
        codes = Codes.load(opened.sae_folder("jump"))
        assert np.array_equal((codes.values > 0).sum(axis=1), active)
        rebuilt = Sae.load(opened.sae_folder("jump")).decode(codes.indices, codes.values)
        assert np.abs(rebuilt - foreign.computed(w, x, select="threshold")).max() < 1e-5


def test_a_threshold_under_which_nothing_is_sparse_is_refused(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saerch_desktop.workflow.foreign_weights._MOST_ACTIVE", 3)
    path = foreign.write_saelens(tmp_path / "f", foreign.weights(DIM, 64, 4), "jumprelu")
    with pytest.raises(UserError, match="active features per document"):
        import_sae(path, library, "jump", Progress())


@pytest.mark.parametrize("stage", ["Encoding documents", "Indexing features", "Labelling features"])
def test_a_cancelled_import_is_repeated_under_the_same_name(
    stage: str, library: Path, tmp_path: Path
) -> None:
    path = foreign.write_paper(tmp_path, foreign.weights(DIM, 64, 4))
    with pytest.raises(Cancelled):
        import_sae(path, library, "mine", stopped_at(stage))
    built = import_sae(path, library, "mine", Progress())
    assert built.details.sae.k == 4
    with Library.open(library) as opened:
        FeatureSet.open(opened, "mine")
        assert not opened.findings


def test_an_interrupted_import_gives_way_to_another_file_while_it_is_not_listed(
    library: Path, tmp_path: Path
) -> None:
    first = foreign.write_paper(tmp_path, foreign.weights(DIM, 64, 4))
    other = foreign.write_paper(tmp_path, foreign.weights(DIM, 32, 3))
    with pytest.raises(Cancelled):
        import_sae(first, library, "mine", stopped_at("Encoding documents"))
    assert import_sae(other, library, "mine", Progress()).details.sae.features == 32


def test_once_listed_another_file_needs_another_name(library: Path, tmp_path: Path) -> None:
    first = foreign.write_paper(tmp_path, foreign.weights(DIM, 64, 4))
    other = foreign.write_paper(tmp_path, foreign.weights(DIM, 32, 3))
    with pytest.raises(Cancelled):
        import_sae(first, library, "mine", stopped_at("Labelling features"))
    with pytest.raises(UserError, match="already is an SAE"):
        import_sae(other, library, "mine", Progress())
    assert import_sae(first, library, "mine", Progress()).details.sae.features == 64


def test_names_that_are_taken_or_none(trained: Path, tmp_path: Path) -> None:
    path = foreign.write_paper(tmp_path, foreign.weights(DIM, 64, 4))
    with pytest.raises(UserError, match="already is an SAE"):
        import_sae(path, trained, "small", Progress())
    for name in ("../up", "", "con"):
        with pytest.raises(UserError, match="cannot be the name"):
            import_sae(path, trained, name, Progress())
    import_sae(path, trained, "mine", Progress())
    with pytest.raises(UserError, match="already is an SAE"):
        import_sae(path, trained, "mine", Progress())


def test_an_interrupted_training_is_not_overwritten(library: Path, tmp_path: Path) -> None:
    from saerch_desktop.workflow.build import Wishes, train_sae, unfinished

    with pytest.raises(Cancelled):
        train_sae(library, "mine", Wishes(features=16, k=2, epochs=2, device="cpu"), stopped_at("Measuring"))
    path = foreign.write_paper(tmp_path, foreign.weights(DIM, 64, 4))
    with pytest.raises(UserError, match="interrupted"):
        import_sae(path, library, "mine", Progress())
    assert unfinished(library / "saes" / "mine") is not None


def test_refusals_leave_no_trace(library: Path, tmp_path: Path) -> None:
    wrong_size = foreign.write_paper(tmp_path, foreign.weights(DIM + 1, 64, 4))
    broken = tmp_path / "broken_4_64.pth"
    broken.write_bytes(b"PK\x03\x04 nothing")
    for path, words in (
        (wrong_size, f"{DIM + 1} dimensions"),
        (broken, "broken_4_64"),
        (tmp_path / "no", "no file"),
    ):
        with pytest.raises(UserError, match=words):
            import_sae(path, library, "mine", Progress())
    assert not (library / "saes" / "mine").exists()
    with Library.open(library) as opened:
        assert opened.sae_names() == []


def test_k_is_asked_for_and_taken(library: Path, tmp_path: Path) -> None:
    path = foreign.write_paper(tmp_path, foreign.weights(DIM, 64, 4), "weights.pth")
    with pytest.raises(UserError, match="--k"):
        import_sae(path, library, "mine", Progress())
    assert import_sae(path, library, "mine", Progress(), k=5).details.sae.k == 5


def test_without_vectors_there_is_nothing_to_explain(tmp_path: Path) -> None:
    library = small_library.make_documents(tmp_path / "lib" / "docs.saerch")
    path = foreign.write_paper(tmp_path, foreign.weights(DIM, 64, 4))
    with pytest.raises(UserError, match="no usable vectors"):
        import_sae(path, library, "mine", Progress())


def test_vectors_of_another_model_are_noticed(library: Path, tmp_path: Path) -> None:
    w = foreign.weights(DIM, 64, 4)
    shifted = foreign.Weights(**{**vars(w), "pre_bias": w.pre_bias + np.float32(1)})
    built = import_sae(foreign.write_paper(tmp_path, shifted), library, "mine", Progress())
    assert any("another model" in note for note in built.alarms)


def test_a_damaged_export_name_or_sae(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no SAE named"):
        export_sae(trained, "absent", "paper", tmp_path / "out", Progress())
    with pytest.raises(UserError, match="no format"):
        export_sae(trained, "small", "onnx", tmp_path / "out", Progress())
    with pytest.raises(UserError, match="no format"):
        what_is_lost(trained, "small", "openai")
    assert what_is_lost(trained, "small", "paper") == ()
    assert not (tmp_path / "out").exists()


def test_the_paper_s_file_holds_the_library_s_own_arrays(trained: Path, tmp_path: Path) -> None:
    (path,) = export_sae(trained, "small", "paper", tmp_path / "out", Progress())
    assert path.name == f"small_{K}_{FEATURES}.pth"
    state = torch.load(path, weights_only=True)
    with Library.open(trained) as opened:
        sae = Sae.load(opened.sae_folder("small"))
    assert state["encoder.weight"].shape == (FEATURES, DIM)
    assert np.array_equal(state["decoder.weight"].numpy().T, sae.decoder)
    assert np.array_equal(state["pre_bias"].numpy(), sae.pre_bias)
