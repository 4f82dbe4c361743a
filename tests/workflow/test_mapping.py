"""Maps of a library: made, kept, used again, and made anew when they no longer show what is there."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import saerch_desktop.features.maps.umap_job as umap_job
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow import mapping
from saerch_desktop.workflow.map_table import write_points
from saerch_desktop.workflow.mapping import make_map, saved_map, seconds_for
from saerch_desktop.workflow.session import open_session


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Neighbours that UMAP was asked to lay out; the beginning, turned over, stands for its answer."""
    calls: list[tuple[NDArray[np.int32], NDArray[np.float32]]] = []

    def lay_out(places, distances, beginning, progress, *, seed=0):
        calls.append((places, distances))
        return np.ascontiguousarray(beginning[:, ::-1]) + seed

    monkeypatch.setattr(umap_job, "lay_out", lay_out)
    return calls


def by_hand(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    plane = axes[:2].T
    return centred @ (plane * np.sign(plane[np.abs(plane).argmax(axis=0), [0, 1]]))


def test_documents_lie_by_their_vectors(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_session(trained) as session:
        made = make_map(session.library, session.features, "documents", "pca", Progress())
        vectors = session.library.vectors
        assert vectors is not None
        np.testing.assert_allclose(made.points.xy, by_hand(vectors.block(0, vectors.rows)), atol=1e-3)
        assert made.points.record.rows == made.points.record.points == vectors.rows
        assert 0 < sum(made.points.record.explained) < 1
        assert not (trained / "maps").exists()  # it takes no time to make it again
        monkeypatch.setattr(mapping, "WORTH_KEEPING_S", 0.0)
        make_map(session.library, session.features, "documents", "pca", Progress())
        assert (trained / "maps" / "documents_pca.npy").is_file()
        assert not make_map(session.library, session.features, "documents", "pca", Progress()).fresh


def test_features_lie_by_their_directions_and_dead_ones_nowhere(trained: Path) -> None:
    with open_session(trained) as session:
        features = session.required_features()
        made = make_map(session.library, features, "features", "pca", Progress())
        live = np.flatnonzero(features.statistics.count > 0)
        np.testing.assert_array_equal(made.points.placed, live)
        np.testing.assert_allclose(made.points.xy[live], by_hand(features.sae.decoder[live]), atol=1e-3)


@pytest.mark.parametrize("of", ["documents", "features"])
def test_a_map_by_umap_is_kept(trained: Path, asked: list, of: mapping.Of) -> None:
    with open_session(trained) as session:
        args = (session.library, session.features, of, "umap")
        assert saved_map(*args) is None
        made = make_map(*args, Progress(), seed=2)
        again = make_map(*args, Progress(), seed=2)
        assert (made.fresh, again.fresh, len(asked)) == (True, False, 1)
        np.testing.assert_array_equal(made.points.xy, again.points.xy)
        assert again.points.record == made.points.record
        assert make_map(*args, Progress(), seed=3).fresh
        assert make_map(*args, Progress(), seed=3, anew=True).fresh
        kept = saved_map(*args)
        assert kept is not None
        assert kept.record.seed == 3
        assert kept.record.neighbours == umap_job.NEIGHBOURS
    folder = (
        trained / "maps" if of == "documents" else trained / "saes" / session.required_features().sae.name
    )
    assert (folder / ("documents_umap.npy" if of == "documents" else "map_umap.npy")).is_file()


def test_neighbours_are_the_nearest_of_all(trained: Path, asked: list) -> None:
    with open_session(trained) as session:
        make_map(session.library, session.features, "documents", "umap", Progress())
        assert session.library.vectors is not None
        x = session.library.vectors.block(0, session.library.vectors.rows).astype(np.float64)
    near = x @ x.T
    np.fill_diagonal(near, 2)
    places, distances = asked[0]
    best = -np.sort(-near, axis=1)[:, : places.shape[1]]
    np.testing.assert_allclose(1 - distances[:, 1:], best[:, 1:], atol=1e-5)
    assert (places[:, 0] == np.arange(len(x))).all()


def test_the_index_finds_the_same_neighbours(
    trained: Path, asked: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapping, "EXACT", 10)
    with open_session(trained) as session:
        make_map(session.library, session.features, "documents", "umap", Progress())
    monkeypatch.setattr(mapping, "EXACT", 10_000)
    with open_session(trained) as session:
        make_map(session.library, session.features, "documents", "umap", Progress(), anew=True)
    (found, away), (exact, distances) = asked
    np.testing.assert_allclose(away, distances, atol=2e-3)
    assert (found[:, 0] == np.arange(len(found))).all()
    assert (
        np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(found.tolist(), exact.tolist(), strict=True)])
        > 0.9
    )


