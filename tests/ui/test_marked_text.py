"""Excerpts begin where they tell most, and their marks stay on the sentences they were given for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from saerch_desktop.ui import theme
from saerch_desktop.ui.marked_text import excerpt, paint_marked

FIRST = "We look at many stars with a new instrument and describe it here at length. "
SECOND = "Winds leave the disc.\n\nThey are fast. "
TEXT = FIRST + SECOND + "The end."


def span(words: str) -> tuple[int, int]:
    return TEXT.index(words), TEXT.index(words) + len(words)


def marked(found: tuple[str, tuple[tuple[int, int], ...]]) -> list[str]:
    text, marks = found
    return [text[low:high] for low, high in marks]


def test_a_text_without_marks_begins_at_its_beginning() -> None:
    text, marks = excerpt("A title\n\nBody  of\ntext.", "A title")
    assert (text, marks) == ("Body of text.", ())


def test_a_late_sentence_is_brought_forward() -> None:
    found = excerpt(TEXT, "", [span("Winds leave the disc.")])
    assert found[0].startswith("… Winds leave the disc. They are fast.")
    assert marked(found) == ["Winds leave the disc."]


def test_an_early_sentence_stays_in_its_place() -> None:
    found = excerpt(TEXT, "", [span("many stars"), span("They are fast.")])
    assert found[0].startswith("We look at many stars")
    assert marked(found) == ["many stars", "They are fast."]


def test_neighbouring_sentences_keep_the_space_between_them() -> None:
    found = excerpt(TEXT, "", [span("Winds leave the disc."), span("They are fast.")])
    assert "disc. They" in found[0]
    assert marked(found) == ["Winds leave the disc.", "They are fast."]


@given(st.lists(st.text("ab. \n", min_size=1, max_size=90), min_size=1, max_size=8), st.data())
def test_marks_always_hold_their_sentence(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    places, at = [], 0
    for piece in pieces:
        if piece.strip():
            begin = at + len(piece) - len(piece.lstrip())
            places.append((begin, at + len(piece.rstrip())))
        at += len(piece)
    chosen = data.draw(st.permutations(places)) if places else []
    shown, marks = excerpt(text, "", chosen)
    assert shown == shown.strip()
    assert "\n" not in shown
    assert "  " not in shown
    wanted = [" ".join(text[low:high].split()) for low, high in sorted(chosen)]
    if len(text) < 500 and (not chosen or chosen[0][0] <= 60):
        assert [shown[low:high] for low, high in marks] == wanted
    for low, high in marks:
        assert shown[low:high] in wanted


def test_what_is_marked_is_underlined(qapp) -> None:
    def rows_of(marks: tuple[tuple[int, int], ...], ink: str) -> int:
        image = QImage(300, 60, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.tokens().base))
        painter = QPainter(image)
        paint_marked(painter, QRect(0, 0, 300, 60), "some words here " * 20, marks, qapp.font(), 3)
        painter.end()
        wanted = QColor(ink).rgb()
        return max(sum(image.pixel(x, y) == wanted for x in range(300)) for y in range(60))

    theme.apply(qapp, "light")
    accent = theme.tokens().accent
    assert rows_of((), accent) < 10
    assert rows_of(((0, 15),), accent) > 40
