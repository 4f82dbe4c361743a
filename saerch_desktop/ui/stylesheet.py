"""The short stylesheet for what a palette cannot say: flat edges, quiet headers, text roles."""

from __future__ import annotations

from saerch_desktop import paths
from saerch_desktop.ui.tokens import Tokens


def stylesheet(t: Tokens, text_size: int = 100) -> str:
    """One set of tokens as QSS. Combo and spin boxes have arrows of our own: styled, they lose Fusion's.

    text_size: percent; what is pressed beside a text grows with it.
    """
    side = 2 * round(6 * max(100, text_size) / 100)
    looks = (paths.resources() / "looks").as_posix()
    mark = "white" if t.on_accent == "#ffffff" else "black"
    arrow = "dark" if t.name == "light" else "light"
    return f"""
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: 4px; }}

QLabel[role="heading"] {{ color: {t.text_muted}; }}
QLabel[role="muted"] {{ color: {t.text_muted}; }}
QLabel[role="error"] {{ color: {t.error}; }}
QWidget[role="card"] {{ background: {t.base}; border: 1px solid {t.border}; border-radius: 6px; }}

QPushButton {{ background: {t.raised}; border: 1px solid {t.outline}; border-radius: 4px;
    padding: 3px 12px; }}
QPushButton:hover {{ background: {t.hover}; }}
QPushButton:pressed, QPushButton:checked {{ background: {t.selection}; }}
QPushButton:focus {{ border: 2px solid {t.focus}; padding: 2px 11px; }}
QPushButton:disabled {{ color: {t.text_disabled}; border-color: {t.border}; }}
QPushButton[primary="true"] {{ background: {t.accent}; color: {t.on_accent}; border-color: {t.accent}; }}
QPushButton[primary="true"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[primary="true"]:disabled {{ background: {t.border}; color: {t.text_disabled};
    border-color: {t.border}; }}

QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 3px; }}
QToolButton:hover {{ background: {t.hover}; }}
QToolButton:pressed, QToolButton:checked {{ background: {t.selection}; }}
QToolButton:focus {{ border-color: {t.focus}; }}
QToolButton[alarming="true"] {{ color: {t.error}; border-color: {t.error}; }}

QLineEdit {{ background: {t.base}; border: 1px solid {t.outline}; border-radius: 4px; padding: 3px 6px;
    selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QLineEdit:focus {{ border: 2px solid {t.focus}; padding: 2px 5px; }}
QLineEdit:disabled {{ border-color: {t.border}; color: {t.text_disabled}; }}

QLineEdit[role="value"] {{ background: transparent; border-color: {t.border}; padding: 1px 3px; }}
QLineEdit[role="value"]:hover {{ border-color: {t.outline}; }}
QLineEdit[role="value"]:focus {{ background: {t.base}; border: 2px solid {t.focus}; padding: 0 2px; }}

QPushButton[segment="middle"] {{ border-radius: 0; border-left: none; }}
QPushButton[segment="left"] {{ border-top-right-radius: 0; border-bottom-right-radius: 0; }}
QPushButton[segment="right"] {{ border-top-left-radius: 0; border-bottom-left-radius: 0; border-left: none; }}
QPushButton[step="true"] {{ text-align: left; background: transparent; border-color: transparent; }}
QPushButton[step="true"]:hover {{ background: {t.hover}; }}
QPushButton[step="true"]:checked {{ background: {t.selection}; }}
QPushButton[step="true"]:focus {{ border-color: {t.focus}; }}
QPushButton[segment] {{ padding-left: 10px; padding-right: 10px; }}
QPushButton[segment]:checked {{ background: {t.accent}; color: {t.on_accent}; }}

QComboBox, QAbstractSpinBox {{ background: {t.raised}; border: 1px solid {t.outline}; border-radius: 4px;
    padding: 2px 6px; selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QComboBox:hover {{ background: {t.hover}; }}
QAbstractSpinBox {{ background: {t.base}; padding: 2px 4px; }}
QComboBox:focus, QAbstractSpinBox:focus {{ border: 2px solid {t.focus}; padding: 1px 5px; }}
QAbstractSpinBox:focus {{ padding: 1px 3px; }}
QComboBox:disabled, QAbstractSpinBox:disabled {{ border-color: {t.border}; color: {t.text_disabled}; }}
QComboBox::drop-down {{ border: none; width: {side + 6}px; }}
QComboBox::down-arrow {{ image: url("{looks}/down-{arrow}.svg"); width: {side}px; height: {side}px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; width: {side + 4}px; }}
QAbstractSpinBox::up-arrow {{ image: url("{looks}/up-{arrow}.svg"); width: {side - 2}px;
    height: {side - 2}px; }}
QAbstractSpinBox::down-arrow {{ image: url("{looks}/down-{arrow}.svg"); width: {side - 2}px;
    height: {side - 2}px; }}
/* A list, not a menu: a menu with a border of ours is too low for its last entry. */
QComboBox {{ combobox-popup: 0; }}
QComboBox QAbstractItemView {{ border: 1px solid {t.outline}; }}

QCheckBox::indicator, QGroupBox::indicator, QAbstractItemView::indicator {{
    width: {side}px; height: {side}px; border: 1px solid {t.outline}; border-radius: 3px;
    background: {t.base}; }}
QCheckBox::indicator:checked, QGroupBox::indicator:checked, QAbstractItemView::indicator:checked {{
    border-color: {t.accent}; background: {t.accent}; image: url("{looks}/check-{mark}.svg"); }}
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate {{
    border-color: {t.accent}; background: {t.accent}; image: url("{looks}/partly-{mark}.svg"); }}
QCheckBox::indicator:focus {{ border: 2px solid {t.focus}; width: {side - 2}px; height: {side - 2}px; }}
QCheckBox::indicator:checked:focus {{ border-color: {t.text}; }}
QCheckBox::indicator:disabled {{ border-color: {t.border}; background: {t.window}; }}
QCheckBox::indicator:checked:disabled {{ background: {t.text_disabled}; }}

QRadioButton::indicator {{ width: {side}px; height: {side}px; border: 1px solid {t.outline};
    border-radius: {side // 2 + 1}px; background: {t.base}; }}
QRadioButton::indicator:checked {{ border-color: {t.accent};
    background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
    stop: 0 {t.accent}, stop: 0.55 {t.accent}, stop: 0.65 {t.base}, stop: 1 {t.base}); }}
QRadioButton::indicator:focus {{ border: 2px solid {t.focus};
    width: {side - 2}px; height: {side - 2}px; }}
QRadioButton::indicator:disabled {{ border-color: {t.border}; }}

QScrollArea[role="list"] {{ background: {t.base}; border: 1px solid {t.border}; }}

QHeaderView {{ background: {t.window}; }}
QHeaderView::section {{ background: {t.window}; color: {t.text_muted}; border: none;
    border-bottom: 1px solid {t.border}; padding: 4px 8px; }}
QTableView, QListView, QTreeView, QPlainTextEdit, QTextEdit, QTextBrowser {{
    background: {t.base}; border: 1px solid {t.border}; }}
QTableView::item:selected, QListView::item:selected, QTreeView::item:selected {{
    background: {t.selection}; color: {t.text}; }}
QTableView:focus, QListView:focus, QTreeView:focus,
QPlainTextEdit:focus, QTextEdit:focus, QTextBrowser:focus {{
    border-color: {t.focus}; }}

QSplitter::handle {{ background: {t.window}; }}
QSplitter::handle:hover {{ background: {t.border}; }}
QDockWidget::title {{ background: {t.window}; padding: 6px 8px; border-bottom: 1px solid {t.border}; }}
QDockWidget {{ titlebar-close-icon: url("{looks}/close-{arrow}.svg");
    titlebar-normal-icon: url("{looks}/float-{arrow}.svg"); }}
QDockWidget::close-button, QDockWidget::float-button {{ border: 1px solid transparent; border-radius: 3px;
    padding: 0; }}
QDockWidget::close-button:hover, QDockWidget::float-button:hover {{ background: {t.hover};
    border-color: {t.outline}; }}

QTabBar::tab {{ background: transparent; color: {t.text_muted}; padding: 4px 12px;
    border: 1px solid transparent; border-top: 2px solid transparent; border-bottom: 2px solid transparent; }}
QTabBar::tab:hover {{ background: {t.hover}; color: {t.text}; }}
QTabBar::tab:selected {{ background: {t.selection}; color: {t.text}; border-color: {t.outline}; }}
QTabBar::tab:top:selected {{ border-top-color: {t.accent}; }}
QTabBar::tab:bottom:selected {{ border-bottom-color: {t.accent}; }}
QTabBar::tab:selected:focus {{ border-color: {t.focus}; }}
QTabBar::tab:disabled {{ color: {t.text_disabled}; }}
QStatusBar {{ border-top: 1px solid {t.border}; }}
QStatusBar::item {{ border: none; }}
QMenuBar {{ background: {t.window}; border-bottom: 1px solid {t.border}; }}
QToolBar {{ background: {t.window}; border: none; border-bottom: 1px solid {t.border};
    spacing: 4px; padding: 4px; }}

QScrollBar {{ background: transparent; border: none; }}
QScrollBar:vertical {{ width: 12px; }}
QScrollBar:horizontal {{ height: 12px; }}
QScrollBar::handle {{ background: {t.neutral}; border-radius: 3px; margin: 3px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {t.text_muted}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: none; border: none; width: 0; height: 0; }}

QProgressBar {{ background: {t.border}; border: none; border-radius: 2px; text-align: center; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
"""
