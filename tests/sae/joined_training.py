"""Run by a test as one of several processes: train on a planted corpus together with the others.

    joined_training.py FOLDER SETTINGS [cancel|kill RANK DOCUMENTS]

SETTINGS is JSON for `conftest.config`. The process of that rank cancels, or is killed, after that many
documents. Ends with 3 when cancelled, 4 on a UserError.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
from pathlib import Path

import torch

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress
from saerch_desktop.sae import loop
from saerch_desktop.sae.distributed import peers_from_environment
from saerch_desktop.sae.feed import Batch
from saerch_desktop.sae.trainer import train


def main(folder: str, settings: str, action: str = "", rank: str = "-1", documents: str = "0") -> int:
    support = runpy.run_path(str(Path(__file__).with_name("conftest.py")))
    torch.set_num_threads(1)
    updates: list[int] = []
    progress = Progress(lambda update: updates.append(update.done))
    after = loop.Loop._update

    def watched(self: loop.Loop, batch: Batch, agreed: Progress, steps: int) -> None:
        if os.environ["RANK"] == rank and (batch.step + 1) * batch.size >= int(documents):
            if action == "kill":
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
            progress.cancel()
        after(self, batch, agreed, steps)

    loop.Loop._update = watched  # type: ignore[method-assign]
    try:
        with peers_from_environment("cpu") as peers:
            report = train(
                support["planted"]().vectors,
                support["config"](**json.loads(settings)),
                Path(folder),
                progress,
                resume=True,
                checkpoint_seconds=0,
                peers=peers,
            )
    except Cancelled:
        return 3
    except UserError as error:
        print(error.happened)
        return 4
    print(json.dumps([peers.rank, report.metrics.fvu, len(updates), report.resumed_at]))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
