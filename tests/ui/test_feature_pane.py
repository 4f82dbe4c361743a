"""The inspector by itself: what it says, what comes out of it, and that nothing jumps when more arrives."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget
from ui.feature_support import LEFT, click, click_row, named, pane, settle, texts
from ui.made_up import LONG, bands, card, dead_card

from saerch_desktop.features.occurrence import Activity, ValueActivity, YearActivity
from saerch_desktop.features.stability import AlsoIn, Stability
from saerch_desktop.ui import theme
from saerch_desktop.ui.feature_bands import with_strongest
from saerch_desktop.ui.feature_entries import EntryModel, direction_entries
from saerch_desktop.ui.feature_lists import EntryList
from saerch_desktop.ui.feature_pane import FeaturePane

__all__ = ["pane"]

ACTIVITY = Activity(
    (YearActivity(2019, 4, 400, 0.01, 0.0, 0.1), YearActivity(2020, 8, 400, 0.02, 0.0, 0.1)),
    3,
    {"category": (ValueActivity("astro-ph.HE", 9, 300, 0.5, 4.0, 0.001),), "source": ()},
    {
        "category": (
            *(ValueActivity(f"common {n}", 900 - n, 30_000, 0.5, 1.0, 1.0) for n in range(8)),
            ValueActivity("astro-ph.HE", 9, 300, 0.5, 4.0, 0.001),
        ),
        "source": (ValueActivity("arXiv", 1765, 420_000, 1.0, 1.0, 1.0),),
        "colour": (),
    },
)
STABILITY = Stability(
    (AlsoIn("again", 3072, 32, 17, "discs too", 0.91, True),),
    (AlsoIn("small", 1536, 32, 2, "gas", 0.4, False),),
)


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
        heights = pane.bands.documents.height(), pane.scrolled.widget().height()
        low = texts([0])[0].index("Discs")
        pane.set_spans(3, dict.fromkeys(range(8), ((low, low + 32),)))
        settle()
        entry = pane.bands.documents.entries.entries[0]
        assert [entry.text[a:b] for a, b in entry.marks] == ["Discs accrete gas from the star."]
        assert (pane.bands.documents.height(), pane.scrolled.widget().height()) == heights
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
        rows = [[page.table.item(row, column).text() for column in range(5)] for row in (0, 8)]
        assert rows == [
            ["common 0", "900", "30,000", "51.0 %", "×1"],
            ["astro-ph.HE", "9", "300", "0.51 %", "▲ ×4"],
        ]

    def test_the_commonest_values_are_drawn_and_those_that_stand_out_too(self, pane: FeaturePane) -> None:
        pane.set_activity(3, ACTIVITY)
        category, source, colour = (pane.activity.facets[name] for name in ("category", "source", "colour"))
        names = [bar.name for bar in category.plot.bars]
        assert names == [*(f"common {n}" for n in range(7)), "astro-ph.HE"]
        assert category.heading.text() == "Commonest category among its documents"
        assert category.remark.text().endswith("all documents. ▲ stands out.")
        assert "×4 as common as among all documents, which stands out" in category.plot.bars[-1].words
        assert [bar.name for bar in source.plot.bars] == ["arXiv"]
        assert source.remark.text().endswith("all documents. No value stands out.")
        assert colour.plot.accessibleDescription() == "None of its documents has a value of colour"
        click(pane.activity.choice.buttons["facet:category"])
        settle()
        assert not category.plot.grab().isNull()

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
        pane.set_activity(3, Activity((), 5, {}, {}))
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
        assert pane.scrolled.isEnabled()
        pane.set_busy(9)
        assert not pane.scrolled.isEnabled()
        pane.set_card(card(9))
        assert pane.scrolled.isEnabled()
        pane.set_card(None)
        assert not pane.scrolled.isVisible()

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
            room = made.scrolled.viewport().width()
            assert made.width() == width
            assert made.scrolled.widget().width() <= room
            for child in made.scrolled.widget().findChildren(QWidget):
                if child.isVisible() and isinstance(child, QPushButton | QToolButton | EntryList):
                    right = child.mapTo(made.scrolled.widget(), QPoint(child.width(), 0)).x()
                    assert right <= room, child.accessibleName()
        finally:
            qapp.setFont(former)

    def test_the_wheel_over_a_list_scrolls_the_page(self, pane: FeaturePane, qtbot) -> None:
        pane.resize(420, 300)
        qtbot.waitExposed(pane)
        settle()
        at = pane.bands.documents.mapTo(pane, QPoint(20, 10))
        pane.scrolled.ensureVisible(20, at.y() + 40)
        settle()
        before = pane.scrolled.verticalScrollBar().value()
        at = pane.bands.documents.mapTo(pane, QPoint(20, 10))
        assert pane.rect().contains(at)
        QTest.wheelEvent(pane.windowHandle(), at, QPoint(0, -120))
        settle()
        assert pane.scrolled.verticalScrollBar().value() > before

    def test_the_page_follows_the_keyboard(self, pane: FeaturePane) -> None:
        pane.resize(420, 300)
        settle()
        view = pane.kin.features
        view.setFocus()
        view.setCurrentIndex(view.entries.index(0))
        QTest.keyClick(view, Qt.Key.Key_Down)
        settle()
        place = view.visualRect(view.currentIndex()).center()
        shown = view.mapTo(pane.scrolled.viewport(), place)
        assert 0 <= shown.y() <= pane.scrolled.viewport().height()

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
