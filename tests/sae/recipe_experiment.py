"""Try training settings on a file of vectors; prints one line. The tables of decision 0002 were made so.

    python tests/sae/recipe_experiment.py VECTORS.npy ROWS PRESET [features=N k=K epochs=E seed=S FIELD=VALUE]

FIELD is any field of `TrainConfig`, such as learning_rate, batch_size, encoder_scale or dead_after.
"""

from __future__ import annotations

import runpy
import sys
import tempfile
from pathlib import Path

import numpy as np

from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.presets import plan
from saerch_desktop.sae.trainer import train

_PLANNED = ("features", "k", "epochs", "seed")


def main(file: str, rows: str, preset: str, *settings: str) -> None:
    support = runpy.run_path(str(Path(__file__).with_name("conftest.py")))
    array = support["unit"](np.load(file, mmap_mode="r")[: int(rows)].astype(np.float32))
    given = dict(setting.split("=") for setting in settings)
    numbers = {name: int(given.pop(name)) for name in _PLANNED if name in given}
    planned = plan(preset, len(array), array.shape[1], **numbers)
    config = TrainConfig.model_validate(planned.model_dump() | given)
    with tempfile.TemporaryDirectory() as folder:
        report = train(support["ArrayVectors"](array), config, Path(folder), Progress())
    metrics, shape = report.metrics, config.sae
    print(
        f"{shape.features} features, k {shape.k}, {config.epochs} passes, batch {config.batch_size}, "
        f"rate {config.learning_rate:.2g} {given or ''}: "
        f"FVU {metrics.fvu:.4f}, dead {metrics.dead_fraction:.2%}, cosine {metrics.cosine:.3f}, "
        f"{report.documents_per_second:,.0f} documents/s, {report.seconds:.0f} s"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
