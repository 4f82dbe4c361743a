"""The one table of what can be done: menus, toolbar, shortcuts, palette and keyboard map all come from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar

from saerch_desktop.ui import theme
from saerch_desktop.ui.action_spec import MENUS, REASONS, Spec
from saerch_desktop.ui.actions_exports import EXPORT_ACTIONS
from saerch_desktop.ui.actions_families import FAMILY_ACTIONS
from saerch_desktop.ui.actions_features import FEATURE_ACTIONS
from saerch_desktop.ui.actions_help import HELP_ACTIONS
from saerch_desktop.ui.actions_import import IMPORT_ACTIONS
from saerch_desktop.ui.actions_jobs import JOB_ACTIONS
from saerch_desktop.ui.actions_map import MAP_ACTIONS
from saerch_desktop.ui.actions_mixer import MIXER_ACTIONS
from saerch_desktop.ui.actions_network import NETWORK_ACTIONS
from saerch_desktop.ui.actions_places import PLACE_ACTIONS
from saerch_desktop.ui.actions_recipes import RECIPE_ACTIONS
from saerch_desktop.ui.actions_reencode import REENCODE_ACTIONS
from saerch_desktop.ui.actions_results import RESULT_ACTIONS
from saerch_desktop.ui.actions_search import SEARCH_ACTIONS
from saerch_desktop.ui.actions_settings import SETTINGS_ACTIONS
from saerch_desktop.ui.actions_training import TRAINING_ACTIONS
from saerch_desktop.ui.actions_why import WHY_ACTIONS
from saerch_desktop.ui.keymap import keymap

_GENERAL: tuple[Spec, ...] = (
    Spec("open", "Open library…", "File", "Open a .saerch folder", ("Ctrl+O",), icon="open", toolbar=True),
    Spec(
        "new",
        "New library from a file…",
        "File",
        "Make a library from a table or a folder of texts",
        ("Ctrl+N",),
        icon="new-library",
        toolbar=True,
    ),
    Spec(
        "sample",
        "Open the sample",
        "File",
        "Python's own documentation, ready to steer; built once",
        icon="sample",
    ),
    Spec(
        "close", "Close library", "File", "Go back to the start page", ("Ctrl+W",), ("library",), section=True
    ),
    Spec("quit", "Quit", "File", "Stop all jobs and leave", ("Ctrl+Q",), icon="quit", section=True),
    Spec(
        "undo",
        "Undo",
        "Edit",
        "Take back the last change of the mixer, of names or of notes",
        ("Ctrl+Z",),
        ("undo",),
    ),
    Spec(
        "redo",
        "Redo",
        "Edit",
        "Repeat the change that was taken back",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        ("redo",),
    ),
    Spec(
        "find", "Go to the query", "Search", "Type a new query", ("Ctrl+L", "/"), ("library",), icon="search"
    ),
    Spec(
        "document-as-query",
        "Use document as query",
        "Search",
        "Search for texts like the document shown",
        ("Ctrl+D",),
        ("document", "vectors"),
        icon="query-by",
    ),
    Spec(
        "reset",
        "Reset all features",
        "Search",
        "Set every feature back to its natural value: plain search",
        ("Ctrl+R",),
        ("edits",),
        icon="reset",
        toolbar=True,
        section=True,
    ),
    Spec(
        "mode-residual",
        "Steer the query itself",
        "Search",
        "Keep everything the features do not explain; without changes this is exactly plain search",
        needs=("steering",),
        group="mode",
        section=True,
    ),
    Spec(
        "mode-paper",
        "Rebuild the query from its features",
        "Search",
        "For comparison: search with the features alone and drop what they do not explain",
        needs=("steering",),
        group="mode",
    ),
    Spec(
        "go-feature",
        "Go to feature…",
        "Features",
        "Find a feature by its label or number",
        ("Ctrl+K",),
        ("steering",),
        icon="feature",
        toolbar=True,
    ),
    Spec(
        "feature-to-mixer",
        "Add feature to the mixer",
        "Features",
        "Steer with the feature shown",
        ("Ctrl+M",),
        ("feature", "steering", "unmixed"),
        icon="add",
    ),
    Spec(
        "feature-as-query",
        "Search by this feature",
        "Features",
        "Rank all texts by the direction of the feature shown",
        ("Ctrl+Shift+K",),
        ("feature", "steering"),
    ),
    Spec(
        "back", "Back", "View", "The feature or document shown before", ("Alt+Left",), ("back",), "back", True
    ),
    Spec(
        "forward",
        "Forward",
        "View",
        "The feature or document shown after",
        ("Alt+Right",),
        ("forward",),
        "forward",
        True,
    ),
    Spec("next-pane", "Next pane", "View", "Move to the next pane", ("F6",), section=True),
    Spec("previous-pane", "Previous pane", "View", "Move to the pane before", ("Shift+F6",)),
    Spec(
        "show-feature",
        "Feature pane",
        "View",
        "Show or hide the feature pane",
        ("Ctrl+1",),
        toggle=True,
        section=True,
    ),
    Spec(
        "show-document", "Document pane", "View", "Show or hide the document pane", ("Ctrl+2",), toggle=True
    ),
    Spec("reset-layout", "Reset layout", "View", "Put every pane back where it was at first"),
    Spec(
        "palette",
        "Command palette…",
        "Help",
        "Find any action by typing a part of its name",
        ("Ctrl+Shift+P",),
        icon="palette",
    ),
    Spec("keys", "Keyboard map", "Help", "Every shortcut on one page", ("F1",), icon="keyboard"),
)

TABLE: tuple[Spec, ...] = (
    *_GENERAL,
    *IMPORT_ACTIONS,
    *PLACE_ACTIONS,
    *EXPORT_ACTIONS,
    *SEARCH_ACTIONS,
    *RESULT_ACTIONS,
    *MIXER_ACTIONS,
    *WHY_ACTIONS,
    *REENCODE_ACTIONS,
    *RECIPE_ACTIONS,
    *FEATURE_ACTIONS,
    *FAMILY_ACTIONS,
    *MAP_ACTIONS,
    *TRAINING_ACTIONS,
    *JOB_ACTIONS,
    *SETTINGS_ACTIONS,
    *NETWORK_ACTIONS,
    *HELP_ACTIONS,
)


class Actions:
    """The table's rows as QActions of one window."""

    def __init__(self, window: QMainWindow, handlers: Mapping[str, Callable[[], object]]) -> None:
        """Raises KeyError when a row has no handler: an action that does nothing must not exist."""
        self._all: dict[str, QAction] = {}
        self._missing: dict[str, list[str]] = {}
        groups: dict[str, QActionGroup] = {}
        for spec in TABLE:
            action = QAction(spec.text, window)
            action.setObjectName(f"action-{spec.id}")
            if spec.icon:
                theme.set_icon(action, spec.icon)
            if spec.group:
                action.setCheckable(True)
                action.setActionGroup(groups.setdefault(spec.group, QActionGroup(window)))
            action.setCheckable(bool(spec.group) or spec.toggle)
            handler = handlers[spec.id]
            action.triggered.connect(lambda checked=False, run=handler: run())
            window.addAction(action)
            self._all[spec.id] = action
        self._met: frozenset[str] = frozenset()
        self.rebind()

    def rebind(self) -> None:
        """Give every action its keys, and name them in its tooltip."""
        for spec in TABLE:
            self._all[spec.id].setShortcuts([QKeySequence(key) for key in keymap.of(spec.id)])
        self._missing.clear()
        self.refresh(self._met)

    def __getitem__(self, name: str) -> QAction:
        return self._all[name]

    def refresh(self, met: frozenset[str]) -> None:
        """Enable what has all it needs; say in the tooltip of the others what is missing."""
        self._met = met
        for spec in TABLE:
            action = self._all[spec.id]
            missing = [need for need in spec.needs if need not in met]
            if missing == self._missing.get(spec.id):
                continue  # as nearly always: this is asked at every tick of a slider
            self._missing[spec.id] = missing
            action.setEnabled(not missing)
            tip = keymap.told(spec.tip, spec.id) + (f"\n{REASONS[missing[0]]}" if missing else "")
            action.setToolTip(tip)
            action.setStatusTip(REASONS[missing[0]] if missing else spec.tip)
            action.setWhatsThis(spec.name)

    def build_menus(self, window: QMainWindow, submenus: Mapping[str, QMenu]) -> None:
        """Fill the menu bar; `submenus` go behind the action whose id is their key."""
        for menu_name in MENUS:
            if not any(spec.menu == menu_name for spec in TABLE):
                continue
            whole = _named_menu(window.menuBar().addMenu(f"&{menu_name}"), menu_name)
            inner: dict[str, QMenu] = {}
            for spec in sorted(TABLE, key=lambda spec: spec.id in _LAST):
                if spec.menu != menu_name:
                    continue
                menu = whole
                if spec.submenu:
                    if spec.submenu not in inner:
                        whole.addSeparator()
                        inner[spec.submenu] = _named_menu(whole.addMenu(spec.submenu), spec.submenu)
                    menu = inner[spec.submenu]
                if spec.section and not menu.isEmpty():
                    menu.addSeparator()
                menu.addAction(self._all[spec.id])
                if spec.id in submenus:
                    menu.addMenu(submenus[spec.id])

    def build_toolbar(self, toolbar: QToolBar) -> None:
        last = ""
        for spec in sorted((s for s in TABLE if s.toolbar), key=lambda s: _TOOLBAR.index(s.menu)):
            if last and spec.menu != last:
                toolbar.addSeparator()
            last = spec.menu
            toolbar.addAction(self._all[spec.id])
            button = toolbar.widgetForAction(self._all[spec.id])
            button.setAccessibleName(spec.name)


_LAST = ("quit", "about")  # of their menus


def _named_menu(menu: QMenu, name: str) -> QMenu:
    menu.setObjectName(f"menu-{name}")
    menu.setToolTipsVisible(True)
    return menu


_TOOLBAR = ("View", "File", "Search", "Features")
