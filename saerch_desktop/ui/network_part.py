"""The network and this computer's devices in the window: the lock is made binding, and its sign kept true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from saerch_desktop import network
from saerch_desktop.embedding.torch_setup import use_threads
from saerch_desktop.settings_fields import Settings
from saerch_desktop.ui.network_ask import show_page
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.settings_live import live

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class NetworkPart(Part):
    """Applies what concerns the network and the processor, whoever changed it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        network.bind_lock(lambda: live.now)
        live.changed.connect(self._changed)
        self.sign = window.status.network
        self.sign.clicked.connect(lambda: show_page(window))
        self.sign.show_state(network.state())

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"network": lambda: show_page(self.window), "network-lock": self.lock}

    def lock(self) -> None:
        """Switch the offline lock on, at once: requests under way are the last ones."""
        live.change(offline_lock=True)

    def conditions(self) -> Mapping[str, bool]:
        return {"unlocked": network.state() == "open"}

    def _changed(self, before: Settings, now: Settings) -> None:
        self.sign.show_state(network.state())
        if before.offline_lock != now.offline_lock:
            self.window.refresh_actions()
        if before.torch_threads != now.torch_threads:
            use_threads(now.torch_threads)
