"""After a crash: the question how to go on; at any time: a report to read, to save and to copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop import files
from saerch_desktop.progress import Progress
from saerch_desktop.ui.crash_dialog import CrashDialog
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.part import Part

if TYPE_CHECKING:
    from saerch_desktop.workflow.sitting import Crash

_FILES = "Texts (*.txt);;All files (*)"
_SAID_MS = 6000


class CrashPart(Part):
    """Nothing of what was left is opened before the user says so: it may be what the program fell over."""

    dialog: CrashDialog | None = None

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"report": self.report}

    def begin(
        self, crashes: Sequence[Crash], again: Callable[[], object], afresh: Callable[[], object]
    ) -> None:
        """Start as left (`again`), or ask first where earlier runs crashed."""
        view = self.window.view
        if not crashes:
            again()
            view.save_now_and_then()
            return
        view.hold()
        dialog = self._make(crashed=True)

        def decided(go_on: Callable[[], object]) -> None:
            view.let_go()
            go_on()
            view.save_now_and_then()

        dialog.again.connect(lambda: decided(again))
        dialog.afresh.connect(lambda: decided(afresh))
        last = crashes[-1]
        self._fill(dialog, last)

    def report(self) -> None:
        """Show a report of the program as it is now."""
        if self.dialog is None:
            self._fill(self._make(crashed=False), None)
        if self.dialog is not None:
            self.dialog.raise_()

    def _make(self, *, crashed: bool) -> CrashDialog:
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = dialog = CrashDialog(crashed, self.window)
        dialog.save_wanted.connect(self._save)
        dialog.finished.connect(lambda: setattr(self, "dialog", None))
        dialog.open()
        return dialog

    def _fill(self, dialog: CrashDialog, crash: Crash | None) -> None:
        def work(progress: Progress) -> str:
            from saerch_desktop.workflow import crash_report

            if crash is None:
                return crash_report.of_now()
            return crash_report.of_crash(crash.stack, crash.began, crash.version)

        self.controller.runner.look_up(
            "Gathering the report",
            work,
            key="report",
            done=lambda text: dialog.set_report(text) if self.dialog is dialog else None,
            fail=self.controller.fail,
        )

    def _save(self, text: str) -> None:
        suggested = Path.home() / "saerch-desktop report.txt"
        path = dialogs().save_file(self.window, "Save the report", suggested, _FILES)
        if path is None:
            return
        self.controller.runner.look_up(
            "Saving the report",
            lambda progress: files.write_bytes(path, text.encode()),
            key=None,
            done=lambda _: self.window.statusBar().showMessage(f"{path.name} is saved", _SAID_MS),
            fail=self.controller.fail,
        )
