"""A short table that is only as high as its lines."""

from __future__ import annotations

from collections.abc import Sequence

from saerch_desktop.ui import theme
from saerch_desktop.ui.line_table import LineTable


class ShortTable(LineTable):
    """Shows at most `most` lines at once, and no empty room below fewer."""

    def __init__(
        self,
        columns: Sequence[tuple[str, str]],
        name: str,
        tip: str,
        spared: Sequence[int] = (),
        *,
        most: int = 6,
        least: int = 1,
    ) -> None:
        super().__init__(columns, name, tip, spared)
        self._most, self._least = most, least
        theme.sized(self, ShortTable._fit)

    def fill(self, rows: Sequence[tuple[Sequence[str], str]]) -> None:
        super().fill(rows)
        self._fit()

    def _fit(self) -> None:
        row = theme.row_height(self.font())
        lines = min(self._most, max(self._least, self.rowCount()))
        self.setFixedHeight(lines * row + self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth())
