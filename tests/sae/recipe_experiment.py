"""Try training recipes on files of vectors. The tables of decisions 0002 and 0004 were made so.

One run, with any field of `TrainConfig` set by hand:

    python tests/sae/recipe_experiment.py one VECTORS.npy ROWS PRESET [features=N k=K epochs=E seed=S
        variant=topk recipe=saerch FIELD=VALUE …]

Shapes × seeds × recipes at equal passes, as JSON lines in a file that a later call goes on with, and a table:

    python tests/sae/recipe_experiment.py grid VECTORS.npy ROWS --features 1536 3072 6144 --k 16 32 64
        --seeds 0 1 2 --recipes balanced paper paper-tuned --epochs 10 [--results FILE.jsonl]

The search for the rate and batch size that suit the paper's recipe best, in the same file:

    python tests/sae/recipe_experiment.py tune VECTORS.npy ROWS --features 1536 --k 32
        --rates 5e-4 1e-3 2e-3 4e-3 --batches 64 128 256 512
"""

from __future__ import annotations

import argparse
import json
import runpy
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.presets import plan
from saerch_desktop.sae.trainer import train

_PLANNED = ("features", "k", "epochs", "seed")
RECIPES = ("balanced", "paper", "paper-tuned")


class Corpus:
    """The first rows of a file of vectors, at unit length."""

    def __init__(self, file: str, rows: int) -> None:
        support = runpy.run_path(str(Path(__file__).with_name("conftest.py")))
        array = support["unit"](np.load(file, mmap_mode="r")[:rows].astype(np.float32))
        self.name, self.rows, self.dim = Path(file).stem, len(array), array.shape[1]
        self._vectors = support["ArrayVectors"](array)

    def run(self, config: TrainConfig) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            report = train(self._vectors, config, Path(folder), Progress())
        metrics = report.metrics
        return {
            "fvu": metrics.fvu,
            "train": report.record.epochs[-1].unexplained,
            "dead": metrics.dead_fraction,
            "cosine": metrics.cosine,
            "documents_per_second": round(report.documents_per_second),
            "seconds": round(report.seconds, 1),
        }


