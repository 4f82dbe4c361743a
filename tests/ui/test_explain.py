"""Questions by real events: sets chosen, features found; rows, points and documents lead to each other."""

from __future__ import annotations

import csv
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui.fakes import FakeDialogs

from saerch_desktop.errors import UserError
from saerch_desktop.ui.explain_desk import COMPARING, PREDICTING
from saerch_desktop.ui.explain_part import ExplainPart
from saerch_desktop.ui.explain_sets import FacetChoice, Kind, SetChooser, Wish
from saerch_desktop.ui.results_model import Column
from saerch_desktop.ui.window import MainWindow
from saerch_desktop.workflow import questions


@pytest.fixture
def part(window: MainWindow, steerable: Path, qtbot) -> ExplainPart:
    window.controller.library.open(steerable)
    with qtbot.waitActive(window):
        window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    found = next(part for part in window.parts if isinstance(part, ExplainPart))
    assert found.dock is not None
    QApplication.processEvents()
    assert not found.dock.isHidden()
    assert not found.dock.visibleRegion().isEmpty()
    return found


def compare(part: ExplainPart, text: str) -> None:
    """Type a filter and press Enter."""
    chooser = part.explain.compare.inside
    chooser.choose(Kind.FILTER)
    chooser.filter.clear()
    chooser.filter.setFocus()
    QTest.keyClicks(chooser.filter, text)
    QTest.keyClick(chooser.filter, Qt.Key.Key_Return)


def test_a_typed_filter_is_compared_with_the_rest(part: ExplainPart) -> None:
    tab = part.explain.compare
    assert tab.stack.currentWidget() is tab.empty
    compare(part, "topic:stars")
    answer = part.desk.answer
    assert answer is not None
    assert answer.contrast.documents_inside == 60
    over = answer.contrast.over()
    assert tab.over.features.features == over.tolist()
    assert tab.segments[0].text() == f"Over ({len(over)})"
    assert "60 documents (topic is stars) against 180" in tab.message.text()
    name = tab.over.features.index(0, 0).data()
    assert name == answer.features.labels.text(int(over[0]))
    spoken = tab.over.features.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "grade" in spoken


def test_a_row_leads_to_its_documents_and_they_to_the_document(part: ExplainPart) -> None:
    compare(part, "topic:stars")
    table = part.explain.compare.over
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Down)
    feature = table.current_feature()
    assert feature is not None
    assert part.explain.below.isVisible()
    listed = part.explain.documents.entries.entries
    answer = part.desk.answer
    assert answer is not None
    assert [entry.key for entry in listed] == [row for row, _ in answer.documents(feature, 30)]
    assert all("stars" in entry.title for entry in listed)
    assert part.store.feature == feature
    assert part.dock is not None
    assert not part.dock.visibleRegion().isEmpty()  # the feature's pane did not take its place
    documents = part.explain.documents
    QTest.mouseClick(
        documents.viewport(),
        Qt.MouseButton.LeftButton,
        pos=documents.visualRect(documents.entries.index(1)).center(),
    )
    assert part.store.row == listed[1].key


def test_enter_opens_the_feature(part: ExplainPart, window: MainWindow) -> None:
    compare(part, "topic:stars")
    table = part.explain.compare.over
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_J)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert part.store.feature == table.current_feature()
    assert not window.feature_dock.visibleRegion().isEmpty()


def test_a_point_of_the_plot_is_a_row(part: ExplainPart) -> None:
    compare(part, "topic:stars")
    tab = part.explain.compare
    QTest.mouseClick(tab.segments[2], Qt.MouseButton.LeftButton)
    assert tab.views.currentWidget() is tab.volcano
    plot = tab.volcano.plot
    answer = part.desk.answer
    assert answer is not None
    feature = int(answer.contrast.over()[0])
    where = plot.point_of(feature)
    assert where is not None
    found = plot.feature_at(where)  # the plot gets smaller when the documents appear beneath it
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=where)
    assert part.store.feature == found
    assert tab.over.current_feature() == found
    assert part.explain.below.isVisible()
    # Its twin says the same and leads to the same.
    tab.volcano.toggle.click()
    assert tab.volcano.table.rowCount() == np.count_nonzero(answer.contrast.inside + answer.contrast.outside)
    tab.volcano.table.setCurrentCell(1, 0)
    tab.volcano.table.cellActivated.emit(1, 0)
    order = np.argsort(-np.abs(answer.contrast.score), kind="stable")
    assert part.store.feature == int(order[1])


