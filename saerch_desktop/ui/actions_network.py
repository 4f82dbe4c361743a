"""Actions about the network."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

NETWORK_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "network",
        "Network and its ledger…",
        "Tools",
        "The offline lock, the list of allowed hosts, and every request that was made",
        icon="offline",
        section=True,
    ),
    Spec(
        "network-lock",
        "Lock the network now",
        "Tools",
        "From now on no job in this window may open a connection",
        ("Ctrl+Alt+L",),
        ("unlocked",),
        icon="lock",
    ),
)
