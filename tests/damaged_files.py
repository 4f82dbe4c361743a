"""Strategies that damage a sound file: as a disk, a careless program, or an enemy would."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

_EXTREMES = (
    b"\x00" * 8,
    b"\xff" * 8,
    b"\x7f" + b"\xff" * 7,
    b"\xff\xff\xff\x7f",
    b"\x00\x00\x00\x80",
    b"\xc3\x28",
    b"\r",
    b"\xef\xbb\xbf",
)
_NUMBERS = (
    b"-1",
    b"0",
    b"1e400",
    b"NaN",
    b"99999999999999999999999",
    b"0.0000001",
    b"4294967296",
    b"-9223372036854775809",
)
_WORDS = (
    b"../../outside",
    b"/etc/passwd",
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"\\u0000",
    b"=cmd|' /C calc'!A0",
    b"<script>",
    b"",
)
_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1 << 70,
    -(1 << 70),
    float("nan"),
    float("inf"),
    1e308,
    "",
    "../../outside",
    "a" * 5000,
    "\x00",
    "\ud800",
    "‮reversed",
    [],
    {},
    [[]],
    {"": None},
    [1] * 5000,
)


def _flip(data: bytearray, at: int, pick: int) -> None:
    data[at] ^= 1 << pick % 8


def _overwrite(data: bytearray, at: int, pick: int) -> None:
    extreme = _EXTREMES[pick % len(_EXTREMES)]
    data[at : at + len(extreme)] = extreme


def _insert(data: bytearray, at: int, pick: int) -> None:
    data[at:at] = (*_EXTREMES, *_WORDS)[pick % (len(_EXTREMES) + len(_WORDS))]


def _cut(data: bytearray, at: int, pick: int) -> None:
    del data[at:]


def _drop(data: bytearray, at: int, pick: int) -> None:
    del data[at : at + 1 + pick % 200]


def _repeat(data: bytearray, at: int, pick: int) -> None:
    data[at:at] = bytes(data[at : at + 1 + pick % 300]) * (1 + pick % 5)


def _number(data: bytearray, at: int, pick: int) -> None:
    found = re.compile(rb"-?\d+(\.\d+)?").search(data, at)
    if found is not None:
        data[found.start() : found.end()] = _NUMBERS[pick % len(_NUMBERS)]


def _word(data: bytearray, at: int, pick: int) -> None:
    found = re.compile(rb"[A-Za-z_]{2,}").search(data, at)
    if found is not None:
        data[found.start() : found.end()] = _WORDS[pick % len(_WORDS)]


_ACTS: tuple[Callable[[bytearray, int, int], None], ...] = (
    _flip,
    _overwrite,
    _insert,
    _cut,
    _drop,
    _repeat,
    _number,
    _word,
)


@st.composite
def damage(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """A function that damages bytes in one to four places; JSON is sometimes damaged by its structure."""
    steps = draw(
        st.lists(
            st.tuples(st.sampled_from(_ACTS), st.floats(0, 1, exclude_max=True), st.integers(0, 1 << 16)),
            min_size=1,
            max_size=4,
        )
    )
    structural = draw(st.booleans())

    def act(data: bytes) -> bytes:
        if structural and (changed := _as_json(data, steps)) is not None:
            return changed
        damaged = bytearray(data)
        for what, where, pick in steps:
            if damaged:
                what(damaged, int(where * len(damaged)), pick)
        return bytes(damaged)

    return act


def _as_json(data: bytes, steps: list[tuple[Any, float, int]]) -> bytes | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    for _, where, pick in steps:
        value = _odd_at(value, where, pick)
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _odd_at(value: Any, where: float, pick: int) -> Any:
    """`value` with one thing inside it, `where` of the way through, made odd, taken out or nested deeply."""
    if not isinstance(value, dict | list) or not value or pick % 7 == 0:
        return _deep(pick) if pick % 11 == 0 else _ODD[pick % len(_ODD)]
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    scaled = where * len(keys)
    key = keys[int(scaled)]
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if pick % 5 == 0:
        del copy[key]
    else:
        copy[key] = _odd_at(value[key], scaled - int(scaled), pick // 3)
    return copy


def _deep(pick: int) -> Any:
    value: Any = pick
    for _ in range(400):
        value = [value]
    return value