def test_the_plot_by_keys(part: ExplainPart) -> None:
    compare(part, "topic:stars")
    plot = part.explain.compare.volcano.plot
    chosen: list[int] = []
    plot.chosen.connect(chosen.append)
    answer = part.desk.answer
    assert answer is not None
    QTest.keyClick(plot, Qt.Key.Key_Down)
    QTest.keyClick(plot, Qt.Key.Key_Down)
    order = np.argsort(-np.abs(answer.contrast.score), kind="stable")
    assert chosen == order[:2].tolist()
    QTest.keyClick(plot, Qt.Key.Key_Up)
    assert chosen[-1] == order[0]
    for _ in range(60):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    assert answer.contrast.log_odds[chosen[-1]] > 0
    for _ in range(120):
        QTest.keyClick(plot, Qt.Key.Key_Left)
    assert answer.contrast.log_odds[chosen[-1]] < 0
    assert "lift" in plot.accessibleDescription()


def test_trouble_is_told_where_it_was_asked(part: ExplainPart) -> None:
    tab = part.explain.compare
    compare(part, "topc:stars")
    assert "Did you mean topic" in tab.message.text()
    assert tab.message.property("role") == "error"
    assert not part.store.notices
    compare(part, "(stars")
    assert "not closed" in tab.message.text()
    tab.inside.choose(Kind.SELECTED)
    QTest.mouseClick(tab.go, Qt.MouseButton.LeftButton)
    assert "No document is selected" in tab.message.text()
    compare(part, "topic:stars")
    assert tab.message.property("role") == "muted"


def test_facets_and_swapping(part: ExplainPart) -> None:
    tab = part.explain.compare
    tab.inside.kind.setCurrentText(Kind.FACET)
    assert tab.inside.facet.currentText() == "topic"
    assert tab.inside.value.count() == 4
    tab.inside.value.setCurrentIndex(2)
    tab.against.choose(Kind.FILTER, "topic:dust")
    first = tab.inside.wish().text
    QTest.mouseClick(tab.go, Qt.MouseButton.LeftButton)
    answer = part.desk.answer
    assert answer is not None
    assert answer.against == "topic is dust"
    lift = answer.contrast.lift.copy()
    QTest.mouseClick(tab.swap, Qt.MouseButton.LeftButton)
    assert tab.against.wish() == Wish(Kind.FACET, first)
    assert part.desk.answer is not None
    np.testing.assert_allclose(part.desk.answer.contrast.lift, 1 / lift)


