"""A report of a fault, to be read by the user before anybody else: what went wrong, and in which program.

Nothing that was looked at gets in: of every message only those words stay that the program's own code has in
it, of paths only their ends, of libraries not even the names.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import platform
import re
import sys
import traceback
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from types import CodeType, TracebackType
from typing import Final

from saerch_desktop import __version__, files, paths, settings
from saerch_desktop.logs import LOG_FILE, redact

_LINES: Final = 120  # of the log
_LARGEST_LOG: Final = 8 << 20
_PACKAGES: Final = ("PySide6-Essentials", "torch", "numpy", "scipy", "pyqtgraph", "hnswlib")
_PLAIN_SETTINGS: Final = (bool, int, float, type(None))
_LINE: Final = re.compile(r"(\d{4}-\d\d-\d\d [\d:,]+ [A-Z]+) ([\w.]+) (\[[^\]]{1,60}\]) (.*)")
_FRAME: Final = re.compile(r'(\s*File )"([^"]+)", line (\d+)(?:,? in (.+))?')
_RAISED: Final = re.compile(
    r"((?:\w+\.)*[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Exit|Cancelled)\w*)(: .*)?"
)
_HEADS: Final = ("Fatal Python error: ", "Current thread ", "Thread ", "Traceback ", "Extension modules: ")
_WORD: Final = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?|\d{7,}")
_GAPS: Final = re.compile(r"…(?:[\s\W]{0,3}…)+")
_PATH: Final = re.compile(r"(?:[A-Za-z]:)?(?:[\\/][^\\/\s\"'<>|:,;()]+){2,}[\\/]?")
_COMMON_TEXT: Final = """
a an and are argument arguments array as at attribute available axis be bool bound bounds broadcast
by bytes call callable cannot char closed codec connection constraint convert could data database
decode defined denied dict directory disk does dtype elements empty encode end error exceeded exist
expected failed file float for found from full function get given got had has have hashable in index
indices input int integer into invalid is item iterable iteration keyword key large length line list
locked maximum memory missing module more must name no none not number object of on only open
operands or out out-of-range output overflow parameter permission pointer positional position range
read received recursion refused required returned row rows same sequence set shape shapes should
size slice small space start str string subscript such subscriptable supported take takes than the this
time timeout to together too truth tuple type unable unexpected unpack unsupported value values was
while width with without wrong write zero
"""
_COMMON: Final = frozenset(_COMMON_TEXT.split())


def of_error(error: BaseException) -> str:
    """The report of a failure that is still at hand."""
    return _whole("What failed", _told(error))


def of_crash(stack: str, began: str, version: str) -> str:
    """The report of a run that ended by itself. stack: as the system's handler wrote it, or ""."""
    told = [_shown_line(line, frozenset()) for line in stack.splitlines()[:400]]
    body = "\n".join(told) or "The program was ended from outside, or the computer was."
    return _whole(f"The run of {began or 'an unknown time'} (version {version or 'unknown'})", body)


def of_now() -> str:
    """A report without a failure: the program, its settings, and the last lines of its log."""
    return _whole("", "")


def _whole(head: str, body: str) -> str:
    parts = [_program()]
    if head:
        parts.append(f"{head}\n{body}")
    parts += [f"Settings\n{_settings()}", f"The last lines of the log\n{_log_tail()}"]
    return redact("\n\n".join(parts)) + "\n"


def _program() -> str:
    frozen = "installed program" if getattr(sys, "frozen", False) else "from Python"
    lines = [f"SAErch Desktop {__version__} ({frozen})", platform.platform()]
    lines.append(f"Python {platform.python_version()}")
    for name in _PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            shown = "Qt for Python" if name.startswith("PySide6") else name
            lines.append(f"{shown} {metadata.version(name)}")
    return "\n".join(lines)


def _settings() -> str:
    """Those that say nothing of the user: numbers, switches and choices, no paths, no addresses."""
    now = settings.load_settings().model_dump()
    told = {name: value for name, value in now.items() if isinstance(value, _PLAIN_SETTINGS)}
    told |= {name: now[name] for name in ("theme", "mixer_units") if name in now}
    return json.dumps(told, indent=1, sort_keys=True)


# Failures --------------------------------------------------------------------------------------------------


