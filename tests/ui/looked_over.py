"""Looks over every widget under another one: names, and texts that do not fit."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QTabBar,
    QToolButton,
    QWidget,
)

_OF_QT = (
    "QTabBar",
    "QToolBarExtension",
    "QDockWidgetTitleButton",
    "QScrollBar",
    "QComboBoxPrivateContainer",
    "QMenuBar",
)
_SLACK = 2


def controls(root: QWidget) -> Iterator[QWidget]:
    """What a user can reach, without what Qt makes inside its own widgets."""
    for widget in (root, *root.findChildren(QWidget)):
        reached = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        pressed = isinstance(widget, QAbstractButton | QAbstractSlider | QComboBox | QLineEdit)
        inside = any(
            isinstance(parent, QComboBox | QTabBar | QAbstractSpinBox | QHeaderView)
            for parent in above(widget)
        )
        corner = type(widget) is QAbstractButton and isinstance(widget.parentWidget(), QAbstractItemView)
        if (reached or pressed) and not inside and not corner and type(widget).__name__ not in _OF_QT:
            yield widget


def above(widget: QWidget) -> list[QWidget]:
    found = []
    while (widget := widget.parentWidget()) is not None:
        found.append(widget)
    return found


def path_of(widget: QWidget) -> str:
    """Where a widget is, for a message."""
    said = widget.text()[:40] if isinstance(widget, QLabel | QAbstractButton) else widget.accessibleName()
    return " < ".join(type(one).__name__ for one in (widget, *above(widget))[:5]) + f" “{said}”"


def nameless(root: QWidget) -> set[str]:
    """Visible controls that assistive technology would read nothing for."""
    return {
        path_of(widget)
        for widget in controls(root)
        if widget.isVisible()
        and not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
    }


def clipped(root: QWidget) -> set[str]:
    """Visible texts that have less room than they take, and do not say by “…” that there is more."""
    return {f"{path_of(widget)}: {why}" for widget, why in _unfit(root)}


def _unfit(root: QWidget) -> Iterator[tuple[QWidget, str]]:
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        wanted: tuple[int, int] | None = None
        metrics = widget.fontMetrics()
        if isinstance(widget, QLabel) and widget.text() and widget.pixmap().isNull():
            if type(widget).paintEvent is not QLabel.paintEvent:
                continue  # it elides by itself
            room = widget.contentsRect()
            if widget.wordWrap():
                flags = Qt.TextFlag.TextWordWrap
                if widget.textFormat() != Qt.TextFormat.RichText:
                    taken = metrics.boundingRect(QRect(0, 0, room.width(), 9999), flags, widget.text())
                    wanted = taken.width(), taken.height()
            else:
                taken = metrics.boundingRect(QRect(0, 0, 99999, 9999), 0, widget.text())
                wanted = (
                    metrics.horizontalAdvance(widget.text()) if "\n" not in widget.text() else taken.width(),
                    (taken.height()),
                )
            if wanted is not None and (
                wanted[0] > room.width() + _SLACK or wanted[1] > room.height() + _SLACK
            ):
                yield widget, f"takes {wanted}, has {room.width(), room.height()}"
        elif isinstance(widget, QPushButton | QCheckBox | QRadioButton | QToolButton) and widget.text():
            if isinstance(widget, QToolButton) and not _says_text(widget):
                continue
            least = metrics.horizontalAdvance(widget.text().replace("&", ""))
            if not widget.icon().isNull():
                least += widget.iconSize().width()
            if isinstance(widget, QCheckBox | QRadioButton):
                least += 12
            if least > widget.width() + _SLACK or metrics.height() > widget.height() + 2 * _SLACK:
                yield widget, f"takes {least}, {metrics.height()}, has {widget.width(), widget.height()}"


def _says_text(button: QToolButton) -> bool:
    return button.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly or button.icon().isNull()


def shown_areas(root: QWidget) -> list[QScrollArea]:
    return [area for area in root.findChildren(QScrollArea) if area.isVisible()]


# What draws itself and is a control, a line of text or a legend: its name and tooltip say all that it shows.
_SMALL = frozenset(
    {
        "BipolarSlider",
        "ElidedButton",
        "EntryList",
        "FeatureChip",
        "FooterLine",
        "GradeChip",
        "HeatScale",
        "Nearness",
        "OthersLine",
        "ResultsTable",
        "ScaleBar",
        "SliderRow",
        "SwitchButton",
        "Tour",
        "_ElidedCombo",
        "_Explained",
    }
)


def drawn(root: QWidget) -> set[QWidget]:
    """Visible drawings: widgets of ours that paint themselves, without the small ones."""
    return {
        widget
        for widget in root.findChildren(QWidget)
        if widget.isVisible()
        and any(
            "paintEvent" in vars(kind)
            for kind in type(widget).__mro__
            if kind.__module__.startswith("saerch")
        )
        and not any(kind.__name__ in _SMALL for kind in type(widget).__mro__)
    }


def tableless(root: QWidget) -> set[str]:
    """Drawings without a name, or without a table beside them that has one."""
    return {path_of(one) for one in drawn(root) if not one.accessibleName() or not _table_of(one)}


def _table_of(canvas: QWidget) -> bool:
    for one in above(canvas):
        table = getattr(one, "table", None)
        if isinstance(table, QWidget):
            return any(
                view.accessibleName()
                for view in (table, *table.findChildren(QAbstractItemView))
                if isinstance(view, QAbstractItemView)
            )
    return False
