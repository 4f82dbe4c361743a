"""The real program under strace, through a tour of all that the window does: which connections does it open?

    python tests/harness/offline.py --library DIR [--out FILE.json] [--offscreen]

DIR is a library with vectors and a trained SAE; it is copied, never written to. The program starts as a user
starts it, with worker threads, in an empty home, and takes the tour of tests/offline_tour.py by itself.
Prints how many sockets of each family were made and connected; the exit status is 1 when one of them was
IPv4 or IPv6, when a name was looked up, or when the tour did not come to its end. Linux alone has strace.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CALL = re.compile(r"^(?:\d+\s+)?(socket|connect|sendto|sendmsg|sendmmsg|bind|listen)\((.*)")
_FAMILY = re.compile(r"\bAF_([A-Z0-9]+)")
_SETTLED_S = 0.15
_PATIENCE_S = 900.0
_FORBIDDEN = ("INET", "INET6")


def counted(trace: Path) -> Counter[str]:
    """How often each call was made for each family of addresses, as "connect INET"."""
    found: Counter[str] = Counter()
    with trace.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            call = _CALL.match(line)
            family = _FAMILY.search(call[2]) if call else None
            if call and family:
                found[f"{call[1]} {family[1]}"] += 1
    return found


def main() -> int:
    options = _options()
    if options.inside is not None:
        return _inside(options.library, options.inside)
    strace = shutil.which("strace")
    if strace is None:
        sys.stderr.write("strace is not installed: nothing was measured.\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="saerch-offline-") as name:
        work = Path(name)
        library = Path(shutil.copytree(options.library, work / options.library.name))
        report, trace = work / "report.json", work / "trace.txt"
        command = [strace, "-f", "-qq", "-e", "trace=%network", "-o", str(trace), sys.executable, __file__]
        began = time.monotonic()
        run = subprocess.run(
            [*command, "--library", str(library), "--inside", str(report)],
            env=_environment(work, options.offscreen),
            cwd=ROOT,
            timeout=_PATIENCE_S,
            check=False,
        )
        calls = counted(trace)
        said = json.loads(report.read_text()) if report.is_file() else {"steps": [], "guarded": ["no report"]}
    reached = {call: times for call, times in calls.items() if call.split()[1] in _FORBIDDEN}
    result = {
        "steps": len(said["steps"]),
        "seconds": round(time.monotonic() - began, 1),
        "exit": run.returncode,
        "calls": dict(calls),
        "internet": reached,
        "guarded": said["guarded"],
        "requests in the ledger": said.get("ledger", -1),
    }
    for name, value in result.items():
        print(f"{name:24} {value}")
    connects = sum(times for call, times in reached.items() if call.startswith("connect"))
    print(f"IPv4 and IPv6 connections: {connects}; such sockets: {sum(reached.values())}")
    if options.out is not None:
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    whole = run.returncode == 0 and said["steps"] and said["steps"][-1] == "end"
    return 0 if whole and not reached and not said["guarded"] else 1


def _inside(library: Path, report: Path) -> int:
    """Start the program as a user does, and take the tour once its window is there."""
    for place in (ROOT, ROOT / "tests"):
        sys.path.insert(0, str(place))
    from offline_tour import guarded, take
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication
    from ui.fakes import FakeDialogs

    from saerch_desktop import app, network_ledger
    from saerch_desktop.ui import dialogs
    from saerch_desktop.ui.window import MainWindow

    program = QApplication(["saerch-desktop"])
    fake = FakeDialogs()
    dialogs.replace(fake)
    steps: list[str] = []
    with guarded() as noted:

        def tour() -> None:
            (window,) = (one for one in program.topLevelWidgets() if isinstance(one, MainWindow))
            out = report.parent / "out"
            out.mkdir()

            def rest() -> None:
                quiet = time.monotonic()
                while time.monotonic() - quiet < _SETTLED_S:
                    program.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
                    if window.controller.runner.jobs(quiet=True):
                        quiet = time.monotonic()

            try:
                steps.extend([*take(window, library, fake, out, rest), "end"])
            finally:
                window.close()
                program.quit()

        QTimer.singleShot(0, tour)
        status = app.main([])
    said = {"steps": steps, "guarded": noted, "ledger": len(network_ledger.entries())}
    report.write_text(json.dumps(said))
    return status


def _environment(work: Path, offscreen: bool) -> dict[str, str]:
    environment = dict(os.environ)
    for variable, folder in (
        ("HOME", "home"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_RUNTIME_DIR", "runtime"),
    ):
        (work / folder).mkdir(mode=0o700)
        environment[variable] = str(work / folder)
    if offscreen or not environment.get("DISPLAY"):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    return environment


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Which connections does the program open?")
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--offscreen", action="store_true", help="draw without a display")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
