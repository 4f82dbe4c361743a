"""Where every point of a map is, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.spreadsheet import write_csv

if TYPE_CHECKING:
    from saerch_desktop.features.maps.colouring import Colouring
    from saerch_desktop.features.maps.points import MapPoints
    from saerch_desktop.workflow.session import Session

_AT_ONCE: Final = 4096
_DIGITS: Final = 6


def write_points(
    path: Path,
    session: Session,
    points: MapPoints,
    progress: Progress,
    colouring: Colouring | None = None,
    chosen: NDArray[np.int64] | None = None,
) -> None:
    """Write a line for each point as CSV: its id or number, title or name, place, what its colour says and
    whether it is among the `chosen` rows. UserError when the file cannot be written, Cancelled.
    """
    documents = points.record.of == "documents"
    heads: list[object] = [*(("id", "title") if documents else ("feature", "name")), "x", "y"]
    if colouring is not None and colouring.scale != "none":
        heads.append(colouring.what)
    if chosen is not None:
        heads.append("selected")
    marked = frozenset(() if chosen is None else chosen.tolist())
    lines: list[list[object]] = [heads]
    rows = points.placed
    progress.begin("Writing the table", int(rows.size), "points")
    for start in range(0, int(rows.size), _AT_ONCE):
        part = rows[start : start + _AT_ONCE].tolist()
        for row, (known, name) in zip(part, _named(session, part, documents), strict=True):
            x, y = points.xy[row].tolist()
            line: list[object] = [known, name, round(x, _DIGITS), round(y, _DIGITS)]
            if colouring is not None and colouring.scale != "none":
                line.append(colouring.text(row))
            if chosen is not None:
                line.append(int(row in marked))
            lines.append(line)
        progress.advance(start + len(part))
    write_csv(path, lines)


def _named(session: Session, rows: list[int], documents: bool) -> list[tuple[object, str]]:
    if documents:
        held = session.library.documents
        return list(zip(held.ids(rows), held.titles(rows), strict=True))
    text = session.required_features().labels.text
    return [(row, text(row)) for row in rows]
