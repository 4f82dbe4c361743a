"""What was typed into a wizard, kept until it is carried out or let go: a crash or Esc loses nothing."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saerch_desktop import files, paths

VERSION = 1
_MOST_BYTES = 1 << 20
_log = logging.getLogger(__name__)


def folder() -> Path:
    return paths.data_dir() / "drafts"


def save(kind: str, draft: Mapping[str, Any], of: str = "") -> None:
    """Keep `draft` (JSON values only) as the one of its kind, or as that of the thing `of` which it is about.

    kind: a word such as "import". UserError when it cannot be written; the former draft stays then.
    """
    path = _file(kind, of)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.explain_os_error(error, path) from error
    files.write_json(path, {"version": VERSION, "of": of, "draft": dict(draft)})


def load(kind: str, of: str = "") -> dict[str, Any] | None:
    """The draft that was kept; None when there is none, or none that makes sense. Never raises."""
    path = _file(kind, of)
    try:
        kept = json.loads(files.read_small(path, _MOST_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        _log.warning("The draft %s cannot be read: %s", path.name, error)
        return None
    # The name of its file is a hash: what it is about is compared as well.
    if not isinstance(kept, dict) or kept.get("version") != VERSION or kept.get("of") != of:
        return None
    draft = kept.get("draft")
    return draft if isinstance(draft, dict) else None


def drop(kind: str, of: str = "") -> None:
    """Forget the draft. One that cannot be removed stays; that is no reason to fail."""
    with contextlib.suppress(OSError):
        _file(kind, of).unlink(missing_ok=True)


def _file(kind: str, of: str) -> Path:
    if not re.fullmatch(r"[a-z][a-z-]*", kind):
        raise ValueError(f"{kind!r} is no kind of draft")
    tail = f"-{hashlib.sha256(of.encode(errors='surrogatepass')).hexdigest()[:16]}" if of else ""
    return folder() / f"{kind}{tail}.json"