class Results:
    """Runs by what was run, one JSON line each; with a file they outlive this process."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, dict[str, Any]] = {}
        if path is not None and path.is_file():
            for line in path.read_text("utf-8").splitlines():
                run = json.loads(line)
                self._known[json.dumps(run["key"], sort_keys=True)] = run

    def run(self, corpus: Corpus, label: str, config: TrainConfig) -> dict[str, Any]:
        settings = config.model_dump(mode="json", exclude={"preset", "device"})
        key = {"vectors": corpus.name, "rows": corpus.rows, "recipe": label, "config": settings}
        name = json.dumps(key, sort_keys=True)
        if name not in self._known:
            self._known[name] = {"key": key, **corpus.run(config)}
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(self._known[name]) + "\n")
            print(f"  {label} {describe(config)}: {figures(self._known[name])}", file=sys.stderr, flush=True)
        return self._known[name]


def configured(corpus: Corpus, recipe: str, features: int, k: int, epochs: int, seed: int) -> TrainConfig:
    """A recipe for a shape at so many passes."""
    return plan(
        "balanced",
        corpus.rows,
        corpus.dim,
        features=features,
        k=k,
        epochs=epochs,
        seed=seed,
        recipe="saerch" if recipe == "balanced" else "paper",
        device="cpu",
    )


def of_seeds(
    results: Results, corpus: Corpus, recipe: str, features: int, k: int, given: argparse.Namespace
) -> list[dict[str, Any]]:
    """One run for each seed. paper-tuned: the paper's recipe with the best of the candidates, chosen for this
    shape by the first seed's held-out documents, which flatters it a little.
    """
    configs = [configured(corpus, recipe, features, k, given.epochs, seed) for seed in given.seeds]
    if recipe == "paper-tuned":
        tried = {pair: results.run(corpus, "paper", tuned(configs[0], *pair))["fvu"] for pair in CANDIDATES}
        configs = [tuned(config, *min(tried, key=tried.__getitem__)) for config in configs]
    return [results.run(corpus, recipe.removesuffix("-tuned"), config) for config in configs]


def tuned(config: TrainConfig, rate: float, batch: int) -> TrainConfig:
    return config.model_copy(update={"learning_rate": rate, "batch_size": batch})


# Rates and batch sizes with which the paper's recipe did equally well, within 1 %, at 1,536 features and k 32
# on 9,500 documents; decision 0004 has the search. Which of them is best depends on the shape.
CANDIDATES = ((2e-3, 128), (2e-3, 256), (4e-3, 256), (4e-3, 512))


def describe(config: TrainConfig) -> str:
    shape = config.sae
    return (
        f"{shape.variant} {shape.features}/{shape.k}, {config.epochs} passes, batch {config.batch_size}, "
        f"rate {config.learning_rate:.2g}, seed {config.seed}"
    )


def figures(run: dict[str, Any]) -> str:
    return (
        f"FVU {run['fvu']:.4f}, dead {run['dead']:.2%}, cosine {run['cosine']:.3f}, "
        f"{run['documents_per_second']:,} documents/s, {run['seconds']:.0f} s"
    )


def one(given: argparse.Namespace) -> None:
    corpus = Corpus(given.vectors, given.rows)
    fields = dict(setting.split("=") for setting in given.settings)
    planned_by: dict[str, Any] = {name: int(fields.pop(name)) for name in _PLANNED if name in fields}
    planned_by |= {name: fields.pop(name) for name in ("variant", "recipe") if name in fields}
    planned = plan(given.preset, corpus.rows, corpus.dim, **planned_by)
    config = TrainConfig.model_validate(planned.model_dump() | fields)
    print(f"{describe(config)} {fields or ''}: {figures(corpus.run(config))}")


def grid(given: argparse.Namespace) -> None:
    corpus, results = Corpus(given.vectors, given.rows), Results(given.results)
    print(f"{corpus.name}, {corpus.rows:,} rows, {given.epochs} passes, seeds {given.seeds}")
    print("FVU of held-out documents, mean ± standard deviation over the seeds (dead features)")
    head = [f"{name:>26}" for name in given.recipes]
    print(f"{'features':>8} {'k':>4}" + "".join(head) + (f"{'first against the others':>30}"))
    for features, k in product(given.features, given.k):
        cells = [of_seeds(results, corpus, recipe, features, k, given) for recipe in given.recipes]
        means = [statistics.mean(run["fvu"] for run in runs) for runs in cells]
        against = " ".join(f"{means[0] / mean - 1:+.1%}" for mean in means[1:])
        print(f"{features:>8} {k:>4}" + "".join(f"{cell(runs):>26}" for runs in cells) + f"{against:>30}")


def cell(runs: Sequence[dict[str, Any]]) -> str:
    errors = [run["fvu"] for run in runs]
    spread = f" ± {statistics.stdev(errors):.4f}" if len(errors) > 1 else ""
    return f"{statistics.mean(errors):.4f}{spread} ({statistics.mean(run['dead'] for run in runs):.2%})"


def tune(given: argparse.Namespace) -> None:
    corpus, results = Corpus(given.vectors, given.rows), Results(given.results)
    for features, k in product(given.features, given.k):
        print(f"{features} features, k {k}: rate down, batch size across, FVU (dead)")
        print(f"{'':>8}" + "".join(f"{batch:>18}" for batch in given.batches))
        for rate in given.rates:
            start = configured(corpus, "paper", features, k, given.epochs, given.seeds[0])
            runs = (results.run(corpus, "paper", tuned(start, rate, batch)) for batch in given.batches)
            print(f"{rate:>8.2g}" + "".join(f"{cell([run]):>18}" for run in runs))


def main(words: Iterable[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, call in (("one", one), ("grid", grid), ("tune", tune)):
        command = commands.add_parser(name)
        command.set_defaults(call=call)
        command.add_argument("vectors")
        command.add_argument("rows", type=int)
        if call is one:
            command.add_argument("preset")
            command.add_argument("settings", nargs="*")
            continue
        command.add_argument("--features", type=int, nargs="+", default=[1536, 3072, 6144])
        command.add_argument("--k", type=int, nargs="+", default=[16, 32, 64])
        command.add_argument("--seeds", type=int, nargs="+", default=[0])
        command.add_argument("--epochs", type=int, default=10)
        command.add_argument("--results", type=Path)
        if call is grid:
            command.add_argument("--recipes", nargs="+", choices=RECIPES, default=RECIPES)
        else:
            command.add_argument("--rates", type=float, nargs="+", default=[1e-3, 2e-3, 4e-3])
            command.add_argument("--batches", type=int, nargs="+", default=[128, 256, 512])
    given = parser.parse_args(list(words))
    given.call(given)


if __name__ == "__main__":
    main(sys.argv[1:])
