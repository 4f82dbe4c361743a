"""The page about the network: the lock, who may be asked, by which way, and every request that was made."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton

from saerch_desktop import network, network_ledger
from saerch_desktop.errors import UserError
from saerch_desktop.settings_fields import Settings, tip, title
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.line_table import LineTable
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.settings_page import SettingsPage, note

_PROXIES = {"system": "As the system says", "none": "None", "manual": "The address below"}
_COLUMNS = (
    ("To", "The computer that was asked"),
    ("For", "What the job was"),
    ("When", "In this computer's time"),
    ("Sent", "Bytes of the request, without its head"),
    ("Received", "Bytes of the answer, without its head"),
    ("Result", "The service's answer as a number (200 is a success), or why there was none"),
)
_SHOWN = 1000
_ROWS, _HOST_ROWS = 8, 4
_RUN = "This run was started with --offline: nothing can be unlocked until the program is closed."
_STATES = {
    "locked": "Locked: nothing leaves this computer.",
    "open": "Unlocked: a job may leave this computer after you allow it, or to a host on the list below.",
    "locked for this run": _RUN,
}
_CERTIFICATES = "Certificates (*.pem *.crt *.cer);;All files (*)"


class NetworkPage(SettingsPage):
    """Nothing here opens a connection."""

    title = "Network"
    icon = "offline"
    tip = "Everything but services of your choice works without a network."
    fields = ("offline_lock", "allowed_hosts", "proxy_mode", "proxy_url", "ca_file")
    words = (
        "offline",
        "lock",
        "proxy",
        "certificate",
        "CA",
        "hosts",
        "allow",
        "ledger",
        "requests",
        "privacy",
    )

    def build(self) -> None:
        self.lock = self.switch("offline_lock")
        self.state = QLabel()
        self.state.setWordWrap(True)
        theme.set_role(self.state, "heading")
        self.content.addWidget(self.state)
        self.section(title("allowed_hosts"))
        self.content.addWidget(
            note(f"{tip('allowed_hosts')}. All other services are asked about for each job.")
        )
        self.hosts = LineTable(
            (("Host", "As in the address of the service"),), title("allowed_hosts"), "Delete removes a host"
        )
        self.hosts.setMinimumHeight(theme.row_height(self.font()) * _HOST_ROWS)
        self.hosts.removed.connect(lambda _: self._remove_host())
        self.host = QLineEdit()
        self.host.setPlaceholderText("api.example.org")
        describe(self.host, "Host to allow", "A name or an address, without https:// and path")
        self.host.returnPressed.connect(self._add_host)
        self.add_host = QPushButton("Allow this host")
        describe(self.add_host, "Allow this host", "Put it on the list")
        self.add_host.clicked.connect(self._add_host)
        self.remove_host = QPushButton("Remove from the list")
        describe(self.remove_host, "Remove from the list", "The chosen host is asked about again")
        self.remove_host.clicked.connect(self._remove_host)
        self.add(self.hosts, title("allowed_hosts"), tip("allowed_hosts"))
        self.content.addWidget(self.host)
        self.content.addLayout(_line(self.add_host, self.remove_host))
        self.section("The way out")
        self.choice("proxy_mode", _PROXIES)
        self.proxy = self.text("proxy_url", "http://proxy.example.org:3128")
        self.ca = self.text("ca_file", "None besides the usual ones", none_when_empty=True)
        self.choose_ca = QPushButton("Choose a file…")
        describe(
            self.choose_ca, "Choose a file of certificates", "In PEM form, as your network's people give it"
        )
        self.choose_ca.clicked.connect(self._choose_ca)
        self.trouble = QLabel()
        self.trouble.setWordWrap(True)
        self.trouble.setAccessibleName("What is wrong with proxy or certificates")
        theme.set_role(self.trouble, "error")
        self.content.addLayout(_line(self.choose_ca))
        self.content.addWidget(self.trouble)
        self.section("Ledger")
        self.content.addWidget(
            note(
                "Every request of this program, newest first; those to programs on this computer too. "
                "No text of yours and no key is written down."
            )
        )
        self.ledger = LineTable(_COLUMNS, "Requests that were made", "The newest first", (2, 3, 4))
        self.ledger.setMinimumHeight(theme.row_height(self.font()) * _ROWS)
        self.add(self.ledger, "Ledger", "Every request that was made")
        self.count = note("")
        self.clear = QPushButton("Clear the ledger")
        describe(self.clear, "Clear the ledger", "Forget all requests; cannot be undone")
        self.clear.clicked.connect(self._clear)
        self.content.addLayout(_line(self.clear))
        self.content.addWidget(self.count)

    def shown(self) -> None:
        self._read_ledger()

    def show_settings(self, now: Settings) -> None:
        super().show_settings(now)
        state = network.state(now)
        self.lock.setEnabled(state != "locked for this run")
        self.lock.setToolTip(_RUN if state == "locked for this run" else tip("offline_lock"))
        self.state.setText(_STATES[state])
        self.hosts.fill(
            [
                ((host,), f"{host} is asked without a question while the lock is off")
                for host in now.allowed_hosts
            ]
        )
        self.remove_host.setEnabled(bool(now.allowed_hosts))
        self.proxy.setEnabled(now.proxy_mode == "manual")
        self.trouble.setText(_wrong_way(now))
        self.trouble.setVisible(bool(self.trouble.text()))

    def _add_host(self) -> None:
        host = network.plain_host(self.host.text())
        if not host:
            return
        if host not in live.now.allowed_hosts:
            live.change(allowed_hosts=(*live.now.allowed_hosts, host))
        self.host.clear()

    def _remove_host(self) -> None:
        at, hosts = self.hosts.current(), live.now.allowed_hosts
        if 0 <= at < len(hosts):
            live.change(allowed_hosts=(*hosts[:at], *hosts[at + 1 :]))

    def _choose_ca(self) -> None:
        path = dialogs().open_file(self, "File of certificates", Path.home(), _CERTIFICATES)
        if path is not None:
            live.change(ca_file=str(path))

    def _read_ledger(self) -> None:
        runner, fail = self.window_.controller.runner, self.window_.controller.fail
        runner.look_up(
            "Reading the ledger",
            lambda progress: network_ledger.entries(),
            key="network-ledger",
            fail=fail,
            done=self._show_ledger,
        )

    def _show_ledger(self, entries: tuple[network_ledger.Entry, ...]) -> None:
        self.ledger.fill([_row(entry) for entry in entries[:_SHOWN]])
        hosts = {entry.host for entry in entries if not network.is_loopback(entry.host)}
        if not entries:
            said = "No request was ever made."
        elif not hosts:
            said = f"{wording.count(len(entries))} requests, all to programs on this computer."
        else:
            said = (
                f"{wording.count(len(entries))} requests; beyond this computer to {', '.join(sorted(hosts))}."
            )
        trouble = network_ledger.trouble()
        self.count.setText(
            f"{said} The last request could not be written down: {trouble}." if trouble else said
        )
        self.clear.setEnabled(bool(entries))

    def _clear(self) -> None:
        text = "All requests are forgotten. What was sent stays sent."
        if dialogs().ask(self, "Clear the ledger?", text, "Clear", "Cancel"):
            try:
                network_ledger.clear()
            except UserError as error:
                self.window_.controller.fail(error)
            self._read_ledger()


def _row(entry: network_ledger.Entry) -> tuple[tuple[str, ...], str]:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(min(max(entry.when, 0.0), 4e9)))
    sent, received = wording.count(entry.sent_bytes), wording.count(entry.received_bytes)
    return (entry.host, entry.purpose, when, sent, received, entry.status), (
        f"{entry.purpose}: {sent} bytes to {entry.host}, {received} back ({entry.status}), {when}"
    )


def _wrong_way(now: Settings) -> str:
    """What is wrong with proxy or certificates, "" for nothing."""
    try:
        if now.proxy_mode == "manual":
            network.checked_proxy(now.proxy_url)
        if now.ca_file:
            network.ClientOptions(False, None, Path(now.ca_file).expanduser()).keywords()
    except UserError as error:
        return f"{error.happened} {error.remedy}"
    return ""


def _line(*buttons: QPushButton) -> QHBoxLayout:
    """Buttons side by side."""
    line = QHBoxLayout()
    line.setSpacing(2 * theme.UNIT)
    for button in buttons:
        line.addWidget(button)
    line.addStretch(1)
    return line
