"""The export dialog and “Copy as command” in the window: by real events, on a real library."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop.cli import main
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.export_part import ExportPart
from saerch_desktop.ui.window import MainWindow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(open_window: OpenWindow, steerable: Path) -> MainWindow:
    window = open_window()
    window.controller.library.open(steerable)
    return window


@pytest.fixture
def part(window: MainWindow) -> ExportPart:
    return next(part for part in window.parts if isinstance(part, ExportPart))


def steered(window: MainWindow) -> list[int]:
    """Search for what is like a document, steered; the rows listed."""
    window.controller.search.like_document(7)
    query = window.store.query
    feature = int(query.indices[0])
    other = next(f for f in range(32) if f not in query.indices.tolist())
    window.controller.search.edit((Edit(feature, 0.4), Edit(other, -0.25)))
    return [int(row) for row in window.store.ranking.ranking.rows]


def ids(window: MainWindow, rows: list[int]) -> list[str]:
    session = window.controller.library.session
    assert session is not None
    return session.library.documents.ids(rows)


def names(part: ExportPart) -> dict[str, bool]:
    assert part.dialog is not None
    items = [part.dialog.list.item(row) for row in range(part.dialog.list.count())]
    return {item.text(): bool(item.flags() & Qt.ItemFlag.ItemIsEnabled) for item in items}


def test_only_what_is_there_can_be_chosen(window: MainWindow, part: ExportPart) -> None:
    window.actions_table["export"].trigger()
    assert names(part) == {
        "Results": False,
        "Features": True,
        "Codes": True,
        "Names": True,
        "Families": False,
        "For Embedding Atlas": True,
        "Report": True,
    }
    assert part.dialog is not None
    assert part.dialog.offer.what == "features"
    part.dialog.close()
    steered(window)
    window.actions_table["export"].trigger()
    assert names(part)["Results"]
    assert part.dialog.offer.what == "results"


def test_results_as_they_are_listed(
    window: MainWindow, part: ExportPart, tmp_path: Path, fake_dialogs: FakeDialogs, qtbot: QtBot
) -> None:
    rows = steered(window)
    window.actions_table["export"].trigger()
    dialog = part.dialog
    assert dialog is not None
    fake_dialogs.answers = [tmp_path / "mine.csv"]
    QTest.mouseClick(dialog.browse, LEFT)
    dialog.count.setValue(12)
    QTest.mouseClick(dialog.yes, LEFT)
    with (tmp_path / "mine.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [int(line["row"]) for line in csv.DictReader(stream)] == rows[:12]
    assert part.dialog is None, "it closes once the file is being written"


def test_the_ending_follows_the_form_and_keeps_the_name(part: ExportPart, window: MainWindow) -> None:
    window.actions_table["export"].trigger()
    dialog = part.dialog
    assert dialog is not None
    assert dialog.path.text().endswith("Small features.csv")
    dialog.choose("codes")
    assert dialog.path.text().endswith("Small codes.csv")
    dialog.shape.setCurrentIndex(2)
    assert dialog.path.text().endswith("Small codes.npz")
    assert not dialog.form.isVisible()
    dialog.shape.setCurrentIndex(0)
    dialog.path.selectAll()
    QTest.keyClicks(dialog.path, str(Path.home() / "mine.csv"))
    dialog.form.setCurrentIndex(2)
    assert dialog.path.text() == str(Path.home() / "mine.parquet")


def test_a_file_that_cannot_be_is_refused_before(
    part: ExportPart, window: MainWindow, tmp_path: Path
) -> None:
    window.actions_table["export"].trigger()
    dialog = part.dialog
    assert dialog is not None
    there = tmp_path / "there.csv"
    there.write_text("x", encoding="utf-8")
    for text, works, said in (
        ("", False, "Say where"),
        ("out.csv", False, "in which folder"),
        (str(tmp_path / "none" / "out.csv"), False, "no such folder"),
        (str(tmp_path / "out.html"), False, "ends in .csv"),
        (str(tmp_path / "new.csv"), True, ""),
        (str(there), True, "will be replaced"),
    ):
        dialog.path.setText(text)
        assert dialog.yes.isEnabled() == works
        assert said in dialog.warning.text()


def test_a_report_of_what_is_shown(window: MainWindow, part: ExportPart, tmp_path: Path) -> None:
    steered(window)
    window.actions_table["export-report"].trigger()
    dialog = part.dialog
    assert dialog is not None
    assert dialog.offer.what == "report"
    dialog.path.setText(str(tmp_path / "r.html"))
    dialog.report_title.setText("<b>Mine</b>")
    QTest.mouseClick(dialog.yes, LEFT)
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "&lt;b&gt;Mine&lt;/b&gt;" in page
    assert "What was moved" in page


def run(line: str, *more: str, capsys: pytest.CaptureFixture[str]) -> str:
    program, *arguments = shlex.split(line)
    assert program == "saerch-desktop"
    capsys.readouterr()
    assert main([arguments[0], *more, *arguments[1:]]) == 0
    return capsys.readouterr().out


def copied(window: MainWindow) -> str:
    QApplication.clipboard().clear()
    window.actions_table["copy-command"].trigger()
    return QApplication.clipboard().text()


def test_the_search_copied_finds_the_same(window: MainWindow, capsys: pytest.CaptureFixture[str]) -> None:
    assert not window.actions_table["copy-command"].isEnabled()
    rows = steered(window)
    scores = window.store.ranking.ranking.scores.tolist()
    line = copied(window)
    assert "--like" in line
    found = json.loads(run(line, "--json", capsys=capsys))["results"]
    assert [result["id"] for result in found] == ids(window, rows)
    assert [result["score"] for result in found] == pytest.approx(scores, abs=1e-5)


def test_a_search_by_a_feature_with_mute_and_filters_copied(
    window: MainWindow, capsys: pytest.CaptureFixture[str]
) -> None:
    search = window.controller.search
    search.like_feature(3)
    search.add_filter("#3>0")
    query = window.store.query
    if len(query.indices) > 1:
        search.change(search.mix.turned("muted", int(query.indices[1]), True))
    rows = [int(row) for row in window.store.ranking.ranking.rows]
    found = json.loads(run(copied(window), "--json", capsys=capsys))["results"]
    assert [result["id"] for result in found] == ids(window, rows)


def test_a_search_by_words_copied(window: MainWindow, capsys: pytest.CaptureFixture[str]) -> None:
    window.controller.search.set_kind("words")
    window.controller.search.submit("-dust stars")
    rows = [hit.row for hit in window.store.keyword_hits]
    assert rows
    found = json.loads(run(copied(window), "--json", capsys=capsys))["results"]
    assert [result["id"] for result in found] == ids(window, rows)


def test_an_export_copied_writes_the_same(
    window: MainWindow, part: ExportPart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steered(window)
    for what, name in (("results", "r.jsonl"), ("codes", "c.csv")):
        window.actions_table["export"].trigger()
        dialog = part.dialog
        assert dialog is not None
        dialog.choose(what)
        dialog.count.setValue(20)
        dialog.form.setCurrentIndex(int(name.endswith(".jsonl")))
        dialog.path.setText(str(tmp_path / name))
        QTest.mouseClick(dialog.yes, LEFT)
        before = (tmp_path / name).read_text("utf-8-sig")
        line = copied(window)
        (tmp_path / name).unlink()
        run(line, capsys=capsys)
        after = (tmp_path / name).read_text("utf-8-sig")
        if what != "results":
            assert after == before
            continue
        for one, other in zip(after.splitlines(), before.splitlines(), strict=True):
            # The window adds up what each tick changed: the last digit may be another one.
            mine, theirs = json.loads(one), json.loads(other)
            assert (mine["place"], mine["id"]) == (theirs["place"], theirs["id"])
            assert mine["score"] == pytest.approx(theirs["score"], abs=1e-6)
