"""Closing the window while jobs run: finish in the background, go on next time, or stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

from saerch_desktop.ui import settings_live, theme
from saerch_desktop.ui.decide_dialog import Decision
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.job import State
from saerch_desktop.ui.jobs_desk import JobsDesk
from saerch_desktop.ui.jobs_entries import JobEntry

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

Way = Literal["wait", "later", "stop"]
_NAMED: Final = 4


class Leaving(QObject):
    """Stands between the wish to close the window and its close."""

    def __init__(self, window: MainWindow, desk: JobsDesk) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._agreed = False
        self.waiting = False
        self.tray: QSystemTrayIcon | None = None
        window.installEventFilter(self)
        desk.all_over.connect(self._all_over)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Close and watched is self._window and not self._may_close():
            event.ignore()
            return True
        return False

    def _may_close(self) -> bool:
        live = self._desk.live()
        if self._agreed or not live:
            return True
        app = QApplication.instance()
        if isinstance(app, QApplication) and app.isSavingSession():
            self._window.controller.library.kept.park()  # there is no time for questions
            return True
        way = self._way(live)
        if way is None:
            return False
        if way == "wait":
            self._wait()
            return False
        if way == "later":
            self._window.controller.library.kept.park()
        self._agreed = True
        return True

    def _way(self, live: list[JobEntry]) -> Way | None:
        kept = settings_live.live.now.close_with_jobs
        if kept != "ask":
            return kept
        answer = dialogs().decide(self._window, question(live, [self._desk.can_go_on(one) for one in live]))
        if answer is None or answer.key not in ("wait", "later", "stop"):
            return None
        way: Way = "wait" if answer.key == "wait" else "later" if answer.key == "later" else "stop"
        if answer.always:
            settings_live.change(close_with_jobs=way)
        return way

    # In the background -----------------------------------------------------------------------------------

    def _wait(self) -> None:
        """Go out of sight; leave when all is done."""
        for entry in self._desk.live():
            if entry.state is State.PAUSED and entry.job is not None:
                entry.job.resume()  # else it would wait for ever
        self.waiting = True
        QApplication.setQuitOnLastWindowClosed(False)
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._show_tray()
            self._window.hide()
        else:
            self._window.showMinimized()

    def come_back(self) -> None:
        """Show the window again; it stays."""
        self.waiting = False
        self._put_tray_away()
        QApplication.setQuitOnLastWindowClosed(True)
        self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()

    def leave_now(self) -> None:
        """Close at once; what can go on goes on at the next start."""
        self._window.controller.library.kept.park()
        self._leave()

    def _leave(self) -> None:
        self.waiting, self._agreed = False, True
        self._put_tray_away()
        QApplication.setQuitOnLastWindowClosed(True)
        self._window.close()
        # A window out of sight is not the last one closed: the program would stay.
        QApplication.quit()

    def _all_over(self) -> None:
        if not self.waiting:
            return
        if any(entry.state is State.FAILED for entry in self._desk.entries()):
            self.come_back()
        else:
            self._leave()

    def _show_tray(self) -> None:
        menu = QMenu(self._window)
        menu.addAction("Show the window", self.come_back)
        menu.addAction("Quit, and go on at the next start", self.leave_now)
        self.tray = QSystemTrayIcon(theme.icon("app"), self)
        self.tray.setContextMenu(menu)
        self.tray.setToolTip("SAErch Desktop finishes its jobs, then closes")
        self.tray.activated.connect(self._tray_clicked)
        self.tray.show()

    def _tray_clicked(self, why: QSystemTrayIcon.ActivationReason) -> None:
        if why is QSystemTrayIcon.ActivationReason.Trigger:
            self.come_back()

    def _put_tray_away(self) -> None:
        tray, self.tray = self.tray, None
        if tray is not None:
            tray.hide()
            tray.deleteLater()


def question(live: list[JobEntry], can_go_on: list[bool]) -> Decision:
    """What is asked. can_go_on: of each job, whether it can be gone on with at the next start."""
    names = [f"“{entry.title}”" for entry in live[:_NAMED]]
    if len(live) > _NAMED:
        names.append(f"{len(live) - _NAMED:,} more")
    listed = ", ".join(names)
    first = f"{listed} is not finished." if len(live) == 1 else f"These jobs are not finished: {listed}."
    hidden = "The window goes out of sight and closes once all is done; if a job fails it comes back."
    lost = [entry.title for entry, kept in zip(live, can_go_on, strict=True) if not kept]
    later = "What is finished stays; at the next start it goes on where it stopped."
    if lost and len(lost) < len(live):
        later = f"{later} This cannot go on and is stopped: {', '.join(f'“{title}”' for title in lost)}."
    choices = [("wait", "Finish in the background", hidden)]
    if len(lost) < len(live):
        choices.append(("later", "Go on at the next start", later))
    choices.append(("stop", "Stop and close", "What is finished stays in the library."))
    return Decision(
        "Close with unfinished jobs",
        first,
        tuple(choices),
        none="Stay here",
        always="Always do this",
    )
