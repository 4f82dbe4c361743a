"""The colours of a map's points in the look in force, as tables that whole pictures are looked up in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from saerch_desktop.features.maps.colouring import STEPS, Colouring
from saerch_desktop.features.maps.raster import TONES
from saerch_desktop.ui import theme

_FAINT: Final = 0.34  # opacity of points that are not asked for
_THIN: Final = 0.55  # of a single point among many
_CLEAR: Final = 0.85  # of one that is to be found
_PALEST: Final = 0.3  # on the ramp: its palest stop would vanish on the ground


def colours_of(colouring: Colouring) -> list[QColor]:
    """The colour of each code, the first for points without a value."""
    t = theme.tokens()
    nothing = QColor(t.neutral)
    if colouring.scale == "none":
        return [nothing, theme.ramp(0.85)]
    if colouring.scale == "amount":
        shares = np.linspace(_PALEST, 1, STEPS)
        return [nothing, *(theme.ramp(float(share)) for share in shares)]
    named = len(colouring.names) - colouring.rest
    own = [QColor(t.categories[place % len(t.categories)]) for place in range(named)]
    return [nothing, *own, *([QColor(t.neutral)] if colouring.rest else [])]


def table(
    colouring: Colouring, faint: Sequence[int], kind: Literal["all", "asked", "chosen"] = "all"
) -> NDArray[np.uint32]:
    """(codes, 256) uint32, premultiplied 0xAARRGGBB: each code's colour at each tone.

    faint: codes that stay in the background, beside points without a value. kind: of all points; of those
    that are asked for, which one sees however few they are; or of those that were selected, which one sees
    whether they have a value or not.
    """
    rising = np.linspace(0, 1, TONES)
    thin = _THIN if kind == "all" else _CLEAR
    amount = thin + (1 - thin) * rising
    lines = []
    colours = colours_of(colouring)
    background = set(faint)
    if colouring.scale != "none" and kind != "chosen":
        background.add(0)
    for code, colour in enumerate(colours):
        strength = _FAINT if code in background else 1.0
        if colouring.scale == "none":
            shade = np.array([_rgb(theme.ramp(_PALEST + (1 - _PALEST) * share)) for share in rising])
            lines.append(packed(shade, np.full(TONES, strength)))
        else:
            lines.append(packed(np.array([_rgb(colour)]), amount * strength))
    found = np.stack(lines)
    found[:, 0] = 0
    return found


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def packed(rgb: NDArray[np.integer], alpha: NDArray[np.floating]) -> NDArray[np.uint32]:
    """(n, 3) 0 to 255 and (n,) 0 to 1 as premultiplied 0xAARRGGBB."""
    parts = np.round(rgb * alpha[:, None]).astype(np.uint32)
    opaque = np.round(alpha * 255).astype(np.uint32)
    return np.asarray((opaque << 24) | (parts[:, 0] << 16) | (parts[:, 1] << 8) | parts[:, 2], np.uint32)


def ink(name: str) -> int:
    """A token's colour as an opaque pixel."""
    colour = QColor(name)
    return 0xFF000000 | (colour.red() << 16) | (colour.green() << 8) | colour.blue()
