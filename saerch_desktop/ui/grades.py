"""How the trust in a name is said and drawn, alike in every pane: the grade's letter, its words, its chip."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from saerch_desktop.features.families.family import FamilyName
from saerch_desktop.features.label import Detection, Grade, Label
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.theme import UNIT, color

Claim = Label | FamilyName
"""A name and what it rests on."""

_WORDS: Final[dict[Grade, str]] = {
    "A": "excellent",
    "B": "very good",
    "C": "good",
    "D": "fair",
    "E": "weak",
    "F": "failed its test",
    "?": "not tested",
}
_FULL: Final[frozenset[Grade]] = frozenset({"A", "B"})  # drawn as a filled tile
_HALF: Final[frozenset[Grade]] = frozenset({"C", "D"})  # drawn as an outlined tile; the others are dashed


def grade_of(label: Claim | None) -> Grade:
    """The letter; "?" for a feature without a name."""
    return label.grade if label is not None else "?"


def grade_words(label: Claim | None) -> str:
    """Letter and word: "B, very good"; without a letter "not tested" or "no name"."""
    if label is None:
        return "no name"
    return _WORDS["?"] if label.grade == "?" else f"{label.grade}, {_WORDS[label.grade]}"


def source_words(source: str) -> str:
    """Who gave a name, in words that follow "named by"."""
    kind, _, what = source.partition(":")
    what = what.strip()
    if kind == "human":
        return f"{source_words(what)}, accepted by you" if what else "you"
    if kind == "phrases":
        return "phrases of its documents"
    if kind == "members":
        return "the names and documents of its features"
    if kind == "llm":
        return what or "a language model"
    if kind == "imported":
        return f"an import ({what})" if what else "an import"
    if kind == "carried":
        return f"the SAE “{what}”" if what else "another SAE"
    return source


def source_tip(source: str) -> str:
    """What stands behind a source, in a sentence."""
    kind = source.partition(":")[0]
    return {
        "human": "You gave this name. It wins over every other, and nothing computed replaces it.",
        "phrases": "Found on this computer: the phrase that sets documents with the feature apart from "
        "similar ones without it.",
        "llm": "A language model read documents with and without the feature and wrote this name.",
        "imported": "The name came with a file from another program.",
        "carried": "The name of the most similar feature of another SAE.",
    }.get(kind, "")


def detection_words(detection: Detection) -> str:
    """The test in one line: "93 of 100 (88 to 97), 50 + 50 documents"."""
    return (
        f"{_hundred(detection.auroc)} of 100 ({_hundred(detection.low)} to {_hundred(detection.high)}), "
        f"{detection.positives:,} + {detection.negatives:,} documents"
    )


def detection_tip(detection: Detection) -> str:
    """What the test's figures mean."""
    judge = f", judged by {detection.judge}" if detection.judge else ""
    return (
        f"In {_hundred(detection.auroc)} of 100 draws the name ranks a held-out document with the feature "
        f"above a similar one without it; 50 would be chance. (AUROC {_fraction(detection.auroc)}, 95 % "
        f"interval {_fraction(detection.low)} to {_fraction(detection.high)}; {detection.positives:,} "
        f"documents with it, {detection.negatives:,} without{judge}.)"
    )


def grade_tip(label: Claim | None) -> str:
    """Grade and source of a name, and what they mean."""
    if label is None:
        return "This feature has no name yet."
    named = f"Named by {source_words(label.source)}."
    if label.detection is None:
        return f"{named}\nNot tested: whether this name finds the feature’s documents is not known."
    words = _WORDS[label.grade]
    return f"{named}\nGrade {label.grade}, {words}. {detection_tip(label.detection)}"


def _hundred(share: float) -> str:
    return str(round(100 * share))


def _fraction(share: float) -> str:
    return f"{share:.2f}".removeprefix("0")


# Drawing -------------------------------------------------------------------------------------------------


def chip_size(font: QFont) -> QSize:
    """The room that one chip takes, at any text size."""
    side = QFontMetrics(font).height() + 2
    return QSize(side * 3 // 2, side)


def paint_grade(
    painter: QPainter, rect: QRect, grade: Grade, font: QFont, verified: bool = False, enabled: bool = True
) -> None:
    """Draw the chip in the middle of `rect`; for delegates.

    The letter says the grade, the tile's edge says it again (filled for A and B, a line for C and D, dashes
    for the rest), and a tick beside it says that the analyst accepted the name.
    """
    t = theme.tokens()
    tile = QRectF(0, 0, chip_size(font).width(), chip_size(font).height())
    tile.moveCenter(QRectF(rect).center())
    tile.adjust(0.5, 0.5, -0.5, -0.5)
    full = grade in _FULL and enabled
    edge = t.accent if full else t.outline if grade in _HALF else t.text_muted
    pen = QPen(color(edge if enabled else t.text_disabled), 1.25)
    if grade not in _FULL | _HALF:
        pen.setDashPattern([2.0, 2.0])
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
    painter.setBrush(color(t.accent) if full else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(tile, UNIT, UNIT)
    painter.setFont(theme.scaled(font, 0.95, QFont.Weight.DemiBold))
    painter.setPen(color(t.on_accent if full else t.text if enabled else t.text_disabled))
    letter = tile.adjusted(0, 0, -0.3 * tile.width(), 0) if verified else tile
    painter.drawText(letter, Qt.AlignmentFlag.AlignCenter, grade)
    if verified:
        _paint_tick(painter, tile, t.on_accent if full else t.accent)
    painter.restore()


def _paint_tick(painter: QPainter, tile: QRectF, ink: str) -> None:
    """A small tick beside the letter."""
    pen = QPen(color(ink), 1.5)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    unit = tile.height() / 16
    low = QPointF(tile.right() - 6.6 * unit, tile.center().y() + 2.6 * unit)
    painter.drawPolyline([low + QPointF(-2.2, -2.4) * unit, low, low + QPointF(3.8, -5.4) * unit])


class GradeChip(QWidget):
    """One name's grade as a widget, with the whole story in its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grade: Grade = "?"
        self._verified = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.notifier.changed.connect(self.update)
        self.set_label(None)

    def set_label(self, label: Claim | None, verified: bool = False) -> None:
        """Show the grade of a name; verified: the analyst accepted it."""
        self._grade, self._verified = grade_of(label), verified
        accepted = "\nYou verified this name." if verified else ""
        self.setToolTip(wording.tip(grade_tip(label) + accepted))
        self.setAccessibleName(f"Grade: {grade_words(label)}" + (", verified" if verified else ""))
        self.setAccessibleDescription(grade_tip(label))
        self.update()

    @property
    def grade(self) -> Grade:
        return self._grade

    def sizeHint(self) -> QSize:
        return chip_size(self.font())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_grade(painter, self.rect(), self._grade, self.font(), self._verified, self.isEnabled())
        painter.end()
