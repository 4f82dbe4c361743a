"""The room that lists keep for their figures."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from saerch_desktop.ui.feature_lists import Entry, EntryList


def test_the_room_for_figures_follows_the_entries_and_the_font(qtbot: QtBot) -> None:
    shown = EntryList("Documents", "Where it is active")
    qtbot.addWidget(shown)

    def entry(value: str) -> Entry:
        return Entry(key=0, title="one", value=value, share=0.5, tip="")

    least = shown.gutter()
    shown.show_entries([entry("1.00")])
    assert shown.gutter() == least
    shown.show_entries([entry("1.00"), entry("1234567.00")])
    wide = shown.gutter()
    assert wide > least
    font = shown.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    shown.setFont(font)
    assert shown.gutter() > wide
    shown.show_entries([])
    assert least < shown.gutter() < wide * 2
