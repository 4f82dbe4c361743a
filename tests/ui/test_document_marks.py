"""Reading a document: words of the query and driving sentences are marked, by real keys and presses."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.search_support import (
    TopicEmbedder,
    embedder,
    open_and_wait,
    semantic,
    semantic_original,
)
from window_support import OpenWindow

from saerch_desktop.search.blends import direction_blend
from saerch_desktop.search.steering import Edit
from saerch_desktop.settings import load_settings
from saerch_desktop.ui import theme
from saerch_desktop.ui.document_marks import hits
from saerch_desktop.ui.reading_view import ReadingView, marked_html, places_of
from saerch_desktop.ui.why_part import WhyPart
from saerch_desktop.ui.window import MainWindow

__all__ = ["TopicEmbedder", "embedder", "semantic", "semantic_original"]

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ROW = 8
SENTENCES = (
    "Nothing of note stands in the opening lines.",
    "Many bright stars were seen, the \U0001f52d being new.",
    "All the dust was swept away by then.",
    "Of stars alone this speaks.",
)
TEXT = "\r\n".join(SENTENCES)


@pytest.fixture
def window(open_window: OpenWindow, semantic: Path, embedder: TopicEmbedder) -> MainWindow:
    """A library of which one document has several sentences, opened and asked."""
    with sqlite3.connect(semantic / "documents.sqlite") as base:
        base.execute("UPDATE documents SET text = ?, title = ? WHERE row = ?", (TEXT, "<b>Bright</b>", ROW))
    base.close()
    made = open_window()
    made.controller.library.open(semantic, "features")
    made.controller.search.submit("the bright stars")
    return made


@pytest.fixture
def reading(window: MainWindow) -> MainWindow:
    """The same with that document in the reading pane."""
    window.controller.inspect.document(ROW)
    window.reveal("document")
    QApplication.processEvents()
    return window


def marked(window: MainWindow) -> list[str]:
    return window.document_pane.text.marked()


def of_stars(window: MainWindow) -> int:
    """The feature that the direction of the stars excites most."""
    from ui.search_support import CENTRES

    sae = window.controller.library.session.features.sae
    return int(np.argmax(sae.encoder @ (CENTRES[0] / np.linalg.norm(CENTRES[0])) + sae.latent_bias))


def driving(window: MainWindow, feature: int) -> list[str]:
    """By definition: sentences within 85 % of the one with the highest pre-activation."""
    sae = window.controller.library.session.features.sae
    vectors = TopicEmbedder().embed(SENTENCES).vectors
    scores = (vectors - sae.pre_bias) @ sae.encoder[feature] + sae.latent_bias[feature]
    best = scores.max()
    return [s for s, score in zip(SENTENCES, scores, strict=True) if best > 0 and score >= 0.85 * best]


def test_the_words_of_the_query_are_marked_without_the_small_ones(reading: MainWindow) -> None:
    assert marked(reading) == ["bright", "stars", "stars"]
    pane = reading.document_pane
    assert pane.marks.words.text() == "Words 4"
    assert "<u" in pane._title.text()
    assert "&lt;b&gt;" in pane._title.text()  # what the title says is no formatting


def test_a_search_by_words_marks_every_word(reading: MainWindow) -> None:
    reading.controller.search.set_kind("words")
    reading.controller.search.submit("the stars")
    assert marked(reading) == ["the", "stars", "the", "the", "stars"]


def test_words_can_be_switched_off(reading: MainWindow) -> None:
    pane = reading.document_pane
    QTest.mouseClick(pane.marks.words, LEFT)
    assert marked(reading) == []
    assert "<u" not in pane._title.text()
    QTest.keyClick(pane.marks.words, Qt.Key.Key_Space)
    assert marked(reading) == ["bright", "stars", "stars"]


def test_the_sentences_that_drive_the_feature_shown(
    reading: MainWindow, embedder: TopicEmbedder, qtbot: QtBot
) -> None:
    asked = list(embedder.asked)
    QTest.mouseClick(reading.document_pane.marks.words, LEFT)
    feature = of_stars(reading)
    reading.controller.inspect.feature(feature)
    reading.reveal("document")
    qtbot.waitUntil(lambda: bool(marked(reading)))
    assert marked(reading) == driving(reading, feature) != []
    assert set(marked(reading)) <= {SENTENCES[1], SENTENCES[3]}
    assert [text for text in embedder.asked[len(asked) :] if text in SENTENCES] == list(SENTENCES)
    marks = reading.document_pane.marks
    assert marks.sentences.text() == f"Sentences {len(marked(reading))}"
    name = reading.controller.library.session.features.labels.text(feature)
    assert marks.target.currentText() == name
    # Another feature needs no second reading of the text.
    known = len(embedder.asked)
    other = next(f for f in range(32) if driving(reading, f) not in ([], driving(reading, feature)))
    reading.controller.inspect.feature(other)
    reading.reveal("document")
    QApplication.processEvents()
    assert marked(reading) == driving(reading, other)
    assert [text for text in embedder.asked[known:] if text in SENTENCES] == []


def test_without_a_feature_shown_the_changed_ones_are_asked_about(
    reading: MainWindow, embedder: TopicEmbedder, qtbot: QtBot
) -> None:
    QTest.mouseClick(reading.document_pane.marks.words, LEFT)
    first = of_stars(reading)
    second = next(f for f in range(32) if f != first and driving(reading, f))
    marks = reading.document_pane.marks
    assert marks.target.isHidden()
    reading.controller.search.edit((Edit(first, 0.4), Edit(second, -0.3)))
    qtbot.waitUntil(lambda: marked(reading) == driving(reading, first))
    assert marks.target.count() == 2
    QTest.keyClick(marks.target, Qt.Key.Key_Down)
    assert marked(reading) == driving(reading, second)
    # A change taken back is no target any more.
    reading.controller.search.edit((Edit(first, 0.4),))
    assert marked(reading) == driving(reading, first)


def test_a_plain_direction_drives_sentences_too(
    reading: MainWindow, embedder: TopicEmbedder, qtbot: QtBot
) -> None:
    from ui.search_support import CENTRES

    QTest.mouseClick(reading.document_pane.marks.words, LEFT)
    reading.controller.search.add_blend(direction_blend("d", "Dust less stars", CENTRES[3] - CENTRES[0]))
    qtbot.waitUntil(lambda: bool(marked(reading)))
    assert marked(reading) == [SENTENCES[2]]
    assert reading.document_pane.marks.target.currentText() == "Dust less stars"


def test_sentences_are_left_alone_while_nobody_wants_them(
    reading: MainWindow, embedder: TopicEmbedder, qtbot: QtBot
) -> None:
    QTest.mouseClick(reading.document_pane.marks.sentences, LEFT)
    reading.controller.search.edit((Edit(of_stars(reading), 0.4),))
    qtbot.wait(250)
    assert not set(SENTENCES) & set(embedder.asked)
    QTest.mouseClick(reading.document_pane.marks.sentences, LEFT)
    qtbot.waitUntil(lambda: set(SENTENCES) <= set(embedder.asked))
    assert len(marked(reading)) > 3


def test_f3_goes_from_mark_to_mark_and_around(reading: MainWindow) -> None:
    reading.activateWindow()
    assert QTest.qWaitForWindowActive(reading)
    text = reading.document_pane.text
    seen = []
    for _ in range(4):
        QTest.keyClick(reading, Qt.Key.Key_F3)
        seen.append((text.textCursor().selectedText(), text.textCursor().selectionStart()))
    assert [word for word, _ in seen] == ["bright", "stars", "stars", "bright"]
    assert seen[0] == seen[3]
    assert len({place for _, place in seen}) == 3
    QTest.keyClick(reading, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert (text.textCursor().selectedText(), text.textCursor().selectionStart()) == seen[2]
    QTest.mouseClick(reading.document_pane.marks.former, LEFT)
    assert (text.textCursor().selectedText(), text.textCursor().selectionStart()) == seen[1]


def test_marks_stay_with_light_and_dark(reading: MainWindow, qapp: QApplication) -> None:
    before = marked(reading)
    theme.apply(qapp, "dark")
    assert marked(reading) == before
    grounds = {
        made.format.background().color().name() for made in reading.document_pane.text.extraSelections()
    }
    assert grounds == {theme.tokens().selection}
    theme.apply(qapp, "light")


def test_another_document_has_marks_of_its_own(reading: MainWindow) -> None:
    reading.controller.inspect.document(0)
    assert marked(reading) == ["stars", "bright"]
    reading.controller.inspect.document(1)
    assert marked(reading) == []
    assert reading.document_pane.marks.words.text() == "Words 0"


def test_a_model_on_the_network_is_never_asked(
    open_window: OpenWindow, semantic: Path, embedder: TopicEmbedder, qtbot: QtBot
) -> None:
    window = open_window()
    window.controller.library.open(semantic, "features")
    window.controller.search.like_document(0)
    embedder.uses_network = True
    window.controller.inspect.document(ROW)
    window.controller.inspect.feature(0)
    window.reveal("document")
    marks = window.document_pane.marks
    qtbot.waitUntil(marks.trouble.isVisible)
    assert "send the documents' texts" in marks.trouble.text()
    window.controller.inspect.document(4)
    qtbot.wait(150)
    assert embedder.asked == []


def test_without_the_model_that_is_said_plainly(window_without_model: MainWindow) -> None:
    marks = window_without_model.document_pane.marks
    assert marks.trouble.isVisible()
    assert marks.trouble.text() == (
        "No sentences are marked. What made this library’s vectors is not on this computer."
    )
    assert window_without_model.store.notices == ()
    QTest.mouseClick(marks.sentences, LEFT)
    assert not marks.trouble.isVisible()


@pytest.fixture
def window_without_model(open_window: OpenWindow, steerable: Path) -> MainWindow:
    made = open_window()
    made.controller.library.open(steerable)
    made.controller.search.like_document(2)
    made.controller.inspect.feature(made.controller.search.entries()[0].feature)
    made.controller.inspect.document(2)
    made.reveal("document")
    QApplication.processEvents()
    return made


def test_which_marks_are_shown_is_remembered(reading: MainWindow, open_window: OpenWindow) -> None:
    bar = reading.document_pane.marks
    QTest.mouseClick(bar.words, LEFT)
    assert (load_settings().mark_words, load_settings().mark_sentences) == (False, True)
    again = open_window().document_pane.marks
    assert (again.words.isChecked(), again.sentences.isChecked()) == (False, True)
    QTest.mouseClick(bar.words, LEFT)
    QTest.mouseClick(bar.sentences, LEFT)
    again = open_window().document_pane.marks
    assert (again.words.isChecked(), again.sentences.isChecked()) == (True, False)


@pytest.mark.threaded
def test_walking_by_embeds_only_where_one_rests(
    open_window: OpenWindow, semantic: Path, embedder: TopicEmbedder, qtbot: QtBot
) -> None:
    window = open_window()
    open_and_wait(window, semantic, qtbot)
    window.controller.search.like_document(0)
    qtbot.waitUntil(lambda: window.store.ranking is not None, timeout=10_000)
    feature = window.controller.search.entries()[0].feature
    window.controller.search.edit((Edit(feature, 0.2),))
    window.reveal("document")
    for row in range(10, 20):
        window.controller.inspect.document(row)
        qtbot.waitUntil(
            lambda r=row: window.store.document is not None and window.store.document.document.row == r
        )
    qtbot.waitUntil(lambda: window.document_pane._marked.looked, timeout=10_000)
    documents = window.controller.library.session.library.documents
    read = [row for row in range(10, 20) if any(piece in documents.get(row).text for piece in embedder.asked)]
    assert read[-1] == 19
    assert len(read) < 10
    assert window.document_pane._marked.row == 19


def test_a_bar_on_why_asks_about_its_slider(
    reading: MainWindow, embedder: TopicEmbedder, qtbot: QtBot
) -> None:
    from ui.search_support import CENTRES

    feature = of_stars(reading)
    reading.controller.inspect.feature(feature)
    reading.controller.search.add_blend(direction_blend("d", "Dust less stars", CENTRES[3] - CENTRES[0]))
    part = next(part for part in reading.parts if isinstance(part, WhyPart))
    part.explain(ROW)
    reading.reveal("document")
    QTest.mouseClick(reading.document_pane.marks.words, LEFT)
    qtbot.waitUntil(lambda: marked(reading) == driving(reading, feature))
    table = part.why.table
    at = [line.text for line in table.lines.lines].index("Dust less stars")
    QTest.mouseClick(table.viewport(), LEFT, NONE, table.visualRect(table.lines.index(at, 0)).center())
    assert marked(reading) == [SENTENCES[2]]


# By themselves -------------------------------------------------------------------------------------------


@given(st.text(alphabet="ab \r\n\U0001f52dé\u2028“.", max_size=60), st.data())
def test_places_are_those_of_qt(qapp: QApplication, text: str, data: st.DataObject) -> None:
    marks = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted).map(tuple)
    spans = [
        (a, b)
        for a, b in data.draw(st.lists(marks, max_size=4))
        if all(not _inside_end(text, x) for x in (a, b))
    ]
    document = QTextDocument()
    QTextCursor(document).insertText(text)
    for (start, stop), (low, high) in zip(spans, places_of(text, spans), strict=True):
        cursor = QTextCursor(document)
        cursor.setPosition(low)
        cursor.setPosition(high, QTextCursor.MoveMode.KeepAnchor)
        ends = str.maketrans({"\r": "\n", "\u2028": "\n", "\u2029": "\n"})
        expected = text[start:stop].replace("\r\n", "\n").translate(ends)
        assert cursor.selectedText().translate(ends) == expected


def _inside_end(text: str, place: int) -> bool:
    return text[place - 1 : place + 1] == "\r\n" if place else False


def test_hits_of_words() -> None:
    text = "The Halo of the halos, a haló."
    assert [text[a:b] for a, b in hits("the halo", text)] == ["The", "Halo", "the", "haló"]
    assert [text[a:b] for a, b in hits("the halo", text, plain=True)] == ["Halo", "haló"]
    assert hits("", text) == hits("nothing", text) == ()
    assert len(hits("a", "a " * 5000)) == 1000
    assert hits("z", "a" * 200_000 + " z") == ()


def test_a_title_is_never_read_as_formatting() -> None:
    shown = marked_html("a <i>b</i> & b", [(4, 5), (5, 6), (13, 14)])
    assert shown.startswith("a &lt;i<u")
    assert "<i>" not in shown
    assert "&amp;" in shown
    assert shown.count("<u") == 3


def test_marks_in_a_text_of_nothing(qtbot) -> None:
    view = ReadingView()
    qtbot.addWidget(view)
    view.show_text("", [])
    assert not view.step(1)
    assert not view.step(-1)
    assert view.marked() == []
