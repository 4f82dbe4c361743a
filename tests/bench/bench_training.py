"""Whole trainings: how long, how that grows, how much memory, and whether the estimate said so.

    python -m pytest tests/bench/bench_training.py -m bench -s
    SAERCH_BENCH=full python -m pytest tests/bench/bench_training.py -m bench -s -o faulthandler_timeout=0

In full, all 20 passes over 100,000 × 384 are made instead of two, and memory is measured on 1,000,000 × 1536
instead of 100,000 × 1536: half an hour, and 3 GB in the temporary folder. Two threads.
"""

from __future__ import annotations

import faulthandler
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from bench.corpora import ArrayVectors, MappedVectors, many, write_synthetic

from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import TrainConfig, Variant
from saerch_desktop.sae.estimate import estimate
from saerch_desktop.sae.presets import plan
from saerch_desktop.sae.split import VectorSource
from saerch_desktop.sae.trainer import train

pytestmark = [pytest.mark.bench, pytest.mark.timeout(0)]

FULL = os.environ.get("SAERCH_BENCH") == "full"
THREADS = 2
PASSES = 20
DOCUMENTS = 100_000
BUDGET_SECONDS, BUDGET_BYTES = 240, 2.5e9
HERE = Path(__file__).resolve()


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    faulthandler.cancel_dump_traceback_later()  # minutes are normal here
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    yield
    torch.set_num_threads(before)


def timed(vectors: VectorSource, config: TrainConfig, folder: Path) -> tuple[float, float, float]:
    """Seconds of the whole call and of the training in it, and the FVU on the documents held out."""
    folder.mkdir()
    began = time.perf_counter()
    report = train(vectors, config, folder, Progress())
    return time.perf_counter() - began, report.seconds, report.metrics.fvu


def test_hundred_thousand_documents(tmp_path: Path) -> None:
    rows, what = many(DOCUMENTS)
    passes = PASSES if FULL else 2
    config = plan("balanced", DOCUMENTS, 384, features=3072, k=32, epochs=passes, device="cpu")
    whole, seconds, fvu = timed(ArrayVectors(rows), config, tmp_path / "sae")
    print(f"\n{DOCUMENTS:,} documents × 384 ({what}), 3,072 features, k 32, batch {config.batch_size}")
    print(f"  {passes} passes: {whole:.0f} s, of which training {seconds:.0f} s; FVU {fvu:.3f}")
    print(f"  {passes * config_documents(config) / seconds:,.0f} documents/s")
    if not FULL:
        foreseen = seconds / passes * PASSES + whole - seconds
        print(f"  {PASSES} passes in proportion: {foreseen:.0f} s (budget {BUDGET_SECONDS} s)")


def config_documents(config: TrainConfig) -> int:
    return round(DOCUMENTS * (1 - config.heldout_fraction))


def test_growth(tmp_path: Path) -> None:
    rows, _ = many(DOCUMENTS)
    batch = plan("balanced", DOCUMENTS, 384).batch_size
    print(
        f"\nOne pass, the faster of two, 384 dimensions, k 32, batch {batch}\n"
        f"  {'documents':>10} {'features':>9} {'seconds':>8}"
    )
    shapes = [(DOCUMENTS // 4, 3072), (DOCUMENTS // 2, 3072), (DOCUMENTS, 3072)]
    shapes += [(DOCUMENTS // 4, 1536), (DOCUMENTS // 4, 6144)]
    least = dict.fromkeys(shapes, float("inf"))
    for turn in range(2):  # the machine may be busy during one of them
        for documents, features in shapes:
            config = plan("balanced", documents, 384, features=features, k=32, epochs=1, device="cpu")
            config = config.model_copy(update={"batch_size": batch})
            folder = tmp_path / f"{documents}-{features}-{turn}"
            seconds = timed(ArrayVectors(rows[:documents]), config, folder)[1]
            least[documents, features] = min(least[documents, features], seconds)
    for (documents, features), seconds in least.items():
        each = seconds / documents * 1e6
        print(
            f"  {documents:>10,} {features:>9,} {seconds:8.1f}   {each:.0f} µs a document, "
            f"{each / features * 1000:.0f} ns for each feature of it"
        )


@pytest.mark.parametrize(
    ("documents", "features", "variant"),
    [
        (20_000, 3072, "topk"),
        (20_000, 1536, "hierarchical"),
        (20_000, 3072, "batchtopk"),
        (5_000, 1024, "topk"),
    ],
)
def test_estimate(documents: int, features: int, variant: Variant, tmp_path: Path) -> None:
    rows, _ = many(documents)
    vectors = ArrayVectors(rows)
    config = plan(
        "balanced", documents, 384, features=features, k=32, epochs=3, variant=variant, device="cpu"
    )
    foreseen = estimate(vectors, config, seconds=1.0)
    whole, _, _ = timed(vectors, config, tmp_path / "sae")
    print(
        f"\n  estimate, {documents:,} documents, {features:,} features, {variant}, 3 passes: "
        f"{foreseen.seconds:.1f} s, was {whole:.1f} s ({foreseen.seconds / whole - 1:+.0%})"
    )


def test_memory(tmp_path: Path) -> None:
    documents, dim = (1_000_000 if FULL else 100_000), 1536
    path = tmp_path / "vectors.npy"
    write_synthetic(path, documents, dim)
    try:
        config = plan("balanced", documents, dim, epochs=1, device="cpu")
        foreseen = estimate(MappedVectors(np.load(path, mmap_mode="r")), config, seconds=1.0)
        job = {
            "vectors": str(path),
            "config": config.model_dump(mode="json"),
            "folder": str(tmp_path / "sae"),
        }
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(HERE.parents[2]), str(HERE.parents[1])])
        }
        done = subprocess.run(
            [sys.executable, str(HERE), json.dumps(job)],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
    finally:
        path.unlink()
    seconds, peak = (float(part) for part in done.stdout.split()[-2:])
    print(
        f"\n{documents:,} × {dim} float16, memory-mapped, "
        f"{config.sae.features:,} features, k {config.sae.k}, one pass"
        f"{'' if FULL else ' (SAERCH_BENCH=full makes it a million)'}"
    )
    print(f"  most memory in use {peak / 1e9:.2f} GB (budget {BUDGET_BYTES / 1e9:.1f})")
    print(
        f"  estimated {foreseen.memory_bytes / 1e9:.2f} GB and {foreseen.seconds:.0f} s; was {seconds:.0f} s"
    )


def _train_alone(job: str) -> None:
    """In a process of its own: train, and print the seconds and the most memory ever in use (bytes)."""
    given = json.loads(job)
    torch.set_num_threads(THREADS)
    vectors = MappedVectors(np.load(given["vectors"], mmap_mode="r"))
    whole, _, _ = timed(vectors, TrainConfig.model_validate(given["config"]), Path(given["folder"]))
    print(whole, _peak_bytes())


def _peak_bytes() -> int:
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource  # macOS, in bytes

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    _train_alone(sys.argv[1])
