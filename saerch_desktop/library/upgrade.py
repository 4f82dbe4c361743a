"""Libraries of earlier versions: each step turns the description of one version into that of the next.

Reading upgrades in memory and writes nothing, so that a library on a disk without leave to write, or one that
another program holds, opens as it is. The first one who opens it for writing keeps the former description
beside the new one and then replaces it whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from saerch_desktop import files

Raw = dict[str, Any]


def _with_identity(raw: Raw) -> Raw:
    """Version 2: a number of its own for each library, kept by copies; that of older ones is their birth."""
    seed = f"{raw.get('created', '')}\0{raw.get('name', '')}"
    return {**raw, "id": hashlib.sha256(seed.encode("utf-8", "surrogateescape")).hexdigest()[:32]}


STEPS: Final[Mapping[int, Callable[[Raw], Raw]]] = {1: _with_identity}
"""By the version that a step starts from."""

FIRST: Final = 1


def version_of(raw: Raw) -> int:
    """The version that a description says it is of, `FIRST` where it says none. ValueError for nonsense."""
    version = raw.get("schema_version", FIRST)
    if isinstance(version, bool) or not isinstance(version, int) or version < FIRST:
        raise ValueError(f"{version!r} is no version")
    return version


def upgraded(raw: Raw, to: int, steps: Mapping[int, Callable[[Raw], Raw]] = STEPS) -> Raw:
    """The description as version `to` has it. ValueError as `version_of`; KeyError when a step is missing."""
    for version in range(version_of(raw), to):
        raw = {**steps[version](raw), "schema_version": version + 1}
    return raw


def keep_former(manifest: Path, version: int) -> Path | None:
    """Copy the description of an older version aside before it is replaced; None where it is of no older one.

    A copy that is there already stays: it is the older one. UserError when it cannot be written.
    """
    data = files.read_small(manifest)
    try:
        raw = json.loads(data)
        found = version_of(raw) if isinstance(raw, dict) else version
    except (ValueError, RecursionError):
        return None
    if found >= version:
        return None
    aside = manifest.with_name(f"{manifest.stem}.version-{found}{manifest.suffix}")
    if not aside.exists():
        files.write_bytes(aside, data)
    return aside
