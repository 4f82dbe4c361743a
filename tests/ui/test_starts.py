"""Starting points and suggestions by mouse and keys: texts, selections, two sets, more and less like this."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from ui.search_support import (
    COUNT,
    TopicEmbedder,
    best,
    codes,
    dense,
    embedder,
    searching,
    semantic,
    semantic_original,
    shown_rows,
    topic_of,
)

from saerch_desktop.search.mix import Mix
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.explain_sets import Kind
from saerch_desktop.ui.search_part import SearchPart
from saerch_desktop.ui.window import MainWindow

__all__ = ["embedder", "searching", "semantic", "semantic_original"]

LEFT = Qt.MouseButton.LeftButton
ROWS = np.arange(COUNT)
STARS = np.array([topic_of(row) == "stars" for row in ROWS])
DUST = np.array([topic_of(row) == "dust" for row in ROWS])


def part_of(window: MainWindow) -> SearchPart:
    return next(part for part in window.parts if isinstance(part, SearchPart))


def test_a_selection_becomes_the_query(searching: MainWindow) -> None:
    vectors = dense(searching)
    searching.store.selected = (4, 9, 77)
    searching.actions_table["selection-as-query"].trigger()
    mean = vectors[[4, 9, 77]].mean(0)
    expected = (mean / np.linalg.norm(mean)).astype(np.float32)
    np.testing.assert_allclose(searching.store.query.vector, expected, atol=1e-6)
    assert searching.search_pane.query.text() == "3 documents"
    assert shown_rows(searching) == best((vectors @ expected.astype(np.float64)).astype(np.float32))
    searching.store.selected = (9,)
    searching.actions_table["selection-as-query"].trigger()
    assert searching.search_pane.query.text() == "On planets, part 9", "one document is that document"


def test_a_pasted_text_is_read_in_parts(searching: MainWindow, embedder: TopicEmbedder) -> None:
    searching.actions_table["paste-query"].trigger()
    dialog = part_of(searching).text_dialog
    assert dialog is not None
    assert not dialog.yes.isEnabled()
    assert "on this computer" in dialog.figure.text()
    dialog.text.setFocus()
    text = "All about stars. " + "Some words on dust here. " * 60
    dialog.text.insertPlainText(text)
    assert dialog.figure.text().startswith("303 words")
    QTest.keyClick(dialog.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert part_of(searching).text_dialog is None
    assert len(embedder.asked) == 3, "no part is longer than a small model reads"
    parts = TopicEmbedder().embed(embedder.asked).vectors.astype(np.float64)
    mean = np.array([len(part.split()) for part in embedder.asked]) @ parts
    np.testing.assert_allclose(searching.store.query.vector, mean / np.linalg.norm(mean), atol=1e-6)
    assert searching.search_pane.query.text().startswith("All about stars.")
    assert topic_of(shown_rows(searching)[0]) == "dust"


def test_two_sets_suggest_edits_that_are_taken_one_by_one_or_all(searching: MainWindow) -> None:
    store, search, strip = searching.store, searching.controller.search, searching.search_pane.suggestions
    search.submit("planets")
    assert not strip.isVisible()
    searching.actions_table["suggest-sets"].trigger()
    dialog = part_of(searching).sets_dialog
    assert dialog is not None
    for chooser, text in ((dialog.inside, "topic:stars"), (dialog.against, "topic:dust")):
        chooser.choose(Kind.FILTER)
        QTest.keyClicks(chooser.filter, text)
    QTest.mouseClick(dialog.yes, LEFT)
    assert part_of(searching).sets_dialog is None
    assert strip.isVisible()
    assert "topic is stars" in strip.title.text()
    shown = [button for button in strip.buttons if button.isVisible()]
    assert shown
    assert store.mix == Mix(), "nothing is changed until it is taken"
    made = codes(searching)
    deltas = made[STARS].mean(0) - made[DUST].mean(0)
    QTest.mouseClick(shown[0], LEFT)
    (edit,) = store.mix.edits
    scale = edit.delta / deltas[edit.feature]
    assert scale > 0
    sign = "▲" if edit.delta > 0 else "▼"
    assert shown[0].text().startswith(sign)
    assert not shown[0].isEnabled()
    QTest.mouseClick(strip.all, LEFT)
    assert len(store.mix.edits) == len(shown)
    for moved in store.mix.edits:
        assert moved.delta == pytest.approx(scale * deltas[moved.feature], abs=1e-4), "in proportion"
    session = searching.controller.library.session
    assert session is not None
    assert session.features is not None
    decoder = session.features.sae.decoder
    change = sum(moved.delta * decoder[moved.feature].astype(np.float64) for moved in store.mix.edits)
    assert np.linalg.norm(change) == pytest.approx(0.3, abs=1e-5)
    search.undo_stack.undo()
    assert store.mix.edits == (edit,), "all of them were one step"
    QTest.mouseClick(strip.plain, LEFT)
    (blend,) = store.mix.blends
    way = dense(searching)[STARS].mean(0) - dense(searching)[DUST].mean(0)
    np.testing.assert_allclose(blend.blend.array(), way / np.linalg.norm(way), atol=1e-5)
    QTest.mouseClick(strip.close_button, LEFT)
    assert not strip.isVisible()


def test_sets_that_cannot_be_read_keep_the_dialog_open(searching: MainWindow) -> None:
    searching.actions_table["suggest-sets"].trigger()
    dialog = part_of(searching).sets_dialog
    assert dialog is not None
    dialog.inside.choose(Kind.FILTER, "topic:nothing")
    QTest.mouseClick(dialog.yes, LEFT)
    assert dialog.isVisible()
    assert "nothing" in dialog.trouble.text()
    assert dialog.yes.isEnabled()
    QTest.mouseClick(dialog.no, LEFT)
    assert part_of(searching).sets_dialog is None


def test_without_a_query_the_set_becomes_one(searching: MainWindow) -> None:
    searching.store.selected = np.flatnonzero(STARS)
    searching.actions_table["suggest-selection"].trigger()
    assert searching.search_pane.suggestions.isVisible()
    vectors = dense(searching)
    mean = vectors[STARS].mean(0)
    np.testing.assert_allclose(searching.store.query.vector, mean / np.linalg.norm(mean), atol=1e-6)


def mean_place(window: MainWindow, row: int) -> float:
    """The document's score less that of the results on average."""
    ranking, query = window.store.ranking.ranking, window.store.query
    session = window.controller.library.session
    assert session is not None
    assert session.features is not None
    target = query.vector.astype(np.float64)
    for edit in ranking.edits:
        target = target + edit.delta * session.features.sae.decoder[edit.feature]
    scores = dense(window) @ target
    return float(scores[row] - scores.mean())


