"""What else can be done with a strip of the mixer: its menu, and the words of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the menu. on: None where it cannot be switched; rule: a line above it."""

    text: str
    run: Callable[[], object]
    tip: str = ""
    keys: str = ""
    on: bool | None = None
    enabled: bool = True
    rule: bool = False


def open_menu(parent: QWidget, name: str, choices: list[Choice], place: QPoint) -> QMenu:
    """Show the menu of the strip of that name there; it goes once it is closed."""
    menu = QMenu(parent)
    menu.setAccessibleName(f"About {name}")
    menu.setToolTipsVisible(True)
    for choice in choices:
        if choice.rule:
            menu.addSeparator()
        text = choice.text.replace("&", "&&")
        action = menu.addAction(f"{text}\t{choice.keys}" if choice.keys else text)
        action.setToolTip(choice.tip)
        action.setEnabled(choice.enabled)
        if choice.on is not None:
            action.setCheckable(True)
            action.setChecked(choice.on)
        action.triggered.connect(lambda _=False, run=choice.run: run())
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(place)
    return menu
