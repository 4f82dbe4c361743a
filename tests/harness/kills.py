"""Kill -9 at random moments of every job that writes, and look at what is left.

    python tests/harness/kills.py --library DIR [--kills 200] [--seed 1] [--work DIR] [--out FILE.json]

DIR is a finished library (documents, vectors by MiniLM, an SAE); it is copied, never written to. After each
kill the library must open, the deep check must find no error, and the next run of the same job must go on:
what it does again, in seconds, is what the kill cost. Prints a table; the exit status is 1 when anything was
corrupt.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from survivors import complaints, records_of

# How long after its work began a job may be killed at the latest, in seconds, and its share of the kills.
SPANS = {
    "import": 4.0,
    "embed": 40.0,
    "train": 25.0,
    "label": 15.0,
    "families": 10.0,
    "settings": 1.0,
    "marks": 2.0,
}
SHARES = {"import": 5, "embed": 4, "train": 6, "label": 4, "families": 4, "settings": 4, "marks": 4}
START_S = 120.0


@dataclass
class Run:
    """What a killed or finished process said. moments: (time, place of the stage, done)."""

    moments: list[tuple[float, str, int, int | None]] = field(default_factory=list)
    kept: int | None = None
    over: bool = False
    killed_at: float = 0.0
    trouble: str = ""


@dataclass
class Tally:
    """One job's outcome. lost: seconds of work that the next run did again."""

    kills: int = 0
    finished: int = 0
    lost: list[float] = field(default_factory=list)
    corrupt: list[str] = field(default_factory=list)


def run_and_kill(job: str, library: Path, records: Path, home: Path, after: float) -> Run:
    """Start the job, kill it `after` seconds into its work, and return what it had said."""
    place = Path(__file__).parent
    environment = os.environ | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "OMP_NUM_THREADS": "1",
    }
    with tempfile.TemporaryFile() as complaints_of_it:
        process = subprocess.Popen(
            [sys.executable, str(place / "killed_jobs.py"), job, str(library), str(records)],
            stdout=subprocess.PIPE,
            stderr=complaints_of_it,
            env=environment,
            start_new_session=True,
        )
        run, ready = Run(), threading.Event()
        assert process.stdout is not None
        reader = threading.Thread(target=_listen, args=(process.stdout, run, ready))
        reader.start()
        if not ready.wait(START_S):
            run.trouble = "it did not start"
        deadline = time.monotonic() + after
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        run.killed_at = time.monotonic()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join()
        if process.returncode not in (0, -signal.SIGKILL) or run.trouble:
            complaints_of_it.seek(0)
            run.trouble = run.trouble or complaints_of_it.read().decode(errors="replace")[-2000:]
    return run


def _listen(stream: object, run: Run, ready: threading.Event) -> None:
    for line in stream:  # type: ignore[attr-defined]
        try:
            said = json.loads(line)
        except ValueError:
            continue  # the kill cut it
        if "ready" in said:
            ready.set()
        elif "kept" in said:
            run.kept = said["kept"]
        elif "over" in said:
            run.over = True
        else:
            run.moments.append((said["at"], said["stage"], said["done"], said["total"]))
    ready.set()


def lost_seconds(before: Run, after: Run) -> float | None:
    """Work before the kill that the next run did again; None when it did not come far enough to tell."""
    begun = next((m for m in after.moments if m[3] is None or m[2] < m[3]), None)
    if begun is None:
        return 0.0 if after.over else None
    order = list(dict.fromkeys(stage for _, stage, _, _ in before.moments))
    if begun[1] not in order:
        return 0.0  # it is further than it was
    place = (order.index(begun[1]), begun[2])
    reached = next((at for at, stage, done, _ in before.moments if (order.index(stage), done) >= place), None)
    return 0.0 if reached is None else before.killed_at - reached


class Harness:
    def __init__(self, original: Path, work: Path, seed: int) -> None:
        self._original, self._work = original, work
        self._chance = random.Random(seed)
        self._home = work / "home"
        self._home.mkdir(parents=True, exist_ok=True)
        self._records = records_of(original, work / "records.jsonl")
        self.tallies: dict[str, Tally] = {}

    def strike(self, job: str, kills: int) -> None:
        """Kill `job` so often, each time going on with what the last kill left."""
        tally = self.tallies.setdefault(job, Tally())
        before: Run | None = None
        library = self._fresh(job)
        while tally.kills < kills:
            after = self._chance.uniform(0.0, SPANS[job])
            run = run_and_kill(job, library, self._records, self._home, after)
            tally.corrupt += self._trouble(job, library, run)
            if before is not None and (cost := lost_seconds(before, run)) is not None:
                tally.lost.append(cost)
                before = None
            if run.over:
                tally.finished += 1
                library, before = self._fresh(job), None
                continue
            tally.kills += 1
            if run.moments:
                before = run
            print(f"{job}: {tally.kills} of {kills} kills", file=sys.stderr, flush=True)

    def _fresh(self, job: str) -> Path:
        library = self._work / f"{job}.saerch"
        shutil.rmtree(library, ignore_errors=True)
        if job not in ("import", "embed"):
            shutil.copytree(self._original, library)
        if job == "embed":
            # Imported beforehand: only the embedding is to be killed.
            run_and_kill("import", library, self._records, self._home, 600.0)
        return library

    def _trouble(self, job: str, library: Path, run: Run) -> list[str]:
        found = [run.trouble] if run.trouble else []
        return found + complaints(job, library, self._home / "config", run.kept)


def report(tallies: dict[str, Tally]) -> str:
    lines = [f"{'job':<10}{'kills':>7}{'finished':>10}{'corrupt':>9}{'lost, median':>14}{'longest':>10}"]
    for job, tally in tallies.items():
        lost = sorted(tally.lost)
        middle, most = (f"{lost[len(lost) // 2]:.1f} s", f"{lost[-1]:.1f} s") if lost else ("–", "–")
        row = f"{job:<10}{tally.kills:>7}{tally.finished:>10}{len(tally.corrupt):>9}{middle:>14}{most:>10}"
        lines.append(row)
    kills = sum(tally.kills for tally in tallies.values())
    return "\n".join([*lines, f"{kills} kills, {sum(len(t.corrupt) for t in tallies.values())} complaints"])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--library", type=Path, required=True, help="a finished one")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", nargs="*", choices=list(SPANS), default=list(SPANS))
    parser.add_argument("--work", type=Path, help="an empty folder to work in")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        harness = Harness(chosen.library, chosen.work or Path(temporary), chosen.seed)
        shares = sum(SHARES[job] for job in chosen.jobs)
        for job in chosen.jobs:
            harness.strike(job, -(-chosen.kills * SHARES[job] // shares))
    print(report(harness.tallies))
    for job, tally in harness.tallies.items():
        for complaint in tally.corrupt:
            print(f"{job}: {complaint}")
    if chosen.out is not None:
        chosen.out.write_text(
            json.dumps({job: asdict(tally) for job, tally in harness.tallies.items()}, indent=1)
        )
    return 1 if any(tally.corrupt for tally in harness.tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
