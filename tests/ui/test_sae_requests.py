"""Carrying SAEs in and out, and the card of the one in use."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs, vectors_library
from window_support import OpenWindow

from saerch_desktop.sae.details import ImportedFrom
from saerch_desktop.sae.dialects.registry import EXPORT_FORMATS
from saerch_desktop.sae.record import load_run, save_run
from saerch_desktop.sae.weights import load_details
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.confirm_dialog import ConfirmDialog, Question
from saerch_desktop.ui.sae_card import SaeCard, SaeCardDialog, facts_of
from saerch_desktop.ui.sae_requests import FORMATS
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def opened(open_window: OpenWindow, steerable: Path) -> MainWindow:
    window = open_window()
    window.controller.library.open(steerable)
    return window


@pytest.mark.parametrize(
    ("key", "result"),
    [(Qt.Key.Key_Return, QDialog.DialogCode.Accepted), (Qt.Key.Key_Escape, QDialog.DialogCode.Rejected)],
)
def test_the_question_is_answered_by_keyboard(qtbot: QtBot, key: Qt.Key, result: QDialog.DialogCode) -> None:
    question = Question(
        "Go on?", "It takes room.", (("Memory", "612 MB", ""),), ("It is late.",), "Yes", "Do"
    )
    dialog = ConfirmDialog(question)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.facts.values["Memory"].text() == "612 MB"
    assert dialog.remarks.isVisible()
    with qtbot.waitSignal(dialog.finished) as finished:
        qtbot.keyClick(dialog, key)
    assert finished.args == [result]


# In and out ----------------------------------------------------------------------------------------------


def test_every_format_is_offered() -> None:
    assert {form for form, _ in FORMATS} == set(EXPORT_FORMATS)


def test_an_sae_goes_out_and_comes_back(
    opened: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    fake_dialogs.answers = [0, out]
    opened.actions_table["sae-export"].trigger()
    assert [kind for kind, _ in fake_dialogs.asked] == ["choose", "open_folder"]
    (file,) = out.iterdir()
    (card,) = opened.notices.cards
    assert file.name in card.notice.happened
    fake_dialogs.answers = [file, "back"]
    opened.actions_table["sae-import"].trigger()
    assert fake_dialogs.suggested == [file.stem]
    assert opened.store.library.sae_names == ("features", "back")
    assert opened.store.library.sae == "features", "the features in use stay in use"
    assert opened.store.notices[-1].happened == "“back” is ready."
    assert opened.store.notices[-1].remedy == "Choose it under Train ▸ Features in use."
    assert [action.text() for action in opened.sae_menu.actions()] == ["features", "back"]
    opened.sae_menu.actions()[1].trigger()
    assert opened.store.library.sae == "back"


def test_k_is_asked_where_only_the_user_knows_it(
    opened: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    fake_dialogs.answers = [0, tmp_path / "out"]
    opened.actions_table["sae-export"].trigger()
    (file,) = (tmp_path / "out").iterdir()
    nameless = file.rename(tmp_path / "weights.pth")
    fake_dialogs.asked.clear()
    fake_dialogs.answers = [nameless, "back", 4]
    opened.actions_table["sae-import"].trigger()
    assert [kind for kind, _ in fake_dialogs.asked] == ["open_file", "text", "number"]
    assert opened.store.library.sae_names == ("features", "back")


def test_what_is_no_sae_is_refused_in_place(
    opened: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    (tmp_path / "broken.pth").write_bytes(b"no")
    fake_dialogs.answers = [tmp_path / "broken.pth", "x"]
    opened.actions_table["sae-import"].trigger()
    (card,) = opened.notices.cards
    assert "broken.pth" in card.notice.happened
    assert card.notice.report == ""
    assert opened.store.library.sae_names == ("features",)


@pytest.mark.parametrize("answers", [[], [Path("a.pth")]])
def test_leaving_a_question_changes_nothing(
    opened: MainWindow, fake_dialogs: FakeDialogs, answers: list[Path]
) -> None:
    fake_dialogs.answers = list(answers)
    opened.actions_table["sae-import"].trigger()
    opened.actions_table["sae-export"].trigger()
    assert opened.store.notices == ()
    assert opened.store.library.sae_names == ("features",)


def test_decisions_stay_on_the_screen_when_other_features_come(
    opened: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    opened.controller.marks.tag([3], add=["odd"])
    opened.controller.search.like_document(5)
    opened.controller.search.edit((Edit(opened.controller.search.entries()[0].feature, 0.4),))
    edits = opened.store.edits
    fake_dialogs.answers = [0, tmp_path / "out"]
    opened.actions_table["sae-export"].trigger()
    (file,) = (tmp_path / "out").iterdir()
    fake_dialogs.answers = [file, "back"]
    opened.actions_table["sae-import"].trigger()
    assert opened.controller.marks.mark(3).tags == ("odd",)
    assert opened.store.edits == edits
    opened.controller.library.use_sae("back")
    opened.controller.library.refresh(opened.store.library.path)
    assert opened.store.library.sae == "back", "also when others are the newest"


def test_a_library_without_features_uses_its_first_ones(
    opened: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    fake_dialogs.answers = [0, tmp_path / "out"]
    opened.actions_table["sae-export"].trigger()
    (file,) = (tmp_path / "out").iterdir()
    bare = vectors_library(tmp_path / "Bare.saerch")
    opened.controller.library.open(bare)
    assert opened.store.library.sae is None
    before = len(opened.store.notices)
    fake_dialogs.answers = [file, "first"]
    opened.actions_table["sae-import"].trigger()
    assert opened.store.library.sae == "first"
    assert len(opened.store.notices) == before


# The card ------------------------------------------------------------------------------------------------


def test_the_card_opens_by_its_key_and_closes(opened: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(opened, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    card = opened.saes.card
    assert card is not None
    assert card.isVisible()
    assert "features" in card.windowTitle()
    assert card.facts.values["Features"].text() == "32"
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert opened.saes.card is None


def test_the_card_shows_the_course_as_curve_and_table(steerable: Path, qtbot: QtBot) -> None:
    folder = steerable / "saes" / "features"
    run = load_run(folder)
    assert run is not None
    save_run(folder, run.with_alarm("Something was noticed."))
    run = load_run(folder)
    dialog = SaeCardDialog(SaeCard(load_details(folder), run))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.remarks.isVisible()
    curve = dialog.curve
    assert curve.plot.isVisible()
    assert curve.plot.accessibleDescription().endswith("% after pass 30")
    assert "held-out" in curve.plot.accessibleDescription()
    qtbot.mouseClick(curve.toggle, Qt.MouseButton.LeftButton)
    assert curve.table.isVisible()
    assert curve.table.rowCount() == 30
    last = run.epochs[-1]
    shown = [curve.table.item(29, column).text() for column in range(curve.table.columnCount())]
    assert shown[0] == "30"
    assert shown[2] == f"{last.fvu:.3f}"
    assert shown[4] == str(last.dead)
    qtbot.mouseClick(curve.toggle, Qt.MouseButton.LeftButton)
    assert curve.plot.isVisible()


def test_the_card_of_an_sae_from_elsewhere_says_so(steerable: Path, qtbot: QtBot) -> None:
    details = load_details(steerable / "saes" / "features")
    source = ImportedFrom(format="saelens", file="w.safetensors", sha256="", unexplained=0.25, notes=("Hm.",))
    elsewhere = details.model_copy(update={"train": None, "metrics": None, "imported_from": source})
    told = {name: value for name, value, _ in facts_of(SaeCard(elsewhere, None))}
    assert told["Trained"] == "elsewhere"
    assert told["From"] == "w.safetensors (saelens)"
    assert told["Unexplained"] == "25.0 % of a sample"
    assert "Passes" not in told
    dialog = SaeCardDialog(SaeCard(elsewhere, None))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.remarks.isVisible()
    assert dialog.unknown.isVisible()
    assert not dialog.curve.isVisible()


@pytest.mark.parametrize("passes", [1, 2, 400])
def test_the_curve_is_drawn_whatever_the_number_of_passes(steerable: Path, qtbot: QtBot, passes: int) -> None:
    folder = steerable / "saes" / "features"
    run = load_run(folder)
    assert run is not None
    one = run.epochs[0]
    epochs = tuple(one.model_copy(update={"epoch": number + 1}) for number in range(passes))
    dialog = SaeCardDialog(SaeCard(load_details(folder), run.model_copy(update={"epochs": epochs})))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    picture = dialog.curve.plot.grab().toImage()
    colours = {
        picture.pixel(x, y) for x in range(0, picture.width(), 2) for y in range(0, picture.height(), 2)
    }
    assert len(colours) > 4
