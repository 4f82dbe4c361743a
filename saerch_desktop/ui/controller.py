"""Turns what the user wants into jobs and changes of the store; knows no widget."""

from __future__ import annotations

import itertools
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from saerch_desktop import paths, settings
from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import SAES_FOLDER
from saerch_desktop.ui.controller_inspect import InspectDesk
from saerch_desktop.ui.controller_library import LibraryDesk
from saerch_desktop.ui.controller_marks import MarksDesk
from saerch_desktop.ui.controller_sae import SaeDesk
from saerch_desktop.ui.controller_search import SearchDesk
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.notices import from_error
from saerch_desktop.ui.search_log import SearchLog
from saerch_desktop.ui.state import Notice, Store
from saerch_desktop.ui.undo import UndoDesk
from saerch_desktop.ui.view_state import SavedQuery, ViewState

if TYPE_CHECKING:
    from saerch_desktop.workflow.session import Session

log = logging.getLogger(__name__)

_MOST_NOTICES = 20


class Controller(QObject):
    """Owns the store, the runner and the desks: library, SAEs, search, what is looked at, and the marks."""

    def __init__(self, parent: QObject | None = None, *, runner: JobRunner | None = None) -> None:
        super().__init__(parent)
        self.store = Store(self)
        self.runner = runner if runner is not None else JobRunner(self)
        self.runner.setParent(self)
        self._numbers = itertools.count(1)
        self.library = LibraryDesk(self.store, self.runner, self.fail, self.tell, self)
        self.saes = SaeDesk(self.library, self.runner, self.fail, self.tell, self)
        self.search = SearchDesk(self.store, self.runner, self.fail, self)
        self.inspect = InspectDesk(self.store, self.runner, self.fail, self)
        self.searches = SearchLog(self.store, self.runner, self.search, self)
        self.searches.searched.connect(self.inspect.searched)
        self.inspect.search_wanted.connect(self.searches.show)
        self.marks = MarksDesk(self.runner, self.fail, self)
        self.undo = UndoDesk((self.search.undo_stack, self.search.filter_stack, self.marks.undo_stack), self)
        self.marks.changed.connect(lambda _: self._relabelled())
        self.runner.jobs_changed.connect(self._jobs_changed)
        self.library.opened.connect(self._opened)
        self.library.closed.connect(self._closed)
        self.store.recent = settings.load_settings().recent_libraries
        self._wanted: ViewState | None = None

    def fail(self, error: BaseException, doing: str = "") -> None:
        """Show a failure in place. Bugs are logged with their traceback."""
        if not isinstance(error, UserError):
            log.error("%s failed", doing or "Something", exc_info=error)
        self._show(from_error(next(self._numbers), error, doing))

    def tell(self, happened: str, meaning: str, remedy: str, action: str = "", button: str = "") -> None:
        """Show something worth knowing in place; with `action`, and a button for it."""
        self._show(Notice(next(self._numbers), happened, meaning, remedy, action=action, button=button))

    def _show(self, notice: Notice) -> None:
        same = [old for old in self.store.notices if old.happened == notice.happened]
        kept = tuple(old for old in self.store.notices if old not in same)
        self.store.notices = (*kept, notice)[-_MOST_NOTICES:]

    def dismiss(self, number: int) -> None:
        self.store.notices = tuple(notice for notice in self.store.notices if notice.number != number)

    def shutdown(self, limit_s: float) -> bool:
        """Stop every job and close the library; False when a job did not let go within the limit."""
        self.undo.shutdown()
        stopped = self.runner.shutdown(limit_s)
        self.marks.flush()
        self.searches.flush()
        if stopped and self.library.session is not None:
            self.library.session.close()
        return stopped

    # As left ---------------------------------------------------------------------------------------------

    def restore(self, state: ViewState, *, sample: bool = False, library: Path | None = None) -> None:
        """Open the library of `state` and show again what was shown; quietly nothing when it is gone.

        library, sample: open this instead, and show again what was shown only when that was of the same.
        """
        last = Path(state.library) if state.library else None
        if not sample and library is None:
            self._wanted = state
            self.library.reopen(state.library, state.sae or None)
            return
        wanted = library.absolute() if library is not None else paths.sample_library().absolute()
        same = last == wanted
        self._wanted = state if same else None
        sae = state.sae or None if same else None
        if library is None:
            self.library.sample(sae)
        else:
            self.library.open(wanted, sae if sae and (wanted / SAES_FOLDER / sae).is_dir() else None)

    def saved(self) -> ViewState:
        """What `restore` needs to show all this again."""
        store, view = self.store, self.store.library
        if view is None:
            return ViewState()
        search = self.searches.saved()
        fields = {} if search is None else {name: getattr(search, name) for name in type(search).model_fields}
        if search is None and store.query_text:
            fields["query"] = SavedQuery(text=store.query_text)
        return ViewState(
            **fields,
            library=str(view.path),
            sae=view.sae or "",
            feature=store.feature,
            row=store.row,
        )

    def _opened(self, session: Session, again: bool) -> None:
        wanted, self._wanted = self._wanted, None
        self.marks.use(session)
        self.searches.use(session, keep=again)
        if again:
            self.inspect.use(session, keep=True)
            self.search.use(session, keep=True)
            return
        self.inspect.use(session)
        self.search.use(session)
        if wanted is not None and wanted.library == str(session.library.path):
            self.search.restore(wanted)
            self.inspect.restore(wanted)

    def _closed(self) -> None:
        self.searches.use(None)
        self.marks.use(None)
        self.search.use(None)
        self.inspect.use(None)

    def _relabelled(self) -> None:
        self.search.relabelled()
        self.inspect.relabelled()

    def _jobs_changed(self) -> None:
        self.store.jobs = tuple(self.runner.jobs())
