"""Small drawings inside a page: bars that say up and down, and the course of a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from saerch_desktop.workflow.html_page import Markup, tag

_BAR: Final = (120, 12)
_CURVE: Final = (560, 180)
_EDGE: Final = (52, 12, 12, 28)  # left, top, right, bottom


def bar(value: float, largest: float, said: str) -> Markup:
    """A bar from the middle: to the right for more, to the left for less. said: the same in words."""
    width, height = _BAR
    share = min(1.0, abs(value) / largest) if largest > 0 else 0.0
    length = share * (width / 2 - 1)
    start = width / 2 if value >= 0 else width / 2 - length
    return tag(
        "svg",
        tag("title", said),
        tag("line", x1=width / 2, x2=width / 2, y1=0, y2=height, class_="axis"),
        tag(
            "rect",
            x=f"{start:.1f}",
            y=2,
            width=f"{max(length, 0.5):.1f}",
            height=height - 4,
            class_="up" if value > 0 else "down" if value < 0 else "even",
        ),
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        role="img",
    )


def course(values: Sequence[float], name: str) -> Markup:
    """A curve over the passes of a training, from 0; at least one value."""
    width, height = _CURVE
    left, top, right, bottom = _EDGE
    most = max([*values, 1e-9]) * 1.05
    across, up = width - left - right, height - top - bottom

    def x(number: int) -> float:
        return left + across * (number / max(1, len(values) - 1))

    def y(value: float) -> float:
        return top + up * (1 - max(0.0, value) / most)

    line = " ".join(f"{x(number):.1f},{y(value):.1f}" for number, value in enumerate(values))
    ticks = [
        tag("line", x1=left, x2=width - right, y1=f"{y(at):.1f}", y2=f"{y(at):.1f}", class_="axis")
        + tag("text", f"{at:.2f}", x=left - 8, y=f"{y(at) + 4:.1f}", text_anchor="end")
        for at in (0.0, most / 2, most)
    ]
    return tag(
        "svg",
        tag("title", f"{name}: from {values[0]:.3f} in the first pass to {values[-1]:.3f} in the last"),
        *(Markup(tick) for tick in ticks),
        tag("polyline", points=line, class_="curve"),
        tag("text", "pass 1", x=left, y=height - 8),
        tag("text", f"pass {len(values):,}", x=width - right, y=height - 8, text_anchor="end"),
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        role="img",
    )
