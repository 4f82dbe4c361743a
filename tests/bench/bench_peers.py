"""Public trainers of sparse autoencoders beside this project's, on the same vectors and the same machine.

    SAERCH_PEERS_PYTHON=/path/to/venv/bin/python python -m pytest tests/bench/bench_peers.py -m bench -s

Each public trainer runs in a process of its own with the interpreter named by SAERCH_PEERS_PYTHON (else this
one; `pip install .[interchange-tests]` has them all) and is left out where its package is missing, with the
reason.
Everybody gets the same 9,500 training documents of arXiv, ten passes and two threads, and is judged on the
same 2,000 others: FVU = Σ‖x−x̂‖² / Σ‖x−mean of the training rows‖². A public trainer is tuned by that very
figure (rate, batch, rate again), which flatters it a little; this project's recipe is taken as it is.

A run is one JSON line in the file SAERCH_BENCH_RESULTS, and what is there is not run again, so that a long
comparison goes on where it stopped; SAERCH_BENCH_AGAIN=1 repeats the runs that the table shows, without the
search, for the sake of their speed. SAERCH_BENCH_CELLS="1536x16 3072x32 6144x64" and
SAERCH_BENCH_SEEDS="0 1 2" ask for more than one cell and seed (the settings found for the first seed serve
the others); SAERCH_BENCH_TRAINERS="sae_lens TopK;saerch" for some trainers only.
"""

from __future__ import annotations

import faulthandler
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bench.corpora import ArrayVectors, arxiv, unit
from bench.public_trainers import TRAINERS
from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.presets import plan
from saerch_desktop.sae.split import training_rows
from saerch_desktop.sae.trainer import train
from saerch_desktop.sae.weights import Sae

pytestmark = [pytest.mark.bench, pytest.mark.timeout(0)]

OURS = "saerch"
CORPUS, JUDGED = 10_000, 2_000  # of the corpus, a twentieth is held out by the recipe itself
PASSES = int(os.environ.get("SAERCH_BENCH_PASSES", "10"))
THREADS = 2
RATES = (3e-3, 1e-3, 1e-2)  # extended by factors of three while the best is at the edge
SIGN_RATES = (1e-3, 3e-4, 3e-3)  # sign descent moves each weight by the whole rate
MOST_RATES = 6
BATCH, OTHER_BATCHES, SMALLEST = 256, (128, 512, 64), 64
AGAIN = bool(os.environ.get("SAERCH_BENCH_AGAIN"))
FINISHED = object()
SCRIPT = Path(__file__).with_name("public_trainers.py")


@dataclass
class Results:
    """The runs so far, in a file of JSON lines."""

    path: Path

    def find(self, key: dict[str, Any]) -> dict[str, Any] | None:
        if not self.path.is_file():
            return None
        runs: list[dict[str, Any]] = [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]
        return next((run for run in reversed(runs) if run["key"] == key), None)

    def add(self, key: dict[str, Any], outcome: dict[str, Any]) -> dict[str, Any]:
        run = {"key": key, **outcome}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")
        return run


@dataclass
class Bench:
    """One cell (features, k) with one seed: its rows, and how to run trainers on them."""

    results: Results
    folder: Path
    features: int
    k: int
    seed: int

    def __post_init__(self) -> None:
        every = arxiv()
        assert every is not None
        order = np.random.default_rng(7).permutation(len(every))
        self.corpus = unit(np.asarray(every)[order[:CORPUS]])
        self.judged = unit(np.asarray(every)[order[CORPUS : CORPUS + JUDGED]])
        rows = training_rows(ArrayVectors(self.corpus), self.recipe("balanced"))
        self.train = self.corpus[rows]
        for name, part in (("train", self.train), ("heldout", self.judged)):
            np.save(self.folder / f"{name}.npy", part)

    def run(self, trainer: str, settings: dict[str, Any], *, again: bool = False) -> dict[str, Any]:
        """A finished run, or one with an `error` or the reason why it was `skipped`."""
        key = {
            "trainer": trainer,
            "features": self.features,
            "k": self.k,
            "documents": len(self.train),
            "passes": PASSES,
            "seed": self.seed,
            "settings": settings,
        }
        found = None if again else self.results.find(key)
        if found is None:
            found = self.ours(settings) if trainer == OURS else self.public(trainer, settings)
            if "skipped" not in found:
                found = self.results.add(key, found)
            told = "" if trainer == OURS else settings
            print("   ", trainer, told, {name: found.get(name) for name in ("fvu", "error")}, flush=True)
        return found

    def recipe(self, preset: str) -> TrainConfig:
        return plan(
            preset,
            CORPUS,
            self.corpus.shape[1],
            features=self.features,
            k=self.k,
            epochs=PASSES,
            seed=self.seed,
        )

    def ours(self, settings: dict[str, Any]) -> dict[str, Any]:
        torch.set_num_threads(THREADS)
        config = TrainConfig.model_validate(settings)
        folder = self.folder / f"ours-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        report = train(ArrayVectors(self.corpus), config, folder, Progress())
        sae = Sae.load(folder)
        mean = self.train.mean(axis=0, dtype=np.float64)
        result: dict[str, Any] = {
            "seconds": report.seconds,
            "documents_per_second": report.documents_per_second,
            "used": {"rate": config.learning_rate, "batch": config.batch_size, "preset": config.preset},
        }
        for name, rows in (("train_fvu", self.train), ("fvu", self.judged)):
            error = spread = active = 0.0
            fired = np.zeros(self.features, bool)
            for x in _blocks(rows):
                indices, values = sae.encode(x)
                rebuilt = sae.decode(indices, values)
                error += float(np.square(x - rebuilt, dtype=np.float64).sum())
                spread += float(np.square(x - mean).sum())
                active += int((values > 0).sum())
                fired[indices[values > 0]] = True
            result |= {name: error / spread, "l0": active / len(rows)}
            if name == "train_fvu":
                result["dead"] = 1 - float(fired.mean())
        return result

    def public(self, trainer: str, settings: dict[str, float]) -> dict[str, Any]:
        job = self.folder / "job.json"
        described = {
            "train": str(self.folder / "train.npy"),
            "heldout": str(self.folder / "heldout.npy"),
            "features": self.features,
            "k": self.k,
            "passes": PASSES,
            "seed": self.seed,
            "threads": THREADS,
            "settings": settings,
        }
        job.write_text(json.dumps(described), "utf-8")
        python = os.environ.get("SAERCH_PEERS_PYTHON") or sys.executable
        done = subprocess.run(
            [python, str(SCRIPT), trainer, str(job)],
            capture_output=True,
            text=True,
            env=os.environ | {"HF_HUB_OFFLINE": "1", "WANDB_MODE": "disabled"},
            cwd=self.folder,
            check=False,
        )
        last = (done.stdout.strip().splitlines() or [""])[-1]
        if done.returncode == 3:
            return {"skipped": last}
        if done.returncode:
            return {"error": (done.stderr.strip().splitlines() or ["died"])[-1]}
        outcome: dict[str, Any] = json.loads(last)
        return outcome