def test_several_results_are_selected_and_explained(window: MainWindow, part: ExplainPart) -> None:
    window.controller.search.like_document(0)
    table = window.search_pane.results.table
    assert part.explain.compare.inside.kind.itemText(1) == f"{Kind.SHOWN} ({len(table.results.documents)})"

    def click(place: int, held: Qt.KeyboardModifier) -> None:
        at = table.visualRect(table.results.index(place, Column.TITLE)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, held, at)

    click(0, Qt.KeyboardModifier.NoModifier)
    click(2, Qt.KeyboardModifier.ControlModifier)
    assert part.store.selected == (table.results.documents[0], table.results.documents[2])
    assert part.store.row == table.results.documents[2]
    click(6, Qt.KeyboardModifier.ShiftModifier)
    assert part.store.selected == tuple(table.results.documents[place] for place in (0, 2, 3, 4, 5, 6))
    window.search_pane.results.table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_J)
    assert part.store.selected == (table.results.documents[7],)
    QTest.keyClick(table, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(table, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    rows = tuple(table.results.documents[5:8])
    assert part.store.selected == rows
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_D, modifiers)
    answer = part.desk.answer
    assert answer is not None
    assert sorted(np.flatnonzero(answer.inside).tolist()) == sorted(rows)
    assert "the selected documents" in part.explain.compare.message.text()


def test_a_selection_lasts_while_the_ranking_moves(window: MainWindow, part: ExplainPart) -> None:
    search = window.controller.search
    search.like_document(0)
    table = window.search_pane.results.table
    table.setFocus()
    for _ in range(3):
        QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    before = set(part.store.selected)
    assert len(before) == 2
    entry = search.entries()[0]
    from saerch_desktop.search.steering import Edit

    search.edit((Edit(entry.feature, -0.1 * entry.natural),))
    listed = set(table.results.documents)
    assert set(part.store.selected) == before & listed
    assert set(table.selected_documents()) == before & listed


def test_a_search_with_nothing_selected_cannot_be_explained(window: MainWindow, part: ExplainPart) -> None:
    assert not window.actions_table["explain-selection"].isEnabled()
    window.controller.search.like_document(0)
    QTest.keyClick(window.search_pane.results.table, Qt.Key.Key_Down)
    assert window.actions_table["explain-selection"].isEnabled() == bool(part.store.selected)


def test_predicting_a_facet(part: ExplainPart) -> None:
    pane, tab = part.explain, part.explain.predict
    pane.tabs.setCurrentIndex(1)
    assert tab.column.currentText() == "topic"
    QTest.mouseClick(tab.go, Qt.MouseButton.LeftButton)
    assert "kept out of the fitting" in tab.message.text()
    assert tab.target.count() == 4
    tab.target.setCurrentIndex(1)
    assert "AUROC" in tab.score.text()
    QTest.keyClick(tab.table, Qt.Key.Key_Down)
    assert part.store.feature == tab.table.current_feature()
    assert pane.below.isVisible()
    tab.value.setCurrentText("stars")
    QTest.mouseClick(tab.go, Qt.MouseButton.LeftButton)
    assert "topic:stars" in tab.message.text()
    assert not tab.target.isVisible()
    tab.within.choose(Kind.FILTER, "topic:stars")
    QTest.mouseClick(tab.go, Qt.MouseButton.LeftButton)
    assert "too few values" in tab.message.text()
    assert tab.message.property("role") == "error"


def test_an_answer_to_another_choice_is_grey_and_says_so(part: ExplainPart) -> None:
    tab = part.explain.predict
    part.explain.tabs.setCurrentIndex(1)
    QTest.mouseClick(tab.go, Qt.MouseButton.LeftButton)
    answer = tab.message.text()
    assert tab.found.isEnabled()
    tab.value.setCurrentText("stars")
    assert not tab.found.isEnabled()
    assert tab.message.text() == "What is shown answers an earlier choice; press Predict for this one."
    assert tab.remarks.text() == ""
    tab.grab()
    tab.value.setCurrentIndex(0)
    assert tab.found.isEnabled()
    assert tab.message.text() == answer
    tab.within.choose(Kind.FILTER, "topic:stars")
    QTest.mouseClick(tab.go, Qt.MouseButton.LeftButton)
    assert tab.message.property("role") == "error"
    assert tab.stack.currentWidget() is tab.empty
    tab.within.choose(Kind.REST)
    assert tab.message.text() == ""
    tab.within.choose(Kind.FILTER, "topic:stars")
    assert "too few values" in tab.message.text()


def test_while_an_answer_is_sought_the_former_is_grey(part: ExplainPart) -> None:
    tab = part.explain.compare
    compare(part, "topic:stars")
    answer = tab.message.text()
    assert tab.save.isEnabled()
    part.explain.set_asking(COMPARING, "Comparing documents …")
    assert tab.message.text() == "Comparing documents …"
    assert not tab.found.isEnabled()
    assert not tab.save.isEnabled()
    assert part.explain.predict.busy.isHidden()
    part.explain.set_asking(COMPARING, "")  # it was stopped
    assert tab.message.text() == answer
    assert tab.found.isEnabled()
    assert tab.save.isEnabled()
    tab.inside.filter.setText("topic:st")
    assert not tab.found.isEnabled()
    assert not tab.save.isEnabled()
    assert "earlier choice; press Compare" in tab.message.text()
    # What comes while something else is chosen already is not of that.
    part.explain.set_asking(COMPARING, "Comparing documents …")
    tab.inside.filter.setText("topic:dust")
    assert tab.message.text() == "Comparing documents …"
    assert part.desk.answer is not None
    part.explain.set_answer(part.desk.answer)
    assert "earlier choice" in tab.message.text()


@pytest.mark.threaded
def test_a_question_that_gave_way_does_not_end_the_newer(
    window: MainWindow, qtbot, steerable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = next(part for part in window.parts if isinstance(part, ExplainPart))
    with qtbot.waitSignal(window.controller.library.opened, timeout=20_000):
        window.controller.library.open(steerable)
    go, begun = threading.Event(), threading.Semaphore(0)
    original = questions.compare_sets

    def slow(*args: Any) -> Any:
        begun.release()
        assert go.wait(20)
        return original(*args)

    monkeypatch.setattr(questions, "compare_sets", slow)
    tab = part.explain.compare
    told: list[str] = []
    part.desk.asking.connect(lambda _, what: told.append(what))
    with qtbot.waitSignal(part.desk.answered, timeout=20_000):
        for text in ("topic:stars", "topic:dust"):
            tab.inside.choose(Kind.FILTER, text)
            part.desk.compare(tab.inside.wish(), tab.against.wish())
            assert begun.acquire(timeout=20)
        go.set()
    qtbot.waitUntil(lambda: not tab.fresh.waiting and told[-1] == "", timeout=20_000)
    assert told == ["Comparing documents …", "Comparing documents …", ""]
    assert "topic is dust" in tab.message.text()


def test_trouble_goes_to_the_question_it_is_of(part: ExplainPart) -> None:
    pane = part.explain
    pane.set_asking(PREDICTING, "Predicting topic …")
    pane.tabs.setCurrentIndex(0)
    pane.set_trouble(UserError("It broke.", "Nothing is lost.", "Do it again."), PREDICTING)
    assert pane.compare.message.text() == ""
    assert pane.predict.message.text() == "It broke. Do it again."


def test_examples_are_of_the_librarys_own_facets(part: ExplainPart, qtbot) -> None:
    for tab in (part.explain.compare.inside, part.explain.compare.against, part.explain.predict.within):
        shown = tab.filter.placeholderText()
        assert shown.startswith("topic:")
        assert shown.endswith(" words")
        assert "year" not in shown + tab.filter.toolTip()
    chooser = SetChooser("Documents", (Kind.FILTER, Kind.FACET))
    qtbot.addWidget(chooser)
    assert chooser.filter.placeholderText() == "Words, or name:value"
    years = FacetChoice("year", (("2021", 9),))
    chooser.set_facets([years, FacetChoice("kind", (("two words", 3),))], years=True)
    assert chooser.filter.placeholderText() == 'kind:"two words" year>=2020 words'
    assert "year:2018..2020" in chooser.filter.toolTip()
    chooser.set_facets([FacetChoice("kind", (("long " * 9, 3),))])
    assert chooser.filter.placeholderText() == "kind:… words"
    chooser.set_facets([])
    assert chooser.filter.placeholderText() == "words"


def test_export(part: ExplainPart, fake_dialogs: FakeDialogs, tmp_path: Path) -> None:
    assert not part.explain.compare.save.isEnabled()
    compare(part, "topic:stars")
    fake_dialogs.answers.append(tmp_path / "out.csv")
    QTest.mouseClick(part.explain.compare.save, Qt.MouseButton.LeftButton)
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert part.desk.answer is not None
    assert int(rows[0]["feature"]) == part.desk.answer.contrast.over()[0]


def test_new_names_are_shown_and_another_library_clears(
    window: MainWindow, part: ExplainPart, steerable: Path
) -> None:
    compare(part, "topic:stars")
    tab = part.explain.compare
    feature = tab.over.features.feature_at(0)
    window.controller.marks.rename(feature, "my own name")
    assert tab.over.features.index(0, 0).data() == "my own name"
    window.controller.library.close()
    assert part.desk.answer is None
    assert tab.stack.currentWidget() is tab.empty


def test_messages_name_their_trouble(part: ExplainPart) -> None:
    part.explain.set_trouble(UserError("It broke.", "Nothing is lost.", "Do it again."))
    message = part.explain.compare.message
    assert message.text() == "It broke. Do it again."
    assert message.toolTip() == "Nothing is lost."
    assert message.accessibleName() == "Result of the comparison: It broke. Do it again."
