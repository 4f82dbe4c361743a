"""A tour through everything the window does, and not one connection, not one look-up of a name."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from offline_tour import guarded, take
from PySide6.QtWidgets import QApplication
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop import network_ledger

SLOW = frozenset(
    {"map-umap", "licences", "theme-light", "theme-contrast", "text-smaller", "text-larger", "text-usual"}
)


def test_the_guard_sees_what_it_is_for() -> None:
    stream, datagram = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
    with guarded() as noted, stream, datagram:
        for reach in (
            lambda: socket.create_connection(("127.0.0.1", 9)),
            lambda: socket.getaddrinfo("localhost", 80),
            lambda: stream.connect(("127.0.0.1", 9)),
            lambda: datagram.sendto(b"x", ("127.0.0.1", 9)),
        ):
            with pytest.raises(OSError, match="offline"):
                reach()
    assert len(noted) == 4


def test_the_tour_opens_no_connection(
    open_window: OpenWindow, library: Path, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    window = open_window()
    with guarded() as noted:
        done = take(window, library, fake_dialogs, out, QApplication.processEvents, SLOW)
    assert noted == []
    assert network_ledger.entries() == ()
    assert "PySide6.QtNetwork" not in sys.modules
    assert len(done) > 60, done
    assert {"train", "build families", "map", "settings: Network", "settings: Hardware"} <= set(done)
