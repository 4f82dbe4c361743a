"""What a training will cost, found out by a second of trying it on the real vectors."""

from __future__ import annotations

import math
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saerch_desktop.embedding.devices import machine_memory
from saerch_desktop.progress import Progress
from saerch_desktop.sae import judging
from saerch_desktop.sae.alarms import small_corpus
from saerch_desktop.sae.checkpoint import State
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.details import SaeDetails
from saerch_desktop.sae.encoding import block_encoder
from saerch_desktop.sae.feed import POOL_BYTES
from saerch_desktop.sae.gradients import Gradients
from saerch_desktop.sae.metrics import codes_of, rebuilt_by_level
from saerch_desktop.sae.model import Model, choose_device, initial_model
from saerch_desktop.sae.peers import Peers
from saerch_desktop.sae.split import VectorSource, heldout_rows, training_rows
from saerch_desktop.sae.trainer import CHECKPOINT_SECONDS, SAMPLE, check_suitable, gathered
from saerch_desktop.sae.weights import Sae

_FEWEST_STEPS: Final = 3
_WARM_UP: Final = 2  # the first steps touch fresh memory
_ONE_DEAD_OF: Final = 100  # features
_SAMPLE_FLOATS: Final = 4 << 20  # of vectors read to try things on
_BLOCK: Final = 512  # documents judged or encoded to see how long it takes
_BASELINE: Final = 330 << 20  # a process with this program and torch loaded
_WORKING: Final = 3  # arrays of batch × features and rows × dimensions that a step holds at its fullest
_DISK_RATE: Final = 400e6  # bytes a second when a state is saved
_CROWDED: Final = 0.8  # of a machine's memory


@dataclass(frozen=True, slots=True)
class Estimate:
    """seconds: of the training, reading and measuring included. encoding_seconds: of writing the codes of all
    documents afterwards. documents_per_second: while training. memory_bytes: the most that the process holds,
    or what is needed of the graphics card's memory. disk_bytes: weights, codes, inverted index and the state
    to resume from, all together. warnings: sentences with a remedy. refusal: why it must not be begun, ""
    when it may.
    """

    seconds: float
    encoding_seconds: float
    documents_per_second: float
    memory_bytes: int
    disk_bytes: int
    warnings: tuple[str, ...]
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class _Pace:
    """Seconds for one step, for reading a document once, for the initial model, and for a document: its codes
    while measuring, its reconstruction, its codes for the disk.
    """

    step: float
    read: float
    start: float
    codes: float
    rebuild: float
    encode: float


