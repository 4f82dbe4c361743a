"""Run by a test in its own process: train on a planted corpus and be killed after so many documents.

    killed_training.py FOLDER DOCUMENTS [SETTINGS]

SETTINGS is JSON for `conftest.config`.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
from pathlib import Path

import torch

from saerch_desktop.progress import Progress, Update
from saerch_desktop.sae.trainer import train


def main(folder: Path, documents: int, settings: str = "{}") -> None:
    support = runpy.run_path(str(Path(__file__).with_name("conftest.py")))
    torch.set_num_threads(1)

    def listen(update: Update) -> None:
        if update.stage == "Training" and update.done >= documents:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

    config = support["config"](**json.loads(settings))
    train(support["planted"]().vectors, config, folder, Progress(listen), checkpoint_seconds=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
