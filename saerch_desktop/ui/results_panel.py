"""The results with what belongs around them: what steering did, the unsteered list, what would move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from saerch_desktop.search.preview import Preview
from saerch_desktop.search.steering import Ranking
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.results_view import ResultsTable
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.ui.controller_steering import Shown


class ResultsPanel(QWidget):
    """The table with the line beneath that says how far the steering went.

    What a row can be asked for is told by `like_more`, `like_less`, `selection_as_query` and `why_asked`;
    `baseline_wanted` asks for the unsteered list, or for the steered one again.
    """

    like_more = Signal(int)
    like_less = Signal(int)
    selection_as_query = Signal(object)  # tuple[int, ...]
    why_asked = Signal(object)  # tuple[int, ...]: one document, or two to be compared
    baseline_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = ResultsTable()
        self.table.setFrameShape(QFrame.Shape.StyledPanel)
        for name in ("like_more", "like_less", "selection_as_query", "why_asked"):
            getattr(self.table, name).connect(getattr(self, name))
        self._preview: Preview | None = None
        self.footer = QLabel()
        self.footer.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_role(self.footer, "muted")
        self.footer.setFont(theme.figures(self.footer.font()))
        self.footer.setAccessibleName("Summary of the results")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * UNIT)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.footer)

    def show_ranking(self, ranking: Ranking) -> None:
        """Say what steering did to the list."""
        if not ranking.steered:
            self._say(
                "Plain semantic search", "Nothing is steered: documents in order of their cosine to the query"
            )
            return
        text = (
            f"moved in: {ranking.moved_in} · moved out: {ranking.moved_out} · "
            f"cosine to the unsteered query {ranking.fidelity:.2f}".replace("-", "−")
        )
        if ranking.mode == "paper":
            text = f"Paper mode, for comparison · {text}"
        self._say(text, "Documents that entered and left this list, and how near the steered query still is")

    def show_preview(self, preview: Preview) -> None:
        """Show what would move, without moving it."""
        self._preview = preview

    def clear_preview(self) -> None:
        """No change is being considered any longer."""
        self._preview = None

    def set_baseline(self, shown: Shown | None) -> None:
        """Show the unsteered list, plainly named, or with None the steered one again."""

    def show_hits(self, hits: int) -> None:
        self._say(
            f"Keyword search · {wording.documents(hits)}",
            "Documents that contain the words, best match first",
        )

    def _say(self, text: str, tip: str) -> None:
        self.footer.setText(text)
        self.footer.setToolTip(tip)
