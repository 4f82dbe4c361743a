"""The reconstruction study against its formulas, written out densely in double precision."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import small_library

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.sae.split import heldout_rows, training_rows
from saerch_desktop.sae.weights import Sae
from saerch_desktop.study.reconstruction import reconstruction


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
    import json

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
