"""The HNSW index (Malkov and Yashunin 2018): neighbours at once, with its recall measured and kept beside
it.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search import exact
from saerch_desktop.search.ranking import order_rows

if TYPE_CHECKING:
    from saerch_desktop.library.findings import Finding
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors

Float = NDArray[np.float32]
_LINKS = 16
_BUILD_BREADTH = 200
_BREADTHS = (64, 128, 256, 512)
_GOOD_RECALL = 0.98
_MEASURED = 256
_AT = 10
_CHUNK_SECONDS = 0.25


class HnswRecord(BaseModel):
    """What `index/hnsw.json` says: which vectors the index holds, how it was built, how well it finds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-hnsw"] = "saerch-hnsw"
    schema_version: int = 1
    vectors_sha256: str
    rows: int = Field(ge=1)
    dim: int = Field(ge=1)
    links: int
    build_breadth: int
    search_breadth: int = Field(ge=1)
    recall_at_10: (
        float  # share of the exact ten nearest neighbours found, over `recall_queries` stored documents
    )
    recall_queries: int
    exact_ms: float  # per query, in the same measurement
    index_ms: float
    build_seconds: float
    bytes: int
    sha256: str


class HnswIndex:
    """A loaded index over a library's unit vectors; searches may run in several threads."""

    def __init__(self, index: Any, record: HnswRecord) -> None:
        self._index = index
        self.record = record

    def nearest(self, q: Float, n: int) -> tuple[NDArray[np.int64], Float]:
        """About the best `n` rows for `q` (d,), by (-cosine, row), and their cosines float32."""
        count = min(n, self.record.rows)
        if count <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        rows, values = _ask(self._index, q[None, :], count, max(self.record.search_breadth, 2 * count))
        order = order_rows(np.arange(count), values[0])
        return rows[0][order], values[0][order]

    def nearest_of(self, queries: Float, n: int) -> tuple[NDArray[np.int64], Float]:
        """About the best `n` rows for each of (m, d) queries: (m, n) rows and cosines, the nearest first."""
        return _ask(self._index, queries, n, max(self.record.search_breadth, 2 * n), _free_cores())


def fleeting(vectors: Vectors, progress: Progress, *, seed: int = 0) -> HnswIndex:
    """An index in memory only, neither measured nor stored. Raises `Cancelled`."""
    rows = vectors.valid_rows()
    index = _new_index(vectors.dim)
    index.init_index(
        max_elements=int(rows.size), M=_LINKS, ef_construction=_BUILD_BREADTH, random_seed=seed + 100
    )
    _fill(index, vectors, rows, _free_cores(), progress)
    unmeasured = HnswRecord(
        vectors_sha256=vectors.record.sha256,
        rows=int(rows.size),
        dim=vectors.dim,
        links=_LINKS,
        build_breadth=_BUILD_BREADTH,
        search_breadth=_BREADTHS[0],
        recall_at_10=0.0,
        recall_queries=0,
        exact_ms=0.0,
        index_ms=0.0,
        build_seconds=0.0,
        bytes=0,
        sha256="",
    )
    return HnswIndex(index, unmeasured)


def build(library: Library, progress: Progress, *, threads: int | None = None, seed: int = 0) -> HnswRecord:
    """Build, measure and store the index of a library's vectors in `index/`.

    Works through the rows in chunks of about a quarter of a second, so it stops soon after a cancel and
    leaves the previous index in place. threads: default all of this process's cores but one. Raises
    `UserError`, `Cancelled`.
    """
    vectors = library.vectors
    if vectors is None:
        raise UserError(
            "This library has no vectors.", "There is nothing to index.", "Embed the documents first."
        )
    rows = vectors.valid_rows()
    if rows.size == 0:
        raise UserError(
            "No document has a vector.", "There is nothing to index.", "Embed the documents again."
        )
    workers = threads if threads is not None else _free_cores()
    began = time.monotonic()
    index = _new_index(vectors.dim)
    index.init_index(
        max_elements=int(rows.size), M=_LINKS, ef_construction=_BUILD_BREADTH, random_seed=seed + 100
    )
    _fill(index, vectors, rows, workers, progress)
    seconds = time.monotonic() - began
    breadth, recall, exact_ms, index_ms = _measure(index, vectors, rows, workers, seed, progress)
    library.index_folder.mkdir(exist_ok=True)
    path = library.index_folder / "hnsw.bin"
    _save(index, path, library.index_folder / "hnsw.json")
    record = HnswRecord(
        vectors_sha256=vectors.record.sha256,
        rows=int(rows.size),
        dim=vectors.dim,
        links=_LINKS,
        build_breadth=_BUILD_BREADTH,
        search_breadth=breadth,
        recall_at_10=recall,
        recall_queries=min(_MEASURED, int(rows.size)),
        exact_ms=exact_ms,
        index_ms=index_ms,
        build_seconds=seconds,
        bytes=path.stat().st_size,
        sha256=files.sha256(path),
    )
    files.write_json(library.index_folder / "hnsw.json", record.model_dump())
    return record


