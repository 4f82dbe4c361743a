"""The results of a window that is open, steered and read off."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.results_part import ResultsPart
from saerch_desktop.ui.results_view import ResultsTable
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def part(window: MainWindow, steerable: Path, qtbot) -> ResultsPart:
    window.controller.library.open(steerable)
    with qtbot.waitActive(window):
        window.activateWindow()
    window.controller.search.like_document(0)
    QApplication.processEvents()
    return next(part for part in window.parts if isinstance(part, ResultsPart))


def steer(part: ResultsPart, share: float = -2.0) -> None:
    search = part.controller.search
    first = search.entries()[0]
    search.edit((Edit(first.feature, share * first.natural),))


def listed(table: ResultsTable) -> list[int]:
    return [table.results.listing.document(place) for place in range(table.results.rowCount())]
