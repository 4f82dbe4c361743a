"""The page about the disk: what program and library keep, how large it is, and clearing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton
from shiboken6 import isValid

from saerch_desktop.ui import theme
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.line_table import LineTable
from saerch_desktop.ui.settings_page import SettingsPage, note

if TYPE_CHECKING:
    from saerch_desktop.workflow.storage import Kept

_COLUMNS = (
    ("What", "Kinds of files"),
    ("On disk", "What all of them take"),
    ("Can be cleared", "Whether they can be made again"),
)
_Found = tuple[tuple["Kept", ...], tuple["Kept", ...]]


class StoragePage(SettingsPage):
    """Two tables, of the program and of the library that is open, each with a button for its chosen row."""

    title = "Storage"
    icon = "open"
    tip = "What is kept on this computer. Only what can be made again can be cleared here."
    words = ("disk", "space", "cache", "clear", "size", "logs", "sample", "maps", "index", "free")

    def build(self) -> None:
        self._path: Path | None = None
        self.kept: list[tuple[Kept, ...]] = [(), ()]
        self.tables: list[LineTable] = []
        self.notes: list[QLabel] = []
        self.buttons: list[QPushButton] = []
        self.section("The program")
        self._block(0, "What the program keeps")
        self.library = self.section("The library that is open")
        self._block(1, "What the library keeps")
        self.total = note("Measuring…")
        self.content.addWidget(self.total)

    def shown(self) -> None:
        self.look()

    def look(self) -> None:
        """Measure again."""
        from saerch_desktop.workflow import storage

        controller = self.window_.controller
        view = self.window_.store.library
        path = None if view is None else view.path
        self._path = path
        controller.runner.look_up(
            "Measuring what is kept",
            lambda progress: (storage.program_kept(path), storage.library_kept(path) if path else ()),
            key="storage",
            fail=controller.fail,
            done=self._found,
        )

    def clear(self, at: int) -> None:
        """Ask, and clear what is chosen in the first (0) or second (1) table."""
        from saerch_desktop.workflow import storage

        kept, path = self._chosen(at), self._path
        if kept is None or not kept.clearable:
            return
        text = f"{kept.what}. {storage.human(kept.size_bytes)} become free. {kept.loss}"
        if not dialogs().ask(self, f"Clear “{kept.title}”?", text, "Clear", "Cancel"):
            return
        controller = self.window_.controller
        controller.runner.look_up(
            f"Clearing “{kept.title}”",
            lambda progress: (
                storage.clear_program(kept.key, progress, path)
                if at == 0 or path is None
                else storage.clear_library(path, kept.key, progress)
            ),
            key=None,
            lane=Lane.IO,
            fail=self._failed,
            done=lambda _: self.look() if isValid(self) else None,
        )

    def _failed(self, error: BaseException, doing: str) -> None:
        self.window_.controller.fail(error, doing)
        if isValid(self):
            self.look()

    def _block(self, at: int, name: str) -> None:
        table = LineTable(_COLUMNS, name, "Delete clears the chosen kind, after a question")
        table.setMinimumHeight(theme.row_height(self.font()) * (6 if at == 0 else 8))
        table.removed.connect(lambda _: self.clear(at))
        table.currentCellChanged.connect(lambda *_: self._explain(at))
        about = note("")
        about.setAccessibleName(f"{name}: about the chosen kind")
        button = QPushButton("Clear…")
        describe(button, f"Clear what is chosen in “{name}”", "After a question that says what it costs")
        button.clicked.connect(lambda: self.clear(at))
        line = QHBoxLayout()
        line.setSpacing(2 * theme.UNIT)
        line.addWidget(about, 1)
        line.addWidget(button)
        self.add(table, name, "Sizes on the disk, and what can be cleared")
        self.content.addLayout(line)
        self.tables.append(table)
        self.notes.append(about)
        self.buttons.append(button)

    def _found(self, found: _Found) -> None:
        from saerch_desktop.workflow.storage import human

        if not isValid(self):
            return
        for at, kept in enumerate(found):
            self.kept[at] = kept
            self.tables[at].fill([_row(one) for one in kept])
            self._explain(at)
        for widget in (self.library, self.tables[1], self.notes[1], self.buttons[1]):
            widget.setVisible(self._path is not None)
        program, library = (sum(one.size_bytes for one in kept) for kept in found)
        said = f"The program keeps {human(program)}."
        self.total.setText(
            said if self._path is None else f"{said} {self._path.name} takes {human(library)}."
        )

    def _chosen(self, at: int) -> Kept | None:
        row = self.tables[at].current()
        return self.kept[at][row] if 0 <= row < len(self.kept[at]) else None

    def _explain(self, at: int) -> None:
        kept = self._chosen(at)
        self.buttons[at].setEnabled(kept is not None and kept.clearable)
        if kept is not None:
            self.notes[at].setText(f"{kept.what}. {kept.loss}".strip())


def _answer(kept: Kept) -> str:
    if not kept.size_bytes:
        return "Nothing there"
    return "Yes" if kept.clearable else "No"


def _row(kept: Kept) -> tuple[tuple[str, ...], str]:
    from saerch_desktop.workflow.storage import human

    return (
        kept.title,
        human(kept.size_bytes),
        _answer(kept),
    ), f"{kept.what}. {kept.loss}".strip()
