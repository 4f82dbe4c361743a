"""What a page of the settings window is made of: rows that read and write declared settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop import settings_fields
from saerch_desktop.settings_fields import Settings
from saerch_desktop.ui import theme
from saerch_desktop.ui.feature_sections import Flow
from saerch_desktop.ui.form_parts import describe, heading
from saerch_desktop.ui.settings_live import live

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_DEFAULTS_TIP = "Give everything on this page the value the program comes with"


@dataclass(frozen=True, slots=True)
class Row:
    """What the search field finds: a title, the line that explains it, and the control to go to."""

    title: str
    tip: str
    control: QWidget


class SettingsPage(QWidget):
    """A page. Subclasses give `title`, `icon`, `tip` and `fields`, and build their rows in `build()`.

    A page is made when it is first looked at. Rows made by `switch`, `choice`, `number` and `text` read and
    write the declared setting of their name, at once, and follow changes made elsewhere. Rows of any other
    kind are added by `add`, with words to be found by.
    """

    title = ""
    icon = ""
    tip = ""  # one line under the title
    fields: tuple[str, ...] = ()  # the settings that "Back to defaults" of this page resets
    words: tuple[str, ...] = ()  # further words the page is found by before it is built

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.window_ = window
        self.rows: list[Row] = []
        self._readers: dict[str, Callable[[Any], None]] = {}
        self.setAccessibleName(self.title)
        self.content = QVBoxLayout(self)
        self.content.setContentsMargins(5 * theme.UNIT, 5 * theme.UNIT, 4 * theme.UNIT, 5 * theme.UNIT)
        self.content.setSpacing(4 * theme.UNIT)
        name = QLabel(self.title)
        theme.set_role(name, "title")
        self.content.addWidget(name)
        if self.tip:
            self.content.addWidget(note(self.tip))
        self.build()
        self.content.addStretch(1)
        if self.fields:
            self.defaults_button = QPushButton("Back to defaults")
            describe(self.defaults_button, "Back to defaults", _DEFAULTS_TIP)
            self.defaults_button.clicked.connect(self.back_to_defaults)
            self.content.addWidget(self.defaults_button, 0, Qt.AlignmentFlag.AlignLeft)
        live.changed.connect(self._changed)
        self.show_settings(live.now)

    def build(self) -> None:
        """Add the rows."""

    def shown(self) -> None:
        """The page came into view: look again at what may have changed."""

    def back_to_defaults(self) -> None:
        """Give everything on this page the value the program comes with."""
        live.back_to_defaults(*self.fields)

    def show_settings(self, now: Settings) -> None:
        """Show what is in force."""
        for name, read in self._readers.items():
            read(getattr(now, name))

    # Rows ------------------------------------------------------------------------------------------------

    def section(self, text: str) -> QLabel:
        """A heading above the rows that follow."""
        label = heading(text)
        self.content.addSpacing(theme.UNIT)
        self.content.addWidget(label)
        return label

    def add(self, control: QWidget, title: str, tip: str, *, beside: bool = False) -> None:
        """A row of any kind, found by its title and tip; `beside`: with its title at the left."""
        self.rows.append(Row(title, tip, control))
        if not beside:
            self.content.addWidget(control)
            return
        label = QLabel(title)
        label.setBuddy(control)
        label.setToolTip(tip)
        theme.sized(label, lambda it: it.setMinimumHeight(it.buddy().sizeHint().height()))
        block = QVBoxLayout()
        block.setSpacing(theme.UNIT)
        block.addWidget(Flow((label, control), 2 * theme.UNIT))
        block.addWidget(note(tip))
        self.content.addLayout(block)

    def switch(self, name: str) -> QCheckBox:
        """A check box for a setting that is on or off."""
        title, tip = settings_fields.title(name), settings_fields.tip(name)
        box = QCheckBox(title)
        describe(box, title, tip)
        box.toggled.connect(lambda on: live.change(**{name: on}))
        block = QVBoxLayout()
        block.setSpacing(0)
        block.addWidget(box)
        line = note(tip)
        line.setIndent(6 * theme.UNIT)
        block.addWidget(line)
        self.content.addLayout(block)
        self.rows.append(Row(title, tip, box))
        self._readers[name] = _quietly(box, box.setChecked)
        return box

    def choice(self, name: str, words: Mapping[Any, str]) -> QComboBox:
        """A list to choose from; `words` says each value of the setting in the order shown."""
        title, tip = settings_fields.title(name), settings_fields.tip(name)
        box = QComboBox()
        describe(box, title, tip)
        box.setMinimumWidth(20 * theme.UNIT)  # narrower than its words where there is no room for them
        for value, text in words.items():
            box.addItem(text, value)
        box.activated.connect(lambda at: live.change(**{name: box.itemData(at)}))
        self.add(box, title, tip, beside=True)
        self._readers[name] = _quietly(box, lambda value: box.setCurrentIndex(box.findData(value)))
        return box

    def number(self, name: str, least: int, most: int, *, suffix: str = "", empty: str = "") -> QSpinBox:
        """A whole number; with `empty`, the value below the least reads so and means None."""
        title, tip = settings_fields.title(name), settings_fields.tip(name)
        box = QSpinBox()
        describe(box, title, tip)
        box.setRange(least - 1 if empty else least, most)
        box.setSuffix(suffix)
        box.setSpecialValueText(empty)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(
            lambda value: live.change(**{name: None if empty and value < least else value})
        )
        self.add(box, title, tip, beside=True)
        self._readers[name] = _quietly(box, lambda value: box.setValue(least - 1 if value is None else value))
        return box

    def text(self, name: str, placeholder: str = "", *, none_when_empty: bool = False) -> QLineEdit:
        """A line of text, taken when Enter is pressed or the line is left."""
        title, tip = settings_fields.title(name), settings_fields.tip(name)
        line = QLineEdit()
        describe(line, title, tip)
        line.setPlaceholderText(placeholder)
        line.setMinimumWidth(60 * theme.UNIT)

        def take() -> None:
            typed = line.text().strip()
            live.change(**{name: None if none_when_empty and not typed else typed})

        line.editingFinished.connect(take)
        self.add(line, title, tip, beside=True)
        self._readers[name] = _quietly(line, lambda value: line.setText(value or ""))
        return line

    def _changed(self, before: Settings, now: Settings) -> None:
        self.show_settings(now)


def note(text: str) -> QLabel:
    """A quiet line that explains."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    theme.set_role(label, "muted")
    return label


def literals(name: str) -> tuple[Any, ...]:
    """The values that a setting of fixed choices may have."""
    return get_args(Settings.model_fields[name].annotation)


def _quietly(widget: QWidget, put: Callable[[Any], None]) -> Callable[[Any], None]:
    """Show a value without telling of it as if the user had chosen it."""

    def show(value: Any) -> None:
        widget.blockSignals(True)
        put(value)
        widget.blockSignals(False)

    return show
