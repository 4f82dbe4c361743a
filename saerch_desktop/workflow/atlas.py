"""Documents for Embedding Atlas: text, a place on the map, neighbours, facets, and features as a list column.

The columns are those that its documentation asks for: x and y; neighbors {"ids", "distances"} with 0-based
rows of this table, itself first; features a list of {"feature", "source"}.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.tables import Block, Cells, Column, Table, storable, write_table

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.maps.points import MapMethod
    from saerch_desktop.progress import Progress
    from saerch_desktop.workflow.session import Session

NEIGHBOURS: Final = 10
COMMAND: Final = "embedding-atlas {file} --text text --x x --y y --features features"
_BLOCK: Final = 1024
_OWN: Final = (
    Column("row", "int", "the document's row in the library"),
    Column("id", "text", "the document's own identifier"),
    Column("title", "text", "its title"),
    Column("text", "text", "title and text"),
    Column("date", "text", "its date, ISO"),
    Column("x", "float", "where it is on the map, across"),
    Column("y", "float", "where it is on the map, upwards"),
)
_NEIGHBOURS: Final = Column("neighbors", "near", "nearest documents by cosine distance, itself first")
_FEATURES: Final = Column("features", "named", "its active features, strongest first")
_MOST_FACETS: Final = 24


def write_atlas(
    path: Path,
    session: Session,
    progress: Progress,
    *,
    method: MapMethod | None = None,
    neighbours: int = 0,
) -> int:
    """Write the documents that have a place on the map as Parquet for Embedding Atlas; how many.

    method: which map; when left out UMAP's where the library has a usable one, else by principal components.
    neighbours: so many of each document, 0 for none; an exact or indexed search of all of them, which takes
    minutes for hundreds of thousands. Raises UserError (no vectors, the file cannot be written), Cancelled; a
    former file stays then.
    """
    if path.suffix.casefold() != ".parquet":
        raise UserError(
            f"{path.name} does not end in .parquet.",
            "Embedding Atlas is given its lists as Parquet; nothing was written.",
            "Choose a name that ends in .parquet.",
        )
    return write_table(path, atlas_table(session, progress, method, neighbours), "parquet", progress)


def atlas_table(
    session: Session, progress: Progress, method: MapMethod | None = None, neighbours: int = 0
) -> Table:
    """The table that `write_atlas` writes; makes the map first where there is none."""
    from saerch_desktop.workflow.mapping import make_map, saved_map

    library, features = session.library, session.features
    points = None
    if method is None and library.vectors is not None:
        points = saved_map(library, features, "documents", "umap")
    if points is None:
        points = make_map(library, features, "documents", method or "pca", progress).points
    rows = points.placed
    near = _neighbours(session, rows, min(neighbours, rows.size - 1), progress) if neighbours > 0 else None
    facets = _facets(session)
    names = _free_names(facets)
    columns = [*_OWN, *(Column(names[facet], "text", f"the facet {facet}") for facet in facets)]
    if near is not None:
        columns.append(_NEIGHBOURS)
    if features is not None:
        columns.append(_FEATURES)

    def blocks(progress: Progress) -> Iterator[Block]:
        for start in range(0, rows.size, _BLOCK):
            progress.check()
            part = rows[start : start + _BLOCK]
            cells = [*_documents(session, part, facets, points.xy)]
            if near is not None:
                cells.append(_near(*near, start, part.size))
            if features is not None:
                cells.append(_active(features, part))
            yield cells

    origin = {"library": library.manifest.name, "map": points.record.method}
    if features is not None:
        origin |= {"sae": features.sae.name, "weights": features.sae.sha256}
    return Table(tuple(columns), int(rows.size), blocks, origin)


def feature_name(features: FeatureSet, feature: int) -> str:
    """What a feature is called there: its name and number, since names need not be unique."""
    label = features.labels.get(feature)
    return f"#{feature}" if label is None else f"{storable(label.text)} (#{feature})"


def _documents(
    session: Session, part: NDArray[np.int64], facets: Sequence[str], xy: NDArray[np.float32]
) -> list[Cells]:
    found = session.library.documents.many(part.tolist())
    held = [dict(reversed(document.facets)) for document in found]  # of several values the first
    return [
        part,
        [document.id for document in found],
        [document.title or None for document in found],
        ["\n\n".join(filter(None, (document.title, document.text))) for document in found],
        [document.date for document in found],
        xy[part, 0],
        xy[part, 1],
        *([values.get(facet) for values in held] for facet in facets),
    ]


def _near(ids: NDArray[np.int32], distances: NDArray[np.float32], start: int, size: int) -> list[Any]:
    return [
        {"ids": near, "distances": far}
        for near, far in zip(
            ids[start : start + size].tolist(), distances[start : start + size].tolist(), strict=True
        )
    ]


def _active(features: FeatureSet, part: NDArray[np.int64]) -> list[Any]:
    name = features.sae.name
    indices, values = features.codes.indices[part], features.codes.values[part]
    found = []
    for ids, strengths in zip(indices, values, strict=True):
        active = ids[strengths > 0].tolist()
        found.append([{"feature": feature_name(features, feature), "source": name} for feature in active])
    return found


def _facets(session: Session) -> list[str]:
    return session.library.documents.facet_names()[:_MOST_FACETS]


def _free_names(facets: Sequence[str]) -> dict[str, str]:
    """A column's name for each facet, none of them taken, whatever its capitals."""
    taken = {column.name for column in (*_OWN, _NEIGHBOURS, _FEATURES)}
    names = {}
    for facet in facets:
        name = plain = storable(facet).strip() or "facet"
        number = 2
        while name.casefold() in taken:
            name, number = f"{plain} {number}", number + 1
        taken.add(name.casefold())
        names[facet] = name
    return names


def _neighbours(
    session: Session, rows: NDArray[np.int64], count: int, progress: Progress
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(n, count + 1) places in `rows` and cosine distances, itself first."""
    from saerch_desktop.workflow.mapping import nearest_documents

    return nearest_documents(session.library, rows, max(1, count) + 1, progress)
