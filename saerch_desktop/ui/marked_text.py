"""A few lines of text with some of its sentences marked: a ground and a line beneath, never colour alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QTextCharFormat, QTextLayout

from saerch_desktop.ui import theme
from saerch_desktop.ui.theme import color

_BEFORE = 60  # a first mark further into the text than this many characters is brought forward
_LONGEST = 700  # characters that a few lines can hold at most

Marks = tuple[tuple[int, int], ...]


def excerpt(text: str, title: str, spans: Sequence[tuple[int, int]] = ()) -> tuple[str, Marks]:
    """A beginning of the text on one line without a repeated title, and the spans in it.

    spans: (start, end) in `text`, the most telling first. Where that one stands late, the excerpt begins with
    it, after an ellipsis.
    """
    begin = len(title) if title and text.startswith(title) else 0
    if spans and spans[0][0] - begin > _BEFORE:
        begin = spans[0][0]
    cut = text[begin:].lstrip()
    begin += len(text) - begin - len(cut)
    ahead = "… " if begin > len(title) + 2 else ""
    made: list[str] = [ahead]
    length, marks = len(ahead), []
    inside = sorted((max(low, begin) - begin, high - begin) for low, high in spans if high > begin)
    at = 0
    for low, high in inside:
        if low < at or length > _LONGEST:
            continue
        length += _append(made, cut[at:low])
        start = length
        length += _append(made, cut[low:high])
        marks.append((start, length - (1 if made[-1].endswith(" ") else 0)))
        at = high
    if length <= _LONGEST:
        _append(made, cut[at : at + _LONGEST])
    return "".join(made).rstrip(), tuple(marks)


def _append(made: list[str], piece: str) -> int:
    """Add a piece with its white space made single; how many characters that took."""
    words = " ".join(piece.split())
    if not words:
        words = " " if piece and made[-1] and not made[-1].endswith(" ") else ""
        made.append(words)
        return len(words)
    if piece[:1].isspace() and words and made[-1] and not made[-1].endswith(" "):
        words = " " + words
    if piece[-1:].isspace() and words:
        words += " "
    made.append(words)
    return len(words)


def paint_marked(painter: QPainter, rect: QRect, text: str, marks: Marks, font: QFont, lines: int) -> None:
    """Draw at most so many lines of the text, the last one elided: quiet, and in full ink what is marked."""
    t = theme.tokens()
    shown = _cut(text, font, max(1, rect.width()), lines)
    layout = QTextLayout(shown, font)
    ranges = []
    for low, high in marks:
        if low < len(shown):
            made = QTextLayout.FormatRange()
            made.start, made.length = low, min(high, len(shown)) - low
            style = QTextCharFormat()
            style.setBackground(color(t.activation[0], 0.6))
            style.setForeground(color(t.text))
            style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
            style.setUnderlineColor(color(t.accent))
            made.format = style
            ranges.append(made)
    layout.setFormats(ranges)
    layout.beginLayout()
    height = QFontMetrics(font).height()
    for number in range(lines):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(rect.width())
        line.setPosition(QPointF(0, number * height))
    layout.endLayout()
    painter.setPen(color(t.text_muted))
    layout.draw(painter, QPointF(rect.topLeft()))


def _cut(text: str, font: QFont, width: int, lines: int) -> str:
    """The text as far as so many lines of a width hold it, elided at its end."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    start = 0
    for _ in range(lines):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        start = line.textStart()
        end = start + line.textLength()
    else:
        if end < len(text):
            last = QFontMetrics(font).elidedText(text[start:], Qt.TextElideMode.ElideRight, width)
            text = text[:start] + last
    layout.endLayout()
    return text
