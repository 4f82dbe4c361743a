"""The virtual table behind the results: scores at hand, titles fetched as they come into view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from saerch_desktop.library.documents import KeywordHit
from saerch_desktop.search.blends import Blend
from saerch_desktop.search.steering import Ranking, Term
from saerch_desktop.ui import wording

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What the table shows of a document."""

    row: int
    id: str
    title: str
    facets: tuple[tuple[str, str], ...]
    date: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One reason for a result: what `label` adds to the score.

    feature: a blend for a family's slider, None for the dropped residual.
    """

    feature: Term | None
    label: str
    value: float


class Column(IntEnum):
    """The table's columns, left to right."""

    RANK = 0
    CHANGE = 1
    TITLE = 2
    FACETS = 3
    DATE = 4
    SCORE = 5
    WHY = 6


Rows = Callable[[Sequence[int]], Sequence[ResultRow]]

_SHOWN_BARS = 4
_BLOCK = 32
_HEADS = {
    Column.RANK: ("#", "Place in this ranking"),
    Column.CHANGE: ("Δ", "Places moved against the unsteered search: ▲ towards the top, ▼ away from it"),
    Column.TITLE: ("Title", "Title of the document"),
    Column.FACETS: ("Facets", "Categories of the document"),
    Column.DATE: ("Date", "Date of the document"),
    Column.SCORE: ("Score", "How close the document is to the query; at most 1 in an unsteered search"),
    Column.WHY: ("Why", "The features that count most for this result; hover for the numbers"),
}
_RIGHT = (Column.RANK, Column.CHANGE, Column.SCORE)


