"""Each pane: what it says and emits, its empty state, names for everything, every size and scheme."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QLineEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)
from ui import made_up
from ui.made_up import LONG, card, dead_card, document, label, mixer_features, ranking

from saerch_desktop.features.label import Detection, Label
from saerch_desktop.library.documents import KeywordHit
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui import theme
from saerch_desktop.ui.chips import FeatureChip
from saerch_desktop.ui.document_pane import DocumentPane
from saerch_desktop.ui.elided import wrapped
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.feature_pane import FeaturePane
from saerch_desktop.ui.search_pane import SearchPane
from saerch_desktop.ui.start_page import StartPage
from saerch_desktop.workflow.recent import Recent

LEFT = Qt.MouseButton.LeftButton


def texts(rows) -> list[str]:
    return [f"Title {row} and then a body of text that goes on for several lines " * 4 for row in rows]


def search() -> SearchPane:
    pane = SearchPane()
    pane.set_query_text("words")
    pane.set_mixer(mixer_features())
    pane.set_ranking(ranking(range(60), (Edit(1, 0.4),)), made_up.rows, label, None)
    pane.set_edits((Edit(1, 0.4),))
    return pane


def words() -> SearchPane:
    pane = SearchPane()
    pane.set_available(False, False, "No vectors yet. Embed the documents.")
    pane.set_keyword_hits([KeywordHit(n, 1.0, f"a \x02hit\x03 {n}") for n in range(30)], made_up.rows)
    return pane


def feature() -> FeaturePane:
    pane = FeaturePane()
    pane.set_card(card(), lambda _: LONG, texts)
    return pane


def dead() -> FeaturePane:
    pane = FeaturePane()
    pane.set_card(dead_card(), None, texts)
    return pane


GOOD = Detection(auroc=0.93, low=0.85, high=0.98, positives=50, negatives=50, judge="minilm")


def reading() -> DocumentPane:
    pane = DocumentPane()
    claims = {0: Label(feature=0, text=label(0), source="llm: m", detection=GOOD)}
    pane.set_document(document(), [(n, label(n), 0.9 - n / 20) for n in range(12)], claims)
    return pane


def start() -> StartPage:
    page = StartPage()
    page.set_recent([Recent("/home/ana/A.saerch", True, 3), Recent(f"/home/{LONG}/B.saerch", False)])
    page.set_computer("8 threads · 16 GB")
    return page


PANES: list[Callable[[], QWidget]] = [
    search, SearchPane, words, feature, dead, FeaturePane, reading, DocumentPane, start, StartPage,
]  # fmt: skip


@pytest.mark.parametrize("make", PANES, ids=lambda make: make.__name__)
def test_every_control_has_a_name_and_a_tooltip(make: Callable[[], QWidget], qtbot) -> None:
    pane = make()
    qtbot.addWidget(pane)
    pane.resize(1024, 640)
    pane.show()
    assert pane.accessibleName()
    unnamed = []
    kinds = (QAbstractButton, QLineEdit, QAbstractItemView, QAbstractSlider, QTextEdit)
    for child in pane.findChildren(QWidget):
        if (
            not isinstance(child, kinds)
            or isinstance(child, QScrollBar)
            or child.objectName().startswith("qt_")
        ):
            continue
        if isinstance(child, QAbstractButton) and isinstance(child.parent(), QAbstractItemView):
            continue  # Qt's own corner button, hidden
        if "HeaderView" in type(child).__name__ or not child.isVisibleTo(pane):
            continue
        if not child.accessibleName() or not (child.toolTip() or isinstance(child, QTextEdit)):
            unnamed.append(f"{type(child).__name__} in {type(child.parent()).__name__}")
    assert not unnamed


@pytest.mark.parametrize("size", [(1024, 640), (2560, 1440), (260, 300)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("make", PANES, ids=lambda make: make.__name__)
def test_every_pane_paints_at_every_size(
    make, scheme: str, size: tuple[int, int], qtbot, qapp: QApplication
) -> None:
    theme.apply(qapp, scheme)
    pane = make()
    qtbot.addWidget(pane)
    pane.resize(*size)
    pane.show()
    image = pane.grab().toImage()
    step = max(1, image.width() // 200)
    seen = {image.pixel(x, y) for x in range(0, image.width(), step) for y in range(0, image.height(), step)}
    assert len(seen) >= 3
    theme.apply(qapp, "light")


class TestSearchPane:
    def test_enter_and_the_button_submit(self, qtbot) -> None:
        pane = SearchPane()
        qtbot.addWidget(pane)
        pane.show()
        for act in (
            lambda: QTest.keyClick(pane.query, Qt.Key.Key_Return),
            lambda: QTest.mouseClick(pane.go, LEFT),
        ):
            pane.set_query_text("  neutron stars ")
            with qtbot.waitSignal(pane.query_submitted) as caught:
                act()
            assert caught.args == ["neutron stars"]
        pane.set_query_text("   ")
        with qtbot.assertNotEmitted(pane.query_submitted):
            QTest.keyClick(pane.query, Qt.Key.Key_Return)

    def test_setters_emit_nothing(self, qtbot) -> None:
        pane = SearchPane()
        qtbot.addWidget(pane)
        signals = [
            pane.query_submitted,
            pane.edits_changed,
            pane.mode_changed,
            pane.document_chosen,
            pane.feature_search,
        ]
        seen: list[object] = []
        for signal in signals:
            signal.connect(seen.append)
        pane.set_query_text("x")
        pane.set_mixer(mixer_features())
        pane.set_edits((Edit(0, 0.1),))
        pane.set_ranking(ranking(range(5), (Edit(0, 0.1),), "paper"), made_up.rows, label, None)
        pane.set_current_document(2)
        pane.set_mode("residual")
        pane.set_feature_matches([(1, "one")])
        assert seen == []
        assert pane.current_result_row() == 2

    def test_what_is_missing_is_said(self, qtbot) -> None:
        pane = words()
        qtbot.addWidget(pane)
        pane.show()
        assert pane.notice.isVisible()
        assert pane.query.placeholderText() == "Search for words…"
        assert not pane.mixer.isVisible()
        pane.set_available(True, True, "")
        assert not pane.notice.isVisible()
        assert pane.mixer.isVisible()

    def test_nothing_found_says_so(self, qtbot) -> None:
        pane = words()
        qtbot.addWidget(pane)
        pane.show()
        pane.set_keyword_hits([], made_up.rows)
        assert pane.empty.isVisible()
        assert pane.empty.accessibleName() == "Nothing found"
        pane.set_ranking(None, made_up.rows, label, None)
        assert pane.empty.accessibleName() == "Search your documents"

    def test_busy_moves_nothing(self, qtbot) -> None:
        pane = search()
        qtbot.addWidget(pane)
        pane.show()
        before = pane.splitter.geometry()
        pane.set_busy(True, "Embedding the query")
        QApplication.processEvents()
        assert pane.busy.isVisible()
        assert pane.splitter.geometry() == before
        pane.set_busy(False)

    def test_reset_goes_through_the_mixer(self, qtbot) -> None:
        pane = search()
        qtbot.addWidget(pane)
        with qtbot.waitSignal(pane.edits_changed) as caught:
            pane.reset_edits()
        assert caught.args == [()]


class TestDocumentPane:
    def test_text_is_plain_and_whole(self, qtbot) -> None:
        pane = reading()
        qtbot.addWidget(pane)
        shown = pane.text.toPlainText()
        assert shown.startswith("Body <b>text</b>.")
        assert "authors: A. Author" in shown
        assert "pages: 12" in shown
        assert "none" not in shown
        assert "2019-04-01" in pane._about.text()
        assert pane.text.isReadOnly()

    def test_chips_open_features_and_unfold(self, qtbot) -> None:
        pane = reading()
        qtbot.addWidget(pane)
        pane.resize(420, 600)
        pane.show()
        chips = pane.findChildren(FeatureChip)
        assert [chip.accessibleName() for chip in chips[:2]] == [
            "label 0, B, very good, activation 0.90",
            "label 1, no name, activation 0.85",
        ]
        assert "Named by m." in chips[0].toolTip()
        assert sum(chip.isVisible() for chip in chips) == 8
        QTest.mouseClick(pane._more, LEFT)
        assert all(chip.isVisible() for chip in chips)
        with qtbot.waitSignal(pane.feature_chosen) as caught:
            QTest.mouseClick(chips[2], LEFT)
        assert caught.args == [2]
        with qtbot.waitSignal(pane.use_as_query) as caught:
            QTest.mouseClick(pane._ask, LEFT)
        assert caught.args == [4]

    def test_a_document_without_features_or_title(self, qtbot) -> None:
        pane = reading()
        qtbot.addWidget(pane)
        pane.show()
        pane.set_document(document(), [])
        assert not pane._chips.isVisible()
        pane.set_document(None)
        assert not pane._page.isVisible()


class TestStartPage:
    def test_its_three_ways_and_the_recent_ones(self, qtbot) -> None:
        page = start()
        qtbot.addWidget(page)
        page.resize(1024, 640)
        page.show()
        for button, signal in (
            (page.open, page.open_requested),
            (page.new, page.new_requested),
            (page.sample, page.sample_requested),
        ):
            with qtbot.waitSignal(signal):
                QTest.mouseClick(button, LEFT)
        first = next(b for b in page.findChildren(QAbstractButton) if b.text() == "A")
        with qtbot.waitSignal(page.recent_chosen) as caught:
            QTest.mouseClick(first, LEFT)
        assert caught.args == ["/home/ana/A.saerch"]
        page.set_recent([])
        assert not page._recent_title.isVisible()


def test_the_empty_state_has_at_most_one_action(qtbot) -> None:
    state = EmptyState("feature", "No features", "They come after training.", "Train…", "Opens the trainer")
    qtbot.addWidget(state)
    state.show()
    with qtbot.waitSignal(state.acted):
        QTest.mouseClick(state._button, LEFT)
    state.set_texts("Other", "Without a button.")
    assert not state._button.isVisible()


def test_wrapped_text_ends_with_an_ellipsis(qapp: QApplication) -> None:
    lines = wrapped("many words " * 40, qapp.font(), 200, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert wrapped("short", qapp.font(), 200, 2) == ["short"]
    assert wrapped("", qapp.font(), 200, 2) == []
