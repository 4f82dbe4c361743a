"""What this program is: name, version, terms, and text to paste into a report."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from saerch_desktop import __version__
from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.theme import UNIT

_ICON = 16 * UNIT
_WIDE = 46  # characters of a line
SENTENCES = (
    "See what text embeddings know, and steer search with it: on this computer, offline.",
    "Free software under the MIT licence. It contains the work of many others, under terms of their own.",
    "Qt and Qt for Python are used under the LGPL, version 3: their libraries lie in the program's folder and"
    " may be replaced.",
)


class AboutDialog(QDialog):
    """Not modal. `licences_wanted` asks for the list of what the program is made of."""

    licences_wanted = Signal()

    def __init__(
        self, runner: JobRunner, fail: Callable[[BaseException, str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._fail = fail
        self.setObjectName("about")
        self.setWindowTitle("About SAErch Desktop")
        self.setAccessibleName("About SAErch Desktop")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sign = QLabel()
        sign.setPixmap(theme.icon("app").pixmap(QSize(_ICON, _ICON)))
        sign.setAccessibleName("The program's sign")
        title, version = QLabel("SAErch Desktop"), QLabel(f"Version {__version__}")
        theme.set_role(title, "title")
        theme.set_role(version, "muted")
        version.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = QVBoxLayout()
        words.setSpacing(2 * UNIT)
        words.addWidget(title)
        words.addWidget(version)
        width = self.fontMetrics().averageCharWidth() * _WIDE
        for sentence in SENTENCES:
            label = QLabel(sentence)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setMinimumWidth(width)
            words.addWidget(label)
        top = QHBoxLayout()
        top.setSpacing(5 * UNIT)
        top.addWidget(sign, alignment=Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        buttons = QDialogButtonBox()
        self.licences = buttons.addButton("Licences…", QDialogButtonBox.ButtonRole.ActionRole)
        describe(self.licences, "Licences", "Whose work this program is made of, and on what terms")
        self.copy = buttons.addButton("Copy details", QDialogButtonBox.ButtonRole.ActionRole)
        describe(
            self.copy,
            "Copy details",
            "Versions, folders and devices as text to paste into a report; no document, no key",
        )
        close = buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        describe(close, "Close", "Close this window")
        close.setDefault(True)
        self.licences.clicked.connect(self.licences_wanted)
        self.copy.clicked.connect(self._gather)
        buttons.rejected.connect(self.reject)
        self.said = QLabel("")
        theme.set_role(self.said, "muted")
        self.said.setAccessibleName("What was copied")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6 * UNIT, 5 * UNIT, 6 * UNIT, 4 * UNIT)
        layout.setSpacing(4 * UNIT)
        layout.addLayout(top)
        layout.addWidget(self.said)
        layout.addWidget(buttons)

    def _gather(self) -> None:
        self._runner.look_up(
            "Gathering details",
            lambda progress: _details(),
            key="details",
            fail=self._fail,
            done=self._copied,
        )

    def _copied(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.said.setText("Copied. Paste it into your report.")


def _details() -> str:
    from saerch_desktop.workflow.program_info import info

    return info()
