"""The inspector by itself: what it says, what comes out of it, and that nothing jumps when more arrives."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget
from ui.made_up import LONG, bands, card, claims, dead_card

from saerch_desktop.features.label import Label
from saerch_desktop.features.marks import Mark
from saerch_desktop.features.occurrence import Activity, ValueActivity, YearActivity
from saerch_desktop.features.stability import AlsoIn, Stability
from saerch_desktop.ui import theme
from saerch_desktop.ui.feature_bands import with_strongest
from saerch_desktop.ui.feature_entries import EntryModel, direction_entries
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


ACTIVITY = Activity(
    (YearActivity(2019, 4, 400, 0.01, 0.0, 0.1), YearActivity(2020, 8, 400, 0.02, 0.0, 0.1)),
    3,
    {"category": (ValueActivity("astro-ph.HE", 9, 300, 0.5, 4.0, 0.001),), "source": ()},
)
STABILITY = Stability(
    (AlsoIn("again", 3072, 32, 17, "discs too", 0.91, True),),
    (AlsoIn("small", 1536, 32, 2, "gas", 0.4, False),),
)


class TestHead:
    def test_name_source_and_grade_are_always_together(self, pane: FeaturePane) -> None:
        assert pane.head.name.whole == "label 3"
        about = pane.head.about.text()
        for part in ("#3", "named by small-model", "grade B, very good"):
            assert part in about
        assert pane.head.chip.grade == "B"
        assert "93 of 100" in pane.head.chip.toolTip()

    def test_its_acts(self, pane: FeaturePane, qtbot) -> None:
        for control, signal in ((pane.head.add, pane.add_to_mixer), (pane.head.ask, pane.feature_as_query)):
            with qtbot.waitSignal(signal) as caught:
                click(control)
            assert caught.args == [3]

    def test_verdicts_go_out_and_come_back(self, pane: FeaturePane, qtbot) -> None:
        head = pane.head
        verdicts = ((head.verify, head.verified), (head.flag, head.flagged), (head.pin, head.pinned))
        for control, signal in verdicts:
            with qtbot.waitSignal(signal) as caught:
                click(control)
            assert caught.args == [True]
        decided = Mark(feature=3, verified=True, flagged=True, pinned=True, tags=("gas",), note="look again")
        pane.set_card(card(mark=decided), None, texts)
        for word in ("verified", "flagged", "pinned"):
            assert word in head.about.text()
        assert head.verify.isChecked()
        assert "take that back" in head.verify.toolTip()
        assert head.note.toPlainText() == "look again"
        assert head.note.isVisible()
        with qtbot.waitSignal(head.verified) as caught:
            click(head.verify)
        assert caught.args == [False]
        with qtbot.waitSignal(head.rejected) as caught:
            click(head.reject)
        assert caught.args == ["label 3"]

    def test_renaming_in_place(self, pane: FeaturePane, qtbot) -> None:
        head = pane.head
        click(head.rename)
        assert head.line.isVisible()
        assert not head.name.isVisible()
        assert head.line.selectedText() == "label 3"
        QTest.keyClicks(head.line, "gas discs")
        with qtbot.waitSignal(head.renamed) as caught:
            QTest.keyClick(head.line, Qt.Key.Key_Return)
        assert caught.args == ["gas discs"]
        assert not head.line.isVisible()
        assert head.name.isVisible()
        click(head.rename)
        with qtbot.assertNotEmitted(head.renamed):
            QTest.keyClicks(head.line, "never mind")
            QTest.keyClick(head.line, Qt.Key.Key_Escape)
        assert head.name.isVisible()

    def test_tags_are_added_and_taken_away(self, pane: FeaturePane, qtbot) -> None:
        tags = pane.head.tags
        assert not tags.isVisible()
        click(pane.head.tag)
        QTest.keyClicks(tags.line, "to do")
        with qtbot.waitSignal(pane.head.tag_added) as caught:
            QTest.keyClick(tags.line, Qt.Key.Key_Return)
        assert caught.args == ["to do"]
        pane.set_card(card(mark=Mark(feature=3, tags=("to do",))), None, texts, named, ("other", "to do"))
        chip = next(one for one in tags.row.findChildren(QToolButton) if one.text() == "to do")
        with qtbot.waitSignal(pane.head.tag_removed) as caught:
            click(chip)
        assert caught.args == ["to do"]

    def test_a_note_is_kept_when_left(self, pane: FeaturePane, qtbot) -> None:
        note = pane.head.note
        click(pane.head.write)
        qtbot.waitUntil(note.hasFocus)
        QTest.keyClicks(note, "see row 4")
        with qtbot.waitSignal(pane.noted) as caught:
            pane.head.add.setFocus()
        assert caught.args == [3, "see row 4"]
        note.start()
        QTest.keyClicks(note, " and more")
        with qtbot.assertNotEmitted(pane.noted):
            QTest.keyClick(note, Qt.Key.Key_Escape)
            settle()

    def test_a_note_being_written_goes_to_its_own_feature(self, pane: FeaturePane, qtbot) -> None:
        pane.head.note.start()
        QTest.keyClicks(pane.head.note, "of three")
        with qtbot.waitSignal(pane.noted) as caught:
            pane.set_card(card(9), None, texts)
        assert caught.args == [3, "of three"]
        assert not pane.head.note.isVisible()

    def test_junk_is_said(self, pane: FeaturePane) -> None:
        from dataclasses import replace

        assert not pane.head.remark.isVisible()
        pane.set_card(replace(card(), junk=True), None, texts)
        assert pane.head.remark.isVisible()

    def test_a_very_long_name_keeps_to_three_lines(self, pane: FeaturePane) -> None:
        pane.set_card(card(), lambda _: LONG, texts)
        settle()
        assert pane.head.name.text().count("\n") == 2
        assert pane.head.name.text().endswith("…")
        assert pane.head.name.toolTip() == LONG
        assert pane.head.name.accessibleName() == f"Feature {LONG}"

    def test_nothing_to_verify_without_a_name(self, pane: FeaturePane) -> None:
        pane.set_card(dead_card(), None, texts)
        assert "never active" in pane.head.about.text()
        assert not pane.head.verify.isEnabled()
        assert not pane.head.reject.isEnabled()
        assert not pane.head.chip.isVisible()
        assert not pane.claims.isVisible()


class TestClaims:
    def test_all_evidence_on_demand(self, pane: FeaturePane) -> None:
        assert pane.claims.rows() == []
        assert pane.claims.fold.toggle.text() == "Why this name, and 1 more"
        click(pane.claims.fold.toggle)
        first, second = pane.claims.rows()
        said = " ".join(part.text() for part in first.findChildren(type(pane.head.about)))
        for part in (
            "small-model", "10 documents", "2026-11-20", "prompt v2", "Pearson 0.81", "F1 0.75",
            "93 of 100 (88 to 97), 50 + 50 documents", "Pearson 0.81", "F1 0.75", "6 documents",
            "another idea (0.90)", "All of them speak of discs.",
        ):  # fmt: skip
            assert part in said
        assert any("Not tested" in part.text() for part in second.findChildren(type(pane.head.about)))

    def test_names_are_taken_rejected_and_restored(self, pane: FeaturePane, qtbot) -> None:
        click(pane.claims.fold.toggle)
        settle()
        with qtbot.waitSignal(pane.name_taken) as caught:
            click(button(pane.claims, "Use this name"))
        assert caught.args[0] == 3
        assert caught.args[1].source == "phrases"
        with qtbot.waitSignal(pane.claims.rejected) as caught:
            click(button(pane.claims, "Reject"))
        assert caught.args == ["label 3"]
        pane.set_card(card(mark=Mark(feature=3, rejected=("bad name",))), None, texts)
        settle()
        with qtbot.waitSignal(pane.claims.restored) as caught:
            click(button(pane.claims, "Take back"))
        assert caught.args == ["bad name"]


class TestFigures:
    def test_the_numbers(self, pane: FeaturePane) -> None:
        shown = {key: tile.value.text() for key, tile in pane.figures.tiles.items()}
        assert shown["density"] == "0.42 %"
        assert shown["count"] == "1,765"
        assert shown["alike"] == "0.31"
        assert not pane.figures.tiles["stable"].isVisible()

    def test_stability_fills_a_dash(self, pane: FeaturePane) -> None:
        pane.set_siblings(True)
        settle()
        before = pane.figures.geometry()
        assert pane.figures.tiles["stable"].value.text() == "–"
        pane.set_stability(3, STABILITY)
        settle()
        assert pane.figures.tiles["stable"].value.text() == "0.91"
        assert "again: 0.91, discs too" in pane.figures.tiles["stable"].toolTip()
        assert pane.figures.geometry() == before
        pane.set_card(card(4), None, texts)
        assert pane.figures.tiles["stable"].value.text() == "–"


class TestBands:
    def test_each_band_shows_its_documents(self, pane: FeaturePane, qtbot) -> None:
        view = pane.bands.documents
        for key, first in (("top", 0), ("upper", 10), ("middle", 20), ("low", 30), ("zero", 50)):
            click(pane.bands.choice.buttons[key])
            assert [entry.key for entry in view.entries.entries][:1] == [first]
            assert pane.bands.caption.text().startswith(f"Band {key}")
        click(pane.bands.choice.buttons["top"])
        with qtbot.waitSignal(pane.document_chosen) as caught:
            click_row(view, 1)
        assert caught.args == [1]

    def test_near_misses_arrive_later(self, pane: FeaturePane) -> None:
        click(pane.bands.choice.buttons["near"])
        assert pane.bands.documents.entries.entries == []
        assert "Looking" in pane.bands.documents._empty
        pane.set_bands(4, bands(near=True))
        assert pane.bands.documents.entries.entries == []
        pane.set_bands(3, bands(near=True))
        assert [entry.key for entry in pane.bands.documents.entries.entries] == [40, 41, 42]
        assert "Just not active" in pane.bands.documents.entries.entries[0].tip
        pane.set_bands(3, bands())
        click(pane.bands.choice.buttons["near"])

    def test_sentences_are_marked_without_a_jump(self, pane: FeaturePane) -> None:
        settle()
        assert pane.bands.documents.verticalScrollBar().maximum() == 0
        heights = pane.bands.documents.height(), pane.scroll.widget().height()
        low = texts([0])[0].index("Discs")
        pane.set_spans(3, dict.fromkeys(range(8), ((low, low + 32),)))
        settle()
        entry = pane.bands.documents.entries.entries[0]
        assert [entry.text[a:b] for a, b in entry.marks] == ["Discs accrete gas from the star."]
        assert (pane.bands.documents.height(), pane.scroll.widget().height()) == heights
        pane.set_spans(4, {})
        assert pane.bands.documents.entries.entries[0].marks

    def test_other_examples_and_export_are_asked_for(self, pane: FeaturePane, qtbot) -> None:
        for control, signal in (
            (pane.bands.others, pane.bands.others_wanted),
            (pane.bands.export, pane.bands.export_wanted),
        ):
            with qtbot.waitSignal(signal):
                click(control)
        pane.set_card(dead_card(), None, texts)
        assert not pane.bands.export.isEnabled()

    def test_another_feature_begins_with_its_strongest(self, pane: FeaturePane) -> None:
        click(pane.bands.choice.buttons["low"])
        pane.set_card(card(), None, texts)
        assert pane.bands.choice.current() == "low"
        pane.set_card(card(8), None, texts)
        assert pane.bands.choice.current() == "top"

    def test_a_rare_feature_still_shows_five(self) -> None:
        filled = with_strongest(bands(), card().top)
        assert [document.row for document in filled[0].documents] == [0, 1, 2, 3, 4]
        assert with_strongest((), card().top) == ()
        shown = [document.row for one in filled for document in one.documents]
        assert len(shown) == len(set(shown))


class TestKin:
    def test_each_relative_has_its_own_label_grade_and_value(self, pane: FeaturePane) -> None:
        view = pane.kin.features
        expected = {
            "nearest": [(7, "near", "+0.60"), (8, "less near", "+0.40")],
            "opposite": [(9, "against", "−0.30")],
            "together": [(11, "together", "+0.30")],
            "rarely": [(12, "seldom", "−0.40")],
        }
        for key, rows in expected.items():
            click(pane.kin.choice.buttons[key])
            assert [(e.key, e.title, e.value) for e in view.entries.entries] == rows
        click(pane.kin.choice.buttons["nearest"])
        first, second = view.entries.entries
        assert (first.grade, first.verified, second.verified) == ("B", True, False)

    def test_opening_and_adding(self, pane: FeaturePane, qtbot) -> None:
        view = pane.kin.features
        with qtbot.waitSignal(pane.feature_chosen) as caught:
            click_row(view, 1)
        assert caught.args == [8]
        plus = view.plus_rect(view.visualRect(view.entries.index(1))).center()
        with qtbot.waitSignal(pane.add_to_mixer) as caught, qtbot.assertNotEmitted(pane.feature_chosen):
            QTest.mouseClick(view.viewport(), LEFT, pos=plus)
        assert caught.args == [8]
        view.setFocus()
        view.setCurrentIndex(view.entries.index(0))
        with qtbot.waitSignal(pane.add_to_mixer) as caught:
            QTest.keyClicks(view, "+")
        assert caught.args == [7]
        with qtbot.waitSignal(pane.feature_chosen) as caught:
            QTest.keyClick(view, Qt.Key.Key_Return)
        assert caught.args == [7]

    def test_other_saes_only_where_there_are_some(self, pane: FeaturePane, qtbot) -> None:
        assert not pane.kin.choice.buttons["others"].isVisible()
        pane.set_siblings(True)
        click(pane.kin.choice.buttons["others"])
        assert "Looking" in pane.kin.features._empty
        pane.set_stability(3, STABILITY)
        assert [e.title for e in pane.kin.features.entries.entries] == ["again: discs too", "small: gas"]
        with qtbot.assertNotEmitted(pane.feature_chosen):
            click_row(pane.kin.features, 0)
        pane.set_siblings(False)
        assert pane.kin.choice.current() == "nearest"


class TestActivity:
    def test_by_year_and_by_facet_with_their_tables(self, pane: FeaturePane) -> None:
        pane.set_activity(4, ACTIVITY)
        assert pane.activity.choice is None
        pane.set_activity(3, ACTIVITY)
        settle()
        assert pane.activity.years.plot.isVisible()
        assert "most in 2020: 2.00 %, 8 of 400 documents" in pane.activity.years.plot.accessibleDescription()
        click(pane.activity.choice.buttons["facet:category"])
        page = pane.activity.facets["category"]
        assert page.plot.isVisible()
        click(page.toggle)
        row = [page.table.item(0, column).text() for column in range(4)]
        assert row == ["astro-ph.HE", "9", "300", "3.00 %"]

    def test_the_second_feature_moves_nothing(self, pane: FeaturePane) -> None:
        pane.set_activity(3, ACTIVITY)
        settle()
        height = pane.activity.height()
        pane.set_card(card(4), None, texts)
        settle()
        assert pane.activity.height() == height
        assert pane.activity.years.plot.bars == ()
        pane.set_activity(4, ACTIVITY)
        settle()
        assert pane.activity.height() == height

    def test_gone_without_dates_and_facets(self, pane: FeaturePane) -> None:
        pane.set_activity(3, Activity((), 5, {}))
        assert not pane.activity.isVisible()
        pane.forget_library()
        assert pane.activity.isVisible()


class TestPage:
    def test_a_dead_feature(self, pane: FeaturePane) -> None:
        pane.set_card(dead_card(), None, texts)
        pane.set_activity(5, ACTIVITY)
        assert pane.activity.years.plot.bars == ()
        assert pane.figures.tiles["count"].value.text() == "0"
        assert pane.bands.documents.entries.entries == []

    def test_busy_until_the_card_comes(self, pane: FeaturePane) -> None:
        pane.set_busy(3)
        assert pane.scroll.isEnabled()
        pane.set_busy(9)
        assert not pane.scroll.isEnabled()
        pane.set_card(card(9))
        assert pane.scroll.isEnabled()
        pane.set_card(None)
        assert not pane.scroll.isVisible()

    @pytest.mark.parametrize("width", [280, 420, 640, 1000])
    @pytest.mark.parametrize("factor", [1.0, 2.0])
    def test_nothing_is_cut_off_at_the_side(self, width: int, factor: float, qtbot, qapp) -> None:
        former = qapp.font()
        qapp.setFont(theme.scaled(former, factor))
        try:
            made = FeaturePane()
            qtbot.addWidget(made)
            made.resize(width, 500)
            made.set_siblings(True)
            made.set_card(card(), lambda _: LONG, texts, named)
            made.set_activity(3, ACTIVITY)
            made.show()
            settle()
            room = made.scroll.viewport().width()
            assert made.width() == width
            assert made.scroll.widget().width() <= room
            for child in made.scroll.widget().findChildren(QWidget):
                if child.isVisible() and isinstance(child, QPushButton | QToolButton | EntryList):
                    right = child.mapTo(made.scroll.widget(), QPoint(child.width(), 0)).x()
                    assert right <= room, child.accessibleName()
        finally:
            qapp.setFont(former)

    def test_the_wheel_over_a_list_scrolls_the_page(self, pane: FeaturePane, qtbot) -> None:
        pane.resize(420, 300)
        qtbot.waitExposed(pane)
        settle()
        at = pane.bands.documents.mapTo(pane, QPoint(20, 10))
        pane.scroll.ensureVisible(20, at.y() + 40)
        settle()
        before = pane.scroll.verticalScrollBar().value()
        at = pane.bands.documents.mapTo(pane, QPoint(20, 10))
        assert pane.rect().contains(at)
        QTest.wheelEvent(pane.windowHandle(), at, QPoint(0, -120))
        settle()
        assert pane.scroll.verticalScrollBar().value() > before

    def test_the_page_follows_the_keyboard(self, pane: FeaturePane) -> None:
        pane.resize(420, 300)
        settle()
        view = pane.kin.features
        view.setFocus()
        view.setCurrentIndex(view.entries.index(0))
        QTest.keyClick(view, Qt.Key.Key_Down)
        settle()
        place = view.visualRect(view.currentIndex()).center()
        shown = view.mapTo(pane.scroll.viewport(), place)
        assert 0 <= shown.y() <= pane.scroll.viewport().height()

    def test_two_columns_where_there_is_room(self, pane: FeaturePane) -> None:
        pane.resize(900, 900)
        settle()
        assert pane.kin.mapTo(pane, QPoint(0, 0)).x() > pane.bands.mapTo(pane, QPoint(0, 0)).x() + 300
        pane.resize(420, 900)
        settle()
        assert pane.kin.mapTo(pane, QPoint(0, 0)).x() == pane.bands.mapTo(pane, QPoint(0, 0)).x()

    def test_lists_are_whole_after_every_change_of_width(self, pane: FeaturePane) -> None:
        for width in (420, 800, 290, 800, 420):
            pane.resize(width, 700)
            for key in ("opposite", "nearest"):
                click(pane.kin.choice.buttons[key])
                settle()
                for view in (pane.kin.features, pane.bands.documents):
                    assert view.height() == view.heightForWidth(view.width())
                    assert view.verticalScrollBar().maximum() == 0

    def test_the_histograms_twin_has_the_same_numbers(self, pane: FeaturePane) -> None:
        click(pane.histogram.toggle)
        table = pane.histogram.table
        assert table.isVisible()
        assert sum(int(table.item(row, 1).text().replace(",", "")) for row in range(table.rowCount())) == 1765


def test_models_keep_qts_rules(qtmodeltester) -> None:
    model = EntryModel()
    model.replace(direction_entries(card().nearest))
    qtmodeltester.check(model, force_py=True)
