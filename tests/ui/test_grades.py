"""Grades are said in words, explained whole, and told apart without colour."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from saerch_desktop.features.label import GRADES, Detection, Grade, Label
from saerch_desktop.ui import theme
from saerch_desktop.ui.grades import (
    GradeChip,
    chip_size,
    grade_tip,
    grade_words,
    paint_grade,
    source_tip,
    source_words,
)


def label(auroc: float | None = 0.93, source: str = "phrases") -> Label:
    tested = None
    if auroc is not None:
        high = min(1.0, auroc + 0.04)
        tested = Detection(
            auroc=auroc, low=auroc - 0.05, high=high, positives=50, negatives=60, judge="MiniLM"
        )
    return Label(feature=3, text="discs", source=source, detection=tested)


def test_grade_in_words() -> None:
    assert grade_words(label()) == "B, very good"
    assert grade_words(label(None)) == "not tested"
    assert grade_words(None) == "no name"


def test_the_tip_says_what_was_measured_on_how_much_and_by_whom() -> None:
    tip = grade_tip(label())
    measured = ("93 of 100", ".88 to .97", "50 documents with it", "60 without", "MiniLM", "chance")
    for part in ("Grade B", *measured):
        assert part in tip
    assert "Not tested" in grade_tip(label(None))
    assert "no name" in grade_tip(None)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("human", "you"),
        ("human: phrases", "phrases of its documents, accepted by you"),
        ("phrases", "phrases of its documents"),
        ("llm: small-model", "small-model"),
        ("imported: labels.json", "an import (labels.json)"),
        ("carried: main", "the SAE “main”"),
        ("elsewhere", "elsewhere"),
    ],
)
def test_every_source_has_its_words(source: str, words: str) -> None:
    assert source_words(source) == words
    assert source in ("elsewhere",) or source_tip(source)


def drawn(grade: Grade, verified: bool, app: QApplication) -> QImage:
    image = QImage(chip_size(app.font()), QImage.Format.Format_RGB32)
    image.fill(QColor(theme.tokens().base))
    painter = QPainter(image)
    paint_grade(painter, QRect(0, 0, image.width(), image.height()), grade, app.font(), verified)
    painter.end()
    return image.convertToFormat(QImage.Format.Format_Grayscale8)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_chips_differ_without_colour(scheme: str, qapp: QApplication) -> None:
    theme.apply(qapp, scheme)
    images = [drawn(grade, verified, qapp) for grade in GRADES for verified in (False, True)]
    for place, image in enumerate(images):
        assert all(image != other for other in images[:place])
    theme.apply(qapp, "light")


def test_the_chip_speaks(qtbot) -> None:
    chip = GradeChip()
    qtbot.addWidget(chip)
    chip.set_label(label(0.97), verified=True)
    assert chip.grade == "A"
    assert chip.accessibleName() == "Grade: A, excellent, verified"
    assert "You verified this name." in chip.toolTip()
    small = chip.sizeHint()
    chip.setFont(theme.scaled(chip.font(), 2))
    assert chip.sizeHint().height() > 1.6 * small.height()
