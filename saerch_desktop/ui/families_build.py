"""The form behind “Build families…”: by which method, and how fine."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from saerch_desktop.features.families.family import Method
from saerch_desktop.ui.families_desk import BuildWish
from saerch_desktop.ui.feature_sections import Segments, muted
from saerch_desktop.ui.form_parts import describe, form_layout
from saerch_desktop.ui.theme import UNIT

_METHODS: Final[tuple[tuple[Method, str, str], ...]] = (
    (
        "default",
        "Communities",
        "Features that are active together more often than chance would have it, on three levels;\n"
        "most of them come out again when the documents are drawn anew, and each tells its stability",
    ),
    (
        "paper",
        "As in the paper",
        "Trees along the strongest ties, as arXiv 2408.00657 builds them; for comparison",
    ),
)
_FINENESS: Final = (
    (0.5, "Fewer, larger families"),
    (1.0, "As usual"),
    (2.0, "More, smaller families"),
    (4.0, "Many small families"),
)


class BuildDialog(QDialog):
    """`wished(BuildWish)` when the user wants it built."""

    wished = Signal(object)

    def __init__(self, changes: int, parent: QWidget | None = None) -> None:
        """changes: how many of the analyst's own there are, which stay."""
        super().__init__(parent)
        self.setObjectName("build-families")
        self.setWindowTitle("Build families")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.method = Segments("Method", _METHODS)
        self.method.chosen.connect(lambda _: self._say())
        self.about = muted()
        self.fineness = QComboBox()
        for value, text in _FINENESS:
            self.fineness.addItem(text, value)
        self.fineness.setCurrentIndex(1)
        describe(self.fineness, "How fine", "How many families there are, and how large (the resolution)")
        self._fine = QLabel("How fine")
        self._fine.setBuddy(self.fineness)
        form = form_layout()
        form.addRow("Method", self.method)
        form.addRow("", self.about)
        form.addRow(self._fine, self.fineness)
        kept = "Families of this method are replaced."
        if changes:
            what = "change" if changes == 1 else "changes"
            kept += f" Your {changes:,} {what} to families stay and are made to the new ones."
        box = QDialogButtonBox()
        self.yes = box.addButton("Build", QDialogButtonBox.ButtonRole.AcceptRole)
        self.yes.setProperty("primary", "true")
        self.yes.setDefault(True)
        describe(self.yes, "Build", "Build families as a job that can be stopped")
        self.no = box.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        describe(self.no, "Cancel", "Change nothing")
        box.accepted.connect(self._accept)
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(4 * UNIT)
        layout.addLayout(form)
        layout.addWidget(muted(kept))
        layout.addStretch(1)
        layout.addWidget(box)
        self._say()
        wide = max(110 * UNIT, self.sizeHint().width())
        self.resize(wide, layout.totalHeightForWidth(wide) + 4 * UNIT)

    def wish(self) -> BuildWish:
        method: Method = "paper" if self.method.current() == "paper" else "default"
        return BuildWish(method, float(self.fineness.currentData()) if method == "default" else 1.0)

    def _say(self) -> None:
        chosen = self.method.current()
        self.about.setText(next(about for key, _, about in _METHODS if key == chosen).replace("\n", " "))
        for widget in (self._fine, self.fineness):
            widget.setEnabled(chosen == "default")

    def _accept(self) -> None:
        self.wished.emit(self.wish())
        self.accept()
