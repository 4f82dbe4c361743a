"""A report that its reader can change before it goes anywhere; after a crash also how to go on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe, icon_button
from saerch_desktop.ui.theme import UNIT

_LINES = 14  # of the report that are seen at once, where there is room
_SHARE = 0.85  # of the screen's height


class CrashDialog(QDialog):
    """`again`: show what was shown; `afresh`: begin at the start page. `save_wanted(text)`: write the report
    to a file.
    """

    again = Signal()
    afresh = Signal()
    save_wanted = Signal(str)

    def __init__(self, crashed: bool, parent: QWidget | None = None) -> None:
        """crashed: the last run ended by itself, so that it is asked how to go on."""
        super().__init__(parent)
        self.setObjectName("crash-dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = "The program ended unexpectedly" if crashed else "Report a problem"
        self.setWindowTitle(title)
        self._crashed = crashed
        said = (
            "Last time SAErch Desktop ended without being closed. Your libraries are as they were last saved."
            " Shall it show what it showed then?"
            if crashed
            else "This is what helps to mend a fault of the program."
        )
        text = _line(said)
        about = _line(
            "The report holds versions, settings and places in the program. Texts of yours, queries and names"
            " of libraries are left out. Read it, change what you like; it goes only where you put it."
        )
        theme.set_role(about, "muted")
        self.report = QPlainTextEdit()
        self.report.setTabChangesFocus(True)
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF())  # the system's does not follow the size of text
        self.report.setFont(font)
        self.report.setPlaceholderText("Gathering the report…")
        self.report.setMinimumHeight(4 * self.report.fontMetrics().lineSpacing())
        describe(self.report, "Report", "What would be saved or copied; you may change it")
        self.save = icon_button("Save report…", "Write the report to a file that you name", "export")
        self.copy = icon_button("Copy report", "Put the report onto the clipboard", "copy")
        for button in (self.save, self.copy):
            button.setEnabled(False)
            button.setAutoDefault(False)
        self.save.clicked.connect(lambda: self.save_wanted.emit(self.report.toPlainText()))
        self.copy.clicked.connect(self._copy)
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.save)
        row.addWidget(self.copy)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(text)
        layout.addWidget(about)
        layout.addWidget(self.report, 1)
        layout.addLayout(row)
        layout.addWidget(self._make_buttons())
        if crashed:
            self.yes.setFocus()
        self.ensurePolished()
        wide = max(160 * UNIT, 60 * self.report.fontMetrics().averageCharWidth())
        seen = self.report.fontMetrics().lineSpacing() * _LINES
        high = layout.totalHeightForWidth(wide) - self.report.sizeHint().height() + seen
        self.resize(wide, min(high, round(self.screen().availableGeometry().height() * _SHARE)))

    def _make_buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox()
        if not self._crashed:
            close = box.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
            describe(close, "Close", "The report is kept nowhere")
            box.rejected.connect(self.reject)
            return box
        self.yes = box.addButton("Show it again", QDialogButtonBox.ButtonRole.AcceptRole)
        self.yes.setProperty("primary", "true")
        self.yes.setDefault(True)
        describe(self.yes, "Show it again", "Open the library that was open, with its search and its panes")
        self.no = box.addButton("Begin at the start page", QDialogButtonBox.ButtonRole.RejectRole)
        describe(self.no, "Begin at the start page", "Open nothing; choose this where showing it ends again")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        self.accepted.connect(self.again)
        self.rejected.connect(self.afresh)
        return box

    def set_report(self, text: str) -> None:
        """The report is there."""
        self.report.setPlainText(text)
        for button in (self.save, self.copy):
            button.setEnabled(True)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.report.toPlainText())
        self.copy.setText("Copied")


def _line(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
