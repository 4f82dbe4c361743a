"""The matrix of the families pane: the map of heat with its scale, and the same pairs as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.families_desk import FamiliesDesk
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_heat import HeatMap, HeatScale
from saerch_desktop.ui.families_matrix_data import MatrixData, matrix_of
from saerch_desktop.ui.families_names import Names, meets
from saerch_desktop.ui.families_settings import MEASURES, Settings
from saerch_desktop.ui.feature_sections import FewLines
from saerch_desktop.ui.plot_with_table import PlotWithTable
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.families.pair_counts import PairCounts
    from saerch_desktop.features.families.ties import Ties

_KEY: Final = "families matrix"
_LISTED: Final = 300  # pairs of the table
_COLUMNS: Final = (
    ("Feature", ""),
    ("Other feature", ""),
    ("Documents of both", "How many documents have both"),
    ("Strength", "The measure that is chosen above"),
)


class FamiliesMatrix(QWidget):
    """`walked`, `opened`, `chosen`, `asked` as of the tree; going to a pair chooses its two features."""

    walked = Signal(object)
    opened = Signal(object)
    chosen = Signal(object)
    asked = Signal(object, QPoint)

    def __init__(self, desk: FamiliesDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._names: Names | None = None
        self._pairs: PairCounts | None = None
        self._ties: Ties | None = None
        self._focus = Focus()
        self._settings = Settings()
        self._wanted = False
        self._pairs_listed: list[tuple[int, int]] = []
        self.data = MatrixData()
        self.heat = HeatMap()
        self.heat.gone.connect(self._gone)
        self.heat.opened.connect(lambda row, _: self.opened.emit(self._feature(row)))
        self.heat.asked.connect(lambda row, _, at: self.asked.emit(self._feature(row), at))
        self.scale = HeatScale()
        self.note = FewLines(1)
        theme.set_role(self.note, "muted")
        drawn = QWidget()
        foot = QHBoxLayout()
        foot.setSpacing(2 * UNIT)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.scale)
        inside = QVBoxLayout(drawn)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(UNIT)
        inside.addWidget(self.heat, 1)
        inside.addLayout(foot)
        self.twin = PlotWithTable(
            drawn,
            "Which features are active together",
            kind="matrix",
            numbers="the strongest pairs",
            title="Pairs of features, the strongest first",
            columns=_COLUMNS,
        )
        self.twin.table.currentCellChanged.connect(lambda row, *_: self._listed(row))
        self.twin.table.cellActivated.connect(lambda row, _: self._open_listed(row))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.twin)
        self.setFocusProxy(self.heat)
        desk.pairs_known.connect(self._use_pairs)

    # Setters ---------------------------------------------------------------------------------------------

    def show_book(self, names: Names | None) -> None:
        if names is None or (self._names is not None and names.features is not self._names.features):
            self._pairs = self._ties = None
            self._put(MatrixData())
        self._names = names
        self._work()

    def show_focus(self, focus: Focus, settings: Settings) -> None:
        """Show the pairs of something else, or by another measure."""
        least = settings.threshold != self._settings.threshold
        same = focus == self._focus and settings.measure == self._settings.measure
        self._focus, self._settings = focus, settings
        if not same:
            self._work()
        elif least:
            self._redraw()

    def want(self, wanted: bool) -> None:
        """Whether anybody looks."""
        if wanted and not self._wanted:
            self._wanted = True
            self._work()
        self._wanted = wanted

    def renamed(self) -> None:
        self._put(self.data)

    def seek(self, words: str) -> bool:
        """Go to the next feature whose name has these words."""
        names, count = self._names, self.data.features.size
        if names is None or not words.strip() or not count:
            return False
        start = self.heat.cell[0] + 1 if self.heat.cell is not None else 0
        for step in range(count):
            at = (start + step) % count
            if meets(names.text(self._feature(at)), words):
                self.heat.set_cell((at, at))
                self._gone(at, at)
                return True
        return False

    def picture(self, path: Path) -> None:
        """Write what is drawn as PNG. UserError when that cannot be written."""
        if not self.heat.picture().save(str(path), "PNG"):
            raise UserError(
                f"{path.name} could not be written.", "Nothing was changed.", "Check the folder and the disk."
            )

    # Work ------------------------------------------------------------------------------------------------

    def _use_pairs(self, pairs: PairCounts) -> None:
        if pairs is not self._pairs:
            self._pairs, self._ties = pairs, None
            self._work()

    def _work(self) -> None:
        names = self._names
        if names is None or not self._wanted:
            return
        if self._pairs is None:
            self._desk.want_pairs()
            return
        pairs, ties, focus, measure = self._pairs, self._ties, self._focus, self._settings.measure

        def work(progress: Progress) -> tuple[MatrixData, Ties]:
            from saerch_desktop.features.families.ties import Ties

            tied = ties if ties is not None and ties.measure == measure else Ties.of(pairs, measure)
            return matrix_of(names.features, names.book, tied, focus, measure, progress), tied

        self._desk.ask("Filling the matrix", work, self._filled, _KEY)

    def _filled(self, found: tuple[MatrixData, Any]) -> None:
        data, self._ties = found
        self._put(data)

    def _put(self, data: MatrixData) -> None:
        self.data = data
        self._redraw()
        self.scale.set_ends(0.0, float(data.values.max(initial=0.0)))
        self.scale.setVisible(bool(data.features.size))
        self._pairs_listed = data.strongest(_LISTED)
        self.twin.set_rows([self._row(one, other) for one, other in self._pairs_listed])
        for row in range(len(self._pairs_listed)):
            for column in (0, 1):  # names, not numbers
                name = self.twin.table.item(row, column)
                if name is not None:
                    name.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.note.set_whole(_note(data))

    def _redraw(self) -> None:
        names, data = self._names, self.data
        blocks = [names.text(Focus(block.key)) if names is not None else "" for block in data.blocks]
        texts = [self._text(at) for at in range(data.features.size)]
        self.heat.set_data(data, self._settings.threshold, blocks, texts, self._pair_words)

    # Pairs in words --------------------------------------------------------------------------------------

    def _feature(self, at: int) -> Focus:
        return Focus(feature=int(self.data.features[at]))

    def _text(self, at: int) -> str:
        return self._names.text(self._feature(at)) if self._names is not None else ""

    def _row(self, one: int, other: int) -> tuple[str, str, str, str]:
        data = self.data
        both = wording.count(int(data.counts[one, other]))
        return self._text(one), self._text(other), both, f"{data.values[one, other]:.3f}"

    def _pair_words(self, row: int, column: int) -> str:
        data = self.data
        if max(row, column) >= data.features.size:
            return ""
        here = wording.documents(int(data.counts[row, row]))
        if row == column:
            return f"{self._text(row)}\nActive in {here}"
        measure = next(text for key, text, _ in MEASURES if key == self._settings.measure)
        both = int(data.counts[row, column])
        shares = [both / max(1, int(data.counts[at, at])) for at in (row, column)]
        told = " and ".join(wording.share(share) for share in shares)
        return (
            f"{self._text(row)}\n{self._text(column)}\n"
            f"Both in {wording.documents(both)}: {told} of theirs\n{measure}: {data.values[row, column]:.2f}"
        )

    # What the user does ----------------------------------------------------------------------------------

    def _gone(self, row: int, column: int) -> None:
        self.walked.emit(self._feature(row))
        if row != column:
            self.chosen.emit((self._feature(row), self._feature(column)))

    def _listed(self, row: int) -> None:
        if 0 <= row < len(self._pairs_listed) and self.twin.toggle.isChecked():
            self.heat.set_cell(self._pairs_listed[row])
            self._gone(*self._pairs_listed[row])

    def _open_listed(self, row: int) -> None:
        if 0 <= row < len(self._pairs_listed):
            self.opened.emit(self._feature(self._pairs_listed[row][0]))


def _note(data: MatrixData) -> str:
    count = data.features.size
    if not count:
        return "Nothing to compare here: put a family in the middle."
    told = f"{wording.count(count)} features, family by family; the pointer tells a pair"
    return f"{told} · {wording.count(data.left_out)} more had no room" if data.left_out else told
