"""Where the analyst has put nodes of the graph by hand, kept in the SAE's folder.

Places are small and easily made again: a damaged file is passed over with a line in the log, and never stands
in the way of anything.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import filelock
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError

log = logging.getLogger(__name__)

PLACES_FILE: Final = "families_places.json"
MOST_PLACES: Final = 5000
"""So many are kept, the newest; a graph shows a fifth of that at once."""

_LOCK_FILE: Final = "families_places.lock"
_LOCK_SECONDS: Final = 5.0
_LARGEST_FILE: Final = 1 << 22
_SCHEMA: Final = 1
_FARTHEST: Final = 1e6  # pixels from the middle

Place = tuple[float, float]
"""x and y in pixels at zoom 1, y downwards."""

_Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Pixels = Annotated[float, Field(ge=-_FARTHEST, le=_FARTHEST, allow_inf_nan=False)]


class _PlacesFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-family-places"] = "saerch-family-places"
    schema_version: int = Field(default=_SCHEMA, ge=1)
    places: dict[_Id, tuple[_Pixels, _Pixels]] = Field(max_length=4 * MOST_PLACES)


def load_places(folder: Path) -> dict[str, Place]:
    """Places by id of the node (a feature's "#12" or a family's key), those put last at the end; {} without
    any, or when the file is damaged or of a newer version of the program.
    """
    try:
        found = _read(folder)
    except (OSError, ValidationError, ValueError, UserError) as error:
        log.warning("%s of “%s” is passed over: %s", PLACES_FILE, folder.name, error)
        return {}
    return {} if found is None or found.schema_version > _SCHEMA else dict(found.places)


def save_places(folder: Path, changes: Mapping[str, Place | None]) -> None:
    """Put `changes` into the file, upon what others may have put there meanwhile; None takes a place away.

    A damaged file is replaced, one of a newer version of the program left as it is. UserError: another
    program writes for long, the disk is full, or the folder cannot be written to.
    """
    with _writing(folder):
        try:
            found = _read(folder)
        except (OSError, ValidationError, ValueError, UserError) as error:
            log.warning("%s of “%s” is replaced: %s", PLACES_FILE, folder.name, error)
            found = None
        if found is not None and found.schema_version > _SCHEMA:
            log.warning("%s of “%s” is of a newer version and is left as it is", PLACES_FILE, folder.name)
            return
        places = dict(found.places) if found is not None else {}
        for node, place in changes.items():
            places.pop(node, None)
            if place is not None and _sound(node, place):
                places[node] = (round(place[0], 2), round(place[1], 2))
        kept = dict(list(places.items())[-MOST_PLACES:])
        if found is None and not kept and not (folder / PLACES_FILE).exists():
            return
        content = _PlacesFile(places=kept).model_dump_json()
        files.write_bytes(folder / PLACES_FILE, (content + "\n").encode())


def _sound(node: str, place: Place) -> bool:
    return 0 < len(node) <= 200 and all(math.isfinite(one) and abs(one) <= _FARTHEST for one in place)


def _read(folder: Path) -> _PlacesFile | None:
    path = folder / PLACES_FILE
    if not path.is_file():
        return None
    return _PlacesFile.model_validate_json(files.read_small(path, _LARGEST_FILE))


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Hold the lock under which places are written, not the library's: a training may hold that."""
    lock = filelock.FileLock(folder / _LOCK_FILE, timeout=_LOCK_SECONDS)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise UserError(
            "Another program is writing the places of the graph’s nodes.",
            "Where you put nodes is not saved.",
            "Close the other program and move a node again.",
        ) from error
    except OSError as error:
        raise files.explain_os_error(error, folder / PLACES_FILE) from error
    try:
        yield
    finally:
        lock.release()
