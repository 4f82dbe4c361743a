"""Which document stands at which place of the results, as far as that is known, and the pages at hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.ui.results_page import SIZE, Page

_PAGES = 64  # kept beside the first


class Listing:
    """The first page at once; the order behind it and the other pages when they come.

    documents: of the first page. order: of all places, (total,), None until it is known.
    """

    def __init__(self, first: Page | None = None, total: int = 0) -> None:
        self.documents: list[int] = [] if first is None else first.rows.tolist()
        self.total = max(total, len(self.documents))
        self.order: NDArray[np.integer] | None = None
        self._pages: dict[int, Page] = {} if first is None else {0: first}

    def set_order(self, order: NDArray[np.integer]) -> None:
        """All documents in their order; the first are those of the first page."""
        self.order = order[: self.total]

    def keep(self, number: int, page: Page) -> tuple[int, int]:
        """Keep a page; the places first..last that it holds."""
        while len(self._pages) > _PAGES:
            self._pages.pop(next(kept for kept in self._pages if kept))
        self._pages[number] = page
        start, _ = self.places_on(number)
        return start, start + page.rows.size - 1

    def missing(self, first: int, last: int) -> tuple[int, ...]:
        """Numbers of the pages that places first..last are on and that are not at hand."""
        if not self.total:
            return ()
        wanted = range(self._page_of(first), self._page_of(min(last, self.total - 1)) + 1)
        return tuple(number for number in wanted if number not in self._pages)

    def places_on(self, number: int) -> tuple[int, int]:
        """The places start..stop-1 of a page."""
        first = len(self.documents)
        start = first + (number - 1) * SIZE
        return (0, first) if number == 0 else (start, min(start + SIZE, self.total))

    def find(self, place: int) -> tuple[Page, int] | None:
        """The page that holds a place, and where in it."""
        number = self._page_of(place)
        page = self._pages.get(number)
        if page is None:
            return None
        return page, place if number == 0 else (place - len(self.documents)) % SIZE

    def document(self, place: int) -> int | None:
        """The row of the document at a place; None while that is not known."""
        if 0 <= place < len(self.documents):
            return self.documents[place]
        if self.order is not None and 0 <= place < self.order.size:
            return int(self.order[place])
        return None

    def documents_in(self, first: int, last: int) -> NDArray[np.int64]:
        """The rows of the documents at places first..last, as far as they are known, (n,) int64."""
        return np.asarray(self._known()[max(0, first) : last + 1], np.int64)

    def place_of(self, document: int) -> int | None:
        """Where a document stands now; None where it is not listed or that is not known."""
        found = np.flatnonzero(self._known() == document)
        return int(found[0]) if found.size else None

    def places_of(self, documents: NDArray[np.integer]) -> NDArray[np.int64]:
        """The places of those of `documents` that are listed and known, ascending, (n,) int64."""
        return np.flatnonzero(np.isin(self._known(), documents))

    def is_complete(self) -> bool:
        """Whether the document at every place is known."""
        return self.order is not None or len(self.documents) >= self.total

    def _known(self) -> NDArray[np.integer]:
        return np.asarray(self.documents, np.int64) if self.order is None else self.order

    def _page_of(self, place: int) -> int:
        behind = place - len(self.documents)
        return 0 if behind < 0 else 1 + behind // SIZE
