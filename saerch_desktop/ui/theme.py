"""The look in one place: tokens, the application's palette, tinted icons, fonts and the 4-pixel grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakKeyDictionary

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFont, QFontMetrics, QIcon, QImageReader
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QTableView,
    QToolButton,
    QWidget,
)

from saerch_desktop import paths
from saerch_desktop.ui.icon_shapes import tinted_icon
from saerch_desktop.ui.palette import palette
from saerch_desktop.ui.stylesheet import stylesheet
from saerch_desktop.ui.tokens import CONTRAST, DARK, LIGHT, Tokens

__all__ = [
    "CONTRAST",
    "DARK",
    "LIGHT",
    "UNIT",
    "Tokens",
    "apply",
    "color",
    "contrast",
    "figures",
    "icon",
    "lead_with",
    "make_clearable",
    "notifier",
    "quiet_icon",
    "ramp",
    "row_height",
    "scaled",
    "set_icon",
    "set_role",
    "set_rows",
    "sized",
    "text_size",
    "tinted",
    "tokens",
    "units",
]

UNIT = 4
"""Every margin, gap and fixed size is a multiple of this many device-independent pixels."""

Scheme = Literal["light", "dark", "contrast", "system"]
Role = Literal["title", "heading", "muted", "figure", "error", "card"]

_SCHEMES = {
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
    "contrast": Qt.ColorScheme.Dark,
    "system": Qt.ColorScheme.Unknown,
}


class _Notifier(QObject):
    """Tells painters that the tokens changed; widgets that use the palette alone need not listen."""

    changed = Signal()


notifier = _Notifier()


@dataclass(slots=True)
class _Current:
    tokens: Tokens
    scheme: Scheme
    follows: bool  # whether the style is set and the system's own changes are listened to
    text_size: int = 100  # percent of the desktop's own
    sized: int = 100  # what widgets were sized for last
    font: QFont | None = None  # the desktop's own, as it was before any scaling


_current = _Current(LIGHT, "system", False)


def tokens() -> Tokens:
    """The colours in force."""
    return _current.tokens


def apply(app: QApplication, scheme: Scheme = "system", text_size: int | None = None) -> None:
    """Dress the application. "system" follows the desktop, and goes on following it.

    text_size: percent of the desktop's own size; None leaves it as it is.
    """
    _current.scheme = scheme
    if text_size is not None:
        _current.text_size = text_size
    hints = app.styleHints()
    if not _current.follows:
        app.setStyle("Fusion")
        _load_plugins()
        hints.colorSchemeChanged.connect(_system_changed)
        hints.accessibility().contrastPreferenceChanged.connect(_system_changed)
        _current.follows = True
    hints.setColorScheme(_SCHEMES[scheme])
    _dress(app)


def _load_plugins() -> None:
    """Have Qt load what reads and draws the pictures of the style sheet.

    It does so when the first one is painted; a worker that loads torch meanwhile keeps the loader's lock for
    most of a second.
    """
    picture = str(paths.resources() / "looks" / "down-dark.svg")
    QImageReader(picture).size()
    QIcon(picture).pixmap(UNIT, UNIT)


def _system_changed() -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication) and _current.scheme == "system":
        _dress(app)


def _dress(app: QApplication) -> None:
    dark = _current.scheme == "dark" or (
        # Offscreen and some X11 desktops never answer; light is then the safe guess.
        _current.scheme == "system" and app.styleHints().colorScheme() == Qt.ColorScheme.Dark
    )
    _current.tokens = CONTRAST if _strong(app) else DARK if dark else LIGHT
    sheet = stylesheet(_current.tokens, _current.text_size)
    if sheet != app.styleSheet():
        # Replaced, a sheet styles every widget as often as it has ancestors; put on anew, but once.
        app.setStyleSheet("")
    app.setPalette(palette(_current.tokens))
    if sheet != app.styleSheet():
        app.setStyleSheet(sheet)
    _size_texts(app)
    _refresh_icons(app)
    for widget in app.allWidgets():
        if sizing := _sizings.get(widget):
            sizing(widget)
    notifier.changed.emit()


def _strong(app: QApplication) -> bool:
    """Whether high contrast is wished, here or by the desktop."""
    if _current.scheme != "system":
        return _current.scheme == "contrast"
    return _wishes_contrast(app)


def _wishes_contrast(app: QApplication) -> bool:
    """Whether the desktop asks for high contrast."""
    hints = app.styleHints()  # kept: the next line's object dies with it
    return hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast


# Text size -----------------------------------------------------------------------------------------------

_SAME = 0.001
_OWN = "own_points"
_sizings: WeakKeyDictionary[QWidget, Callable[[Any], None]] = WeakKeyDictionary()


def sized(widget: QWidget, size: Callable[[Any], None]) -> None:
    """Do what depends on the size of texts now, and again whenever that size changes.

    size: is given the widget; a function that holds it would keep it alive.
    """
    _sizings[widget] = size
    size(widget)


def set_rows(table: QTableView, lines: int = 1) -> None:
    """Rows as high as so many lines of text, whatever the size of texts."""
    sized(table, lambda it: it.verticalHeader().setDefaultSectionSize(row_height(it.font(), lines)))


def units(count: float) -> int:
    """So many units of the grid for something that holds text: more where texts are larger."""
    return UNIT * round(count * max(100, _current.text_size) / 100)


def text_size() -> int:
    """Percent of the desktop's own size of texts."""
    return _current.text_size


