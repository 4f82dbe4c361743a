"""A map of documents or features: made, kept in the library, and used again while it still holds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.maps.map_files import DOCUMENTS_FOLDER, load_map, save_map
from saerch_desktop.features.maps.points import MapMethod, MapPoints, MapRecord, Of
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors

EXACT: Final = 40_000  # points up to which neighbours are found exactly: the same on every computer
WORTH_KEEPING_S: Final = 3.0  # what a map by PCA must have taken to be kept; reading it takes time too
_HELD: Final = 1 << 28  # numbers kept in memory while neighbours are sought: 1 GiB


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """A map, whether it was there already, and why it could not be kept ("" when it could)."""

    points: MapPoints
    fresh: bool
    unsaved: str = ""


def saved_map(library: Library, features: FeatureSet | None, of: Of, method: MapMethod) -> MapPoints | None:
    """The map that is kept in the library; None when there is none of what is there now.

    features: the SAE's, needed for a map of features. Raises UserError (damaged file; nothing to map).
    """
    folder, source, rows = _shown(library, features, of)
    return load_map(folder, of, method, source, rows)


def make_map(
    library: Library,
    features: FeatureSet | None,
    of: Of,
    method: MapMethod,
    progress: Progress,
    *,
    seed: int = 0,
    anew: bool = False,
) -> Mapped:
    """The map of documents by their vectors, or of live features by their directions, made where it is not
    kept.

    anew: make it even if it is. A library that cannot be written to still gets its map, which is then lost
    when it is closed. Raises UserError (nothing to map, UMAP failed), Cancelled.
    """
    folder, source, rows = _shown(library, features, of)
    if not anew:
        try:
            kept = load_map(folder, of, method, source, rows)
        except UserError:  # damaged: it is made anew
            kept = None
        if kept is not None and kept.record.seed == seed:
            return Mapped(kept, fresh=False)
    began = time.monotonic()
    if method == "umap":
        progress.plan(
            (
                "Finding the axes of the map",
                "Placing the points",
                "Finding neighbours",
                "Getting ready to lay out the map",
                "Laying out the map",
            )
        )
    explained: tuple[float, ...]
    xy, explained = _plane(library, features, of, seed, progress)
    neighbours = 0
    if method == "umap":
        xy, neighbours = _umap(library, features, of, xy, seed, progress)
        explained = ()
    record = MapRecord(
        of=of,
        method=method,
        source=source,
        rows=rows,
        points=int(np.isfinite(xy[:, 0]).sum()),
        seed=seed,
        neighbours=neighbours,
        explained=explained,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - began, 2),
    )
    points = MapPoints(xy, record)
    if method == "pca" and record.seconds < WORTH_KEEPING_S:
        return Mapped(points, fresh=True)
    try:
        return Mapped(save_map(folder, points), fresh=True)
    except UserError as error:
        return Mapped(points, fresh=True, unsaved=error.happened)


def nearest_documents(
    library: Library, rows: NDArray[np.int64], count: int, progress: Progress, seed: int = 0
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The `count` nearest of the documents `rows` (n,) to each of them: places in `rows` (n, count) and
    cosine distances, itself first. Exact up to `EXACT` documents, by the index beyond. Raises Cancelled.
    """
    from saerch_desktop.features.maps.neighbours import nearest_neighbours

    if rows.size > EXACT:
        return _indexed(library, rows, count, seed, progress)
    vectors = _vectors(library)
    if rows.size * vectors.dim <= _HELD:
        held = vectors.gather(rows)
        return nearest_neighbours(lambda at: held[at], np.arange(rows.size), count, progress)
    return nearest_neighbours(vectors.gather, rows, count, progress)


def seconds_for(points: int) -> float:
    """About how long a map by UMAP takes, in seconds, on two cores; measured at 3,072 and 30,000."""
    start = 20.0  # its compiled code is made anew in each process
    rounds = 500 if points <= 10_000 else 200  # as UMAP itself decides
    pairs = 3e-8 * points * points if points <= EXACT else 4e-4 * points
    return start + pairs + 3.6e-6 * rounds * points


def _shown(library: Library, features: FeatureSet | None, of: Of) -> tuple[Path, str, int]:
    """Folder of the map, hash of what it shows, and how many rows that has."""
    if of == "documents":
        vectors = _vectors(library)
        return library.path / DOCUMENTS_FOLDER, vectors.record.sha256, vectors.rows
    found = _features(features)
    return found.folder, found.sae.sha256, found.sae.config.features


