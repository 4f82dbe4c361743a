"""What a new window begins with: as left, with what was asked for on the command line, or with a question."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from saerch_desktop.ui.crash_part import CrashPart
from saerch_desktop.ui.jobs_part import JobsPart
from saerch_desktop.ui.link_part import LinkPart

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.sitting import Crash

P = TypeVar("P")


def begin(window: MainWindow, options: argparse.Namespace, crashes: Sequence[Crash]) -> None:
    """Open what `options` (as of `launch_flags.window_options`) and the last run say.

    In safe mode only what is asked for, and nothing of how the window looked.
    """

    def afresh() -> None:
        if options.open is not None:
            _part(window, LinkPart).open_text(options.open)
        elif options.library is not None:
            window.controller.library.open(options.library)
        elif options.sample:
            window.controller.library.sample()

    def again() -> None:
        if options.open is not None:
            window.view.restore_layout()
            afresh()
        else:
            window.view.restore(library=options.library, sample=options.sample)

    _part(window, JobsPart).begin(go_on=not options.safe_mode)
    if options.safe_mode:
        window.view.leave_alone()
        afresh()
    else:
        _part(window, CrashPart).begin(crashes, again, afresh)


def _part(window: MainWindow, kind: type[P]) -> P:
    return next(part for part in window.parts if isinstance(part, kind))
