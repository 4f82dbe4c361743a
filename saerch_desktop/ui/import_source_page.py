"""The first page of the import wizard: which file or folder, and what it is at first sight."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.dialogs import TEXT_FILES, dialogs
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.form_parts import describe, icon_button
from saerch_desktop.ui.import_desk import ImportDesk
from saerch_desktop.ui.import_page import ImportPage, card, muted, sentence
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.import_look import SourceLook

_MANY = 200_000  # records, from which on a part may be enough to begin with


class SourcePage(ImportPage):
    """Asks for the file; what it shows of it comes from a worker."""

    step = "source"
    title = "Where are your texts?"
    about = (
        "A table (CSV, TSV, JSON, JSON Lines, Parquet, also compressed), a folder of .txt and .md files, or "
        "arXiv’s metadata snapshot. The file is only read, never changed."
    )

    def __init__(self, desk: ImportDesk, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._folder = folder
        frame, inside = card()
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * UNIT)
        self.choose_file = icon_button("Choose file…", "Choose a file with one text in each row", "open")
        self.choose_folder = icon_button("Choose folder…", "Choose a folder of .txt and .md files", "open")
        self.choose_file.clicked.connect(self._ask_file)
        self.choose_folder.clicked.connect(self._ask_folder)
        buttons.addWidget(self.choose_file)
        buttons.addWidget(self.choose_folder)
        buttons.addStretch(1)
        inside.addLayout(buttons)
        inside.addWidget(muted("Or drop a file or a folder anywhere on this window."))
        self.column.addWidget(frame)
        self.seen, seen = card()
        self.name = ElidedButton()
        self.name.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.name.setEnabled(True)
        self.facts = sentence()
        self.facts.setAccessibleName("What the file is")
        self.columns = muted()
        seen.addWidget(self.name)
        seen.addWidget(self.facts)
        seen.addWidget(self.columns)
        seen.addLayout(self._limit_part())
        self.column.addWidget(self.seen)
        self.column.addStretch(1)
        self.show_state()

    def _limit_part(self) -> QVBoxLayout:
        self.limit = QCheckBox("Import only the first records")
        describe(
            self.limit, "Import only the first records", "To try something out on a part of a large file"
        )
        self.limit_to = QSpinBox()
        self.limit_to.setRange(1, 99_999_999)
        self.limit_to.setGroupSeparatorShown(True)
        self.limit_to.setSingleStep(1000)
        self.limit_to.setKeyboardTracking(False)
        self.limit_to.setValue(50_000)
        describe(self.limit_to, "How many records", "So many records from the beginning of the file")
        self.limit.toggled.connect(lambda _: self._limited())
        self.limit_to.valueChanged.connect(lambda _: self._limited())
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.limit)
        row.addWidget(self.limit_to)
        row.addStretch(1)
        self.large = muted()
        part = QVBoxLayout()
        part.setSpacing(UNIT)
        part.addLayout(row)
        part.addWidget(self.large)
        return part

    def _limited(self) -> None:
        self.desk.say(limit=self.limit_to.value() if self.limit.isChecked() else None)

    def _ask_file(self) -> None:
        path = dialogs().open_file(self, "File with the texts", self._start(), TEXT_FILES)
        if path is not None:
            self.desk.choose(path)

    def _ask_folder(self) -> None:
        path = dialogs().open_folder(self, "Folder with the texts", self._start())
        if path is not None:
            self.desk.choose(path)

    def _start(self) -> Path:
        source = self.desk.draft.source
        return source.parent if source is not None else self._folder

    def show_state(self) -> None:
        draft, look = self.desk.draft, self.desk.flow.source
        self.seen.setVisible(draft.source is not None)
        if draft.source is None:
            return
        self.name.set_text(draft.source.name, str(draft.source))
        trouble = self.desk.flow.source_trouble
        theme.set_role(self.facts, "error" if trouble else "figure")
        self.facts.style().polish(self.facts)
        self.facts.setText(trouble or (facts(look) if look is not None else "Reading its beginning…"))
        self.columns.setVisible(look is not None)
        for control in (self.limit, self.limit_to):
            control.setVisible(look is not None)
        self.large.setVisible(look is not None and look.rows > _MANY and draft.limit is None)
        if look is None:
            return
        names = ", ".join(look.columns[:12])
        more = len(look.columns) - 12
        self.columns.setText(f"Columns: {names} and {more} more" if more > 0 else f"Columns: {names}")
        self.large.setText(
            "This is a large file. All of it can be used; to see first what comes out, import a part."
        )
        self.limit.blockSignals(True)
        self.limit.setChecked(draft.limit is not None)
        self.limit.blockSignals(False)
        if draft.limit is not None:
            self.limit_to.blockSignals(True)
            self.limit_to.setValue(draft.limit)
            self.limit_to.blockSignals(False)
        self.limit_to.setEnabled(draft.limit is not None)


def facts(look: SourceLook) -> str:
    """Kind, size and records of a source in one line."""
    if look.format == "folder":
        return f"Folder of texts  ·  {wording.count(look.files)} files  ·  {wording.size(look.bytes)}"
    kind = f"{look.format} with arXiv’s columns" if look.arxiv else look.format
    return f"{kind}  ·  {wording.size(look.bytes)}  ·  {records(look)}"


def records(look: SourceLook) -> str:
    """How many records, and how sure that is."""
    if look.exact:
        return "1 record" if look.rows == 1 else f"{look.rows:,} records"
    step = 10 ** max(0, len(str(look.rows)) - 2)
    return f"about {round(look.rows / step) * step:,} records"
