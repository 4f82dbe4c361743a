"""The parts that a form is made of: rows with labels, headings, buttons that are named and explained."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QPushButton, QToolButton, QWidget

from saerch_desktop.ui import theme


def form_layout() -> QFormLayout:
    """Labels at the left, fields that take the room."""
    form = QFormLayout()
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setHorizontalSpacing(3 * theme.UNIT)
    form.setVerticalSpacing(2 * theme.UNIT)
    return form


def heading(text: str) -> QLabel:
    """The title of a part."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    theme.set_role(label, "heading")
    return label


def icon_button(text: str, tip: str, icon: str) -> QPushButton:
    """A button with an icon; its name is its text without the …"""
    button = QPushButton(text)
    theme.set_icon(button, icon)
    describe(button, text.rstrip("…"), tip)
    return button


def tool(icon: str, name: str, tip: str, checkable: bool = False) -> QToolButton:
    """A button that is only a picture, with its name and tooltip."""
    button = QToolButton()
    button.setCheckable(checkable)
    button.setIconSize(QSize(16, 16))
    theme.set_icon(button, icon)
    describe(button, name, tip)
    return button


def describe(widget: QWidget, name: str, tip: str) -> None:
    """What assistive technology reads, and the tooltip."""
    widget.setAccessibleName(name)
    widget.setToolTip(tip)
