"""The retrieval study as a picture: how much of the raw search's nDCG@10 each search keeps."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop.files import write_bytes

if TYPE_CHECKING:
    from saerch_desktop.study.retrieval import Quality, Retrieval

SEARCHES: Final = (
    ("raw", "Vectors"),
    ("zero_edit", "Sliders put back"),
    ("reconstruction", "Query rebuilt"),
    ("both_rebuilt", "Query and documents rebuilt"),
    ("codes", "Codes alone"),
    ("plain_codes", "Codes alone, plain cosine"),
)
TARGETS: Final = {"reconstruction": 0.95, "codes": 0.93}
_LEFT, _WIDE, _ROW, _TOP = 220, 420, 30, 64
_LOW: Final = 0.8  # the axis begins here, or lower where a search keeps less
_INK, _QUIET, _GRID, _MARK = "#1d2733", "#5b6775", "#d5dbe2", "#1f6fb2"


def write_figure(path: Path, study: Retrieval) -> None:
    """An SVG with a point and its interval for each search. UserError when it cannot be written."""
    write_bytes(path, svg(study).encode())


def svg(study: Retrieval) -> str:
    """The drawing as text."""
    rows: list[tuple[str, Quality, float | None]]
    rows = [(label, getattr(study, name), TARGETS.get(name)) for name, label in SEARCHES]
    lowest = min(one.kept_low for _, one, _ in rows)
    start = min(_LOW, max(0.0, int(lowest * 10) / 10))
    end = max(1.05, max(one.kept_high for _, one, _ in rows))
    high = _TOP + _ROW * len(rows) + 48
    title = f"{study.name} ({study.split}): {study.questions:,} questions, {study.documents:,} documents"
    what = f"“{study.sae}”, {study.features:,} features, k {study.k}; raw nDCG@10 {study.raw.ndcg:.4f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDE + 90}" height="{high}" '
        f'font-family="sans-serif" font-size="13" fill="{_INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_LEFT + _WIDE + 90}" height="{high}" fill="#ffffff"/>',
        f'<text x="16" y="24" font-size="15" font-weight="bold">{escape(title)}</text>',
        f'<text x="16" y="44" fill="{_QUIET}">{escape(what)}</text>',
    ]

    def x(share: float) -> float:
        return _LEFT + _WIDE * (share - start) / (end - start)

    bottom = _TOP + _ROW * len(rows)
    for tenth in range(round(start * 20), int(end * 20) + 1):
        at = x(tenth / 20)
        parts.append(f'<path d="M{at:.1f} {_TOP}V{bottom}" stroke="{_GRID}"/>')
        parts.append(
            f'<text x="{at:.1f}" y="{bottom + 18}" text-anchor="middle" fill="{_QUIET}">{tenth * 5} %</text>'
        )
    parts.append(
        f'<text x="{_LEFT + _WIDE / 2}" y="{bottom + 38}" text-anchor="middle" fill="{_QUIET}">'
        "nDCG@10, share of the raw search’s, with 95 % interval; bar: what is aimed at</text>"
    )
    for number, (label, one, target) in enumerate(rows):
        parts += _row(_TOP + _ROW * (number + 0.5), label, one, target, x)
    return "\n".join([*parts, "</svg>", ""])


def _row(y: float, label: str, one: Quality, target: float | None, x: Callable[[float], float]) -> list[str]:
    at = x(one.kept)
    parts = [
        f'<text x="{_LEFT - 12}" y="{y + 4:.1f}" text-anchor="end">{escape(label)}</text>',
        f'<path d="M{x(one.kept_low):.1f} {y:.1f}H{x(one.kept_high):.1f}" stroke="{_MARK}" '
        'stroke-width="2"/>',
        f'<circle cx="{at:.1f}" cy="{y:.1f}" r="4.5" fill="{_MARK}"/>',
        f'<text x="{_LEFT + _WIDE + 16}" y="{y + 4:.1f}">{one.kept:.1%}</text>',
    ]
    if target is not None:
        parts.append(
            f'<path d="M{x(target):.1f} {y - 10:.1f}V{y + 10:.1f}" stroke="{_INK}" stroke-width="2"/>'
        )
    return parts
