"""Run by the kill harness in its own process: one job, telling on standard output how far it is.

killed_jobs.py JOB LIBRARY RECORDS

Each line is JSON with "at", in seconds of the computer's monotonic clock: {"ready": …} before the work,
{"stage": …, "done": …, "total": …} meanwhile, {"kept": N} once a small write is on disk, {"over": …} at
the end.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from saerch_desktop.progress import Progress, Update

TRAINED = "killed"
EMBEDDED = 3000  # records of the library that is embedded: a few minutes of work


def say(**what: object) -> None:
    sys.stdout.write(json.dumps({"at": time.monotonic(), **what}) + "\n")
    sys.stdout.flush()


def listen(update: Update) -> None:
    say(stage=update.stage, done=update.done, total=update.total)


def sae_of(library: Path) -> str:
    """The SAE that is labelled and grouped: the first that was there before."""
    from saerch_desktop.library.library import Library

    with Library.open(library) as opened:
        return next(name for name in opened.sae_names() if name != TRAINED)


def bring_in(library: Path, records: Path, progress: Progress) -> None:
    from saerch_desktop.library.importing import import_file

    import_file(records, library, progress=progress)


def embed(library: Path, records: Path, progress: Progress) -> None:
    from saerch_desktop.workflow.making import embed_all

    if not library.exists():
        from saerch_desktop.library.importing import import_file

        import_file(records, library, limit=EMBEDDED, progress=Progress())
    embed_all(library, "minilm", progress)


def train(library: Path, records: Path, progress: Progress) -> None:
    from saerch_desktop.library.manifest import SAES_FOLDER
    from saerch_desktop.workflow.build import Wishes, resumable, train_sae

    folder = library / SAES_FOLDER / TRAINED
    resume = resumable(folder) is not None
    wishes = Wishes() if resume else Wishes(features=1024, k=16, epochs=6)
    train_sae(library, TRAINED, wishes, progress, resume=resume)


def label(library: Path, records: Path, progress: Progress) -> None:
    from saerch_desktop.workflow.naming import name_offline

    name_offline(library, sae_of(library), progress, range(400))


def families(library: Path, records: Path, progress: Progress) -> None:
    from saerch_desktop.workflow.families import build_families

    build_families(library, sae_of(library), progress)


def settings(library: Path, records: Path, progress: Progress) -> None:
    from saerch_desktop.settings import change_settings, load_settings

    begun = load_settings().torch_threads or 1
    for number in itertools.count(begun):
        change_settings(torch_threads=number % 1024 + 1, recent_libraries=(str(library),) * (number % 12))
        say(kept=number % 1024 + 1)


def marks(library: Path, records: Path, progress: Progress) -> None:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.marks import Mark, save_marks
    from saerch_desktop.library.library import Library

    with Library.open(library) as opened:
        features = FeatureSet.open(opened, sae_of(library))
    count = features.sae.config.features
    for number in itertools.count():
        save_marks(features.folder, count, [Mark(feature=number % count, text=f"name {number}")])
        say(kept=number)


Work = Callable[[Path, Path, Progress], None]
JOBS: dict[str, Work] = {
    "import": bring_in,
    "embed": embed,
    "train": train,
    "label": label,
    "families": families,
    "settings": settings,
    "marks": marks,
}


def main(job: str, library: Path, records: Path) -> None:
    import saerch_desktop.workflow.session  # noqa: F401  the rooms' imports are not what is to be killed

    if job in ("embed", "train", "label"):
        import torch  # noqa: F401
    say(ready=job)
    JOBS[job](library, records, Progress(listen))
    say(over=job)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
