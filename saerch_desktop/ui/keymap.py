"""Which keys each action has: as it comes, or as the user chose; and which keys may be chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from saerch_desktop.ui.action_spec import Spec

Keys = Mapping[str, tuple[str, ...]]

_TYPING = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
# Fields, lists and the desktop need these themselves.
_RESERVED = frozenset(
    QKeySequence(key).toString()
    for key in (
        "Ctrl+C",
        "Ctrl+V",
        "Ctrl+X",
        "Ctrl+A",
        "Alt+F4",
        "Ctrl+Tab",
        "Ctrl+Shift+Tab",
        "Alt+Tab",
        "Ctrl+Space",
        "Ctrl+Left",
        "Ctrl+Right",
        "Ctrl+Up",
        "Ctrl+Down",
        "Ctrl+Home",
        "Ctrl+End",
        "Ctrl+Backspace",
        "Ctrl+Del",
        "Ctrl+Return",
        "Ctrl+Enter",
    )
)


class Keymap(QObject):
    """The keys in force, by the action's id. Ids it does not know have no keys."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[str, tuple[str, ...]] = {}

    def use(self, table: Iterable[Spec], own: Keys) -> None:
        """Take the table's keys with the user's own over them."""
        keys = bound(table, own)
        if keys != self._keys:
            self._keys = keys
            self._tell_again()
            self.changed.emit()

    def of(self, action: str) -> tuple[str, ...]:
        return self._keys.get(action, ())

    def shown(self, action: str) -> str:
        """The first shortcut of an action as this platform writes it, "" without one."""
        keys = self.of(action)
        return shown(keys[0]) if keys else ""

    def tell(self, widget: QWidget, tip: str, action: str) -> None:
        """Give a widget a tooltip that ends with the keys of the action it stands for, and keep it so."""
        told = self.told(tip, action)
        for name, value in (("told_tip", tip), ("told_action", action), ("told_now", told)):
            widget.setProperty(name, value)
        widget.setToolTip(told)

    def told(self, tip: str, action: str) -> str:
        """`tip` with the keys of the action behind it, where it has some."""
        keys = self.shown(action)
        return f"{tip} ({keys})" if keys else tip

    def _tell_again(self) -> None:
        """Name the new keys in every tooltip that named the old ones."""
        app = QApplication.instance()
        for widget in app.allWidgets() if isinstance(app, QApplication) else ():
            action = widget.property("told_action")
            if action and widget.toolTip() == widget.property("told_now"):
                self.tell(widget, widget.property("told_tip"), action)


def shown(keys: str) -> str:
    """A shortcut as this platform writes it."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def bound(table: Iterable[Spec], own: Keys) -> dict[str, tuple[str, ...]]:
    """Each action's keys. Own keys that are no keys are left out, and of two uses of one the second.

    What the user chose goes before what an action comes with.
    """
    specs = tuple(table)
    taken: dict[str, str] = {}
    found: dict[str, tuple[str, ...]] = {}
    for spec in sorted(specs, key=lambda spec: spec.id not in own):
        kept = []
        for key in own.get(spec.id, spec.keys):
            written = QKeySequence(key).toString()
            if written and written not in taken:
                taken[written] = spec.id
                kept.append(key)
        found[spec.id] = tuple(kept)
    return {spec.id: found[spec.id] for spec in specs}


def owner(table: Sequence[Spec], own: Keys, keys: str, besides: str) -> Spec | None:
    """The other action that has these keys now, None when they are free for the action `besides`."""
    wanted = QKeySequence(keys).toString()
    now = bound(table, own)
    for spec in table:
        if spec.id != besides and wanted in (QKeySequence(key).toString() for key in now[spec.id]):
            return spec
    return None


def objection(keys: str) -> str:
    """Why these keys can be no action's, "" when they can."""
    sequence = QKeySequence(keys)
    if sequence.count() != 1 or not sequence.toString():
        return "Press one key together with Ctrl, Alt or both."
    combination = sequence[0]  # type: ignore[index]  # the stubs do not know that it is a sequence
    plain = not combination.keyboardModifiers() & _TYPING
    function = Qt.Key.Key_F1 <= combination.key() <= Qt.Key.Key_F35
    if plain and not function:
        return "Keys without Ctrl or Alt are kept for typing and for the lists. Add Ctrl or Alt."
    if sequence.toString() in _RESERVED:
        return f"{shown(keys)} is needed for editing text, or by the desktop. Choose other keys."
    return ""


keymap = Keymap()
