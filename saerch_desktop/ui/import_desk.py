"""What the import wizard finds out in the background, and the state machine that it tells it to."""

from __future__ import annotations

import contextlib
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.ui.jobs import JobRunner, Lane
from saerch_desktop.ui.native_ahead import load_ahead
from saerch_desktop.workflow import import_draft
from saerch_desktop.workflow.import_draft import ImportDraft
from saerch_desktop.workflow.import_flow import ImportFlow

if TYPE_CHECKING:
    from saerch_desktop.workflow.import_look import SourceLook, Survey
    from saerch_desktop.workflow.import_vectors import Speed, VectorsLook

_LOOK, _SURVEY, _PROBE, _VECTORS, _DISK = (
    f"import {what}" for what in ("look", "rows", "speed", "vectors", "disk")
)


class ImportDesk(QObject):
    """Emits `changed` whenever the draft or what is known about it is another."""

    changed = Signal()

    def __init__(self, runner: JobRunner, draft: ImportDraft | None, place: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._keeper = _Keeper()
        begun = draft or ImportDraft(place=place)
        self.flow = ImportFlow(begun, self._keep)
        self.survey: Survey | None = None  # with the roles as they are now
        self.survey_trouble = ""
        self.speed: Speed | None = None  # of the model chosen now
        self.speed_trouble = ""
        self.join_trouble = ""  # why the vectors could not be matched by identifier
        self.free: int | None = None  # bytes on the disk of the place chosen now
        if begun.place is None:
            self.flow.change(place=place)
        if begun.source is not None:
            self._look(begun.source)
        self._measure_disk()

    @property
    def draft(self) -> ImportDraft:
        return self.flow.draft

    # What the pages say ----------------------------------------------------------------------------------

    def choose(self, source: Path) -> None:
        """Take another file or folder, and look at it."""
        self.flow.choose(source)
        self.survey, self.survey_trouble = None, ""
        self._look(source)
        self.changed.emit()

    def choose_vectors(self, path: Path) -> None:
        self.flow.choose_vectors(path)
        self.join_trouble = ""
        self._look_at_vectors()
        self.changed.emit()

    def say(self, **said: Any) -> None:
        """Change fields of the draft, and find out anew what depends on them."""
        before = self.draft
        self.flow.change(**said)
        after = self.draft
        if after == before:
            return
        if (after.roles, after.limit) != (before.roles, before.limit):
            self._count()
        if (after.vectors, after.model) != (before.vectors, before.model):
            self.speed, self.speed_trouble = None, ""
            self.try_model()
        columns = (after.vectors_column, after.join, after.roles and after.roles.id, after.vectors)
        if columns != (before.vectors_column, before.join, before.roles and before.roles.id, before.vectors):
            self._look_at_vectors()
        if after.place != before.place:
            self._measure_disk()
        self.changed.emit()

    def turn(self, move: Any) -> None:
        """Go to another page: `move` is a bound method of the flow, or one with its page."""
        if move():
            self.changed.emit()

    def begin_anew(self) -> None:
        """Let go of everything that was said."""
        self.close()
        self._keeper.drop()
        self.flow = ImportFlow(ImportDraft(place=self.draft.place), self._keep)
        self.survey = self.speed = None
        self.survey_trouble = self.speed_trouble = ""
        self.changed.emit()

    def finish(self) -> None:
        """The wish is being carried out: the draft is not needed any more."""
        self.close()
        self._keeper.drop()

    def close(self) -> None:
        """Stop finding out; the draft stays."""
        self._runner.cancel_keys((_LOOK, _SURVEY, _PROBE, _VECTORS, _DISK))

    def documents(self) -> int:
        """How many documents the library would hold, as far as is known."""
        look, survey = self.flow.source, self.survey
        rows = 0 if look is None else look.rows
        if survey is not None and survey.whole:
            return survey.documents
        if self.draft.limit is not None:
            rows = min(rows, self.draft.limit)
        share = survey.documents / max(1, survey.records) if survey is not None else 1.0
        return round(rows * share)

    # Finding out -----------------------------------------------------------------------------------------

    def _look(self, source: Path) -> None:
        from saerch_desktop.workflow.import_look import look_at

        def done(look: SourceLook) -> None:
            self.flow.saw(look)
            self._count()
            if self.draft.vectors == "given":
                self._look_at_vectors()
            self.changed.emit()

        def failed(error: BaseException, _: str) -> None:
            self.flow.could_not_see(source, said(error))
            self.changed.emit()

        self._ask("Reading the file", lambda progress: look_at(source, progress), _LOOK, done, failed)

    def _count(self) -> None:
        """Read the records with the parts that the columns play now."""
        from saerch_desktop.workflow.import_look import survey

        draft, look = self.draft, self.flow.source
        self.survey, self.survey_trouble = None, ""
        if look is None or draft.roles is None or not draft.roles.text:
            self._runner.cancel_keys((_SURVEY,))
            return
        roles, limit, path = draft.roles, draft.limit, look.path

        def done(found: Survey) -> None:
            if (self.draft.source, self.draft.roles, self.draft.limit) == (path, roles, limit):
                self.survey = found
                self.try_model()
                self.changed.emit()

        def failed(error: BaseException, _: str) -> None:
            self.survey_trouble = said(error)
            self.changed.emit()

        def work(progress: Progress) -> Survey:
            return survey(path, roles, progress, limit=limit)

        self._ask("Counting problems", work, _SURVEY, done, failed)

    def try_model(self, *, again: bool = False) -> None:
        """Time the model on texts of the file: once they are known and the page asks for vectors of it."""
        from saerch_desktop.workflow.import_vectors import probe

        draft, survey = self.draft, self.survey
        wanted = draft.vectors == "compute" and draft.step in ("vectors", "check")
        if not wanted or survey is None or (self.speed is not None and not again):
            return
        model, texts = draft.model, survey.tried
        self.speed, self.speed_trouble = None, ""

        def done(speed: Speed) -> None:
            if speed.model == self.draft.model:
                self.speed = speed
                self.changed.emit()

        def failed(error: BaseException, _: str) -> None:
            self.speed_trouble = said(error)
            self.changed.emit()

        def work(progress: Progress) -> Speed:
            load_ahead()
            return probe(model, texts, progress)

        self._ask("Trying the model", work, _PROBE, done, failed, Lane.MODEL)

    def _look_at_vectors(self) -> None:
        from saerch_desktop.workflow.import_vectors import look_at_vectors

        draft = self.draft
        path, source, roles = draft.vectors_file, draft.source, draft.roles
        self.flow.forget_vectors()
        if draft.vectors != "given" or path is None or source is None or roles is None:
            self._runner.cancel_keys((_VECTORS,))
            return
        column, join = draft.vectors_column, draft.join
        if join:
            self.join_trouble = ""

        def done(look: VectorsLook) -> None:
            self.flow.saw_vectors(look)
            self.changed.emit()

        def failed(error: BaseException, _: str) -> None:
            if join:  # the vectors themselves may be sound: show again what can be done with them
                self.say(join="")
                self.join_trouble = said(error)
            else:
                self.flow.could_not_see_vectors(path, said(error))
            self.changed.emit()

        def work(progress: Progress) -> VectorsLook:
            return look_at_vectors(path, source, roles, progress, column=column, join=join)

        self._ask("Checking the vectors", work, _VECTORS, done, failed)

    def _measure_disk(self) -> None:
        place = self.draft.place
        self.free = None
        if place is None:
            return

        def done(free: int | None) -> None:
            self.free = free
            self.changed.emit()

        self._ask(
            "Looking at the disk", lambda progress: _free(place), _DISK, done, lambda error, doing: None
        )

    def _ask(self, title: str, work: Any, key: str, done: Any, fail: Any, lane: Lane = Lane.IO) -> None:
        self._runner.look_up(title, work, key=key, done=done, fail=fail, lane=lane)

    def _keep(self, draft: ImportDraft) -> None:
        # On a worker: a write that waits for the disk would be felt at every letter typed.
        self._keeper.newest = draft
        self._runner.submit("Keeping the draft", lambda progress: self._keeper.write(), quiet=True)


class _Keeper:
    """Writes the newest draft, whatever the order in which workers get to it; after `drop` none."""

    def __init__(self) -> None:
        self.newest: ImportDraft | None = None
        self._lock = threading.Lock()

    def write(self) -> None:
        with self._lock:
            if self.newest is not None:
                with contextlib.suppress(
                    UserError
                ):  # the wizard works without; a full disk is told at the end
                    import_draft.save(self.newest)

    def drop(self) -> None:
        self.newest = None
        with self._lock:
            import_draft.drop()


def said(error: BaseException) -> str:
    """A failure in one line of a page."""
    if isinstance(error, UserError):
        return f"{error.happened} {error.remedy}"
    return f"This cannot be read: {error}"


def _free(place: Path) -> int | None:
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return None
