"""The desk for what the analyst decides about features: names, verdicts, tags, notes, pins; with undo."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from saerch_desktop.features.label import Detection
from saerch_desktop.features.marks import Mark, now
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.marks_keeper import MarksKeeper

if TYPE_CHECKING:
    from saerch_desktop.workflow.session import Session

Fail = Callable[[BaseException, str], None]


class MarksDesk(QObject):
    """Changes are shown at once and saved beside the window. `changed` carries the features concerned."""

    changed = Signal(object)  # frozenset[int]

    def __init__(self, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(parent)
        self._keeper = MarksKeeper(runner, fail, self)
        self._keeper.saved.connect(self._saved)
        self._session: Session | None = None
        self._folder: Path | None = None
        self._decided: dict[int, Mark] = {}  # by this window, on the features in use
        self._numbers = itertools.count(1)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(200)

    def use(self, session: Session | None) -> None:
        """Work on the features of this session. The history stays while they are of the same SAE."""
        self._session = session
        features = session.features if session is not None else None
        folder = features.folder if features is not None else None
        if folder is None or folder != self._folder:
            self.undo_stack.clear()
            self._decided = {mark.feature: mark for mark in self._keeper.unsaved(folder)}
        self._folder = folder
        if features is not None and self._decided:
            # What was decided while the features were read from the disk is not among what was read.
            # Not over what another window or program decided later.
            known = features.labels.mark
            features.labels.change(
                [mark for mark in self._decided.values() if mark.changed >= known(mark.feature).changed]
            )

    def flush(self) -> None:
        """Write now what has not been written yet: the window closes."""
        self._keeper.flush()

    def mark(self, feature: int) -> Mark:
        """The decisions about a feature; an empty mark without a library."""
        features = self._session.features if self._session is not None else None
        return features.labels.mark(feature) if features is not None else Mark(feature=feature)

    # Names and verdicts ----------------------------------------------------------------------------------

    def rename(
        self, feature: int, text: str | None, detection: Detection | None = None, origin: str = ""
    ) -> None:
        """The analyst's own name; None or blank goes back to what the sources say.

        detection, origin: test and source of a machine's name that was chosen as it is.
        """
        own = " ".join(text.split()) if text else ""
        rejected = tuple(other for other in self.mark(feature).rejected if other != own)
        self.update(
            "renaming",
            [feature],
            text=own or None,
            detection=detection if own else None,
            origin=origin if own else "",
            verified=bool(own),
            rejected=rejected,
        )

    def verify(self, features: Sequence[int], on: bool = True) -> int:
        """Accept the shown names, or take that back.

        An accepted name is kept as the analyst's, with its test and its source: naming by a machine anew
        never puts another in its place. Features without a name have nothing to accept and are left out.
        Says, like the other decisions about several features, how many were changed by that.
        """
        return self.put("verifying", [self._verified(feature, on) for feature in features])

    def reject(self, feature: int, text: str) -> None:
        """Turn a name down: it is not shown again, also when a machine makes the same name anew."""
        mark = self.mark(feature)
        rejected = tuple(dict.fromkeys((*mark.rejected, text)))
        own = {"text": None, "detection": None, "origin": ""} if mark.text == text else {}
        self.update("rejecting a name", [feature], rejected=rejected, verified=False, **own)

    def flag(self, features: Sequence[int], on: bool = True) -> int:
        return self.update("flagging", features, flagged=on)

    def pin(self, features: Sequence[int], on: bool = True) -> int:
        return self.update("pinning", features, pinned=on)

    def note(self, feature: int, text: str) -> None:
        self.update("writing a note", [feature], note=text.strip())

    def tag(self, features: Sequence[int], add: Iterable[str] = (), remove: Iterable[str] = ()) -> int:
        """Add and remove tags; a tag is one word or several, compared without regard to case."""
        gone = {" ".join(tag.split()).casefold() for tag in remove}
        wanted = [tag for tag in (" ".join(tag.split()) for tag in add) if tag]
        new = []
        for feature in features:
            tags = {tag.casefold(): tag for tag in self.mark(feature).tags}
            for tag in wanted:
                tags.setdefault(tag.casefold(), tag)
            kept = tuple(sorted(tag for folded, tag in tags.items() if folded not in gone))
            new.append(self.mark(feature).model_copy(update={"tags": kept}))
        return self.put("tagging", new)

    def _verified(self, feature: int, on: bool) -> Mark:
        mark = self.mark(feature)
        features = self._session.features if self._session is not None else None
        label = features.labels.get(feature) if features is not None else None
        if not on:
            own = {"text": None, "detection": None, "origin": ""} if mark.origin else {}
            return mark.model_copy(update={"verified": False, **own})
        if label is None:
            return mark
        if mark.text is not None:
            return mark.model_copy(update={"verified": True})
        name = {"text": label.text, "detection": label.detection, "origin": label.source}
        return mark.model_copy(update={"verified": True, **name})

    # Changing --------------------------------------------------------------------------------------------

    def update(self, words: str, features: Sequence[int], **values: Any) -> int:
        """Set fields of `Mark` for some features, as one undo step called `words`."""
        return self.put(words, [self.mark(feature).model_copy(update=values) for feature in features])

    def put(self, words: str, marks: Sequence[Mark]) -> int:
        """Put marks in place of the former ones, as one undo step; those that change nothing are left out.

        How many were changed.
        """
        if self._session is None or self._session.features is None:
            return 0
        new = [mark for mark in marks if mark != self.mark(mark.feature)]
        if new:
            stamp = {"changed": now()}
            stamped = [mark.model_copy(update=stamp) for mark in new]
            old = [self.mark(mark.feature) for mark in new]
            step = _Change(self, next(self._numbers), words, old, stamped)
            self.undo_stack.push(step)
            for mark in map(self.mark, (mark.feature for mark in stamped)):
                if mark.text is not None and mark.detection is not None:
                    step.learn(mark.feature, mark.text, mark.detection)  # it was tested before this line
        return len(new)

    @property
    def last_step(self) -> int:
        """A number for the step that undo would take back, 0 without one."""
        step = self.undo_stack.command(self.undo_stack.index() - 1) if self.undo_stack.canUndo() else None
        return step.number if isinstance(step, _Change) else 0

    def learn(self, feature: int, text: str, detection: Detection) -> None:
        """The test of the analyst's own name has ended. No undo step: nobody decided anything."""
        mark = self.mark(feature)
        for place in range(self.undo_stack.count()):
            step = self.undo_stack.command(place)
            if isinstance(step, _Change):
                step.learn(feature, text, detection)
        if mark.text == text and mark.detection is None:
            self.apply([mark.model_copy(update={"detection": detection})])

    def apply(self, marks: Sequence[Mark]) -> None:
        """Put marks in force (also by undo and redo): shown now, saved by a worker."""
        session = self._session
        if session is None or session.features is None:
            return
        labels, folder = session.features.labels, session.features.folder
        changes = [(labels.mark(mark.feature), mark) for mark in marks]
        labels.change(marks)
        self._decided.update({mark.feature: mark for mark in marks})
        self._keeper.keep(folder, labels.features, changes)
        self.changed.emit(frozenset(mark.feature for mark in marks))

    def _saved(self, folder: Path, on_disk: Mapping[int, Mark]) -> None:
        """Show what others have decided meanwhile; what is not written yet is left as it is."""
        features = self._session.features if self._session is not None else None
        if features is None or folder != self._folder:
            return
        here, waiting = features.labels.marks(), {mark.feature for mark in self._keeper.unsaved(folder)}
        news = [
            on_disk.get(feature) or Mark(feature=feature)
            for feature in (here.keys() | on_disk.keys()) - waiting
            if here.get(feature) != on_disk.get(feature)
        ]
        if news:
            features.labels.change(news)
            self._decided.update({mark.feature: mark for mark in news})
            self.changed.emit(frozenset(mark.feature for mark in news))


class _Change(QUndoCommand):
    def __init__(
        self, desk: MarksDesk, number: int, words: str, old: Sequence[Mark], new: Sequence[Mark]
    ) -> None:
        super().__init__(words)
        self.number = number
        self._desk = desk
        self._old = list(old)
        self._new = list(new)
        self._places = {mark.feature: place for place, mark in enumerate(new)}  # the same in both lists

    def redo(self) -> None:
        self._desk.apply(self._new)

    def undo(self) -> None:
        self._desk.apply(self._old)

    def learn(self, feature: int, text: str, detection: Detection) -> None:
        """Put the test of a name into the marks that this step goes between."""
        place = self._places.get(feature)
        if place is None:
            return
        for marks in (self._old, self._new):
            mark = marks[place]
            if mark.text == text and mark.detection is None:
                marks[place] = mark.model_copy(update={"detection": detection})