def _size_texts(app: QApplication) -> None:
    """Scale the application's font, and the fonts that widgets were given of their own.

    The usual size of such a font is kept with its widget: Qt gives widgets the fonts back that they were
    first dressed in whenever colours or the sheet change.
    """
    if _current.font is None:
        _current.font = QFont(app.font())
    was, now = _current.sized / 100, _current.text_size / 100
    _current.sized = _current.text_size
    own = [one for one in app.allWidgets() if one.testAttribute(Qt.WidgetAttribute.WA_SetFont)]
    for widget in own:
        if widget.property(_OWN) is None:
            widget.setProperty(_OWN, _points(widget.font()) / was)
    wanted, former = scaled(_current.font, now), app.font()
    if wanted != former:
        app.setFont(wanted)
        if any(widget.font() == former for widget in app.topLevelWidgets()):
            for widget in app.allWidgets():  # Qt tells them itself only while the application's own loop runs
                QApplication.sendEvent(widget, QEvent(QEvent.Type.ApplicationFontChange))
    for widget in own:
        share = widget.property(_OWN) * now / _points(widget.font())
        if abs(share - 1) > _SAME:
            widget.setFont(scaled(widget.font(), share))


def _points(font: QFont) -> float:
    return font.pointSizeF() if font.pointSizeF() > 0 else float(font.pixelSize())


# Colours -------------------------------------------------------------------------------------------------


def color(name: str, alpha: float = 1.0) -> QColor:
    """A token's colour with an opacity between 0 and 1."""
    made = QColor(name)
    made.setAlphaF(alpha)
    return made


def ramp(share: float) -> QColor:
    """The activation colour for a share of the maximum (0 to 1), between the five stops."""
    stops = tokens().activation
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    low = min(int(place), len(stops) - 2)
    part = place - low
    a, b = QColor(stops[low]), QColor(stops[low + 1])
    return QColor(
        round(a.red() + (b.red() - a.red()) * part),
        round(a.green() + (b.green() - a.green()) * part),
        round(a.blue() + (b.blue() - a.blue()) * part),
    )


def contrast(first: str, second: str) -> float:
    """WCAG 2.2 contrast ratio of two colours, 1 to 21."""

    def luminance(name: str) -> float:
        parts = (QColor(name).redF(), QColor(name).greenF(), QColor(name).blueF())
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# Fonts and sizes -----------------------------------------------------------------------------------------


