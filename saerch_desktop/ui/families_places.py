"""Keeps where nodes were put by hand, beside the features they belong to."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.ui.families_desk import FamiliesDesk

if TYPE_CHECKING:
    from saerch_desktop.features.families.places import Place

log = logging.getLogger(__name__)

_TOGETHER_MS: Final = 300  # several nodes are dragged at once, and one often several times


class PlaceKeeper(QObject):
    """Places of the features in use. `known(dict of place by id)`: they were read. What is put is written a
    moment later on a worker; without room on the disk or leave to write it lasts as long as the window does.
    """

    known = Signal(object)

    def __init__(self, desk: FamiliesDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._folder: Path | None = None
        self._changes: dict[str, Place | None] = {}
        self._writing = threading.Lock()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_TOGETHER_MS)
        self._soon.timeout.connect(self._save)

    def use(self, folder: Path | None) -> None:
        """Other features are looked at, or none: what was put is written, and what is there is read."""
        self.flush()
        self._folder = folder
        if folder is None:
            return

        def work(progress: Progress) -> dict[str, Place]:
            from saerch_desktop.features.families.places import load_places

            return load_places(folder)

        def done(found: dict[str, Place]) -> None:
            if self._folder == folder and found:
                self.known.emit(found)

        self._desk.aside("Reading where nodes were put", work, done)

    def put(self, node: str, place: Place | None) -> None:
        """A node was put somewhere; None: it may go anywhere again."""
        if self._folder is not None:
            self._changes[node] = place
            self._soon.start()

    def flush(self) -> None:
        """Write now what was not written yet."""
        self._soon.stop()
        if self._folder is not None and self._changes:
            self._write(self._folder)

    def _save(self) -> None:
        folder = self._folder
        if folder is not None:
            self._desk.aside("Keeping where nodes were put", lambda progress: self._write(folder))

    def _write(self, folder: Path) -> None:
        """On a worker or, when the features are left, at once; in turn, so that the last place counts."""
        from saerch_desktop.features.families.places import save_places

        with self._writing:
            changes, self._changes = self._changes, {}
            if not changes:
                return
            try:
                save_places(folder, changes)
            except UserError as error:
                log.warning("Where nodes were put is not kept: %s", error)
