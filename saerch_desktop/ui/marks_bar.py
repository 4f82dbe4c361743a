"""The line above a text that is read: which marks are shown, how many, and the way from one to the next."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.document_marks import Marked, Target
from saerch_desktop.ui.feature_sections import Flow
from saerch_desktop.ui.form_parts import describe, tool
from saerch_desktop.ui.keymap import keymap
from saerch_desktop.ui.theme import UNIT

_WIDEST: Final = 40 * UNIT


class _ElidedCombo(QComboBox):
    """Says with an ellipsis that its choice goes on; Qt's own cuts it off."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        style = QStyle.ComplexControl.CC_ComboBox
        room = self.style().subControlRect(style, option, QStyle.SubControl.SC_ComboBoxEditField, self)
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, room.width() - UNIT
        )
        painter.drawComplexControl(style, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()


class MarksBar(QWidget):
    """`shown_changed`: a kind of marks was switched on or off; `target_chosen(key)`; `stepped(±1)`."""

    shown_changed = Signal()
    target_chosen = Signal(object)
    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._targets: tuple[Target, ...] = ()
        self.words = _switch("Words")
        self.sentences = _switch("Sentences")
        for button in (self.words, self.sentences):
            button.toggled.connect(lambda _: self.shown_changed.emit())
        self.target = _ElidedCombo()
        self.target.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.target.setMinimumContentsLength(9)
        self.target.setMaximumWidth(_WIDEST)
        self.target.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        describe(self.target, "Whose sentences are marked", "The sentences that drive this are marked")
        self.target.activated.connect(lambda at: self.target_chosen.emit(self._targets[at].key))
        self.former = tool("up", "Mark before", "")
        self.next = tool("down", "Next mark", "")
        keymap.tell(self.former, "Go to the mark before", "former-mark")
        keymap.tell(self.next, "Go to the next mark", "next-mark")
        self.former.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self._line = Flow((self.words, self.sentences, self.target))
        line = QHBoxLayout()
        line.setSpacing(UNIT)
        line.addWidget(self._line, 1)
        for step in (self.former, self.next):  # beside the line, together, however often it wraps
            line.addWidget(step, 0, Qt.AlignmentFlag.AlignTop)
        self.trouble = QLabel()
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        self.trouble.setWordWrap(True)
        self.trouble.hide()
        theme.set_role(self.trouble, "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(line)
        layout.addWidget(self.trouble)

    def set_shown(self, words: bool, sentences: bool) -> None:
        """Switch both kinds on or off."""
        self.words.setChecked(words)
        self.sentences.setChecked(sentences)

    def show_marked(self, marked: Marked, query: bool, features: bool) -> None:
        """query: whether there are words to look for; features: whether there are any to be driven."""
        words, sentences = self.words.isChecked(), self.sentences.isChecked()
        self.setVisible(query or features)
        self.words.setVisible(query)
        found = len(marked.words) + len(marked.title_words)
        _say(
            self.words,
            f"Words {found:,}" if words else "Words",
            "Words of the query",
            f"Marks the words of the query: {found:,} in this text and its title",
        )
        self.sentences.setVisible(features)
        many = len(marked.sentences)
        _say(
            self.sentences,
            f"Sentences {many:,}" if sentences and marked.looked else "Sentences",
            "Driving sentences",
            _sentence_tip(marked),
        )
        self._show_targets(marked)
        self.target.setVisible(features and sentences and bool(marked.targets))
        any_mark = bool((words and marked.words) or (sentences and marked.sentences))
        for button in (self.former, self.next):
            button.setVisible(any_mark)
        said = f"No sentences are marked. {marked.trouble}" if marked.trouble else ""
        self.trouble.setText(said)
        self.trouble.setAccessibleName(said)
        self.trouble.setVisible(bool(said) and sentences)
        self._line.flow.invalidate()
        self._line.updateGeometry()

    def _show_targets(self, marked: Marked) -> None:
        if marked.targets != self._targets:
            self._targets = marked.targets
            self.target.blockSignals(True)
            self.target.clear()
            for target in marked.targets:
                self.target.addItem(target.text)
                self.target.setItemData(
                    self.target.count() - 1, wording.tip(target.text), Qt.ItemDataRole.ToolTipRole
                )
            self.target.blockSignals(False)
        keys = [target.key for target in self._targets]
        if marked.chosen in keys:
            self.target.setCurrentIndex(keys.index(marked.chosen))
            self.target.setToolTip(
                wording.tip(f"The sentences that drive this are marked: {self.target.currentText()}")
            )

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()


def _switch(name: str) -> QPushButton:
    button = QPushButton(name)
    button.setCheckable(True)
    button.setChecked(True)
    return button


def _say(button: QPushButton, text: str, name: str, tip: str) -> None:
    button.setText(text)
    describe(button, name, tip)
    button.setAccessibleDescription(tip)


def _sentence_tip(marked: Marked) -> str:
    what = "Marks the sentences that excite a feature most, each embedded by itself on this computer"
    if not marked.targets:
        return f"{what}. Show a feature, or change one, to see its sentences"
    if marked.looked and not marked.sentences:
        return f"{what}. No sentence by itself excites this one"
    return what
