"""What leaves the window: the export dialog, its jobs, and the last action as a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication

from saerch_desktop.progress import Progress
from saerch_desktop.ui.dialogs import usual_folder
from saerch_desktop.ui.export_choice import Choice, offers
from saerch_desktop.ui.export_dialog import ExportDialog
from saerch_desktop.ui.export_work import CommandOf, commanded, searched_now, written
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.part import Part

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.exporting import What, Written
    from saerch_desktop.workflow.job_journal import Kept

_SAID_MS = 8000


class ExportPart(Part):
    """Notices what was done last, so that it can be copied as a line for a shell."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.dialog: ExportDialog | None = None
        self._last: CommandOf | None = None  # None: the search, where there is one
        store, controller = self.store, self.controller
        controller.library.kept.noted.connect(self._began)
        controller.library.closed.connect(self._closed)
        for changed in (store.ranking_changed, store.keyword_hits_changed):
            changed.connect(lambda shown: self._searched(shown))

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"export": self.ask, "export-report": lambda: self.ask("report"), "copy-command": self.copy}

    def conditions(self) -> Mapping[str, bool]:
        return {"done-something": self._last is not None or self._has_results}

    @property
    def _has_results(self) -> bool:
        return self.store.ranking is not None or self.store.keyword_hits is not None

    # The dialog ------------------------------------------------------------------------------------------

    def ask(self, what: What | None = None) -> None:
        """Open the dialog, perhaps at one of the things it offers."""
        view, store = self.store.library, self.store
        if view is None:
            return
        if self.dialog is None:
            there = offers(
                results=self._has_results,
                features=view.steering,
                families=store.book is not None,
                vectors=view.vectors,
                searched=self._has_results,
            )
            name = view.name.removesuffix(".saerch")
            self.dialog = ExportDialog(there, name, usual_folder(view.path), self._listed(), self.window)
            self.dialog.wanted.connect(self.write)
            self.dialog.finished.connect(lambda _: setattr(self, "dialog", None))
            self.dialog.show()
        self.dialog.choose(what or self.dialog.offer.what)
        self.dialog.raise_()

    def _listed(self) -> int:
        """How many results there are."""
        shown, matches = self.store.ranking, self.store.matches
        if shown is not None:
            return int(shown.ranking.total)
        return int(matches.rows.size) if matches is not None else 0

    def write(self, choice: Choice) -> None:
        """Write the file on a worker; what it was is then the last action."""
        session = self.controller.library.session
        if session is None:
            return
        now = searched_now(self.controller, choice.count)
        book, label = self.store.book, self.controller.search.label
        title = f"Writing {choice.path.name}"

        def work(progress: Progress) -> Written:
            return written(session, choice, now, book, label, progress)

        def done(result: Written) -> None:
            self._last = commanded(choice, now)
            self.window.refresh_actions()
            self._say(f"{result.path.name} is written: {_counted(result)}")

        self.controller.runner.submit(
            title,
            work,
            lane=Lane.IO,
            done=done,
            failed=lambda error: self.controller.fail(error, title),
        )

    # The last action as a command ------------------------------------------------------------------------

    def copy(self) -> None:
        """Put the line that does the last action again on the clipboard."""
        session, last = self.controller.library.session, self._last
        if last is None:
            if not self._has_results or session is None:
                return
            now = searched_now(self.controller, None)
            if now is None:
                return
            asked = now

            def last(session: Any) -> list[str]:
                from saerch_desktop.workflow import command_lines

                return command_lines.search(session, asked.searched)

        make = last

        def work(progress: Progress) -> str:
            from saerch_desktop.workflow import command_lines

            return command_lines.line(make(session))

        def done(made: str) -> None:
            QApplication.clipboard().setText(made)
            self._say(f"Copied: {made if len(made) < 120 else f'{made[:110]}…'}")

        self.controller.runner.look_up(
            "Copying the command",
            work,
            key="copy-command",
            done=done,
            fail=self.controller.fail,
        )

    def _began(self, kept: Kept) -> None:
        def command(session: Any) -> list[str]:
            from saerch_desktop.workflow import command_lines

            return command_lines.job(kept)

        self._last = command
        self.window.refresh_actions()

    def _searched(self, shown: object) -> None:
        if shown is not None:
            self._last = None

    def _closed(self) -> None:
        self._last = None
        if self.dialog is not None:
            self.dialog.close()

    def _say(self, text: str) -> None:
        self.window.statusBar().showMessage(text, _SAID_MS)


def _counted(result: Written) -> str:
    if result.what == "report":
        return f"{max(1, result.rows // 1000):,} kB"
    return f"{result.rows:,} activations" if result.form == "csr" else f"{result.rows:,} rows"
