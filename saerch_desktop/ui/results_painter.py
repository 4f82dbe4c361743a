"""Paints the results' rows: rank arrows, contribution bars, keyword snippets with their hits marked.

One pass over the visible rows, column by column, with laid-out texts kept between frames: a delegate called
for every cell takes three times as long, and a slider's tick must reach the screen within 20 ms.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF, QStaticText

from saerch_desktop.search.preview import Mover
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.results_model import Column, ResultsModel
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.ui.tokens import Tokens

BAR, GAP = 2 * UNIT, 2
BARS_WIDTH = 4 * (BAR + GAP) + 4 * UNIT
SIDE = 2 * UNIT
_WORDS = 20 * UNIT  # room that a label beside the bars needs at least
_KEPT = 6000  # laid-out texts


def snippet_parts(snippet: str) -> Iterator[tuple[str, bool]]:
    """Pieces of a snippet, each with whether it is a hit."""
    for number, piece in enumerate(" ".join(snippet.split()).split("\x02")):
        hit, found, rest = piece.partition("\x03") if number else ("", "", piece)
        if found:
            yield hit, True
            piece = rest
        if piece:
            yield piece, False


def ghost_text(ghost: Mover) -> str:
    """The arrow and the place that a document would take."""
    if not ghost.then:
        return f"{wording.arrow(-1)} out"
    return f"{wording.arrow(1 if ghost.up else -1)} {ghost.then:,}"


class _Face:
    """A font with its laid-out texts."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetrics(font)
        self.height = self.metrics.height()
        self._texts: dict[tuple[str, int], tuple[QStaticText, int]] = {}

    def text(self, text: str, room: int) -> tuple[QStaticText, int]:
        """The text elided to `room` pixels (0: not at all), and its width."""
        key = (text, room)
        found = self._texts.get(key)
        if found is None:
            if len(self._texts) >= _KEPT:
                self._texts.clear()
            shown = self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, room) if room else text
            laid = QStaticText(shown)
            laid.setTextFormat(Qt.TextFormat.PlainText)
            laid.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            found = self._texts[key] = (laid, self.metrics.horizontalAdvance(shown))
        return found


