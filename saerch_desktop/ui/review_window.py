"""The window of the review: a feature's name and its rivals beside the examples they are judged by."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.features.review import MOST_CANDIDATES, ORDERS, Order, in_words
from saerch_desktop.ui import grades, theme, wording
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.form_parts import describe, heading
from saerch_desktop.ui.review_desk import LATEST, ReviewDesk
from saerch_desktop.ui.review_evidence import EvidenceView
from saerch_desktop.ui.review_lists import LineList, candidate_lines, decision_lines
from saerch_desktop.ui.theme import UNIT

_ORDER_WORDS: dict[Order, str] = {
    "impact × doubt": "Most to gain first",
    "impact": "Most used first",
    "doubt": "Most doubtful first",
    "number": "By number",
}
_ORDER_TIP = (
    "Most to gain first: features that carry much of all activation and whose names are doubtful "
    "(impact × doubt). Flagged features always come first"
)
# id, words, key, icon, tip
_VERDICTS = (
    ("accept", "Accept", "A", "check", "The name fits: keep it, whatever is computed later"),
    ("edit", "Edit…", "E", "edit", "Give the feature a name of your own"),
    ("reject", "Reject", "X", "reject", "The name does not fit: never show it again"),
    ("skip", "Pass over", "Space", "forward", "Decide later: the feature comes again at the end"),
    ("flag", "Flag", "F", "flag", "Mark the feature to come back to it first; press again to unmark"),
    ("undo", "Take back", "Backspace", "back", "Undo the last decision and show its feature"),
)


class ReviewWindow(QWidget):
    """`document_chosen`: an example to read whole. `closed`: it was put away; the queue keeps its place."""

    document_chosen = Signal(int)
    closed = Signal()

    def __init__(self, desk: ReviewDesk, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("review")
        self.setWindowTitle("Review names")
        self.setMinimumSize(190 * UNIT, 130 * UNIT)
        self.resize(theme.units(290), theme.units(190))
        self.desk = desk
        self._page = QWidget()
        self._end = EmptyState("check", "", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._page)
        self._stack.addWidget(self._end)
        self.evidence = EvidenceView()
        self.evidence.document_chosen.connect(self.document_chosen)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setObjectName("review-halves")
        halves.setChildrenCollapsible(False)
        halves.addWidget(self._make_left())
        halves.addWidget(self.evidence)
        halves.setStretchFactor(0, 4)
        halves.setStretchFactor(1, 5)
        halves.setSizes([4000, 5000])  # shares: more than there is
        inside = QVBoxLayout(self._page)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(halves)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * UNIT, 3 * UNIT, 4 * UNIT, 4 * UNIT)
        layout.setSpacing(3 * UNIT)
        layout.addLayout(self._make_head())
        layout.addWidget(self._stack, 1)
        self._bind_keys()
        desk.moved.connect(self._show)
        desk.evidence_ready.connect(self._show_evidence)
        desk.said.connect(self._say)
        self._show()
        self.candidates.setFocus(Qt.FocusReason.OtherFocusReason)  # else Space would open the orders

    # Building --------------------------------------------------------------------------------------------

    def _make_head(self) -> QHBoxLayout:
        self.progress = QLabel()
        theme.set_role(self.progress, "figure")
        self.progress.setToolTip("Names settled, of all features in use, and your pace over the last twenty")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(UNIT)
        self._bar.setAccessibleName("Names settled")
        self.order = QComboBox()
        for order in ORDERS:
            self.order.addItem(_ORDER_WORDS[order], order)
        describe(self.order, "Order of the features", _ORDER_TIP)
        self.order.activated.connect(self._reorder)
        row = QHBoxLayout()
        row.setSpacing(3 * UNIT)
        row.addWidget(self.progress)
        row.addWidget(self._bar, 1)
        row.addWidget(self.order)
        return row

    def _make_left(self) -> QWidget:
        self.name = QLabel()
        theme.set_role(self.name, "title")
        self.name.setWordWrap(True)
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.chip = grades.GradeChip()
        self.line = QLineEdit()
        self.line.setMaxLength(300)
        self.line.setPlaceholderText("A name for this feature")
        describe(self.line, "Name of the feature", "Enter keeps the name, Esc leaves the former one")
        self.line.returnPressed.connect(self._typed)
        self.line.installEventFilter(self)
        self._names = QStackedWidget()
        self._names.addWidget(self.name)
        self._names.addWidget(self.line)
        top = QHBoxLayout()
        top.setSpacing(3 * UNIT)
        top.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self._names, 1)
        self.facts = QLabel()
        self.grounds = QLabel()
        for label in (self.facts, self.grounds):
            theme.set_role(label, "muted")
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.candidates = LineList("Names to choose from", "Press a number, or click, to take a name")
        self.candidates.chosen.connect(self.desk.choose)
        self.latest = LineList("Last decisions", "Click to look at a feature again")
        self.latest.chosen.connect(self.desk.visit)
        for lines, least, most in ((self.candidates, 3, MOST_CANDIDATES), (self.latest, 2, LATEST)):
            theme.sized(lines, partial(LineList.keep_between, least=least, most=most))
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setAccessibleName("Message")
        left = QWidget()
        layout = QVBoxLayout(left)
        layout.setContentsMargins(0, 0, 2 * UNIT, 0)
        layout.setSpacing(2 * UNIT)
        layout.addLayout(top)
        layout.addWidget(self.facts)
        layout.addWidget(self.grounds)
        layout.addLayout(self._make_buttons())
        layout.addWidget(self.hint)
        layout.addWidget(heading("Names to choose from"))
        layout.addWidget(self.candidates, 3)
        layout.addWidget(heading("Last decisions"))
        layout.addWidget(self.latest, 2)
        layout.addStretch(1)
        return left

    def _make_buttons(self) -> QGridLayout:
        self.buttons: dict[str, QPushButton] = {}
        grid = QGridLayout()
        grid.setSpacing(UNIT)
        for place, (name, words, key, icon, tip) in enumerate(_VERDICTS):
            shown = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
            button = QPushButton(f"{words}  {shown}")
            theme.set_icon(button, icon)
            describe(button, words.rstrip("…"), f"{tip} ({shown})")
            button.clicked.connect(getattr(self, f"_{name}"))
            self.buttons[name] = button
            grid.addWidget(button, place // 3, place % 3)
        self.buttons["flag"].setCheckable(True)
        return grid

    def _bind_keys(self) -> None:
        for name, _, key, _, _ in _VERDICTS:
            slot = self._space if name == "skip" else getattr(self, f"_{name}")
            QShortcut(QKeySequence(key), self, slot)
        QShortcut(QKeySequence.StandardKey.Undo, self, self._undo)
        for number in range(1, 10):
            QShortcut(QKeySequence(str(number)), self, lambda n=number: self.desk.choose(n))
        QShortcut(QKeySequence("Esc"), self, self.close)
        QShortcut(QKeySequence("Ctrl+W"), self, self.close)

    # Verdicts --------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        self.desk.accept()

    def _edit(self) -> None:
        if self.desk.feature is None:
            return
        label = self.desk.label
        self.line.setText(label.text if label is not None else "")
        self.line.selectAll()
        self._names.setCurrentWidget(self.line)
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._say("Enter keeps the name, Esc leaves the former one.")

    def _reject(self) -> None:
        self.desk.reject()

    def _skip(self) -> None:
        self.desk.skip()

    def _flag(self) -> None:
        self.desk.flag()

    def _undo(self) -> None:
        self.desk.undo()

    def _space(self) -> None:
        """Space presses the control that has the focus, as everywhere; else it passes the feature over."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QAbstractButton) and self.isAncestorOf(focus):
            focus.click()
        elif isinstance(focus, QComboBox):
            focus.showPopup()
        else:
            self.desk.skip()

    def _typed(self) -> None:
        text = self.line.text()
        if text.strip():
            self._leave_line()
        self.desk.name(text)

    def _leave_line(self) -> None:
        self._names.setCurrentWidget(self.name)
        self._say("")
        self.candidates.setFocus(Qt.FocusReason.OtherFocusReason)

    def _reorder(self) -> None:
        self.desk.put_in_order(self.order.currentData())
        self.candidates.setFocus(Qt.FocusReason.OtherFocusReason)

    # What is shown ---------------------------------------------------------------------------------------

    def _show(self) -> None:
        desk = self.desk
        done, total, pace = desk.progress
        self.progress.setText(in_words(done, total, pace))
        self._bar.setMaximum(max(1, total))
        self._bar.setValue(done)
        self.order.setCurrentIndex(self.order.findData(desk.order))
        self._stack.setCurrentWidget(self._end if desk.feature is None else self._page)
        if self._names.currentWidget() is self.line:
            self._leave_line()
        self._say("")
        if desk.feature is None:
            self._end.set_texts(
                "Every name has been looked at" if total else "There is nothing to review",
                "Backspace takes the last decision back. New names come here when features are named anew."
                if total
                else "Open a library with trained features; their names come here.",
            )
            return
        self._show_name()
        self.candidates.show_lines(candidate_lines(desk.candidates))
        self.latest.show_lines(decision_lines(desk.latest, desk.verified))
        self._show_evidence()

    def _show_name(self) -> None:
        desk, label, mark = self.desk, self.desk.label, self.desk.mark
        assert mark is not None
        text = label.text if label is not None else f"#{desk.feature}, without a name"
        self.name.setText(text)
        self.name.setAccessibleName(f"Name: {text}")
        self.chip.set_label(label, mark.verified)
        self.buttons["flag"].setChecked(mark.flagged)
        for name in ("accept", "reject"):
            self.buttons[name].setEnabled(label is not None)
        if label is None:
            self.grounds.setText("No source has a name for it")
        else:
            tested = grades.detection_words(label.detection) if label.detection is not None else "not tested"
            self.grounds.setText(f"Named by {grades.source_words(label.source)} · {tested}")
        self.grounds.setToolTip(wording.tip(grades.grade_tip(label)))

    def _show_evidence(self) -> None:
        desk = self.desk
        if desk.feature is None:
            return
        evidence = desk.evidence
        flagged = " · flagged" if desk.mark is not None and desk.mark.flagged else ""
        if evidence is None:
            self.facts.setText(f"#{desk.feature}{flagged}")
        else:
            card = evidence.card
            self.facts.setText(
                f"#{desk.feature} · active in {wording.share(card.density)} of documents "
                f"({wording.count(card.count)}) · strongest {wording.activation(card.maximum)}{flagged}"
            )
        self.evidence.show_evidence(evidence)

    def _say(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    # Events ----------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc leaves the line, not the window."""
        kind = event.type()
        if watched is self.line and kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                event.accept()  # so that the key reaches the line and not the shortcut
                if kind == QEvent.Type.KeyPress:
                    self._leave_line()
                return True
        return super().eventFilter(watched, event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)
