"""Maps on disk: coordinates as a plain array, and beside them how they were made."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from pydantic import ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.maps.points import MapMethod, MapPoints, MapRecord, Of
from saerch_desktop.features.versions import require_known

DOCUMENTS_FOLDER: Final = "maps"
_SCHEMA: Final = 1
_LARGEST: Final = 1 << 20
_FARTHEST: Final = 1e9


def map_file(of: Of, method: MapMethod) -> str:
    """The name of a map's coordinates in their folder; its description has `.json` for `.npy`."""
    return f"documents_{method}.npy" if of == "documents" else f"map_{method}.npy"


def save_map(folder: Path, points: MapPoints) -> MapPoints:
    """Put a map in `folder` in place of the former one of its kind. UserError when it cannot be written."""
    path = folder / map_file(points.record.of, points.record.method)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise files.explain_os_error(error, path) from error
    files.write_array(path, points.xy)
    record = points.record.model_copy(update={"sha256": files.sha256(path)})
    files.write_bytes(path.with_suffix(".json"), (record.model_dump_json(indent=2) + "\n").encode())
    return MapPoints(points.xy, record)


def load_map(folder: Path, of: Of, method: MapMethod, source: str, rows: int) -> MapPoints | None:
    """The map in `folder`; None when there is none, or when it shows something else than `source` now is.

    source: hash of the vectors or weights; rows: how many documents or features there are. A map that was
    only half replaced counts as none. UserError when it is damaged.
    """
    path = folder / map_file(of, method)
    description = path.with_suffix(".json")
    if not (path.is_file() and description.is_file()):
        return None
    try:
        record = MapRecord.model_validate_json(files.read_small(description, _LARGEST))
        require_known(record.schema_version, _SCHEMA, description.name)
        if (record.of, record.method) != (of, method):
            raise ValueError("it is of another kind")
        if record.source != source:
            return None
        held = files.mapped_array(path)
        if held.shape != (rows, 2) or held.dtype != np.float32 or record.rows != rows:
            raise ValueError("it is of another size")
        if files.sha256(path) != record.sha256:
            return None
        xy = np.array(held, np.float32)
    except (OSError, ValidationError, ValueError) as error:
        raise UserError(
            f"The map in {path.name} cannot be read.",
            "It was computed from the vectors; nothing of yours is in it.",
            "Make the map again.",
        ) from error
    # A row is on the map with both coordinates or not at all; one beyond all measure would make a single
    # dot of the others, and overflows when distances are taken.
    xy[~(np.abs(xy) <= _FARTHEST).all(axis=1)] = np.nan
    return MapPoints(xy, record.model_copy(update={"points": int(np.isfinite(xy[:, 0]).sum())}))
