"""The reconstruction study against its formulas, written out densely in double precision."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import small_library
from runs_support import add_random

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.split import heldout_rows, training_rows
from saerch_desktop.sae.weights import Sae
from saerch_desktop.study.reconstruction import DENSITY_QUANTILES, reconstruction


def test_it_equals_the_formulas(trained: Path) -> None:
    with Library.open(trained) as library:
        measured = reconstruction(library, "small", Progress())
        sae = Sae.load(library.sae_folder("small"))
        vectors = library.vectors
        assert vectors is not None
        assert sae.details.train is not None
        held = heldout_rows(vectors, sae.details.train)
        train = training_rows(vectors, sae.details.train)
        every = vectors.block(0, vectors.rows).astype(np.float64)
    pre = (every - sae.pre_bias) @ sae.encoder.T.astype(np.float64) + sae.latent_bias
    codes = np.where(pre >= np.sort(pre, axis=1)[:, [-sae.config.k]], np.maximum(pre, 0), 0)
    rebuilt = codes @ sae.decoder.astype(np.float64) + sae.pre_bias
    x, y = every[held], rebuilt[held]
    assert measured.fvu == pytest.approx(
        np.square(x - y).sum() / np.square(x - every[train].mean(axis=0)).sum(), rel=1e-4
    )
    assert measured.l0 == pytest.approx((codes[held] > 0).sum(axis=1).mean())
    assert measured.dead_fraction == pytest.approx(1 - (codes > 0).any(axis=0).mean())
    cosines = (x * y).sum(axis=1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    assert measured.cosine == pytest.approx(cosines.mean(), rel=1e-4)
    assert (measured.n_train, measured.n_heldout) == (len(train), len(held))
    assert measured.n_train + measured.n_heldout == small_library.DOCUMENTS
    assert np.intersect1d(held, train).size == 0


def test_it_agrees_with_what_the_trainer_wrote_down(trained: Path) -> None:
    with Library.open(trained) as library:
        measured = reconstruction(library, "small", Progress())
        noted = Sae.load(library.sae_folder("small")).details.metrics
    assert noted is not None
    assert measured.fvu == pytest.approx(noted.fvu, rel=1e-3)
    assert measured.dead_fraction == pytest.approx(noted.dead_fraction, abs=0.04)
    assert (measured.n_train, measured.n_heldout) == (noted.n_train, noted.n_heldout)


def test_it_is_small_enough_to_be_learning(trained: Path) -> None:
    with Library.open(trained) as library:
        assert 0 < reconstruction(library, "small", Progress()).fvu < 0.7


def test_it_can_be_stopped(trained: Path) -> None:
    progress = Progress()
    progress.cancel()
    with Library.open(trained) as library, pytest.raises(Cancelled):
        reconstruction(library, "small", progress)


def test_what_cannot_be_measured_says_why(trained: Path, tmp_path: Path) -> None:
    with Library.open(trained) as library, pytest.raises(UserError, match="nosuch"):
        reconstruction(library, "nosuch", Progress())
    empty = small_library.make_documents(tmp_path / "empty.saerch", 30)
    with Library.open(empty) as library, pytest.raises(UserError, match="no usable vectors"):
        reconstruction(library, "small", Progress())


@pytest.mark.parametrize(
    ("what", "message"), [("foreign", "trained elsewhere"), ("nothing held out", "without holding")]
)
def test_weights_without_held_out_documents_are_not_flattered(
    trained: Path, tmp_path: Path, what: str, message: str
) -> None:
    path = Path(shutil.copytree(trained, tmp_path / "copy.saerch"))
    details = path / "saes" / "small" / "sae.json"
    content = json.loads(details.read_text(encoding="utf-8"))
    if what == "foreign":
        content["train"] = None
    else:
        content["train"]["heldout_fraction"] = 0.0
    details.write_text(json.dumps(content), encoding="utf-8")
    with Library.open(path) as library, pytest.raises(UserError, match=message):
        reconstruction(library, "small", Progress())


VARIANTS = {
    "topk": SaeConfig(dim=small_library.DIM, features=40, k=6),
    "batchtopk": SaeConfig(dim=small_library.DIM, features=40, k=6, variant="batchtopk", at_most=9),
    "matryoshka": SaeConfig(
        dim=small_library.DIM, features=40, k=6, variant="matryoshka", levels=(5, 20, 40)
    ),
    "hierarchical": SaeConfig(
        dim=small_library.DIM, features=40, k=6, variant="hierarchical", levels=(1, 2, 4, 6)
    ),
}


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with an SAE of random weights for every variant."""
    path = small_library.make_vectors(tmp_path_factory.mktemp("untrained") / "small.saerch")
    with Library.open(path, write=True) as library:
        for name, sae in VARIANTS.items():
            add_random(library, name, sae, heldout_fraction=0.25, seed=3)
    return path


