"""The desk for SAEs that are there: bringing in, writing out, and their cards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from saerch_desktop.progress import Progress
from saerch_desktop.ui.controller_library import Fail, LibraryDesk, Tell
from saerch_desktop.ui.jobs import JobRunner, Lane
from saerch_desktop.ui.sae_card import SaeCard

if TYPE_CHECKING:
    from saerch_desktop.workflow.build import Built


class SaeDesk(QObject):
    """Works on the library that is open; does nothing without one."""

    def __init__(
        self, library: LibraryDesk, runner: JobRunner, fail: Fail, tell: Tell, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._runner = runner
        self._fail = fail
        self._tell = tell

    def bring(
        self, file: Path, name: str, k: int | None = None, *, without_k: Callable[[], None] | None = None
    ) -> None:
        """Import a trained SAE and make it searchable; `without_k` when only the user can say what k is."""
        path = self._path()
        if path is None:
            return

        def work(progress: Progress) -> Built:
            from saerch_desktop.workflow.interchange import import_sae

            return import_sae(file, path, name, progress, k=k)

        def settled(error: BaseException) -> bool:
            from saerch_desktop.sae.dialects.folding import KIsMissing

            if without_k is None or not isinstance(error, KIsMissing):
                return False
            without_k()
            return True

        self._library.long_job("Importing an SAE", path, work, settled=settled)

    def write(self, name: str, form: str, out: Path) -> None:
        """Export an SAE as another program's files, and say where they are."""
        path = self._path()
        if path is None:
            return

        def work(progress: Progress) -> tuple[tuple[Path, ...], tuple[str, ...]]:
            from saerch_desktop.workflow.interchange import export_sae, what_is_lost

            lost = what_is_lost(path, name, form)
            return export_sae(path, name, form, out, progress), lost

        def done(made: tuple[tuple[Path, ...], tuple[str, ...]]) -> None:
            written, lost = made
            names = " and ".join(file.name for file in written)
            self._tell(f"“{name}” was exported: {names} in {out}.", " ".join(lost), "")

        self._runner.submit(
            "Exporting an SAE",
            work,
            lane=Lane.IO,
            key="export",
            done=done,
            failed=lambda error: self._fail(error, "Exporting the SAE"),
        )

    def card(self, name: str, ready: Callable[[SaeCard], None]) -> None:
        """Read what is known about an SAE."""
        session = self._library.session
        if session is None:
            return
        folder = session.library.sae_folder(name)

        def work(progress: Progress) -> SaeCard:
            from saerch_desktop.sae.record import load_run
            from saerch_desktop.sae.weights import load_details

            return SaeCard(load_details(folder), load_run(folder))

        self._runner.look_up(
            "Reading about the SAE",
            work,
            key="sae card",
            done=ready,
            fail=self._fail,
        )

    def _path(self) -> Path | None:
        session = self._library.session
        return session.library.path if session is not None else None
