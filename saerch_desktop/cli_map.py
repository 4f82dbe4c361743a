"""The command that lays out a map of documents or features."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saerch_desktop import cli_report as report
from saerch_desktop.cli_options import Json, LibraryDir, SaeName
from saerch_desktop.cli_progress import duration, job
from saerch_desktop.cli_say import say
from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.features.maps.points import MapPoints
    from saerch_desktop.progress import Progress
    from saerch_desktop.workflow.mapping import Mapped
    from saerch_desktop.workflow.session import Session


class What(StrEnum):
    """What is on the map."""

    documents = "documents"
    features = "features"


class How(StrEnum):
    """How points are placed."""

    pca = "pca"
    umap = "umap"


OnMap = Annotated[What, typer.Option("--of", help="What is on the map.")]
Placed = Annotated[
    How,
    typer.Option(
        "--method",
        help="pca: along the two directions in which they differ most; umap: by who is near whom.",
    ),
]
SeedOfMap = Annotated[
    int, typer.Option("--seed", min=0, max=(1 << 32) - 1, help="The same seed gives the same map.")
]
Anew = Annotated[bool, typer.Option("--anew", help="Lay it out again, even if the library has it.")]
MapFile = Annotated[
    Path | None,
    typer.Option("--export", metavar="FILE", help="Where the points are (.csv), or a picture (.png)."),
]


def map_(
    library: LibraryDir,
    of: OnMap = What.documents,
    method: Placed = How.pca,
    sae: SaeName = None,
    seed: SeedOfMap = 0,
    anew: Anew = False,
    export: MapFile = None,
    as_json: Json = False,
) -> None:
    """Place documents or features in the plane. A map by UMAP is kept in the library."""
    from saerch_desktop.workflow.mapping import make_map
    from saerch_desktop.workflow.session import open_session

    if export is not None and export.suffix.casefold() not in (".csv", ".png"):
        raise UserError(
            f"A map cannot be saved as “{export.name}”.",
            "Nothing was computed.",
            "Choose a name that ends in .csv for a table or in .png for a picture.",
        )
    with open_session(library, sae) as session, job("Nothing was changed.", quiet=as_json) as (progress, _):
        made = make_map(
            session.library, session.features, of.value, method.value, progress, seed=seed, anew=anew
        )
        if export is not None:
            _export(export, session, made.points, progress)
    _tell(made, export, as_json=as_json)


def _export(path: Path, session: Session, points: MapPoints, progress: Progress) -> None:
    if path.suffix.casefold() == ".csv":
        from saerch_desktop.workflow.map_table import write_points

        write_points(path, session, points, progress)
        return
    if sys.platform.startswith("linux"):  # without a display Qt ends the whole program
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from saerch_desktop.ui.map_poster import write_picture

    write_picture(path, points, session, progress)


def _tell(made: Mapped, export: Path | None, *, as_json: bool) -> None:
    record = made.points.record
    payload: dict[str, Any] = {
        "of": record.of,
        "method": record.method,
        "points": record.points,
        "rows": record.rows,
        "seed": record.seed,
        "neighbours": record.neighbours,
        "explained": list(record.explained),
        "seconds": record.seconds,
        "fresh": made.fresh,
        "kept": not made.unsaved,
        "export": str(export) if export is not None else None,
    }
    if as_json:
        return report.emit(payload)
    how = "UMAP" if record.method == "umap" else "principal components"
    when = f"in {duration(record.seconds)}" if made.fresh else f"on {record.made[:10]}, and kept since"
    say(f"{record.points:,} of {record.rows:,} {record.of} placed by {how} {when}.")
    if record.explained:
        say(f"The two axes hold {sum(record.explained):.1%} of the differences.")
    if made.unsaved:
        say(f"The map was not kept: {made.unsaved}")
    if export is not None:
        say(f"Written to {export}.")
    return None