def figures(font: QFont) -> QFont:
    """The same font with figures of equal width, so that columns of numbers line up."""
    made = QFont(font)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def scaled(font: QFont, factor: float, weight: QFont.Weight | None = None) -> QFont:
    """The same font, larger or smaller, keeping whichever of points or pixels it was made in."""
    made = QFont(font)
    if font.pointSizeF() > 0:
        made.setPointSizeF(font.pointSizeF() * factor)
    else:
        made.setPixelSize(max(1, round(font.pixelSize() * factor)))
    if weight is not None:
        made.setWeight(weight)
    return made


def row_height(font: QFont, lines: int = 1) -> int:
    """Height of a list row holding so many lines, on the grid."""
    wanted = QFontMetrics(font).height() * lines + 2 * UNIT
    return -(-wanted // UNIT) * UNIT


def set_role(widget: QWidget, role: Role) -> None:
    """Give a widget one of the styles of text; its colour follows light and dark by itself."""
    widget.setProperty("role", role)
    if role == "figure":
        widget.setFont(figures(widget.font()))
    elif role == "title":
        widget.setFont(scaled(widget.font(), 1.25, QFont.Weight.DemiBold))
    elif role == "heading":
        widget.setFont(scaled(widget.font(), 1.0, QFont.Weight.DemiBold))


# Icons ---------------------------------------------------------------------------------------------------


def icon(name: str) -> QIcon:
    """One of our own icons (`resources/icons/NAME.svg`) in the colours in force; `set_icon` keeps it so."""
    t = tokens()
    return tinted_icon(name, t.text, t.text_disabled, t.on_accent)


def quiet_icon(name: str) -> QIcon:
    """The same in muted colour, for pictures that only accompany."""
    t = tokens()
    return tinted_icon(name, t.text_muted, t.text_disabled, t.on_accent)


def tinted(name: str, ink: str) -> QIcon:
    """One of our own icons in a colour of the painter's choice; for grounds of another colour."""
    return tinted_icon(name, ink, ink, ink)


def set_icon(target: Any, name: str) -> None:
    """Put an icon on a button, label or action, and keep it in the colours in force."""
    target.setProperty("icon_name", name)
    _put_icon(target, name)


def make_clearable(line: QLineEdit) -> None:
    """A clear button in our own look and with a name; Qt's own picture is dark on dark."""
    line.setClearButtonEnabled(True)
    for button in line.findChildren(QToolButton):
        action = button.defaultAction()
        if action is not None:
            action.setText("Clear")
            set_icon(action, "close")
        button.setAccessibleName("Clear")
        button.setToolTip("Clear")


def lead_with(line: QLineEdit, name: str, what: str) -> None:
    """A picture at the start of a text field, showing `what` it is for; it cannot be reached by keys."""
    action = QAction(what, line)
    set_icon(action, name)
    line.addAction(action, QLineEdit.ActionPosition.LeadingPosition)
    for button in line.findChildren(QToolButton):
        if button.defaultAction() is action:
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setAccessibleName(what)
            button.setToolTip(what)


def _put_icon(target: Any, name: str) -> None:
    if isinstance(target, QLabel):
        side = target.property("icon_side") or 16
        target.setPixmap(quiet_icon(name).pixmap(QSize(side, side), target.devicePixelRatioF()))
        return
    target.setIcon(icon(name))
    if isinstance(target, QAbstractButton):
        side = units((target.property("icon_side") or 4 * UNIT) / UNIT)
        target.setIconSize(QSize(side, side))


def _refresh_icons(app: QApplication) -> None:
    for widget in app.allWidgets():
        if isinstance(widget, QAbstractButton | QLabel) and (name := widget.property("icon_name")):
            _put_icon(widget, name)
        if isinstance(widget, QLineEdit) or widget.actions():
            for action in {*widget.actions(), *widget.findChildren(QAction)}:
                if name := action.property("icon_name"):
                    _put_icon(action, name)
