"""Asks the user for the network, for one job, with what would be sent in plain sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from saerch_desktop import network
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.send_dialog import Sending

PAGE = "Network"
_LOCKED = (
    "{what} needs {host}, and the offline lock is on: no job in this window may open a connection. "
    "You can switch the lock off in the settings, and then allow this one job."
)
_LOCKED_RUN = (
    "{what} needs {host}, and the program was started with --offline: nothing leaves this computer until it "
    "is closed. Start it without --offline to use services."
)


def ask(parent: QWidget, host: str, what: str, first_texts: Sequence[str], cost: str) -> bool:
    """Whether this one job may send texts to `host`; pass the answer on as `allow_network`.

    parent: the window or a dialog of it.
    what: the job as the beginning of a sentence ("Making the vectors of papers.csv"); first_texts: exactly as
    they would be sent; cost: in words, "" for none. A host that is this computer itself needs no question.
    Under the offline lock nothing is asked: the user is told, and may go to the settings.
    """
    if network.is_loopback(network.plain_host(host)):
        return True
    if network.locked_for_this_run():
        dialogs().tell(parent, "Offline until closed", _LOCKED_RUN.format(what=what, host=host))
        return False
    if network.lock_in_force():
        text = _LOCKED.format(what=what, host=host)
        if dialogs().ask(parent, "The network is locked", text, "Open the settings", "Cancel"):
            show_page(parent)
        return False
    return dialogs().send(parent, Sending(host, what, tuple(first_texts), cost))


def show_page(widget: QWidget) -> None:
    """Open the settings of the window that the widget belongs to, at the network's page."""
    from saerch_desktop.ui.settings_part import SettingsPart
    from saerch_desktop.ui.window import MainWindow

    window: QWidget | None = widget
    while window is not None and not isinstance(window, MainWindow):
        window = window.parentWidget()
    if window is None:
        return
    next(part for part in window.parts if isinstance(part, SettingsPart)).show(PAGE)
