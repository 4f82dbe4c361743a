"""One training step beside the paper's own operations, and what a step consists of.

    python -m pytest tests/bench/bench_step.py -m bench -s

Two threads, batches of 1,024 rows, three shapes. The reference (`paper_step.py`) and ours take turns in the
same process, so that what else the machine does touches both. SAERCH_BENCH_ROUNDS (8) says how often.
"""

from __future__ import annotations

import faulthandler
import os
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from bench.corpora import synthetic
from bench.paper_step import PaperStep
from numpy.typing import NDArray
from torch import Tensor

from saerch_desktop.sae.config import TrainConfig, Variant
from saerch_desktop.sae.gradients import Gradients, accumulate
from saerch_desktop.sae.model import initial_model
from saerch_desktop.sae.optimiser import Adam
from saerch_desktop.sae.peers import Peers
from saerch_desktop.sae.presets import plan

pytestmark = [pytest.mark.bench, pytest.mark.timeout(0)]

SHAPES = [(384, 3072, 32), (768, 6144, 32), (1536, 9216, 64)]
VARIANTS: tuple[Variant, ...] = ("topk", "batchtopk", "matryoshka", "hierarchical")
BATCH = 1024
ROUNDS = int(os.environ.get("SAERCH_BENCH_ROUNDS", "8"))
THREADS = 2
DEAD_SHARE = 0.02
RATE = 1e-4
# Which operations of torch make up which part of a step; what is in no list is "the rest".
PARTS = {
    "encoder's product": ("aten::addmm", "aten::mm", "aten::linear"),
    "selection": ("aten::topk", "aten::amax", "aten::gather", "aten::nonzero", "aten::bincount"),
    "sorting by feature": ("aten::sort", "aten::cumsum"),
    "sparse sums": ("aten::_embedding_bag", "aten::_embedding_bag_per_sample_weights_backward"),
    "Adam": ("aten::_fused_adam_",),
}


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    yield
    torch.set_num_threads(before)


class OurStep:
    """The product's own step, as its training loop makes it."""

    def __init__(self, rows: NDArray[np.float32], config: TrainConfig, device: torch.device) -> None:
        self.model = initial_model(config, rows, device)
        self.optimiser = Adam(self.model, config)
        self.gradients = Gradients.of(self.model)
        self.config = config
        self.variance = float(np.square(rows - rows.mean(axis=0)).sum(axis=1).mean())

    def step(self, x: Tensor, dead: Tensor | None = None) -> None:
        self.forward_backward(x, dead)
        self.optimiser.step(self.model, self.gradients, RATE)

    def forward_backward(self, x: Tensor, dead: Tensor | None = None) -> None:
        accumulate(
            self.model,
            x,
            self.config,
            variance=self.variance,
            dead=dead,
            batch=len(x),
            peers=Peers(),
            gradients=self.gradients,
        )


def shape_config(dim: int, features: int, k: int, variant: Variant = "topk") -> TrainConfig:
    return plan("balanced", 100_000, dim, features=features, k=k, variant=variant, device="cpu")


def taking_turns(actions: dict[str, Callable[[], object]], rounds: int) -> dict[str, NDArray[np.float64]]:
    """Milliseconds of each call; every round calls each action once, after one round to warm up."""
    spent: dict[str, list[float]] = {name: [] for name in actions}
    for turn in range(rounds + 1):
        for name, action in actions.items():
            began = time.perf_counter()
            action()
            if turn:
                spent[name].append((time.perf_counter() - began) * 1000)
    return {name: np.asarray(times) for name, times in spent.items()}


def heading(title: str) -> None:
    print(f"\n{title}\n  {'milliseconds':<46} {'least':>9} {'median':>9} {'docs/s':>9}")


def line(name: str, spent: NDArray[np.float64], remark: str = "") -> None:
    least, median = float(spent.min()), float(np.median(spent))
    print(f"  {name:<46} {least:9.1f} {median:9.1f} {BATCH / least * 1000:9,.0f}  {remark}")


@pytest.mark.parametrize(("dim", "features", "k"), SHAPES)
def test_step(dim: int, features: int, k: int) -> None:
    faulthandler.cancel_dump_traceback_later()
    rows = next(synthetic(BATCH, dim, seed=1))
    x = torch.from_numpy(rows)
    ours = OurStep(rows, shape_config(dim, features, k), torch.device("cpu"))
    paper = PaperStep(ours.model.decoder.detach(), ours.model.pre_bias, k)
    dead = torch.arange(0, features, round(1 / DEAD_SHARE))
    encoder, latent_bias = ours.model.encoder.detach().clone(), ours.model.latent_bias.detach().clone()
    spent = taking_turns(
        {
            "paper": lambda: paper.step(x),
            "ours": lambda: ours.step(x),
            "dead": lambda: ours.step(x, dead),
            "product": lambda: torch.addmm(latent_bias, x, encoder.t()),
        },
        ROUNDS,
    )
    whole, product = spent["ours"].min(), spent["product"].min()
    heading(f"A step, {dim} dimensions, {features:,} features, k {k}, batch {BATCH:,}, {THREADS} threads")
    line("reference: the paper's operations", spent["paper"])
    line(
        "ours",
        spent["ours"],
        f"{spent['paper'].min() / whole:.1f} times as fast (by the medians "
        f"{np.median(spent['paper']) / np.median(spent['ours']):.1f})",
    )
    line(
        f"ours, AuxK for {len(dead)} dead features", spent["dead"], f"{spent['dead'].min() / whole:.2f} steps"
    )
    line("the encoder's product alone, the limit", spent["product"], f"{product / whole:.0%} of our step")
    parts = taking_turns(
        {
            "forward and backward": lambda: ours.forward_backward(x),
            "optimiser": lambda: ours.optimiser.step(ours.model, ours.gradients, RATE),
        },
        ROUNDS,
    )
    for name, times in parts.items():
        line(f"of it {name}", times, f"{times.min() / whole:.0%}")
    print("  by operation, share of a step:", ", ".join(f"{n} {s:.0%}" for n, s in shares(ours, x).items()))


def shares(ours: OurStep, x: Tensor) -> dict[str, float]:
    """Which share of three steps' time went to which operations, as torch's profiler sees it."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        for _ in range(3):
            ours.step(x)
    own = {event.key: float(event.self_cpu_time_total) for event in profile.key_averages()}
    total = sum(own.values())
    found = {part: sum(own.get(name, 0.0) for name in names) / total for part, names in PARTS.items()}
    return found | {"the rest": 1 - sum(found.values())}


@pytest.mark.parametrize(("dim", "features", "k"), SHAPES)
def test_variants(dim: int, features: int, k: int) -> None:
    rows = next(synthetic(BATCH, dim, seed=1))
    x = torch.from_numpy(rows)
    steps = {
        variant: OurStep(rows, shape_config(dim, features, k, variant), torch.device("cpu"))
        for variant in VARIANTS
    }
    spent = taking_turns({name: (lambda s=s: s.step(x)) for name, s in steps.items()}, ROUNDS)  # type: ignore[misc]
    heading(f"A step of each variant, {dim} dimensions, {features:,} features, k {k}")
    for name, times in spent.items():
        line(name, times, f"{times.min() / spent['topk'].min():.2f} × topk")