class ResultsPainter:
    """Draws rows of a `ResultsModel` into given columns; knows nothing of the view."""

    def __init__(self, model: ResultsModel) -> None:
        self._model = model
        self._font_key = ""
        self._colours: tuple[Tokens, dict[str, QColor]] | None = None

    def _prepare(self, font: QFont) -> dict[str, QColor]:
        if font.key() != self._font_key:
            self._font_key = font.key()
            self._plain = _Face(font)
            self._figures = _Face(theme.figures(font))
            self._strong = _Face(theme.scaled(font, 1.0, QFont.Weight.DemiBold))
        t = theme.tokens()
        if self._colours is None or self._colours[0] is not t:
            names = ("base", "text", "text_muted", "up", "down", "up_bar", "down_bar", "neutral", "outline",
                     "selection", "hover", "accent")  # fmt: skip
            made = {name: QColor(getattr(t, name)) for name in names}
            made["part"], made["hit"] = QColor(t.activation[3]), QColor(t.activation[0])
            self._colours = (t, made)
        return self._colours[1]

    def paint(
        self,
        painter: QPainter,
        font: QFont,
        columns: list[tuple[Column, int, int]],
        rows: list[tuple[int, int]],
        height: int,
        width: int,
        chosen: int,
        hovered: int,
        selected: Container[int] = (),
    ) -> None:
        """columns: (column, left, width); rows: (place, top); chosen, hovered: places, −1 for none; selected:
        places.
        """
        ink = self._prepare(font)
        for place, top in rows:
            if place == chosen or place in selected:
                painter.fillRect(0, top, width, height, ink["selection"])
                if place == chosen:
                    painter.fillRect(0, top, 3, height, ink["accent"])
            elif place == hovered:
                painter.fillRect(0, top, width, height, ink["hover"])
        for column, left, wide in columns:
            if column == Column.WHY:
                self._paint_why(painter, ink, left + SIDE, wide - 2 * SIDE, rows, height)
            elif column == Column.TITLE and self._model.worded:
                self._paint_hits(painter, ink, left + SIDE, wide - 2 * SIDE, rows, height)
            elif column in (Column.RANK, Column.CHANGE, Column.SCORE):
                self._paint_figures(painter, ink, column, left + wide - SIDE, rows, height)
            else:
                self._paint_words(painter, ink, column, left + SIDE, wide - 2 * SIDE, rows, height)
            if column == Column.RANK:
                self._paint_marks(painter, ink, rows, height, chosen, selected)
            elif column == Column.TITLE and self._model.previewing:
                self._paint_ghosts(painter, ink, left + wide - SIDE, rows, height)

    def _paint_marks(
        self,
        painter: QPainter,
        ink: dict[str, QColor],
        rows: list[tuple[int, int]],
        height: int,
        chosen: int,
        selected: Container[int],
    ) -> None:
        """A diamond before documents that are selected elsewhere; here the whole row says so."""
        for place, top in rows:
            if place != chosen and place not in selected and self._model.is_marked(place):
                x, y, reach = 2 * UNIT, top + height / 2, UNIT
                corners = [QPointF(x - reach, y), QPointF(x, y - reach)]
                corners += [QPointF(x + reach, y), QPointF(x, y + reach)]
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(ink["accent"])
                painter.drawPolygon(QPolygonF(corners))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_ghosts(
        self, painter: QPainter, ink: dict[str, QColor], right: int, rows: list[tuple[int, int]], height: int
    ) -> None:
        """Where documents would go: a broken frame, so that it is not taken for what is in force."""
        face = self._figures
        painter.setFont(face.font)
        for place, top in rows:
            ghost = self._model.painted_ghost(place)
            if ghost is None:
                continue
            colour = ink["up" if ghost.up else "down"]
            laid, wide = face.text(ghost_text(ghost), 0)
            # It ends where the titles end, or the last letters would look out behind it.
            frame = QRectF(right - wide - SIDE, top + (height - face.height) / 2, wide + SIDE, face.height)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(ink["base"])
            painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(frame, UNIT, UNIT)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawStaticText(QPointF(frame.left() + SIDE / 2, frame.top()), laid)

    def _paint_figures(
        self,
        painter: QPainter,
        ink: dict[str, QColor],
        column: Column,
        right: int,
        rows: list[tuple[int, int]],
        height: int,
    ) -> None:
        face, model = self._figures, self._model
        painter.setFont(face.font)
        painter.setPen(ink["text"] if column == Column.SCORE else ink["text_muted"])
        down = (height - face.height) / 2
        for place, top in rows:
            if column == Column.CHANGE:
                moved = model.moved(place)
                painter.setPen(ink["up" if moved > 0 else "down" if moved < 0 else "text_muted"])
            laid, wide = face.text(model.text(place, column), 0)
            painter.drawStaticText(QPointF(right - wide, top + down), laid)

    def _paint_words(
        self,
        painter: QPainter,
        ink: dict[str, QColor],
        column: Column,
        left: int,
        room: int,
        rows: list[tuple[int, int]],
        height: int,
    ) -> None:
        face = self._figures if column == Column.DATE else self._plain
        painter.setFont(face.font)
        painter.setPen(ink["text"] if column == Column.TITLE else ink["text_muted"])
        down = (height - face.height) / 2
        for place, top in rows:
            laid, _ = face.text(self._model.text(place, column), max(1, room))
            painter.drawStaticText(QPointF(left, top + down), laid)

    def _paint_why(
        self,
        painter: QPainter,
        ink: dict[str, QColor],
        left: int,
        room: int,
        rows: list[tuple[int, int]],
        height: int,
    ) -> None:
        model, full = self._model, self._model.full_bar
        if not full:
            return
        high = height - 2 * UNIT
        reach = high / 2 if model.steered else high
        words = room - (BARS_WIDTH - SIDE)
        face = self._plain
        painter.setFont(face.font)
        painter.setPen(ink["text_muted"])
        for place, top in rows:
            bars = model.bars(place)
            base = top + height / 2 if model.steered else top + height - UNIT
            if model.steered and bars:
                painter.fillRect(QRectF(left, base - 0.5, 4 * (BAR + GAP) - GAP, 1), ink["outline"])
            for number, bar in enumerate(bars):
                share = max(-1.0, min(1.0, bar.value / full))
                size = max(1.0, abs(share) * reach)
                if model.steered:
                    name, start = ("up_bar", base - size) if share > 0 else ("down_bar", base)
                else:
                    name, start = ("part" if share > 0 else "neutral"), base - size
                painter.fillRect(QRectF(left + number * (BAR + GAP), start, BAR, size), ink[name])
            if bars and words >= _WORDS:
                laid, _ = face.text(bars[0].label, words)
                painter.drawStaticText(
                    QPointF(left + BARS_WIDTH - SIDE, top + (height - face.height) / 2), laid
                )

    def _paint_hits(
        self,
        painter: QPainter,
        ink: dict[str, QColor],
        left: int,
        room: int,
        rows: list[tuple[int, int]],
        height: int,
    ) -> None:
        plain, strong = self._plain, self._strong
        for place, top in rows:
            line = top + (height - 2 * plain.height) // 2
            painter.setFont(plain.font)
            painter.setPen(ink["text"])
            painter.drawStaticText(
                QPointF(left, line), plain.text(self._model.text(place, Column.TITLE), room)[0]
            )
            line, x = line + plain.height, left
            for piece, hit in snippet_parts(self._model.snippet(place)):
                face = strong if hit else plain
                rest = left + room - x
                if rest < 2 * UNIT:
                    break
                laid, wide = face.text(piece, rest)
                if hit:
                    painter.fillRect(QRect(x, line, wide, face.height), ink["hit"])
                painter.setFont(face.font)
                painter.setPen(ink["text" if hit else "text_muted"])
                painter.drawStaticText(QPointF(x, line), laid)
                x += wide
                if laid.text() != piece:
                    break
