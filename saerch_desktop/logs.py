"""The log file: rotating, under the log folder, and free of anything that looks like a key."""

from __future__ import annotations

import logging
import logging.handlers
import re
from pathlib import Path

from saerch_desktop import paths

LOG_FILE = "saerch-desktop.log"
_BYTES, _KEPT = 1 << 20, 4
_HIDDEN = "[hidden]"
_PATTERNS = (
    # OpenAI, Anthropic, OpenRouter and the like; Hugging Face; GitHub; Google; AWS
    re.compile(r"\b(?:sk|pk|rk)-[\w\-]{8,}"),
    re.compile(r"\bhf_\w{16,}"),
    re.compile(r"\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}"),
    re.compile(r"\bAIza[\w\-]{20,}"),
    re.compile(r"\bAKIA[0-9A-Z]{12,}"),
    re.compile(r"(?i)(?<=bearer )[\w\-.~+/]{8,}=*"),
    re.compile(r"(?i)(?<=basic )[\w+/]{12,}=*"),
    re.compile(
        r"""(?i)((?:api[_\-]?key|access[_\-]?token|authorization|password|secret)["']?\s*[:=]\s*["']?)"""
        r"""(?!bearer |basic )[^\s"',;}]{4,}"""
    ),
    re.compile(r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"),
)
# These say every request at INFO; their debug level would even show headers.
_CHATTY = ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "urllib3", "asyncio", "keyring")
_installed: list[logging.Handler] = []


def redact(text: str) -> str:
    """`text` with whatever looks like an API key, a token or a password in a URL replaced by `[hidden]`."""
    for pattern in _PATTERNS:
        text = pattern.sub(lambda match: (match.group(1) if match.re.groups else "") + _HIDDEN, text)
    return text


class RedactingFormatter(logging.Formatter):
    """Formats as usual, tracebacks included, then redacts the whole."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _Rotating(logging.handlers.RotatingFileHandler):
    def doRollover(self) -> None:
        try:
            super().doRollover()
        except OSError:
            # On Windows a second program that holds the file forbids the rename; the log then just grows on.
            if self.stream is None:
                self.stream = self._open()


def start_logging(level: int | str = logging.INFO, *, console: bool = False) -> Path | None:
    """Log to the file (1 MiB, 4 older ones kept) and, with `console`, warnings to standard error too.

    Called once by each door; a second call replaces the first. Returns the file, None if there can be none.
    """
    stop_logging()
    formatter = RedactingFormatter("%(asctime)s %(levelname)s %(name)s [%(threadName)s] %(message)s")
    path: Path | None = None
    try:
        paths.log_dir().mkdir(parents=True, exist_ok=True)
        path = paths.log_dir() / LOG_FILE
        file = _Rotating(path, maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8", errors="replace")
        _installed.append(file)
    except OSError:
        path = None
    if console:
        stream = logging.StreamHandler()
        stream.setLevel(logging.WARNING)
        _installed.append(stream)
    root = logging.getLogger()
    root.setLevel(level)
    for handler in _installed:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    return path


def stop_logging() -> None:
    """Take our handlers off and close the file."""
    while _installed:
        handler = _installed.pop()
        logging.getLogger().removeHandler(handler)
        handler.close()
