"""Rules of the house that no checker knows: short modules, telling names, nothing left for later."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import saerch_desktop

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "saerch_desktop"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
ROOMS = ("library", "embedding", "sae", "features", "search", "study", "workflow", "ui")
LONGEST = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "tools", "base_utils", "stuff"}
UNFINISHED = re.compile(
    r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError\(\)|raise NotImplementedError$", re.MULTILINE
)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=_name)
def test_no_module_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_modules_say_what_they_are(path: Path) -> None:
    assert path.stem.strip("_") not in VAGUE
    text = path.read_text(encoding="utf-8")
    if path.name != "__init__.py":
        assert text.startswith('"""'), "the first line says what the module holds"


@pytest.mark.parametrize("path", [p for p in [*MODULES, *TESTS] if p.name != "test_house.py"], ids=_name)
def test_nothing_is_left_for_later(path: Path) -> None:
    found = UNFINISHED.search(path.read_text(encoding="utf-8"))
    assert found is None, found


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_a_package_that_imports_nothing(room: str) -> None:
    text = (PACKAGE / room / "__init__.py").read_text(encoding="utf-8")
    assert "import" not in re.sub(r'"""[\s\S]*?"""', "", text)


def test_the_manual_names_every_command() -> None:
    from saerch_desktop.cli import app

    page = (ROOT / "docs" / "manual" / "command-line.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr]
        assert f"saerch-desktop {name}" in page, name


def test_the_version_is_the_changelogs_newest() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert saerch_desktop.__version__ == version
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert version == next(heading for heading in headings if heading != "Unreleased")
