"""The manual's last page: every action there is, written from the action table."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import MENUS
from saerch_desktop.ui.actions import TABLE
from saerch_desktop.ui.keymap import keymap, shown
from saerch_desktop.ui.shortcuts_page import PANE_KEYS
from saerch_desktop.workflow.manual import Page

FILE = "actions.md"


def actions_page() -> Page:
    """Menus in their order, then the keys that panes have of their own; with the keys that are in force."""
    lines = [
        "# All actions and keys",
        "",
        "Written from the program itself, with the keys as they are set now.",
    ]
    for menu in MENUS:
        rows = [
            (spec.name, ", ".join(shown(key) for key in keymap.of(spec.id)), spec.tip)
            for spec in TABLE
            if spec.menu == menu
        ]
        if rows:
            lines += ["", f"## {menu}", "", "| action | keys | what it does |", "|---|---|---|"]
            lines += [f"| {_cell(name)} | {_cell(keys)} | {_cell(tip)} |" for name, keys, tip in rows]
    for heading, own in PANE_KEYS:
        lines += ["", f"## {heading}", "", "| keys | what they do |", "|---|---|"]
        lines += [f"| {_cell(keys)} | {_cell(text)} |" for keys, text in own]
    return Page(FILE, "All actions and keys", "\n".join(lines) + "\n")


def _cell(text: str) -> str:
    """Signs that mean something in Markdown stand for themselves."""
    for sign in "\\|*_`<>[]":
        text = text.replace(sign, f"\\{sign}")
    return text
