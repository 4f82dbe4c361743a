"""Atomic writes: the old file or the new one, whole; and hashes that see damage."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saerch_desktop import files
from saerch_desktop.errors import UserError


def test_a_write_that_breaks_off_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "kept.json"
    files.write_json(target, {"old": True})

    def broken_write() -> None:
        with files.replacing(target) as stream:
            stream.write(b"half of the new")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        broken_write()
    assert target.read_text() == '{\n  "old": true\n}\n'
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.json"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "cannot be written to"),
        (errno.EIO, "could not be written"),
    ],
)
def test_a_failing_disk_is_explained_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    target = tmp_path / "data.bin"
    files.write_bytes(target, b"old")

    def fails(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(UserError) as caught:
        files.write_bytes(target, b"new")
    assert words in caught.value.happened
    assert "unchanged" in caught.value.meaning
    assert target.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.bin"]


def test_a_missing_folder_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        files.write_bytes(tmp_path / "nowhere" / "data.bin", b"x")


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_files_follow_the_umask_so_that_a_team_can_share_a_library(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        files.write_bytes(tmp_path / "shared.bin", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "shared.bin").stat().st_mode) == 0o644


def test_arrays_are_never_pickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pickle"):
        files.write_array(tmp_path / "objects.npy", np.array([{}], dtype=object))
    assert list(tmp_path.iterdir()) == []
    files.write_array(tmp_path / "numbers.npy", np.arange(3))
    assert np.load(tmp_path / "numbers.npy", allow_pickle=False).tolist() == [0, 1, 2]


def test_hashes_see_a_cut_and_a_changed_byte(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    content = np.random.default_rng(0).integers(0, 256, 6 << 20, dtype=np.uint8).tobytes()
    path.write_bytes(content)
    quick, full = files.fingerprint(path), files.sha256(path)

    path.write_bytes(content[:-1])
    assert files.fingerprint(path) != quick

    flipped = bytearray(content)
    flipped[3_000_001] ^= 1  # between the sampled blocks or in one: the full hash always sees it
    path.write_bytes(flipped)
    assert files.sha256(path) != full

    flipped = bytearray(content)
    flipped[-1] ^= 1  # the last block is always sampled
    path.write_bytes(flipped)
    assert files.fingerprint(path) != quick


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_small_files_are_neither_pipes_nor_huge(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(OSError, match="not an ordinary file"):
        files.read_small(tmp_path / "pipe.json")
    (tmp_path / "a.json").write_bytes(b"12345")
    assert files.read_small(tmp_path / "a.json", 5) == b"12345"
    with pytest.raises(ValueError, match="far too large"):
        files.read_small(tmp_path / "a.json", 4)


def test_arrays_are_mapped_even_when_empty_and_never_unpickled(tmp_path: Path) -> None:
    files.write_array(tmp_path / "a.npy", np.zeros((0, 3), np.float32))
    assert files.mapped_array(tmp_path / "a.npy").shape == (0, 3)
    np.save(tmp_path / "b.npy", np.array([None], dtype=object))
    with pytest.raises(ValueError, match="no plain numbers"):
        files.mapped_array(tmp_path / "b.npy")


@pytest.mark.skipif(os.name != "posix", reason="devices have other names")
@pytest.mark.parametrize("hashed", [files.sha256, files.fingerprint])
def test_a_device_in_a_file_s_place_is_not_hashed_for_ever(
    tmp_path: Path, hashed: Callable[[Path], str]
) -> None:
    (tmp_path / "endless.npy").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.npy")
    for name in ("endless.npy", "pipe.npy"):
        with pytest.raises(OSError, match="not an ordinary file"):
            hashed(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes with names")
def test_a_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "table.csv"
    os.mkfifo(pipe)
    with pytest.raises(UserError, match="not an ordinary file"):
        files.write_bytes(pipe, b"x")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [entry.name for entry in tmp_path.iterdir()] == ["table.csv"]


def test_nothing_is_handed_out_into_a_library(tmp_path: Path) -> None:
    library = tmp_path / "a.saerch"
    (library / "saes").mkdir(parents=True)
    for name in ("library.json", "documents.sqlite"):
        (library / name).write_bytes(b"of the library")
    link = tmp_path / "link"
    link.symlink_to(library)
    ways = (library / "saes" / "x.csv", link / "x.csv", library.parent / "a.saerch" / "saes" / ".." / "x.csv")
    for path in (*ways, library / "documents.sqlite"):
        with pytest.raises(UserError, match=r"into the library a\.saerch"):
            files.require_outside_libraries(path)
    files.require_outside_libraries(tmp_path / "x.csv")
