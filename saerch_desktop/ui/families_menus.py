"""The menus of the families pane: of one family or feature, and of the pane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QToolButton

from saerch_desktop.ui.families_focus import Focus

if TYPE_CHECKING:
    from saerch_desktop.ui.families_part import FamiliesPart

# Ids of the action table; "" is a line.
_ABOUT_ONE: Final = (
    "steer-family",
    "family-documents",
    "",
    "rename-family",
    "merge-families",
    "split-family",
    "move-to-family",
    "make-family",
    "hide-family",
)
_MORE: Final = (
    "build-families",
    "",
    "make-family",
    "show-hidden-families",
    "family-conflicts",
    "",
    "export-families",
    "import-families",
    "",
)


class FamilyMenus:
    """Offers the actions of the table, and what only means something where the menu was asked for."""

    def __init__(self, part: FamiliesPart) -> None:
        self._part = part
        buttons = part.families.detail.buttons
        self._tips = {name: button.toolTip() for name, button in buttons.items() if name != "centre"}

    def refresh(self) -> None:
        """Buttons of the details are about actions: where one cannot be done now they say why."""
        detail, table = self._part.families.detail, self._part.window.actions_table
        for name, tip in self._tips.items():
            able = table[name].isEnabled()
            detail.enable(name, able)
            detail.buttons[name].setToolTip(tip if able else table[name].toolTip())
        self.fill(self._part.families.header.more)

    def fill(self, button: QToolButton) -> None:
        """Give the pane's button its menu, once."""
        if button.menu() is not None:
            return
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        self._add(menu, _MORE)
        graph = self._part.families.graph
        _offer(menu, "Lay the graph out anew", "Forget where nodes were put by hand", graph.unpin)
        button.setMenu(menu)

    def open(self, what: Focus, at: QPoint) -> None:
        """What can be done with a family or feature, at a global point."""
        part, graph = self._part, self._part.families.graph
        menu = QMenu(part.families)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        around = "Draw the graph of what is close to it"
        _offer(menu, "Put it in the middle", around, lambda: part.put_in_the_middle(what))
        key, feature = what.family, what.feature
        if key is not None:
            _offer(menu, "Show its features here", "Draw them one by one", lambda: graph.expand(key))
        elif feature is not None:
            inspect = part.controller.inspect
            _offer(menu, "Show the feature", "In the feature pane", lambda: inspect.feature(feature))
            of = part.names.book.of_feature(feature) if part.names is not None else ()
            if of:
                family = of[0].key
                _offer(
                    menu,
                    "Draw its family as one",
                    "One node for all of the family",
                    lambda: graph.expand(family, False),
                )
        menu.addSeparator()
        self._add(menu, _ABOUT_ONE)
        menu.popup(at)

    def _add(self, menu: QMenu, names: Sequence[str]) -> None:
        for name in names:
            if name:
                menu.addAction(self._part.window.actions_table[name])
            else:
                menu.addSeparator()


def _offer(menu: QMenu, text: str, tip: str, act: Callable[[], object]) -> None:
    action = menu.addAction(text)
    action.setToolTip(tip)
    action.triggered.connect(lambda _=False: act())
