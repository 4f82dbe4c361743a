"""The stream of batches: every document once in an epoch, in an order that nothing but the seed decides."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from saerch_desktop.errors import Cancelled
from saerch_desktop.files import forget_pages, mapped_array
from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.feed import BLOCK_ROWS, Batch, Feed, Order
from saerch_desktop.sae.peers import Peers

MakeConfig = Callable[..., TrainConfig]
CPU = torch.device("cpu")
ROWS = np.delete(np.arange(1100), np.arange(0, 1100, 11))  # 1,000 rows with gaps
WHOLE, POOLS = 1 << 20, 200 * 4 * 4  # bytes: everything, or 5 pools of 200 rows of 4 numbers


class Peer(Peers):
    def __init__(self, rank: int, world: int) -> None:
        self.rank, self.world = rank, world


@pytest.fixture
def numbered(make_vectors: Callable[..., Any]) -> Any:
    """Row i is (i, 0, 0, 0), so that a batch shows whom it holds."""
    array = np.zeros((1100, 4), np.float32)
    array[:, 0] = np.arange(1100)
    return make_vectors(array)


@pytest.fixture
def make_feed(numbered: Any, make_config: MakeConfig) -> Callable[..., Feed]:
    def make(pool_bytes: int, peers: Peers | None = None, **changes: Any) -> Feed:
        config = make_config(**({"dim": 4, "batch_size": 48, "epochs": 3} | changes))
        return Feed(numbered, ROWS, config, device=CPU, peers=peers, pool_bytes=pool_bytes)

    return make


def ids(batch: Batch) -> list[int]:
    return batch.x[:, 0].int().tolist()


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Any:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("vectors")]


@pytest.mark.parametrize("pool_bytes", [WHOLE, POOLS])
def test_each_epoch_visits_every_row_once_in_its_own_order(
    make_feed: Callable[..., Feed], pool_bytes: int
) -> None:
    batches = list(make_feed(pool_bytes).batches(0, Progress()))
    assert [batch.step for batch in batches] == list(range(63))
    assert [batch.step for batch in batches if batch.ends_epoch] == [20, 41, 62]
    assert {batch.size for batch in batches} == {47, 48}
    assert all(batch.size == len(batch.x) for batch in batches)
    epochs = [[row for batch in batches[at : at + 21] for row in ids(batch)] for at in (0, 21, 42)]
    assert all(sorted(epoch) == ROWS.tolist() for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    again = make_feed(pool_bytes).batches(0, Progress())
    assert [ids(batch) for batch in again] == [ids(batch) for batch in batches]
    other = make_feed(pool_bytes, seed=5).batches(0, Progress())
    assert [ids(batch) for batch in other] != [ids(batch) for batch in batches]


@pytest.mark.parametrize("pool_bytes", [WHOLE, POOLS])
def test_starting_anywhere_gives_what_running_through_gives(
    make_feed: Callable[..., Feed], pool_bytes: int
) -> None:
    whole = [ids(batch) for batch in make_feed(pool_bytes).batches(0, Progress())]
    for start in range(64):
        rest = list(make_feed(pool_bytes).batches(start, Progress()))
        assert [ids(batch) for batch in rest] == whole[start:]
        assert [batch.step for batch in rest] == list(range(start, 63))


def test_a_pool_mixes_blocks_from_all_over(make_config: MakeConfig) -> None:
    order = Order(100_000, 4, make_config(dim=4, batch_size=512), pool_bytes=8192 * 16)
    pool = order.pool(0, 3)
    assert len(pool) == pytest.approx(8192, rel=0.1)
    _, counts = np.unique(pool // BLOCK_ROWS, return_counts=True)
    assert (counts == BLOCK_ROWS).mean() > 0.97  # but for those at the pool's edges
    assert len(counts) == pytest.approx(8192 / BLOCK_ROWS, rel=0.1)
    assert np.histogram(pool, bins=4, range=(0, 100_000))[0].min() > 1000
    # Neighbours on disk do not stay neighbours.
    assert (np.abs(np.diff(pool)) < BLOCK_ROWS).mean() < 0.05
    np.testing.assert_array_equal(np.sort(np.concatenate(order.batches(1))), np.arange(100_000))


@pytest.mark.parametrize(("rows", "batch"), [(1000, 48), (10, 3), (64, 64), (65, 1), (129, 128), (7, 100)])
@pytest.mark.parametrize("pool_bytes", [1, 16 * 65, 1 << 20])
def test_odd_sizes_cover_every_row_with_nearly_equal_batches(
    make_config: MakeConfig, rows: int, batch: int, pool_bytes: int
) -> None:
    parts = Order(rows, 4, make_config(dim=4, batch_size=batch), pool_bytes=pool_bytes).batches(0)
    assert sorted(np.concatenate(parts).tolist()) == list(range(rows))
    assert [len(part) for part in parts] == [
        len(part) for part in np.array_split(np.arange(rows), -(-rows // batch))
    ]


@pytest.mark.parametrize("pool_bytes", [WHOLE, POOLS])
@pytest.mark.parametrize("world", [2, 3])
def test_peers_share_out_each_batch(make_feed: Callable[..., Feed], pool_bytes: int, world: int) -> None:
    alone = list(make_feed(pool_bytes).batches(5, Progress()))
    shared = [list(make_feed(pool_bytes, Peer(rank, world)).batches(5, Progress())) for rank in range(world)]
    for whole, *parts in zip(alone, *shared, strict=True):
        assert sorted(row for part in parts for row in ids(part)) == sorted(ids(whole))
        assert {part.size for part in parts} == {whole.size}
        assert max(len(part.x) for part in parts) - min(len(part.x) for part in parts) <= 1


def test_only_the_wanted_rows_of_a_pool_are_read_and_the_pages_let_go(
    numbered: Any, make_feed: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saerch_desktop.sae.feed._READ_BYTES", 50 * 16)
    feed = make_feed(POOLS, Peer(0, 2), epochs=1)
    assert sum(len(batch.x) for batch in feed.batches(0, Progress())) == pytest.approx(500, abs=21)
    # 5 pools of about 100 own rows in reads of 50 rows.
    assert 10 <= numbered.released <= 20


def test_a_corpus_of_one_pool_is_read_once(numbered: Any, make_feed: Callable[..., Feed]) -> None:
    assert len(list(make_feed(WHOLE).batches(0, Progress()))) == 63
    assert numbered.released == 1


def test_half_precision_is_widened_exactly(make_vectors: Any, make_config: MakeConfig) -> None:
    array = np.random.default_rng(0).standard_normal((60, 4)).astype(np.float16)
    feed = Feed(make_vectors(array), np.arange(60), make_config(dim=4, batch_size=60, epochs=1), device=CPU)
    (batch,) = feed.batches(0, Progress())
    assert batch.x.dtype == torch.float32
    np.testing.assert_array_equal(np.sort(batch.x.numpy(), axis=0), np.sort(array.astype(np.float32), axis=0))


@pytest.mark.parametrize("after", [0, 1, 12])
def test_closing_early_ends_the_reading(make_feed: Callable[..., Feed], after: int) -> None:
    with contextlib.closing(make_feed(POOLS).batches(0, Progress())) as batches:
        for _ in range(after):
            next(batches)


class Broken:
    """A source whose reading fails or hangs from the second pool on."""

    def __init__(self, inner: Any, trouble: Callable[[], None]) -> None:
        self.dim, self._inner, self._trouble = inner.dim, inner, trouble
        self.reads = 0
        self.dtype = inner.array.dtype

    @property
    def array(self) -> Any:
        return self

    def __getitem__(self, rows: Any) -> Any:
        self.reads += 1
        if self.reads > 1:
            self._trouble()
        return self._inner.array[rows]

    def release(self) -> None:
        pass


def test_an_error_of_the_reading_thread_arrives(numbered: Any, make_config: MakeConfig) -> None:
    def fail() -> None:
        raise TimeoutError("the network drive is gone")

    source: Any = Broken(numbered, fail)
    feed = Feed(source, ROWS, make_config(dim=4, batch_size=48), device=CPU, pool_bytes=POOLS)
    with pytest.raises(TimeoutError, match="network drive"):
        list(feed.batches(0, Progress()))


def test_a_cancel_is_heard_while_a_pool_is_awaited(numbered: Any, make_config: MakeConfig) -> None:
    waiting = threading.Event()
    progress = Progress()

    def hang() -> None:
        progress.cancel()
        waiting.wait(30)

    class Releasing(Progress):
        """The thread may go on once the cancel has been noticed."""

        def check(self) -> None:
            if progress.cancelled:
                waiting.set()
            progress.check()

    source: Any = Broken(numbered, hang)
    feed = Feed(source, ROWS, make_config(dim=4, batch_size=48), device=CPU, pool_bytes=POOLS)
    with pytest.raises(Cancelled):
        list(feed.batches(0, Releasing()))


def test_forgetting_the_pages_of_a_map_changes_no_number(tmp_path: Path) -> None:
    array = np.arange(300_000, dtype=np.float32).reshape(1000, 300)
    np.save(tmp_path / "a.npy", array)
    mapped = mapped_array(tmp_path / "a.npy")
    assert float(mapped.sum()) == float(array.sum())
    forget_pages(mapped[10:20])
    forget_pages(array)
    np.testing.assert_array_equal(mapped, array)
    private = np.load(tmp_path / "a.npy", mmap_mode="c")
    private[0, 0] = 7
    forget_pages(private)
    assert private[0, 0] == 7
