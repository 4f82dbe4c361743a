"""The table of an explanation by itself: folds, bars to scale, leads, words, and keys."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui.made_up import claims

from saerch_desktop.features.label import Label
from saerch_desktop.search.blends import Blend, direction_blend
from saerch_desktop.search.why import Comparison, Difference, FusedWhy, Part, Why
from saerch_desktop.ui import theme
from saerch_desktop.ui.why_lines import FEW, Line, Role, Sheet, of_comparison, of_why, of_words
from saerch_desktop.ui.why_table import Column, WhyTable

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
FAMILY = Blend("dust", "A family of dust", (1, 2), (0.5, 0.5))
PLAIN = direction_blend("plain", "A minus B", [1.0, 2.0])


def named(feature: int) -> tuple[str, Label | None, bool]:
    return f"label {feature}", claims(feature)[0] if feature else None, feature == 1


def explained(features: int = 20, fused: FusedWhy | None = None, sign: float = 1.0) -> Why:
    brought = [Part("feature", f, sign * 0.1 * 0.8**f * (-1) ** (f == 2), 0.5, 0.25) for f in range(features)]
    rest = [Part("shared", None, 0.5), Part("unexplained", None, -0.01)]
    moved = [Part("edit", 3, -0.2, -0.5, 0.1), Part("edit", FAMILY, 0.1, 1.0), Part("edit", PLAIN, 0.05, 0.5)]
    before = math.fsum(part.value for part in (*brought, *rest))
    change = math.fsum(part.value for part in moved)
    return Why(4, before + change, before, (*brought, *rest, *moved), 3, 7, fused)


FUSED = FusedWhy(0.02, 0.01, 0.012, 0.008, 5, 0, 0.5, (("dust", 2), ("grain", 1)))


@pytest.fixture
def table(qtbot, qapp: QApplication) -> WhyTable:
    theme.apply(qapp, "light")
    made = WhyTable()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show_sheet(of_why(explained(), named))
    made.show()
    qtbot.waitExposed(made)
    return made


def texts(table: WhyTable) -> list[str]:
    return [line.text for line in table.lines.lines]


def row_of(table: WhyTable, text: str) -> int:
    return texts(table).index(text)


def press_row(table: WhyTable, row: int) -> None:
    at = table.visualRect(table.lines.index(row, Column.NAME)).center()
    QTest.mouseClick(table.viewport(), LEFT, NONE, at)


def test_sections_carry_the_sums_of_their_lines() -> None:
    why = explained()
    sheet = of_why(why, named)
    sections = [line.section for line in sheet.lines if line.role == Role.HEAD]
    assert sections == ["changes", "features", "rest"]
    for head in (line for line in sheet.lines if line.role == Role.HEAD):
        own = [line.value for line in sheet.lines if line.section == head.section and line.role == Role.PART]
        assert head.value == pytest.approx(math.fsum(own))
    heads = {line.section: line.value for line in sheet.lines if line.role == Role.HEAD}
    assert heads["changes"] == pytest.approx(why.change)
    assert math.fsum(heads.values()) == pytest.approx(why.score)


def test_what_a_line_says() -> None:
    by_text = {(line.section, line.text): line for line in of_why(explained(), named).lines}
    natural, edit = by_text["features", "label 3"], by_text["changes", "label 3"]
    assert (natural.first, natural.second, natural.figure) == ("0.50", "0.25", "+0.0512")
    assert (edit.first, edit.second, edit.figure) == ("−0.50", "0.10", "−0.2000")
    family, plain = by_text["changes", "A family of dust"], by_text["changes", "A minus B"]
    assert (family.key, family.opens) == ("dust", True)
    assert (plain.key, plain.opens) == ("plain", False)
    assert by_text["rest", "What all texts share"].tip
    assert by_text["rest", "Not explained by features"].key is None


def test_the_smaller_ones_are_folded_into_one_line(table: WhyTable) -> None:
    shown = [line for line in table.lines.lines if line.section == "features"]
    assert len(shown) == 1 + FEW + 1
    assert shown[-1].role == Role.MORE
    assert shown[-1].text == "12 smaller ones"
    sheet = table.lines.sheet
    rest = [line.value for line in sheet.lines if line.section == "features" and line.role == Role.PART][FEW:]
    assert shown[-1].value == pytest.approx(math.fsum(rest))
    walked: list[object] = []
    table.walked.connect(walked.append)
    press_row(table, row_of(table, "12 smaller ones"))
    assert len([line for line in table.lines.lines if line.section == "features"]) == 21
    assert walked == [FEW]  # the first of those that came out
    # They stay out while the figures change.
    table.show_sheet(of_why(explained(sign=0.5), named))
    assert len([line for line in table.lines.lines if line.section == "features"]) == 21


def test_ten_lines_are_not_folded(table: WhyTable) -> None:
    table.show_sheet(of_why(explained(FEW + 2), named))
    assert all(line.role != Role.MORE for line in table.lines.lines)


def test_enter_opens_the_fold_too(table: WhyTable) -> None:
    table.setCurrentIndex(table.lines.index(row_of(table, "12 smaller ones"), 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert "12 smaller ones" not in texts(table)


def test_keys_pass_over_the_heads_and_enter_opens_what_has_a_place(table: WhyTable) -> None:
    walked: list[object] = []
    opened: list[object] = []
    table.walked.connect(walked.append)
    table.opened.connect(opened.append)
    press_row(table, row_of(table, "label 3"))
    QTest.keyClick(table, Qt.Key.Key_Return)
    QTest.keyClick(table, Qt.Key.Key_J)
    QTest.keyClick(table, Qt.Key.Key_Return)
    QTest.keyClick(table, Qt.Key.Key_J)
    QTest.keyClick(table, Qt.Key.Key_Return)
    QTest.keyClick(table, Qt.Key.Key_J)
    assert walked == [3, "dust", "plain", 0]
    assert opened == [3, "dust"]
    QTest.keyClick(table, Qt.Key.Key_K)
    assert walked[-1] == "plain"


def test_coming_here_by_tab_chooses_nothing(table: WhyTable, qtbot) -> None:
    walked: list[object] = []
    table.walked.connect(walked.append)
    table.activateWindow()
    assert QTest.qWaitForWindowActive(table)
    table.clearFocus()
    table.setFocus(Qt.FocusReason.TabFocusReason)
    assert walked == []
    assert not table.currentIndex().isValid()


def test_new_figures_leave_the_choice_and_the_place(table: WhyTable) -> None:
    table.resize(900, 240)
    row = row_of(table, "label 5")
    press = table.lines.index(row, 0)
    table.scrollTo(press)
    press_row(table, row)
    offset = table.verticalScrollBar().value()
    assert offset > 0
    walked: list[object] = []
    table.walked.connect(walked.append)
    table.show_sheet(of_why(explained(sign=0.9), named))
    assert table.current_line().text == "label 5"
    assert table.verticalScrollBar().value() == offset
    assert walked == []


def bar(table: WhyTable, image: QImage, line: Line) -> tuple[int, int, int]:
    """Pixels of the two colours of steering, and of activation, in the bar of a line."""
    rect = table.visualRect(table.lines.index(table.lines.lines.index(line), Column.BAR))
    t, y = theme.tokens(), rect.center().y()
    seen = [image.pixelColor(x, y) for x in range(rect.left(), min(rect.right(), image.width() - 1))]
    return tuple(seen.count(QColor(name)) for name in (t.up_bar, t.down_bar, t.activation[3]))


def test_bars_are_to_one_scale_and_to_their_side(table: WhyTable) -> None:
    image = table.viewport().grab().toImage()
    by_text = {(line.section, line.text): line for line in table.lines.lines}
    down = bar(table, image, by_text["changes", "label 3"])[1]
    up = bar(table, image, by_text["changes", "A family of dust"])[0]
    natural = bar(table, image, by_text["features", "label 0"])[2]
    assert down > 40
    assert up == pytest.approx(down / 2, abs=2)
    assert natural == pytest.approx(down / 2, abs=2)
    rect = table.visualRect(table.lines.index(row_of(table, "label 3"), Column.BAR))
    ground = [
        x for x in range(rect.left(), rect.right())
        if image.pixelColor(x, rect.center().y()) == QColor(theme.tokens().down_bar)
    ]  # fmt: skip
    family = table.visualRect(table.lines.index(row_of(table, "A family of dust"), Column.BAR))
    raised = [
        x for x in range(family.left(), family.right())
        if image.pixelColor(x, family.center().y()) == QColor(theme.tokens().up_bar)
    ]  # fmt: skip
    assert max(ground) < min(raised)


def test_a_bar_beyond_the_scale_is_broken_and_says_so(table: WhyTable) -> None:
    shared = next(line for line in table.lines.lines if line.text == "What all texts share")
    assert shared.share == pytest.approx(0.5 / 0.2)
    tip = table.lines.index(row_of(table, shared.text), Column.BAR).data(Qt.ItemDataRole.ToolTipRole)
    assert "longer than drawn" in tip
    table.scrollToBottom()
    image = table.viewport().grab().toImage()
    full = bar(table, image, shared)[2]
    rect = table.visualRect(table.lines.index(row_of(table, shared.text), Column.BAR))
    y, ink = rect.center().y(), QColor(theme.tokens().activation[3])
    places = [x for x in range(rect.left(), rect.right()) if image.pixelColor(x, y) == ink]
    assert max(places) - min(places) + 1 > full  # cut through


def test_leads_of_two_documents() -> None:
    above, below = explained(4, FUSED), explained(4, FusedWhy(0.015, 0.01, 0.002, 0.013, 9, 4, 0.5), 0.5)
    pairs = [Difference(one, other) for one, other in zip(above.parts, below.parts, strict=True)]
    sheet = of_comparison(Comparison(above, below, tuple(pairs)), named)
    assert sheet.leads
    parts = [line for line in sheet.lines if line.role == Role.PART]
    assert math.fsum(line.value for line in parts if line.section != "order") == pytest.approx(
        above.score - below.score
    )
    first = next(line for line in parts if line.text == "label 0")
    assert (first.first, first.second, first.figure) == ("+0.1000", "+0.0500", "+0.0500")
    meaning, words = (line for line in parts if line.section == "order")
    assert (meaning.first, meaning.second, meaning.figure) == ("place 5", "place 9", "+0.0100")
    assert (words.first, words.second, words.figure) == ("not listed", "place 4", "−0.0050")


def test_a_list_by_meaning_and_words_says_what_orders_it() -> None:
    sheet = of_why(explained(4, FUSED), named)
    head, meaning, words = sheet.lines[:3]
    assert (head.section, head.value) == ("order", 0.02)
    assert (meaning.value, meaning.second) == (0.012, "place 5")
    assert (words.text, words.second) == ("By words: dust 2 ×, grain 1 ×", "not listed")
    # Its bars have a scale of their own: the figures are of another kind.
    assert meaning.share == pytest.approx(1.0)


def test_words_and_their_numbers() -> None:
    sheet = of_words((("halo", 3), ("ring", 1)))
    assert [(line.text, line.figure) for line in sheet.lines[1:]] == [("halo", "3 ×"), ("ring", "1 ×")]
    assert [line.share for line in sheet.lines[1:]] == [1.0, pytest.approx(1 / 3)]
    assert [line.text for line in of_words(()).lines] == ["Words of the query in this document"]


def test_without_features_there_is_one_line() -> None:
    sheet = of_why(Why(1, 0.4, 0.4, (Part("unexplained", None, 0.4),), 1, 1), named)
    assert [line.text for line in sheet.lines] == ["Beside the features", "Likeness to the query"]


@pytest.mark.parametrize("width", [240, 380, 700, 1400])
def test_names_keep_room_at_every_width(table: WhyTable, width: int) -> None:
    table.resize(width, 500)
    shown = [column for column in Column if not table.isColumnHidden(column)]
    assert sum(table.columnWidth(column) for column in shown) <= table.viewport().width()
    assert Column.VALUE in shown
    assert table.columnWidth(Column.NAME) >= min(100, width // 3)
    assert (Column.FIRST in shown) == (width >= 700)


def test_the_sheet_as_text(table: WhyTable) -> None:
    rows = [row.split("\t") for row in table.lines.sheet.plain().splitlines()]
    assert rows[0] == ["", "In the query", "In the document", "Adds"]
    assert ["label 3", "−0.50", "0.10", "−0.2000"] in rows
    assert len(rows) == 1 + len(table.lines.sheet.lines)


def test_an_empty_table_is_quiet(table: WhyTable) -> None:
    table.show_sheet(None)
    assert table.lines.rowCount() == 0
    table.copy()
    QTest.keyClick(table, Qt.Key.Key_Return)
    QTest.keyClick(table, Qt.Key.Key_J)
    assert Sheet((("", ""),) * 3, ()).plain() == ""
