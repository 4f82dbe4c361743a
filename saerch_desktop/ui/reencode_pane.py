"""What the SAE says of the steered query: read back, made to stick, and beside a rewrite."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.errors import UserError
from saerch_desktop.search.reencode import Reencoding, Stuck
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.explain_message import Message
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.reencode_curve import StepCurve
from saerch_desktop.ui.reencode_desk import Rewritten
from saerch_desktop.ui.reencode_table import Label, SpokenTable
from saerch_desktop.ui.rewrite_tab import RewriteTab
from saerch_desktop.ui.theme import UNIT

_ERROR_TIP = (
    "Error: the squared difference of the code read back and the one asked for, over the square of the one "
    "asked for. Decoding a changed code and encoding it again does not give the same code back: other "
    "features come up, and those that were moved are read differently."
)
READ, STICK, REWRITE = range(3)


class ReencodePane(QWidget):
    """`seen`: whether the pane is seen. Everything else asks for something of its tab."""

    seen = Signal(bool)
    stick_asked = Signal()
    stick_used = Signal()
    feature_walked = Signal(int)
    feature_opened = Signal(int)

    def __init__(self, label: Label, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("What the SAE says")
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setToolTip(wording.tip(_ERROR_TIP))
        theme.set_role(self.about, "muted")
        self.table = SpokenTable(label)
        self.table.walked.connect(self.feature_walked)
        self.table.opened.connect(self.feature_opened)
        self.rewrite = RewriteTab()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self._read_page(), "Read back")
        self.tabs.addTab(self._stick_page(), "Make it stick")
        self.tabs.addTab(self.rewrite, "Rewrite")
        self.tabs.setTabToolTip(READ, "The features asked for beside those that the SAE reads")
        self.tabs.setTabToolTip(STICK, "A query near yours in which the features are as active as asked for")
        self.tabs.setTabToolTip(REWRITE, "The query in other words, by a language model, to compare with")
        self.tabs.setAccessibleName("What the SAE says")
        self._empty = EmptyState(
            "feature",
            "Nothing to read back",
            "Search by meaning and move some sliders: here you see how the features read the query "
            "that comes of it.",
            "Go to the query",
            "Type a new query",
            does="find",
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.tabs)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.setFocusProxy(self.table)
        self._busy = False
        self.forget()

    def _read_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(3 * UNIT, 2 * UNIT, 3 * UNIT, 2 * UNIT)
        layout.setSpacing(UNIT)
        layout.addWidget(self.about)
        layout.addWidget(self.table, 1)
        return page

    def _stick_page(self) -> QWidget:
        self.go = QPushButton("Make it stick")
        tip = "Look for a query near the steered one in which the SAE reads what the sliders ask for"
        describe(self.go, "Make the steering stick", tip)
        self.go.clicked.connect(self.stick_asked)
        self.use = QPushButton("Add as a slider")
        tip = "Add the step from the steered query to the one found as a slider; can be undone"
        describe(self.use, "Add the step as a slider", tip)
        self.use.clicked.connect(self.stick_used)
        self.found = Message("What was found")
        self.curve = StepCurve()
        page = QWidget()
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.go)
        row.addWidget(self.use)
        row.addStretch(1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(3 * UNIT, 2 * UNIT, 3 * UNIT, 2 * UNIT)
        layout.setSpacing(UNIT)
        layout.addLayout(row)
        layout.addWidget(self.found)
        layout.addWidget(self.curve, 1)
        return page

    # What is shown ---------------------------------------------------------------------------------------

    def show_read(self, found: Reencoding | None) -> None:
        """What the SAE says of the steered query; None: there is none."""
        self._stack.setCurrentIndex(0 if found is None else 1)
        if found is None:
            self.table.show_rows(())
            return
        self.about.setText(in_words(found))
        self.table.show_rows(found.spoken)

    def show_stuck(self, stuck: Stuck) -> None:
        """A vector near the steered one, and the way to it."""
        self.found.say(stuck_in_words(stuck))
        self.curve.set_curve(stuck.curve, stuck.best)
        self.curve.show()
        self.use.setEnabled(stuck.blend() is not None)

    def show_rewritten(self, found: Rewritten) -> None:
        self.rewrite.show_rewritten(found)

    def show_trouble(self, error: UserError, what: str) -> None:
        """Why there is no answer; what: "stick" or "rewrite"."""
        (self.found if what == "stick" else self.rewrite.message).trouble(error)

    def set_busy(self, what: str, busy: bool) -> None:
        if what == "rewrite":
            self.rewrite.set_busy(busy)
            return
        self.go.setEnabled(not busy)
        self.found.say("Looking for it …" if busy else "")
        self.use.setEnabled(False)

    def forget(self) -> None:
        """The steering has changed: answers about the former one are of no use."""
        self.found.say("")
        self.curve.hide()
        self.use.setEnabled(False)
        self.rewrite.set_stale()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen.emit(False)


def in_words(found: Reencoding) -> str:
    """The reading in a line."""
    said = [f"Read back with an error of {wording.share(found.nmse)}"]
    if found.gained:
        said.append(f"{_features(len(found.gained))} came up without being asked for")
    if found.lost:
        said.append(f"{_features(len(found.lost))} asked for did not")
    if found.unsaid:
        said.append(f"{_features(found.unsaid)} asked for are more than can be active at a time")
    return " · ".join(said)


def stuck_in_words(stuck: Stuck) -> str:
    """What was found, in a line."""
    if stuck.blend() is None:
        return "The SAE reads the steered query as the sliders ask: there is nothing to add."
    before, after = wording.share(stuck.before.nmse), wording.share(stuck.after.nmse)
    steps = "1 step" if stuck.best == 1 else f"{stuck.best} steps"
    return (
        f"Error {before} before, {after} after {steps} · cosine to your query {stuck.to_query:.3f}, "
        f"to the steered one {stuck.to_steered:.3f}"
    )


def _features(count: int) -> str:
    return "1 feature" if count == 1 else f"{count:,} features"
