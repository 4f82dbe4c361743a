"""The row of choices and tools over the map."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QToolButton

from saerch_desktop.features.maps.points import KINDS, MAP_METHODS, MapMethod, Of
from saerch_desktop.ui import theme
from saerch_desktop.ui.feature_sections import Flow
from saerch_desktop.ui.form_parts import describe, tool
from saerch_desktop.ui.map_canvas import Tool
from saerch_desktop.ui.map_choices import Choice

_TOOLS = (
    (Tool.MOVE, "pan", "Move", "Drag to move the map; Shift and drag draws a box"),
    (Tool.BOX, "box-select", "Box", "Drag a box to select what is in it (B); Ctrl adds, Alt takes away"),
    (Tool.LASSO, "lasso", "Lasso", "Draw around points to select them (L); Ctrl adds, Alt takes away"),
)


class MapHeader(Flow):
    """`of_chosen(Of)`, `method_chosen(MapMethod)`, `choice_chosen(key)`, `tool_chosen(Tool)`, `fitted`,
    `names_shown(bool)`, `table_shown(bool)`, `exported`.
    """

    of_chosen = Signal(str)
    method_chosen = Signal(str)
    choice_chosen = Signal(str)
    tool_chosen = Signal(object)
    fitted = Signal()
    names_shown = Signal(bool)
    table_shown = Signal(bool)
    exported = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.of = _combo("What is on the map", ("Documents", "Features"), "Documents or features", 26)
        self.method = _combo("Method", ("PCA", "UMAP"), "How points are placed", 20)
        tips = (
            "By the two directions in which they differ most: at once; far apart stays far apart",
            "By who is near whom: groups come out clearly; how far groups are apart says little",
        )
        for place, text in enumerate(tips):
            self.method.setItemData(place, text, Qt.ItemDataRole.ToolTipRole)
        self.colour = _combo("Colour by", (), "What the colours mean", 44)
        self.tools: dict[Tool, QToolButton] = {}
        self._group = QButtonGroup(self)
        for kind, icon, name, tip in _TOOLS:
            button = tool(icon, name, tip, checkable=True)
            self.tools[kind] = button
            self._group.addButton(button)
            button.clicked.connect(lambda _=False, k=kind: self.tool_chosen.emit(k))
        self.fit = tool("fit", "Show all", "Show all of the map (F)")
        self.names = tool("tag", "Names", "Write names at dense places", checkable=True)
        self.names.setChecked(True)
        self.table = tool("table", "Table", "Show the points as a table", checkable=True)
        self.export = tool("export", "Export", "Save the map as a picture, or where points are as a table")
        self.of.activated.connect(lambda place: self.of_chosen.emit(KINDS[place]))
        self.method.activated.connect(lambda place: self.method_chosen.emit(MAP_METHODS[place]))
        self.colour.activated.connect(lambda place: self.choice_chosen.emit(self.colour.itemData(place)))
        self.fit.clicked.connect(lambda: self.fitted.emit())
        self.names.toggled.connect(self.names_shown)
        self.table.toggled.connect(self.table_shown)
        self.export.clicked.connect(lambda: self.exported.emit())
        for box in (self.of, self.method, self.colour):
            self.flow.addWidget(box)
        for button in (*self.tools.values(), self.fit, self.names, self.table, self.export):
            self.flow.addWidget(button)
        self.set_tool(Tool.MOVE)

    def set_tool(self, kind: Tool) -> None:
        self.tools[kind].setChecked(True)

    def set_shown(self, of: Of, method: MapMethod) -> None:
        self.of.setCurrentIndex(KINDS.index(of))
        self.method.setCurrentIndex(MAP_METHODS.index(method))

    def set_choices(self, choices: Sequence[Choice], chosen: str) -> None:
        """What points can be coloured by."""
        self.colour.clear()
        for place, choice in enumerate(choices):
            self.colour.addItem(choice.text, choice.key)
            self.colour.setItemData(place, choice.tip, Qt.ItemDataRole.ToolTipRole)
        self.colour.setCurrentIndex(max(0, self.colour.findData(chosen)))

    def choose_colour(self, place: int) -> None:
        """Take one of the choices, as a user does."""
        self.colour.setCurrentIndex(place)
        self.choice_chosen.emit(self.colour.itemData(place))

    def set_usable(self, there: bool) -> None:
        """Whether there is a map to work with."""
        for widget in (self.colour, *self.tools.values(), self.fit, self.names, self.table, self.export):
            widget.setEnabled(there)


def _combo(name: str, items: Sequence[str], tip: str, width: int) -> QComboBox:
    box = QComboBox()
    box.addItems(list(items))
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    theme.sized(box, lambda it: it.setMinimumWidth(theme.units(width)))
    describe(box, name, tip)
    return box
