"""Test the frozen program from outside, as its users' computers will: nothing of it is imported here.

`python packaging/frozen_test.py PROGRAM_FOLDER [--archives FOLDER] [--report FOLDER]` prints a table, writes
it as JSON beside a picture of the window, and ends with status 1 when something is not as it has to be. Wants
Xvfb for the window and strace for the proof that nothing is written elsewhere and no connection made; what
cannot be tried because one of them is missing counts as not passed.
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
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from xscreen import Screen  # beside this file

MIB = 1 << 20
LARGEST_INSTALLED, LARGEST_ARCHIVE = 1.2e9, 450e6
WINDOW_S, STEERED_S = 2.0, 10.0
NOBODY = 65534
_APP = "saerch-desktop"
_USERS = (".config", ".local/share", ".cache", ".local/state")
_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")
_MAKING = (
    "mkdir",
    "rename",
    "unlink",
    "rmdir",
    "symlink",
    "link",
    "truncate",
    "mknod",
    "chmod",
    "chown",
    "utime",
)


@dataclass
class Row:
    name: str
    passed: bool
    found: str
    limit: str = ""


@dataclass
class Done:
    status: int
    out: str
    err: str
    seconds: float


class Failed(Exception):
    """The program does not do what it has to."""


@dataclass
class Trial:
    """One program in one place, with a home of its own."""

    program: Path
    work: Path
    rows: list[Row] = field(default_factory=list)

    def check(self, name: str, try_it: Callable[[], str], limit: str = "") -> None:
        began = time.monotonic()
        try:
            row = Row(name, True, try_it(), limit)
        except (Failed, OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
            row = Row(name, False, f"{type(error).__name__}: {error}".removeprefix("Failed: "), limit)
        self.rows.append(row)
        sign = "ok  " if row.passed else "FAIL"
        sys.stdout.write(
            f"{sign} {row.name:<46} {row.found} {row.limit} [{time.monotonic() - began:.0f} s]\n"
        )
        sys.stdout.flush()

    def home(self, name: str = "home") -> dict[str, str]:
        """The surroundings of a user who has never started the program, under this name."""
        home = self.work / name
        for place in (home, home / "tmp", home / "run"):
            place.mkdir(exist_ok=True)
        (home / "run").chmod(0o700)
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "LD_PRELOAD") if key in os.environ}
        return kept | {
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "LC_ALL": "C.UTF-8",
        }

    def run(
        self,
        *arguments: str,
        home: str = "home",
        program: Path | None = None,
        before: tuple[str, ...] = (),
        seconds: float = 300,
        user: int | None = None,
        env: dict[str, str] | None = None,
    ) -> Done:
        began = time.monotonic()
        done = subprocess.run(
            [*before, str(program or self.program / _APP), *arguments],
            env=env or self.home(home),
            cwd=self.work,
            capture_output=True,
            timeout=seconds,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            check=False,
        )
        took = time.monotonic() - began
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode(), took)


def _fine(done: Done, status: int = 0) -> Done:
    said = done.err.strip() or done.out.strip()
    if done.status != status:
        raise Failed(f"ended with {done.status} instead of {status}: {said[-400:]}")
    if "Traceback" in done.err:
        raise Failed(f"a traceback: {done.err[-400:]}")
    if status == 0 and done.err.strip():
        raise Failed(f"on standard error: {done.err.strip()[:400]}")
    return done


def _bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _tree(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def _within(found: float, most: float, said: str) -> str:
    if found > most:
        raise Failed(said)
    return said


# What is tried ---------------------------------------------------------------------------------------------


def sizes(trial: Trial, archives: Path | None) -> None:
    size = _bytes(trial.program)
    trial.check(
        "installed size", lambda: _within(size, LARGEST_INSTALLED, f"{size / 1e6:.0f} MB"), "≤ 1200 MB"
    )
    for archive in sorted(archives.glob("*")) if archives else ():
        size = archive.stat().st_size
        trial.check(archive.name, lambda s=size: _within(s, LARGEST_ARCHIVE, f"{s / 1e6:.0f} MB"), "≤ 450 MB")  # type: ignore[misc]


def commands(trial: Trial) -> None:
    def version() -> str:
        done = _fine(trial.run("--version"))
        return f"{done.out.strip()} in {done.seconds:.2f} s"

    def info() -> str:
        done = _fine(trial.run("--info"))
        if "frozen program" not in done.out or "not installed" in done.out:
            raise Failed(done.out[:600])
        return f"{len(done.out.splitlines())} lines in {done.seconds:.2f} s"

    def selftest() -> str:
        done = _fine(trial.run("selftest", "--json"))
        steps = json.loads(done.out)["steps"]
        if not any("built-in model" in step["detail"] for step in steps):
            raise Failed("the built-in model was not found")
        return f"{sum(step['passed'] for step in steps)} of {len(steps)} steps in {done.seconds:.1f} s"

    def no_display() -> str:
        done = _fine(trial.run(), 2)
        if "no display" not in done.err:
            raise Failed(done.err)
        return "says so and ends"

    trial.check("--version", version)
    trial.check("--info", info)
    trial.check("selftest with the model inside", selftest)
    trial.check("window without a display", no_display)
    trial.check("licences of every part", lambda: _licences(trial.program))
    trial.check("no path of the building computer", lambda: _no_paths(trial.program))


def _licences(program: Path) -> str:
    listed = next(program.rglob("licences/components.json"))
    parts = json.loads(listed.read_text("utf-8"))["components"]
    without = [part["name"] for part in parts if not part["texts"]]
    if without:
        raise Failed(f"no text for {', '.join(without)}")
    for name in ("PySide6_Essentials", "torch", "Python", "saerch-desktop"):
        if not any(part["name"] == name for part in parts):
            raise Failed(f"{name} is not listed")
    return f"{len(parts)} parts, {sum(len(part['texts']) for part in parts)} texts"


def _no_paths(program: Path) -> str:
    """The sample and what we write ourselves must not tell where it was made."""
    here = {str(Path(__file__).resolve().parent.parent), str(Path.home())} - {"/", "/root"}
    wrong = []
    for path in sorted(next(program.rglob("resources")).rglob("*")):
        if path.is_file() and path.stat().st_size < 64 * MIB:
            data = path.read_bytes()
            wrong += [f"{place} in {path.name}" for place in here if place.encode() in data]
    if wrong:
        raise Failed("; ".join(wrong[:5]))
    return "none in what lies beside the code"


def sample(trial: Trial) -> None:
    def first() -> str:
        done = _fine(trial.run("sample", "--json", home="first"))
        plain, steered = json.loads(done.out)["searches"]
        moved = [result["id"] for result in steered["results"]] != [
            result["id"] for result in plain["results"]
        ]
        if not steered["edits"] or not moved:
            raise Failed("the ranking was not steered")
        return _within(done.seconds, STEERED_S, f"{done.seconds:.1f} s")

    def again() -> str:
        done = _fine(trial.run("sample", "--json", home="first"))
        return _within(done.seconds, STEERED_S, f"{done.seconds:.1f} s")

    def whole() -> str:
        library = trial.work / "first/.local/share" / _APP / "Python documentation.saerch"
        done = _fine(trial.run("check", "--library", str(library), "--json", home="first"))
        return f"{len(done.out)} bytes of findings, none of them an error"

    def laid_out() -> str:
        library = trial.work / "first/.local/share" / _APP / "Python documentation.saerch"
        told = ("map", "--library", str(library), "--of", "features", "--method", "umap", "--json")
        done = _fine(trial.run(*told, home="first", seconds=600))
        return f"{len(done.out)} bytes in {done.seconds:.0f} s"

    trial.check("first steered ranking, from nothing", first, f"≤ {STEERED_S:.0f} s")
    trial.check("steered ranking, warm", again, f"≤ {STEERED_S:.0f} s")
    trial.check("the sample copied is sound", whole)
    trial.check("a map by UMAP, in a process of its own", laid_out)


def places(trial: Trial) -> None:
    odd = trial.work / "Ein Ordner mit Ümläuten & Leerzeichen" / "SAErch Dësktop"

    def moved() -> str:
        odd.parent.mkdir(exist_ok=True)
        _copy(trial.program, odd)
        try:
            done = _fine(trial.run("selftest", home="Jürgen Groß", program=odd / _APP))
        finally:
            shutil.rmtree(odd.parent)
        return f"{done.out.count('ok ')} steps"

    def read_only() -> str:
        env = trial.home("nowhere") | {"HOME": str(trial.work / "read-only")}
        (trial.work / "read-only").mkdir(exist_ok=True)
        (trial.work / "read-only").chmod(0o555)
        user = NOBODY if os.geteuid() == 0 else None
        for place in ("tmp", "run"):
            if user is not None:
                os.chown(trial.work / "nowhere" / place, user, user)
        done = trial.run("selftest", env=env, user=user)
        _fine(done)
        told = _fine(trial.run("sample", env=env, user=user), 2)
        if "cannot be written" not in told.err:
            raise Failed(told.err[:300])
        return "selftest passes; the sample says that the folder cannot be written to"

    trial.check("from a path with spaces and umlauts", moved)
    trial.check("with a home that may only be read", read_only)


def _copy(source: Path, target: Path) -> None:
    """Without taking room where the disk can share files."""
    try:
        shutil.copytree(source, target, symlinks=True, copy_function=os.link)
    except (OSError, shutil.Error):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, symlinks=True)


def window(trial: Trial, report: Path) -> None:
    if shutil.which("Xvfb") is None:
        trial.rows.append(Row("the window", False, "Xvfb is not here"))
        return
    with Screen(trial.work / "screen") as screen:
        trial.check("window, first start", lambda: f"{_open(trial, screen, 'window'):.2f} s")

        def warm() -> str:
            every = sorted(_open(trial, screen, "window") for _ in range(3))
            said = f"{every[0]:.2f} s (best of {', '.join(f'{one:.2f}' for one in every)})"
            return _within(every[0], WINDOW_S, said)

        def shown() -> str:
            picture = report / "window.png"
            _open(trial, screen, "first", "--sample", settle=4, picture=picture)
            return str(picture)

        def with_read_only_home() -> str:
            env = trial.home("window") | {"HOME": str(trial.work / "read-only")}
            user = NOBODY if os.geteuid() == 0 else None
            for place in ("tmp", "run") if user is not None else ():
                os.chown(trial.work / "window" / place, user, user)
            return f"{_open(trial, screen, 'window', env=env, user=user):.2f} s"

        trial.check("window, warm", warm, f"≤ {WINDOW_S:.0f} s")
        trial.check("window on the sample, picture", shown)
        trial.check("window with a home that may only be read", with_read_only_home)


def _open(
    trial: Trial,
    screen: Screen,
    home: str,
    *flags: str,
    before: tuple[str, ...] = (),
    settle: float = 0.3,
    picture: Path | None = None,
    env: dict[str, str] | None = None,
    user: int | None = None,
) -> float:
    """Seconds until the window has painted itself. It is closed then, and has to end well and say nothing."""
    env = (env or trial.home(home)) | {"DISPLAY": screen.name}
    began = time.monotonic()
    running = subprocess.Popen(
        [*before, str(trial.program / _APP), *flags],
        env=env,
        cwd=trial.work,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    try:
        while screen.covered() < 0.5 or screen.colours() < 30:
            if running.poll() is not None or time.monotonic() - began > 120:
                running.kill()
                raise Failed(f"no window: {running.communicate()[1].decode()[-400:]}")
            time.sleep(0.02)
        took = time.monotonic() - began
        _come_to_rest(screen, settle)
        if picture is not None:
            picture.parent.mkdir(parents=True, exist_ok=True)
            screen.picture(picture)
        if not screen.close_windows():
            raise Failed("there is no window that can be closed")
        out, err = running.communicate(timeout=60)
    finally:
        if running.poll() is None:
            running.kill()
            running.communicate()
    _fine(Done(running.returncode, out.decode(), err.decode(), took))
    return took


def _come_to_rest(screen: Screen, settle: float) -> None:
    """Wait until nothing has changed on the screen for `settle` seconds, a minute at most."""
    shown, since, ends = b"", time.monotonic(), time.monotonic() + 60
    while time.monotonic() < min(ends, since + settle):
        now = b"".join(screen.rows()[::8])
        if now != shown:
            shown, since = now, time.monotonic()
        time.sleep(0.1)


def traced(trial: Trial) -> None:
    """Every file that is written and every socket that is opened, as the system's kernel sees it."""
    if shutil.which("strace") is None:
        trial.rows.append(Row("files and sockets", False, "strace is not here"))
        return
    log = trial.work / "trace"
    tracer = ("strace", "-f", "-qq", "-o", str(log), "-e", "trace=%file,%network")
    before = _tree(trial.program)

    def command() -> str:
        _fine(trial.run("sample", "--json", home="traced", before=tracer, seconds=600))
        return _judged(log, trial)

    def in_window() -> str:
        with Screen(trial.work / "screen2") as screen:
            _open(trial, screen, "traced", "--sample", before=tracer, settle=6)
        return _judged(log, trial)

    def untouched() -> str:
        if _tree(trial.program) != before:
            raise Failed("the program's folder changed")
        made = sorted(
            str(path.relative_to(trial.work / "traced")) for path in (trial.work / "traced").glob(".*/*")
        )
        return f"program untouched; made in the home: {', '.join(made)}"

    trial.check("sample: files and sockets", command, "home only, 0 sockets")
    if shutil.which("Xvfb") is not None:
        trial.check("window: files and sockets", in_window, "home only, 0 sockets")
    trial.check("folders afterwards", untouched)


