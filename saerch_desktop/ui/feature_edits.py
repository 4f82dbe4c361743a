"""Writing beside a feature, in place: its name, its tags, a note. Enter or leaving keeps, Esc goes back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.feature_sections import Flow
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT

_LONGEST_NAME = 500
_LONGEST_TAG = 80


class InPlaceLine(QLineEdit):
    """One line to write. `kept` carries the text, `left` says that the writing is over."""

    kept = Signal(str)
    left = Signal()

    def __init__(self, name: str, tip: str, longest: int) -> None:
        super().__init__()
        self.setMaxLength(longest)
        describe(self, name, tip)
        self.returnPressed.connect(self._keep)

    def _keep(self) -> None:
        self.kept.emit(self.text())
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)


class NameLine(InPlaceLine):
    """The analyst's own name for a feature."""

    def __init__(self) -> None:
        super().__init__(
            "Your name for this feature",
            "Enter keeps the name, Esc changes nothing; an empty name goes back to what the sources say",
            _LONGEST_NAME,
        )
        self.setPlaceholderText("Empty: go back to the found name")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.isVisible() and event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()


class Tags(QWidget):
    """The feature's tags, each with a cross, and a line for another one."""

    added = Signal(str)
    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Tags")
        self.row = Flow()
        self.line = InPlaceLine("Add a tag", "A word or two; Enter adds the tag, Esc closes", _LONGEST_TAG)
        self.line.setPlaceholderText("Add a tag…")
        self._known = QStringListModel(self)
        completer = QCompleter(self._known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.line.setCompleter(completer)
        self.line.returnPressed.connect(self._add)
        self.line.left.connect(self._close)
        self.line.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self.row)
        layout.addWidget(self.line)

    def show_tags(self, tags: Sequence[str], known: Sequence[str] = ()) -> None:
        """tags: of the feature; known: tags in use anywhere, to choose from."""
        self._known.setStringList([tag for tag in known if tag not in tags])
        self.row.replace([self._chip(tag) for tag in tags])
        self.row.setVisible(bool(tags))
        self._settle()

    def start(self) -> None:
        self.line.clear()
        self.line.show()
        self._settle()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chip(self, tag: str) -> QToolButton:
        chip = QToolButton()
        chip.setText(tag)
        chip.setProperty("tag", "true")
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setIconSize(QSize(12, 12))
        theme.set_icon(chip, "close")
        describe(chip, f"Remove the tag {tag}", f"Take the tag “{tag}” away")
        chip.clicked.connect(lambda: self.removed.emit(tag))
        return chip

    def _add(self) -> None:
        text = self.line.text().strip()
        if text:
            self.added.emit(text)

    def _close(self) -> None:
        self.line.hide()
        self._settle()

    def _settle(self) -> None:
        self.setVisible(not self.row.isHidden() or not self.line.isHidden())


class Note(QPlainTextEdit):
    """Free words about the feature. `kept` when one leaves it with another text than it had."""

    kept = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        describe(
            self, "Note", "Your note about this feature; kept when you leave the field, Esc takes it back"
        )
        self.setPlaceholderText("A note…")
        self.setTabChangesFocus(True)
        self._was = ""
        self.textChanged.connect(self.updateGeometry)
        self.hide()

    def show_note(self, text: str) -> None:
        """Show what is noted; hidden where nothing is, unless one is writing."""
        if self.hasFocus():
            return
        self._was = text
        if self.toPlainText() != text:
            self.setPlainText(text)
        self.setVisible(bool(text))

    def start(self) -> None:
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def flush(self) -> None:
        """Keep what was written, before another feature is shown."""
        text = self.toPlainText().strip()
        if text != self._was.strip():
            self._was = text
            self.kept.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setPlainText(self._was)
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.flush()
            self.setVisible(bool(self.toPlainText().strip()))

    def sizeHint(self) -> QSize:
        lines = min(max(self.document().blockCount(), 2), 8)
        return QSize(40 * UNIT, lines * self.fontMetrics().lineSpacing() + 4 * UNIT)

    def minimumSizeHint(self) -> QSize:
        return QSize(10 * UNIT, self.sizeHint().height())
