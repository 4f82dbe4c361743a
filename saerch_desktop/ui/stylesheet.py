"""The short stylesheet for what a palette cannot say: flat edges, quiet headers, text roles."""

from __future__ import annotations

from saerch_desktop.ui.tokens import Tokens


def stylesheet(t: Tokens) -> str:
    """One set of tokens as QSS. Combo and spin boxes stay Fusion's: styled, they lose their arrows."""
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
QPushButton[segment] {{ padding-left: 10px; padding-right: 10px; }}
QPushButton[segment]:checked {{ background: {t.accent}; color: {t.on_accent}; }}

QRadioButton::indicator {{ width: 12px; height: 12px; border: 1px solid {t.outline}; border-radius: 7px;
    background: {t.base}; }}
QRadioButton::indicator:checked {{ border-color: {t.accent};
    background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
    stop: 0 {t.accent}, stop: 0.55 {t.accent}, stop: 0.65 {t.base}, stop: 1 {t.base}); }}
QRadioButton::indicator:focus {{ border: 2px solid {t.focus}; width: 10px; height: 10px; }}
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
