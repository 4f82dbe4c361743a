"""A table of lines leaves columns out where it is narrow."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from saerch_desktop.ui.line_table import LineTable


def test_columns_are_left_out_before_the_first_loses_its_room(qtbot: QtBot) -> None:
    columns = [("Device", ""), ("Kind", ""), ("Memory", ""), ("State", ""), ("Arithmetic", "")]
    table = LineTable(columns, "Devices", "Enter tests it", (1, 2))
    qtbot.addWidget(table)
    letter = table.fontMetrics().averageCharWidth()
    table.resize(75 * letter, 200)
    table.show()
    texts = (
        "A processor with a long name",
        "Processor",
        "16.0 GB of memory",
        "Passed the test",
        "410 GFLOP/s",
    )
    table.fill([(texts, "")])
    assert table.columnWidth(0) >= 16 * letter
    assert table.isColumnHidden(2)
    assert not table.isColumnHidden(3)
    table.resize(160 * letter, 200)
    assert not any(table.isColumnHidden(column) for column in range(5))
