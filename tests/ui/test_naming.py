"""Naming from the window: what it would take, doing it offline and by a model, and names as files."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_support import ChatService
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from ui.fakes import TOPICS, FakeDialogs

from saerch_desktop.errors import UserError
from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import LABELS_FILE, LLM_FILE, load_labels, save_labels
from saerch_desktop.features.llm.report import Failure, LlmReport
from saerch_desktop.features.llm.settings import LlmSettings
from saerch_desktop.features.marks import MARKS_FILE
from saerch_desktop.ui.job import State
from saerch_desktop.ui.name_files import _FORMS
from saerch_desktop.ui.naming_choices import ALL, CHOSEN, NAMELESS, TYPED, WEAK, features_to_name, numbers
from saerch_desktop.ui.naming_desk import told
from saerch_desktop.ui.naming_dialog import NamingDialog, RequestView, readable
from saerch_desktop.ui.naming_form import ModelForm, is_local
from saerch_desktop.ui.naming_part import NamingPart
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.window import MainWindow

FEATURES = 32


@pytest.fixture
def opened(window: MainWindow, steerable: Path, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    window.controller.library.open(steerable)
    return window


@pytest.fixture
def model() -> Iterator[ChatService]:
    running = ChatService([f"the light of {topic}" for topic in TOPICS])
    yield running
    running.stop()


def part_of(window: MainWindow) -> NamingPart:
    return next(part for part in window.parts if isinstance(part, NamingPart))


def dialog_of(window: MainWindow) -> NamingDialog:
    window.actions_table["name-features"].trigger()
    dialog = part_of(window).dialog
    assert dialog is not None
    return dialog


def folder_of(window: MainWindow) -> Path:
    session = window.controller.library.session
    assert session is not None
    return session.required_features().folder


def notices(window: MainWindow) -> list[str]:
    return [notice.happened for notice in window.store.notices]


# Which features --------------------------------------------------------------------------------------------


def test_numbers_as_people_write_them() -> None:
    assert numbers("", 10) == []
    assert numbers(" 3, 1 5-7;#9  2 – 4", 10) == [1, 2, 3, 4, 5, 6, 7, 9]
    for typed in ("10", "x", "7-3", "-1", "1-10", "3..4", "1e3"):
        with pytest.raises(UserError, match="names no features"):
            numbers(typed, 10)


def test_which_features_are_meant(opened: MainWindow) -> None:
    session = opened.controller.library.session
    assert session is not None
    features = session.required_features()
    live = [f for f in range(FEATURES) if features.statistics.live[f]]
    dead = [f for f in range(FEATURES) if f not in live]
    grades = {f: label.grade for f in live if (label := features.labels.get(f)) is not None}
    assert features_to_name(features, ALL) == live
    assert features_to_name(features, NAMELESS) == [f for f in live if f not in grades]
    weak = [f for f in live if grades.get(f, "?") not in "AB"]
    assert features_to_name(features, WEAK) == weak
    opened.controller.marks.rename(live[0], "Mine")
    assert live[0] not in features_to_name(features, WEAK), "a name of one's own is not weak"
    assert features_to_name(features, CHOSEN, [live[1], *dead, live[0]]) == sorted(live[:2])
    assert features_to_name(features, TYPED, typed=f"{live[2]}") == [live[2]]


# The dialog ------------------------------------------------------------------------------------------------


def test_offline_naming_from_the_dialog(opened: MainWindow) -> None:
    dialog = dialog_of(opened)
    assert (dialog.method, dialog.choice) == ("offline", ALL)
    assert not dialog.show_request.isVisible()
    named = {label.feature: label for label in load_labels(folder_of(opened), FEATURES)}
    dialog.typed.setFocus()
    feature = min(named)
    save_labels(folder_of(opened), FEATURES, [Label(feature=f, text="x", source="phrases") for f in named])
    QTest.keyClicks(dialog.typed, str(feature))
    assert dialog.choice == TYPED, "who types numbers means them"
    assert dialog.count.text() == "1 active feature"
    QTest.keyClick(dialog.typed, Qt.Key.Key_Return)
    assert part_of(opened).dialog is None
    after = {label.feature: label.text for label in load_labels(folder_of(opened), FEATURES, LABELS_FILE)}
    assert after[feature] != "x"
    assert all(text == "x" for other, text in after.items() if other != feature)
    assert notices(opened)[-1].startswith("1 feature of “features” were named"[:9])
    assert opened.controller.search.label(feature) == after[feature]


def test_numbers_that_cannot_be_read_say_so(opened: MainWindow) -> None:
    dialog = dialog_of(opened)
    QTest.keyClicks(dialog.typed, "99")
    assert "names no features" in dialog.trouble.text()
    assert not dialog.start.isEnabled()
    dialog.typed.setText("")
    assert not dialog.start.isEnabled()


def ask_model(dialog: NamingDialog, model: ChatService, features: str, qtbot: QtBot) -> None:
    dialog.how["llm"].setChecked(True)
    dialog.typed.setText(features)
    dialog.which[TYPED].setChecked(True)
    dialog.model_form.lines["address"].setText(model.url)
    dialog.model_form.lines["model"].setText("scripted")
    qtbot.waitUntil(lambda: dialog.facts is not None, timeout=20_000)


def test_a_model_on_this_computer_needs_no_permission(
    opened: MainWindow, model: ChatService, qtbot: QtBot
) -> None:
    named = [label.feature for label in load_labels(folder_of(opened), FEATURES)]
    dialog = dialog_of(opened)
    ask_model(dialog, model, f"{named[0]} {named[1]}", qtbot)
    facts = dialog.facts
    assert facts is not None
    assert facts.values["Features"].text() == "2"
    assert facts.values["Money"].text() == "nothing"
    assert facts.values["Texts go to"].text() == "this computer"
    assert not dialog.model_form.network.isEnabled()
    assert model.seen == [], "an estimate sends nothing"
    qtbot.mouseClick(dialog.show_request, Qt.MouseButton.LeftButton)
    view = dialog.findChild(RequestView)
    assert view is not None
    assert "── settings ──" in view.text.toPlainText()
    view.close()
    assert model.seen == []
    assert dialog.start.isEnabled()
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    claims = {label.feature: label for label in load_labels(folder_of(opened), FEATURES, LLM_FILE)}
    assert sorted(claims) == sorted(named[:2])
    assert all(label.source == "llm: scripted" for label in claims.values())
    assert notices(opened) == ["2 features got a name from a language model."]
    session = opened.controller.library.session
    assert session is not None
    assert claims[named[0]].text in {one.text for one in session.required_features().labels.made(named[0])}
    assert readable(model.seen[0]).split("\n")[0] == "── system ──"


def test_a_service_elsewhere_needs_permission_and_a_cap(opened: MainWindow, qtbot: QtBot) -> None:
    dialog = dialog_of(opened)
    dialog.how["llm"].setChecked(True)
    assert not dialog.start.isEnabled()
    dialog.model_form.lines["model"].setText("gpt-4o-mini")
    qtbot.waitUntil(lambda: dialog.facts is not None, timeout=20_000)
    assert "api.openai.com" in dialog.trouble.text()
    assert "Allow the network" in dialog.trouble.text()
    assert "lock is on" in dialog.trouble.text()
    assert not dialog.start.isEnabled()
    assert not dialog.model_form.network.isEnabled()
    live.change(offline_lock=False)
    assert dialog.model_form.network.isEnabled()
    dialog.model_form.network.setChecked(True)
    qtbot.waitUntil(lambda: "may cost money" in dialog.trouble.text(), timeout=20_000)
    assert not dialog.start.isEnabled()
    dialog.model_form.lines["budget"].setText("0.0001")
    qtbot.waitUntil(lambda: dialog.start.isEnabled(), timeout=20_000)
    assert "reach the cap" in dialog.plan_note.text()
    dialog.model_form.lines["budget"].setText("much")
    assert "is no number" in dialog.trouble.text()
    assert not dialog.start.isEnabled()
    dialog.reject()
    assert notices(opened) == []


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("", "https://api.openai.com/v1 when left empty"),
        ("http://localhost:8000/v1/", "http://localhost:8000/v1 when left empty"),
        ("http://me:secret@example.org/v1", "OPENAI_BASE_URL when left empty"),
    ],
)
def test_the_address_left_empty_is_said(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, variable: str, said: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", variable)
    form = ModelForm()
    qtbot.addWidget(form)
    assert form.lines["address"].placeholderText() == said
    assert "http://localhost:11434/v1" in form.lines["address"].toolTip()


def test_addresses_on_this_computer_are_known() -> None:
    assert is_local("http://localhost:11434/v1")
    assert is_local("http://127.0.0.1:8080/v1")
    assert not is_local("https://api.example.org/v1")
    assert not is_local("http://192.168.1.7/v1")
    assert not is_local("nonsense")


@pytest.mark.threaded
def test_naming_by_a_model_can_be_paused_stopped_and_gone_on_with(
    opened: MainWindow, model: ChatService, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: opened.store.library is not None, timeout=20_000)
    named = [label.feature for label in load_labels(folder_of(opened), FEATURES)]
    desk = part_of(opened).desk
    settings = LlmSettings(
        model="scripted", base_url=model.url, features=tuple(named), in_flight=1, allow_network=False
    )
    pause = opened.actions_table["pause-job"]
    assert not pause.isEnabled()
    whole = model.thought
    model.thought = lambda body: (time.sleep(0.05), whole(body))[1]  # type: ignore[method-assign]
    desk.name_by_llm(settings)
    assert desk.running
    qtbot.waitUntil(lambda: len(model.seen) >= 2, timeout=20_000)
    pause.trigger()
    assert [job.state for job in opened.store.jobs] == [State.PAUSED]
    opened.controller.search.like_document(0)
    qtbot.waitUntil(lambda: opened.store.ranking is not None, timeout=20_000)  # searching goes on meanwhile
    qtbot.wait(150)
    sent = len(model.seen)
    qtbot.wait(200)
    assert len(model.seen) == sent, "nothing is sent while it is paused"
    opened.actions_table["stop-job"].trigger()
    qtbot.waitUntil(lambda: not desk.running, timeout=20_000)
    assert not pause.isEnabled()
    model.thought = whole  # type: ignore[method-assign]
    desk.name_by_llm(settings)
    qtbot.waitUntil(lambda: not desk.running, timeout=60_000)
    assert max(model.paid.values()) == 1, "nothing is paid for twice"
    claims = load_labels(folder_of(opened), FEATURES, LLM_FILE)
    assert {label.feature for label in claims} == set(named)


def test_what_a_run_came_to_is_told_with_its_failures() -> None:
    failed = tuple(Failure(feature, "The answer could not be read.") for feature in range(7))
    report = LlmReport(
        named=12,
        done=3,
        failed=failed,
        left=2,
        stopped="The budget of $1.00 was reached.",
        tokens_in=9000,
        tokens_out=1000,
        money=0.993,
        seconds=60,
        median_pearson=0.7,
        median_f1=0.6,
        grades={"B": 7, "A": 5},
        prompt="1",
        notes=("A note.",),
    )
    happened, meaning, remedy = told(report)
    assert happened == "12 features got a name from a language model. The budget of $1.00 was reached."
    assert "10,000 tokens, $0.99" in meaning
    assert "5 × A, 7 × B" in meaning
    assert "7 features got none: #0: The answer could not be read; #1:" in meaning
    assert "and 2 more" in meaning
    assert "2 features were left." in meaning
    assert meaning.endswith("A note.")
    assert "not paid for twice" in remedy


# Files -----------------------------------------------------------------------------------------------------


def test_names_go_out_and_come_back(opened: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path) -> None:
    named = [label.feature for label in load_labels(folder_of(opened), FEATURES)]
    opened.controller.marks.rename(named[0], "Mine")
    for form, name in zip(_FORMS, ("all.json", "table.csv", "paper.json"), strict=True):
        fake_dialogs.answers = [form, tmp_path / name]
        opened.actions_table["export-names"].trigger()
    assert json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))["format"] == "saerch-names"
    assert (tmp_path / "table.csv").read_text(encoding="utf-8-sig").startswith("feature,name,source")
    assert all(r["label"] for r in json.loads((tmp_path / "paper.json").read_text(encoding="utf-8")))
    assert fake_dialogs.suggested[0].endswith("Small features names.json")
    opened.controller.marks.rename(named[0], None)
    fake_dialogs.answers = [tmp_path / "all.json"]
    opened.actions_table["import-names"].trigger()
    assert opened.controller.marks.mark(named[0]).text == "Mine"
    assert notices(opened) == ["all.json was imported."]
    opened.actions_table["undo"].trigger()
    assert opened.controller.marks.mark(named[0]).text is None


def test_the_files_names_can_win_and_machines_names_come_along(
    opened: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text("feature,name,source\n1,Theirs,\n2,Made,llm: far\n", encoding="utf-8")
    opened.controller.marks.rename(1, "Mine")
    fake_dialogs.answers = [path, False]
    opened.actions_table["import-names"].trigger()
    assert opened.controller.search.label(1) == "Mine"
    session = opened.controller.library.session
    assert session is not None
    labels = session.required_features().labels
    assert "imported: theirs.csv, llm: far" in {label.source for label in labels.made(2)}
    fake_dialogs.answers = [path, True]
    opened.actions_table["import-names"].trigger()
    assert opened.controller.search.label(1) == "Theirs"


def test_another_saes_names_are_asked_about(
    opened: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    path = tmp_path / "names.json"
    fake_dialogs.answers = [_FORMS[0], path]
    opened.actions_table["export-names"].trigger()
    content = json.loads(path.read_text(encoding="utf-8"))
    content["sae"]["sha256"] = "0" * 64
    content["features"].append({"feature": 5, "mark": {"feature": 5, "text": "Foreign"}})
    path.write_text(json.dumps(content), encoding="utf-8")
    fake_dialogs.answers = [path, False]
    opened.actions_table["import-names"].trigger()
    assert "another SAE" in fake_dialogs.questions[0].text
    assert not (folder_of(opened) / MARKS_FILE).exists()
    fake_dialogs.answers = [path, True]
    opened.actions_table["import-names"].trigger()
    assert opened.controller.search.label(5) == "Foreign"


def test_a_file_that_cannot_be_used_is_told(
    opened: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    path = tmp_path / "bad.json"
    path.write_text("{}", encoding="utf-8")
    fake_dialogs.answers = [path]
    opened.actions_table["import-names"].trigger()
    assert "cannot be used" in notices(opened)[0]
    fake_dialogs.answers = [None]
    opened.actions_table["import-names"].trigger()
    opened.actions_table["export-names"].trigger()
