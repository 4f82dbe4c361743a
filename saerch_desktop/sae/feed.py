"""Which training documents make up which batch, and how they come from disk without filling the memory.

The order is decided by the seed, the rows and the constants below, never by the machine. A corpus that fits
one pool is shuffled as a whole for every epoch. A larger one is cut into blocks of neighbouring rows, which
disks read fast; the blocks come in random order, fill one pool after the other, and the rows of a pool are
shuffled before they are cut into batches. With 256 MiB and blocks of 64 rows, a pool of 1536-dimensional
vectors mixes 680 places of the corpus.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.peers import Peers
from saerch_desktop.sae.split import VectorSource

POOL_BYTES: Final = 256 << 20  # as float32
BLOCK_ROWS: Final = 64
_READ_BYTES: Final = 16 << 20  # between two looks at whether to stop
_RESIDENT_SHARE: Final = 4  # of a graphics card's free memory, the corpus may take one part in so many


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """x (m, d) float32 on the training's device: this process's share of a batch of `size` documents."""

    x: Tensor
    size: int
    step: int  # 0-based number of the update it is for
    ends_epoch: bool


class Order:
    """The order in which `documents` training rows of `dim` numbers are visited.

    Positions are places in the ascending list of training rows. Batches are of nearly equal size.
    """

    def __init__(
        self, documents: int, dim: int, config: TrainConfig, *, pool_bytes: int = POOL_BYTES
    ) -> None:
        self.documents = documents
        self.steps = math.ceil(documents / config.batch_size)  # in an epoch
        self._seed = config.seed
        # bounds[s]…bounds[s + 1]: the stretch of an epoch that is batch s, as numpy.array_split would cut it.
        least, larger = divmod(documents, self.steps)
        steps = np.arange(self.steps + 1)
        self.bounds: NDArray[np.int64] = steps * least + np.minimum(steps, larger)
        pools = min(self.steps, max(1, math.ceil(documents * dim * 4 / pool_bytes)))
        self.pools: NDArray[np.int64] = np.arange(pools + 1) * self.steps // pools  # first step of each

    def pool(self, epoch: int, number: int) -> NDArray[np.int64]:
        """The positions of a pool's documents in the order of training, int64."""
        start, stop = self.bounds[self.pools[number]], self.bounds[self.pools[number + 1]]
        if len(self.pools) == 2:
            return np.random.default_rng([self._seed, 1, epoch]).permutation(self.documents)
        blocks = math.ceil(self.documents / BLOCK_ROWS)
        order = np.random.default_rng([self._seed, 1, epoch]).permutation(blocks)
        sizes = np.full(blocks, BLOCK_ROWS)
        sizes[order == blocks - 1] = self.documents - (blocks - 1) * BLOCK_ROWS
        ends = np.cumsum(sizes)
        first, last = np.searchsorted(ends, [start, stop - 1], side="right")
        parts = [order[block] * BLOCK_ROWS + np.arange(sizes[block]) for block in range(first, last + 1)]
        before = ends[first] - sizes[first]
        chosen = np.concatenate(parts)[start - before : stop - before]
        shuffled: NDArray[np.int64] = np.random.default_rng([self._seed, 1, epoch, number]).permutation(
            chosen
        )
        return shuffled

    def batches(self, epoch: int) -> list[NDArray[np.int64]]:
        """The positions of every batch of an epoch."""
        pools = [self.pool(epoch, number) for number in range(len(self.pools) - 1)]
        return np.split(np.concatenate(pools), self.bounds[1:-1])


@dataclass(frozen=True, slots=True, eq=False)
class _Pool:
    """rows (m, d) in memory; order (j,) int64: the places in `rows` of the documents of all batches to come,
    which have `sizes` of them each.
    """

    rows: Tensor
    order: Tensor
    sizes: list[int]


