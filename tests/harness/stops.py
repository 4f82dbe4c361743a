"""Stop every kind of long job at random moments of each of its stages, and measure how soon it has let go;
then let some run to their end, and compare what they foretold with what it took.

    python tests/harness/stops.py --library DIR --texts FILE.jsonl.gz [--only KIND …] [--out FILE.json]

DIR is a finished library (documents, vectors by MiniLM, an SAE); it is copied, never written to. KIND is a
job, or "estimates". Prints a table; the exit status is 1 when a job took longer than two seconds to stop.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from saerch_desktop.errors import Cancelled
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress, Update
from saerch_desktop.workflow.job_journal import Kept

LIMIT_S = 2.0
_LATER_S = 3.0  # a stage is stopped so long after it began, at most
_PATIENCE_S = 120.0  # a stage that has not come by then is left out
_DOCUMENTS = 2_000  # of the jobs that run to their end


@dataclass(frozen=True)
class Stop:
    """One stop: in which stage, how long after it began, and how soon the job was over."""

    kind: str
    stage: str
    after_s: float
    took_s: float
    ended: str


@dataclass(frozen=True)
class Estimate:
    """What a stage foretold after a tenth of its work, and what was left."""

    kind: str
    stage: str
    foretold_s: float
    took_s: float

    @property
    def off(self) -> float:
        return self.foretold_s / self.took_s - 1 if self.took_s > 0 else 0.0


class Watched:
    """A job on a thread of its own, whose stages are waited for."""

    def __init__(self, work: Callable[[Progress], object]) -> None:
        self.stages: list[str] = []
        self.updates: list[tuple[float, Update]] = []
        self.ended = ""
        self.ended_at = 0.0
        self._new = threading.Event()
        self.progress = Progress(self._listen)
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _listen(self, update: Update) -> None:
        self.updates.append((time.monotonic(), update))
        if not self.stages or self.stages[-1] != update.stage:
            self.stages.append(update.stage)
            self._new.set()

    def _run(self, work: Callable[[Progress], object]) -> None:
        try:
            work(self.progress)
            self.ended = "finished"
        except Cancelled:
            self.ended = "stopped"
        except Exception as error:  # noqa: BLE001  told in the table
            self.ended = f"{type(error).__name__}: {error}"
        self.ended_at = time.monotonic()
        self._new.set()

    def reach(self, stage: int) -> bool:
        """Wait until the job is in its stage of that number; False when it ended before."""
        deadline = time.monotonic() + _PATIENCE_S
        while len(self.stages) <= stage and not self.ended and time.monotonic() < deadline:
            self._new.wait(0.2)
            self._new.clear()
        return len(self.stages) > stage and not self.ended

    def stop(self) -> float:
        """Cancel; how many seconds until it was over."""
        began = time.monotonic()
        self.progress.cancel()
        self._thread.join(_PATIENCE_S)
        return (self.ended_at or time.monotonic()) - began

    def join(self) -> None:
        self._thread.join()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    stops: list[Stop] = []
    estimates: list[Estimate] = []
    with tempfile.TemporaryDirectory(prefix="stops-") as folder:
        work = Path(folder)
        for kind, job in jobs(options.library, options.texts, work).items():
            if not options.only or kind in options.only:
                stops += stop_everywhere(kind, job, chance)
        if not options.only or "estimates" in options.only:
            estimates = foretold(options.texts, work)
    for one in estimates:
        told = f"foretold {one.foretold_s:6.1f} s, took {one.took_s:6.1f} s: {one.off:+.0%}"
        print(f"{one.kind:10} {one.stage:32} {told}")
    slowest = max((one.took_s for one in stops), default=0.0)
    over = sum(stop.took_s > LIMIT_S for stop in stops)
    print(f"{len(stops)} stops, slowest {slowest:.2f} s, {over} over {LIMIT_S:.0f} s")
    if options.out is not None:
        told = {"stops": [asdict(one) for one in stops], "estimates": [asdict(one) for one in estimates]}
        options.out.write_text(json.dumps(told, indent=1), encoding="utf-8")
    return int(slowest > LIMIT_S)


def stop_everywhere(
    kind: str, job: Callable[[], Callable[[Progress], object]], chance: random.Random
) -> list[Stop]:
    """Stop the job in its first stage, then anew in its second, until it has no more."""
    found: list[Stop] = []
    stage = 0
    while True:
        watched = Watched(job())
        if not watched.reach(stage):
            watched.stop()
            if watched.ended not in ("finished", "stopped"):
                print(f"{kind}: {watched.ended}")
            return found
        after = chance.uniform(0.0, _LATER_S)
        time.sleep(after)
        here = watched.stages[-1]
        took = watched.stop()
        if watched.ended == "stopped":
            found.append(Stop(kind, here, after, took, watched.ended))
            print(f"{kind:10} {here:32} after {after:4.1f} s: {took:5.2f} s", flush=True)
        stage += 1


def jobs(library: Path, texts: Path, work: Path) -> dict[str, Callable[[], Callable[[Progress], object]]]:
    """How each kind is begun; each call gives it a fresh place."""

    def fresh(without: tuple[str, ...] = ()) -> Path:
        for former in work.glob("[0-9]*.saerch"):
            shutil.rmtree(former, ignore_errors=True)
        place = work / f"{time.monotonic_ns()}.saerch"
        shutil.copytree(library, place, ignore=lambda folder, names: [n for n in names if n in without])
        return place

    def bare() -> Path:
        """The documents alone."""
        from saerch_desktop.library.importing import import_file

        place = work / "documents.saerch"
        if not place.exists():
            import_file(texts, place, roles=roles(), progress=Progress())
        copy = work / f"{time.monotonic_ns()}.saerch"
        shutil.copytree(place, copy)
        return copy

    def importing() -> Callable[[Progress], object]:
        from saerch_desktop.library.importing import import_file

        place = work / f"{time.monotonic_ns()}.saerch"
        return lambda progress: import_file(texts, place, roles=roles(), progress=progress)

    def embedding() -> Callable[[Progress], object]:
        return Kept("embed", bare(), {"embedder": "minilm"}).run

    def training() -> Callable[[Progress], object]:
        from saerch_desktop.workflow.build import Wishes, train_sae

        place = fresh()
        wishes = Wishes(features=1024, k=32, epochs=1)
        return lambda progress: train_sae(place, "new", wishes, progress)

    def naming() -> Callable[[Progress], object]:
        place = fresh()
        return Kept("label", place, {"sae": first_sae(place), "features": None}).run

    def grouping() -> Callable[[Progress], object]:
        place = fresh(("cooccurrence.npy",))
        return Kept("families", place, {"sae": first_sae(place), "method": "default"}).run

    def mapping() -> Callable[[Progress], object]:
        return Kept("map", fresh(), {"of": "documents", "sae": ""}).run

    def indexing() -> Callable[[Progress], object]:
        from saerch_desktop.library.library import Library
        from saerch_desktop.workflow.build import index_neighbours

        place = fresh(("hnsw.bin", "hnsw.json"))

        def run(progress: Progress) -> None:
            with Library.open(place, write=True) as opened:
                index_neighbours(opened, progress)

        return run

    return {
        "import": importing,
        "embed": embedding,
        "train": training,
        "label": naming,
        "families": grouping,
        "map": mapping,
        "index": indexing,
    }


def foretold(texts: Path, work: Path) -> list[Estimate]:
    """Embed and train some documents to the end, and compare."""
    from saerch_desktop.library.importing import import_file
    from saerch_desktop.workflow.build import Wishes, train_sae

    some = work / "some.jsonl"
    with gzip.open(texts, "rt", encoding="utf-8") as stream, some.open("w", encoding="utf-8") as out:
        for _, line in zip(range(_DOCUMENTS), stream, strict=False):
            out.write(line)
    place = work / "some.saerch"
    import_file(some, place, roles=roles(), progress=Progress())
    found: list[Estimate] = []
    wanted = Wishes(features=2048, k=32, epochs=60)
    for kind, run in (
        ("embed", Kept("embed", place, {"embedder": "minilm"}).run),
        ("train", lambda progress: train_sae(place, "new", wanted, progress)),
    ):
        watched = Watched(run)
        watched.join()
        if watched.ended != "finished":
            print(f"{kind}: {watched.ended}")
        found += _compared(kind, watched)
    return found


def _compared(kind: str, watched: Watched) -> list[Estimate]:
    found = []
    for stage in dict.fromkeys(watched.stages):
        told = [(at, update) for at, update in watched.updates if update.stage == stage]
        tenth = next(
            (
                (at, update.eta_s)
                for at, update in told
                if update.total and update.eta_s is not None and update.done >= 0.1 * update.total
            ),
            None,
        )
        if tenth is not None:
            at, eta = tenth
            left = told[-1][0] - at
            if eta is not None and left >= 2.0:  # of less nobody minds
                found.append(Estimate(kind, stage, eta, left))
    return found


def first_sae(library: Path) -> str:
    names = sorted(path.name for path in (library / "saes").iterdir() if path.is_dir())
    return "main" if "main" in names else names[0]


def roles() -> Roles:
    return Roles("id", "title", ("abstract",), None, ("source",))


if __name__ == "__main__":
    sys.exit(main())
