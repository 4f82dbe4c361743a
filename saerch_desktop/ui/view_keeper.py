"""Keeps what the window shows, and puts it back: at the next start, and after a crash."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from saerch_desktop.ui import view_state, window_layout
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.view_state import ViewState
from saerch_desktop.ui.view_values import ViewValues

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.session import Session

log = logging.getLogger(__name__)

_EVERY_MS: Final = 15_000
_ON_THE_WAY: Final = ("open", "find sample", "query")  # jobs after which the view is another


class ViewKeeper(QObject):
    """Made after the parts: what they are told of an opened library comes before what they looked like."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._wanted: ViewState | None = None
        self._kept: ViewState | None = None
        self._left_alone = self._held = False
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._save_beside)
        window.controller.library.opened.connect(self._opened)

    def leave_alone(self) -> None:
        """This run neither reads nor writes what was kept."""
        self._left_alone = True
        self._timer.stop()

    def hold(self) -> None:
        """What was kept stays as it is until `let_go`: it is not decided yet whether it is shown again."""
        self._held = True

    def let_go(self) -> None:
        self._held = False

    def save_now_and_then(self) -> None:
        """From now on a crash loses no more than the last seconds of what was looked at."""
        if not self._left_alone:
            self._timer.start()

    # Putting back ----------------------------------------------------------------------------------------

    def restore(self, *, library: Path | None = None, sample: bool = False) -> None:
        """Come back as left. library, sample: open this in place of what was open last; what was shown is
        shown again where it is of the same library.
        """
        self._wanted = state = self.restore_layout()
        self._window.controller.restore(state, sample=sample, library=library)

    def show_again(self, state: ViewState) -> None:
        """Open the library of `state` and show what it says; panes stay where they are."""
        self._wanted = state
        self._window.controller.restore(state)

    def restore_layout(self) -> ViewState:
        """Only the size and the panes; no library is opened. What was kept."""
        state = ViewState() if self._left_alone else view_state.load()
        window_layout.restore_geometry(self._window, state.geometry)
        window_layout.restore_splitters(self._window, state.extra)
        self._window.layout_kept = state.layout
        return state

    def _opened(self, session: Session, again: bool) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is None or again or wanted.library != str(session.library.path):
            return
        for part in self._window.parts:
            kept = wanted.panes.get(part.view_name) if part.view_name else None
            if kept:
                part.show_view(ViewValues(kept))

    # Keeping ---------------------------------------------------------------------------------------------

    def state(self) -> ViewState:
        """What `restore` needs to show all this again."""
        window = self._window
        window.keep_layout()
        panes = {}
        if window.store.library is not None:
            panes = {part.view_name: dict(kept) for part in window.parts if (kept := part.kept_view())}
        return window.controller.saved().model_copy(
            update={
                "geometry": window_layout.saved_geometry(window),
                "layout": window.layout_kept,
                "extra": window_layout.saved_splitters(window),
                "panes": panes,
            }
        )

    def save(self) -> None:
        """The window closes: keep what it shows."""
        self._timer.stop()
        if not self._left_alone and not self._held:
            view_state.save(self.state())

    def _save_beside(self) -> None:
        """On a worker, and only what has changed."""
        jobs = self._window.controller.runner.jobs(quiet=True)
        if any(job.key in _ON_THE_WAY for job in jobs):
            return  # what was left is about to be shown again: half of it must not take its place
        state = self.state()
        if state == self._kept:
            return
        self._kept = state
        self._window.controller.runner.submit(
            "Keeping the view",
            lambda progress: view_state.save(state),
            lane=Lane.IO,
            key="keep view",
            quiet=True,
        )
