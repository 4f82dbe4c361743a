"""Trouble shown in place: what happened, what it means, what to do now. Nothing modal."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QSize,
    Qt,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.errors import UserError
from saerch_desktop.ui import theme
from saerch_desktop.ui.state import Notice

log = logging.getLogger(__name__)

_SHOWN = 3


def from_error(number: int, error: BaseException, doing: str = "") -> Notice:
    """The notice for a failure: a user error's own words, or a report to copy for a bug."""
    if isinstance(error, UserError):
        return Notice(number, error.happened, error.meaning, error.remedy)
    what = f"{doing} failed" if doing else "Something went wrong"
    return Notice(
        number,
        f"{what}: this is a fault of the program.",
        "Your library is unchanged except for what was finished before.",
        "Go on working, or try again. The report helps to mend it; it holds no text of your documents.",
        report(error),
    )


def report(error: BaseException) -> str:
    """Versions, the traceback and the end of the log, as text to copy; without data of the user."""
    from saerch_desktop.workflow import crash_report  # here: nothing needs it before something fails

    return crash_report.of_error(error)


class NoticeCard(QFrame):
    """One notice. Emits `dismissed` with its number."""

    dismissed = Signal(int)
    acted = Signal(str)  # the id of its action

    def __init__(self, notice: Notice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice = notice
        self.setObjectName("notice")
        theme.set_role(self, "card")
        self.setAccessibleName(notice.happened)
        self.setAccessibleDescription(f"{notice.meaning} {notice.remedy}")
        sign = QLabel()
        sign.setProperty("icon_side", 20)
        theme.set_icon(sign, "error" if notice.report else "warning")
        sign.setAlignment(Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(theme.UNIT)
        for part, role in ((notice.happened, None), (notice.meaning, "muted"), (notice.remedy, None)):
            if not part:
                continue
            label = QLabel(part)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            if part is notice.happened:
                font = label.font()
                font.setWeight(font.Weight.DemiBold)
                label.setFont(font)
            if role is not None:
                theme.set_role(label, "muted")
            texts.addWidget(label)
        side = QVBoxLayout()
        side.setSpacing(theme.UNIT)
        self.close_button = QToolButton()
        theme.set_icon(self.close_button, "close")
        self.close_button.setIconSize(QSize(16, 16))
        self.close_button.setAccessibleName("Close this message")
        self.close_button.setToolTip("Close this message (Esc)")
        self.close_button.clicked.connect(lambda: self.dismissed.emit(notice.number))
        side.addWidget(self.close_button, alignment=Qt.AlignmentFlag.AlignRight)
        side.addStretch(1)
        self.copy_button: QPushButton | None = None
        if notice.report:
            self.copy_button = QPushButton("Copy report")
            theme.set_icon(self.copy_button, "copy")
            self.copy_button.setAccessibleName("Copy report")
            self.copy_button.setToolTip("Versions and the place of the fault, as text for a bug report")
            self.copy_button.clicked.connect(self._copy)
            side.addWidget(self.copy_button)
        self.act_button: QPushButton | None = None
        if notice.action:
            self.act_button = QPushButton(notice.button)
            self.act_button.setProperty("primary", "true")
            self.act_button.setAccessibleName(notice.button.rstrip("…"))
            self.act_button.setToolTip(notice.remedy)
            self.act_button.clicked.connect(self._act)
            side.addWidget(self.act_button)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * theme.UNIT, 3 * theme.UNIT, 2 * theme.UNIT, 3 * theme.UNIT)
        layout.setSpacing(3 * theme.UNIT)
        layout.addWidget(sign)
        layout.addLayout(texts, 1)
        layout.addLayout(side)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def _act(self) -> None:
        self.dismissed.emit(self.notice.number)
        self.acted.emit(self.notice.action)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.notice.report)
        if self.copy_button is not None:
            self.copy_button.setText("Copied")


class NoticeStack(QWidget):
    """The newest notices above the panes; older ones wait until these are closed."""

    dismissed = Signal(int)
    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(2 * theme.UNIT, 2 * theme.UNIT, 2 * theme.UNIT, 0)
        self._layout.setSpacing(2 * theme.UNIT)
        self.cards: list[NoticeCard] = []
        self.hide()

    def set_notices(self, notices: tuple[Notice, ...]) -> None:
        wanted = list(reversed(notices[-_SHOWN:]))
        for card in self.cards:
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [NoticeCard(notice, self) for notice in wanted]
        for card in self.cards:
            card.dismissed.connect(self.dismissed)
            card.acted.connect(self.acted)
            self._layout.addWidget(card)
        self.setVisible(bool(wanted))


class Hooks(QObject):
    """Sends what nobody caught, on any thread, and Qt's own messages to the log; bugs also to `caught`."""

    caught = Signal(object)  # the exception

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._former: tuple[Callable[..., Any], Callable[..., Any], Any] | None = None

    def install(self) -> None:
        if self._former is None:
            former_qt = qInstallMessageHandler(self._on_qt_message)
            self._former = (sys.excepthook, threading.excepthook, former_qt)
            sys.excepthook = self._on_exception
            threading.excepthook = self._on_thread_exception

    def remove(self) -> None:
        if self._former is not None:
            sys.excepthook, threading.excepthook = self._former[0], self._former[1]
            qInstallMessageHandler(self._former[2])
            self._former = None

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, stack: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.quit()
            return
        log.error("Uncaught exception", exc_info=(kind, error, stack))
        self.caught.emit(error)

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._on_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    @staticmethod
    def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        level = {
            QtMsgType.QtDebugMsg: logging.DEBUG,
            QtMsgType.QtInfoMsg: logging.INFO,
            QtMsgType.QtWarningMsg: logging.WARNING,
        }.get(kind, logging.ERROR)
        logging.getLogger("qt").log(level, "%s", message)
