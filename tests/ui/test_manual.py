"""The manual's window: reading, finding, following links; and the page that the action table writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from pytestqt.qtbot import QtBot

from saerch_desktop.ui.actions import TABLE
from saerch_desktop.ui.manual_actions import FILE, actions_page
from saerch_desktop.ui.manual_view import ManualView
from saerch_desktop.ui.manual_window import ManualWindow
from saerch_desktop.workflow.manual import Page

_PAGES = (
    Page(
        "one.md", "The first", "# The first\n\nSee [the second](two.md), or [a place](https://example.org)."
    ),
    Page("two.md", "The second", "# The second\n\nAbout sliders."),
)


@pytest.fixture
def manual(qtbot: QtBot) -> ManualWindow:
    window = ManualWindow(_PAGES)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    window.show()
    return window


def test_pages_are_read_by_keyboard(manual: ManualWindow, qtbot: QtBot) -> None:
    assert "The first" in manual.view.toPlainText()
    qtbot.keyClick(manual.list, Qt.Key.Key_Down)
    assert "About sliders." in manual.view.toPlainText()


def test_words_narrow_the_pages(manual: ManualWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(manual.search, "sliders")
    assert [manual.list.item(row).text() for row in range(manual.list.count())] == ["The second"]
    assert "About sliders." in manual.view.toPlainText()
    manual.turn_to("one.md")
    assert manual.search.text() == ""
    assert "The first" in manual.view.toPlainText()


def test_links_stay_inside(manual: ManualWindow) -> None:
    manual.view.anchorClicked.emit(QUrl("https://example.org"))
    assert "The first" in manual.view.toPlainText()
    manual.view.anchorClicked.emit(QUrl("two.md"))
    assert "About sliders." in manual.view.toPlainText()


def test_pictures_come_from_the_manual_alone(qtbot: QtBot, tmp_path: Path) -> None:
    inside = tmp_path / "manual"
    inside.mkdir()
    picture = QImage(2000, 100, QImage.Format.Format_RGB32)
    picture.fill(0)
    assert picture.save(str(inside / "in.png"))
    assert picture.save(str(tmp_path / "out.png"))
    view = ManualView(inside)
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    kind = QTextDocument.ResourceType.ImageResource.value
    assert view.loadResource(kind, QUrl("in.png")).width() < 600
    assert view.loadResource(kind, QUrl("../out.png")) is None
    assert view.loadResource(kind, QUrl(f"file://{tmp_path}/out.png")) is None


def test_the_last_page_names_every_action() -> None:
    page = actions_page()
    assert page.file == FILE
    for spec in TABLE:
        assert spec.name.replace("_", "\\_") in page.text, spec.id


def test_a_long_page_is_shown_once(qtbot: QtBot, tmp_path: Path) -> None:
    view = ManualView(tmp_path)
    qtbot.addWidget(view)
    view.resize(400, 200)
    view.show()
    text = "# A heading\n\n" + "\n\n".join(f"Paragraph {number}." for number in range(80))
    view.show_page("short")
    view.show_page(text)
    view.resize(380, 200)
    assert view.toPlainText().count("Paragraph 7.") == 1
    assert view.toPlainText().count("A heading") == 1