def _dense_levels(pre: np.ndarray, sae: Sae) -> list[np.ndarray]:
    """Codes of each level in the variant's own terms, from the rank of every pre-activation."""
    rank = np.argsort(np.argsort(-pre, axis=1), axis=1)
    codes = np.where(rank < sae.config.width, np.maximum(pre, 0), 0)
    if sae.threshold is not None:
        codes = np.where(pre > sae.threshold, codes, 0)
    if sae.config.variant == "matryoshka":
        return [codes * (np.arange(pre.shape[1]) < level) for level in sae.config.levels]
    return [codes * (rank < level) for level in sae.config.levels or (pre.shape[1],)]


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_every_variant_is_measured_by_its_own_terms(untrained: Path, variant: str) -> None:
    with Library.open(untrained) as library:
        measured = reconstruction(library, variant, Progress())
        sae = Sae.load(library.sae_folder(variant))
        vectors = library.vectors
        assert vectors is not None
        assert sae.details.train is not None
        held, train = (rows(vectors, sae.details.train) for rows in (heldout_rows, training_rows))
        every = vectors.block(0, vectors.rows).astype(np.float64)
    pre = (every - sae.pre_bias) @ sae.encoder.T.astype(np.float64) + sae.latent_bias
    levels = _dense_levels(pre, sae)
    rebuilt = [codes @ sae.decoder.astype(np.float64) + sae.pre_bias for codes in levels]
    spread = np.square(every[held] - every[train].mean(axis=0)).sum()
    errors = [np.square(every[held] - one[held]).sum() / spread for one in rebuilt]
    assert measured.variant == variant
    assert measured.fvu == pytest.approx(errors[-1], rel=1e-4)
    assert measured.levels == sae.config.levels
    assert measured.level_fvu == pytest.approx(errors if sae.config.levels else [], rel=1e-4)
    firings = (levels[-1] > 0).sum(axis=0)
    assert measured.dead_fraction == pytest.approx((firings == 0).mean())
    assert measured.rare_fraction == pytest.approx((firings < 10).mean())
    assert measured.rare_fraction >= measured.dead_fraction > 0
    alive = np.sort(firings[firings > 0]) / len(every)
    assert measured.densities == pytest.approx(np.quantile(alive, DENSITY_QUANTILES))
    encoder, decoder = sae.encoder.astype(np.float64), sae.decoder.astype(np.float64)
    cosines = (encoder * decoder).sum(axis=1) / np.linalg.norm(encoder, axis=1)
    assert measured.cosine_encoder_decoder == pytest.approx(cosines.mean(), rel=1e-4)
    assert measured.overlap == pytest.approx(_overlap(every, rebuilt[-1], held), abs=0.01)
    assert json.loads(json.dumps(measured.as_dict()))["level_fvu"] == list(measured.level_fvu)


def _overlap(every: np.ndarray, rebuilt: np.ndarray, held: np.ndarray) -> float:
    """With so few documents every held-out one is asked for, among all."""
    shares = []
    for row in held:
        nearest = []
        for space in (every, rebuilt):
            cosines = space @ space[row] / np.linalg.norm(space, axis=1) / np.linalg.norm(space[row])
            cosines[row] = -2
            nearest.append(set(np.argsort(-cosines)[:10]))
        shares.append(len(nearest[0] & nearest[1]) / 10)
    return float(np.mean(shares))


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_training_and_study_measure_the_same(untrained: Path, variant: str) -> None:
    import torch

    from saerch_desktop.sae.metrics import measure, survey
    from saerch_desktop.sae.model import Model

    with Library.open(untrained) as library:
        measured = reconstruction(library, variant, Progress())
        sae, vectors = Sae.load(library.sae_folder(variant)), library.vectors
        assert vectors is not None
        config = sae.details.train
        assert config is not None
        model = Model.from_arrays(sae.tensors(), torch.device("cpu"))
        noted = measure(model, vectors, survey(vectors, config, Progress()), config, Progress())
    assert noted.fvu == pytest.approx(measured.fvu, rel=1e-4)
    assert noted.levels == pytest.approx(measured.level_fvu, rel=1e-4)
    assert noted.overlap == pytest.approx(measured.overlap, abs=0.01)
    assert noted.rare_fraction == pytest.approx(measured.rare_fraction)
    assert noted.cosine_encoder_decoder == pytest.approx(measured.cosine_encoder_decoder, rel=1e-5)


def test_impossible_codes_are_explained(untrained: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(untrained, tmp_path / "copy.saerch"))
    codes = path / "saes" / "topk" / "code_indices.npy"
    broken = np.load(codes)
    broken[11, 0] = 40
    np.save(codes, broken)
    with Library.open(path) as library, pytest.raises(UserError, match="row 11"):
        reconstruction(library, "topk", Progress())


def test_a_feature_that_fires_as_often_as_the_limit_is_not_rare(
    untrained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(untrained) as library:
        folder = library.sae_folder("topk")
        indices, values = np.load(folder / "code_indices.npy"), np.load(folder / "code_values.npy")
        firings = np.bincount(indices[values > 0], minlength=40)
        limit = int(np.sort(firings)[20])
        monkeypatch.setattr("saerch_desktop.sae.record.RARE", limit)
        measured = reconstruction(library, "topk", Progress())
    assert measured.rare_fraction == np.count_nonzero(firings < limit) / 40
