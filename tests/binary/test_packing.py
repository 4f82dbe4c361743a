"""What packs and tests the frozen program, as far as it can be tried without one."""

from __future__ import annotations

import configparser
import importlib.util
import struct
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
METAINFO = PACKAGING / "linux" / "io.github.saerch_desktop.saerch_desktop.metainfo.xml"


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PACKAGING))
    spec = importlib.util.spec_from_file_location(name, PACKAGING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def test_icons_of_windows_and_of_the_mac_hold_the_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    icons = load("icons", monkeypatch)
    pictures = {size: b"\x89PNG" + bytes([size % 251]) * size for size in (16, 32, 64, 128, 256, 512, 1024)}
    ico = icons.ico({16: pictures[16], 256: pictures[256]})
    assert struct.unpack("<HHH", ico[:6]) == (0, 1, 2)
    for at, size in ((6, 16), (22, 256)):
        wide, high, _, _, _, _, length, start = struct.unpack("<BBBBHHII", ico[at : at + 16])
        assert (wide, high) == (size % 256, size % 256)
        assert ico[start : start + length] == pictures[size]
    icns = icons.icns(pictures)
    assert icns[:4] == b"icns"
    assert struct.unpack(">I", icns[4:8]) == (len(icns),)
    assert pictures[1024] in icns


def test_the_sign_is_drawn(qapp: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    icons = load("icons", monkeypatch)
    icons.write(PACKAGING.parent / "resources" / "icons" / "app.svg", tmp_path)
    png = (tmp_path / "saerch-desktop-48.png").read_bytes()
    assert struct.unpack(">II", png[16:24]) == (48, 48)


def test_the_desktop_entry_and_the_description_name_each_other() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(PACKAGING / "linux" / "saerch-desktop.desktop", encoding="utf-8")
    root = ET.parse(METAINFO).getroot()
    assert root.findtext("launchable") == "saerch-desktop.desktop"
    assert root.findtext("id") == METAINFO.name.removesuffix(".metainfo.xml")
    assert root.findtext("summary") == entry["Desktop Entry"]["Comment"]
    assert entry["Desktop Entry"]["StartupWMClass"] == "saerch-desktop"


def test_what_was_written_elsewhere_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    frozen_test = load("frozen_test", monkeypatch)
    home = tmp_path / "home"
    log = tmp_path / "trace"
    log.write_text(
        f'1 openat(AT_FDCWD, "{home}/.config/a", O_WRONLY|O_CREAT, 0666) = 3\n'
        '1 openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 3\n'
        '1 openat(AT_FDCWD, "/opt/program/x", O_RDWR|O_CREAT, 0666) = -1 EACCES (Permission denied)\n'
        f'2 rename("{home}/a", "/var/b") = 0\n'
        '2 openat(AT_FDCWD, "/dev/null", O_RDWR) = 4\n'
        f'2 mkdir("{home}", 0777) = 0\n'
        '2 mkdir("/usr/lib/x", 0777) = 0\n'
        '2 openat(AT_FDCWD, "beside", O_WRONLY) = 4\n'
    )
    found = list(frozen_test._written_elsewhere(log, home))
    assert found == ["rename /var/b", "mkdir /usr/lib/x", "openat beside"]