def stored(library: Library) -> tuple[HnswRecord | None, Finding | None]:
    """What is known of the stored index if it is there, whole, and of these very vectors; else None and, if
    one is there, why not. Reads the file, but builds nothing from it.
    """
    vectors = library.vectors
    path = library.index_folder / "hnsw.bin"
    description = library.index_folder / "hnsw.json"
    if vectors is None or not (path.exists() or description.exists()):
        return None, None
    try:
        record = HnswRecord.model_validate_json(files.read_small(description))
    except (OSError, ValidationError, ValueError):
        return None, _finding("The index of neighbours has no readable description.")
    if record.vectors_sha256 != vectors.record.sha256 or record.dim != vectors.dim:
        return None, _finding("The index of neighbours belongs to other vectors.")
    try:
        # All of it is read: hnswlib follows the links in the file without looking, wherever they point.
        whole = path.stat().st_size == record.bytes and files.sha256(path) == record.sha256
    except OSError:
        whole = False
    if not whole:
        return None, _finding("The index of neighbours is damaged.")
    return record, None


def load(library: Library) -> tuple[HnswIndex | None, Finding | None]:
    """The stored index, ready to be asked; else None and, if one is there, why it is not used."""
    record, finding = stored(library)
    if record is None:
        return None, finding
    index = _new_index(record.dim)
    try:
        index.load_index(str(library.index_folder / "hnsw.bin"), max_elements=record.rows)
    except RuntimeError:
        return None, _finding("The index of neighbours could not be read.")
    if index.get_current_count() != record.rows:
        return None, _finding("The index of neighbours is incomplete.")
    return HnswIndex(index, record), None


def _new_index(dim: int) -> Any:
    import hnswlib

    return hnswlib.Index(space="ip", dim=dim)


def _fill(index: Any, vectors: Vectors, rows: NDArray[np.int64], threads: int, progress: Progress) -> None:
    progress.begin("Indexing neighbours", int(rows.size), "documents")
    done, chunk = 0, 64
    while done < rows.size:
        began = time.monotonic()
        part = rows[done : done + chunk]
        index.add_items(vectors.gather(part), part, num_threads=threads)
        done += int(part.size)
        progress.advance(done)
        spent = max(time.monotonic() - began, 1e-4)
        chunk = int(np.clip(chunk * _CHUNK_SECONDS / spent, 16, 16384))


def _measure(
    index: Any, vectors: Vectors, rows: NDArray[np.int64], threads: int, seed: int, progress: Progress
) -> tuple[int, float, float, float]:
    """Search breadth, recall@10 over stored documents (each without itself), and milliseconds per query."""
    progress.begin("Measuring recall", len(_BREADTHS) + 1, "steps")
    asked = np.sort(np.random.default_rng(seed).permutation(rows)[:_MEASURED])
    queries = vectors.gather(asked)
    count = min(_AT + 1, int(rows.size))
    began = time.monotonic()
    truth = exact.nearest(vectors, queries, count, progress)
    exact_ms = (time.monotonic() - began) * 1000 / len(asked)
    wanted = [set(found.tolist()) - {int(row)} for row, (found, _) in zip(asked, truth, strict=True)]
    total = sum(min(_AT, len(ids)) for ids in wanted)
    breadth, recall, index_ms = _BREADTHS[0], 1.0, 0.0
    for step, breadth in enumerate(_BREADTHS):
        progress.advance(step + 1)
        began = time.monotonic()
        found, _ = _ask(index, queries, count, breadth, threads)
        index_ms = (time.monotonic() - began) * 1000 / len(asked)
        hits = sum(len(ids & set(line.tolist())) for ids, line in zip(wanted, found, strict=True))
        recall = min(1.0, hits / total) if total else 1.0
        if recall >= _GOOD_RECALL:
            break
    progress.advance(len(_BREADTHS) + 1)
    return breadth, recall, exact_ms, index_ms


def _ask(
    index: Any, queries: Float, count: int, breadth: int, threads: int = 1
) -> tuple[NDArray[np.int64], Float]:
    """(m, count) rows int64 and cosines float32."""
    labels, distances = _query(index, queries, count, max(breadth, count), threads)
    return labels.astype(np.int64), (1.0 - distances).astype(np.float32)


def _query(index: Any, queries: Float, count: int, breadth: int, threads: int) -> tuple[Any, Any]:
    """A search too narrow to find `count` rows is hnswlib's only error here, so it is tried again, wider."""
    while True:
        index.set_ef(breadth)
        try:
            rows, distances = index.knn_query(queries, k=count, num_threads=threads)
            return rows, distances
        except RuntimeError:
            if breadth > 4 * index.get_current_count():
                raise
            breadth *= 4


def _save(index: Any, path: Path, description: Path) -> None:
    """Write beside `path`, then put in its place: hnswlib can only write to a name of its own."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".hnsw-") as folder:
            made = Path(folder) / path.name
            index.save_index(str(made))
            if made.stat().st_size < index.index_file_size():
                raise OSError(28, "the disk is full")
            with made.open("rb+") as stream:
                os.fsync(stream.fileno())
            # At no moment does a description stand beside an index that it does not describe.
            description.unlink(missing_ok=True)
            made.replace(path)
    except (OSError, RuntimeError) as error:
        failure = error if isinstance(error, OSError) else OSError(0, str(error))
        raise files.explain_os_error(failure, path) from error


def _finding(what: str) -> Finding:
    from saerch_desktop.library.findings import Finding

    return Finding(
        severity="warning",
        what=what,
        usable="Everything works; neighbours are found exactly, which takes longer in large libraries.",
        remedy="Build the index again.",
        repairable=True,
    )


def _free_cores() -> int:
    """One core stays with the window."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, cores - 1)