def _blocks(rows: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(rows), 512):
        yield rows[start : start + 512]


def search(bench: Bench, trainer: str, best: dict[str, dict[str, float]]) -> Iterator[None]:
    """One run at each step, and the best settings so far in `best[trainer]`: first rates at one batch size,
    then other sizes at the best rate, then rates again.
    """
    found: dict[tuple[float, int], float] = {}

    def attempt(rate: float, batch: int) -> None:
        rate = float(f"{rate:.2g}")
        found[rate, batch] = float(bench.run(trainer, {"rate": rate, "batch": batch}).get("fvu", np.inf))
        best[trainer] = dict(zip(("rate", "batch"), min(found, key=found.__getitem__), strict=True))

    for rate in SIGN_RATES if "signum" in trainer else RATES:
        attempt(rate, BATCH)
        yield
    while len(found) < MOST_RATES:
        rates = [rate for rate, _ in found]
        if best[trainer]["rate"] not in (min(rates), max(rates)):
            break
        factor = 1 / 3 if best[trainer]["rate"] == min(rates) else 3
        attempt(best[trainer]["rate"] * factor, BATCH)
        yield
    for batch in OTHER_BATCHES:
        if batch != SMALLEST or best[trainer]["batch"] == 2 * SMALLEST:
            attempt(best[trainer]["rate"], batch)
            yield
    for factor in (0.5, 2):
        rate, batch = best[trainer].values()
        if (rate * factor, batch) not in found:
            attempt(rate * factor, int(batch))
            yield


def line(name: str, run: dict[str, Any]) -> None:
    if "fvu" not in run:
        print(f"  {name:<44} {run.get('error') or run.get('skipped')}")
        return
    used = run["used"]
    print(
        f"  {name:<44} {run['fvu']:7.4f} {run['train_fvu']:7.4f} {run['l0']:6.1f} {run['dead']:7.2%} "
        f"{run['documents_per_second']:11,.0f}   rate {used['rate']:.2g}, batch {used['batch']}"
    )


def test_public_trainers(tmp_path: Path) -> None:
    faulthandler.cancel_dump_traceback_later()  # a search takes its time
    if arxiv() is None:
        pytest.skip("the shared arXiv vectors are not at hand")
    results = Results(Path(os.environ.get("SAERCH_BENCH_RESULTS") or tmp_path / "peers.jsonl"))
    cells = [cell.split("x") for cell in os.environ.get("SAERCH_BENCH_CELLS", "3072x32").split()]
    seeds = [int(seed) for seed in os.environ.get("SAERCH_BENCH_SEEDS", "0").split()]
    wanted = [*filter(None, os.environ.get("SAERCH_BENCH_TRAINERS", "").split(";"))] or [OURS, *TRAINERS]
    print()
    for features, k in cells:
        settled: dict[str, dict[str, float]] = {}
        for seed in seeds:
            folder = tmp_path / f"{features}-{k}-{seed}"
            folder.mkdir()
            bench = Bench(results, folder, int(features), int(k), seed)
            rows: list[tuple[str, dict[str, Any]]] = []
            if OURS in wanted:
                for name, preset in (("balanced", "balanced"), ("the paper's recipe", "paper32")):
                    settings = bench.recipe(preset).model_dump(mode="json")
                    rows.append((f"{OURS}, {name}", bench.run(OURS, settings, again=AGAIN)))
            chosen = [name for name in TRAINERS if name in wanted]
            own = {name: bench.run(name, {}, again=AGAIN) for name in chosen}
            for trainer, run in own.items():
                if "skipped" in run:
                    print(f"  left out: {trainer}: {run['skipped']}")
            own = {name: run for name, run in own.items() if "skipped" not in run}
            if not settled:
                # In turns, so that a search that was broken off has tried the likely settings of everybody.
                searches = [search(bench, name, settled) for name in own]
                while searches:
                    searches = [each for each in searches if next(each, FINISHED) is not FINISHED]
            for trainer, run in own.items():
                rows.append((f"{trainer}, own settings", run))
                rows.append((f"{trainer}, tuned", bench.run(trainer, settled[trainer], again=AGAIN)))
            about = f"{len(bench.train):,} documents, {PASSES} passes, seed {seed}"
            print(f"\n{features} features, k {k}, {about}")
            print(f"  {'':<44} {'FVU':>7} {'train':>7} {'L0':>6} {'dead':>7} {'documents/s':>11}")
            for name, run in rows:
                line(name, run)
