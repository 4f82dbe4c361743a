"""Triton where it is there and works, never needed: every caller has plain torch to fall back on."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

_log = logging.getLogger(__name__)
_failed = False


def sum_rows(
    table: Tensor, at: Tensor, weights: Tensor, starts: Tensor, out: Tensor | None, *, adds: bool
) -> Tensor | None:
    """`triton_kernels.sum_rows`, into new memory where `out` is None; None where Triton cannot be had."""
    if not _possible(table):
        return None
    return _attempt("sum_rows", lambda kernel: _summed(kernel, table, at, weights, starts, out, adds))


def dot_rows(left: Tensor, right: Tensor, rows: Tensor, columns: Tensor) -> Tensor | None:
    """`triton_kernels.dot_rows`; None where Triton cannot be had."""
    if not _possible(left):
        return None
    return _attempt("dot_rows", lambda kernel: kernel(left.contiguous(), right.contiguous(), rows, columns))


def _summed(
    kernel: Any,
    table: Tensor,
    at: Tensor,
    weights: Tensor,
    starts: Tensor,
    out: Tensor | None,
    adds: bool,
) -> Tensor:
    if out is None:
        out = table.new_empty(len(starts), table.shape[1])
    found: Tensor = kernel(table.contiguous(), at, weights, starts, out, adds=adds)
    return found


def _possible(tensor: Tensor) -> bool:
    """On a graphics card, or anywhere when Triton is told to interpret, as its own tests do."""
    return not _failed and (tensor.is_cuda or os.environ.get("TRITON_INTERPRET") == "1")


def _attempt(name: str, work: Callable[[Any], Tensor]) -> Tensor | None:
    global _failed
    try:
        from saerch_desktop.sae import triton_kernels

        return work(getattr(triton_kernels, name))
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a compiler, a driver or a version: there are too many ways
        _failed = True
        _log.warning("Triton is of no use here, plain torch goes on: %s", str(error) or repr(error))
        return None
