"""A library that is packed, copied or moved is the same afterwards, and a hostile package makes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_library import make_vectors

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library import manifest as layout
from saerch_desktop.library.checks import check_library
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow import portable, portable_unpack
from saerch_desktop.workflow.portable_unpack import unpack


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = make_vectors(tmp_path_factory.mktemp("original") / "Ünï code.saerch", 24)
    (path / "recipes").mkdir()
    (path / "recipes" / "a.json").write_text("{}", encoding="utf-8")
    (path / ".left.0.tmp").write_bytes(b"of a killed write")
    (path / "saes" / "link").symlink_to("/etc")
    return path


_OF_THE_MOMENT = (".lock", ".tmp", "-shm", "-wal")


def contents(path: Path) -> dict[str, str]:
    return {
        file.relative_to(path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in path.rglob("*")
        if file.is_file()
        and not file.is_symlink()
        and not file.name.endswith((".lock", ".tmp", "-shm", "-wal"))
    }


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".tmp")]


def test_packed_and_unpacked_it_is_the_same(original: Path, tmp_path: Path) -> None:
    package = portable.pack(original, tmp_path / "there.saerch.zip", Progress())
    made = unpack(package, tmp_path / "new folder", Progress())
    assert made == tmp_path / "new folder" / original.name
    assert contents(made) == contents(original)
    assert not (made / "saes" / "link").exists()
    assert check_library(made, repair=False, progress=Progress()) == []
    assert unpack(package, tmp_path / "new folder", Progress()).name == "Ünï code 2.saerch"
    assert leftovers(tmp_path / "new folder") == []


def test_what_sqlite_keeps_beside_its_file_goes_along(original: Path, tmp_path: Path) -> None:
    copy = portable.copy_library(original, tmp_path / "c.saerch", Progress())
    with Library.open(copy) as reader:  # an open reader, as the window is one
        assert len(reader.documents) == 24
        with Library.open(copy, write=True) as writer:
            writer.set_state("note", json.dumps("written last"))
        package = portable.pack(copy, tmp_path / "c.zip", Progress())
    with Library.open(unpack(package, tmp_path / "out", Progress())) as made:
        assert made.documents.state("note") == "written last"


def test_copying_and_moving(original: Path, tmp_path: Path) -> None:
    copy = portable.copy_library(original, tmp_path / "deep" / "er" / "copy.saerch", Progress())
    assert contents(copy) == contents(original)
    moved = portable.move_library(copy, tmp_path / "moved.saerch", Progress())
    assert contents(moved) == contents(original)
    assert not copy.exists()
    assert not (moved / layout.WRITER_FILE).exists()
    with Library.open(moved, write=True):
        pass
    with pytest.raises(UserError, match="already"):
        portable.copy_library(original, moved, Progress())
    for act in (portable.copy_library, portable.move_library, portable.pack):
        with pytest.raises(UserError, match="into itself"):
            act(moved, moved / "inside", Progress())


def every_way(library: Path, folder: Path) -> tuple[Callable[[], object], ...]:
    return (
        lambda: portable.pack(library, folder / "x.zip", Progress()),
        lambda: portable.copy_library(library, folder / "x.saerch", Progress()),
    )


@pytest.mark.parametrize("name", ["vectors.npy", "saes", "saes/fine"])
def test_what_is_a_link_is_not_left_out_without_a_word(original: Path, tmp_path: Path, name: str) -> None:
    library = portable.copy_library(original, tmp_path / "a.saerch", Progress())
    elsewhere = tmp_path / "elsewhere"
    if (library / name).exists():
        (library / name).rename(elsewhere)
    else:
        elsewhere.mkdir()
        (elsewhere / "sae.json").write_text("{}", encoding="utf-8")
        (library / name).parent.mkdir(exist_ok=True)
    (library / name).symlink_to(elsewhere)
    for act in every_way(library, tmp_path):
        with pytest.raises(UserError, match="is a link"):
            act()
    link = tmp_path / "b.saerch"
    link.symlink_to("a.saerch")
    with pytest.raises(UserError, match="is a link to"):
        portable.move_library(link, tmp_path / "deeper" / "b.saerch", Progress())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.saerch", "b.saerch", "elsewhere"]


def test_a_folder_that_cannot_be_read_is_not_left_out(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refused(path: str) -> object:
        if Path(path).name == "recipes":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    for act in every_way(original, tmp_path):
        with pytest.raises(UserError, match="recipes cannot be read"):
            act()


def test_moving_to_another_disk_copies_compares_and_takes_away(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = portable.copy_library(original, tmp_path / "copy.saerch", Progress())
    rename = Path.rename

    def other_disk(self: Path, target: Path) -> Path:
        if self == copy:
            raise OSError(18, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", other_disk)
    moved = portable.move_library(copy, tmp_path / "far.saerch", Progress())
    assert contents(moved) == contents(original)
    assert not copy.exists()


def test_a_disk_that_gives_back_other_bytes_is_noticed(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saerch_desktop.files.sha256", lambda path: "0" * 64)
    with pytest.raises(UserError, match="not copied rightly"):
        portable.copy_library(original, tmp_path / "copy.saerch", Progress())
    assert list(tmp_path.iterdir()) == []


def test_nobody_may_write_meanwhile(original: Path, tmp_path: Path) -> None:
    with Library.open(original, write=True), pytest.raises(UserError, match="being changed by another job"):
        portable.pack(original, tmp_path / "x.zip", Progress())
    assert list(tmp_path.iterdir()) == []


def acts(original: Path, tmp_path: Path) -> Iterator[Callable[[Progress], object]]:
    package = portable.pack(original, tmp_path / "x.zip", Progress())
    yield lambda progress: portable.pack(original, tmp_path / "y.zip", progress)
    yield lambda progress: portable.copy_library(original, tmp_path / "y.saerch", progress)
    yield lambda progress: unpack(package, tmp_path, progress)


@pytest.mark.parametrize("number", range(3))
def test_stopping_leaves_nothing(original: Path, tmp_path: Path, number: int) -> None:
    act = list(acts(original, tmp_path))[number]
    progress = Progress(lambda update: progress.cancel() if update.done else None)
    with pytest.raises(Cancelled):
        act(progress)
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]


@pytest.mark.parametrize("number", range(3))
def test_a_full_disk_leaves_nothing(
    original: Path, tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = list(acts(original, tmp_path))[number]

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="disk is full"):
        act(Progress())
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]


def test_too_little_room_is_known_before_anything_is_written(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = portable.pack(original, tmp_path / "x.zip", Progress())
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    with pytest.raises(UserError, match="MB are free"):
        unpack(package, tmp_path / "not made", Progress())
    assert not (tmp_path / "not made").exists()


def test_a_clock_before_zip_files_were_invented(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    package = portable.pack(original, tmp_path / "old.zip", Progress())
    assert contents(unpack(package, tmp_path, Progress())) == contents(original)


# Packages that others made ---------------------------------------------------------------------------------


def repacked(original: Path, tmp_path: Path, change: Callable[[zipfile.ZipFile], None]) -> Path:
    """The good package with more in it, and without the listing that would tell."""
    good = portable.pack(original, tmp_path / "good.zip", Progress())
    bad = tmp_path / "bad.saerch.zip"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as sink:
        for entry in source.infolist():
            if entry.filename != portable.LISTING:
                sink.writestr(entry, source.read(entry))
        change(sink)
    return bad


def named(name: str, mode: int = 0o644) -> Callable[[zipfile.ZipFile], None]:
    def add(package: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo(name)
        entry.filename = name  # ZipInfo would tidy it up
        entry.external_attr = mode << 16
        package.writestr(entry, b"/etc/passwd")

    return add


def inside(name: str) -> Callable[[zipfile.ZipFile], None]:
    return named(f"Ünï code.saerch/{name}")


@pytest.mark.parametrize(
    "change",
    [
        named("../slipped.txt"),
        named("/tmp/slipped.txt"),
        named("elsewhere/file.txt"),
        inside("../../slipped.txt"),
        inside("saes/../../../slipped.txt"),
        inside("..\\..\\slipped.txt"),
        inside("C:slipped.txt"),
        inside("con"),
        inside("NUL.txt"),
        inside("trailing. "),
        inside("a\nb"),
        inside("LIBRARY.JSON"),
        inside("/".join("d" * 20) + "/deep"),
        named("Ünï code.saerch/saes/evil", stat.S_IFLNK | 0o777),
        named("Ünï code.saerch/pipe", stat.S_IFIFO | 0o644),
    ],
)
def test_slips_links_and_twins_are_refused(
    original: Path, tmp_path: Path, change: Callable[[zipfile.ZipFile], None]
) -> None:
    package = repacked(original, tmp_path, change)
    into = tmp_path / "into" / "here"
    with pytest.raises(UserError, match="cannot be unpacked"):
        unpack(package, into, Progress())
    assert not into.exists() or list(into.iterdir()) == []
    assert not list(tmp_path.rglob("*slipped*"))


def test_a_bomb_is_refused(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portable_unpack, "_HARMLESS", 1 << 20)

    def swell(package: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo("Ünï code.saerch/zeros")
        entry.compress_type = zipfile.ZIP_DEFLATED
        package.writestr(entry, bytes(40 << 20))

    package = repacked(original, tmp_path, swell)
    with pytest.raises(UserError, match="swell"):
        unpack(package, tmp_path / "into", Progress())


def test_too_many_files_are_refused(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = portable.pack(original, tmp_path / "x.zip", Progress())
    monkeypatch.setattr(portable_unpack, "_MOST", 3)
    with pytest.raises(UserError, match="too many files"):
        unpack(package, tmp_path, Progress())


@pytest.mark.parametrize(
    "damage", ["no zip", "empty", "cut", "no library", "flipped", "added", "newer", "missing"]
)
def test_damaged_packages_make_nothing(original: Path, tmp_path: Path, damage: str) -> None:
    package = portable.pack(original, tmp_path / "x.saerch.zip", Progress())
    data = package.read_bytes()
    into = tmp_path / "into"
    if damage == "no zip":
        package.write_bytes(b"%PDF-1.4 nothing of the kind")
    elif damage == "empty":
        package.write_bytes(b"")
    elif damage == "cut":
        package.write_bytes(data[: len(data) // 2])
    elif damage == "missing":
        package.unlink()
    elif damage == "no library":
        with zipfile.ZipFile(package, "w") as other:
            other.writestr("readme.txt", "hello")
    elif damage == "flipped":
        with zipfile.ZipFile(package) as opened:
            entry = opened.getinfo("Ünï code.saerch/vectors.npy")
        at = entry.header_offset + len(entry.filename.encode()) + 30 + 400
        package.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    else:
        with zipfile.ZipFile(package) as opened:
            rest = [(e, opened.read(e)) for e in opened.infolist() if e.filename != portable.LISTING]
            listing = json.loads(opened.read(portable.LISTING))
        with zipfile.ZipFile(package, "w") as other:
            for entry, content in rest:
                other.writestr(entry, content)
            if damage == "added":
                other.writestr("Ünï code.saerch/saes/new.txt", "not in the listing")
            else:
                listing["version"] = 99
            other.writestr(portable.LISTING, json.dumps(listing))
    with pytest.raises(UserError):
        unpack(package, into, Progress())
    assert not into.exists() or list(into.iterdir()) == []


def test_one_packed_by_hand_without_a_folder_will_do(original: Path, tmp_path: Path) -> None:
    package = tmp_path / "By hand.saerch.zip"
    with zipfile.ZipFile(package, "w") as opened:
        for name in contents(original):
            opened.write(original / name, name)
    made = unpack(package, tmp_path, Progress())
    assert made.name == "By hand.saerch"
    assert contents(made) == contents(original)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_library_without_leave_to_write_is_packed(original: Path, tmp_path: Path) -> None:
    copy = portable.copy_library(original, tmp_path / "c.saerch", Progress())
    for folder in (copy, *[path for path in copy.rglob("*") if path.is_dir()]):
        folder.chmod(0o555)
    try:
        package = portable.pack(copy, tmp_path / "c.zip", Progress())
    finally:
        for folder in (copy, *[path for path in copy.rglob("*") if path.is_dir()]):
            folder.chmod(0o755)
    assert contents(unpack(package, tmp_path / "out", Progress())) == contents(original)


_SMALL = """
import resource, signal, sys
from pathlib import Path
from saerch_desktop.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of a process are the system's")
def test_a_system_that_gives_no_more_room(original: Path, tmp_path: Path) -> None:
    package = portable.pack(original, tmp_path / "x.zip", Progress())
    for arguments in (
        ["pack", "--library", str(original), "--out", str(tmp_path / "y.zip")],
        ["unpack", str(package), "--into", str(tmp_path)],
    ):
        command = [sys.executable, "-c", _SMALL, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 2, done.stderr
        assert "could not be written: File too large" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]


def test_a_name_that_is_no_text_and_a_pipe_are_explained(original: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    data = portable.pack(original, tmp_path / "a.zip", Progress()).read_bytes()
    name = next(part for part in (b"vectors.npy", b"documents.sqlite") if part in data)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(data.replace(name, b"\xff" + name[1:]))
    with pytest.raises(UserError, match="cannot be unpacked"):
        unpack(bad, tmp_path / "in", Progress())
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.zip")
        with pytest.raises(UserError, match="not an ordinary file"):
            unpack(tmp_path / "pipe.zip", tmp_path / "in", Progress())
    assert list((tmp_path / "in").iterdir()) == []
