"""What the tests of the inspector share: a pane with a made-up feature, and hands to press it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from ui.made_up import card, claims

from saerch_desktop.features.label import Label
from saerch_desktop.features.marks import Mark
from saerch_desktop.ui import theme
from saerch_desktop.ui.feature_lists import EntryList
from saerch_desktop.ui.feature_pane import FeaturePane

LEFT = Qt.MouseButton.LeftButton
TEXT = "The first sentence says little about it. Discs accrete gas from the star. And so on for a while."


def texts(rows: Sequence[int]) -> list[str]:
    return [f"Title {row}\n\n{TEXT}" for row in rows]


def named(feature: int) -> tuple[Label | None, Mark]:
    return claims(feature)[0], Mark(feature=feature, verified=feature == 7)


@pytest.fixture
def pane(qtbot, qapp: QApplication) -> FeaturePane:
    theme.apply(qapp, "light")
    made = FeaturePane()
    qtbot.addWidget(made)
    made.resize(420, 900)
    made.set_card(card(), None, texts, named)
    made.show()
    return made


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, LEFT)


def click_row(view: EntryList, row: int) -> None:
    QTest.mouseClick(view.viewport(), LEFT, pos=view.visualRect(view.entries.index(row)).center())


def button(parent: QWidget, text: str) -> QPushButton:
    return next(one for one in parent.findChildren(QPushButton) if one.text() == text and one.isVisible())


def settle() -> None:
    for _ in range(3):
        QApplication.processEvents()
