"""Autoencoders of every variant in a library, from training to a steered search: codes may be ragged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import small_library
from small_library import EPOCHS, FEATURES, K, WordEmbedder
from typer.testing import CliRunner

from saerch_desktop.cli import app
from saerch_desktop.features.counting import active_counts
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.checks import check_library
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import Variant
from saerch_desktop.search.engine import Edit, SearchEngine
from saerch_desktop.workflow.build import Wishes, finish_sae, train_sae

VARIANTS: tuple[Variant, ...] = ("batchtopk", "matryoshka", "hierarchical")


@pytest.fixture(scope="module", params=VARIANTS)
def made_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = small_library.make_vectors(tmp_path_factory.mktemp(request.param) / "small.saerch")
    wishes = Wishes(features=FEATURES, k=K, epochs=EPOCHS, device="cpu", variant=request.param)
    train_sae(path, "small", wishes, Progress())
    return path


@pytest.fixture
def made(made_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_once, tmp_path / "small.saerch"))


def test_codes_index_and_statistics_say_what_the_definition_says(made: Path) -> None:
    with Library.open(made) as library:
        assert library.findings == ()
        features = FeatureSet.open(library, "small")
        record = library.manifest.saes["small"]
        assert library.vectors is not None
        # Half precision on disk moves values a little, and a few over the edge.
        x = library.vectors.block(0, library.vectors.rows).astype(np.float64)
        sae = features.sae
        assert (record.k, record.code_width) == (K, sae.config.width)
        assert features.codes.indices.shape == (small_library.DOCUMENTS, sae.config.width)
        pre = (x - sae.pre_bias) @ sae.encoder.T.astype(np.float64) + sae.latent_bias
        if sae.threshold is not None:
            expected = np.where(pre > np.maximum(sae.threshold, 0), pre, 0)
        else:
            edge = np.sort(pre, axis=1)[:, -K]
            expected = np.where(pre >= edge[:, None], np.maximum(pre, 0), 0)
        found = np.zeros_like(pre)
        indices = features.codes.indices.astype(np.int64)
        np.put_along_axis(found, indices, features.codes.values.astype(np.float64), axis=1)
        np.testing.assert_allclose(found, expected, atol=1e-5)
        active = found > 0
        np.testing.assert_array_equal(features.statistics.count, active.sum(axis=0))
        np.testing.assert_array_equal(np.diff(features.inverted.starts), active.sum(axis=0))
        busiest = int(active.sum(axis=0).argmax())
        together = (active[:, busiest, None] & active).sum(axis=0)
        rows = np.sort(features.inverted.of(busiest)[0]).astype(np.int64)
        np.testing.assert_array_equal(active_counts(features, rows), together)
        if sae.config.variant == "batchtopk":
            assert sae.config.width > K
            assert len(set(active.sum(axis=1).tolist())) > 1


def test_a_query_shows_its_active_features_only_and_can_be_steered(made: Path) -> None:
    with Library.open(made) as library:
        features = FeatureSet.open(library, "small")
        engine = SearchEngine(library, features, WordEmbedder)
        query = engine.query("galaxy star gas")
        assert 0 < len(query.indices) <= features.sae.config.width
        assert (query.values > 0).all()
        assert len(set(query.indices.tolist())) == len(query.indices)
        plain, still = engine.rank(query), engine.rank(query, [Edit(int(query.indices[0]), 0.0)])
        np.testing.assert_array_equal(plain.rows, still.rows)
        assert library.vectors is not None
        x = library.vectors.block(0, library.vectors.rows).astype(np.float64)
        for mode, base in (("residual", query.vector), ("paper", None)):
            feature = int(query.indices[0])
            ranking = engine.rank(query, [Edit(feature, 0.5)], mode=mode)  # type: ignore[arg-type]
            if base is None:
                sae = features.sae
                base = query.values @ sae.decoder[query.indices] + sae.pre_bias
            target = base.astype(np.float64) + 0.5 * features.sae.decoder[feature]
            scores = x @ target
            np.testing.assert_allclose(ranking.scores, scores[ranking.rows], atol=1e-4)
            assert scores.max() == pytest.approx(float(ranking.scores[0]), abs=1e-4)


def test_the_command_line_shows_active_features_only(made: Path, embedder: WordEmbedder) -> None:
    result = CliRunner().invoke(
        app, ["show", "document", "doc-0", "--library", str(made), "--sae", "small", "--json"]
    )
    assert result.exit_code == 0, result.output
    shown = json.loads(result.output)["features"]
    with Library.open(made) as library:
        values = FeatureSet.open(library, "small").codes.values[0]
    assert [entry["activation"] for entry in shown] == pytest.approx(values[values > 0].tolist())


def test_the_deep_check_accepts_the_width_and_repairs_codes(made: Path) -> None:
    assert check_library(made, repair=False, progress=Progress()) == []
    with Library.open(made) as library:
        folder = library.sae_folder("small")
        before = np.load(folder / "code_indices.npy"), np.load(folder / "code_values.npy")
    np.save(folder / "code_values.npy", before[1][:, :-1])
    (found,) = check_library(made, repair=True, progress=Progress())
    assert "rebuilt" in found.what
    with Library.open(made, write=True) as library:
        finish_sae(library, "small", Progress())
        assert library.findings == ()
    np.testing.assert_array_equal(np.load(folder / "code_indices.npy"), before[0])
    np.testing.assert_array_equal(np.load(folder / "code_values.npy"), before[1])
    assert check_library(made, repair=False, progress=Progress()) == []
