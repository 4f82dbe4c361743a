"""Whether what a tab shows answers what is chosen in it now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from saerch_desktop.ui.explain_message import Message


@dataclass(frozen=True, slots=True)
class _Said:
    """What was asked, how it is told, and whether that was an answer and no trouble."""

    asked: object
    tell: Callable[[], None]
    answer: bool


class Freshness:
    """Greys an answer that is not of the present choice, and says so; takes back trouble that is not.

    choice: what is chosen now, to be compared with what was asked. shown: enabled only with an answer to
    that. message says how it stands, beside are blank unless the answer stands. press: the button's name.
    """

    def __init__(
        self,
        choice: Callable[[], object],
        shown: Sequence[QWidget],
        message: Message,
        press: str,
        beside: Sequence[Message] = (),
    ) -> None:
        self._choice = choice
        self._shown = tuple(shown)
        self._message = message
        self._press = press
        self._beside = tuple(beside)
        self._awaited: object | None = None
        self._said: _Said | None = None

    @property
    def waiting(self) -> bool:
        return self._awaited is not None

    def begin(self, what: str) -> None:
        """An answer to the present choice is being sought; a former one stays in grey until it comes."""
        self._awaited = (self._choice(),)
        self._grey(what)

    def end(self) -> None:
        """Nothing is sought any more. Where neither answer nor trouble came, the former one is back."""
        if self.waiting:
            self._awaited = None
            self._message.say("")
            self.check()

    def tell(self, tell: Callable[[], None], *, answer: bool) -> None:
        """This came, to what was asked; `tell` says it, now and whenever that is chosen again."""
        asked = self._awaited if self.waiting else (self._choice(),)
        self._awaited = None
        self._said = _Said(asked, tell, answer)
        self.check()

    def forget(self) -> None:
        """There is no answer any more."""
        self._awaited = self._said = None
        self._grey("")

    def check(self) -> None:
        """Call when the choice may be another."""
        said = self._said
        if self.waiting or said is None:
            return
        if said.asked != (self._choice(),):
            self._grey(
                f"What is shown answers an earlier choice; press {self._press} for this one."
                if said.answer
                else ""
            )
            return
        for widget in self._shown:
            widget.setEnabled(said.answer)
        for message in self._beside:
            message.say("")
        said.tell()

    def _grey(self, what: str) -> None:
        for widget in self._shown:
            widget.setEnabled(False)
        for message in self._beside:
            message.say("")
        self._message.say(what)
