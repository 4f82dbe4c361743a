"""The steering study as a picture: four figures against the cosine, a line for each method."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop.files import write_bytes

if TYPE_CHECKING:
    from saerch_desktop.study.steering import Curve, SteeringStudy

NAMES: Final = {
    "ours": "Drawn near the query (ours)",
    "paper": "Edited code decoded (paper)",
    "vector_add": "Concept’s words added as a vector",
    "text_append": "Concept written behind the query",
    "mean_difference": "Difference of means",
    "mean_difference_feature": "Difference of means, feature’s documents",
    "feature_direction": "Feature’s direction added",
}
TITLES: Final = {
    "gain_up": "Gained of what was raised",
    "gain_down": "Lost of what was lowered",
    "relevance": "Relevance kept",
    "drift": "Drift of other concepts",
}
_STYLES: Final = (
    ("#b3261e", "circle", ""),
    ("#5b6775", "square", "6 3"),
    ("#1f6fb2", "diamond", "2 3"),
    ("#8a5a00", "triangle", "8 3 2 3"),
    ("#2e7d32", "cross", ""),
)
_INK, _QUIET, _GRID = "#1d2733", "#5b6775", "#d5dbe2"
_WIDE, _HIGH, _GAP, _LEFT, _TOP = 300, 180, 76, 64, 92


def write_figure(path: Path, study: SteeringStudy) -> None:
    """An SVG of the study. UserError when it cannot be written."""
    write_bytes(path, svg(study).encode())


def svg(study: SteeringStudy) -> str:
    """The drawing as text. Every line has a colour, a dash and a mark of its own."""
    methods = list(study.methods.items())
    wide = _LEFT + 2 * _WIDE + _GAP + 24
    legend = _TOP + 2 * (_HIGH + _GAP)
    title = f"Steering “{study.sae}”: {study.n:,} draws of a query, a concept to raise and one to lower"
    what = (
        f"{study.searched:,} documents searched; judged by words of {study.others:,} others; share of the ten"
        " first, with 95 % intervals"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{legend + 22 * len(methods) + 8}" '
        f'font-family="sans-serif" font-size="12" fill="{_INK}">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="16" y="26" font-size="15" font-weight="bold">{escape(title)}</text>',
        f'<text x="16" y="48" fill="{_QUIET}">{escape(what)}</text>',
    ]
    for place, (figure, name) in enumerate(TITLES.items()):
        left = _LEFT + place % 2 * (_WIDE + _GAP)
        top = _TOP + place // 2 * (_HIGH + _GAP)
        lines = {method: curves[figure] for method, curves in methods}
        parts += _panel(left, top, name, study.cosines, lines)
    for number, (method, _) in enumerate(methods):
        y = legend + 22 * number
        parts += [
            f'<path d="M{_LEFT} {y}h36" {_stroke(number)}/>',
            _mark(_LEFT + 18, y, number),
            f'<text x="{_LEFT + 48}" y="{y + 4}">{escape(NAMES.get(method, method))}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def _panel(
    left: float, top: float, title: str, cosines: tuple[float, ...], lines: Mapping[str, Curve]
) -> list[str]:
    ends = [*(v for c in lines.values() for v in (*c.low, *c.high)), 0.0]
    low, high = min(ends), max(max(ends), low_step := 0.1)
    low = -low_step * -int(low / low_step - 0.999) if low < 0 else 0.0
    high = low_step * int(high / low_step + 0.999)

    def y(value: float) -> float:
        return top + _HIGH * (high - value) / (high - low)

    def x(place: int) -> float:
        return left + _WIDE * (place + 0.5) / len(cosines)

    parts = [f'<text x="{left}" y="{top - 10}" font-weight="bold">{escape(title)}</text>']
    ticks = round((high - low) / low_step)
    for tick in range(0, ticks + 1, 1 if ticks <= 6 else 2):
        value = low + tick * low_step
        parts.append(f'<path d="M{left} {y(value):.1f}h{_WIDE}" stroke="{_GRID}"/>')
        parts.append(
            f'<text x="{left - 8}" y="{y(value) + 4:.1f}" text-anchor="end" fill="{_QUIET}">'
            f"{value:.1f}</text>"
        )
    for place, cosine in enumerate(cosines):
        parts.append(
            f'<text x="{x(place):.1f}" y="{top + _HIGH + 18}" text-anchor="middle" fill="{_QUIET}">'
            f"{cosine:g}</text>"
        )
    parts.append(
        f'<text x="{left + _WIDE / 2}" y="{top + _HIGH + 36}" text-anchor="middle" fill="{_QUIET}">'
        "cosine to the query</text>"
    )
    for number, curve in enumerate(lines.values()):
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(curve.values))
        parts.append(f'<polyline points="{points}" fill="none" {_stroke(number)}/>')
        for i, value in enumerate(curve.values):
            parts.append(
                f'<path d="M{x(i):.1f} {y(curve.low[i]):.1f}V{y(curve.high[i]):.1f}" {_stroke(number, "")}/>'
            )
            parts.append(_mark(x(i), y(value), number))
    return parts


def _stroke(number: int, dash: str | None = None) -> str:
    colour, _, own = _STYLES[number % len(_STYLES)]
    dashes = own if dash is None else dash
    return f'stroke="{colour}" stroke-width="1.5"' + (f' stroke-dasharray="{dashes}"' if dashes else "")


def _mark(x: float, y: float, number: int) -> str:
    colour, kind, _ = _STYLES[number % len(_STYLES)]
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    shape = {
        "square": "m-3.5,-3.5h7v7h-7z",
        "diamond": "m0,-5l5,5l-5,5l-5,-5z",
        "triangle": "m0,-5l5,9h-10z",
        "cross": "m-4,-4l8,8m0,-8l-8,8",
    }[kind]
    return f'<path d="M{x:.1f} {y:.1f}{shape}" fill="{colour}" stroke="{colour}" stroke-width="1.5"/>'
