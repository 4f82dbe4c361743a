"""UMAP in its process: the same each time, watched, and ended at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.maps import umap_child, umap_job
from saerch_desktop.features.maps.neighbours import nearest_neighbours
from saerch_desktop.features.maps.pca import ArrayRows, principal_plane
from saerch_desktop.progress import Progress, Update

POINTS = 90


def asleep(folder: str, seed: int, pipe: Connection) -> None:
    """A child that is deep in its work and hears nothing."""
    (Path(folder).parent / "child.pid").write_text(str(os.getpid()))
    pipe.send(("at", 1, 10))
    time.sleep(600)


def dying(folder: str, seed: int, pipe: Connection) -> None:
    os._exit(7)


def failing(folder: str, seed: int, pipe: Connection) -> None:
    pipe.send(("failed", "MemoryError: it is too much"))


def nonsense(folder: str, seed: int, pipe: Connection) -> None:
    np.save(Path(folder) / umap_child.RESULT, np.full((POINTS, 2), np.nan, np.float32))
    pipe.send(("done",))


def thrice(folder: str, seed: int, pipe: Connection) -> None:
    """The real work, three times in one child: what it compiles once serves all of them."""
    place = Path(folder)
    for name, which in (("first", seed), ("again", seed), ("other", seed + 1)):
        umap_child._lay_out(place, which, pipe)
        shutil.copy(place / umap_child.RESULT, place.parent / f"{name}.npy")
    if hasattr(import_module("tqdm.std").TqdmDefaultWriteLock, "mp_lock"):
        pipe.send(("failed", "a lock between processes was made, which outlives a child that is killed"))
    pipe.send(("done",))


def given() -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Three groups in twelve dimensions: neighbours, beginning, and which group each point is of."""
    chance = np.random.default_rng(0)
    of = np.arange(POINTS) % 3
    x = (chance.normal(size=(3, 12))[of] * 3 + chance.normal(size=(POINTS, 12)) * 0.3).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    plane, _ = principal_plane(ArrayRows(x, np.zeros(POINTS, bool)), Progress())
    places, distances = nearest_neighbours(lambda at: x[at], np.arange(POINTS), 8, Progress())
    return places, distances, plane, of


def test_the_same_seed_gives_the_same_map(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(umap_child, "work", thrice)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    places, distances, plane, of = given()
    heard: list[Update] = []
    umap_job.lay_out(places, distances, plane, Progress(heard.append), seed=3)
    found, again, other = (np.load(tmp_path / f"{name}.npy") for name in ("first", "again", "other"))
    np.testing.assert_array_equal(found, again)
    assert not np.array_equal(found, other)
    rounds = [update for update in heard if update.stage == "Laying out the map"]
    assert rounds
    assert rounds[-1].done == rounds[-1].total == 500
    # Groups stay together: most of a point's nearest on the map are of its own group.
    away = np.hypot(*(found[:, None] - found[None]).transpose(2, 0, 1))
    near = np.argsort(away, axis=1)[:, 1:6]
    assert (of[near] == of[:, None]).mean() > 0.95


def test_a_cancel_ends_the_child_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(umap_child, "work", asleep)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    cancelled: list[float] = []

    def listen(update: Update) -> None:
        if update.stage == "Laying out the map":
            cancelled.append(time.monotonic())
            progress.cancel()

    progress = Progress(listen)
    places, distances, plane, _ = given()
    with pytest.raises(Cancelled):
        umap_job.lay_out(places, distances, plane, progress)
    assert time.monotonic() - cancelled[0] < 2
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "child.pid").read_text()), 0)
    assert [path.name for path in tmp_path.iterdir()] == ["child.pid"]


@pytest.mark.parametrize(
    ("child", "why"),
    [(dying, "exit code 7"), (failing, "too much"), (nonsense, "no usable coordinates")],
)
def test_a_child_that_fails_is_told(child: object, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(umap_child, "work", child)
    places, distances, plane, _ = given()
    with pytest.raises(UserError, match=why):
        umap_job.lay_out(places, distances, plane, Progress())


_WAITING = """
import sys, tempfile, time
import numpy as np
from saerch_desktop.features.maps import umap_job
from saerch_desktop.progress import Progress

def follow(child, pipe, progress):
    print(child.pid, flush=True)
    time.sleep(600)

if __name__ == "__main__":
    tempfile.tempdir = sys.argv[1]
    umap_job._follow = follow
    places = np.tile(np.arange(8, dtype=np.int32), (9, 1))
    umap_job.lay_out(places, places.astype(np.float32), np.zeros((9, 2), np.float32), Progress())
"""


@pytest.mark.skipif(os.name != "posix", reason="other systems end a process otherwise")
def test_when_the_program_is_killed_neither_child_nor_folder_stays(tmp_path: Path) -> None:
    script, folder = tmp_path / "waiting.py", tmp_path / "temporary"
    script.write_text(_WAITING)
    folder.mkdir()
    command = [sys.executable, str(script), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(Path(umap_job.__file__).parents[3])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as program:
        assert program.stdout is not None
        child = int(program.stdout.readline())
        assert list(folder.iterdir())
        program.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while list(folder.iterdir()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not list(folder.iterdir())
    assert _ends(child, until)


def _ends(process: int, until: float) -> bool:
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{process}/stat")
        if state.is_file() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True  # dead, and waits for whoever adopted it
        time.sleep(0.05)
    return False


def test_a_folder_for_temporary_files_that_cannot_be_used_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    places, distances, plane, _ = given()
    with pytest.raises(UserError, match="could not be laid out: No such file") as caught:
        umap_job.lay_out(places, distances, plane, Progress())
    assert "TMPDIR" in caught.value.remedy


def echo(folder: str, seed: int, pipe: Connection) -> None:
    shutil.copy(Path(folder) / umap_child.BEGINNING, Path(folder) / umap_child.RESULT)
    pipe.send(("done",))


def test_points_that_are_all_alike_begin_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(umap_child, "work", echo)
    places, distances, plane, _ = given()
    line = plane * np.array([1, 0], np.float32)
    found = umap_job.lay_out(places, distances, line, Progress())
    np.testing.assert_array_equal(found[:, 0], line[:, 0])
    assert np.ptp(found[:, 1]) > 1
    one = np.ones_like(plane)
    again = [umap_job.lay_out(places, distances, one, Progress(), seed=4) for _ in range(2)]
    assert (np.ptp(again[0], axis=0) > 1).all()
    np.testing.assert_array_equal(*again)
