"""Names that people judge and carry about: the review's window, the files of names, and their tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from saerch_desktop.ui.name_testing import NameTester
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.review_desk import ReviewDesk
from saerch_desktop.ui.review_window import ReviewWindow

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class ReviewPart(Part):
    """A window of its own, made when it is first asked for."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.desk = ReviewDesk(self.controller, self)
        self.tester = NameTester(self.controller, self)
        self.review: ReviewWindow | None = None
        self.controller.library.closed.connect(self._put_away)

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"review": self.ask}

    def ask(self, only: Iterable[int] | None = None) -> None:
        """Show the window, where one left off; with `only`, begin anew with these features."""
        if self.desk.feature is None or only is not None:
            self.desk.begin(only=only)
        if self.review is None:
            self.review = ReviewWindow(self.desk, self.window)
            self.review.document_chosen.connect(self.controller.inspect.document)
        self.review.show()
        self.review.raise_()
        self.review.activateWindow()

    def _put_away(self) -> None:
        if self.review is not None:
            self.review.close()
