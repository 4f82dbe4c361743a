"""The virtual table behind the results: the first page at hand, the others and titles as they are seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from saerch_desktop.library.documents import KeywordHit, Matches
from saerch_desktop.search.preview import Mover, Preview
from saerch_desktop.search.steering import Ranking
from saerch_desktop.ui import results_page, wording
from saerch_desktop.ui.results_listing import Listing
from saerch_desktop.ui.results_page import Bar, Labels, Page, ResultRow
from saerch_desktop.ui.row_set import RowSet

__all__ = ["Bar", "Column", "Index", "ResultRow", "ResultsModel", "Rows"]

Index = QModelIndex | QPersistentModelIndex


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

NOT_YET = "…"
_BLOCK = 32
_KNOWN = 20_000  # documents kept
_PAINTED = 10  # ghosts of a preview
_NO_ROWS = np.empty(0, np.int64)
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
    """Shows a ranking or keyword hits, every document that is found. What is not at hand says "…": the order
    behind the first page (`set_order`), and the pages of it (`set_page`), come from workers. Documents are
    kept while the query stays.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.listing = Listing()
        self.steered = False
        self.keyword = False
        self.baseline = False  # the unsteered list instead of the steered one
        self.full_bar = 0.0  # what fills a bar, the same for all rows; the largest few reach no higher
        self.ranking: Ranking | None = None
        self._rows: Rows | None = None
        self._labels: Labels = str
        self._cache: dict[int, ResultRow] = {}
        self._bars: dict[int, tuple[Bar, ...]] = {}
        self._snippets: dict[int, str] = {}
        self._ghosts: dict[int, Mover] = {}
        self._strongest: frozenset[int] = frozenset()
        self._marked = _NO_ROWS

    # Content ---------------------------------------------------------------------------------------------

    def set_ranking(
        self,
        ranking: Ranking | None,
        rows: Rows,
        labels: Labels,
        natural: NDArray[np.float32] | None = None,
    ) -> None:
        """Show a ranking. natural: (n, active features of the query), the reasons of a plain search."""
        former = self.ranking
        if ranking is None or former is None or ranking.query is not former.query:
            self._cache.clear()
        worded = None if ranking is None or ranking.fused is None else ranking.fused.expression
        if former is None or former.fused is None or former.fused.expression != worded:
            self._snippets.clear()
        self._rows, self._labels = rows, labels
        self.ranking, self.keyword = ranking, False
        self.steered = ranking is not None and ranking.steered
        first = None if ranking is None else results_page.of_ranking(ranking, natural)
        self._show(first, 0 if ranking is None else ranking.total)

    def set_hits(self, hits: Sequence[KeywordHit], rows: Rows, matches: Matches | None = None) -> None:
        """Show documents found by words. matches: all of them, where `hits` are only the first."""
        self._cache.clear()
        self._snippets.clear()
        self._rows = rows
        self.ranking, self.steered, self.keyword = None, False, True
        self._show(results_page.of_hits(hits), len(hits) if matches is None else matches.rows.size)
        if matches is not None:
            self.listing.set_order(matches.rows)

    def _show(self, first: Page | None, total: int) -> None:
        """Another list. One as long as the former takes its place, so that at a slider's tick the view keeps
        where it is scrolled to and its current row.
        """
        former, new = self.listing, Listing(first, total)
        same = new.total == former.total > 0
        if not same:
            self.beginResetModel()
        self.listing = new
        self.full_bar = 0.0 if first is None else first.full
        self._bars.clear()
        self._ghosts.clear()
        self._strongest = frozenset()
        if same:
            self._tell_changed(0, former.total - 1)
        else:
            self.endResetModel()

    def set_order(self, order: NDArray[np.integer]) -> None:
        """All documents in their order; the first are those of the first page."""
        self.listing.set_order(order)

    def set_page(self, number: int, page: Page) -> None:
        """The figures of one page behind the first, and its documents."""
        if len(self._cache) > _KNOWN:
            self._cache.clear()
        if len(self._bars) > _KNOWN:
            self._bars.clear()
        self._cache.update((document.row, document) for document in page.documents)
        self._tell_changed(*self.listing.keep(number, page))

    def _tell_changed(self, first: int, last: int) -> None:
        if last < first:
            return
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))

    def set_snippets(self, snippets: Mapping[int, str]) -> None:
        """The words around the hits of documents listed by meaning and words, by row."""
        self._snippets.update(snippets)

    def set_preview(self, preview: Preview | None) -> None:
        """Which documents would move, were a change made that is only considered."""
        movers = () if preview is None else preview.movers
        self._ghosts = {mover.row: mover for mover in movers}
        listed = [mover.row for mover in movers if 0 < mover.now <= len(self.documents)]
        self._strongest = frozenset(listed[:_PAINTED])

    def set_marked(self, rows: RowSet) -> None:
        """Documents that are selected, here or elsewhere."""
        self._marked = np.sort(rows.rows)

    # Places and documents --------------------------------------------------------------------------------

    @property
    def documents(self) -> list[int]:
        """The documents of the first page, best first."""
        return self.listing.documents

    def snippets_missing(self, first: int, last: int) -> tuple[int, ...]:
        """Documents at places first..last that words found and whose snippet is not at hand."""
        fused = None if self.ranking is None else self.ranking.fused
        if fused is None:
            return ()
        places = range(first, min(last + 1, len(self.documents)))
        listed = [self.documents[place] for place in places if fused.words[place]]
        return tuple(document for document in listed if document not in self._snippets)

    def result(self, place: int) -> ResultRow | None:
        """The document at a place. On the first page it is fetched with its neighbours when it is not at
        hand; behind it None stands for what has not come yet.
        """
        document = self.listing.document(place)
        if document is None:
            return None
        found = self._cache.get(document)
        if found is None and place < len(self.documents):
            start = max(0, place - _BLOCK // 4)
            wanted = [d for d in self.documents[start : start + _BLOCK] if d not in self._cache]
            fetched = self._rows(wanted) if self._rows is not None else ()
            self._cache.update((result.row, result) for result in fetched)
            missing = ResultRow(document, str(document), f"Document {document}", (), None)
            found = self._cache.get(document, missing)
        return found

    def title(self, document: int) -> str:
        """The title of any document."""
        if document not in self._cache and self._rows is not None:
            self._cache.update((result.row, result) for result in self._rows([document]))
        found = self._cache.get(document)
        return f"Document {document}" if found is None else found.title or found.id

    def _top(self) -> list[ResultRow]:
        found = (self.result(place) for place in range(min(_BLOCK, len(self.documents))))
        return [result for result in found if result is not None]

    def has_facets(self) -> bool:
        """Whether the documents at the top have categories at all."""
        return any(result.facets for result in self._top())

    def facets_width(self, measure: Callable[[str], int]) -> int:
        """What the categories of the documents at the top need."""
        places = range(min(_BLOCK, len(self.documents)))
        return max((measure(self.text(place, Column.FACETS)) for place in places), default=0)

    def has_dates(self) -> bool:
        return any(result.date for result in self._top())

    # Qt's model ------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self.listing.total

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
        if not index.isValid() or place >= self.listing.total:
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

    @property
    def worded(self) -> bool:
        """Whether rows have a line for the words that were found."""
        return self.keyword or (self.ranking is not None and self.ranking.fused is not None)

    def bars(self, place: int) -> tuple[Bar, ...]:
        """The biggest reasons, in falling size."""
        made = self._bars.get(place)
        if made is None:
            found = self.listing.find(place)
            if found is None:
                return ()
            page, at = found
            made = self._bars[place] = page.bars(at, self._labels)
        return made

    def snippet(self, place: int) -> str:
        """The words around the hits, which stand between \\x02 and \\x03; "" where there are none."""
        found = self.listing.find(place)
        if found is None or not self.worded:
            return ""
        page, at = found
        if self.keyword:
            return page.snippets.get(int(page.rows[at]), "")
        fused = self.ranking.fused if self.ranking is not None else None
        if fused is not None and not fused.words[place]:
            return "by meaning alone"
        return self._snippets.get(int(page.rows[at]), NOT_YET)

    def moved(self, place: int) -> int:
        """Places towards the top against the unsteered list."""
        found = self.listing.find(place) if self.ranking is not None else None
        return 0 if found is None else int(found[0].rank_before[found[1]]) - (place + 1)

    @property
    def previewing(self) -> bool:
        """Whether a change is considered that would move documents."""
        return bool(self._ghosts)

    def ghost(self, place: int) -> Mover | None:
        """Where the document would go by the change that is considered."""
        return self._ghosts.get(self.documents[place]) if place < len(self.documents) else None

    def painted_ghost(self, place: int) -> Mover | None:
        """The same for the strongest few that are listed: more of them would cover the titles."""
        ghost = self.ghost(place)
        return ghost if ghost is not None and ghost.row in self._strongest else None

    def is_marked(self, place: int) -> bool:
        """Whether the document is selected, here or elsewhere."""
        document = self.listing.document(place)
        if document is None or not self._marked.size:
            return False
        at = int(np.searchsorted(self._marked, document))
        return at < self._marked.size and int(self._marked[at]) == document

    def text(self, place: int, column: Column) -> str:
        """What a cell says."""
        if column == Column.RANK:
            return f"{place + 1:,}"
        if column == Column.WHY:
            return self._why(place, ", ")
        if column in (Column.CHANGE, Column.SCORE):
            return self._figure(place, column)
        result = self.result(place)
        if result is None:
            return NOT_YET if column == Column.TITLE else ""
        if column == Column.TITLE:
            return result.title or result.id
        if column == Column.FACETS:
            return " · ".join(value for _, value in result.facets)
        return (result.date or "")[:10]

    def _figure(self, place: int, column: Column) -> str:
        if column == Column.CHANGE and not self.steered:
            return ""
        found = self.listing.find(place)
        if found is None:
            return NOT_YET
        if column == Column.CHANGE:
            return wording.rank_change(self.moved(place), 0)
        if self.ranking is not None and self.ranking.fused is not None:
            return f"{float(self.ranking.fused.score[place]):.4f}"
        return f"{float(found[0].scores[found[1]]):.3f}".replace("-", "−")

    def _why(self, place: int, between: str) -> str:
        return between.join(f"{wording.signed(bar.value, 3)} {bar.label}" for bar in self.bars(place))

    def _tip(self, place: int, column: Column) -> str:
        if column == Column.WHY:
            head = "Change of score by feature" if self.steered else "Part of the score by feature"
            why = self._why(place, "\n")
            return f"{head}\n{why}" if why else ""
        found = self.listing.find(place)
        if found is None:
            return "Still being looked up"
        if column == Column.SCORE and self.ranking is not None:
            return self._score_tip(place, *found)
        if column == Column.CHANGE:
            before = int(found[0].rank_before[found[1]])
            return f"Unsteered place: {before:,}" if self.ranking is not None and before else ""
        result = self.result(place)
        if result is None:
            return ""
        if column == Column.FACETS:
            return "\n".join(f"{name}: {value}" for name, value in result.facets)
        return f"{result.title}\n{result.id}"

    def _score_tip(self, place: int, page: Page, at: int) -> str:
        now, before = float(page.scores[at]), float(page.scores_before[at])
        text = f"Score {now:.4f}"
        if self.steered:
            text += f", unsteered {before:.4f} ({wording.signed(now - before, 4)})"
        fused = None if self.ranking is None else self.ranking.fused
        if fused is None:
            return text
        by = [("meaning", int(fused.meaning[place])), ("words", int(fused.words[place]))]
        told = " · ".join(f"by {kind}: place {n:,}" if n else f"by {kind}: not found" for kind, n in by)
        return f"Score of both {float(fused.score[place]):.4f}\n{told}\nThe cosine by itself: {text[6:]}"

    def _spoken(self, place: int, column: Column) -> str:
        if column == Column.CHANGE and self.steered:
            moved = self.moved(place)
            return f"moved {'up' if moved > 0 else 'down'} {abs(moved)}" if moved else "not moved"
        said = self.text(place, column)
        if column == Column.TITLE:
            ghost = self.ghost(place)
            if ghost is not None:
                said += f", would go to place {ghost.then:,}" if ghost.then else ", would leave the list"
            if self.is_marked(place):
                said += ", selected"
        return said
