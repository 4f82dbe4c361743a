"""How the families were looked at: which view, and what stood in the middle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal

from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_header import VIEWS
from saerch_desktop.ui.families_part import FamiliesPart
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.view_values import ViewValues

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_NONE = -1


class FamiliesView(Part):
    """Puts it back once there are families and somebody looks at them."""

    view_name = "families"
    _there = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._left: ViewValues | None = None
        self._there.connect(self._come_back, Qt.ConnectionType.QueuedConnection)
        self.store.book_changed.connect(lambda _: self._there.emit())
        self.controller.library.closed.connect(self._forget)

    @property
    def _part(self) -> FamiliesPart | None:
        parts = getattr(self.window, "parts", ())
        return next((part for part in parts if isinstance(part, FamiliesPart)), None)

    def kept_view(self) -> Mapping[str, Any]:
        part = self._part
        if part is None or part.names is None:
            return {}
        pane, focus = part.families, part.families.focus
        return {
            "view": pane.view,
            "family": focus.family or "",
            "feature": _NONE if focus.feature is None else focus.feature,
            "follow": pane.header.follow.isChecked(),
        }

    def show_view(self, kept: ViewValues) -> None:
        part = self._part
        if part is None:
            return
        self._left = kept
        part.families.looked.connect(self._looked, Qt.ConnectionType.UniqueConnection)
        part.families.header.follow.setChecked(kept.flag("follow", part.families.header.follow.isChecked()))
        part.families.show_view(kept.one_of("view", (name for name, *_ in VIEWS), part.families.view))
        self._there.emit()

    def _looked(self, looking: bool) -> None:
        if looking:
            self._there.emit()

    def _come_back(self) -> None:
        part, kept = self._part, self._left
        if part is None or kept is None or part.names is None or not part.families.isVisible():
            return
        self._left = None
        feature = kept.whole("feature", _NONE, least=_NONE)
        family = kept.text("family")
        if family or feature >= 0:
            part.families.go(Focus(family) if family else Focus(feature=feature))

    def _forget(self) -> None:
        self._left = None
