"""Double-click entry: without a subcommand the window opens, else the command line answers."""

from __future__ import annotations

import multiprocessing
import sys

_WINDOW_FLAGS = ("--library", "--sample", "--theme", "--watchdog", "--offscreen")


def main(arguments: list[str]) -> int:
    """Returns the exit status."""
    if not arguments or arguments[0].split("=")[0] in _WINDOW_FLAGS:
        from saerch_desktop.app import main as window

        return window(arguments)
    from saerch_desktop.cli import main as command_line

    return command_line(arguments)


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main(sys.argv[1:]))
