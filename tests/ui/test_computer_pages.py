"""The pages about this computer: hardware, models, services and keys, storage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from model_files import folder_of, sound
from online_support import OnlineService
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from ui.fakes import FakeDialogs

from saerch_desktop import network_ledger, secrets
from saerch_desktop.embedding import devices as found_devices
from saerch_desktop.embedding.devices import Device, judged
from saerch_desktop.embedding.models import models_dir
from saerch_desktop.sae import self_test as tests
from saerch_desktop.sae.self_test import SelfTest
from saerch_desktop.settings import load_settings
from saerch_desktop.ui.hardware_page import HardwarePage
from saerch_desktop.ui.keys_page import KeysPage
from saerch_desktop.ui.models_page import ModelsPage
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.settings_page import SettingsPage
from saerch_desktop.ui.settings_part import SettingsPart
from saerch_desktop.ui.storage_page import StoragePage
from saerch_desktop.ui.window import MainWindow

Page = TypeVar("Page", bound=SettingsPage)
CPU = Device("cpu", 0, "Processor", 8 << 30, True)
CARD = Device("cuda", 0, "Card", 8 << 30, True)


def page_of(window: MainWindow, kind: type[Page]) -> Page:
    """The page of this kind, as the settings show it."""
    part = next(part for part in window.parts if isinstance(part, SettingsPart))
    part.show(kind.title)
    assert part.shown is not None
    page = part.shown.page(part.shown.list.currentRow())
    assert isinstance(page, kind)
    return page


def click(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


# Hardware ------------------------------------------------------------------------------------------------


@pytest.fixture
def two_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_devices, "devices", lambda: (CPU, judged(CARD, load_settings().force_cpu)))


def test_devices_are_listed_and_tested_with_figures(
    window: MainWindow, two_devices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        tests, "self_test", lambda device, progress: SelfTest(device, True, 120.0, 5000.0, 2.0)
    )
    page = page_of(window, HardwarePage)
    assert [page.table.item(row, 0).text() for row in range(2)] == ["Processor", "Card"]
    page.table.setCurrentCell(1, 0)
    click(page.button)
    assert page.table.item(1, 3).text() == "Passed the test"
    assert "120" in page.table.item(1, 4).text()
    assert "5,000" in page.why.text()
    assert page.table.item(0, 4).text() == "–"


def test_why_a_device_fails_is_said(
    window: MainWindow, two_devices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        tests,
        "self_test",
        lambda device, progress: SelfTest(device, False, reason="It computes wrong numbers."),
    )
    page = page_of(window, HardwarePage)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert page.table.item(0, 3).text() == "Failed the test"
    assert page.why.text() == "It computes wrong numbers."


def test_a_card_is_left_alone_at_once(window: MainWindow, two_devices: None) -> None:
    page = page_of(window, HardwarePage)
    live.change(force_cpu=True)
    assert page.table.item(1, 3).text() == "Left alone"
    page.table.setCurrentCell(1, 0)
    assert "processor alone" in page.why.text()
    assert page.button.isEnabled(), "it can still be measured"


# Models --------------------------------------------------------------------------------------------------


def test_a_model_comes_in_by_the_window_and_goes(
    window: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    page = page_of(window, ModelsPage)
    fake_dialogs.answers = [folder_of(sound(), tmp_path / "tiny")]
    click(page.folder_button)
    assert page.table.rowCount() == 2
    assert page.table.item(1, 0).text() == "tiny"
    page.table.setCurrentCell(1, 0)
    assert "folder:" in page.about.text()
    click(page.hash_button)
    assert QGuiApplication.clipboard().text() in page.about.text()
    fake_dialogs.answers = [False, True]
    click(page.delete_button)
    assert (models_dir() / "tiny").is_dir()
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    assert not (models_dir() / "tiny").exists()
    assert page.table.rowCount() == 1


def test_the_built_in_model_cannot_be_deleted(window: MainWindow, fake_dialogs: FakeDialogs) -> None:
    page = page_of(window, ModelsPage)
    assert not page.delete_button.isEnabled()
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    assert fake_dialogs.asked == []


def test_an_unsafe_model_is_refused_in_words(
    window: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    files = sound()
    del files["model.safetensors"]
    page = page_of(window, ModelsPage)
    page.bring(folder_of(files, tmp_path / "tiny"))
    assert "unsafe old format" in window.store.notices[-1].happened
    assert page.table.rowCount() == 1


# Services and keys ---------------------------------------------------------------------------------------


class Models(OnlineService):
    """A service that is asked which models it has."""

    path = "/v1/models"

    def reply(self, body: dict[str, object]) -> dict[str, object]:
        return {
            "object": "list",
            "data": [{"id": "tiny", "object": "model"}, {"id": "large", "object": "model"}],
        }


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[Models]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    served = Models()
    yield served
    served.stop()


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr(secrets, "_memory", {})


def test_a_key_goes_where_it_belongs_and_is_never_shown_again(
    window: MainWindow, fake_dialogs: FakeDialogs, no_key: None
) -> None:
    page = page_of(window, KeysPage)
    assert page.standing.text() == "There is no key for this service."
    assert not page.save_button.isEnabled()
    QTest.keyClicks(page.key, "sk-verysecret")
    assert page.key.echoMode() == page.key.EchoMode.Password
    click(page.save_button)
    assert secrets.get_key("openai") == "sk-verysecret"
    assert page.key.text() == ""
    assert "until the program closes" in page.standing.text(), "no keyring here: said in plain sight"
    assert not page.warning.isHidden()
    assert "no keyring" in page.warning.text()
    shown = " ".join(label.text() for label in page.findChildren(type(page.standing)))
    assert "verysecret" not in shown
    fake_dialogs.answers = [True]
    click(page.forget_button)
    assert secrets.get_key("openai") is None
    assert page.standing.text() == "There is no key for this service."
    assert page.warning.isHidden()


def test_a_key_of_the_environment_is_told(
    window: MainWindow, no_key: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    page = page_of(window, KeysPage)
    assert "environment variable" in page.standing.text()
    assert not page.forget_button.isEnabled()


def test_a_service_on_this_computer_is_tried_under_the_lock(window: MainWindow, models: Models) -> None:
    page = page_of(window, KeysPage)
    page.address.setEditText(models.url)
    page.model.setText("tiny")
    page._address_left()
    assert "no text leaves it" in page.where.text()
    click(page.try_button)
    assert "2 models" in page.result.text()
    assert "“tiny” is among them" in page.result.text()
    (entry,) = network_ledger.entries()
    assert (entry.purpose, entry.sent_bytes, entry.status) == ("Trying the service", 0, "200")


def test_a_trial_that_fails_says_why(window: MainWindow, models: Models) -> None:
    models.order(status=401, message="no such key")
    page = page_of(window, KeysPage)
    page.address.setEditText(models.url)
    page._address_left()
    click(page.try_button)
    assert "does not accept the key" in page.result.text()
    assert page.try_button.isEnabled()


def test_beyond_this_computer_the_lock_forbids_the_trial(window: MainWindow, no_key: None) -> None:
    page = page_of(window, KeysPage)
    assert not page.try_button.isEnabled()
    assert "offline lock is on" in page.result.text()
    live.change(offline_lock=False)
    assert page.try_button.isEnabled()
    page.address.setEditText("http://bare.example.org/v1")
    page._address_left()
    assert "others on the way could read" in page.where.text()
    page.address.setEditText("nonsense")
    page._address_left()
    assert not page.try_button.isEnabled()


def test_remembered_addresses_are_taken_and_forgotten(window: MainWindow) -> None:
    live.change(endpoints={"m": "http://localhost:9/v1", "n": "http://localhost:8/v1"})
    page = page_of(window, KeysPage)
    page.known.setCurrentCell(1, 0)
    QTest.keyClick(page.known, Qt.Key.Key_Return)
    assert (page.model.text(), page.address.currentText()) == ("n", "http://localhost:8/v1")
    QTest.keyClick(page.known, Qt.Key.Key_Delete)
    assert load_settings().endpoints == {"m": "http://localhost:9/v1"}


# Storage -------------------------------------------------------------------------------------------------


def test_sizes_are_shown_and_what_is_made_again_is_cleared(
    window: MainWindow, steerable: Path, fake_dialogs: FakeDialogs
) -> None:
    index = steerable / "index"
    index.mkdir(exist_ok=True)
    (index / "extra.bin").write_bytes(b"x" * 100_000)
    window.controller.library.open(steerable)
    page = page_of(window, StoragePage)
    table = page.tables[1]
    rows = {table.item(row, 0).text(): row for row in range(table.rowCount())}
    assert steerable.name in page.total.text()
    table.setCurrentCell(rows["Documents"], 0)
    assert not page.buttons[1].isEnabled()
    table.setCurrentCell(rows["Index of neighbours"], 0)
    fake_dialogs.answers = [False, True]
    click(page.buttons[1])
    assert (index / "extra.bin").exists()
    click(page.buttons[1])
    assert not (index / "extra.bin").exists()
    assert table.item(rows["Index of neighbours"], 1).text() == "0"


def test_without_a_library_only_the_programs_own_things_are_shown(window: MainWindow) -> None:
    page = page_of(window, StoragePage)
    assert page.tables[1].isHidden()
    assert page.tables[0].rowCount() == 5
