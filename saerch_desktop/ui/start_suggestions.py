"""Suggested edits beneath the query, to be taken one by one or all at once, and the plain difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from saerch_desktop.ui import wording
from saerch_desktop.ui.chips import FlowLayout
from saerch_desktop.ui.form_parts import describe, tool
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.search.suggest import Suggestion
    from saerch_desktop.ui.controller_search import Suggested

_WIDEST = 40  # letters of a label
_SURE = 0.05


class SuggestionStrip(QFrame):
    """Hidden until something is suggested. Arrows and signs tell raising from lowering."""

    taken = Signal(object)  # tuple[Suggestion, ...]
    plain_taken = Signal(object)  # search.blends.Blend

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName("Suggested edits")
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.all = QPushButton("Take all")
        describe(self.all, "Take all suggestions", "Move all of these sliders: one step of undo")
        self.all.clicked.connect(self._take_all)
        self.plain = QPushButton("Plain difference")
        describe(
            self.plain,
            "Plain difference of the means",
            "For comparison: one slider along the mean of the one set less the mean of the other,"
            " without asking the features",
        )
        self.plain.clicked.connect(self._take_plain)
        self.close_button = tool("close", "Put the suggestions away", "Put the suggestions away")
        self.close_button.clicked.connect(self.hide)
        self.buttons: list[QPushButton] = []
        self._found: Suggested | None = None
        self._left: list[Suggestion] = []
        self._row = QWidget()
        self._flow = FlowLayout(self._row)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._row.setSizePolicy(policy)
        top = QHBoxLayout()
        top.setSpacing(2 * UNIT)
        top.addWidget(self.title, 1)
        top.addWidget(self.all)
        top.addWidget(self.plain)
        top.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        layout.setSpacing(UNIT)
        layout.addLayout(top)
        layout.addWidget(self._row)
        self.hide()

    def show_suggestions(self, found: Suggested, label: Callable[[int], str]) -> None:
        """What sets one set apart from the other."""
        self._found, self._left = found, list(found.edits)
        many = len(found.edits)
        if many:
            said = f"From “{found.against}” towards “{found.about}”:"
        else:
            said = f"No feature sets “{found.about}” apart from “{found.against}”."
        self.title.setText(said)
        self.title.setAccessibleName(said)
        while len(self.buttons) < many:
            button = QPushButton()
            button.setProperty("chip", True)
            self.buttons.append(button)
            self._flow.addWidget(button)
            button.clicked.connect(lambda _=False, b=button: self._take(b))
        for place, button in enumerate(self.buttons):
            button.setVisible(place < many)
            if place < many:
                one = found.edits[place]
                button.setProperty("place", place)
                button.setEnabled(True)
                self._name(button, one, label(one.feature))
        self.all.setVisible(many > 0)
        self.all.setEnabled(many > 0)
        self.plain.setVisible(found.plain is not None)
        self.plain.setEnabled(found.plain is not None)
        self._row.setVisible(many > 0)
        self._flow.invalidate()
        self.show()

    def forget(self) -> None:
        """Nothing is suggested any longer."""
        self._found, self._left = None, []
        self.hide()

    def _name(self, button: QPushButton, one: Suggestion, label: str) -> None:
        brief = label if len(label) <= _WIDEST else f"{label[: _WIDEST - 1]}…"
        way = "raise" if one.delta > 0 else "lower"
        button.setText(f"{wording.arrow(one.delta)} {brief}  {wording.signed(one.delta)}".replace("&", "&&"))
        sure = f"false discovery rate {one.q:.2g}" if one.q <= _SURE else "too few documents to be sure"
        tip = (
            f"{label} (#{one.feature})\nActive in {wording.share(one.rate_a)} here,"
            f" in {wording.share(one.rate_b)} there; {sure}\nPress to {way} it by {abs(one.delta):.2f}"
        )
        describe(button, f"{way.capitalize()} {label} by {abs(one.delta):.2f}", wording.tip(tip))

    def _take(self, button: QPushButton) -> None:
        if self._found is not None:
            one = self._found.edits[button.property("place")]
            button.setEnabled(False)
            self._left.remove(one)
            self.all.setEnabled(bool(self._left))
            self.taken.emit((one,))

    def _take_all(self) -> None:
        left, self._left = tuple(self._left), []
        for button in self.buttons:
            button.setEnabled(False)
        self.all.setEnabled(False)
        self.taken.emit(left)

    def _take_plain(self) -> None:
        if self._found is not None and self._found.plain is not None:
            self.plain.setEnabled(False)
            self.plain_taken.emit(self._found.plain)
