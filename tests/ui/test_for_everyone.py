"""For everyone: names on every control, a table for every drawing, and room for texts of every size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from ui.looked_over import clipped, drawn, nameless, tableless

from saerch_desktop.ui import screenshots, theme
from saerch_desktop.ui.settings_part import SettingsPart
from saerch_desktop.ui.window import MainWindow

_NARROW = ("mixer-240", "window-small")  # pictures of widths below what large texts ask for


class _Looker(screenshots._Photographer):
    """Goes where the photographer goes, and looks at what it would take a picture of."""

    found: set[str]
    seen: set[str]
    drawings: set[str]

    def _shoot(self, name: str, widget: QWidget) -> None:
        settle()
        self.seen.add(name)
        self.drawings |= {type(one).__name__ for one in drawn(widget)}
        self.found |= {f"{name}: {one} has no table" for one in tableless(widget)}
        if name not in _NARROW:
            self.found |= {f"{name}: {one}" for one in clipped(widget) | nameless(widget)}


@pytest.fixture
def size(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[int]:
    theme.apply(qapp, "light", request.param)
    yield request.param
    theme.apply(qapp, "light", 100)


def settle() -> None:
    QTest.qWait(40)  # docks become tabs by short timers of Qt


@pytest.mark.parametrize("size", [200], indirect=True, ids=lambda size: f"{size} %")
def test_nothing_is_clipped_and_nothing_nameless_wherever_pictures_are_taken(
    steerable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(screenshots, "_SIZE", (1600, 1000))
    monkeypatch.setattr(screenshots, "_settle", settle)
    looker = _Looker(steerable, tmp_path, "light")
    looker.found, looker.seen, looker.drawings = set(), set(), set()
    looker.all()
    assert len(looker.seen) > 50
    assert {"MapCanvas", "VolcanoPlot", "PassPlot"} <= looker.drawings
    assert "\n".join(sorted(looker.found)) == ""


@pytest.mark.parametrize("size", [80, 200], indirect=True, ids=lambda size: f"{size} %")
def test_nothing_is_clipped_and_nothing_nameless_in_the_settings(
    window: MainWindow, qtbot: QtBot, size: int
) -> None:
    part = next(part for part in window.parts if isinstance(part, SettingsPart))
    part.show()
    shown = part.shown
    assert shown is not None
    shown.resize(880, 700)
    found: set[str] = set()
    for at in range(len(shown.areas)):
        shown.list.setCurrentRow(at)
        settle()
        area, page = shown.areas[at], shown.page(at)
        found |= {f"{page.title}: {one}" for one in clipped(shown) | nameless(shown)}
        if page.minimumSizeHint().width() > area.viewport().width():
            found.add(f"{page.title} needs {page.minimumSizeHint().width()}, has {area.viewport().width()}")
    shown.close()
    assert "\n".join(sorted(found)) == ""