def test_more_and_less_like_a_result(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("planets")
    row = next(row for row in shown_rows(searching) if topic_of(row) != "planets")
    searching.controller.inspect.document(row)
    before = mean_place(searching, row)
    searching.actions_table["more-like"].trigger()
    first = store.mix.edits
    assert first
    assert all(edit.delta > 0 for edit in first)
    assert mean_place(searching, row) > before
    said = searching.statusBar().currentMessage()
    assert said.startswith(f"More like “On {topic_of(row)}")
    assert "raised “" in said
    searching.actions_table["less-like"].trigger()
    searching.actions_table["less-like"].trigger()
    assert mean_place(searching, row) < before
    search.undo_stack.undo()
    search.undo_stack.undo()
    assert store.mix.edits == first
    search.undo_stack.undo()
    assert store.mix == Mix()
    offered = [entry.feature for entry in search.entries()]
    assert all(edit.feature in offered for edit in first), "what was moved has its slider"


def test_locked_sliders_stay_when_suggestions_come(searching: MainWindow) -> None:
    from dataclasses import replace

    search, store = searching.controller.search, searching.store
    search.submit("planets")
    held = search.entries()[0].feature
    search.change(replace(store.mix, edits=(Edit(held, 0.4),), locked=frozenset({held})))
    for row in shown_rows(searching)[:12]:
        search.more_like(row)
    assert next(edit.delta for edit in store.mix.edits if edit.feature == held) == pytest.approx(0.4)


def test_the_menu_of_starting_points(searching: MainWindow) -> None:
    menu = searching.search_pane.start.menu()
    menu.aboutToShow.emit()
    words = [action.text() for action in menu.actions()]
    assert "Search by a text…" in words
    assert "Use the selection as query" in words
    assert not searching.actions_table["selection-as-query"].isEnabled()
    searching.store.selected = (1, 2)
    assert searching.actions_table["selection-as-query"].isEnabled()


def test_the_kind_is_chosen_and_the_weight_moved_by_keys(searching: MainWindow, qtbot: object) -> None:
    pane, store = searching.search_pane, searching.store
    QTest.keyClicks(pane.query, "bright stars")
    QTest.keyClick(pane.query, Qt.Key.Key_Return)
    pane.kind.kind.setFocus()
    QTest.keyClick(pane.kind.kind, Qt.Key.Key_Down)
    assert store.kind == "words"
    assert store.keyword_hits
    assert pane.query.placeholderText() == "Search for words…"
    QTest.keyClick(pane.kind.kind, Qt.Key.Key_Down)
    assert store.kind == "both"
    assert pane.kind.weight.isVisible()
    pane.kind.weight.setFocus()
    QTest.keyClick(pane.kind.weight, Qt.Key.Key_Right)
    assert pane.kind.figure.text() == "words 55 %"
    qtbot.waitUntil(lambda: store.weight == 0.55)  # type: ignore[attr-defined]
    assert store.ranking.ranking.fused.weight == pytest.approx(0.55)
    assert searching.actions_table["kind-both"].isChecked()
    searching.actions_table["kind-meaning"].trigger()
    assert pane.kind.kind.currentText() == "Meaning"
    assert not pane.kind.weight.isVisible()
