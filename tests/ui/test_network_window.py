"""The network in the window: a lock that binds, a sign that tells, a question before any text leaves."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs

from saerch_desktop import network, network_ledger
from saerch_desktop.errors import UserError
from saerch_desktop.settings import load_settings
from saerch_desktop.ui import network_ask
from saerch_desktop.ui.network_page import NetworkPage
from saerch_desktop.ui.send_dialog import SendDialog, Sending
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.settings_part import SettingsPart
from saerch_desktop.ui.window import MainWindow

HOST = "api.example.org"


def page_of(window: MainWindow, kind: type[NetworkPage]) -> NetworkPage:
    """The page of this kind, as the settings show it."""
    part = next(part for part in window.parts if isinstance(part, SettingsPart))
    part.show(kind.title)
    assert part.shown is not None
    page = part.shown.page(part.shown.list.currentRow())
    assert isinstance(page, kind)
    return page


def test_in_a_window_the_lock_of_the_settings_binds_and_the_sign_says_so(window: MainWindow) -> None:
    sign = window.status.network
    assert sign.text() == "Offline"
    with pytest.raises(network.NotPermittedError, match="switched off"):
        network.permit(HOST, "Embedding", allowed_for_this_job=True)
    live.change(offline_lock=False)
    assert sign.text() == "Network unlocked"
    assert sign.accessibleName() == "Network unlocked"
    assert "may be used" in window.start_page._network.text()
    network.permit(HOST, "Embedding", allowed_for_this_job=True)
    window.actions_table["network-lock"].trigger()
    assert sign.text() == "Offline"
    assert not window.actions_table["network-lock"].isEnabled()


def test_the_sign_leads_to_the_page(window: MainWindow, qtbot: QtBot) -> None:
    QTest.mouseClick(window.status.network, Qt.MouseButton.LeftButton)
    part = next(part for part in window.parts if isinstance(part, SettingsPart))
    assert part.shown is not None
    assert part.shown.list.currentItem().text() == "Network"


def test_under_the_lock_nothing_is_asked_and_the_way_to_the_lock_is_shown(
    window: MainWindow, fake_dialogs: FakeDialogs
) -> None:
    fake_dialogs.answers = [True]
    assert not network_ask.ask(window, HOST, "Making vectors", ("a text",), "about $1")
    assert fake_dialogs.asked == [("ask", "The network is locked")]
    assert next(part for part in window.parts if isinstance(part, SettingsPart)).shown is not None
    network.lock_for_this_run()
    assert not network_ask.ask(window, HOST, "Making vectors", ("a text",), "about $1")
    assert fake_dialogs.asked[-1][0] == "tell"
    assert fake_dialogs.sendings == []


def test_a_job_is_asked_about_with_its_texts_and_its_cost(
    window: MainWindow, fake_dialogs: FakeDialogs
) -> None:
    live.change(offline_lock=False)
    fake_dialogs.answers = [False, True]
    assert not network_ask.ask(window, HOST, "Making vectors", ["one", "two"], "about $1")
    assert network_ask.ask(window, HOST, "Making vectors", ["one", "two"], "about $1")
    assert fake_dialogs.sendings[0] == Sending(HOST, "Making vectors", ("one", "two"), "about $1")


def test_a_service_on_this_computer_needs_no_question(window: MainWindow, fake_dialogs: FakeDialogs) -> None:
    assert network_ask.ask(window, "localhost", "Making vectors", ("a",), "")
    assert fake_dialogs.asked == []


def test_the_question_shows_the_very_texts_and_enter_alone_sends_nothing(qtbot: QtBot) -> None:
    hostile = "<b>bold</b> & <img src='http://evil.example/x'>"
    dialog = SendDialog(Sending(HOST, "Making vectors", (hostile, "two"), "about $1"))
    qtbot.addWidget(dialog)
    dialog.show()
    assert hostile in dialog.texts.toPlainText()
    assert any(HOST in label.text() for label in dialog.findChildren(QLabel))
    assert dialog.facts.values["Cost"].text() == "about $1"
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.result() == SendDialog.DialogCode.Rejected
    assert not dialog.isVisible()


def test_hosts_are_allowed_and_taken_from_the_list(window: MainWindow) -> None:
    page = page_of(window, NetworkPage)
    QTest.keyClicks(page.host, "https://API.example.org/v1")
    QTest.keyClick(page.host, Qt.Key.Key_Return)
    assert load_settings().allowed_hosts == (HOST,)
    assert page.host.text() == ""
    QTest.keyClicks(page.host, HOST)
    QTest.mouseClick(page.add_host, Qt.MouseButton.LeftButton)
    assert load_settings().allowed_hosts == (HOST,), "not twice"
    page.hosts.setFocus()
    QTest.keyClick(page.hosts, Qt.Key.Key_Delete)
    assert load_settings().allowed_hosts == ()


def test_a_proxy_that_cannot_be_used_is_told_at_once(window: MainWindow) -> None:
    page = page_of(window, NetworkPage)
    live.change(proxy_mode="manual")
    assert page.proxy.isEnabled()
    page.proxy.setFocus()
    QTest.keyClicks(page.proxy, "http://me:secret@proxy:1")
    QTest.keyClick(page.proxy, Qt.Key.Key_Return)
    assert "password" in page.trouble.text()
    assert "secret" not in page.trouble.text()
    live.change(proxy_url="http://proxy.example.org:3128", ca_file="/nowhere.pem")
    assert "certificates" in page.trouble.text()
    live.change(ca_file=None)
    assert page.trouble.text() == ""


def test_the_ledger_is_read_and_cleared_after_a_question(
    window: MainWindow, fake_dialogs: FakeDialogs
) -> None:
    network_ledger.record("127.0.0.1", "Embedding", 10, 2000, "200", time.time())
    page = page_of(window, NetworkPage)
    assert page.ledger.rowCount() == 1
    assert "all to programs on this computer" in page.count.text()
    network_ledger.record(HOST, "Naming features", 10, 2000, "429", 1e300)
    page.shown()
    assert page.ledger.item(0, 0).text() == HOST
    assert HOST in page.count.text()
    fake_dialogs.answers = [False, True]
    page.clear.click()
    assert page.ledger.rowCount() == 2
    page.clear.click()
    assert page.ledger.rowCount() == 0
    assert page.count.text() == "No request was ever made."


def test_a_run_offline_cannot_be_unlocked(window: MainWindow) -> None:
    network.lock_for_this_run()
    live.change(offline_lock=False)
    assert window.status.network.text() == "Offline until closed"
    page = page_of(window, NetworkPage)
    assert not page.lock.isEnabled()
    assert "--offline" in page.state.text()
    with pytest.raises(UserError, match="--offline"):
        network.permit(HOST, "Embedding", allowed_for_this_job=True)
