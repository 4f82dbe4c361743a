"""The desk for what the analyst decides about features: names, verdicts, tags, notes, pins; with undo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from saerch_desktop.features.marks import Mark, now, save_marks
from saerch_desktop.ui.jobs import JobRunner, Lane

if TYPE_CHECKING:
    from saerch_desktop.workflow.session import Session

Fail = Callable[[BaseException, str], None]


class MarksDesk(QObject):
    """Changes are shown at once and saved beside the window. `changed` carries the features concerned."""

    changed = Signal(object)  # frozenset[int]

    def __init__(self, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._fail = fail
        self._session: Session | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(200)

    def use(self, session: Session | None) -> None:
        self._session = session
        self.undo_stack.clear()

    def mark(self, feature: int) -> Mark:
        """The decisions about a feature; an empty mark without a library."""
        features = self._session.features if self._session is not None else None
        return features.labels.mark(feature) if features is not None else Mark(feature=feature)

    def rename(self, feature: int, text: str | None) -> None:
        """The analyst's own name; None or blank goes back to what the sources say."""
        own = " ".join(text.split()) if text else ""
        self.update("renaming", [feature], text=own or None, detection=None, verified=bool(own))

    def verify(self, features: Sequence[int], on: bool = True) -> None:
        self.update("verifying", features, verified=on)

    def reject(self, feature: int, text: str) -> None:
        """Turn a machine's name down: it is not shown again, also when the same name is made anew."""
        mark = self.mark(feature)
        rejected = tuple(dict.fromkeys((*mark.rejected, text)))
        self.update("rejecting a name", [feature], rejected=rejected, verified=False)

    def flag(self, features: Sequence[int], on: bool = True) -> None:
        self.update("flagging", features, flagged=on)

    def pin(self, features: Sequence[int], on: bool = True) -> None:
        self.update("pinning", features, pinned=on)

    def note(self, feature: int, text: str) -> None:
        self.update("writing a note", [feature], note=text.strip())

    def tag(self, features: Sequence[int], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Add and remove tags; a tag is one word or several, compared without regard to case."""
        gone = {" ".join(tag.split()).casefold() for tag in remove}
        new = []
        for feature in features:
            tags = {tag.casefold(): tag for tag in self.mark(feature).tags}
            for tag in (" ".join(tag.split()) for tag in add):
                if tag:
                    tags.setdefault(tag.casefold(), tag)
            kept = tuple(sorted(tag for folded, tag in tags.items() if folded not in gone))
            new.append(self.mark(feature).model_copy(update={"tags": kept}))
        self.put("tagging", new)

    def update(self, words: str, features: Sequence[int], **values: Any) -> None:
        """Set fields of `Mark` for some features, as one undo step called `words`."""
        self.put(words, [self.mark(feature).model_copy(update=values) for feature in features])

    def put(self, words: str, marks: Sequence[Mark]) -> None:
        """Put marks in place of the former ones, as one undo step; those that change nothing are left out."""
        if self._session is None or self._session.features is None:
            return
        new = [mark for mark in marks if mark != self.mark(mark.feature)]
        if new:
            stamped = [mark.model_copy(update={"changed": now()}) for mark in new]
            old = [self.mark(mark.feature) for mark in new]
            self.undo_stack.push(_Change(self, words, old, stamped))

    def apply(self, marks: Sequence[Mark]) -> None:
        """Put marks in force (also by undo and redo): shown now, saved by a worker."""
        session = self._session
        if session is None or session.features is None:
            return
        labels, folder = session.features.labels, session.features.folder
        labels.change(marks)
        self._runner.submit(
            "Saving names and notes",
            lambda progress: save_marks(folder, labels.features, marks),
            lane=Lane.IO,
            quiet=True,
            failed=lambda error: self._fail(error, "Saving names and notes"),
        )
        self.changed.emit(frozenset(mark.feature for mark in marks))


class _Change(QUndoCommand):
    def __init__(self, desk: MarksDesk, words: str, old: Sequence[Mark], new: Sequence[Mark]) -> None:
        super().__init__(words)
        self._desk = desk
        self._old = old
        self._new = new

    def redo(self) -> None:
        self._desk.apply(self._new)

    def undo(self) -> None:
        self._desk.apply(self._old)
