"""A device put to the test in two seconds: a product checked against the truth, and steps of a training."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from saerch_desktop.embedding.devices import Device
from saerch_desktop.embedding.torch_setup import load_torch
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.sae.checkpoint import State
from saerch_desktop.sae.config import SaeConfig, TrainConfig
from saerch_desktop.sae.gradients import Gradients
from saerch_desktop.sae.model import initial_model
from saerch_desktop.sae.peers import Peers

SECONDS: Final = 2.0
_SIDES: Final = {"cpu": 768, "cuda": 4096, "mps": 2048}
_ROWS, _DIM, _FEATURES, _K, _BATCH = 4096, 384, 2048, 32, 512
_CHECKED: Final = 64  # rows and columns of the product that are worked out a second time
_TOLERANCE: Final = 2e-2  # graphics cards may round the factors to 10 bits
_WARM_UP: Final = 2


@dataclass(frozen=True, slots=True)
class SelfTest:
    """passed: whether the device computed what it should; reason: why not, in a sentence. gigaflops: of a
    product of float32 matrices; documents_per_second: shown to a training of 2,048 features, 32 active.
    """

    device: Device
    passed: bool
    gigaflops: float = 0.0
    documents_per_second: float = 0.0
    seconds: float = 0.0
    reason: str = ""


def self_test(device: Device, progress: Progress, seconds: float = SECONDS) -> SelfTest:
    """Test one device for about `seconds`. Never raises but Cancelled: what fails is the result."""
    if not device.usable and device.why != "switched off":
        return SelfTest(device, False, reason=device.reason)
    load_torch(training=True)
    began = time.perf_counter()
    try:
        where = torch.device(device.torch_name)
        gigaflops, wrong = _product(where, seconds / 2, progress)
        if wrong:
            return SelfTest(device, False, gigaflops, 0.0, time.perf_counter() - began, wrong)
        pace, wrong = _training(where, seconds / 2, progress)
    except (torch.OutOfMemoryError, UserError):
        reason = "Its memory is too small, or in use by other programs."
        return SelfTest(device, False, seconds=time.perf_counter() - began, reason=reason)
    except (RuntimeError, AssertionError, ValueError) as error:
        said = " ".join((str(error).splitlines() or [type(error).__name__])[0].split())[:200]
        reason = f"The test failed on it: {said}"
        return SelfTest(device, False, seconds=time.perf_counter() - began, reason=reason)
    return SelfTest(device, not wrong, gigaflops, pace, time.perf_counter() - began, wrong)


def _product(where: torch.device, seconds: float, progress: Progress) -> tuple[float, str]:
    """(gigaflops, what is wrong with the numbers)."""
    side = _SIDES.get(where.type, 1024)
    generator = np.random.default_rng(0)
    left, right = (generator.standard_normal((side, side), dtype=np.float32) for _ in range(2))
    a, b = torch.from_numpy(left).to(where), torch.from_numpy(right).to(where)
    done = a @ b
    found = done[:_CHECKED, :_CHECKED].cpu().numpy()
    truth = left[:_CHECKED].astype(np.float64) @ right[:, :_CHECKED].astype(np.float64)
    error = float(np.abs(found - truth).max() / np.abs(truth).max())
    if not error < _TOLERANCE:  # NaN too
        return 0.0, "It computes wrong numbers: a product of matrices differs from the processor's."
    times, end = 0, time.perf_counter() + seconds
    _wait_for(done)
    began = time.perf_counter()
    while time.perf_counter() < end or not times:
        progress.check()
        done = a @ b
        times += 1
        if where.type != "cpu":
            _wait_for(done)
    return 2 * side**3 * times / (time.perf_counter() - began) / 1e9, ""


def _training(where: torch.device, seconds: float, progress: Progress) -> tuple[float, str]:
    """(documents a second, what is wrong): steps of a training on made-up documents of unit length."""
    config = TrainConfig(
        sae=SaeConfig(dim=_DIM, features=_FEATURES, k=_K),
        epochs=1,
        batch_size=_BATCH,
        learning_rate=1e-3,
        aux_k=0,
        dead_after=1 << 40,
        device="cpu" if where.type == "cpu" else "cuda",
    )
    sample = np.random.default_rng(0).standard_normal((_ROWS, _DIM), dtype=np.float32)
    sample /= np.linalg.norm(sample, axis=1, keepdims=True)
    x = torch.from_numpy(sample).to(where)
    model = initial_model(config, sample, where)
    state, gradients = State.fresh(model, config), Gradients.of(model)

    def step(number: int) -> Tensor:
        begin = number * _BATCH % (_ROWS - _BATCH)
        done = state.parts.accumulate(
            model,
            x[begin : begin + _BATCH],
            config,
            variance=1.0,
            dead=None,
            batch=_BATCH,
            peers=Peers(),
            gradients=gradients,
        )
        state.optimiser.step(model, gradients, config.learning_rate)
        return done.unexplained

    for number in range(_WARM_UP):
        progress.check()
        last = step(number)
    first = float(last)
    steps, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds or not steps:
        progress.check()
        last = step(_WARM_UP + steps)
        steps += 1
    error = float(last)  # waits for a card to finish
    pace = steps * _BATCH / (time.perf_counter() - began)
    if not np.isfinite(error) or not np.isfinite(first):
        return pace, "It computes wrong numbers: the training's error is no number."
    return pace, ""


def _wait_for(tensor: Tensor) -> None:
    float(tensor[0, 0])
