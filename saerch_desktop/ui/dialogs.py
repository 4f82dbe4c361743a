"""The one seam for questions and file pickers: the window asks through here, tests replace `current`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget

from saerch_desktop import paths
from saerch_desktop.ui import answer_dialog
from saerch_desktop.ui.answer_dialog import AnswerDialog
from saerch_desktop.ui.confirm_dialog import ConfirmDialog, Question
from saerch_desktop.ui.decide_dialog import Answer, DecideDialog, Decision
from saerch_desktop.ui.pick_dialog import PickDialog
from saerch_desktop.ui.send_dialog import SendDialog, Sending

TEXT_FILES = "Texts (*.csv *.tsv *.json *.jsonl *.ndjson *.gz *.parquet *.txt *.md);;All files (*)"
SAE_FILES = "Trained SAEs (*.safetensors *.pth *.pt *.json);;All files (*)"
NAME_FILES = "Names of features (*.json *.csv);;All files (*)"
VECTOR_FILES = "Vectors (*.npy *.npz *.safetensors *.parquet);;All files (*)"


class Dialogs(Protocol):
    def open_file(self, parent: QWidget, title: str, folder: Path, filters: str) -> Path | None: ...
    def save_file(self, parent: QWidget, title: str, suggested: Path, filters: str) -> Path | None: ...
    def open_folder(self, parent: QWidget, title: str, folder: Path) -> Path | None: ...
    def ask(self, parent: QWidget, title: str, text: str, yes: str, no: str) -> bool: ...
    def choose(self, parent: QWidget, title: str, text: str, options: list[str]) -> str | None: ...
    def pick(self, parent: QWidget, title: str, text: str, options: list[str]) -> str | None: ...
    def confirm(self, parent: QWidget, question: Question) -> bool: ...
    def decide(self, parent: QWidget, decision: Decision) -> Answer | None: ...
    def text(self, parent: QWidget, title: str, text: str, suggested: str, yes: str = "OK") -> str | None: ...
    def number(self, parent: QWidget, title: str, text: str, suggested: int) -> int | None: ...
    def tell(self, parent: QWidget, title: str, text: str) -> None: ...
    def send(self, parent: QWidget, sending: Sending) -> bool: ...


class QtDialogs:
    """The real ones."""

    def open_file(self, parent: QWidget, title: str, folder: Path, filters: str) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(parent, title, str(folder), filters)
        return Path(name) if name else None

    def save_file(self, parent: QWidget, title: str, suggested: Path, filters: str) -> Path | None:
        name, chosen = QFileDialog.getSaveFileName(parent, title, str(suggested), filters)
        if not name:
            return None
        path = Path(name)
        # A name typed without an ending takes that of the kind of file that was chosen.
        ending = re.search(r"\*(\.\w+)", chosen)
        return path if path.suffix or ending is None else path.with_name(path.name + ending[1])

    def open_folder(self, parent: QWidget, title: str, folder: Path) -> Path | None:
        name = QFileDialog.getExistingDirectory(parent, title, str(folder))
        return Path(name) if name else None

    def ask(self, parent: QWidget, title: str, text: str, yes: str, no: str) -> bool:
        box = QMessageBox(QMessageBox.Icon.Question, title, text, QMessageBox.StandardButton.NoButton, parent)
        accept = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        reject = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(reject)
        box.exec()
        return box.clickedButton() is accept

    def choose(self, parent: QWidget, title: str, text: str, options: list[str]) -> str | None:
        field = answer_dialog.choice(options)
        return field.currentText() if _answered(AnswerDialog(title, text, field, "OK", parent)) else None

    def pick(self, parent: QWidget, title: str, text: str, options: list[str]) -> str | None:
        """One of many that are found by typing; none is chosen beforehand."""
        dialog = PickDialog(title, text, options, parent)
        return dialog.answer() if _answered(dialog) else None

    def confirm(self, parent: QWidget, question: Question) -> bool:
        return _answered(ConfirmDialog(question, parent))

    def decide(self, parent: QWidget, decision: Decision) -> Answer | None:
        dialog = DecideDialog(decision, parent)
        return dialog.answer if _answered(dialog) else None

    def text(self, parent: QWidget, title: str, text: str, suggested: str, yes: str = "OK") -> str | None:
        field = answer_dialog.line(suggested)
        return (
            field.text().strip() or None if _answered(AnswerDialog(title, text, field, yes, parent)) else None
        )

    def number(self, parent: QWidget, title: str, text: str, suggested: int) -> int | None:
        field = answer_dialog.number(suggested, 1 << 24)
        return field.value() if _answered(AnswerDialog(title, text, field, "OK", parent)) else None

    def tell(self, parent: QWidget, title: str, text: str) -> None:
        QMessageBox.information(parent, title, text)

    def send(self, parent: QWidget, sending: Sending) -> bool:
        return _answered(SendDialog(sending, parent))


def usual_folder(library: Path) -> Path:
    """Where a file made from a library is suggested to lie: beside it, or among one's own documents where
    the library lies hidden among the program's data.
    """
    if paths.data_dir() not in library.absolute().parents:
        return library.parent
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(documents) if documents and Path(documents).is_dir() else Path.home()


def _answered(dialog: QDialog) -> bool:
    """Ask, and whether the user said yes; its fields can be read until the next event."""
    try:
        return dialog.exec() == QDialog.DialogCode.Accepted
    finally:
        dialog.deleteLater()


class _Seam:
    def __init__(self) -> None:
        self.current: Dialogs = QtDialogs()


_seam = _Seam()


def dialogs() -> Dialogs:
    """Whoever asks the questions now."""
    return _seam.current


def replace(other: Dialogs) -> Dialogs:
    """Put `other` in place and return the former one (tests, unattended runs)."""
    former, _seam.current = _seam.current, other
    return former
