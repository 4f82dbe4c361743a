"""The window that compares SAEs, with real events on real small SAEs."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from three_saes import AGAIN, LARGE, SMALL, three, three_once
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop.errors import UserError
from saerch_desktop.features.labels import CARRIED_FILE
from saerch_desktop.ui.compare_carry import named
from saerch_desktop.ui.compare_model import Column, Kind, masks
from saerch_desktop.ui.compare_part import ComparePart
from saerch_desktop.ui.compare_window import CompareWindow
from saerch_desktop.ui.train_part import TrainPart
from saerch_desktop.ui.window import MainWindow

__all__ = ["three", "three_once"]


def part_of(window: MainWindow) -> ComparePart:
    return next(part for part in window.parts if isinstance(part, ComparePart))


def comparing(window: MainWindow, path: Path, sae: str = SMALL) -> CompareWindow:
    window.controller.library.open(path, sae)
    window.actions_table["compare-saes"].trigger()
    shown = part_of(window).compare_window
    assert shown is not None
    return shown


def choose(box: object, text: str) -> None:
    """As the user does it by keys."""
    box.setFocus()
    place = next(i for i in range(box.count()) if box.itemText(i).startswith(text))
    QTest.keyClick(box, Qt.Key.Key_Home)
    while box.currentIndex() != place:
        before = box.currentIndex()
        QTest.keyClick(box, Qt.Key.Key_Down)
        assert box.currentIndex() > before


def click_cell(shown: CompareWindow, row: int, column: Column) -> None:
    index = shown.model.index(row, column)
    shown.table.scrollTo(index)
    QTest.mouseClick(
        shown.table.viewport(),
        Qt.MouseButton.LeftButton,
        pos=shown.table.visualRect(index).center(),
    )


# What is shown ---------------------------------------------------------------------------------------------


def test_the_sae_in_use_is_compared_at_once(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    assert shown.stack.currentWidget() is shown.content
    assert shown.sides.names == (SMALL, AGAIN)
    comparison = shown.comparison
    assert comparison is not None
    assert shown.model.rowCount() == comparison.pairs.left.size > 0
    assert "They differ in the seed alone" in shown.summary.text()
    assert "32 features · k 4 · TopK · seed 0" in shown.sides.left.facts.text()
    assert "seed 1" in shown.sides.right.facts.text()
    assert "preset" in shown.sides.right.facts.toolTip()


def test_the_shortcut_opens_one_window_only(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    QTest.keyClick(window, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    window.actions_table["compare-saes"].trigger()
    assert part_of(window).compare_window is shown
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert part_of(window).compare_window is None


def test_another_side_is_compared_when_chosen_and_swapped(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    choose(shown.sides.right.names, LARGE)
    assert shown.comparison.right.sae.name == LARGE
    QTest.mouseClick(shown.sides.swap, Qt.MouseButton.LeftButton)
    assert (shown.comparison.left.sae.name, shown.comparison.right.sae.name) == (LARGE, SMALL)
    shown.sides.left.names.setFocus()
    QTest.keyClick(shown.sides.left.names, Qt.Key.Key_Home)  # passes over what stands at the other side
    assert shown.comparison.left.sae.name == AGAIN
    place = shown.sides.left.names.findText(SMALL)
    assert not shown.sides.left.names.model().item(place).isEnabled()


def test_the_table_says_what_the_comparison_holds(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    comparison, model = shown.comparison, shown.model
    cosines = []
    for row in range(model.rowCount()):
        left, right = model.pair(row)
        dense = float(comparison.left.sae.decoder[left] @ comparison.right.sae.decoder[right])
        assert model.index(row, Column.COSINE).data() == f"{dense:.2f}".replace("-", "−")
        assert model.index(row, Column.LEFT).data() == comparison.left.labels.text(left)
        assert model.index(row, Column.RIGHT).data() == comparison.right.labels.text(right)
        cosines.append(dense)
    assert cosines == pytest.approx(sorted(cosines, reverse=True), abs=1e-6)
    tip = model.index(0, Column.LEFT).data(Qt.ItemDataRole.ToolTipRole)
    assert f"#{model.pair(0)[0]} of “{SMALL}”" in tip
    assert "shared" in model.index(0, Column.OVERLAP).data(Qt.ItemDataRole.ToolTipRole)
    for column in Column:
        assert model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        assert model.index(0, column).data(Qt.ItemDataRole.AccessibleTextRole) is not None


def test_kinds_filter_and_their_counts_are_said(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    choose(shown.sides.right.names, LARGE)
    wanted = masks(shown.comparison)
    for place, kind in enumerate(Kind):
        count = int(wanted[kind].sum())
        assert shown.kinds.itemText(place).endswith(f"({count:,})")
        shown.kinds.setCurrentIndex(place)
        shown.kinds.activated.emit(place)
        assert shown.model.rowCount() == count
        pairs = shown.comparison.pairs
        there = set(zip(pairs.left[wanted[kind]], pairs.right[wanted[kind]], strict=True))
        assert {shown.model.pair(row) for row in range(count)} == there
    ours, theirs = shown.comparison.left, shown.comparison.right
    dense = ours.sae.decoder @ theirs.sae.decoder.T
    dense[~ours.statistics.live], dense[:, ~theirs.statistics.live] = -2, -2
    for kind, table in ((Kind.SPLIT, dense), (Kind.MERGED, dense.T)):
        families = [
            (int(whole), np.flatnonzero((table.argmax(axis=0) == whole) & (table.max(axis=0) >= 0.5)))
            for whole in range(len(table))
        ]
        parted = {(whole, int(part)) for whole, parts in families if len(parts) > 1 for part in parts}
        assert parted, "the sizes split and merge something"
        pairs = shown.comparison.pairs
        found = zip(pairs.left[wanted[kind]].tolist(), pairs.right[wanted[kind]].tolist(), strict=True)
        assert {pair if kind is Kind.SPLIT else pair[::-1] for pair in found} == parted
    matching = shown.comparison.matching
    split, recurring = wanted[Kind.SPLIT], wanted[Kind.RECURRING]
    assert (matching.left.parts[shown.comparison.pairs.left[split]] >= 2).all()
    assert (shown.comparison.pairs.cosines[recurring] >= 0.7).all()
    alone = shown.comparison.pairs.left[wanted[Kind.ONLY_LEFT]]
    assert alone.tolist() == np.flatnonzero(matching.left.only).tolist()


def test_the_parts_of_a_split_stand_together(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    choose(shown.sides.right.names, LARGE)
    choose(shown.kinds, "Split")
    wholes = [shown.model.pair(row)[0] for row in range(shown.model.rowCount())]
    assert wholes, "the planted sizes split something"
    parts = [int(shown.comparison.matching.left.parts[f]) for f in wholes]
    assert parts == sorted(parts, reverse=True)
    assert len(set(wholes)) == 1 + sum(a != b for a, b in itertools.pairwise(wholes))
    assert f"split in {parts[0]}" in shown.model.index(0, Column.KIND).data()


def test_words_filter_names_of_both_sides(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    left, right = shown.model.pair(3)
    QTest.keyClicks(shown.words, f"#{left} #{right}")
    pairs = {shown.model.pair(row) for row in range(shown.model.rowCount())}
    assert (left, right) in pairs
    assert shown.shown.text() == ("1 pair" if len(pairs) == 1 else f"{len(pairs)} pairs")
    QTest.keyClicks(shown.words, "zzz")
    assert shown.model.rowCount() == 0
    assert "No pair" in shown.tree.note.text()
    shown.words.clear()
    assert shown.model.rowCount() > 3


def test_heads_sort(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    head = shown.table.horizontalHeader()
    for column in (Column.LEFT, Column.OVERLAP, Column.RIGHT_GRADE):
        x = head.sectionViewportPosition(column) + head.sectionSize(column) // 2
        for _ in range(2):
            QTest.mouseClick(
                head.viewport(),
                Qt.MouseButton.LeftButton,
                pos=head.viewport().rect().center().__class__(x, 8),
            )
            texts = [shown.model.index(row, column).data() for row in range(shown.model.rowCount())]
            if column == Column.OVERLAP:
                values = [float(text.strip("< %")) for text in texts]
            else:
                values = [("Z" if text == "?" else text).casefold() for text in texts]
            down = head.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
            assert values == sorted(values, reverse=down)


def test_histogram_and_table_say_the_same(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    choose(shown.sides.right.names, LARGE)
    side = shown.comparison.matching.right
    counts = side.histogram()[1].tolist()
    table = shown.histogram.table
    assert [int(table.item(row, 1).text()) for row in range(table.rowCount())] == counts
    assert table.horizontalHeaderItem(1).text() == f"“{LARGE}”"
    plot = shown.histogram.plot
    assert f"{side.live.sum():,} features of “{LARGE}”" in plot.accessibleDescription()
    area = plot._area()
    for place in range(len(counts)):
        x = area.left() + (place + 0.5) * area.width() / len(counts)
        assert plot.bar_at(area.center().toPoint().__class__(round(x), 40)) == place
    QTest.mouseClick(shown.histogram.toggle, Qt.MouseButton.LeftButton)
    assert table.isVisible()


# Following a feature ---------------------------------------------------------------------------------------


def test_the_row_under_the_keys_is_followed_through_all_sizes(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    shown.table.setFocus()
    QTest.keyClick(shown.table, Qt.Key.Key_Down)
    left, _ = shown.model.pair(shown.table.currentIndex().row())
    current = shown.tree.view.currentIndex()
    assert current.data(Qt.ItemDataRole.UserRole) == (SMALL, left)
    root = shown.tree.model.item(0)
    assert root.text().startswith(shown.comparison.left.labels.text(left))
    assert SMALL in shown.tree.note.text()
    assert "the feature chosen" in root.accessibleText()


def test_a_click_shows_a_feature_of_the_sae_in_use_and_of_no_other(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    click_cell(shown, 2, Column.LEFT)
    assert window.store.feature == shown.model.pair(2)[0]
    click_cell(shown, 4, Column.RIGHT)
    assert window.store.feature == shown.model.pair(2)[0]
    window.controller.library.use_sae(AGAIN)
    click_cell(shown, 4, Column.RIGHT)
    assert window.store.feature == shown.model.pair(4)[1]


def test_the_tree_is_walked_by_keys_and_shows_features_too(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    shown.tree.view.setFocus()
    QTest.keyClick(shown.tree.view, Qt.Key.Key_Home)
    sae, feature = shown.tree.view.currentIndex().siblingAtColumn(0).data(Qt.ItemDataRole.UserRole)
    assert sae == SMALL
    QTest.keyClick(shown.tree.view, Qt.Key.Key_Return)
    assert window.store.feature == feature


def test_a_new_name_of_the_analyst_is_shown_here_too(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    left, right = shown.model.pair(0)
    window.controller.marks.rename(left, "my very own words")
    row = shown.model.row_of(left, right)
    assert row is not None
    assert shown.model.index(row, Column.LEFT).data() == "my very own words"


# Carrying --------------------------------------------------------------------------------------------------


def test_names_are_carried_after_a_question(
    window: MainWindow, three: Path, fake_dialogs: FakeDialogs
) -> None:
    shown = comparing(window, three, AGAIN)  # the names go to the SAE in use
    choose(shown.sides.left.names, SMALL)
    choose(shown.sides.right.names, AGAIN)
    assert (shown.comparison.left.sae.name, shown.comparison.right.sae.name) == (SMALL, AGAIN)
    shown.carry.least.setValue(0.5)
    count, _, _ = named(shown.comparison, 0.5)
    assert shown.carry.words.text().startswith(f"{count} features of “{AGAIN}”")
    fake_dialogs.answers = [False]
    QTest.mouseClick(shown.carry.button, Qt.MouseButton.LeftButton)
    file = three / "saes" / AGAIN / CARRIED_FILE
    assert not file.exists()
    (question,) = fake_dialogs.questions
    told = {name: value for name, value, _ in question.facts}
    assert (told["Names"], told["Cosine"], told["Given by you"]) == (str(count), "at least 0.50", "0")
    assert question.remarks
    fake_dialogs.answers = [True]
    QTest.mouseClick(shown.carry.button, Qt.MouseButton.LeftButton)
    assert file.exists()
    assert shown.carry.words.text().startswith(f"{count} names carried over")
    assert window.store.library.sae == AGAIN, "the SAE in use stays in use"
    sources = {label.source for label in window.controller.library.session.features.labels}
    assert any(label == f"carried: {SMALL}" for label in sources) or "shown for 0" in shown.carry.words.text()
    assert shown.comparison.right.labels.claims(0) is not None
    assert window.store.notices == ()


def test_without_a_pair_so_alike_nothing_can_be_carried(window: MainWindow, three: Path) -> None:
    shown = comparing(window, three)
    shown.carry.least.setValue(1.0)
    assert not shown.carry.button.isEnabled()
    assert "lower the cosine" in shown.carry.button.toolTip()


# Empty, trouble, going away --------------------------------------------------------------------------------


def test_one_sae_alone_says_why_and_offers_another(
    window: MainWindow, steerable: Path, fake_dialogs: FakeDialogs
) -> None:
    window.controller.library.open(steerable)
    window.actions_table["compare-saes"].trigger()
    shown = part_of(window).compare_window
    assert shown.stack.currentWidget() is shown.alone
    assert not shown.sides.isVisible()
    assert "only one of this library" in shown.alone.accessibleDescription()
    button = shown.alone._button
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert any(part.training is not None for part in window.parts if isinstance(part, TrainPart))


def test_trouble_is_said_in_place_and_can_be_tried_again(
    window: MainWindow, three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise UserError("The two SAEs cannot be compared.", "Nothing was changed.", "Choose others.")

    shown = comparing(window, three)
    with monkeypatch.context() as patch:
        patch.setattr("saerch_desktop.workflow.comparing.compare_saes", refuse)
        QTest.mouseClick(shown.sides.swap, Qt.MouseButton.LeftButton)
    assert shown.stack.currentWidget() is shown.trouble
    assert shown.trouble.accessibleName() == "The two SAEs cannot be compared."
    QTest.mouseClick(shown.trouble._button, Qt.MouseButton.LeftButton)
    assert shown.stack.currentWidget() is shown.content


def test_closing_the_library_closes_the_comparison(window: MainWindow, three: Path) -> None:
    comparing(window, three)
    window.controller.library.close()
    assert part_of(window).compare_window is None


def test_another_library_closes_the_comparison(window: MainWindow, three: Path, steerable: Path) -> None:
    comparing(window, three)
    window.controller.library.open(steerable)
    assert part_of(window).compare_window is None


@pytest.mark.parametrize("size", [(900, 560), (1200, 760), (2200, 1300)])
def test_every_size_shows_all_that_can_be_pressed(
    window: MainWindow, three: Path, size: tuple[int, int]
) -> None:
    shown = comparing(window, three)
    shown.resize(*size)
    for widget in (shown.kinds, shown.words, shown.carry.button, shown.carry.least, shown.sides.swap):
        assert widget.isVisible()
        assert widget.accessibleName()
        inside = widget.mapTo(shown, widget.rect().bottomRight())
        assert shown.rect().contains(inside)
    assert shown.table.columnWidth(Column.LEFT) > 60


@pytest.mark.threaded
def test_the_comparison_can_be_stopped(
    open_window: OpenWindow, three: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With real workers: it waits, says so, and Stop ends it."""
    from saerch_desktop.workflow import comparing as workflow

    real = workflow.compare_saes

    def slow(path: Path, left: str, right: str, progress: object) -> object:
        progress.begin("Comparing directions", 10, "features")
        while True:
            progress.check()

    window = open_window()
    window.controller.library.open(three, SMALL)
    qtbot.waitUntil(lambda: window.store.library is not None)
    monkeypatch.setattr(workflow, "compare_saes", slow)
    window.actions_table["compare-saes"].trigger()
    shown = part_of(window).compare_window
    qtbot.waitUntil(lambda: "Comparing directions" in shown.busy_words.text())
    assert shown.stack.currentWidget() is shown.busy
    QTest.mouseClick(shown.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.stack.currentWidget() is shown.trouble)
    assert "stopped" in shown.trouble.accessibleName()
    monkeypatch.setattr(workflow, "compare_saes", real)
    QTest.mouseClick(shown.trouble._button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.stack.currentWidget() is shown.content)
    qtbot.waitUntil(lambda: shown.tree.model.rowCount() == 1)
