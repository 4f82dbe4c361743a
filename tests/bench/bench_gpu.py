"""A training step on a graphics card beside the paper's operations and beside what the card could do at most.

    python -m pytest tests/bench/bench_gpu.py -m bench -s

Skips without CUDA. 1,536 dimensions, 9,216 features, k 64. The ceilings are measured in the same call: the
encoder's product alone, and how fast memory is copied. Nothing is asserted.
"""

from __future__ import annotations

import faulthandler
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from bench.bench_step import OurStep
from bench.corpora import MappedVectors, synthetic, write_synthetic
from bench.paper_step import PaperStep

from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.presets import plan
from saerch_desktop.sae.trainer import train

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(0),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]

DIM, FEATURES, K = 1536, 9216, 64
PAPER_BATCH, PAPER_DOCUMENTS, PAPER_PASSES = 1024, 271_492, 50
BATCHES = (1024, 4096, 8192)
GOAL = 600_000  # documents a second on an H200
FLOAT = 4  # bytes


def milliseconds(action: Callable[[], object], *, calls: int = 10, rounds: int = 5) -> float:
    """The least of several rounds' mean time of a call, the card's queue emptied around each round."""
    action()
    best = float("inf")
    for _ in range(rounds):
        torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(calls):
            action()
        torch.cuda.synchronize()
        best = min(best, (time.perf_counter() - began) / calls * 1000)
    return best


def settings(batch: int) -> TrainConfig:
    config = plan("balanced", PAPER_DOCUMENTS, DIM, features=FEATURES, k=K, device="cuda")
    return config.model_copy(update={"batch_size": batch})


def line(name: str, spent: float, batch: int, remark: str = "") -> None:
    print(f"  {name:<52} {spent:9.3f} ms {batch / spent * 1000:12,.0f} documents/s  {remark}")


def test_step_on_the_card() -> None:
    faulthandler.cancel_dump_traceback_later()
    device = torch.device("cuda")
    print(f"\n{torch.cuda.get_device_name()}, torch {torch.__version__}: {DIM} × {FEATURES:,}, k {K}")
    bandwidth = copying_speed(device)
    print(f"  memory is copied at {bandwidth / 1e12:.2f} TB/s (read and written)")
    rows = np.concatenate([*synthetic(max(BATCHES), DIM, seed=1)])
    first = OurStep(rows[:PAPER_BATCH], settings(PAPER_BATCH), device)
    x = torch.from_numpy(rows).to(device)
    paper = PaperStep(first.model.decoder.detach(), first.model.pre_bias, K)
    reference = milliseconds(lambda: paper.step(x[:PAPER_BATCH]))
    line("reference: the paper's operations, its batch", reference, PAPER_BATCH)
    for batch in BATCHES:
        ours = OurStep(rows[:batch], settings(batch), device)
        part = x[:batch]
        spent = milliseconds(lambda ours=ours, part=part: ours.step(part))  # type: ignore[misc]
        ratio = (reference / PAPER_BATCH) / (spent / batch)
        line(f"ours, batch {batch:,}", spent, batch, f"{ratio:.1f} times the reference")
        weights = ours.model.encoder.detach()
        for name, kind in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
            a, b = part.to(kind), weights.to(kind).t()
            product = milliseconds(lambda a=a, b=b: a @ b)  # type: ignore[misc]
            line(f"the encoder's product alone, {name}", product, batch, f"{product / spent:.0%} of our step")
        moved = traffic(batch) / bandwidth * 1000
        line("memory traffic at that copying speed", moved, batch, f"{moved / spent:.0%} of our step")
    print(f"  the goal on an H200 is {GOAL:,} documents/s")


def copying_speed(device: torch.device) -> float:
    """Bytes a second, read and written."""
    source = torch.empty(256 << 20, device=device)  # 1 GiB
    target = torch.empty_like(source)
    return 2 * source.nbytes / milliseconds(lambda: target.copy_(source)) * 1000


def traffic(batch: int) -> float:
    """Bytes a step moves if nothing stays in the caches: pre-activations written and read; the rows of the
    decoder, its gradient's products and two weight gradients gathered for each code; weights, gradients and
    Adam's two moments read and written, gradients read once more for the norm.
    """
    pre = 2 * batch * FEATURES
    gathered = 4 * batch * K * DIM
    weights = 2 * FEATURES * DIM * (2 * 4 + 1)
    return FLOAT * float(pre + gathered + weights)


def test_the_papers_run(tmp_path: Path) -> None:
    """Two passes over as many vectors as the paper's astronomy corpus has, and its 50 in proportion."""
    faulthandler.cancel_dump_traceback_later()
    path = tmp_path / "vectors.npy"
    write_synthetic(path, PAPER_DOCUMENTS, DIM)
    config = settings(max(BATCHES)).model_copy(update={"epochs": 2})
    (tmp_path / "sae").mkdir()
    report = train(MappedVectors(np.load(path, mmap_mode="r")), config, tmp_path / "sae", Progress())
    path.unlink()
    foreseen = report.seconds / config.epochs * PAPER_PASSES
    print(
        f"\n{PAPER_DOCUMENTS:,} documents, batch {config.batch_size:,}: "
        f"{report.documents_per_second:,.0f} documents/s, pass ends and reading included; "
        f"{PAPER_PASSES} passes in proportion {foreseen:.0f} s (goal 25 s)"
    )
