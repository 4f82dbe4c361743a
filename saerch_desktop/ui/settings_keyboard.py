"""The page of shortcuts: every action, its keys, and keys of one's own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QKeySequenceEdit, QLabel, QLineEdit, QPushButton, QToolButton, QVBoxLayout

from saerch_desktop.settings_fields import Settings
from saerch_desktop.ui import theme
from saerch_desktop.ui.action_spec import Spec
from saerch_desktop.ui.actions import TABLE
from saerch_desktop.ui.command_palette import match
from saerch_desktop.ui.feature_sections import Flow
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.keymap import bound, objection, owner, shown
from saerch_desktop.ui.line_table import LineTable
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.settings_page import SettingsPage

_COLUMNS = (
    ("Action", "What it does"),
    ("Keys", "The keys it has now"),
    ("Menu", "Where it is in the menus"),
)
_ROWS = 10
Own = dict[str, tuple[str, ...]]


class KeyboardPage(SettingsPage):
    """A table of all actions and, below it, the keys of the one chosen."""

    title = "Keyboard"
    icon = "keyboard"
    tip = "Choose an action, go to the field below and press the keys that it should have."
    fields = ("keys",)
    words = ("shortcut", "keys", "rebind", *(spec.name for spec in TABLE))

    keys: QKeySequenceEdit

    def build(self) -> None:
        self._specs: list[Spec] = []
        self.words_line = QLineEdit()
        self.words_line.setPlaceholderText("Find an action, or keys such as Ctrl+K")
        describe(self.words_line, "Find an action", "A word of its name, or keys that it has")
        theme.make_clearable(self.words_line)
        theme.lead_with(self.words_line, "search", "Find an action")
        self.words_line.textChanged.connect(lambda _: self._fill())
        self.table = LineTable(
            _COLUMNS, "Actions and their keys", "Enter goes to the field for new keys", (2,)
        )
        theme.sized(self.table, lambda it: it.setMinimumHeight(theme.row_height(it.font()) * _ROWS))
        self.table.currentCellChanged.connect(lambda *_: self._chosen())
        self.table.opened.connect(lambda _: self.keys.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.what = QLabel()
        self.what.setTextFormat(Qt.TextFormat.PlainText)
        self.what.setWordWrap(True)
        theme.set_role(self.what, "heading")
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setClearButtonEnabled(True)
        describe(self.keys, "New keys", "Press the keys here, such as Ctrl+Alt+K; Tab goes on")
        self.keys.keySequenceChanged.connect(lambda _: self._weigh())
        for line in self.keys.findChildren(QLineEdit):
            line.setPlaceholderText("Press keys here")
            describe(line, "New keys", self.keys.toolTip())
            for button in line.findChildren(QToolButton):
                describe(button, "Clear", "Clear")
        self.take = QPushButton("Use these keys")
        describe(self.take, "Use these keys", "Instead of the keys the action has now")
        self.take.clicked.connect(lambda: self._take(add=False))
        self.also = QPushButton("Use these as well")
        describe(self.also, "Use these as well", "Besides the keys the action has now")
        self.also.clicked.connect(lambda: self._take(add=True))
        self.free = QPushButton("Take them away there")
        self.free.clicked.connect(self._free)
        self.none = QPushButton("No keys")
        describe(self.none, "No keys", "Take all keys from this action; it stays in the menu")
        self.none.clicked.connect(lambda: self._set(()))
        self.usual = QPushButton("Its usual keys")
        describe(self.usual, "Its usual keys", "Give this action the keys that the program comes with")
        self.usual.clicked.connect(self._usual)
        self.trouble = QLabel()
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        self.trouble.setWordWrap(True)
        self.trouble.setAccessibleName("What stands against these keys")
        theme.set_role(self.trouble, "error")
        acts = Flow((self.take, self.also, self.free, self.none, self.usual), 2 * theme.UNIT)
        block = QVBoxLayout()
        block.setSpacing(2 * theme.UNIT)
        block.addWidget(self.what)
        block.addWidget(self.keys)
        block.addWidget(self.trouble)
        block.addWidget(acts)
        self.add(self.words_line, "Find an action", "Shortcuts of all actions")
        self.content.addWidget(self.table, 1)
        self.content.addLayout(block)

    def show_settings(self, now: Settings) -> None:
        super().show_settings(now)
        self._fill()

    def choose(self, action: str) -> None:
        """Go to the row of this action."""
        self.words_line.clear()
        for row, spec in enumerate(self._specs):
            if spec.id == action:
                self.table.setCurrentCell(row, 0)

    def _fill(self) -> None:
        kept = self.current()
        now = bound(TABLE, live.now.keys)
        typed = self.words_line.text().strip()
        self._specs = [spec for spec in TABLE if _fits(typed, spec, now[spec.id])]
        rows = [
            ((spec.name, " or ".join(shown(key) for key in now[spec.id]), spec.menu), spec.tip)
            for spec in self._specs
        ]
        self.table.fill(rows)
        for row, spec in enumerate(self._specs):
            if spec.id in live.now.keys:
                item = self.table.item(row, 1)
                assert item is not None
                font = item.font()
                font.setBold(True)
                item.setFont(font)
                item.setToolTip(f"{item.text()}: keys of your own")
            if kept is not None and spec.id == kept.id:
                self.table.setCurrentCell(row, 0)
        self._chosen()

    def current(self) -> Spec | None:
        """The action that is chosen."""
        row = self.table.current()
        return self._specs[row] if 0 <= row < len(self._specs) else None

    def _chosen(self) -> None:
        spec = self.current()
        self.keys.blockSignals(True)
        self.keys.clear()
        self.keys.blockSignals(False)
        self.what.setText("No action is found." if spec is None else f"{spec.name}: {spec.tip}")
        self.keys.setEnabled(spec is not None)
        self._weigh()

    def _weigh(self) -> None:
        """Say what stands against the keys that were pressed; they can be used when nothing does."""
        spec, keys = self.current(), self.keys.keySequence().toString()
        against, other = "", None
        if spec is not None and keys:
            against = objection(keys)
            other = None if against else owner(TABLE, live.now.keys, keys, spec.id)
            if other is not None:
                against = f"{shown(keys)} is used by “{other.name}” in the menu {other.menu}."
        able = spec is not None and bool(keys) and not against
        has = bound(TABLE, live.now.keys).get(spec.id, ()) if spec is not None else ()
        self.take.setEnabled(able)
        self.also.setEnabled(able and bool(has))
        self.none.setEnabled(bool(has))
        self.usual.setEnabled(spec is not None and spec.id in live.now.keys)
        self.trouble.setText(against)
        self.trouble.setVisible(bool(against))
        self.free.setVisible(other is not None)
        if other is not None:
            self.free.setText(f"Take them from “{other.name}”")
            describe(self.free, self.free.text(), "They are free then, and that action is left without them")

    def _free(self) -> None:
        """Take the pressed keys from the action that has them; they stay pressed here."""
        spec, pressed = self.current(), self.keys.keySequence()
        if spec is None:
            return
        own = dict(live.now.keys)
        other = owner(TABLE, own, pressed.toString(), spec.id)
        if other is not None:
            had = bound(TABLE, own)[other.id]
            own[other.id] = tuple(key for key in had if QKeySequence(key) != pressed)
            live.change(keys=own)
            self.keys.setKeySequence(pressed)
            self.take.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self, *, add: bool) -> None:
        spec, keys = self.current(), self.keys.keySequence().toString()
        if spec is not None and keys:
            had = bound(TABLE, live.now.keys)[spec.id] if add else ()
            self._set((*had, keys))

    def _set(self, keys: tuple[str, ...]) -> None:
        spec = self.current()
        if spec is not None:
            own = dict(live.now.keys)
            own[spec.id] = keys
            live.change(keys=_plain(own))
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _usual(self) -> None:
        """Back to what the action comes with; keys that another has taken meanwhile are named."""
        spec = self.current()
        if spec is None:
            return
        own = {action: keys for action, keys in live.now.keys.items() if action != spec.id}
        taken = [found for key in spec.keys if (found := owner(TABLE, own, key, spec.id)) is not None]
        live.change(keys=own)
        if taken:
            names = ", ".join(f"“{found.name}”" for found in taken)
            self.trouble.setText(f"Not all of them are free: they are used by {names}.")
            self.trouble.setVisible(True)


def _plain(own: Own) -> Own:
    """Without what is the same as the program comes with."""
    usual = {spec.id: spec.keys for spec in TABLE}
    return {action: keys for action, keys in own.items() if usual.get(action) != keys}


def _fits(typed: str, spec: Spec, keys: tuple[str, ...]) -> bool:
    if not typed:
        return True
    pressed = any(typed.casefold() in shown(key).casefold() for key in keys)
    score = match(typed, f"{spec.menu} {spec.name}")
    return pressed or (score is not None and score < 1000)
