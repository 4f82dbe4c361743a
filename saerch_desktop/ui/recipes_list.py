"""The recipes of the library: to read, to apply, to rename, to hand on and to bring in."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from saerch_desktop.search.recipe_files import Shelf
from saerch_desktop.search.recipes import Recipe
from saerch_desktop.ui.chips import FlowLayout
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.facts import Remarks
from saerch_desktop.ui.form_parts import describe, icon_button
from saerch_desktop.ui.keymap import keymap
from saerch_desktop.ui.line_table import LineTable
from saerch_desktop.ui.recipe_words import at_length, says
from saerch_desktop.ui.theme import UNIT

_SAVE = "Keep what the mixer says now under a name"
_COLUMNS = (
    ("Recipe", "What the recipe is called"),
    ("Says", "What it does to the mixer and to the filters"),
    ("SAE", "The SAE it was made with; ≠ where that is another than the one in use"),
)


class RecipesList(QWidget):
    """Signals carry the recipe."""

    save_wanted = Signal()
    bring_wanted = Signal()
    apply_wanted = Signal(object)
    rename_wanted = Signal(object)
    export_wanted = Signal(object)
    delete_wanted = Signal(object)

    def __init__(self, weights: Callable[[], str], parent: QWidget | None = None) -> None:
        """weights: hash of the SAE's in use."""
        super().__init__(parent)
        self._weights = weights
        self._recipes: tuple[Recipe, ...] = ()
        self._able = self._query = False
        self.save = icon_button("Save…", _SAVE, "add")
        keymap.tell(self.save, _SAVE, "recipe-save")
        self.bring = icon_button("Bring in…", "Add a recipe from a file", "open")
        self.save.clicked.connect(self.save_wanted)
        self.bring.clicked.connect(self.bring_wanted)
        top = QHBoxLayout()
        top.setSpacing(2 * UNIT)
        top.addWidget(self.save)
        top.addWidget(self.bring)
        top.addStretch(1)
        self.table = LineTable(
            _COLUMNS, "Recipes", "Enter applies a recipe, F2 renames it, Delete deletes it", spared=(1,)
        )
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        describe(self.text, "What the recipe says", "All that the chosen recipe says")
        self.apply = QPushButton("Apply")
        self.apply.setProperty("primary", "true")
        self.rename = QPushButton("Rename…")
        self.export = icon_button("Export…", "Write it to a file that can be handed on", "export")
        self.delete = QPushButton("Delete…")
        describe(self.rename, "Rename", "Give it another name (F2)")
        describe(self.delete, "Delete", "Take it out of the library (Del)")
        buttons = QWidget()
        flow = FlowLayout(buttons)
        self._buttons = (self.apply, self.rename, self.export, self.delete)
        signals = (self.apply_wanted, self.rename_wanted, self.export_wanted, self.delete_wanted)
        for button, signal in zip(self._buttons, signals, strict=True):
            flow.addWidget(button)
            button.clicked.connect(lambda _=False, s=signal: self._emit(s))
        self.table.opened.connect(lambda _: self.apply.click())
        self.table.renamed.connect(lambda _: self.rename.click())
        self.table.removed.connect(lambda _: self.delete.click())
        self.table.itemSelectionChanged.connect(self._chosen)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setObjectName("recipes-splitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self.text)
        self._remarks: QWidget = Remarks()
        self.empty = EmptyState(
            "tag",
            "No recipes yet",
            "A recipe keeps what the mixer says, to use it again in other searches, libraries and SAEs.",
            "Save…",
            _SAVE,
        )
        self.empty.acted.connect(self.save_wanted)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(2 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        self._layout.setSpacing(2 * UNIT)
        self._layout.addLayout(top)
        self._layout.addWidget(self._remarks)
        self._layout.addWidget(self.empty, 1)
        self._layout.addWidget(self.splitter, 1)
        self._layout.addWidget(buttons)
        self.below = buttons
        self.set_shelf(Shelf(()))

    def set_shelf(self, shelf: Shelf) -> None:
        """Show other recipes; the one that was chosen stays chosen by its name."""
        former = self.chosen()
        self._recipes = shelf.recipes
        self._fill()
        names = [recipe.name for recipe in self._recipes]
        if former is not None and former.name in names:
            self.table.setCurrentCell(names.index(former.name), 0)
        remarks = Remarks([f"{path.name} cannot be read." for path, _ in shelf.unreadable[:3]])
        remarks.setToolTip("\n".join(str(error) for _, error in shelf.unreadable[:3]))
        self._layout.replaceWidget(self._remarks, remarks)
        self._remarks.deleteLater()
        self._remarks = remarks
        some = bool(self._recipes)
        self.empty.setVisible(not some)
        self.splitter.setVisible(some)
        self.below.setVisible(some)
        self._chosen()

    def set_able(self, able: bool, query: bool, weights_changed: bool = False) -> None:
        """able: there is something to keep; query: there is a search to apply a recipe to."""
        self._able, self._query = able, query
        missing = "Move, mute or filter something first."
        self.save.setEnabled(able)
        if able:
            keymap.tell(self.save, _SAVE, "recipe-save")
        else:
            self.save.setToolTip(f"{_SAVE}\n{missing}")
        action = "Save…" if able else ""
        said = "A recipe keeps what the mixer says, to use it again in other searches, libraries and SAEs."
        self.empty.set_texts("No recipes yet", said if able else f"{said} {missing}", action, _SAVE)
        if weights_changed:
            self._fill()
        self._chosen()

    def chosen(self) -> Recipe | None:
        """The recipe that is chosen."""
        row = self.table.current()
        return self._recipes[row] if 0 <= row < len(self._recipes) else None

    def _fill(self) -> None:
        here = self._weights()
        self.table.fill(
            [
                (
                    (
                        recipe.name,
                        says(recipe),
                        recipe.source.sae if recipe.source.sha256 == here else f"≠ {recipe.source.sae}",
                    ),
                    at_length(recipe),
                )
                for recipe in self._recipes
            ]
        )

    def _emit(self, signal: SignalInstance) -> None:
        recipe = self.chosen()
        if recipe is not None:
            signal.emit(recipe)

    def _chosen(self) -> None:
        recipe = self.chosen()
        self.text.setPlainText("" if recipe is None else at_length(recipe))
        for button in self._buttons:
            button.setEnabled(recipe is not None)
        self.apply.setEnabled(recipe is not None and self._query)
        same = recipe is not None and recipe.source.sha256 == self._weights()
        tip = (
            "Put it into the mixer; one step of undo takes it back (Enter)"
            if same
            else "See what it comes to with the SAE in use, which is another (Enter)"
        )
        describe(self.apply, "Apply", tip if self._query else f"{tip}\nSearch by meaning first.")
