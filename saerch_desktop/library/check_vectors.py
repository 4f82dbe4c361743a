"""The deep check of `vectors.npy`: its hash, and every row finite and of unit length."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from saerch_desktop import files
from saerch_desktop.library.findings import Finding
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import VECTORS_FILE, Manifest, VectorsRecord
from saerch_desktop.library.vectors import shape_complaint
from saerch_desktop.progress import Progress

SET_ASIDE_FILE = "vectors.damaged.npy"
_BLOCK = 8192
_OFF_UNIT = {"float16": 4e-3, "float32": 1e-3}


def check_vectors(
    folder: Path, manifest: Manifest, writer: Library | None, progress: Progress
) -> Iterator[Finding]:
    """Findings about the vectors.

    With `writer`, vectors that cannot be trusted are set aside, so that the documents can be embedded again;
    changed ones whose every row still is a unit vector are accepted.
    """
    record = manifest.vectors
    if record is None:
        return
    progress.begin("Checking vectors", record.rows, "vectors")
    path = folder / VECTORS_FILE
    complaint = shape_complaint(folder, record)
    if complaint is None and record.rows != manifest.documents:
        complaint = f"there are {record.rows:,} vectors for {manifest.documents:,} documents"
    bad = 0
    if complaint is None:
        bad = _bad_rows(folder, record, progress)
        if bad:
            complaint = f"{bad:,} rows are not unit vectors"
    if complaint is not None:
        yield _unusable(folder, complaint, writer)
    elif files.sha256(path) != record.sha256:
        yield _changed(path, record, writer)


def _bad_rows(folder: Path, record: VectorsRecord, progress: Progress) -> int:
    array = files.mapped_array(folder / VECTORS_FILE)
    tolerance = _OFF_UNIT[record.dtype]
    missing = np.zeros(record.rows, dtype=bool)
    missing[record.missing] = True
    bad = 0
    for start in range(0, record.rows, _BLOCK):
        block = np.asarray(array[start : start + _BLOCK], dtype=np.float32)
        with np.errstate(invalid="ignore", over="ignore"):
            norms = np.sqrt(np.einsum("ij,ij->i", block, block))
            is_unit = np.abs(norms - 1) <= tolerance
        blank = np.isnan(block).all(axis=1)
        absent = missing[start : start + _BLOCK]
        bad += int((np.where(absent, ~blank, ~is_unit)).sum())
        progress.advance(min(record.rows, start + _BLOCK))
    return bad


def _unusable(folder: Path, complaint: str, writer: Library | None) -> Finding:
    what = f"The vectors cannot be used: {complaint}."
    usable = "Documents can be read and searched by keyword; semantic search and features cannot be used."
    if writer is None:
        remedy = "Restore vectors.npy from a backup, or check with repair and embed the documents again."
        return Finding("error", what, usable, remedy, repairable=True)
    path = folder / VECTORS_FILE
    if path.is_file():
        path.replace(folder / SET_ASIDE_FILE)
    writer.update(vectors=None)
    kept = f"They were set aside as {SET_ASIDE_FILE}." if (folder / SET_ASIDE_FILE).is_file() else ""
    return Finding("warning", f"{what} {kept}".strip(), usable, "Embed the documents again.")


def _changed(path: Path, record: VectorsRecord, writer: Library | None) -> Finding:
    what = f"{VECTORS_FILE} has changed since it was written, though every row still is a unit vector."
    usable = "Search works, but some similarities may be wrong."
    if writer is None:
        remedy = "Restore it from a backup, or check with repair to accept it as it is."
        return Finding("error", what, usable, remedy, repairable=True)
    changes = {"sha256": files.sha256(path), "fingerprint": files.fingerprint(path)}
    writer.record_vectors(record.model_copy(update=changes))
    return Finding(
        "warning", f"{what} It was accepted as it is.", usable, "To be sure, embed the documents again."
    )
