"""Pictures of the mixer: its switches, a limit that holds, and what carries the same, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.mixer_part import MixerPart

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_WIDTHS = (240, 560)


def mixed(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """One feature lowered under a limit, one muted, one raised and locked; all is put back after that."""
    search, mixer = window.controller.search, window.search_pane.mixer
    active = [entry for entry in search.entries() if entry.natural > 0]
    if len(active) < 3:
        return
    before = search.mix
    down, muted, up = active[0], active[1], active[2]
    search.change(
        replace(
            before,
            edits=(Edit(down.feature, -down.natural), Edit(up.feature, 1.2 * up.scale)),
            muted=frozenset({muted.feature}),
            locked=frozenset({up.feature}),
            budget=0.9,
        )
    )
    part = next(part for part in window.parts if isinstance(part, MixerPart))
    part.desk.find_carriers(down.feature)
    mixer.rows.offer.evidence.setChecked(True)
    shoot("mixer", mixer)
    sizes, least = window.search_pane.splitter.sizes(), sum(window.search_pane.splitter.sizes())
    for width in _WIDTHS:
        window.search_pane.splitter.setSizes([least - width, width])
        shoot(f"mixer-{width}", mixer)
    window.search_pane.splitter.setSizes(sizes)
    search.change(before)
