"""Works out, beside the window, the figures of families that the analyst changed or made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from saerch_desktop.features.families.family import Family, Figures
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.ui.controller import Controller

_KEY: Final = "families figures"
_DOING: Final = "Measuring the changed families"
_BLANK: Final = Figures()
_MOST_KNOWN: Final = 10_000

Known = dict[tuple[int, ...], Figures]
"""By what a family is made of: the same features have the same figures, whatever they are called."""


class FamilyMeasure(QObject):
    """`found(book)` gets the same book with figures; a book that was changed meanwhile is measured anew."""

    def __init__(self, controller: Controller, found: Callable[[FamilyBook], None], parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._found = found
        self._features: FeatureSet | None = None
        self._known: Known = {}

    def use(self, features: FeatureSet | None) -> None:
        """Measure in the codes of these features from now on."""
        if features is not self._features:
            self._features, self._known = features, {}
            self._controller.runner.cancel_keys((_KEY,))

    def known(self, book: FamilyBook) -> FamilyBook:
        """The book with the figures that were worked out before; the book itself where there are none."""
        if not self._known:
            return book
        filled = {key: self._filled(family) for key, family in book.families.items()}
        if all(filled[key] is family for key, family in book.families.items()):
            return book
        return _with(book, filled)

    def complete(self, book: FamilyBook | None) -> None:
        """Measure what has no figures yet."""
        features = self._features
        if features is None or book is None:
            return
        blank = [
            family.members
            for family in book.families.values()
            if family.figures == _BLANK and family.members not in self._known
        ]
        if not blank:
            return

        def work(progress: Progress) -> FamilyBook:
            from saerch_desktop.features.families.remeasuring import with_figures

            return with_figures(features, book, progress)

        def done(measured: FamilyBook) -> None:
            if features is not self._features:
                return
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            wanted = set(blank)
            self._known |= {
                family.members: family.figures
                for family in measured.families.values()
                if family.members in wanted
            }
            self._found(measured)

        self._controller.runner.look_up(
            _DOING,
            work,
            key=_KEY,
            done=done,
            fail=self._controller.fail,
        )

    def _filled(self, family: Family) -> Family:
        figures = self._known.get(family.members) if family.figures == _BLANK else None
        return family if figures is None else family.model_copy(update={"figures": figures})


def _with(book: FamilyBook, families: dict[str, Family]) -> FamilyBook:
    from saerch_desktop.features.families.book import FamilyBook

    found = book.built.model_copy(update={"families": tuple(families.values()), "links": book.links})
    return FamilyBook.of(found, book.hidden, book.conflicts, book.edits, book.built)
