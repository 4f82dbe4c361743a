"""The text of a document, whole and selectable, with parts of it marked."""

from __future__ import annotations

import html
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.theme import UNIT, color

_COLUMN = 190 * UNIT  # lines longer than this are hard to read
_MOST_MARKS: Final = 2000

Spans = Sequence[tuple[int, int]]


class ReadingView(QTextEdit):
    """Read-only text in a column of comfortable width.

    Sentences are marked by a ground and a line beneath, words by a ground and a dotted line.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._stops: list[tuple[int, int]] = []  # places in the document that marks stand at, ascending
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName("Text of the document")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(2 * UNIT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setViewportMargins(0, 0, max(0, self.width() - _COLUMN), 0)
        super().resizeEvent(event)

    def show_text(self, text: str, fields: Sequence[tuple[str, str]]) -> None:
        """The text, and beneath it the fields of its source record. Nothing is marked then."""
        self._text = text
        self.clear()
        cursor = QTextCursor(self.document())
        spaced, plain = QTextBlockFormat(), QTextCharFormat()
        spaced.setLineHeight(125.0, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setBlockFormat(spaced)
        cursor.insertText(text, plain)
        if fields:
            head, key = QTextCharFormat(), QTextCharFormat()
            head.setFont(theme.scaled(self.font(), 1.0, self.font().Weight.DemiBold))
            for style in (head, key):
                style.setForeground(color(theme.tokens().text_muted))
            apart = QTextBlockFormat(spaced)
            apart.setTopMargin(4 * UNIT)
            cursor.insertBlock(apart)
            cursor.insertText("Source record", head)
            for name, value in fields:
                cursor.insertBlock(spaced)
                cursor.insertText(f"{name}: ", key)
                cursor.insertText(value, plain)
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.mark((), ())

    # Marks -----------------------------------------------------------------------------------------------

    def mark(self, words: Spans, sentences: Spans) -> None:
        """Mark parts of the text, (start, end) as Python counts its characters."""
        t, under = theme.tokens(), QTextCharFormat.UnderlineStyle
        sentence, word = QTextCharFormat(), QTextCharFormat()
        sentence.setBackground(color(t.activation[0], 0.6))
        sentence.setUnderlineStyle(under.SingleUnderline)
        word.setBackground(color(t.selection))
        word.setUnderlineStyle(under.DotLine)
        for style in (sentence, word):
            style.setUnderlineColor(color(t.accent))
        drawn: list[QTextEdit.ExtraSelection] = []
        stops: list[tuple[int, int]] = []
        for spans, style in ((sentences, sentence), (words, word)):
            for start, stop in places_of(self._text, spans[:_MOST_MARKS]):
                made = QTextEdit.ExtraSelection()
                made.cursor = QTextCursor(self.document())
                made.cursor.setPosition(start)
                made.cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
                made.format = style
                drawn.append(made)
                stops.append((start, stop))
        self.setExtraSelections(drawn)
        self._stops = sorted(set(stops))

    def marked(self) -> list[str]:
        """What is marked, in the order of the text."""
        found = sorted(self.extraSelections(), key=lambda made: made.cursor.selectionStart())
        return [made.cursor.selectedText() for made in found]

    def step(self, by: int) -> bool:
        """Go to the next mark, or the one before, around the ends; select it. False when there is none."""
        if not self._stops:
            return False
        cursor, starts = self.textCursor(), [start for start, _ in self._stops]
        if by > 0:
            at = bisect_right(starts, cursor.selectionStart()) if cursor.hasSelection() else 0
            at = at if cursor.hasSelection() else bisect_left(starts, cursor.position())
        else:
            at = bisect_left(starts, cursor.selectionStart()) - 1
        start, stop = self._stops[at % len(self._stops)]
        there = QTextCursor(self.document())
        there.setPosition(start)
        there.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(there)
        self.ensureCursorVisible()
        return True


def marked_html(text: str, spans: Spans) -> str:
    """A line of text for a label, with parts of it underlined on the ground of marks."""
    ground = theme.tokens().selection
    pieces, at = [], 0
    for start, stop in sorted(spans):
        if start >= at:
            pieces.append(html.escape(text[at:start]))
            pieces.append(f'<u style="background-color: {ground}">{html.escape(text[start:stop])}</u>')
            at = stop
    return "".join([*pieces, html.escape(text[at:])])


def places_of(text: str, spans: Spans) -> list[tuple[int, int]]:
    """The same spans as Qt counts: in units of UTF-16, a line's end of two characters as one."""
    if text.isascii() and "\r" not in text:
        return list(spans)
    ends = sorted({edge for span in spans for edge in span})
    place, at, found = 0, 0, dict[int, int]()
    for edge in ends:
        piece = text[at:edge]
        place += len(piece.encode("utf-16-le", "surrogatepass")) // 2 - piece.count("\r\n")
        found[edge] = place
        at = edge
    return [(found[start], found[stop]) for start, stop in spans]
