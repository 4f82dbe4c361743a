"""Carrying names over: from which cosine on, how many that would be, and the question before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from saerch_desktop.features.carrying import LEAST, sources
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.confirm_dialog import Question
from saerch_desktop.ui.form_parts import describe, icon_button
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.workflow.comparing import CarryReport, Comparison


class CarryBar(QWidget):
    """At the foot of the window. `wished(least)`: the user pressed the button."""

    wished = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison: Comparison | None = None
        self.words = QLabel()
        theme.set_role(self.words, "muted")
        self.words.setWordWrap(True)
        self.words.setMinimumWidth(1)
        self._from = QLabel("from a cosine of")
        self.least = QDoubleSpinBox()
        self.least.setRange(0.5, 1.0)
        self.least.setSingleStep(0.05)
        self.least.setDecimals(2)
        self.least.setValue(LEAST)
        describe(
            self.least,
            "Lowest cosine of names carried over",
            "Only features whose directions are at least this alike hand on their name",
        )
        self._from.setBuddy(self.least)
        self.button = icon_button("Carry names over…", "", "right")
        self.least.valueChanged.connect(self._count)
        self.button.clicked.connect(lambda: self.wished.emit(self.least.value()))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * UNIT)
        layout.addWidget(self.words, 1)
        layout.addWidget(self._from)
        layout.addWidget(self.least)
        layout.addWidget(self.button)

    def set_comparison(self, comparison: Comparison | None) -> None:
        self._comparison = comparison
        self._count()

    def say(self, text: str) -> None:
        """What happened last."""
        self.words.setText(text)

    def _count(self) -> None:
        comparison = self._comparison
        count = 0 if comparison is None else named(comparison, self.least.value())[0]
        self.button.setEnabled(count > 0)
        if comparison is None:
            self.button.setToolTip("Nothing is compared yet")
            return
        left, right = comparison.left.sae.name, comparison.right.sae.name
        self.button.setToolTip(
            wording.tip(f"{wording.count(count)} names would go from “{left}” to “{right}”")
            if count
            else f"No named feature has one that is so alike; lower the cosine of {self.least.value():.2f}"
        )
        self.say(f"{wording.count(count)} features of “{right}” can take the name of one of “{left}”.")


def named(comparison: Comparison, least: float) -> tuple[int, int, int]:
    """How many names would be carried, how many of those the analyst gave, how many go one-to-one."""
    found, paired = sources(comparison.matching, least)
    labels = comparison.left.labels
    carried = [int(f) for f in np.flatnonzero(found >= 0) if labels.get(int(found[f])) is not None]
    own = sum(_human(comparison, int(found[feature])) for feature in carried)
    return len(carried), own, int(paired[carried].sum()) if carried else 0


def _human(comparison: Comparison, feature: int) -> bool:
    label = comparison.left.labels.get(feature)
    return label is not None and label.kind == "human"


def carry_question(comparison: Comparison, least: float) -> Question:
    """What carrying would do, before it is done."""
    count, own, paired = named(comparison, least)
    left, right = comparison.left.sae.name, comparison.right.sae.name
    return Question(
        title="Carry names over",
        text=f"Features of “{right}” take the names of those of “{left}” that are most like them. Each name "
        "is then tested here on documents held out, and says where it comes from. Names you gave in "
        f"“{right}” stay as they are.",
        facts=(
            ("Names", wording.count(count), "Features that have a partner with a name"),
            ("Given by you", wording.count(own), f"Carried as a claim that came from you, in “{left}”"),
            ("One-to-one", wording.count(paired), "By one-to-one match; the others by the nearest feature"),
            ("Cosine", f"at least {least:.2f}", "Of the two directions"),
        ),
        remarks=()
        if least >= LEAST - 1e-9
        else (f"Below a cosine of {LEAST:g} features often differ in what they find.",),
        yes="Carry over",
        yes_tip="Carry the names over and test them in the background",
    )


def report_words(done: CarryReport) -> str:
    """What came of it, in a line."""
    if not done.names:
        return "No name was carried over."
    graded = ", ".join(f"{grade} {count:,}" for grade, count in done.grades.items())
    return (
        f"{wording.count(len(done.names))} names carried over, shown for {wording.count(done.shown)}; grades "
        f"{graded}; median confidence {done.confidence:.2f}."
    )