class ResultsModel(QAbstractTableModel):
    """Shows a ranking or keyword hits. Documents are asked for in blocks and kept while the query stays."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.documents: list[int] = []
        self.steered = False
        self.keyword = False
        self.full_bar = 0.0  # what fills a bar, the same for all rows; the largest few reach no higher
        self._ranking: Ranking | None = None
        self._hits: list[KeywordHit] = []
        self._rows: Rows | None = None
        self._cache: dict[int, ResultRow] = {}
        self._bars: list[tuple[Bar, ...]] = []

    # Content ---------------------------------------------------------------------------------------------

    def set_ranking(
        self,
        ranking: Ranking | None,
        rows: Rows,
        labels: Callable[[int], str],
        natural: NDArray[np.float32] | None = None,
    ) -> None:
        """Show a ranking. natural: (n, active features of the query), the reasons of a plain search."""
        self.beginResetModel()
        if ranking is None or self._ranking is None or ranking.query is not self._ranking.query:
            self._cache.clear()
        self._rows = rows
        self.keyword, self._hits = False, []
        self._ranking = ranking
        self.steered = ranking is not None and ranking.steered
        self.documents = [] if ranking is None else ranking.rows.tolist()
        self._bars = [] if ranking is None else _bars(ranking, labels, natural)
        leading = [abs(bars[0].value) for bars in self._bars if bars]
        self.full_bar = float(np.quantile(leading, 0.9)) if leading else 0.0
        self.endResetModel()

    def set_hits(self, hits: Sequence[KeywordHit], rows: Rows) -> None:
        """Show documents found by words."""
        self.beginResetModel()
        self._cache.clear()
        self._rows = rows
        self._ranking, self.steered, self.keyword = None, False, True
        self._hits, self._bars, self.full_bar = list(hits), [], 0.0
        self.documents = [hit.row for hit in self._hits]
        self.endResetModel()

    def place_of(self, document: int) -> int | None:
        """Where a document stands now."""
        try:
            return self.documents.index(document)
        except ValueError:
            return None

    def result(self, place: int) -> ResultRow:
        """The document at a place, fetched with its neighbours when it is not at hand."""
        document = self.documents[place]
        if document not in self._cache:
            start = max(0, place - _BLOCK // 4)
            wanted = [d for d in self.documents[start : start + _BLOCK] if d not in self._cache]
            fetched = self._rows(wanted) if self._rows is not None else ()
            self._cache.update((result.row, result) for result in fetched)
        return self._cache.get(document) or ResultRow(
            document, str(document), f"Document {document}", (), None
        )

    def has_facets(self) -> bool:
        """Whether the documents at the top have categories at all."""
        return any(self.result(place).facets for place in range(min(_BLOCK, len(self.documents))))

    def facets_width(self, measure: Callable[[str], int]) -> int:
        """What the categories of the documents at the top need."""
        places = range(min(_BLOCK, len(self.documents)))
        return max((measure(self.text(place, Column.FACETS)) for place in places), default=0)

    def has_dates(self) -> bool:
        return any(self.result(place).date for place in range(min(_BLOCK, len(self.documents))))

    # Qt's model ------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.documents)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(Column):
            return None
        head, tip = _HEADS[Column(section)]
        if role == Qt.ItemDataRole.DisplayRole:
            return head
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return "Rank change" if section == Column.CHANGE else "Place" if section == Column.RANK else head
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignVCenter | (
                Qt.AlignmentFlag.AlignRight if section in _RIGHT else Qt.AlignmentFlag.AlignLeft
            )
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        place = index.row()
        if not index.isValid() or place >= len(self.documents):
            return None
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(place, Column(column))
        if role == Qt.ItemDataRole.ToolTipRole:
            return wording.tip(self._tip(place, Column(column)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(place, Column(column))
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _RIGHT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    # One cell, by place; what the painter reads ----------------------------------------------------------

    def bars(self, place: int) -> tuple[Bar, ...]:
        """The biggest reasons, in falling size."""
        return self._bars[place] if self._bars else ()

    def snippet(self, place: int) -> str:
        """The words around the hits, which stand between \\x02 and \\x03; "" in a ranking."""
        return self._hits[place].snippet if self.keyword else ""

    def moved(self, place: int) -> int:
        """Places towards the top against the unsteered list."""
        return 0 if self._ranking is None else int(self._ranking.rank_before[place]) - (place + 1)

    def _score(self, place: int) -> float:
        if self._ranking is not None:
            return float(self._ranking.scores[place])
        return float(self._hits[place].score)

    def text(self, place: int, column: Column) -> str:
        """What a cell says."""
        if column == Column.RANK:
            return str(place + 1)
        if column == Column.CHANGE:
            return wording.rank_change(self.moved(place), 0) if self.steered else ""
        if column == Column.SCORE:
            return f"{self._score(place):.3f}".replace("-", "−")
        if column == Column.WHY:
            return self._why(place, ", ")
        result = self.result(place)
        if column == Column.TITLE:
            return result.title or result.id
        if column == Column.FACETS:
            return " · ".join(value for _, value in result.facets)
        return (result.date or "")[:10]

    def _why(self, place: int, between: str) -> str:
        bars = self._bars[place] if self._bars else ()
        return between.join(f"{wording.signed(bar.value, 3)} {bar.label}" for bar in bars)

    def _tip(self, place: int, column: Column) -> str:
        if column == Column.WHY:
            head = "Change of score by feature" if self.steered else "Part of the score by feature"
            why = self._why(place, "\n")
            return f"{head}\n{why}" if why else ""
        if column == Column.SCORE and self._ranking is not None:
            now, before = float(self._ranking.scores[place]), float(self._ranking.scores_before[place])
            if not self.steered:
                return f"Score {now:.4f}"
            return f"Score {now:.4f}, unsteered {before:.4f} ({wording.signed(now - before, 4)})"
        if column == Column.CHANGE:
            return (
                f"Unsteered place: {int(self._ranking.rank_before[place]):,}"
                if self._ranking is not None
                else ""
            )
        result = self.result(place)
        if column == Column.FACETS:
            return "\n".join(f"{name}: {value}" for name, value in result.facets)
        return f"{result.title}\n{result.id}"

    def _spoken(self, place: int, column: Column) -> str:
        if column == Column.CHANGE and self.steered:
            moved = self.moved(place)
            return f"moved {'up' if moved > 0 else 'down'} {abs(moved)}" if moved else "not moved"
        return self.text(place, column)


def _bars(
    ranking: Ranking, labels: Callable[[int], str], natural: NDArray[np.float32] | None
) -> list[tuple[Bar, ...]]:
    """The biggest contributions of every row, in falling size."""
    if ranking.contributions.shape[1]:
        table, features = ranking.contributions, list(ranking.contribution_features)
    elif natural is not None and natural.size:
        table, features = natural, [int(f) for f in ranking.query.indices]
    else:
        return []
    table = table[: len(ranking.rows)]
    order = np.argsort(-np.abs(table), axis=1, kind="stable")[:, :_SHOWN_BARS]
    values = np.take_along_axis(table, order, axis=1).tolist()
    used = {int(j) for j in np.unique(order)}
    names = {j: _named(features[j], labels) for j in used}
    return [
        tuple(Bar(features[j], names[j], v) for j, v in zip(picked, line, strict=True) if v)
        for picked, line in zip(order.tolist(), values, strict=True)
    ]


def _named(term: Term | None, labels: Callable[[int], str]) -> str:
    if term is None:
        return "not explained by features (dropped)"
    return term.name if isinstance(term, Blend) else labels(term)
