"""Two sets of documents: what leads from the one towards the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.ui import theme
from saerch_desktop.ui.explain_message import Message
from saerch_desktop.ui.explain_sets import FacetChoice, Kind, SetChooser
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT

_KINDS = (Kind.SELECTED, Kind.SHOWN, Kind.FILTER, Kind.FACET)


class SetsDialog(QDialog):
    """`wanted` carries both wishes; the dialog closes when they could be read (`done_with`)."""

    wanted = Signal(object, object)  # explain_sets.Wish, Wish

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("two-sets")
        self.setWindowTitle("Search from one set towards another")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        said = QLabel(
            "The features that set the documents of A apart from those of B are suggested as edits of the"
            " query. Without a query the documents of A become one."
        )
        said.setWordWrap(True)
        self.inside = SetChooser("Towards A", _KINDS)
        self.against = SetChooser("From B", (Kind.REST, *_KINDS))
        self.trouble = Message("Trouble with the sets")
        box = QDialogButtonBox()
        self.yes = box.addButton("Suggest", QDialogButtonBox.ButtonRole.AcceptRole)
        self.yes.setProperty("primary", "true")
        self.yes.setDefault(True)
        describe(self.yes, "Suggest edits", "Compare the sets; nothing is changed yet")
        self.no = box.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        describe(self.no, "Cancel", "Change nothing")
        box.accepted.connect(self._ask)
        box.rejected.connect(self.reject)
        for chooser in (self.inside, self.against):
            chooser.changed.connect(lambda: self.trouble.say(""))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(3 * UNIT)
        for widget in (said, self.inside, self.against, self.trouble):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(box)
        self.resize(theme.units(140), theme.units(72))

    def set_facets(self, facets: Sequence[FacetChoice], years: bool) -> None:
        """What there is to choose from."""
        for chooser in (self.inside, self.against):
            chooser.set_facets(facets, years)

    def set_counts(self, selected: int, shown: int) -> None:
        """How many documents are selected, and shown as results."""
        for chooser in (self.inside, self.against):
            chooser.set_counts(selected, shown)
        if not selected:
            self.inside.choose(Kind.FILTER)

    def done_with(self) -> None:
        """The sets could be read."""
        super().accept()

    def refuse(self, error: UserError) -> None:
        """They could not; the choice stays open."""
        self.yes.setEnabled(True)
        self.trouble.trouble(error)

    def _ask(self) -> None:
        self.trouble.say("")
        self.yes.setEnabled(False)
        self.wanted.emit(self.inside.wish(), self.against.wish())