def _vectors(library: Library) -> Vectors:
    vectors = library.vectors
    if vectors is None:
        raise UserError(
            "This library has no vectors.",
            "A map places documents by their vectors; there is nothing to place.",
            "Compute vectors first.",
        )
    return vectors


def _features(features: FeatureSet | None) -> FeatureSet:
    if features is None:
        raise UserError(
            "This library has no SAE yet.",
            "A map of features shows what an SAE has learnt; there is nothing to show.",
            "Train an SAE first.",
        )
    return features


def _plane(
    library: Library, features: FeatureSet | None, of: Of, seed: int, progress: Progress
) -> tuple[NDArray[np.float32], tuple[float, float]]:
    from saerch_desktop.features.maps.pca import ArrayRows, principal_plane

    if of == "documents":
        vectors = _vectors(library)
        found = principal_plane(vectors, progress, seed=seed)
        vectors.release()
        return found
    known = _features(features)
    dead = np.ones(known.sae.config.features, bool)
    dead[known.statistics.live] = False
    return principal_plane(ArrayRows(known.sae.decoder, dead), progress, seed=seed)


def _umap(
    library: Library,
    features: FeatureSet | None,
    of: Of,
    plane: NDArray[np.float32],
    seed: int,
    progress: Progress,
) -> tuple[NDArray[np.float32], int]:
    from saerch_desktop.features.maps.neighbours import nearest_neighbours
    from saerch_desktop.features.maps.umap_job import LEAST, NEIGHBOURS, lay_out

    rows = np.flatnonzero(np.isfinite(plane[:, 0]))
    if rows.size < LEAST:
        raise UserError(
            f"A map by UMAP needs at least {LEAST} points; here are {rows.size}.",
            "Nothing was changed.",
            "Look at the map by principal components instead.",
        )
    count = int(min(NEIGHBOURS, rows.size - 1))
    if of == "documents" and rows.size > EXACT:
        places, distances = _indexed(library, rows, count, seed, progress)
    else:
        vectors = _vectors(library) if of == "documents" else None
        decoder = _features(features).sae.decoder if vectors is None else None
        dim = vectors.dim if vectors is not None else int(_features(features).sae.decoder.shape[1])

        def gather(wanted: NDArray[np.int64]) -> NDArray[np.float32]:
            if vectors is not None:
                return vectors.gather(wanted)
            assert decoder is not None
            part = np.asarray(decoder[wanted], np.float32)
            unit: NDArray[np.float32] = part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-12)
            return unit

        if rows.size * dim <= _HELD:
            held, everything = gather(rows), np.arange(rows.size)
            places, distances = nearest_neighbours(lambda at: held[at], everything, count, progress)
        else:
            places, distances = nearest_neighbours(gather, rows, count, progress)
    spread = plane[rows]
    xy = np.full_like(plane, np.nan)
    xy[rows] = lay_out(places, distances, spread, progress, seed=seed)
    return xy, count


def _indexed(
    library: Library, rows: NDArray[np.int64], count: int, seed: int, progress: Progress
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Neighbours by the library's index, or by one made for this alone; places in `rows`, itself first."""
    from saerch_desktop.search import hnsw

    vectors = _vectors(library)
    index = hnsw.load(library)[0] or hnsw.fleeting(vectors, progress, seed=seed)
    places = np.empty((rows.size, count), np.int32)
    distances = np.empty((rows.size, count), np.float32)
    step = 1024
    progress.begin("Finding neighbours", int(rows.size), "points")
    for top in range(0, int(rows.size), step):
        asked = rows[top : top + step]
        found, cosines = index.nearest_of(vectors.gather(asked), count + 1)
        own = found == asked[:, None]
        # Itself goes first; where the index missed it, the farthest gives way.
        order = np.argsort(np.where(own, -np.inf, 1 - cosines), axis=1, kind="stable")
        others = np.take_along_axis(found, order, 1)
        near = np.take_along_axis(cosines, order, 1)
        missed = ~own.any(axis=1)
        others[missed, 1:], near[missed, 1:] = others[missed, :-1], near[missed, :-1]
        others[:, 0] = asked
        places[top : top + len(asked)] = np.searchsorted(rows, others[:, :count])
        distances[top : top + len(asked)] = np.maximum(0, 1 - near[:, :count])
        distances[top : top + len(asked), 0] = 0
        progress.advance(top + len(asked))
    return places, distances
