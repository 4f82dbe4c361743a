"""A tour through the whole window, and a guard that notes every connection and every look-up of a name."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication
from ui.fakes import FakeDialogs

from saerch_desktop.progress import Progress
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.actions import TABLE
from saerch_desktop.ui.families_desk import BuildWish
from saerch_desktop.ui.families_part import FamiliesPart
from saerch_desktop.ui.settings_part import SettingsPart
from saerch_desktop.ui.window import MainWindow
from saerch_desktop.workflow.build import Wishes, train_sae

_LOOK_UPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo", "getfqdn")
_CONNECTING = ("connect", "connect_ex", "sendto", "sendmsg", "bind")
# These would leave, replace the library, or stop the tour: none of them is about the network.
_LEFT_ALONE = {"quit", "close", "sample", "network-lock", "unpack-library", "move-library"}
Rest = Callable[[], object]


@contextlib.contextmanager
def guarded() -> Iterator[list[str]]:
    """Note, and refuse, every attempt to reach another program by the network; loopback counts as well.

    Sockets of the computer itself (a path instead of an address) are its desktop's and no network.
    """
    noted: list[str] = []
    former: list[tuple[Any, str, Any]] = []

    def put(owner: Any, name: str, watch: Callable[..., Any]) -> None:
        former.append((owner, name, getattr(owner, name)))
        setattr(owner, name, watch)

    def refusing(name: str) -> Callable[..., Any]:
        def refuse(*arguments: Any, **_: Any) -> Any:
            noted.append(f"{name}{arguments!r}")
            raise OSError(f"the tour is offline: {name}")

        return refuse

    def watching(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def watch(self: socket.socket, *arguments: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                noted.append(f"{name}{arguments!r}")
                raise OSError(f"the tour is offline: {name}")
            return original(self, *arguments)

        return watch

    for name in _LOOK_UPS:
        put(socket, name, refusing(name))
    for name in _CONNECTING:
        put(socket.socket, name, watching(name, getattr(socket.socket, name)))
    put(socket, "create_connection", refusing("create_connection"))
    try:
        yield noted
    finally:
        for owner, name, original in reversed(former):
            setattr(owner, name, original)


def take(
    window: MainWindow,
    library: Path,
    dialogs: FakeDialogs,
    folder: Path,
    rest: Rest,
    without: frozenset[str] = frozenset(),
) -> list[str]:
    """Go through all that an analyst does; the names of the steps that were taken.

    library: changed by the tour; dialogs: answer nothing but files to export to; folder: where those go;
    rest: waits until the window has nothing left to do; without: actions that would take too long.
    """
    done: list[str] = []

    def step(name: str, work: Callable[[], object]) -> None:
        work()
        rest()
        done.append(name)

    controller, store, actions = window.controller, window.store, window.actions_table
    step("open", lambda: controller.library.open(library))
    assert store.library is not None
    step("search by words", lambda: controller.search.submit("number"))
    step("read a document", lambda: controller.inspect.document(3))
    step("search by meaning", lambda: controller.search.like_document(3))
    if store.library.semantic:
        step("search by a query", lambda: controller.search.submit("random numbers"))
    entry = controller.search.entries()[0]
    step("steer", lambda: controller.search.edit((Edit(entry.feature, -entry.natural),)))
    step("look at a feature", lambda: controller.inspect.feature(entry.feature))
    families = next(part for part in window.parts if isinstance(part, FamiliesPart))
    step("build families", lambda: families.desk.build(BuildWish()))
    assert store.book is not None
    step("map", actions["show-map"].trigger)
    step("train", lambda: train_sae(library, "again", Wishes(features=16, k=4, epochs=2), Progress()))
    settings = next(part for part in window.parts if isinstance(part, SettingsPart))
    settings.show()
    shown = settings.shown
    assert shown is not None
    for row in range(shown.list.count()):
        step(f"settings: {shown.list.item(row).text()}", partial(shown.list.setCurrentRow, row))
    for spec in TABLE:
        if spec.id in _LEFT_ALONE | without or not actions[spec.id].isEnabled():
            continue
        out = folder / f"{spec.id}.csv"
        dialogs.answers = [out] if "export" in spec.id else []
        step(spec.id, actions[spec.id].trigger)
        for other in QApplication.topLevelWidgets():
            if other is not window and other.isVisible():
                other.close()
    rest()
    return done
