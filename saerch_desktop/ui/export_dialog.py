"""The dialog that writes anything of a library to a file: what, in which form, where to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui import theme
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.export_choice import FORM_NAMES, SHAPE_NAMES, Choice, Offer, ending_of
from saerch_desktop.ui.form_parts import describe, form_layout, heading
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.exporting import What

_TABLES: tuple[What, ...] = ("results", "features", "codes", "labels", "families")
_ENDINGS = (".csv", ".jsonl", ".parquet", ".npz", ".html")


class ExportDialog(QDialog):
    """`wanted(Choice)`; stays open until it is written or closed. Remembers nothing of its own."""

    wanted = Signal(object)

    def __init__(
        self, offers: Sequence[Offer], name: str, folder: Path, results: int, parent: QWidget | None = None
    ) -> None:
        """name, folder: of the library, for the names of files. results: how many there are."""
        super().__init__(parent)
        self.setObjectName("export")
        self.setWindowTitle("Export")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._offers = list(offers)
        self._name, self._folder = name, folder
        self._own = False  # the name of the file is the user's
        self._make_list()
        self._make_fields(results)
        self._build()
        first = next((at for at, offer in enumerate(self._offers) if not offer.missing), 0)
        self.list.setCurrentRow(first)
        self.list.setFocus()

    # Building --------------------------------------------------------------------------------------------

    def _make_list(self) -> None:
        self.list = QListWidget()
        describe(self.list, "What to export", "Everything of the library that can be written to a file")
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(QSize(16, 16))
        self.list.setSpacing(1)
        for offer in self._offers:
            item = QListWidgetItem(theme.tinted(offer.icon, theme.tokens().text), offer.name)
            item.setToolTip(offer.missing or offer.about)
            if offer.missing:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, offer.missing)
            self.list.addItem(item)
        theme.sized(self.list, _fit_list)
        self.list.currentRowChanged.connect(lambda _: self._chosen())

    def _make_fields(self, results: int) -> None:
        self.title_label = heading("")
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        theme.set_role(self.about, "muted")
        self.form = _combo(list(FORM_NAMES.values()), "Form", "What kind of file it is")
        self.shape = _combo(list(SHAPE_NAMES.values()), "Arranged as", "How the activations are laid out")
        self.count = _spin(1, max(1, results), min(max(1, results), 1000))
        describe(self.count, "How many", "So many results, from the first on")
        self.texts = QCheckBox("With the whole texts")
        describe(self.texts, "With the whole texts", "Otherwise the file holds titles and identifiers alone")
        self.top = _spin(0, 10_000, 0)
        self.top.setSpecialValueText("All")
        describe(self.top, "Most per document", "Only its strongest features, so many of them; 0 for all")
        self.neighbours = _spin(0, 100, 0)
        self.neighbours.setSpecialValueText("None")
        describe(
            self.neighbours,
            "Neighbours",
            "So many nearest documents of each; a minute for 30,000 documents, 0 for none",
        )
        self.report_title = QLineEdit()
        self.report_title.setPlaceholderText("The library and the query")
        describe(self.report_title, "Title", "What the report is called; by itself when left empty")
        self.path = QLineEdit()
        describe(self.path, "File", "Where to write it")
        self.path.textEdited.connect(lambda _: setattr(self, "_own", True))
        self.path.textChanged.connect(lambda _: self._judge())
        self.browse = QPushButton("Browse…")
        describe(self.browse, "Browse", "Choose the file")
        self.browse.clicked.connect(lambda _=False: self._browse())
        self.warning = QLabel()
        self.warning.setTextFormat(Qt.TextFormat.PlainText)
        self.warning.setWordWrap(True)
        theme.set_role(self.warning, "muted")
        for field in (self.form, self.shape):
            field.currentIndexChanged.connect(lambda _: self._formed())

    def _build(self) -> None:
        self.fields = form_layout()
        self.fields.addRow("Form", self.form)
        self.fields.addRow("Arranged as", self.shape)
        self.fields.addRow("How many", self.count)
        self.fields.addRow("Most per document", self.top)
        self.fields.addRow("Neighbours", self.neighbours)
        self.fields.addRow("Title", self.report_title)
        self.fields.addRow("", self.texts)
        where = QHBoxLayout()
        where.setSpacing(2 * UNIT)
        where.addWidget(self.path, 1)
        where.addWidget(self.browse)
        file_form = form_layout()
        label = QLabel("File")
        label.setBuddy(self.path)
        file_form.addRow(label, where)
        right = QVBoxLayout()
        right.setSpacing(2 * UNIT)
        right.addWidget(self.title_label)
        right.addWidget(self.about)
        right.addSpacing(2 * UNIT)
        right.addLayout(self.fields)
        right.addStretch(1)
        right.addLayout(file_form)
        right.addWidget(self.warning)
        box = QDialogButtonBox()
        self.yes = box.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self.yes.setProperty("primary", "true")
        self.yes.setDefault(True)
        describe(self.yes, "Export", "Write the file; this can be stopped")
        no = box.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        describe(no, "Cancel", "Write nothing")
        box.accepted.connect(self._accept)
        box.rejected.connect(self.reject)
        both = QHBoxLayout()
        both.setSpacing(5 * UNIT)
        both.addWidget(self.list)
        both.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(4 * UNIT)
        layout.addLayout(both, 1)
        layout.addWidget(box)
        theme.sized(self, _fit_dialog)

    # What is chosen --------------------------------------------------------------------------------------

    @property
    def offer(self) -> Offer:
        return self._offers[max(0, self.list.currentRow())]

    def choose(self, what: What) -> None:
        """Begin with this, where it can be written."""
        for row, offer in enumerate(self._offers):
            if offer.what == what and not offer.missing:
                self.list.setCurrentRow(row)

    def choice(self) -> Choice:
        """What the fields say now."""
        return Choice(
            self.offer.what,
            Path(self.path.text().strip()).expanduser(),
            list(FORM_NAMES)[self.form.currentIndex()],
            self.count.value(),
            self.texts.isChecked(),
            list(SHAPE_NAMES)[self.shape.currentIndex()],
            self.top.value(),
            self.neighbours.value(),
            self.report_title.text().strip(),
        )

    def _chosen(self) -> None:
        offer = self.offer
        self.title_label.setText(offer.name)
        self.about.setText(offer.about)
        what = offer.what
        self._show(self.shape, what == "codes")
        self._show(self.count, what in ("results", "report") and not self._offers[0].missing)
        self._show(self.texts, what == "results")
        self._show(self.neighbours, what == "atlas")
        self._show(self.report_title, what == "report")
        self._formed()

    def _formed(self) -> None:
        """Another form or shape: other fields, another ending."""
        choice = self.choice()
        matrix = choice.what == "codes" and choice.shape == "csr"
        self._show(self.form, choice.what in _TABLES and not matrix)
        self._show(self.top, choice.what == "codes" and not matrix)
        ending = ending_of(choice.what, choice.form, choice.shape)
        if not self._own:
            name = "atlas" if choice.what == "atlas" else self.offer.name.lower()
            self.path.setText(str(self._folder / f"{self._name} {name}{ending}"))
        elif choice.path.suffix.lower() in _ENDINGS:
            self.path.setText(str(choice.path.with_suffix(ending)))
        self._judge()

    def _show(self, field: QWidget, there: bool) -> None:
        self.fields.setRowVisible(field, there)

    def _judge(self) -> None:
        """Whether it can be written so, and what would be lost."""
        choice, problem = self.choice(), ""
        typed = self.path.text().strip()
        if not typed:
            problem = "Say where the file shall be."
        elif not choice.path.is_absolute():
            problem = "Say in which folder the file shall be."
        elif choice.path.suffix.lower() != choice.ending:
            problem = f"The name of such a file ends in {choice.ending}."
        elif not choice.path.parent.is_dir():
            problem = "There is no such folder."
        self.yes.setEnabled(not problem)
        replaces = not problem and choice.path.exists()
        self.warning.setText(problem or ("There is such a file; it will be replaced." if replaces else ""))

    def _browse(self) -> None:
        choice = self.choice()
        kind = f"{self.offer.name} (*{choice.ending});;All files (*)"
        path = dialogs().save_file(self, f"Export {self.offer.name.lower()}", choice.path, kind)
        if path is not None:
            self._own = True
            self.path.setText(str(path))

    def _accept(self) -> None:
        self.wanted.emit(self.choice())
        self.accept()


def _combo(options: list[str], name: str, tip: str) -> QComboBox:
    field = QComboBox()
    field.addItems(options)
    describe(field, name, tip)
    return field


def _spin(least: int, most: int, value: int) -> QSpinBox:
    field = QSpinBox()
    field.setRange(least, most)
    field.setGroupSeparatorShown(True)
    field.setValue(value)
    return field


def _fit_list(view: QListWidget) -> None:
    metrics = view.fontMetrics()
    names = [view.item(row).text() for row in range(view.count())]
    widest = max((metrics.horizontalAdvance(name) for name in names), default=0)
    view.setFixedWidth(widest + view.iconSize().width() + 12 * UNIT)


def _fit_dialog(dialog: QWidget) -> None:
    metrics = dialog.fontMetrics()
    wanted = QSize(metrics.averageCharWidth() * 96, metrics.height() * 24)
    screen = dialog.screen().availableSize() if dialog.screen() is not None else wanted
    dialog.resize(wanted.boundedTo(screen * 0.95))