def test_a_map_of_former_vectors_is_not_shown(trained: Path, asked: list) -> None:
    with open_session(trained) as session:
        make_map(session.library, session.features, "documents", "umap", Progress())
    with Library.open(trained, write=True) as library:
        record = library.manifest.vectors
        assert record is not None
        library.record_vectors(record.model_copy(update={"sha256": "0" * 64}))
    with open_session(trained) as session:
        assert saved_map(session.library, session.features, "documents", "umap") is None
        assert make_map(session.library, session.features, "documents", "umap", Progress()).fresh


def test_a_damaged_map_is_made_anew(trained: Path, asked: list) -> None:
    with open_session(trained) as session:
        args = (session.library, session.features, "documents", "umap")
        make_map(*args, Progress())
        (trained / "maps" / "documents_umap.json").write_text("{")
        with pytest.raises(UserError, match="cannot be read"):
            saved_map(*args)
        assert make_map(*args, Progress()).fresh
        assert saved_map(*args) is not None


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="a folder that cannot be written to")
def test_a_library_that_cannot_be_written_to_gets_its_map(trained: Path, asked: list) -> None:
    trained.chmod(0o500)
    try:
        with open_session(trained) as session:
            made = make_map(session.library, session.features, "documents", "umap", Progress())
    finally:
        trained.chmod(0o700)
    assert "cannot be written" in made.unsaved
    assert np.isfinite(made.points.xy).all()


def test_what_cannot_be_mapped_says_why(trained: Path) -> None:
    with open_session(trained) as session:
        with pytest.raises(UserError, match="no SAE"):
            make_map(session.library, None, "features", "pca", Progress())
        progress = Progress()
        progress.cancel()
        with pytest.raises(Cancelled):
            make_map(session.library, None, "documents", "pca", progress)


def test_points_as_a_table(trained: Path, tmp_path: Path) -> None:
    with open_session(trained) as session:
        points = make_map(session.library, session.features, "documents", "pca", Progress()).points
        write_points(tmp_path / "map.csv", session, points, Progress(), chosen=np.array([1]))
        lines = (tmp_path / "map.csv").read_text(encoding="utf-8-sig").splitlines()
        assert lines[0] == "id,title,x,y,selected"
        assert len(lines) == len(points.placed) + 1
        known, _, x, y, selected = lines[2].rsplit(",", 4)
        assert known == session.library.documents.ids([1])[0]
        assert (float(x), float(y)) == pytest.approx(tuple(points.xy[1].tolist()), abs=1e-5)
        assert (selected, lines[1].rsplit(",", 1)[1]) == ("1", "0")
        features = make_map(session.library, session.features, "features", "pca", Progress()).points
        write_points(tmp_path / "features.csv", session, features, Progress())
    lines = (tmp_path / "features.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "feature,name,x,y"
    assert lines[1].split(",")[0] == str(int(features.placed[0]))


def test_more_points_take_longer() -> None:
    times = [seconds_for(points) for points in (100, 3_072, 30_000, 100_000, 1_000_000)]
    assert times == sorted(times)
