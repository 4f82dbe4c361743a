"""Brings what the results do not have at hand: the order behind the first page, its pages, snippets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from saerch_desktop.library.documents import Matches
from saerch_desktop.progress import Progress
from saerch_desktop.ui.jobs import JobRunner, Lane
from saerch_desktop.ui.results_listing import Listing
from saerch_desktop.ui.results_page import Page
from saerch_desktop.ui.results_reading import Source

_REST_MS = 60  # all documents are ordered once a hand at a slider rests this long
_KEYS = ("results-order", "results-page", "results-snippets")


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Which pages of which list are in view."""

    source: Source
    listing: Listing
    numbers: tuple[int, ...]


class ResultsDesk(QObject):
    """Asked for what is in view, the newest wish wins: what was scrolled past is not read.

    Answers carry the listing they belong to; one that is shown no longer is nobody's.
    """

    order_found = Signal(object, object)  # Listing, (total,) rows
    page_found = Signal(object, int, object)  # Listing, number, Page
    snippets_found = Signal(object, object)  # Listing, dict[int, str]

    def __init__(
        self, runner: JobRunner, fail: Callable[[BaseException, str], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._fail = fail
        self._wanted: _Places | None = None
        self._reading: _Places | None = None
        self._ordering: Listing | None = None  # whose order is being worked out, or waited for
        self._snippets_of: tuple[Listing, tuple[int, ...]] | None = None
        self._source: Source | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._find_order)

    def stop(self) -> None:
        """Forget all wishes: another library, or none."""
        self._rest.stop()
        self._runner.cancel_keys(_KEYS)
        self._wanted = self._reading = self._ordering = self._source = self._snippets_of = None

    def want_pages(self, source: Source, listing: Listing, numbers: tuple[int, ...]) -> None:
        """Read these pages of a list, its order first where that is not known."""
        if not listing.is_complete():
            self.want_order(source, listing)
            return
        self._wanted = _Places(source, listing, numbers)
        if self._reading is None:
            self._read()

    def want_order(self, source: Source, listing: Listing) -> None:
        """Order all documents of a list."""
        if self._ordering is listing or listing.is_complete():
            return
        self._runner.cancel_keys(("results-order",))
        self._source, self._ordering = source, listing
        self._rest.start()

    def _find_order(self) -> None:
        source, listing = self._source, self._ordering
        if source is None or listing is None:
            return

        def over() -> None:
            if self._ordering is listing:
                self._ordering = None

        def done(order: Any) -> None:
            over()
            self.order_found.emit(listing, order)

        def failed(error: BaseException) -> None:
            over()
            self._fail(error, "Ordering the results")

        self._runner.submit(
            "Ordering the results",
            source.order,
            lane=Lane.IO,
            key="results-order",
            quiet=True,
            done=done,
            failed=failed,
            cancelled=over,
        )

    def _read(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is None:
            return
        self._reading = wanted

        def over() -> None:
            if self._reading is wanted:
                self._reading = None

        def done(pages: list[tuple[int, Page]]) -> None:
            over()
            for number, page in pages:
                self.page_found.emit(wanted.listing, number, page)
            if self._reading is None:
                self._read()

        def failed(error: BaseException) -> None:
            over()
            self._fail(error, "Reading the results")

        self._runner.submit(
            "Reading the results",
            lambda progress: _pages(wanted, progress),
            lane=Lane.IO,
            key="results-page",
            quiet=True,
            done=done,
            failed=failed,
            cancelled=over,
        )

    def want_snippets(
        self, source: Source, matches: Matches, listing: Listing, rows: tuple[int, ...]
    ) -> None:
        """Find the words in these documents of a list."""
        if self._snippets_of == (listing, rows):
            return
        self._snippets_of = listing, rows
        documents = source.session.library.documents
        self._runner.look_up(
            "Finding the words",
            lambda _: documents.snippets(matches, rows),
            key="results-snippets",
            done=lambda found: self.snippets_found.emit(listing, found),
            fail=self._fail,
        )


def _pages(wanted: _Places, progress: Progress) -> list[tuple[int, Page]]:
    found = []
    for number in wanted.numbers:
        progress.check()
        start, stop = wanted.listing.places_on(number)
        rows = wanted.listing.documents_in(start, stop - 1)
        found.append((number, wanted.source.page(np.asarray(rows, np.int64), start)))
    return found
