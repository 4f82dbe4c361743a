"""The query rewritten by a language model: where to ask, what it said, and what both searches find."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.features.llm.settings import LlmSettings
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.explain_message import Message
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.naming_form import is_local, permission
from saerch_desktop.ui.reencode_desk import Rewritten
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.theme import UNIT

_HEADS = (
    ("Document", "Among the first ten of either search; Enter to read it"),
    ("Typed", "Place for the query as you typed it"),
    ("Steered", "Place for the query steered by your sliders"),
    ("Rewritten", "Place for the language model’s query"),
)
_WHAT_GOES = "The query and the names of the features you moved are sent, nothing else."


class RewriteTab(QWidget):
    """`asked` with the settings of one job. `searched`: the rewrite is to be searched for."""

    asked = Signal(object)  # LlmSettings
    stopped = Signal()
    searched = Signal(str)
    document_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Rewritten | None = None
        self._running = False
        self.address = QLineEdit()
        self.address.setPlaceholderText("Address, such as http://localhost:11434/v1")
        tip = "An address that speaks as OpenAI’s does. Left empty: OPENAI_BASE_URL, else OpenAI’s own"
        describe(self.address, "Address of the service", tip)
        self.model = QLineEdit()
        self.model.setPlaceholderText("Model")
        describe(self.model, "Model", "The model’s name as the service calls it, such as llama3.1")
        self.network = QCheckBox("Allow the network for this job")
        live.changed.connect(self._lock_changed)
        self.go = QPushButton("Rewrite")
        describe(self.go, "Rewrite the query", f"Ask the model for the query in other words. {_WHAT_GOES}")
        self.search = QPushButton("Search for it")
        describe(self.search, "Search for the rewritten query", "Ask the rewrite as a query of its own")
        self.message = Message("The rewrite")
        self.text = QLineEdit()
        self.text.setReadOnly(True)
        describe(self.text, "Rewritten query", "What the language model made of your query")
        self.table = QTableWidget(0, len(_HEADS))
        self.table.setAccessibleName("Documents found by the steered and by the rewritten query")
        as_rows(self.table, "Columns of the documents found")
        for column, (name, tip) in enumerate(_HEADS):
            head = QTableWidgetItem(name)
            head.setToolTip(tip)
            self.table.setHorizontalHeaderItem(column, head)
            self.table.setColumnWidth(column, 18 * UNIT)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        theme.set_rows(self.table)
        self.table.itemActivated.connect(self._open)
        self._lay_out()
        self.address.textChanged.connect(lambda _: self._enable())
        self.model.textChanged.connect(lambda _: self._enable())
        self.model.returnPressed.connect(self._press)
        self.go.clicked.connect(self._press)
        self.search.clicked.connect(lambda: self.searched.emit(self.text.text()))
        self._show_answer(False)
        self.message.say(_WHAT_GOES)
        self._enable()

    def _lay_out(self) -> None:
        fields = QHBoxLayout()
        fields.setSpacing(2 * UNIT)
        fields.addWidget(self.address, 3)
        fields.addWidget(self.model, 2)
        fields.addWidget(self.go)
        said = QHBoxLayout()
        said.setSpacing(2 * UNIT)
        said.addWidget(self.text, 1)
        said.addWidget(self.search)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * UNIT, 2 * UNIT, 3 * UNIT, 2 * UNIT)
        layout.setSpacing(UNIT)
        layout.addLayout(fields)
        layout.addWidget(self.network)
        layout.addWidget(self.message)
        layout.addLayout(said)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)

    def settings(self) -> LlmSettings:
        """What the fields say, for one job."""
        address = self.address.text().strip()
        allowed = self.network.isChecked() and not is_local(address)
        return LlmSettings(model=self.model.text().strip(), base_url=address or None, allow_network=allowed)

    def show_rewritten(self, found: Rewritten) -> None:
        """The model's query, and where both searches put their first documents."""
        self._found = found
        rewrite = found.rewrite
        self.text.setText(rewrite.text)
        self.text.setCursorPosition(0)
        self.message.say(
            f"Of the first ten documents {round(10 * rewrite.overlap)} are the same as by steering · "
            f"cosine to your query {rewrite.cosine:.3f} (steered {rewrite.steered_cosine:.3f}), "
            f"of both with each other {rewrite.between:.3f}"
        )
        self.table.setRowCount(len(rewrite.movers))
        for row, mover in enumerate(rewrite.movers):
            title = QTableWidgetItem(found.titles.get(mover.row, ""))
            title.setToolTip(wording.tip(title.text()))
            self.table.setItem(row, 0, title)
            for column, place in enumerate((mover.before, mover.steered, mover.rewritten), 1):
                item = QTableWidgetItem("> 1,000" if place is None else wording.count(place))
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setFont(theme.figures(self.font()))
                self.table.setItem(row, column, item)
        self._show_answer(True)

    def set_busy(self, busy: bool) -> None:
        """While it is asked, the button stops it."""
        self._running = busy
        self.go.setText("Stop" if busy else "Rewrite")
        self.go.setAccessibleName("Stop rewriting" if busy else "Rewrite the query")
        if busy:
            self._show_answer(False)
            self.message.say("Asking the language model …")
        else:
            self.message.say(_WHAT_GOES)
            self.network.setChecked(False)  # permission is for one job
        self._enable()

    def set_stale(self) -> None:
        """The steering has changed since."""
        if self._found is not None:
            self._show_answer(False)
            self.message.say("The steering has changed since the query was rewritten.")

    def _show_answer(self, there: bool) -> None:
        if not there:
            self._found = None
        for widget in (self.text, self.search, self.table):
            widget.setVisible(there)

    def _enable(self) -> None:
        self._lock_changed()
        self.go.setEnabled(self._running or bool(self.model.text().strip()))

    def _lock_changed(self, *_: object) -> None:
        tip = f"Only needed for services beyond this computer. {_WHAT_GOES}"
        permission(self.network, is_local(self.address.text().strip()), tip)

    def _press(self) -> None:
        if self._running:
            self.stopped.emit()
        elif self.model.text().strip():
            self.asked.emit(self.settings())

    def _open(self, item: QTableWidgetItem) -> None:
        if self._found is not None and item.row() < len(self._found.rewrite.movers):
            self.document_chosen.emit(self._found.rewrite.movers[item.row()].row)