class Feed:
    """Batches of `rows` (ascending) of `vectors`, on `device`, for this process among `peers`.

    Every row comes once in an epoch. Process r of w takes every w-th document of a batch, from the r-th on,
    so that the batches do not depend on how many processes share them.
    """

    def __init__(
        self,
        vectors: VectorSource,
        rows: NDArray[np.int64],
        config: TrainConfig,
        *,
        device: torch.device,
        peers: Peers | None = None,
        pool_bytes: int = POOL_BYTES,
    ) -> None:
        self.order = Order(len(rows), vectors.dim, config, pool_bytes=pool_bytes)
        self._vectors, self._rows, self._epochs = vectors, rows, config.epochs
        self._device, self._peers = device, peers or Peers()
        self._everything: Tensor | None = None
        self._stop = threading.Event()

    def batches(self, start: int, progress: Progress) -> Generator[Batch, None, None]:
        """The batches from update `start` (0-based over all epochs) to the last.

        The next pool is read by a thread of its own while this one is used. The thread ends with the last
        batch, with an error or a cancel, which are raised here, and when the iterator is closed. Raises
        OSError, MemoryError, Cancelled.
        """
        self._stop.clear()
        reader = ThreadPoolExecutor(1, thread_name_prefix="vectors")
        try:
            ahead: Future[_Pool] | None = None
            places = self._places(start)
            for place, following in itertools.zip_longest(places, self._places(start, skip=1)):
                here = self._wait(ahead or reader.submit(self._fill, *place), progress)
                ahead = reader.submit(self._fill, *following) if following else None
                yield from self._cut(here, place[0], place[2])
        finally:
            self._stop.set()
            reader.shutdown(wait=True, cancel_futures=True)

    def _places(self, start: int, skip: int = 0) -> Iterator[tuple[int, int, int]]:
        """Epoch, pool and first step within the epoch of every pool still to come, but for `skip`."""
        epoch, step = divmod(start, self.order.steps)
        pool = int(np.searchsorted(self.order.pools, step, side="right")) - 1
        for each in range(epoch, self._epochs):
            for number in range(pool if each == epoch else 0, len(self.order.pools) - 1):
                if skip:
                    skip -= 1
                    continue
                yield each, number, max(int(self.order.pools[number]), step if each == epoch else 0)

    def _fill(self, epoch: int, number: int, first: int) -> _Pool:
        order, steps = self.order.pool(epoch, number), self.order.bounds
        begin = steps[self.order.pools[number]]
        shares = [
            order[steps[step] - begin : steps[step + 1] - begin][self._peers.rank :: self._peers.world]
            for step in range(first, self.order.pools[number + 1])
        ]
        chosen = np.concatenate(shares)
        if self._resident():
            if self._everything is None:
                self._everything = self._read(self._rows)
            rows = self._everything
        else:
            wanted = np.sort(chosen)
            rows = self._read(self._rows[wanted])
            chosen = np.searchsorted(wanted, chosen)
        return _Pool(rows, torch.from_numpy(chosen).to(self._device), [len(share) for share in shares])

    def _cut(self, pool: _Pool, epoch: int, first: int) -> Iterator[Batch]:
        for place, index in enumerate(torch.split(pool.order, pool.sizes)):
            step = first + place
            yield Batch(
                x=pool.rows.index_select(0, index).float(),
                size=int(self.order.bounds[step + 1] - self.order.bounds[step]),
                step=epoch * self.order.steps + step,
                ends_epoch=step == self.order.steps - 1,
            )

    def _resident(self) -> bool:
        """Whether all rows may stay in memory; the order is the same either way."""
        if self._everything is not None or len(self.order.pools) == 2:
            return True
        if self._device.type != "cuda":
            return False
        free: int = torch.cuda.mem_get_info(self._device)[0]
        return len(self._rows) * self._vectors.dim * self._dtype().itemsize * _RESIDENT_SHARE <= free

    def _dtype(self) -> np.dtype[Any]:
        own = self._vectors.array.dtype
        return own if own in (np.dtype(np.float16), np.dtype(np.float32)) else np.dtype(np.float32)

    def _read(self, rows: NDArray[np.int64]) -> Tensor:
        """The given rows (ascending) as they are on disk, (m, d) float16 or float32."""
        source = self._vectors.array
        out = np.empty((len(rows), self._vectors.dim), self._dtype())
        step = max(1, _READ_BYTES // max(1, out.itemsize * self._vectors.dim))
        for start in range(0, len(rows), step):
            if self._stop.is_set():
                raise Cancelled
            out[start : start + step] = source[rows[start : start + step]]
            self._vectors.release()
        return torch.from_numpy(out).to(self._device)

    @staticmethod
    def _wait(coming: Future[_Pool], progress: Progress) -> _Pool:
        while not coming.done():
            progress.check()
            wait([coming], timeout=0.1)
        return coming.result()