def estimate(
    vectors: VectorSource,
    config: TrainConfig,
    *,
    seconds: float = 1.0,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> Estimate:
    """What training by `config` on `vectors` will cost on this machine; tries steps for about `seconds`.

    folder: where the library is, to see whether its disk has room; by default where the vectors' file is.
    Dead latents cost extra: every second step tried has some, as the first passes do. Raises the UserErrors
    of `train` for unsuitable vectors, Cancelled.
    """
    check_suitable(vectors, config, Peers())
    progress = progress or Progress()
    progress.begin("Estimating")
    rows, heldout = training_rows(vectors, config), heldout_rows(vectors, config)
    pace = _try(vectors, config, rows, seconds, progress)
    steps = math.ceil(len(rows) / config.batch_size)
    judged = judging.sample(rows, heldout, config.seed)
    epoch_end = len(judged.pool) * (pace.codes + pace.rebuild)
    measuring = vectors.rows * pace.codes + (len(heldout) or len(rows)) * pace.rebuild + epoch_end
    training = config.epochs * (steps * pace.step + epoch_end)
    weights = _weights(config)
    saved = (3 + (config.keep == "best")) * weights
    # One state is written for every so many seconds of training.
    training *= 1 + (saved / _DISK_RATE if training > CHECKPOINT_SECONDS else 0) / CHECKPOINT_SECONDS
    disk = weights + saved + 16 * vectors.rows * config.sae.width + 8 * config.sae.features
    memory = _memory(vectors, config, len(rows))
    return Estimate(
        seconds=pace.read * len(rows) + pace.start + training + measuring,
        encoding_seconds=vectors.rows * pace.encode,
        documents_per_second=len(rows) / (steps * pace.step),
        memory_bytes=memory,
        disk_bytes=disk,
        warnings=_warnings(vectors, config, len(rows), memory, disk, folder),
        refusal=_refused(memory, config),
    )


def refusal(vectors: VectorSource, config: TrainConfig) -> str:
    """Why a training by `config` must not be begun: the system would end the program. "" when it may."""
    return _refused(_memory(vectors, config, len(training_rows(vectors, config))), config)


def _refused(memory: int, config: TrainConfig) -> str:
    there = machine_memory()
    # What does not fit into a graphics card is done in parts; main memory has no such way out.
    if there is None or memory <= there or choose_device(config.device).type == "cuda":
        return ""
    return (
        f"This needs about {_size(memory)} of memory, and this computer has {_size(there)}: it would be "
        "ended by the system. Choose fewer features, or train on a computer with more memory."
    )


def _try(
    vectors: VectorSource, config: TrainConfig, rows: NDArray[np.int64], seconds: float, progress: Progress
) -> _Pace:
    device = choose_device(config.device)
    most = max(config.batch_size, min(SAMPLE, _SAMPLE_FLOATS // vectors.dim))
    chosen = np.sort(np.random.default_rng(0).choice(rows, size=min(most, len(rows)), replace=False))
    sample, read = _timed(lambda: gathered(vectors, chosen), device)
    progress.check()
    model, start = _timed(lambda: initial_model(config, sample[:SAMPLE], device), device)
    variance = max(float(sample.var(axis=0, dtype=np.float64).sum()), 1e-12)
    x = torch.from_numpy(sample).to(device)
    state = State.fresh(model, config)
    gradients = Gradients.of(model)
    size = math.ceil(len(rows) / math.ceil(len(rows) / config.batch_size))
    some_dead = torch.arange(0, config.sae.features, _ONE_DEAD_OF, device=device)

    def step(number: int) -> None:
        index = torch.arange(number * size, (number + 1) * size, device=device) % len(x)
        part = x.index_select(0, index)
        done = state.parts.accumulate(
            model,
            part,
            config,
            variance=variance,
            dead=some_dead if number % 2 else None,
            batch=size,
            peers=Peers(),
            gradients=gradients,
        )
        state.optimiser.step(model, gradients, config.learning_rate / 10)
        if done.threshold is not None:
            model.follow(done.threshold, number)

    times: list[float] = []
    began = time.perf_counter()
    while len(times) < _WARM_UP + _FEWEST_STEPS or time.perf_counter() - began < seconds:
        progress.check()
        times.append(_timed(lambda: step(len(times)), device)[1])
    block = x[:_BLOCK]
    (indices, values), codes = _timed(lambda: _codes(model, block, config), device, warm=True)
    _, rebuild = _timed(lambda: rebuilt_by_level(model, indices, values, config.sae), device, warm=True)
    progress.check()
    return _Pace(
        step=statistics.fmean(times[_WARM_UP:]),
        read=read / len(chosen),
        start=start * min(SAMPLE, len(rows)) / min(SAMPLE, len(chosen)),
        codes=codes / len(block),
        rebuild=rebuild / len(block),
        encode=_encoding(model, sample, config, device),
    )


@torch.no_grad()
def _codes(model: Model, x: Tensor, config: TrainConfig) -> tuple[Tensor, Tensor]:
    return codes_of(model, x, config.sae)


def _encoding(model: Model, sample: NDArray[np.float32], config: TrainConfig, device: torch.device) -> float:
    """Seconds for one document's codes for the disk."""
    arrays = {name: array.copy() for name, array in model.arrays().items()}
    details = SaeDetails(name="", created="", sae=config.sae, sha256="")
    encoder, bias, decoder, centre = (arrays[name] for name in list(arrays)[:4])
    sae = Sae("", config.sae, encoder, decoder, centre, bias, "", details, arrays.get("threshold"))
    with block_encoder(sae, device) as encode:
        block = np.array(sample[: encode.rows])
        return _timed(lambda: encode(block), device, warm=True)[1] / len(block)


_T = TypeVar("_T")


def _timed(work: Callable[[], _T], device: torch.device, *, warm: bool = False) -> tuple[_T, float]:
    """The result of `work` and how many seconds it took; warm: the second time."""
    if warm:
        work()
    began = time.perf_counter()
    result = work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return result, time.perf_counter() - began


def _weights(config: TrainConfig) -> int:
    sae = config.sae
    return 4 * (2 * sae.features * sae.dim + sae.features + sae.dim)


def _memory(vectors: VectorSource, config: TrainConfig, documents: int) -> int:
    """Bytes of weights, gradients and Adam's two averages, perhaps the best weights, vectors and a step."""
    item = min(4, vectors.array.itemsize)
    whole = documents * vectors.dim
    pools = item * (whole if 4 * whole <= POOL_BYTES else 2 * (POOL_BYTES // 4))
    levels = max(1, len(config.sae.levels))
    step = _WORKING * 4 * config.batch_size * (config.sae.features + levels * vectors.dim)
    kept = 4 + (config.keep == "best")
    return _BASELINE + kept * _weights(config) + pools + step


def _warnings(
    vectors: VectorSource, config: TrainConfig, documents: int, memory: int, disk: int, folder: Path | None
) -> tuple[str, ...]:
    found = []
    if (alarm := small_corpus(config.sae.features, documents)) is not None:
        found.append(alarm.sentence)
    file = getattr(vectors.array, "filename", None)
    folder = folder or (Path(file).parent if file else None)
    if folder is not None and disk > (free := shutil.disk_usage(folder).free):
        found.append(
            f"The disk has {_size(free)} left and about {_size(disk)} are needed. Free some space, or choose "
            "fewer features."
        )
    there = machine_memory()
    where = "This computer has"
    if choose_device(config.device).type == "cuda":
        there, where = torch.cuda.get_device_properties(0).total_memory, "The graphics card has"
    if there is not None and memory > _CROWDED * there:
        found.append(
            f"{where} {_size(there)} of memory and about {_size(memory)} are needed, so training may be very "
            "slow or fail. Choose fewer features or smaller batches, and close other programs."
        )
    return tuple(found)


def _size(amount: int) -> str:
    return f"{amount / 1e9:.1f} GB"
