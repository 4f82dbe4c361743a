"""What lights the families up: the query, a document or the selected ones, whichever was touched last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from saerch_desktop.progress import Progress
from saerch_desktop.ui import wording
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.row_set import RowSet

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.ui.controller import Controller

_KEY: Final = "families light"
_LAST: Final = "last"


@dataclass(frozen=True, slots=True, eq=False)
class Lit:
    """features (n,) float32 0 to 1, families by key the same; caption: what it is about, "" for nothing;
    scale: what the colours mean, for the legend.
    """

    features: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    families: dict[str, float] = field(default_factory=dict)
    caption: str = ""
    scale: str = ""

    def __bool__(self) -> bool:
        return bool(self.caption)

    def of(self, what: Focus) -> float:
        if what.family is not None:
            return self.families.get(what.family, 0.0)
        there = what.feature is not None and what.feature < self.features.size
        return float(self.features[what.feature]) if there else 0.0


class FamiliesLights(QObject):
    """`changed(Lit)`. Works out nothing while nobody looks: call `look` when the pane comes into view."""

    changed = Signal(object)

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._features: FeatureSet | None = None
        self._book: FamilyBook | None = None
        self._source = _LAST
        self._touched = "query"
        self._looking = False
        self._own = False
        self.lit = Lit()
        store = controller.store
        store.query_changed.connect(lambda query: self._touch("query", query is not None))
        store.document_changed.connect(lambda view: self._touch("document", view is not None))
        store.selected_changed.connect(self._selected)

    def select(self, rows: NDArray[np.int64]) -> None:
        """Select documents from within the pane: they light nothing up unless that was asked for.

        Pressing a node would otherwise take away the colours by which it was found.
        """
        self._own = True
        self._controller.store.selected = RowSet.of(rows)
        self._own = False

    def _selected(self, rows: RowSet) -> None:
        if self._own:
            self._shine()
        else:
            self._touch("selection", len(rows) > 0)

    def use(self, features: FeatureSet | None, book: FamilyBook | None) -> None:
        """Light up the families of this book."""
        self._features, self._book = features, book
        self._shine()

    def look(self, looking: bool) -> None:
        """Whether anybody sees it."""
        if looking != self._looking:
            self._looking = looking
            self._shine()

    def set_source(self, source: str) -> None:
        """One of "last", "query", "document", "selection", "nothing"."""
        self._source = source
        self._shine()

    def _touch(self, kind: str, there: bool) -> None:
        if there:
            self._touched = kind
        elif self._touched == kind:
            self._touched = "document" if self._controller.store.document is not None else "query"
        self._shine()

    def _shine(self) -> None:
        features, book = self._features, self._book
        if not self._looking:
            return
        source = self._touched if self._source == _LAST else self._source
        of, caption = self._what(source)
        if features is None or book is None or of is None:
            self._controller.runner.cancel_keys((_KEY,))
            self._put(Lit())
            return

        def work(progress: Progress) -> Lit:
            from saerch_desktop.features.families.lighting import (
                FULL,
                activation_in,
                brightness,
                family_brightness,
                standing_out,
            )

            if isinstance(of, np.ndarray) and of.size > 1:
                scale = f"More common in {caption} than in all, full colour from {FULL:.0f} times"
                bright, families = standing_out(features, book, of, progress)
                return Lit(bright, dict(families), caption, scale)
            bright = brightness(features, activation_in(features, of, progress))
            return Lit(bright, dict(family_brightness(book, bright)), caption, f"Active in {caption}")

        self._controller.runner.look_up(
            "Lighting up the families",
            work,
            key=_KEY,
            done=self._put,
            fail=self._controller.fail,
        )

    def _what(self, source: str) -> tuple[Any, str]:
        """What to look into, and what it is called; None for nothing."""
        store = self._controller.store
        if source == "query" and store.query is not None:
            return store.query, f"the query “{store.query.text}”" if store.query.text else "the query"
        if source == "document" and store.document is not None:
            document = store.document.document
            return int(document.row), f"“{document.title or document.id}”"
        if source == "selection" and len(store.selected):
            return np.asarray(store.selected, np.int64), wording.documents(len(store.selected))
        return None, ""

    def _put(self, lit: Lit) -> None:
        self.lit = lit
        self.changed.emit(lit)