def _told(error: BaseException) -> str:
    """Tracebacks of the failure and of what it came from, without their data."""
    lines: list[str] = []
    chain: list[tuple[BaseException, str]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    joint = ""
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        chain.append((current, joint))
        joint = "which led to:" if current.__cause__ is not None else "and while that was dealt with:"
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    for one, after in reversed(chain):
        known = words_of(_codes(one.__traceback__))
        for frame in traceback.extract_tb(one.__traceback__):
            lines.append(f'  File "{_place(frame.filename)}", line {frame.lineno}, in {frame.name}')
            if frame.line:
                lines.append(f"    {frame.line}")
        message = said(str(one), known)
        lines.append(f"{type(one).__name__}: {message}" if message else type(one).__name__)
        lines.extend([after] if after else [])
    return "\n".join(lines)


def _codes(trace: TracebackType | None) -> Iterable[CodeType]:
    """Of the program's own functions on the way to a failure."""
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0] == "saerch_desktop":
            yield trace.tb_frame.f_code
        trace = trace.tb_next


def words_of(codes: Iterable[CodeType]) -> frozenset[str]:
    """The words that stand in code: in its texts and its names, lower case."""
    found: set[str] = set()
    left = list(codes)
    while left:
        code = left.pop()
        texts = [*code.co_names, *code.co_varnames]
        for value in code.co_consts:
            if isinstance(value, CodeType):
                left.append(value)
            elif isinstance(value, str):
                texts.append(value)
        for text in texts:
            found.update(word.casefold() for word in _WORD.findall(text))
    return frozenset(found)


def said(message: str, known: frozenset[str]) -> str:
    """A message with everything left out that may be of the user's data."""
    message = " ".join(message[:2000].split())
    message = _PATH.sub(lambda found: _place(found[0]), message)

    def word(found: re.Match[str]) -> str:
        plain = found[0].casefold()
        fits = plain in known or plain in _COMMON or plain in _PLACES
        return found[0] if fits else "…"

    return _GAPS.sub("…", _WORD.sub(word, message))[:400]


_PLACES: Final = frozenset({"saerch", "library", "file", "py"})


def _place(path: str) -> str:
    """The end of a path, enough to find it in the program; a library's own name becomes a number."""
    parts = [part for part in re.split(r"[\\/]+", path) if part]
    for anchor in ("saerch_desktop", "site-packages", "lib"):
        if anchor in parts:
            at = len(parts) - 1 - parts[::-1].index(anchor)
            return "/".join(parts[at:])
    for place, part in enumerate(parts):
        if part.endswith(".saerch"):
            number = hashlib.sha256(part.encode("utf-8", "surrogateescape")).hexdigest()[:6]
            return "/".join((f"library {number}", *(p for p in parts[place + 1 :] if p in _INSIDE)))
    ending = Path(parts[-1]).suffix if parts else ""
    return f"(file{ending})" if ending[1:].isalnum() else "(folder)"


_INSIDE: Final = frozenset(
    {"library.json", "documents.sqlite", "vectors.npy", "saes", "index", "sae.json", "sae.safetensors"}
)


# The log ---------------------------------------------------------------------------------------------------


def _log_tail() -> str:
    try:
        lines = files.read_small(paths.log_dir() / LOG_FILE, _LARGEST_LOG).decode("utf-8", "replace")
    except (OSError, ValueError):
        return "(none)"
    told: list[str] = []
    known: frozenset[str] = frozenset()
    for line in lines.splitlines()[-_LINES:]:
        head = _LINE.match(line)
        if head is not None:
            known = _words_of_module(head[2])
            told.append(f"{head[1]} {head[2]} {said(head[4], known)}")
        elif told:
            told.append(_shown_line(line, known))
    return "\n".join(told) or "(none)"


def _shown_line(line: str, known: frozenset[str]) -> str:
    """A line of a stack: where it was stays, what was said there only in known words."""
    frame = _FRAME.match(line)
    if frame is not None:
        where = f" in {frame[4]}" if frame[4] else ""
        return f'{frame[1]}"{_place(frame[2])}", line {frame[3]}{where}'
    raised = _RAISED.fullmatch(line.strip())
    if raised is not None:
        message = said(raised[2] or "", known)
        return f"{raised[1]}{message}"
    if line.startswith(
        ("Fatal Python error: ", "Current thread ", "Thread ", "Traceback ", "Extension modules: ")
    ):
        return line[:400]
    return said(line, known)


@cache
def _words_of_module(name: str) -> frozenset[str]:
    """The words in the code of one of the program's own modules; none for others."""
    if not name.startswith("saerch_desktop"):
        return frozenset()
    with contextlib.suppress(ImportError, AttributeError, ValueError, SyntaxError):
        spec = importlib.util.find_spec(name)
        code = spec.loader.get_code(name) if spec is not None and spec.loader is not None else None  # type: ignore[attr-defined]
        if code is not None:
            return words_of([code])
    return frozenset()
