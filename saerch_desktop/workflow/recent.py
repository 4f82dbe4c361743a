"""The libraries used lately: which are still there, and what is in them at a glance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from saerch_desktop import files
from saerch_desktop.library.manifest import MANIFEST_FILE

_MOST_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Recent:
    """there: whether a library is at `path` now; documents: how many it says it has, 0 when not known."""

    path: str
    there: bool
    documents: int = 0


def look_at_recent(paths: Sequence[str]) -> tuple[Recent, ...]:
    """Look at each of the folders; may wait for slow disks, so call it on a worker. Never raises."""
    return tuple(_looked_at(path) for path in paths)


def _looked_at(path: str) -> Recent:
    try:
        manifest = json.loads(files.read_small(Path(path, MANIFEST_FILE), _MOST_BYTES))
        documents = manifest.get("documents", 0) if isinstance(manifest, dict) else 0
    except (OSError, ValueError, RecursionError):
        # One whose manifest is damaged is there all the same: opening it says what is wrong.
        return Recent(path, _is_folder(path))
    return Recent(path, True, documents if isinstance(documents, int) else 0)


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:
        return False
