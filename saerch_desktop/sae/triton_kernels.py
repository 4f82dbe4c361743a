"""The sparse operations as Triton kernels, for CUDA. Without triton the module imports and its functions
raise ImportError; `accelerated` is the way to them.
"""
# mypy: disable-error-code="misc,no-untyped-def,no-untyped-call,untyped-decorator,unused-ignore"

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

try:
    import triton
    import triton.language as tl
except ImportError:
    triton = tl = None

_WIDEST: Final = 1024  # numbers of a row that one program holds at a time
_compiled = (lambda kernel: kernel) if triton is None else triton.jit


@_compiled
def _sum_rows(table, at, weights, starts, out, codes, bags, dim, adds: tl.constexpr, width: tl.constexpr):
    bag = tl.program_id(0).to(tl.int64)
    columns = tl.program_id(1) * width + tl.arange(0, width)
    inside = columns < dim
    begin = tl.load(starts + bag)
    end = tl.load(starts + bag + 1, mask=bag + 1 < bags, other=codes)
    place = out + bag * dim + columns
    total = tl.zeros([width], dtype=out.dtype.element_ty)
    if adds:
        total += tl.load(place, mask=inside, other=0.0)
    for code in range(begin, end):
        row = tl.load(at + code).to(tl.int64)
        total += tl.load(weights + code) * tl.load(table + row * dim + columns, mask=inside, other=0.0)
    tl.store(place, total, mask=inside)


@_compiled
def _dot_rows(left, right, rows, columns, out, dim, width: tl.constexpr):
    code = tl.program_id(0).to(tl.int64)
    one = left + tl.load(rows + code).to(tl.int64) * dim
    two = right + tl.load(columns + code).to(tl.int64) * dim
    total = tl.zeros([width], dtype=out.dtype.element_ty)
    for start in range(0, dim, width):
        place = start + tl.arange(0, width)
        inside = place < dim
        total += tl.load(one + place, mask=inside, other=0.0) * tl.load(two + place, mask=inside, other=0.0)
    tl.store(out + code, tl.sum(total, axis=0))


def sum_rows(
    table: Tensor, at: Tensor, weights: Tensor, starts: Tensor, out: Tensor, *, adds: bool
) -> Tensor:
    """out[i] = (out[i] +) Σ weights · table[at] over the codes from starts[i] to the next: table (·, d),
    at and weights (m,), starts (bags,), out (bags, d), all contiguous. Every sum is in the codes' order.
    """
    _check()
    bags, dim = out.shape
    width = min(_WIDEST, triton.next_power_of_2(dim))
    if bags:
        grid = (bags, triton.cdiv(dim, width))
        _sum_rows[grid](table, at, weights, starts, out, len(at), bags, dim, adds, width)
    return out


def dot_rows(left: Tensor, right: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """left[rows] · right[columns] of every pair: left (·, d), right (·, d), contiguous → (m,)."""
    _check()
    out = torch.empty(len(rows), dtype=left.dtype, device=left.device)
    if len(rows):
        width = min(_WIDEST, triton.next_power_of_2(left.shape[1]))
        _dot_rows[(len(rows),)](left, right, rows, columns, out, left.shape[1], width)
    return out


def _check() -> None:
    if triton is None:
        raise ImportError("triton is not installed")
