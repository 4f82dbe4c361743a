"""Blocks of vectors to sparse codes, fast: torch's product, then the selection where the product lies."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saerch_desktop.sae.active import Coded, above, fill_unused, grouping, strongest
from saerch_desktop.sae.kernels import FEWEST_ROWS, pre_activations
from saerch_desktop.sae.selection import ordered_top_k
from saerch_desktop.sae.weights import Sae

_BLOCK_FLOATS: Final = 2 << 20  # pre-activations held at once: 8 MiB stays near the caches
_MOST_ROWS: Final = 4096
_PART_ROWS: Final = 256  # selected by one thread at a time
_SAFE: Final = 1e37  # pre-activations bounded by this are finite


class BlockEncoder:
    """Encodes blocks of at most `rows` vectors as `Sae.encode` does, up to the rounding of the product."""

    def __init__(self, sae: Sae, device: torch.device, pool: ThreadPoolExecutor) -> None:
        self.rows = max(FEWEST_ROWS, min(_MOST_ROWS, _BLOCK_FLOATS // sae.config.features))
        self._config = sae.config
        self._threshold = sae.threshold
        self._device = device
        self._pool = pool
        self._encoder, self._latent_bias, self._pre_bias = (
            torch.tensor(part, device=device) for part in (sae.encoder, sae.latent_bias, sae.pre_bias)
        )
        self._steepest = float(torch.linalg.vector_norm(self._encoder.double(), dim=1).max())
        self._highest = float(self._latent_bias.abs().max())

    def __call__(self, x: NDArray[np.float16] | NDArray[np.float32]) -> Coded:
        """Codes of `x` (m, d), a writeable array: ids (m, width) int32 and activations (m, width) float32."""
        with torch.inference_mode():
            block = torch.from_numpy(x).to(self._device).float()
            pre = pre_activations(block, self._encoder, self._latent_bias, self._pre_bias)
            pre[self._unusable(block, pre)] = 0
            if self._device.type == "cpu":
                return self._select_here(pre)
            return select_on_device(pre, self._config.width, self._threshold)

    def _unusable(self, block: Tensor, pre: Tensor) -> Tensor:
        """Rows (r,) of `pre` (m, n) that are not finite. Few are read for it: a short vector's cannot be."""
        lengths = torch.linalg.vector_norm(block - self._pre_bias, dim=1)
        doubtful = torch.nonzero(~(lengths * self._steepest + self._highest < _SAFE)).flatten()
        return doubtful[~torch.isfinite(pre[doubtful]).all(dim=1)]

    def _select_here(self, pre: Tensor) -> Coded:
        parts = range(0, len(pre), _PART_ROWS)
        values, width, threshold = pre.numpy(), self._config.width, self._threshold
        if threshold is not None:

            def select(start: int) -> Coded:
                return above(values[start : start + _PART_ROWS], threshold, width)

        else:
            size, groups = grouping(pre.shape[1], width)
            # In torch this pass over everything takes all threads, and a third of NumPy's time on one.
            maxima = pre[:, : size * groups].view(-1, size, groups).amax(dim=1).numpy()

            def select(start: int) -> Coded:
                stop = start + _PART_ROWS
                return strongest(values[start:stop], width, maxima[start:stop])

        indices, activations = zip(*self._pool.map(select, parts), strict=True)
        return np.concatenate(indices), np.concatenate(activations)


@contextmanager
def block_encoder(sae: Sae, device: torch.device) -> Iterator[BlockEncoder]:
    """A `BlockEncoder` with threads of its own, as many as torch uses."""
    with ThreadPoolExecutor(torch.get_num_threads(), "saerch-encode") as pool:
        yield BlockEncoder(sae, device, pool)


def select_on_device(pre: Tensor, width: int, threshold: NDArray[np.float32] | None) -> Coded:
    """What `active.strongest` (without a threshold) and `active.above` select from `pre` (m, n), in torch on
    its own device.
    """
    if threshold is None:
        return _to_numpy(*ordered_top_k(pre, width))
    floor = torch.tensor(threshold, device=pre.device).clamp(min=0)
    # Distinct values below zero for the inactive: a row's many equal zeros would be sorted out one by one.
    indices, values = _to_numpy(*ordered_top_k(torch.where(pre > floor, pre, -pre.abs()), width))
    fill_unused(indices, np.count_nonzero(values, axis=1))
    return indices, values


def _to_numpy(indices: Tensor, values: Tensor) -> tuple[NDArray[Any], NDArray[np.float32]]:
    return indices.int().cpu().numpy(), values.cpu().numpy()
