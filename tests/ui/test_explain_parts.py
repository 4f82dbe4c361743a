"""The parts of the explain pane by themselves: plot, table, chooser, figures; and all on worker threads."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from saerch_desktop.ui.explain_compare import tiny
from saerch_desktop.ui.explain_part import ExplainPart
from saerch_desktop.ui.explain_sets import FacetChoice, Kind, SetChooser, Wish
from saerch_desktop.ui.explain_table import FeatureTable, Figures
from saerch_desktop.ui.explain_volcano import VolcanoPlot
from saerch_desktop.ui.window import MainWindow


@pytest.mark.parametrize("width", [160, 220, 300, 420, 900])
@pytest.mark.parametrize("lift", [1.5, 5.0, 20.0, 250.0])
def test_the_marks_of_the_axis_stand_apart_and_inside(qtbot, width: int, lift: float) -> None:
    plot = VolcanoPlot()
    qtbot.addWidget(plot)
    plot.resize(width, 300)
    plot.set_data(np.array([4]), np.array([lift]), np.array([-40.0]), np.array([3.0]), str, str)
    plot.grab()
    metrics = plot.fontMetrics()
    marks = plot._ticks(metrics)
    assert (0, "×1") in [(power, text) for power, text, _ in marks]
    assert [power for power, _, _ in marks] == [-power for power, _, _ in reversed(marks)]
    for _, text, box in marks:
        assert box.left() >= 0
        assert box.right() <= width
        assert box.width() >= metrics.horizontalAdvance(text)
    for one, other in itertools.pairwise(marks):
        assert one[2].right() < other[2].left()


def test_the_axes_are_named_where_there_is_room(qtbot) -> None:
    plot = VolcanoPlot()
    qtbot.addWidget(plot)
    plot.resize(300, 12 * plot.fontMetrics().height())
    high = plot._area()
    assert plot._named()
    plot.resize(300, 12 * plot.fontMetrics().height() - 1)
    assert not plot._named()
    assert plot._area().top() < high.top()


def test_the_table_sorts_and_keeps_the_row(qtbot, qtmodeltester) -> None:
    table = FeatureTable("Made up")
    qtbot.addWidget(table)
    values = np.array([2.0, 3.0, 1.0])
    figures = [
        Figures("Number", "", values, ["2", "3", "1"]),
        Figures("Line", "", values, ["2", "3", "1"], span=np.column_stack((values - 1, values, values + 1))),
    ]
    table.show_features([7, 8, 9], figures, lambda feature: (f"name {feature}", None, False))
    qtmodeltester.check(table.features, force_py=True)
    table.resize(600, 300)
    table.show()
    assert table.choose(9)
    head = table.horizontalHeader()
    at = QPoint(head.sectionViewportPosition(1) + 4, head.height() // 2)
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert [table.features.feature_at(row) for row in range(3)] == [8, 7, 9]
    assert table.current_feature() == 9
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert [table.features.feature_at(row) for row in range(3)] == [9, 7, 8]
    assert table.current_feature() == 9
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(4, head.height() // 2))
    assert [table.features.feature_at(row) for row in range(3)] == [7, 8, 9]


def test_an_empty_plot_and_far_points(qtbot) -> None:
    plot = VolcanoPlot()
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    plot.show()
    assert plot.feature_at(QPoint(5, 5)) is None
    plot.grab()
    plot.set_data(
        np.array([4, 5]), np.array([1e-9, 1e9]), np.array([-4000.0, -0.1]), np.array([-3.0, 1.0]), str, str
    )
    plot.grab()
    for feature in (4, 5):
        where = plot.point_of(feature)
        assert where is not None
        assert plot.rect().contains(where)
        assert plot.feature_at(where) == feature


def test_a_chooser_keeps_its_facet(qtbot) -> None:
    chooser = SetChooser("Documents", (Kind.FILTER, Kind.FACET))
    qtbot.addWidget(chooser)
    facets = [FacetChoice("a", (("x", 3), ("two words", 2))), FacetChoice("b", (("y", 1),))]
    chooser.set_facets(facets)
    chooser.choose(Kind.FACET)
    chooser.value.setCurrentIndex(1)
    assert chooser.wish() == Wish(Kind.FACET, 'a:"two words"')
    chooser.set_facets([*facets, FacetChoice("c", ())])
    assert chooser.wish() == Wish(Kind.FACET, 'a:"two words"')
    chooser.facet.setCurrentText("c")
    assert chooser.wish() == Wish(Kind.FACET)


@pytest.mark.parametrize(
    ("log10_q", "text"),
    [
        (0.0, "1"),
        (-1.3, "0.05"),
        (-2.9, "0.0013"),
        (-10.0, "1e−10"),
        (-1160.2, "6e−1161"),
        (-5.0000001, "1e−5"),
    ],
)
def test_small_chances_can_be_read(log10_q: float, text: str) -> None:
    assert tiny(log10_q) == text


@pytest.mark.threaded
def test_on_worker_threads(window: MainWindow, qtbot, steerable: Path) -> None:
    part = next(part for part in window.parts if isinstance(part, ExplainPart))
    with qtbot.waitSignal(window.controller.library.opened, timeout=20_000):
        window.controller.library.open(steerable)
    with qtbot.waitSignal(part.desk.columns_known, timeout=20_000):
        window.actions_table["show-explain"].trigger()
        assert part.dock is not None
        part.dock.raise_()
    part.explain.compare.inside.choose(Kind.FILTER, "topic:dust")
    with qtbot.waitSignal(part.desk.answered, timeout=20_000):
        QTest.mouseClick(part.explain.compare.go, Qt.MouseButton.LeftButton)
    assert part.explain.compare.over.features.rowCount() > 0
