"""What a service answered, checked before a single number of it is believed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class BadReplyError(Exception):
    """The reply as a whole cannot be used; the text says why, for the user."""


def checked_vectors(reply: Any, count: int, dim: int | None) -> tuple[NDArray[np.float32], dict[int, str]]:
    """Unit vectors (count, d) in the order of the texts, and why single rows are unusable (NaN there).

    reply: what the `openai` package made of the answer. BadReplyError for a wrong number of vectors, an
    order that cannot be known, or a dimension other than `dim` (None: any, but one for all).
    """
    items = getattr(reply, "data", None)
    if not isinstance(items, list):
        raise BadReplyError("its answer holds no list of vectors")
    if len(items) != count:
        raise BadReplyError(f"it answered {count} texts with {len(items)} vectors")
    said = [getattr(item, "index", None) for item in items]
    indices = [0] if count == 1 else [index for index in said if type(index) is int]
    if sorted(indices) != list(range(count)):
        raise BadReplyError("its answer does not say which vector belongs to which text")
    rows: list[NDArray[np.float32]] = [np.empty(0, dtype=np.float32)] * count
    for index, item in zip(indices, items, strict=True):
        rows[index] = _numbers(getattr(item, "embedding", None))
    lengths = {row.size for row in rows}
    if len(lengths) != 1 or 0 in lengths:
        raise BadReplyError("its vectors differ in length")
    size = lengths.pop()
    if dim is not None and size != dim:
        raise BadReplyError(f"its vectors have {size} numbers where {dim} are expected")
    vectors = np.stack(rows)
    bad: dict[int, str] = {}
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(vectors).all(axis=1))
    norms = np.linalg.norm(np.where(finite[:, None], vectors, 0).astype(np.float64), axis=1)
    for row in np.flatnonzero(~finite).tolist():
        bad[row] = "the service answered with a vector that is not all finite numbers"
    for row in np.flatnonzero(finite & (norms == 0)).tolist():
        bad[row] = "the service answered with a vector of zeros"
    norms[list(bad)] = np.nan
    return (vectors / norms[:, None]).astype(np.float32), bad


def used_tokens(reply: Any) -> int | None:
    """What the service says it counted, or None when it says nothing believable."""
    usage = getattr(reply, "usage", None)
    said = [getattr(usage, name, None) for name in ("total_tokens", "prompt_tokens")]
    counts = [value for value in said if type(value) is int and value > 0]
    return max(counts, default=None)


def _numbers(values: Any) -> NDArray[np.float32]:
    if not isinstance(values, list):
        raise BadReplyError("one of its vectors is missing")
    if not all(type(value) in (int, float) for value in values):
        # A JSON null stands for NaN with some servers: that row alone is unusable.
        values = [value if type(value) in (int, float) else np.nan for value in values]
    with np.errstate(over="ignore"):
        return np.asarray(values, dtype=np.float64).astype(np.float32)