def _judged(log: Path, trial: Trial) -> str:
    elsewhere = sorted(set(_written_elsewhere(log, trial.work / "traced")))
    if elsewhere:
        raise Failed(f"written elsewhere: {', '.join(elsewhere[:6])}")
    text = log.read_text("utf-8", "replace")
    outside = re.findall(r"^.*(?:socket\(AF_INET6?|sa_family=AF_INET6?).*$", text, re.MULTILINE)
    if outside:
        raise Failed(f"{len(outside)} calls for the network, first: {outside[0]}")
    local = len(re.findall(r"socket\(AF_UNIX", text))
    return f"{text.count(chr(10)):,} calls; 0 for the network ({local} local, to the display and services)"


def _written_elsewhere(log: Path, home: Path) -> Iterator[str]:
    """Paths outside the home that were changed, or tried to be."""
    fine = (f"{home}/", "/dev/null", "/dev/tty", "/dev/pts/", "/dev/shm/", "/proc/self/", "/proc/")
    for line in log.read_text("utf-8", "replace").splitlines():
        call = re.match(r"\d+ +(\w+)\((.*)", line)
        if call is None or "= -1 " in line:
            continue
        name, rest = call.groups()
        if name.startswith("open"):
            if not _WRITING.search(rest):
                continue
        elif not name.startswith(_MAKING):
            continue
        for path in re.findall(r'"((?:[^"\\]|\\.)*)"', rest)[
            : 2 if "rename" in name or "link" in name else 1
        ]:
            real = path if path.startswith("/") else os.path.normpath(home.parent / path)
            if not real.startswith(fine) and real != str(home):
                yield f"{name} {path}"


# The report ------------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", type=Path, help="folder of the frozen program")
    parser.add_argument("--archives", type=Path, help="folder of what was packed, for its sizes")
    parser.add_argument("--report", type=Path, default=Path("frozen-report"), help="where to write")
    options = parser.parse_args()
    options.report.mkdir(parents=True, exist_ok=True)
    report = options.report.resolve()
    with tempfile.TemporaryDirectory(prefix="saerch-frozen-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)  # another user starts the program from here, too
        trial = Trial(options.program.resolve(), Path(name).resolve())
        sizes(trial, options.archives)
        commands(trial)
        sample(trial)
        places(trial)
        window(trial, report)
        traced(trial)
    failed = [row for row in trial.rows if not row.passed]
    (report / "report.json").write_text(
        json.dumps(
            {"passed": not failed, "rows": [asdict(row) for row in trial.rows]}, ensure_ascii=False, indent=2
        )
    )
    sys.stdout.write(
        f"\n{len(trial.rows) - len(failed)} of {len(trial.rows)} passed; {report / 'report.json'}\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
