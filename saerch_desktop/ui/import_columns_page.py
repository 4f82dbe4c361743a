"""The second page of the import wizard: what each column is, the first rows, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QSizePolicy,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.library.composition import as_text
from saerch_desktop.library.roles import Roles
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.form_parts import describe, heading
from saerch_desktop.ui.import_desk import ImportDesk
from saerch_desktop.ui.import_page import ImportPage, sentence
from saerch_desktop.ui.import_preview import PreviewTable
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.import_look import SourceLook, Survey

Part = Literal["", "text", "title", "id", "date", "facet"]
PARTS: tuple[tuple[Part, str, str], ...] = (
    ("", "Not used", "Kept with each document, but plays no part"),
    ("text", "Text", "What is embedded and searched; several text columns are joined"),
    ("title", "Title", "Shown in lists, and embedded before the text"),
    ("id", "Identifier", "Different for every document; documents are numbered where there is none"),
    ("date", "Date", "Shown beside the document; its year can be filtered by"),
    ("facet", "Category", "To filter by and to tell documents apart"),
)
_WORDS: Mapping[str, str] = {part: words for part, words, _ in PARTS if part}
_MOST = 200  # columns that can be given a part here; of more the guess decides
_EXAMPLE = 80


class ColumnsPage(ImportPage):
    """One choice for each column; every change counts the problems anew."""

    step = "columns"
    title = "What is in the columns?"
    about = "Guessed from their names and contents; change what is wrong. Nothing that you leave out is lost."

    def __init__(self, desk: ImportDesk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._look: SourceLook | None = None
        self.combos: dict[str, QComboBox] = {}
        self.columns = QTableWidget(0, 3)
        as_rows(self.columns, "Headings")
        describe(self.columns, "Columns of the file", "Each column, the part it plays, and an example of it")
        self.columns.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.columns.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.columns.setHorizontalHeaderLabels(["Column", "Part", "For example"])
        head = self.columns.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.problems = QTableWidget(0, 3)
        as_rows(self.problems, "Headings")
        describe(self.problems, "Problems", "What is wrong with records, how many, and what happens to them")
        self.problems.setHorizontalHeaderLabels(["Problem", "Records", "What happens"])
        self.problems.setWordWrap(True)
        # Rows as high as what happens to the records takes, at every width of the column.
        self.problems.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        over = self.problems.horizontalHeader()
        over.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        over.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        over.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        over.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.found = sentence()
        self.found.setAccessibleName("What becomes of the records")
        self.preview = PreviewTable()
        beside = self._beside = QSplitter(Qt.Orientation.Horizontal)
        beside.setObjectName("import-columns")
        beside.setChildrenCollapsible(False)
        beside.addWidget(_titled("Columns", self.columns))
        beside.addWidget(_titled("Problems", self.found, self.problems))
        beside.setStretchFactor(0, 1)
        beside.setStretchFactor(1, 1)
        beside.setSizes([100, 100])
        self.column.addWidget(beside, 3)
        self.column.addWidget(_titled("First rows", self.preview), 2)
        for table in (self.columns, self.problems, self.preview):
            theme.sized(table, lambda it: it.setMinimumHeight(4 * theme.row_height(it.font())))
            table.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.show_state()

    # Parts -----------------------------------------------------------------------------------------------

    def _fill(self, look: SourceLook) -> None:
        self._look = look
        self.combos = {}
        shown = look.columns[:_MOST]
        self.columns.setRowCount(0)
        self.columns.setRowCount(len(shown))
        for row, name in enumerate(shown):
            title = QTableWidgetItem(name)
            title.setToolTip(wording.tip(name))
            self.columns.setItem(row, 0, title)
            combo = QComboBox()
            for place, (part, words, tip) in enumerate(PARTS):
                combo.addItem(words, part)
                combo.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
            describe(combo, f"Part of the column {name}", "What this column is")
            combo.activated.connect(lambda _=0, name=name: self._chosen(name))
            self.columns.setCellWidget(row, 1, combo)
            self.combos[name] = combo
            example = next((text for one in look.sample if (text := as_text(one.get(name)).strip())), "")
            item = QTableWidgetItem(" ".join(example[: 4 * _EXAMPLE].split())[:_EXAMPLE])
            item.setToolTip(wording.tip(example[: 10 * _EXAMPLE]))
            self.columns.setItem(row, 2, item)
        tallest = max((combo.sizeHint().height() for combo in self.combos.values()), default=0)
        height = max(theme.row_height(self.font()), tallest + 2)
        self.columns.verticalHeader().setDefaultSectionSize(height)
        self.preview.show_rows(look.columns, look.sample)

    def _chosen(self, name: str) -> None:
        roles = self.desk.draft.roles
        if roles is not None:
            self.desk.say(roles=with_part(roles, name, self.combos[name].currentData()))

    def first(self) -> QWidget | None:
        return next(iter(self.combos.values()), None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < theme.units(170)
        self._beside.setOrientation(Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal)

    # State -----------------------------------------------------------------------------------------------

    def show_state(self) -> None:
        look, roles = self.desk.flow.source, self.desk.draft.roles
        if look is not None and look is not self._look:
            self._fill(look)
        if look is None or roles is None:
            self.found.setText("")
            self.problems.hide()
            return
        parts = parts_of(roles)
        for name, combo in self.combos.items():
            combo.setCurrentIndex(combo.findData(parts.get(name, "")))
        self.preview.rows.set_parts({name: _WORDS[part] for name, part in parts.items()})
        self._show_problems(self.desk.survey)

    def _show_problems(self, survey: Survey | None) -> None:
        if survey is None:
            self.problems.hide()
            waiting = "Counting…" if self.desk.draft.roles and self.desk.draft.roles.text else ""
            self.found.setText(self.desk.survey_trouble or waiting)
            return
        self.found.setText(summary(survey))
        self.problems.setVisible(bool(survey.problems))
        self.problems.setRowCount(len(survey.problems))
        for row, problem in enumerate(survey.problems):
            texts = (_KINDS[problem.kind], f"{problem.count:,}", problem.happens)
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(wording.tip("\n".join((text, *problem.examples))))
                self.problems.setItem(row, column, item)


_KINDS: Mapping[str, str] = {
    "unreadable": "Cannot be read",
    "no text": "No text",
    "duplicate id": "Identifier used before",
    "duplicate text": "Same text as another",
    "encoding": "Not UTF-8",
    "quotation": "Odd quotation",
    "too long": "Longer than the model reads",
}


def summary(survey: Survey) -> str:
    """How many records make documents, in one sentence."""
    records = "1 record" if survey.records == 1 else f"{survey.records:,} records"
    made = wording.documents(survey.documents)
    if not survey.problems:
        made = f"{made}, and nothing is wrong with them"
    if survey.whole:
        return f"{records} make {made}."
    return f"The first {records} make {made}; the rest is read when you import."


def parts_of(roles: Roles) -> dict[str, Part]:
    """Which part each column plays."""
    parts: dict[str, Part] = {}
    for part, names in (
        ("facet", roles.facets),
        ("date", (roles.date,)),
        ("id", (roles.id,)),
        ("title", (roles.title,)),
        ("text", roles.text),
    ):
        parts.update(dict.fromkeys((name for name in names if name), part))  # type: ignore[arg-type]
    return parts


def with_part(roles: Roles, name: str, part: Part) -> Roles:
    """The roles with another part for one column; of title, identifier and date there is only one."""
    free = Roles(
        id=None if roles.id == name else roles.id,
        title=None if roles.title == name else roles.title,
        text=tuple(column for column in roles.text if column != name),
        date=None if roles.date == name else roles.date,
        facets=tuple(column for column in roles.facets if column != name),
    )
    if part == "text":
        return replace(free, text=(*free.text, name))
    if part == "facet":
        return replace(free, facets=(*free.facets, name))
    if part == "title":
        return replace(free, title=name)
    if part == "id":
        return replace(free, id=name)
    return replace(free, date=name) if part == "date" else free


def _titled(title: str, *widgets: QWidget) -> QWidget:
    part = QWidget()
    inside = QVBoxLayout(part)
    inside.setContentsMargins(0, 0, 0, 0)
    inside.setSpacing(UNIT)
    inside.addWidget(heading(title))
    for widget in widgets:
        inside.addWidget(widget, int(isinstance(widget, QTableWidget | PreviewTable)))
    if len(widgets) > 1:
        inside.addStretch(0)
    return part
