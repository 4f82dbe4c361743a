"""The deep check of trained SAEs: hashes of all files, sparse codes in range; and of the neighbour index."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from saerch_desktop import files
from saerch_desktop.library import manifest as layout
from saerch_desktop.library.findings import Finding
from saerch_desktop.library.inspection import WEIGHTS_FILES
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import Manifest, SaeRecord
from saerch_desktop.progress import Progress

CODE_FILES = ("code_indices.npy", "code_values.npy")
INDEX_FILES = ("hnsw.bin", "hnsw.json")
_BLOCK = 1 << 15


def check_saes(
    folder: Path, manifest: Manifest, writer: Library | None, progress: Progress
) -> Iterator[Finding]:
    """Findings about every SAE. With `writer`, damaged derived files are removed, to be computed again."""
    progress.begin("Checking SAEs", len(manifest.saes), "SAEs")
    for done, record in enumerate(list(manifest.saes.values())):
        yield from _check(folder / layout.SAES_FOLDER / record.name, record, manifest, writer, progress)
        progress.advance(done + 1)


def check_index(folder: Path, manifest: Manifest, *, repair: bool) -> Iterator[Finding]:
    """A finding when the stored neighbour index is incomplete, damaged, or of other vectors."""
    home = folder / layout.INDEX_FOLDER
    there = [home / name for name in INDEX_FILES if (home / name).is_file()]
    if not there:
        return
    complaint = _index_complaint(home, manifest)
    if complaint is None:
        return
    what = f"The index of neighbours cannot be used: {complaint}."
    usable = "Search works without it, only slower."
    if not repair:
        yield Finding("warning", what, usable, "Check with repair: it is built again.", repairable=True)
        return
    with contextlib.suppress(OSError):
        for file in there:
            file.unlink()
    yield Finding("note", f"{what} It was removed and will be rebuilt.", usable, "Nothing needs to be done.")


def _check(
    home: Path, record: SaeRecord, manifest: Manifest, writer: Library | None, progress: Progress
) -> Iterator[Finding]:
    complaints: dict[str, str] = {}
    for name, expected in record.files.items():
        progress.check()
        path = home / name
        if not path.is_file():
            complaints[name] = f"{name} is missing"
        elif path.stat().st_size != expected.bytes or files.sha256(path) != expected.sha256:
            complaints[name] = f"{name} is damaged"
    lost = [complaint for name, complaint in complaints.items() if name in WEIGHTS_FILES]
    if lost:
        yield Finding(
            "error",
            f"The SAE {record.name!r} cannot be used: {'; '.join(lost)}.",
            "Documents, plain search and other SAEs work.",
            "Restore its folder from a backup, or train it again.",
        )
        return
    if not complaints and all(name in record.files for name in CODE_FILES):
        wrong = _codes_complaint(home, record, manifest, progress)
        if wrong is not None:
            complaints.update(dict.fromkeys(CODE_FILES, wrong))
    if not complaints:
        return
    reasons = "; ".join(sorted(set(complaints.values())))
    what = f"What was computed with the SAE {record.name!r} is damaged: {reasons}."
    usable = "Its weights are intact; plain search and other SAEs work."
    if writer is None:
        yield Finding("warning", what, usable, "Check with repair: it is computed again.", repairable=True)
        return
    # Everything after the codes is computed from them, so it goes with them.
    gone = set(complaints)
    if gone.intersection(CODE_FILES):
        gone = set(record.files).difference(WEIGHTS_FILES)
    kept = {name: file for name, file in record.files.items() if name not in gone}
    writer.record_sae(record.model_copy(update={"files": kept}))
    with contextlib.suppress(OSError):
        for name in gone:
            (home / name).unlink(missing_ok=True)
    yield Finding("note", f"{what} It was removed and will be rebuilt.", usable, "Nothing needs to be done.")


def _codes_complaint(home: Path, record: SaeRecord, manifest: Manifest, progress: Progress) -> str | None:
    try:
        indices, values = (files.mapped_array(home / name) for name in CODE_FILES)
    except (OSError, ValueError):
        return "the codes cannot be read"
    shape = (manifest.documents, record.code_width)
    if indices.shape != shape or values.shape != shape:
        return "the codes are of another number of documents"
    for start in range(0, shape[0], _BLOCK):
        progress.check()
        part, weights = indices[start : start + _BLOCK], values[start : start + _BLOCK]
        if part.min(initial=0) < 0 or part.max(initial=0) >= record.features:
            return "the codes name features that do not exist"
        if not np.isfinite(weights).all() or weights.min(initial=0) < 0:
            return "the codes hold impossible activations"
    return None


def _index_complaint(home: Path, manifest: Manifest) -> str | None:
    if not all((home / name).is_file() for name in INDEX_FILES):
        return "one of its two files is missing"
    data, description = (home / name for name in INDEX_FILES)
    try:
        about = json.loads(files.read_small(description))
        size, digest, vectors = about["bytes"], about["sha256"], about["vectors_sha256"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "its description cannot be read"
    if data.stat().st_size != size or files.sha256(data) != digest:
        return "it is damaged"
    if manifest.vectors is None or manifest.vectors.sha256 != vectors:
        return "it was built from other vectors"
    return None
