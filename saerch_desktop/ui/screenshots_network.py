"""Pictures of the settings about network and computer, and of the question before texts leave."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from saerch_desktop.embedding.devices import Device
from saerch_desktop.network_ledger import Entry
from saerch_desktop.sae.self_test import SelfTest
from saerch_desktop.ui.hardware_page import HardwarePage
from saerch_desktop.ui.keys_page import KeysPage
from saerch_desktop.ui.models_page import ModelsPage
from saerch_desktop.ui.network_page import NetworkPage
from saerch_desktop.ui.send_dialog import SendDialog, Sending
from saerch_desktop.ui.settings_part import SettingsPart
from saerch_desktop.ui.storage_page import StoragePage
from saerch_desktop.ui.window import MainWindow

_NOON = 1_790_000_000.0
_LEDGER = (
    Entry(_NOON, "127.0.0.1", "Naming features", 9_214, 1_480, "200"),
    Entry(_NOON - 3, "127.0.0.1", "Naming features", 9_106, 1_512, "200"),
    Entry(_NOON - 9, "127.0.0.1", "Naming features", 8_870, 312, "429"),
    Entry(_NOON - 90_000, "api.openai.com", "Embedding", 48_220, 812_446, "200"),
)
_TEXTS = (
    "Winds of young stars\n\nWe follow the gas that leaves the discs around forty young stars.",
    "A quiet black hole\n\nTen years of X-ray data show no flare from the centre of this galaxy.",
    "Dust and its colour\n\nThe colour of interstellar dust depends on the size of its grains.",
)


def computer_pages(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """Show the pages one after the other; shoot: writes a picture of a widget under a name."""
    part = next(part for part in window.parts if isinstance(part, SettingsPart))
    for kind in (HardwarePage, ModelsPage, NetworkPage, KeysPage, StoragePage):
        part.show(kind.title)
        shown = part.shown
        if shown is None:
            return
        page = shown.page(shown.list.currentRow())
        if isinstance(page, HardwarePage):
            _made_up(page)
        if isinstance(page, NetworkPage):
            page._show_ledger(_LEDGER)
        shoot(f"settings-{kind.title.split()[0].lower()}", shown)
    if part.shown is not None:
        part.shown.close()
    dialog = SendDialog(
        Sending(
            "api.openai.com", "Making the vectors of papers.csv", _TEXTS, "about $0.04, never more than $2"
        ),
        window,
    )
    dialog.show()
    shoot("send", dialog)
    dialog.close()
    dialog.deleteLater()


def _made_up(page: HardwarePage) -> None:
    """The same computer in every picture."""
    processor = Device("cpu", 0, "Processor with 8 cores", 16 << 30, True)
    card = Device("cuda", 0, "RTX 4060", 8 << 30, True)
    old = Device(
        "cuda",
        1,
        "GT 710",
        1 << 30,
        False,
        "too little memory",
        "Its memory of 1.0 GB is too small; 2 GB are needed.",
    )
    page._found((processor, card, old))
    for device, flops, pace in ((processor, 410.0, 9_300.0), (card, 9_800.0, 212_000.0)):
        page._tested(SelfTest(device, True, flops, pace, 2.1))
