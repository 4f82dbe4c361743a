"""The flags a start understands, in one list: which open the window, and which change a whole run."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag. With a `value` it takes one, of `choices` where there are some."""

    name: str
    help: str
    value: str = ""
    choices: tuple[str, ...] = ()
    path: bool = False


# They open the window.
WINDOW: tuple[Flag, ...] = (
    Flag("--library", "open this library", "DIR", path=True),
    Flag("--sample", "open the built-in sample, building it when needed"),
    Flag("--open", "open the view that this copied link describes", "LINK"),
    Flag("--theme", "colours of this run", "NAME", ("light", "dark", "contrast", "system")),
    Flag("--watchdog", "measure how long the window was ever blocked"),
    Flag("--offscreen", "draw without a display"),
)
# They change a run, of the window or of a command: before the command's name.
RUN: tuple[Flag, ...] = (
    Flag("--offline", "keep the network locked during this run, whatever the settings say"),
    Flag("--safe-mode", "leave the saved settings, view and layout alone: neither read nor written"),
)
# They say or do something of their own and end.
ALONE: tuple[Flag, ...] = (
    Flag("--info", "versions, folders and devices, as text to paste into a report"),
    Flag("--reset", "set settings, view and layout aside in a backup and begin afresh; libraries stay"),
)
WINDOW_FLAGS: tuple[str, ...] = tuple(flag.name for flag in WINDOW)
_RUN_FLAGS = frozenset(flag.name for flag in RUN)
_ALONE_FLAGS = frozenset(flag.name for flag in ALONE)


@dataclass(frozen=True, slots=True)
class Launch:
    """What a line of arguments asks for. `rest` is what follows the flags of the run."""

    rest: tuple[str, ...]
    offline: bool = False
    safe_mode: bool = False
    info: bool = False
    reset: bool = False

    @property
    def window(self) -> bool:
        """Whether the window is to open: nothing else is asked for, or a flag of its own."""
        if self.info or self.reset:
            return False
        return not self.rest or self.rest[0].partition("=")[0] in WINDOW_FLAGS

    def begin(self) -> None:
        """Make the run what its flags say. Call once, before anything reads settings or may connect."""
        if self.safe_mode:
            from saerch_desktop import settings

            settings.use_defaults_for_this_run()
        if self.offline:
            from saerch_desktop import network

            network.lock_for_this_run()


def read(arguments: Sequence[str]) -> Launch:
    """Sort the arguments. Flags of the run may stand before everything else, or among the window's."""
    given = list(arguments)
    found: set[str] = set()
    rest: list[str] = []
    while given:
        if given[0] in _RUN_FLAGS | _ALONE_FLAGS:
            found.add(given.pop(0))
            continue
        name, sign, _ = given[0].partition("=")
        flag = next((flag for flag in WINDOW if flag.name == name), None)
        if flag is None:
            break  # a command: what follows is its own
        rest.append(given.pop(0))
        if flag.value and not sign and given:
            rest.append(given.pop(0))
    return Launch(
        (*rest, *given),
        offline="--offline" in found,
        safe_mode="--safe-mode" in found,
        info="--info" in found,
        reset="--reset" in found,
    )


def window_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The window's flags as attributes: library, sample, open, theme, watchdog, offscreen, safe_mode.

    Ends the program with status 2 and a line on standard error when they cannot be understood.
    """
    parser = argparse.ArgumentParser("saerch-desktop", description="Open the window.", allow_abbrev=False)
    for flag in WINDOW:
        if flag.value:
            kind = Path if flag.path else str
            parser.add_argument(
                flag.name, help=flag.help, metavar=flag.value, type=kind, choices=flag.choices or None
            )
        else:
            parser.add_argument(flag.name, help=flag.help, action="store_true")
    for flag in (*RUN, *ALONE):
        parser.add_argument(flag.name, help=flag.help, action="store_true")
    options = parser.parse_args(arguments)
    from saerch_desktop import settings

    options.safe_mode = options.safe_mode or settings.of_this_run_only()
    options.watchdog = options.watchdog or os.environ.get("SAERCH_WATCHDOG", "") not in ("", "0")
    return options
