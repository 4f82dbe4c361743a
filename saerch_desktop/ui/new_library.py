"""The form behind "New library from a file": columns, vectors, what to train."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.errors import UserError
from saerch_desktop.ui import theme
from saerch_desktop.ui.dialogs import TEXT_FILES, VECTOR_FILES, dialogs
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.form_parts import describe, form_layout, heading, icon_button
from saerch_desktop.ui.jobs import JobRunner, Lane
from saerch_desktop.ui.training_choices import CHOICES, Choice
from saerch_desktop.workflow.making import NewLibrary

if TYPE_CHECKING:
    from saerch_desktop.library.importing import Preview

_NONE = "(none)"
_PREVIEW_ROWS = 8
_CELL = 90
_ROLES = (
    ("text", "Text", "What is embedded and searched"),
    ("title", "Title", "Shown in lists, and embedded before the text"),
    ("id", "Identifier", "Unique per document; numbered when there is none"),
    ("date", "Date", "Shown beside the document"),
    ("facets", "Facets", "Categories to tell documents apart; several at once with commas between"),
)


class NewLibraryForm(QDialog):
    """Emits `wished(NewLibrary)` once, when everything needed is there."""

    wished = Signal(object)

    def __init__(self, runner: JobRunner, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("new-library")
        self.setWindowTitle("New library from a file")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._runner = runner
        self._folder = folder
        self._preview: Preview | None = None
        self._source: Path | None = None
        self._vectors: Path | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * theme.UNIT, 4 * theme.UNIT, 5 * theme.UNIT, 4 * theme.UNIT)
        layout.setSpacing(3 * theme.UNIT)
        layout.addLayout(self._source_part())
        layout.addWidget(self._table_part(), 1)
        columns = QHBoxLayout()
        columns.setSpacing(8 * theme.UNIT)
        columns.addLayout(self._roles_part(), 1)
        columns.addLayout(self._vectors_part(), 1)
        layout.addLayout(columns)
        layout.addLayout(self._place_part())
        self.trouble = QLabel()
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        self.trouble.setWordWrap(True)
        theme.set_role(self.trouble, "error")
        layout.addWidget(self.trouble)
        layout.addWidget(self._buttons_part())
        self.resize(920, 660)
        self.choose_file.setFocus()
        self._refresh()

    # Parts -----------------------------------------------------------------------------------------------

    def _source_part(self) -> QHBoxLayout:
        self.source_line = QLineEdit()
        self.source_line.setReadOnly(True)
        self.source_line.setPlaceholderText(
            "CSV, TSV, JSON, JSON Lines, Parquet, or a folder of .txt and .md files"
        )
        describe(
            self.source_line,
            "File with the texts",
            "The file or folder that holds the texts; it is only read",
        )
        self.choose_file = icon_button("Choose file…", "Choose a file with one text per row", "open")
        self.choose_folder = icon_button("Choose folder…", "Choose a folder of .txt and .md files", "open")
        self.choose_file.clicked.connect(self._ask_file)
        self.choose_folder.clicked.connect(self._ask_folder)
        row = QHBoxLayout()
        row.setSpacing(2 * theme.UNIT)
        row.addWidget(self.source_line, 1)
        row.addWidget(self.choose_file)
        row.addWidget(self.choose_folder)
        return row

    def _table_part(self) -> QStackedWidget:
        self.table = QTableWidget(0, 0)
        describe(self.table, "First rows of the file", "The first rows, as they are read")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.table.setMinimumHeight(40 * theme.UNIT)
        self.first = QStackedWidget()
        self.first.addWidget(
            EmptyState(
                "table", "No file yet", "The first rows appear here, with a guess at what each column is."
            )
        )
        self.first.addWidget(self.table)
        return self.first

    def _roles_part(self) -> QFormLayout:
        form = form_layout()
        form.addRow(heading("Columns"))
        self.combos: dict[str, QComboBox] = {}
        for role, label, tip in _ROLES:
            combo = QComboBox()
            combo.setEditable(role == "facets")
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(18)
            describe(combo, label, tip)
            combo.currentTextChanged.connect(self._refresh)
            form.addRow(label, combo)
            self.combos[role] = combo
        return form

    def _vectors_part(self) -> QFormLayout:
        form = form_layout()
        form.addRow(heading("Vectors"))
        self.choices = QButtonGroup(self)
        self.radios: dict[str, QRadioButton] = {}
        for choice, text, tip in (
            ("compute", "Compute them here with MiniLM", "About 20 abstracts a second on two cores; offline"),
            (
                "given",
                "I have them in a file",
                "A .npy, .npz, .safetensors or Parquet file, one row per text",
            ),
            ("none", "None: search for words only", "Vectors can be computed later"),
        ):
            radio = QRadioButton(text)
            describe(radio, text, tip)
            self.choices.addButton(radio)
            self.radios[choice] = radio
            form.addRow(radio)
        self.radios["compute"].setChecked(True)
        self.choices.buttonToggled.connect(self._refresh)
        self.vectors_line = QLineEdit()
        self.vectors_line.setReadOnly(True)
        describe(self.vectors_line, "Vector file", "One vector per text, in the same order")
        self.choose_vectors = icon_button("Choose…", "Choose the file with the vectors", "open")
        self.choose_vectors.clicked.connect(self._ask_vectors)
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self.vectors_line, 1)
        row.addWidget(self.choose_vectors)
        form.addRow("File", row)
        self.embedder = QComboBox()
        self.embedder.setEditable(True)
        self.embedder.addItems(["another model", "minilm"])
        describe(
            self.embedder,
            "Embedder of the vectors",
            "Who made them: with “minilm” queries can be typed, else documents are the queries",
        )
        form.addRow("Made by", self.embedder)
        self.preset = QComboBox()
        for place, kind in enumerate(CHOICES):
            self.preset.addItem(f"Train features: {kind.short}", kind)
            self.preset.setItemData(place, kind.words(), Qt.ItemDataRole.ToolTipRole)
        self.preset.addItem("Train none now", None)
        describe(
            self.preset, "Features to train", "What to learn from the vectors; more can be trained later"
        )
        form.addRow("Features", self.preset)
        return form

    def _place_part(self) -> QFormLayout:
        form = form_layout()
        self.name_line = QLineEdit()
        self.name_line.setPlaceholderText("Name of the library")
        describe(self.name_line, "Name of the library", "Its folder is called NAME.saerch")
        self.name_line.textChanged.connect(self._refresh)
        self.place_line = QLineEdit(str(self._folder))
        self.place_line.setReadOnly(True)
        describe(self.place_line, "Folder of the library", "Where the library's folder is made")
        self.choose_place = icon_button("Choose…", "Choose where the library is kept", "open")
        self.choose_place.clicked.connect(self._ask_place)
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self.name_line, 2)
        row.addWidget(QLabel("in"))
        row.addWidget(self.place_line, 3)
        row.addWidget(self.choose_place)
        form.addRow("Library", row)
        return form

    def _buttons_part(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        box.button(QDialogButtonBox.StandardButton.Cancel).setToolTip("Close this form; nothing is made")
        self.make = box.addButton("Make library", QDialogButtonBox.ButtonRole.AcceptRole)
        self.make.setProperty("primary", "true")
        describe(
            self.make, "Make library", "Read the file, then compute vectors and train, all in the background"
        )
        box.accepted.connect(self._accept)
        box.rejected.connect(self.reject)
        return box

    # Acts ------------------------------------------------------------------------------------------------

    def _ask_file(self) -> None:
        path = dialogs().open_file(self, "File with the texts", self._folder, TEXT_FILES)
        if path is not None:
            self.read(path)

    def _ask_folder(self) -> None:
        path = dialogs().open_folder(self, "Folder with the texts", self._folder)
        if path is not None:
            self.read(path)

    def _ask_vectors(self) -> None:
        path = dialogs().open_file(self, "File with the vectors", self._folder, VECTOR_FILES)
        if path is not None:
            self._vectors = path
            self.vectors_line.setText(str(path))
            self.radios["given"].setChecked(True)
            self._refresh()

    def _ask_place(self) -> None:
        path = dialogs().open_folder(self, "Where to keep the library", Path(self.place_line.text()))
        if path is not None:
            self.place_line.setText(str(path))
            self._refresh()

    def read(self, path: Path) -> None:
        """Look at the beginning of `path` and guess what its columns are."""
        from saerch_desktop.library.importing import preview

        self._source, self._preview = path, None
        self.source_line.setText(str(path))
        self.trouble.setText("Reading…")
        if not self.name_line.text():
            self.name_line.setText(path.name.split(".")[0])
        self._runner.submit(
            "Reading the file",
            lambda progress: preview(path),
            lane=Lane.IO,
            key="preview",
            quiet=True,
            done=self._show_preview,
            failed=self._cannot_read,
        )

    def _cannot_read(self, error: BaseException) -> None:
        self._preview = None
        self._fill_table((), ())
        told = (
            f"{error.happened} {error.remedy}"
            if isinstance(error, UserError)
            else f"It cannot be read: {error}"
        )
        self._refresh()
        self.trouble.setText(told)

    def _show_preview(self, preview: Preview) -> None:
        self._preview = preview
        roles = preview.roles
        guessed = {"text": roles.text[:1], "title": (roles.title,), "id": (roles.id,), "date": (roles.date,)}
        for role, combo in self.combos.items():
            combo.blockSignals(True)
            combo.clear()
            if role == "facets":
                combo.addItems(["", *preview.columns])
                combo.setCurrentText(", ".join(roles.facets))
            else:
                combo.addItems([*([] if role == "text" else [_NONE]), *preview.columns])
                wanted = next(iter(guessed[role]), None)
                combo.setCurrentText(wanted or (preview.columns[0] if role == "text" else _NONE))
            combo.blockSignals(False)
        self._fill_table(preview.columns, preview.rows[:_PREVIEW_ROWS])
        self._refresh()

    def _fill_table(self, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
        self.first.setCurrentIndex(1 if columns else 0)
        self.table.clear()
        self.table.setColumnCount(len(columns))
        self.table.setRowCount(len(rows))
        self.table.setHorizontalHeaderLabels(list(columns))
        for r, record in enumerate(rows):
            for c, column in enumerate(columns):
                value = record.get(column)
                text = "" if value is None else " ".join(str(value).split())
                item = QTableWidgetItem(text[:_CELL] + ("…" if len(text) > _CELL else ""))
                self.table.setItem(r, c, item)
        self.table.resizeColumnsToContents()
        for c in range(len(columns)):
            self.table.setColumnWidth(c, min(self.table.columnWidth(c), 75 * theme.UNIT))

    # State -----------------------------------------------------------------------------------------------

    def target(self) -> Path:
        name = self.name_line.text().strip()
        return Path(self.place_line.text()) / f"{name.removesuffix('.saerch')}.saerch"

    def missing(self) -> str:
        """What is still to be said before the library can be made, or ""."""
        if self._source is None:
            return "Choose a file or a folder first."
        if self._preview is None:
            return "The file could not be read."
        name = self.name_line.text().strip()
        if not name:
            return "Give the library a name."
        if Path(name).name != name or name.startswith("."):
            return "This name cannot be a folder's name."
        if self.target().exists():
            return f"{self.target().name} exists already in that folder; choose another name."
        if self._choice() == "given" and self._vectors is None:
            return "Choose the file with the vectors."
        unknown = [facet for facet in self._facets() if facet not in self._preview.columns]
        if unknown:
            return f"There is no column called {unknown[0]}."
        return ""

    def wish(self) -> NewLibrary:
        """What to make, as chosen so far. Call only when nothing is `missing`."""
        from saerch_desktop.library.roles import Roles

        assert self._source is not None
        assert self._preview is not None
        chosen = {
            role: text if (text := self.combos[role].currentText()) and text != _NONE else None
            for role in ("text", "title", "id", "date")
        }
        more = [c for c in self._preview.roles.text[1:] if chosen["text"] == self._preview.roles.text[0]]
        texts = (chosen["text"], *more) if chosen["text"] else ()
        training: Choice | None = self.preset.currentData() if self._choice() != "none" else None
        return NewLibrary(
            source=self._source,
            library=self.target(),
            roles=Roles(chosen["id"], chosen["title"], texts, chosen["date"], self._facets()),
            vectors=self._choice(),  # type: ignore[arg-type]
            vectors_file=self._vectors,
            embedder="" if self.embedder.currentIndex() == 0 else self.embedder.currentText().strip(),
            preset=training.preset if training is not None else "",
            recipe=training.recipe if training is not None else None,
        )

    def _facets(self) -> tuple[str, ...]:
        parts = self.combos["facets"].currentText().split(",")
        return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def _choice(self) -> str:
        return next(choice for choice, radio in self.radios.items() if radio.isChecked())

    def _refresh(self, *_: object) -> None:
        if not hasattr(self, "make"):
            return
        choice, read = self._choice(), self._preview is not None
        for widget in (self.vectors_line, self.embedder):
            widget.setEnabled(choice == "given")
        self.preset.setEnabled(choice != "none")
        for combo in self.combos.values():
            combo.setEnabled(read)
        missing = self.missing()
        self.make.setEnabled(not missing)
        self.make.setToolTip(
            missing or "Read the file, then compute vectors and train, all in the background"
        )
        self.trouble.setText(missing if self._source is not None else "")

    def _accept(self) -> None:
        if not self.missing():
            self.wished.emit(self.wish())
            self.accept()
