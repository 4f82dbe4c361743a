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

from saerch_desktop.sae.active import Coded, above, fill_unused, strongest
from saerch_desktop.sae.kernels import pre_activations
from saerch_desktop.sae.weights import Sae

_BLOCK_FLOATS: Final = 2 << 20  # pre-activations held at once: 8 MiB stays near the caches
_MOST_ROWS: Final = 4096
_FEWEST_ROWS: Final = 256  # below this the product waits for the weights to come from memory
_PART_ROWS: Final = 256  # selected by one thread at a time
_SAFE: Final = 1e37  # pre-activations bounded by this are finite


class BlockEncoder:
    """Encodes blocks of at most `rows` vectors as `Sae.encode` does, up to the rounding of the product."""

    def __init__(self, sae: Sae, device: torch.device, pool: ThreadPoolExecutor) -> None:
        self.rows = max(_FEWEST_ROWS, min(_MOST_ROWS, _BLOCK_FLOATS // sae.config.features))
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
                return self._select_here(pre.numpy())
            return select_on_device(pre, self._config.width, self._threshold)

    def _unusable(self, block: Tensor, pre: Tensor) -> Tensor:
        """Rows (r,) of `pre` (m, n) that are not finite. Few are read for it: a short vector's cannot be."""
        lengths = torch.linalg.vector_norm(block - self._pre_bias, dim=1)
        doubtful = torch.nonzero(~(lengths * self._steepest + self._highest < _SAFE)).flatten()
        return doubtful[~torch.isfinite(pre[doubtful]).all(dim=1)]

    def _select_here(self, pre: NDArray[np.float32]) -> Coded:
        parts = [pre[start : start + _PART_ROWS] for start in range(0, len(pre), _PART_ROWS)]
        selected = list(self._pool.map(self._select, parts))
        indices, values = zip(*selected, strict=True)
        return np.concatenate(indices), np.concatenate(values)

    def _select(self, pre: NDArray[np.float32]) -> Coded:
        if self._threshold is not None:
            return above(pre, self._threshold, self._config.width)
        return strongest(pre, self._config.width)


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
        return _to_numpy(*_ordered(pre, width))
    floor = torch.tensor(threshold, device=pre.device).clamp(min=0)
    indices, values = _to_numpy(*_ordered(torch.where(pre > floor, pre, 0), width, zeros_matter=False))
    fill_unused(indices, np.count_nonzero(values, axis=1))
    return indices, values


def _ordered(pre: Tensor, k: int, *, zeros_matter: bool = True) -> tuple[Tensor, Tensor]:
    """ids and rectified values (m, k), highest first, every tie decided for the lower id."""
    more = min(k + 1, pre.shape[1])
    values, indices = torch.topk(pre, more, dim=1)
    if more > k:
        last, next_ = values[:, k - 1], values[:, k]
        tied = torch.nonzero((last == next_) & (zeros_matter | (last != 0))).flatten()
        values, indices = values[:, :k].contiguous(), indices[:, :k].contiguous()
        if len(tied):
            again, order = torch.sort(pre[tied], dim=1, descending=True, stable=True)
            values[tied], indices[tied] = again[:, :k], order[:, :k]
    values = values.relu()
    indices, by_id = torch.sort(indices, dim=1)
    values, by_value = torch.sort(values.gather(1, by_id), dim=1, descending=True, stable=True)
    return indices.gather(1, by_value), values


def _to_numpy(indices: Tensor, values: Tensor) -> tuple[NDArray[Any], NDArray[np.float32]]:
    return indices.int().cpu().numpy(), values.cpu().numpy()
