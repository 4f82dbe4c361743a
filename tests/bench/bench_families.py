"""How long counting pairs of features takes and how much memory, beside the plain sparse product.

    python -m pytest tests/bench/bench_families.py -m bench -s

Asserts nothing about time. Made-up codes of the published size: 271,492 documents, 9,216 features, k 64; each
document has features of its topic and some of 500 that are common everywhere, a few of them in a fifth of all
documents. Each way runs in a process of its own, so that its peak of memory is its own (read from /proc, on
Linux).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytestmark = pytest.mark.bench

ROWS, FEATURES, WIDTH = 271_492, 9_216, 64
COMMON, TOPICS, POOL, OF_TOPIC = 500, 400, 160, 40

MEASURED = """
import json, sys, time
import numpy as np
import scipy.sparse
from saerch_desktop.features.families.pair_scan import scan_pairs
from saerch_desktop.progress import Progress
folder, way, features = sys.argv[1], sys.argv[2], int(sys.argv[3])
indices = np.load(folder + "/indices.npy", mmap_mode="r")
values = np.load(folder + "/values.npy", mmap_mode="r")
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = peak()
began, used = time.perf_counter(), time.process_time()
if way == "plain":
    starts = np.arange(len(indices) + 1, dtype=np.int32) * indices.shape[1]
    active = scipy.sparse.csr_matrix(
        (np.ones(indices.size, np.float32), np.asarray(indices).ravel(), starts), (len(indices), features))
    pairs = int((active.T.tocsr() @ active).nnz)
else:
    pairs = len(scan_pairs(indices, values, features, len(indices), Progress(), way == "similarity"))
took = (time.perf_counter() - began, time.process_time() - used)
print(json.dumps([*took, before, peak(), pairs]))
"""


def made_up(rows: int, features: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Codes (rows, 64) with no feature twice in a row."""
    chance = np.random.default_rng(0)
    indices = np.empty((rows, WIDTH), np.int32)
    popular = np.log(1 / np.arange(1, COMMON + 1, dtype=np.float32))
    topical = COMMON + np.stack([chance.permutation(features - COMMON)[:POOL] for _ in range(TOPICS)])
    for start in range(0, rows, 4096):
        many = min(4096, rows - start)
        drawn = np.argpartition(chance.random((many, POOL), np.float32), OF_TOPIC, axis=1)[:, :OF_TOPIC]
        topic = chance.integers(0, TOPICS, many)
        block = indices[start : start + many]
        block[:, :OF_TOPIC] = topical[topic[:, None], drawn]
        noise = popular - np.log(-np.log(chance.random((many, COMMON), np.float32) + 1e-12) + 1e-12)
        block[:, OF_TOPIC:] = np.argpartition(-noise, WIDTH - OF_TOPIC, axis=1)[:, : WIDTH - OF_TOPIC]
    values = chance.gamma(2, 0.05, indices.shape).astype(np.float32)
    return indices, values


@pytest.mark.filterwarnings("default")
def test_counting_pairs(tmp_path: Path) -> None:
    indices, values = made_up(ROWS, FEATURES)
    np.save(tmp_path / "indices.npy", indices)
    np.save(tmp_path / "values.npy", values)
    del indices, values
    print(f"\n{ROWS:,} documents, {FEATURES:,} features, k {WIDTH}")
    for way, told in (
        ("similarity", "counts and similarity"),
        ("counts", "counts alone"),
        ("plain", "plain sparse product, counts alone"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, str(tmp_path), way, str(FEATURES)],
            capture_output=True,
            check=True,
            text=True,
        )
        seconds, processor, before, peak, pairs = json.loads(done.stdout)
        print(
            f"  {told:<36} {seconds:6.1f} s ({processor:5.1f} s of processor), peak {peak / 1024:6,.0f} MiB"
            f" ({before / 1024:,.0f} before), {pairs:,} pairs"
        )
