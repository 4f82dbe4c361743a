"""What Qt asks a palette for, said in the tokens of the look."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from saerch_desktop.ui.tokens import Tokens


def palette(t: Tokens) -> QPalette:
    """One set of tokens as the palette of the application."""
    role = QPalette.ColorRole
    made = QPalette()
    for which, name in {
        role.Window: t.window,
        role.WindowText: t.text,
        role.Base: t.base,
        role.AlternateBase: t.raised,
        role.Text: t.text,
        role.PlaceholderText: t.text_muted,
        role.Button: t.raised,
        role.ButtonText: t.text,
        role.BrightText: t.error,
        role.ToolTipBase: t.raised,
        role.ToolTipText: t.text,
        role.Highlight: t.accent,
        role.HighlightedText: t.on_accent,
        role.Accent: t.accent,
        role.Link: t.accent,
        role.LinkVisited: t.accent,
        role.Light: t.raised,
        role.Midlight: t.border,
        role.Mid: t.border,
        role.Dark: t.outline,
        role.Shadow: t.outline,
    }.items():
        made.setColor(which, QColor(name))
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(t.text_disabled))
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(t.border))
    return made
