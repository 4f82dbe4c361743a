"""Help ▸ About and Help ▸ Licences by real events."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from saerch_desktop import __version__
from saerch_desktop.errors import UserError
from saerch_desktop.ui.about_dialog import AboutDialog
from saerch_desktop.ui.about_part import AboutPart
from saerch_desktop.ui.licences_dialog import LicencesDialog
from saerch_desktop.ui.window import MainWindow
from saerch_desktop.workflow.licences import Component, Text

MADE_UP = (
    Component("saerch-desktop", "1.0", "MIT", "", (Text("LICENSE", "Permission is granted."),)),
    Component("Qt", "6", "LGPL-3.0", "https://qt.io", (Text("LGPL", "<b>not bold</b>"),)),
    Component("umap-learn", "0.5", "BSD", "", ()),
)


@pytest.fixture
def part(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> AboutPart:
    monkeypatch.setattr("saerch_desktop.workflow.licences.components", lambda: MADE_UP)
    return next(part for part in window.parts if isinstance(part, AboutPart))


@pytest.fixture
def licences(window: MainWindow, part: AboutPart) -> LicencesDialog:
    window.actions_table["licences"].trigger()
    assert part.licences is not None
    return part.licences


def shown(dialog: LicencesDialog) -> list[str]:
    return [
        dialog.list.item(row).text()
        for row in range(dialog.list.count())
        if not dialog.list.item(row).isHidden()
    ]


def test_about_says_which_version_this_is(window: MainWindow, part: AboutPart) -> None:
    window.actions_table["about"].trigger()
    assert isinstance(part.about, AboutDialog)
    first = part.about
    assert any(f"Version {__version__}" == label.text() for label in first.findChildren(type(first.said)))
    window.actions_table["about"].trigger()
    assert part.about is first, "one such window is enough"


def test_details_are_copied(window: MainWindow, part: AboutPart, qtbot: QtBot) -> None:
    part.show_about()
    assert part.about is not None
    qtbot.mouseClick(part.about.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().startswith(f"SAErch Desktop {__version__}")
    assert "Copied" in part.about.said.text()


def test_escape_closes_and_it_opens_again(part: AboutPart, qtbot: QtBot) -> None:
    part.show_about()
    assert part.about is not None
    qtbot.keyClick(part.about, Qt.Key.Key_Escape)
    assert part.about is None
    part.show_about()
    assert part.about is not None


def test_from_about_to_the_licences(part: AboutPart, qtbot: QtBot) -> None:
    part.show_about()
    assert part.about is not None
    qtbot.mouseClick(part.about.licences, Qt.MouseButton.LeftButton)
    assert part.licences is not None
    assert shown(part.licences) == ["saerch-desktop 1.0", "Qt 6", "umap-learn 0.5"]


def test_the_terms_of_the_chosen_one_are_shown_as_plain_text(licences: LicencesDialog, qtbot: QtBot) -> None:
    assert "Permission is granted." in licences.text.toPlainText()
    qtbot.keyClick(licences.list, Qt.Key.Key_Down)
    assert "<b>not bold</b>" in licences.text.toPlainText()


def test_typing_narrows_the_list(licences: LicencesDialog, qtbot: QtBot) -> None:
    qtbot.keyClicks(licences.search, "lgpl")
    assert shown(licences) == ["Qt 6"]
    assert "https://qt.io" in licences.text.toPlainText()
    assert licences.said.text() == "1 of 3 parts"
    licences.search.setText("nothing of the kind")
    assert shown(licences) == []
    assert licences.text.toPlainText() == ""
    licences.search.clear()
    assert len(shown(licences)) == 3


def test_a_damaged_list_is_told(window: MainWindow, part: AboutPart, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> None:
        raise UserError(
            "The list of licences cannot be read.", "It belongs to the program.", "Install again."
        )

    monkeypatch.setattr("saerch_desktop.workflow.licences.components", damaged)
    part.show_licences()
    assert window.store.notices[-1].happened == "The list of licences cannot be read."


def test_every_button_has_a_name(part: AboutPart) -> None:
    part.show_about()
    assert part.about is not None
    assert all(button.accessibleName() for button in part.about.findChildren(QPushButton))
