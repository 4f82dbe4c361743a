"""Changing families in the window: each is one step of undo, is kept, and survives a build or is listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from ui.fakes import FakeDialogs
from ui.families_support import features_there, opened, part_of, put_families

from saerch_desktop.features.families import edits
from saerch_desktop.features.families.family import Families, Family, key_of
from saerch_desktop.features.families.family_files import load_families, save_families
from saerch_desktop.ui.families_build import BuildDialog
from saerch_desktop.ui.families_conflicts import ConflictsDialog
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_part import FamiliesPart
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def keys(steerable: Path) -> dict[str, str]:
    return put_families(steerable)


@pytest.fixture
def part(window: MainWindow, steerable: Path, keys: dict[str, str]) -> FamiliesPart:
    return opened(window, steerable)


def folder(path: Path) -> Path:
    return path / "saes" / "features"


def members(part: FamiliesPart, key: str) -> list[int]:
    return sorted(part.store.book.families[key].members)


def choose(part: FamiliesPart, things: list[Focus]) -> None:
    """As a selection in the graph does."""
    part.families.chosen.emit(tuple(things))


def test_renaming_is_undone_redone_and_kept(
    window: MainWindow, part: FamiliesPart, steerable: Path, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    part.families.go(Focus(keys["Part"]))
    fake_dialogs.answers = ["My own name"]
    window.actions_table["rename-family"].trigger()
    assert fake_dialogs.suggested == ["Part"]
    assert part.names.text(Focus(keys["Part"])) == "My own name"
    assert part.families.detail.title.whole == "My own name"
    assert part.families.header.way()[-1] == "My own name"
    assert edits.load_edits(folder(steerable), 32)[0].text == "My own name"
    assert window.actions_table["undo"].text() == "Undo renaming a family"
    window.actions_table["undo"].trigger()
    assert part.names.text(Focus(keys["Part"])) == "Part"
    assert edits.load_edits(folder(steerable), 32) == ()
    window.actions_table["redo"].trigger()
    assert part.names.text(Focus(keys["Part"])) == "My own name"
    window.controller.library.close()
    window.controller.library.open(steerable)
    assert part.names.text(Focus(keys["Part"])) == "My own name"
    assert not window.actions_table["undo"].isEnabled()


def test_merging_the_chosen_families(
    window: MainWindow, part: FamiliesPart, steerable: Path, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    live = features_there(steerable)
    window.actions_table["families-table"].trigger()
    table = part.families.table.table
    table.selectAll()
    table.selectionModel().select(
        table.features.index(part.families.table._listed.index(Focus(keys["Part"])), 0),
        table.selectionModel().SelectionFlag.Deselect | table.selectionModel().SelectionFlag.Rows,
    )
    part.store.family = keys["Broad"]
    fake_dialogs.answers = ["Both"]
    window.actions_table["merge-families"].trigger()
    merged = [family for family in part.store.book if family.name is not None and family.name.text == "Both"]
    assert len(merged) == 1
    assert sorted(merged[0].members) == sorted(live[:9])
    assert part.store.family == merged[0].key
    window.actions_table["undo"].trigger()
    assert set(part.store.book.families) == set(keys.values())


def test_merging_with_another_that_is_asked_for(
    window: MainWindow, part: FamiliesPart, steerable: Path, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    part.families.go(Focus(keys["Other"]))
    fake_dialogs.answers = ["Part (3 features)", "One"]
    window.actions_table["merge-families"].trigger()
    live = features_there(steerable)
    one = next(family for family in part.store.book if family.name and family.name.text == "One")
    assert sorted(one.members) == sorted(live[3:9])
    assert [kind for kind, _ in fake_dialogs.asked] == ["pick", "text"]


def test_splitting_moving_making_and_hiding(
    window: MainWindow, part: FamiliesPart, steerable: Path, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    live = features_there(steerable)
    part.families.go(Focus(keys["Other"]))
    choose(part, [Focus(feature=live[8])])
    assert part.store.family == keys["Other"]
    fake_dialogs.answers = ["Alone"]
    window.actions_table["split-family"].trigger()
    assert members(part, keys["Other"]) == sorted(live[6:8])
    alone = next(family for family in part.store.book if family.name and family.name.text == "Alone")
    assert alone.members == (live[8],)

    part.families.go(Focus(keys["Other"]))
    choose(part, [Focus(feature=live[6])])
    fake_dialogs.answers = ["Broad (6 features)"]
    window.actions_table["move-to-family"].trigger()
    assert members(part, keys["Other"]) == [live[7]]
    assert live[6] in members(part, keys["Broad"])

    choose(part, [Focus(feature=live[0]), Focus(feature=live[7])])
    fake_dialogs.answers = ["Made"]
    window.actions_table["make-family"].trigger()
    made = next(family for family in part.store.book if family.name and family.name.text == "Made")
    assert sorted(made.members) == sorted((live[0], live[7]))
    assert part.families.focus == Focus(made.key)

    window.actions_table["hide-family"].trigger()
    assert made.key in part.store.book.hidden
    assert made.key not in [family.key for family in part.store.book]
    assert part.families.focus != Focus(made.key)
    fake_dialogs.answers = ["Made (2 features)"]
    window.actions_table["show-hidden-families"].trigger()
    assert made.key not in part.store.book.hidden

    for _ in range(5):
        window.actions_table["undo"].trigger()
    assert part.store.book.edits == ()
    assert set(part.store.book.families) == set(keys.values())
    assert edits.load_edits(folder(steerable), 32) == ()


def test_what_cannot_be_done_is_told_in_the_pane(
    window: MainWindow, part: FamiliesPart, steerable: Path, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    live = features_there(steerable)
    choose(part, [Focus(feature=live[0])])
    window.actions_table["make-family"].trigger()
    assert part.families.message.text()
    assert part.changes.undo_stack.count() == 0
    assert window.store.notices == ()


def rebuilt(path: Path, groups: list[list[int]]) -> None:
    """Other families of the same method, as a build leaves them."""
    former = load_families(folder(path), "default", 32)
    assert former is not None
    families = tuple(
        Family(key=key_of("default", group), members=tuple(group), root=group[0]) for group in groups
    )
    made = Families(method="default", sae_sha256=former.sae_sha256, live=former.live, families=families)
    save_families(folder(path), made)


def test_a_change_survives_a_build_or_is_listed(
    window: MainWindow, part: FamiliesPart, steerable: Path, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    live = features_there(steerable)
    for name in ("Other", "Part"):
        part.families.go(Focus(keys[name]))
        fake_dialogs.answers = [f"My {name}"]
        window.actions_table["rename-family"].trigger()
    # Other has one feature more now, and is known again; of Part one feature in three is left.
    rebuilt(steerable, [live[6:10], [live[3], live[10], live[11]]])
    part.desk.read("default")
    texts = {family.name.text if family.name else "" for family in part.store.book}
    assert texts == {"My Other", ""}
    assert [conflict.edit.target.key for conflict in part.store.book.conflicts] == [keys["Part"]]
    assert "1 of your changes fits" in part.families.message.text()
    window.actions_table["family-conflicts"].trigger()
    dialog = window.findChild(ConflictsDialog)
    assert dialog is not None
    assert dialog.table.rowCount() == 1
    assert "“My Part”" in dialog.table.item(0, 0).text()
    dialog.table.selectRow(0)
    QTest.mouseClick(dialog.forget, Qt.MouseButton.LeftButton)
    assert part.store.book.conflicts == ()
    assert len(edits.load_edits(folder(steerable), 32)) == 1
    window.actions_table["undo"].trigger()
    assert len(part.store.book.conflicts) == 1


def test_forms_open_again_after_they_were_left(window: MainWindow, part: FamiliesPart) -> None:
    def leave(dialog: QDialog | None) -> None:
        assert dialog is not None
        assert dialog.isVisible()
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()
        assert part.forms.dialog is None

    for _ in range(2):
        window.actions_table["build-families"].trigger()
        leave(part.forms.dialog)
    part.forms.show_conflicts()
    leave(part.forms.dialog)
    part.forms.show_conflicts()
    window.actions_table["build-families"].trigger()  # while the other is open
    assert isinstance(part.forms.dialog, BuildDialog)
    leave(part.forms.dialog)


def test_two_windows_do_not_undo_each_others_changes(
    window: MainWindow, part: FamiliesPart, steerable: Path, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    theirs = edits.rename(part.store.book, keys["Other"], "Theirs")
    edits.save_edits(folder(steerable), 32, [theirs])
    part.families.go(Focus(keys["Part"]))
    fake_dialogs.answers = ["Mine"]
    window.actions_table["rename-family"].trigger()
    assert {family.name.text for family in part.store.book} == {"Broad", "Mine", "Theirs"}
    window.actions_table["undo"].trigger()
    assert {family.name.text for family in part.store.book} == {"Broad", "Part", "Theirs"}
    assert edits.load_edits(folder(steerable), 32) == (theirs,)


@pytest.mark.expects_log
def test_what_cannot_be_written_stays_in_the_window(
    window: MainWindow, part: FamiliesPart, steerable: Path, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    (folder(steerable) / edits.EDITS_FILE).write_text("no json")
    part.families.go(Focus(keys["Part"]))
    fake_dialogs.answers = ["Mine"]
    window.actions_table["rename-family"].trigger()
    assert part.names.text(Focus(keys["Part"])) == "Mine"
    assert "cannot be read" in window.store.notices[-1].happened
    assert (folder(steerable) / edits.EDITS_FILE).read_text() == "no json"
    (folder(steerable) / edits.EDITS_FILE).unlink()
    part.changes.flush()
    assert edits.load_edits(folder(steerable), 32)[0].text == "Mine"


@pytest.mark.threaded
def test_building_reads_the_new_book_and_can_be_stopped(
    window: MainWindow, steerable: Path, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from saerch_desktop.workflow import families as building

    begun, go_on = threading.Event(), threading.Event()

    def build(path, sae, progress, method="default", resolution=1.0, seed=0):
        progress.begin("Grouping", 2, "families")
        begun.set()
        while not go_on.wait(0.01):
            progress.check()
        put_families(path)
        return load_families(folder(path), "default", 32)

    monkeypatch.setattr(building, "build_families", build)
    with qtbot.waitSignal(window.controller.library.opened, timeout=20_000):
        window.controller.library.open(steerable)
    part = part_of(window)
    window.actions_table["show-families"].trigger()
    empty = part.families.empty.state
    qtbot.waitUntil(lambda: empty._button.text() == "Build families", timeout=20_000)
    QTest.mouseClick(empty._button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(begun.is_set, timeout=20_000)
    qtbot.waitUntil(lambda: empty._button.text() == "Stop")
    QTest.mouseClick(empty._button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: empty._button.text() == "Build families", timeout=20_000)
    assert window.store.book is None
    go_on.set()
    QTest.mouseClick(empty._button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.store.book is not None, timeout=20_000)
    assert "3 families were found" in window.store.notices[-1].happened
    assert not part.desk.busy
