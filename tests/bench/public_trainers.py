"""Train one public package's sparse autoencoder on the same vectors, with the package's own trainer.

    PYTHON public_trainers.py TRAINER JOB.json

Run by `bench_peers.py` in a process of its own, with an interpreter that has the package; imports nothing of
this project. JOB.json holds: train, heldout (paths of .npy files, float32 rows), features, k, passes, seed,
threads, and settings: {} for the package's own, or {"rate": …, "batch": …} for a tuned run. Prints one JSON
object as its last line. Exits with 3 and the reason on its last line when the package cannot be imported.

What "own settings" means. Rate, schedule, warm-up, auxiliary loss and start are the package's. The batch is
the package's where its trainer has one; where the caller hands in batches (dictionary_learning, sae_lens,
sparsify), it is the paper's 1,024, since what their language-model buffers hand out (8,192, 4,096 and 65,536
tokens) would be a handful of steps here. A tuned run changes rate and batch, and gives a schedule that fits
the number of steps through the package's own options, where it has them: warm-up over a twentieth, linear
decay over the last fifth.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

UNCHANGED_BATCH = 1024
EVALUATE = 512

# encode (m, d) -> (m, n) dense activations at inference; decode the other way
Codec = tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]


@dataclass
class Job:
    train: Tensor
    heldout: Tensor
    features: int
    k: int
    passes: int
    seed: int
    rate: float | None
    batch: int

    @property
    def tuned(self) -> bool:
        return self.rate is not None

    @property
    def steps(self) -> int:
        return self.passes * -(-len(self.train) // self.batch)

    @property
    def warmup(self) -> int:
        return max(1, self.steps // 20)

    @property
    def decay(self) -> int:
        return max(1, self.steps // 5)

    def places(self) -> Iterator[Tensor]:
        """Places of the training rows, batch by batch: every pass in a new order."""
        generator = torch.Generator().manual_seed(self.seed)
        for _ in range(self.passes):
            order = torch.randperm(len(self.train), generator=generator)
            yield from torch.tensor_split(order, self.steps // self.passes)


def dictionary_learning_topk(job: Job) -> tuple[Codec, float, dict[str, Any]]:
    from dictionary_learning.trainers.top_k import TopKTrainer

    return _dictionary_learning(TopKTrainer, job)


def dictionary_learning_batchtopk(job: Job) -> tuple[Codec, float, dict[str, Any]]:
    from dictionary_learning.trainers.batch_top_k import BatchTopKTrainer

    # At inference it takes what is over a threshold that is learnt from step 1,000 on by default: never here.
    return _dictionary_learning(BatchTopKTrainer, job, threshold_start_step=job.warmup, threshold_beta=0.97)


def _dictionary_learning(kind: type, job: Job, **more: Any) -> tuple[Codec, float, dict[str, Any]]:
    if job.tuned:
        more |= {"lr": job.rate, "warmup_steps": job.warmup, "decay_start": job.steps - job.decay}
    else:
        # Its 1,000 warm-up steps are refused where the whole training has fewer.
        more["warmup_steps"] = min(1000, job.steps - 1)
    trainer = kind(
        steps=job.steps,
        activation_dim=job.train.shape[1],
        dict_size=job.features,
        k=job.k,
        layer=0,
        lm_name="none",
        seed=job.seed,
        device="cpu",
        **more,
    )
    began = time.perf_counter()
    for step, places in enumerate(job.places()):
        trainer.update(step, job.train[places])
    seconds = time.perf_counter() - began
    used = {"rate": trainer.lr, "batch": job.batch, "warmup": trainer.warmup_steps}
    return (trainer.ae.encode, trainer.ae.decode), seconds, used


def sae_lens_topk(job: Job) -> tuple[Codec, float, dict[str, Any]]:
    from sae_lens import TopKTrainingSAE, TopKTrainingSAEConfig

    shape = TopKTrainingSAEConfig(d_in=job.train.shape[1], d_sae=job.features, k=job.k)
    return _sae_lens(TopKTrainingSAE, shape, job)


def _sae_lens(kind: type, shape: Any, job: Job) -> tuple[Codec, float, dict[str, Any]]:
    from sae_lens import SAETrainer
    from sae_lens.config import SAETrainerConfig

    torch.manual_seed(job.seed)
    sae = kind(shape)
    rate = 3e-4 if job.rate is None else job.rate
    schedule = {"lr_warm_up_steps": job.warmup, "lr_decay_steps": job.decay} if job.tuned else {}
    config = SAETrainerConfig(
        total_training_samples=job.passes * len(job.train),
        train_batch_size_samples=job.batch,
        lr=rate,
        lr_end=rate / 10,  # as its own runner fills it in; a constant rate does not use it
        **schedule,
    )
    trainer = SAETrainer(config, sae, (job.train[places] for places in job.places()))
    began = time.perf_counter()
    trainer.fit()
    seconds = time.perf_counter() - began
    sae.eval()
    return (sae.encode, sae.decode), seconds, {"rate": rate, "batch": job.batch, **schedule}


def sparsify_signum(job: Job) -> tuple[Codec, float, dict[str, Any]]:
    return _sparsify("signum", job)


def sparsify_adam(job: Job) -> tuple[Codec, float, dict[str, Any]]:
    return _sparsify("adam", job)


class _Lookup(torch.nn.Module):
    """Stands in for the language model whose activations sparsify trains on: document ids in, vectors out."""

    device = torch.device("cpu")

    def __init__(self, vectors: Tensor) -> None:
        super().__init__()
        self.documents = torch.nn.Embedding.from_pretrained(vectors)

    @property
    def base_model(self) -> _Lookup:
        return self

    @property
    def dummy_inputs(self) -> dict[str, Tensor]:
        return {"input_ids": torch.zeros((1, 2), dtype=torch.long)}

    def forward(self, input_ids: Tensor) -> Tensor:
        found: Tensor = self.documents(input_ids)
        return found


def _sparsify(optimiser: str, job: Job) -> tuple[Codec, float, dict[str, Any]]:
    from sparsify import SaeConfig, TrainConfig, Trainer

    # One "sequence" is one whole batch of documents.
    batches = [{"input_ids": places} for places in job.places()]
    with TemporaryDirectory() as folder:
        config = TrainConfig(
            SaeConfig(num_latents=job.features, k=job.k),
            batch_size=1,
            optimizer=optimiser,
            lr=job.rate,
            hookpoints=["documents"],
            init_seeds=[job.seed],
            save_every=1 << 40,
            save_dir=folder,
            run_name="run",
            log_to_wandb=False,
            **({"lr_warmup_steps": job.warmup} if job.tuned else {}),
        )
        trainer = Trainer(config, batches, _Lookup(job.train))
        began = time.perf_counter()
        trainer.fit()
        seconds = time.perf_counter() - began
    for chosen in trainer.optimizers:
        if hasattr(chosen, "eval"):
            chosen.eval()  # schedule-free: the averaged weights are the result
    sae = next(iter(trainer.saes.values()))
    sae.set_decoder_norm_to_unit_norm()

    def encode(x: Tensor) -> Tensor:
        values, indices, _ = sae.encode(x)
        return torch.zeros(len(x), job.features).scatter_(1, indices, values)

    def decode(codes: Tensor) -> Tensor:
        values, indices = codes.topk(job.k)
        rebuilt: Tensor = sae.decode(values, indices)
        return rebuilt

    rate = job.rate or (5e-3 if optimiser == "signum" else 2e-4) / (job.features / 2**14) ** 0.5
    return (encode, decode), seconds, {"rate": rate, "batch": job.batch, "optimizer": optimiser}


def hypothesaes_topk(job: Job) -> tuple[Codec, float, dict[str, Any]]:
    from hypothesaes.sae import SparseAutoencoder

    torch.manual_seed(job.seed)
    sae = SparseAutoencoder(job.train.shape[1], job.features, job.k, device="cpu")
    own = {"learning_rate": job.rate, "batch_size": job.batch} if job.tuned else {}
    began = time.perf_counter()
    sae.fit(job.train, n_epochs=job.passes, show_progress=False, **own)
    seconds = time.perf_counter() - began
    sae.eval()
    used = {"rate": own.get("learning_rate", 5e-4), "batch": own.get("batch_size", 512)}
    return (
        (lambda x: sae(x)[1]["activations"], lambda codes: sae.decoder(codes) + sae.input_bias),
        seconds,
        used,
    )


TRAINERS: dict[str, tuple[str, Callable[[Job], tuple[Codec, float, dict[str, Any]]]]] = {
    "dictionary_learning TopK": ("dictionary-learning", dictionary_learning_topk),
    "dictionary_learning BatchTopK": ("dictionary-learning", dictionary_learning_batchtopk),
    "sparsify, signum": ("eai-sparsify", sparsify_signum),
    "sparsify, Adam": ("eai-sparsify", sparsify_adam),
    "sae_lens TopK": ("sae-lens", sae_lens_topk),
    "hypothesaes TopK": ("hypothesaes", hypothesaes_topk),
}


@torch.no_grad()
def judge(codec: Codec, train: Tensor, heldout: Tensor) -> dict[str, float]:
    """FVU = Σ‖x−x̂‖² / Σ‖x−mean of the training rows‖², on both; features that no training row activates."""
    encode, decode = codec
    mean = train.double().mean(dim=0)
    fired: Tensor | None = None
    result = {}
    for name, rows in (("train_fvu", train), ("fvu", heldout)):
        error = spread = active = 0.0
        for start in range(0, len(rows), EVALUATE):
            x = rows[start : start + EVALUATE]
            codes = encode(x)
            if name == "train_fvu":
                now = (codes > 0).any(dim=0)
                fired = now if fired is None else fired | now
            error += float((x.double() - decode(codes).double()).square().sum())
            spread += float((x.double() - mean).square().sum())
            active += float((codes > 0).sum())
        result[name] = error / spread
        result["l0"] = active / len(rows)
    assert fired is not None
    result["dead"] = 1 - float(fired.float().mean())
    return result


def main(trainer: str, path: str) -> None:
    given = SimpleNamespace(**json.loads(Path(path).read_text("utf-8")))
    torch.set_num_threads(given.threads)
    package, run = TRAINERS[trainer]
    job = Job(
        train=torch.from_numpy(np.load(given.train)),
        heldout=torch.from_numpy(np.load(given.heldout)),
        features=given.features,
        k=given.k,
        passes=given.passes,
        seed=given.seed,
        rate=given.settings.get("rate"),
        batch=given.settings.get("batch", UNCHANGED_BATCH),
    )
    try:
        codec, seconds, used = run(job)
    except ImportError as error:
        print(f"{package}: {error}")
        sys.exit(3)
    speed = job.passes * len(job.train) / seconds
    about = {"version": version(package), "seconds": seconds, "documents_per_second": speed, "used": used}
    print(json.dumps(about | judge(codec, job.train, job.heldout)))


if __name__ == "__main__":
    main(*sys.argv[1:])
