"""Numbers as people read them: true minus signs, signs of change, shares and counts with their separators."""

from __future__ import annotations

import html
import re

UP, DOWN, SAME = "▲", "▼", "="
_TAG = re.compile(r"<\s*[!/?a-zA-Z]")


def activation(value: float) -> str:
    """An activation with as many decimals as help to tell two of them apart."""
    digits = 2 if abs(value) >= 0.0195 or value == 0 else 3
    text = f"{value:.{digits}f}".replace("-", "−")
    return text.removeprefix("−") if float(text.replace("−", "-")) == 0 else text


def signed(value: float, digits: int = 2) -> str:
    """A change with its sign always shown; nothing at all reads as ±0."""
    text = f"{value:+.{digits}f}"
    if float(text) == 0:
        return "±0"
    return text.replace("-", "−")


def arrow(change: float) -> str:
    """▲ for more, ▼ for less, nothing for no change."""
    if change == 0:
        return ""
    return UP if change > 0 else DOWN


def share(value: float) -> str:
    """A share between 0 and 1 in percent, to two figures that mean something."""
    percent = value * 100
    if percent == 0:
        return "0 %"
    if percent < 0.01:
        return "< 0.01 %"
    return f"{percent:.2f} %" if percent < 10 else f"{percent:.1f} %"


def count(value: int) -> str:
    return f"{value:,}"


def documents(value: int) -> str:
    return "1 document" if value == 1 else f"{value:,} documents"


def duration(seconds: float) -> str:
    """About how long, never more exact than such an estimate is."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {round(seconds / 5) * 5} s"
    if seconds < 5400:
        return f"about {max(1, round(seconds / 60))} min"
    return f"about {seconds / 3600:.1f} h"


def size(count: int) -> str:
    """Bytes, in the unit that needs the fewest figures."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}" if count < 10 * factor else f"{count / factor:,.0f} {unit}"
    return f"{max(1, round(count / 1e3))} kB"


def rank_change(before: int, now: int) -> str:
    """How far a result moved against the unsteered list; positive is towards the top."""
    moved = before - now
    if moved == 0:
        return SAME
    size = abs(moved)
    text = f"{size:,}" if size < 10_000 else f"{size // 1000:,}k"
    return f"{arrow(moved)} {text}"


def tip(text: str) -> str:
    """A text of the user's for a tooltip, where tags in it would be taken for formatting."""
    return f'<p style="white-space: pre-wrap">{html.escape(text)}</p>' if _TAG.search(text) else text
