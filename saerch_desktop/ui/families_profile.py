"""Fills the details of the families pane: at once what the book knows, then what has to be looked up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer

from saerch_desktop.features.card import TopDocument
from saerch_desktop.progress import Progress
from saerch_desktop.ui import wording
from saerch_desktop.ui.families_detail import FamilyDetail
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_names import Names, features_of

if TYPE_CHECKING:
    from saerch_desktop.features.families.profile import FamilyProfile
    from saerch_desktop.ui.controller import Controller

_SHOW: Final = "family profile"
_DOCUMENTS: Final = "family documents"
_LISTED: Final = 20
_MOST_LISTED: Final = 100  # when one asks for them
MOST_SELECTED: Final = 1000
"""So many documents of a family are selected at most, the strongest ones."""


class FamilyProfiles(QObject):
    """The newest wish counts. `shown`: what the details are about, None for several or nothing."""

    def __init__(self, controller: Controller, detail: FamilyDetail, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._detail = detail
        self.shown: Focus | None = None

    def show(self, names: Names, what: Focus) -> None:
        """Tell about a family or a feature; the overview is told by nothing."""
        self.shown = None if what.overview else what
        self._detail.documents_part.heading.setText("Documents")
        runner = self._controller.runner
        if what.family is not None:
            self._detail.show_family(names, what.family)
            self._submit(self._profile(names, what.family), lambda found: self._put(names, what, found))
        elif what.feature is not None:
            self._detail.show_feature(names, what.feature)
            self._list(names, (what.feature,), what)
        else:
            runner.cancel_keys((_SHOW,))
            self._detail.clear()

    def forget(self) -> None:
        """There are no families to tell about."""
        self.shown = None
        self._controller.runner.cancel_keys((_SHOW,))

    def show_chosen(self, names: Names, things: Sequence[Focus]) -> None:
        """Tell about several."""
        self.shown = None
        self._detail.show_chosen(names, things)
        self._list(names, features_of(names, things), None)

    def documents(
        self, names: Names, things: Sequence[Focus], found: Callable[[NDArray[np.int64], int], None]
    ) -> None:
        """The documents where any of these is active, the strongest ones, and how many there are at all."""
        features, ids = names.features, features_of(names, things)

        def work(progress: Progress) -> tuple[NDArray[np.int64], int]:
            from saerch_desktop.features.families.lighting import documents_of

            rows, _ = documents_of(features, ids, "any")
            return rows[:MOST_SELECTED], rows.size

        self._submit(work, lambda answer: found(*answer), _DOCUMENTS)

    def list_documents(self, names: Names, things: Sequence[Focus], total: int) -> None:
        """More of the documents of these among the details, and the focus on the first. total: there are so
        many.
        """
        shown = self.shown

        def put(found: list[TopDocument]) -> None:
            if self.shown != shown:
                return
            self._detail.show_documents(found)
            self._detail.documents_part.heading.setText(strongest(len(found), total))
            self._detail.documents.setFocus(Qt.FocusReason.ShortcutFocusReason)
            QTimer.singleShot(0, self._detail, self._go_to_documents)  # where they stand is known then

        self._look_up(names, features_of(names, things), _MOST_LISTED, put)

    # Inside ----------------------------------------------------------------------------------------------

    def _go_to_documents(self) -> None:
        self._detail.scrolled.verticalScrollBar().setValue(self._detail.documents_part.y())

    def _profile(self, names: Names, key: str) -> Callable[[Progress], FamilyProfile | None]:
        session = self._controller.library.session

        def work(progress: Progress) -> FamilyProfile | None:
            from saerch_desktop.features.families.profile import profile

            documents = session.library.documents if session is not None else None
            return profile(names.features, names.book, key, documents, top=_LISTED)

        return work

    def _put(self, names: Names, what: Focus, found: FamilyProfile) -> None:
        if self.shown == what:
            self._detail.show_profile(found, names)

    def _list(self, names: Names, ids: Sequence[int], what: Focus | None) -> None:
        def done(found: list[TopDocument]) -> None:
            if self.shown == what:
                self._detail.show_documents(found)

        self._look_up(names, ids, _LISTED, done)

    def _look_up(
        self, names: Names, ids: Sequence[int], most: int, done: Callable[[list[TopDocument]], None]
    ) -> None:
        session, features = self._controller.library.session, names.features

        def work(progress: Progress) -> list[TopDocument]:
            from saerch_desktop.features.families.lighting import documents_of

            rows, sums = documents_of(features, ids, "any", most)
            titles = (
                session.library.documents.titles(rows.tolist()) if session is not None else [""] * rows.size
            )
            return [
                TopDocument(row, value, title)
                for row, value, title in zip(rows.tolist(), sums.tolist(), titles, strict=True)
            ]

        self._submit(work, done)

    def _submit(self, work: Callable[[Progress], Any], done: Callable[[Any], None], key: str = _SHOW) -> None:
        self._controller.runner.look_up(
            "Looking up the family",
            work,
            key=key,
            done=done,
            fail=self._controller.fail,
        )


def strongest(count: int, total: int) -> str:
    """How many documents, and of how many."""
    told = wording.documents(total)
    return told if count >= total else f"The {wording.count(count)} strongest of {told}"
