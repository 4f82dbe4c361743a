"""Codes of all documents out of the program: a row for each activation, a row for each document, or as a
sparse matrix. Memory holds a block of documents, however many there are.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.tables import Block, Column, Table

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.documents import Documents
    from saerch_desktop.progress import Progress

LONG: Final = (
    Column("row", "int", "the document's row in the library"),
    Column("id", "text", "the document's own identifier"),
    Column("place", "int", "1 for its strongest feature"),
    Column("feature", "int", "number of the feature"),
    Column("activation", "float", "how strongly it is active"),
)
WIDE: Final = (
    Column("row", "int", "the document's row in the library"),
    Column("id", "text", "the document's own identifier"),
    Column("features", "ints", "numbers of its active features, strongest first"),
    Column("activations", "floats", "how strongly each is active"),
)
_BLOCK: Final = 2048
_ROWS: Final = 1 << 16  # read at once for the sparse matrix


def long_codes(features: FeatureSet, documents: Documents, top: int | None = None) -> Table:
    """A row for each activation: by document, strongest first. top: only so many of each document."""
    codes = features.codes
    width = codes.width if top is None else min(codes.width, top)
    count = int(features.statistics.count.sum()) if width == codes.width else _active(codes.values, width)

    def blocks(progress: Progress) -> Iterator[Block]:
        for rows, ids, indices, values in _parts(features, documents, width, progress):
            at, place = np.nonzero(values > 0)
            yield [
                rows[at],
                [ids[i] for i in at.tolist()],
                place + 1,
                indices[at, place],
                values[at, place],
            ]

    return Table(LONG, count, blocks, _origin(features))


def wide_codes(features: FeatureSet, documents: Documents, top: int | None = None) -> Table:
    """A row for each document, those without an active feature too. top: only so many of its features."""
    width = features.codes.width if top is None else min(features.codes.width, top)

    def blocks(progress: Progress) -> Iterator[Block]:
        for rows, ids, indices, values in _parts(features, documents, width, progress):
            on = values > 0
            yield [
                rows,
                ids,
                [line[kept] for line, kept in zip(indices, on, strict=True)],
                [line[kept] for line, kept in zip(values, on, strict=True)],
            ]

    return Table(WIDE, features.codes.rows, blocks, _origin(features))


def write_csr(path: Path, features: FeatureSet, progress: Progress) -> int:
    """Write the codes as a sparse matrix (documents, features) that `scipy.sparse.load_npz` opens; how many
    activations it holds. data float32, indices int32 ascending within each row, indptr int64.

    Raises UserError (the file cannot be written), Cancelled; a former file stays then.
    """
    files.require_outside_libraries(path)
    codes = features.codes
    count = int(features.statistics.count.sum())
    progress.begin(f"Writing {path.name}", 3 * codes.rows, "documents")
    shape = np.asarray((codes.rows, features.sae.config.features), np.int64)
    with files.replacing(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        _small(archive, "format", np.asarray(b"csr"))
        _small(archive, "shape", shape)
        for number, (name, dtype, size) in enumerate(
            (("indptr", np.int64, codes.rows + 1), ("indices", np.int32, count), ("data", np.float32, count))
        ):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                _head(member, dtype, size)
                for part in _pieces(features, name, number * codes.rows, progress):
                    member.write(np.ascontiguousarray(part, np.dtype(dtype).newbyteorder("<")).tobytes())
    return count


def _pieces(features: FeatureSet, name: str, done: int, progress: Progress) -> Iterator[NDArray[Any]]:
    codes, filled = features.codes, 0
    if name == "indptr":
        yield np.zeros(1, np.int64)
    for start in range(0, codes.rows, _ROWS):
        indices = np.asarray(codes.indices[start : start + _ROWS])
        values = np.asarray(codes.values[start : start + _ROWS])
        on = values > 0
        if name == "indptr":
            counts = np.cumsum(on.sum(axis=1, dtype=np.int64))
            yield filled + counts
            filled += int(counts[-1])
        else:
            # Readers of sparse matrices expect columns in order; ours are by strength.
            order = np.argsort(np.where(on, indices, np.iinfo(np.int32).max), axis=1, kind="stable")
            kept = np.take_along_axis(on, order, 1)
            yield np.take_along_axis(indices if name == "indices" else values, order, 1)[kept]
        progress.advance(done + min(codes.rows, start + _ROWS))


def _parts(
    features: FeatureSet, documents: Documents, width: int, progress: Progress
) -> Iterator[tuple[NDArray[np.int64], list[str], NDArray[np.int32], NDArray[np.float32]]]:
    codes = features.codes
    for start in range(0, codes.rows, _BLOCK):
        progress.check()
        stop = min(codes.rows, start + _BLOCK)
        yield (
            np.arange(start, stop),
            documents.ids(range(start, stop)),
            np.asarray(codes.indices[start:stop, :width]),
            np.asarray(codes.values[start:stop, :width]),
        )


def _active(values: NDArray[np.float32], width: int) -> int:
    return sum(
        int(np.count_nonzero(values[start : start + _ROWS, :width])) for start in range(0, len(values), _ROWS)
    )


def _small(archive: zipfile.ZipFile, name: str, value: NDArray[Any]) -> None:
    with archive.open(f"{name}.npy", "w") as member:
        np.lib.format.write_array(member, value, allow_pickle=False)


def _head(stream: IO[bytes], dtype: Any, size: int) -> None:
    described = np.lib.format.dtype_to_descr(np.dtype(dtype).newbyteorder("<"))
    np.lib.format.write_array_header_1_0(
        stream, {"descr": described, "fortran_order": False, "shape": (size,)}
    )


def _origin(features: FeatureSet) -> dict[str, str]:
    return {"sae": features.sae.name, "weights": features.sae.sha256}
