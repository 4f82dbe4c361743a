"""The installer of the .tar.gz: puts a program into a folder, tells the desktop, and takes both away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINUX = Path(__file__).resolve().parents[2] / "packaging" / "linux"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the installer is for Linux")


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The archive's folder with a program that only says which one it is."""
    folder = tmp_path / "un packed"
    program = folder / "saerch-desktop"
    (program / "_internal").mkdir(parents=True)
    (program / "saerch-desktop").write_text('#!/bin/sh\necho "this is one, asked $*"\n')
    (program / "saerch-desktop").chmod(0o755)
    (folder / "share" / "applications").mkdir(parents=True)
    shutil.copy(LINUX / "saerch-desktop.desktop", folder / "share" / "applications")
    icons = folder / "share" / "icons" / "hicolor" / "16x16" / "apps"
    icons.mkdir(parents=True)
    (icons / "saerch-desktop.png").write_bytes(b"")
    shutil.copy(LINUX / "install.sh", folder)
    return folder


def install(folder: Path, *arguments: str, status: int = 0) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder.parent / "home")}
    done = subprocess.run(
        ["sh", str(folder / "install.sh"), *arguments], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def everything(prefix: Path) -> list[str]:
    """All files but the indexes that the desktop keeps of them."""
    found = [path for path in prefix.rglob("*") if path.is_symlink() or path.is_file()]
    return sorted(str(path.relative_to(prefix)) for path in found if path.suffix != ".cache")


def test_it_can_be_started_where_it_was_put(unpacked: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "Prögramme von $USER & Co"
    assert "not on your PATH" in install(unpacked, "--prefix", str(prefix))
    command = prefix / "bin" / "saerch-desktop"
    said = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == "this is one, asked --version\n"
    entry = (prefix / "share" / "applications" / "saerch-desktop.desktop").read_text("utf-8")
    quoted = str(command).replace("$", "\\\\$")
    assert f'Exec="{quoted}"\n' in entry
    assert f'Exec="{quoted}" --sample\n' in entry


def test_for_one_user_without_being_asked(unpacked: Path, tmp_path: Path) -> None:
    install(unpacked)
    assert (tmp_path / "home" / ".local" / "bin" / "saerch-desktop").is_symlink()


def test_a_newer_one_takes_the_place_of_the_older(unpacked: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "there"
    (unpacked / "saerch-desktop" / "_internal" / "old").write_text("")
    install(unpacked, f"--prefix={prefix}")
    (unpacked / "saerch-desktop" / "_internal" / "old").unlink()
    install(unpacked, f"--prefix={prefix}")
    assert not [name for name in everything(prefix) if "old" in name or "new" in name]


def test_it_goes_and_leaves_what_is_not_its_own(unpacked: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "there"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "other").write_text("")
    install(unpacked, "--prefix", str(prefix))
    install(unpacked, "--uninstall", "--prefix", str(prefix))
    assert everything(prefix) == ["bin/other"]
    assert "not installed" in install(unpacked, "--uninstall", "--prefix", str(prefix), status=1)


def test_another_program_of_its_name_is_left_alone(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "there" / "bin").mkdir(parents=True)
    (tmp_path / "there" / "bin" / "saerch-desktop").write_text("mine")
    assert "another program" in install(unpacked, "--prefix", str(tmp_path / "there"), status=1)
    assert everything(tmp_path / "there") == ["bin/saerch-desktop"]


def test_half_an_archive_is_refused(unpacked: Path, tmp_path: Path) -> None:
    shutil.rmtree(unpacked / "saerch-desktop")
    assert "unpack the whole archive" in install(unpacked, "--prefix", str(tmp_path / "there"), status=1)
    assert not (tmp_path / "there").exists()
