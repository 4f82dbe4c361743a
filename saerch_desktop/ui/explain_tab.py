"""What the tabs of the explain pane share: a question is asked, waited for, and answered or refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout, QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.explain_fresh import Freshness
from saerch_desktop.ui.explain_message import Message
from saerch_desktop.ui.explain_table import Named
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT


class AnswerTab(QWidget):
    """`walked`, `opened`: a feature of the answer.

    A tab makes its choosers and the widgets of its answer, and then calls `_lay_out`. `_answer` is what is
    shown, None without an answer.
    """

    walked = Signal(int)
    opened = Signal(int)

    def __init__(
        self,
        named: Named,
        press: str,
        tip: str,
        doing: str,
        answer: str,
        empty: EmptyState,
        parent: QWidget | None = None,
    ) -> None:
        """press, tip: of the button that asks. doing, answer: names of the progress and of the message."""
        super().__init__(parent)
        self._named = named
        self._answer: Any = None
        self.go = QPushButton(press)
        self.go.setProperty("primary", True)
        describe(self.go, press, tip)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setFixedHeight(UNIT)
        self.busy.setAccessibleName(doing)
        policy = self.busy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.busy.setSizePolicy(policy)
        self.busy.hide()
        self.message = Message(answer)
        self.empty = empty

    def _lay_out(
        self,
        choosers: Sequence[QWidget | QLayout],
        content: Sequence[QWidget | QLayout],
        choice: Callable[[], object],
        shown: Sequence[QWidget] = (),
        beside: Sequence[Message] = (),
    ) -> None:
        """Choosers on top, the answer's `content` beneath, its last part as tall as there is room.

        choice, shown, beside: as `Freshness` has them; the answer itself is shown too.
        """
        self.found = QWidget()
        found = QVBoxLayout(self.found)
        found.setContentsMargins(0, 0, 0, 0)
        found.setSpacing(UNIT)
        _add(found, content)
        found.setStretch(len(content) - 1, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.found)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2 * UNIT, 0, 0)
        layout.setSpacing(UNIT)
        _add(layout, [*choosers, self.busy, self.message, *beside])
        layout.addWidget(self.stack, 1)
        self.fresh = Freshness(choice, (self.found, *shown), self.message, self.go.text(), beside)

    def set_asking(self, what: str) -> None:
        """An answer is sought; `what` says it, "" when nothing is sought any more."""
        self.busy.setVisible(bool(what))
        self.busy.setToolTip(what)
        if what:
            self.fresh.begin(what)
        else:
            self.fresh.end()

    def set_trouble(self, error: UserError) -> None:
        """The question was refused, or something beside the answer failed."""
        if self.fresh.waiting:  # else it is of something beside the answer, which stands
            self._answer = None
            self.stack.setCurrentWidget(self.empty)
            self.fresh.tell(lambda: self.message.trouble(error), answer=False)
        else:
            self.message.trouble(error)

    def clear(self) -> None:
        """There is no answer any more."""
        self._answer = None
        self.fresh.forget()
        self.stack.setCurrentWidget(self.empty)

    def _show(self, tell: Callable[[], None]) -> None:
        """The answer stands: `tell` says it."""
        self.stack.setCurrentWidget(self.found)
        self.fresh.tell(tell, answer=True)


def _add(layout: QVBoxLayout, parts: Sequence[QWidget | QLayout]) -> None:
    for part in parts:
        if isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)
