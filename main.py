"""Double-click entry: without a subcommand the window opens, else the command line answers."""

from __future__ import annotations

import multiprocessing
import sys


def main(arguments: list[str]) -> int:
    """Returns the exit status."""
    from saerch_desktop import launch_flags

    launch = launch_flags.read(arguments)
    if launch.window:
        launch.begin()
        from saerch_desktop.app import main as window

        return window(launch.rest)
    from saerch_desktop.cli import main as command_line

    return command_line(arguments)


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main(sys.argv[1:]))
