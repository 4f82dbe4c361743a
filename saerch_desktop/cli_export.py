"""The commands that write what is in a library to files: export WHAT."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from saerch_desktop.cli_families import MethodName as FamilyMethod
from saerch_desktop.cli_options import (
    Json,
    LibraryDir,
    SaeName,
)
from saerch_desktop.cli_progress import job
from saerch_desktop.cli_report import emit
from saerch_desktop.cli_say import say
from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.tables import Form, Table
    from saerch_desktop.workflow.exporting import What, Written
    from saerch_desktop.workflow.session import Session

export_app = typer.Typer(help="Write results, features, codes, names, families, a map or a report to a file.")


class TableForm(StrEnum):
    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"


class CodesShape(StrEnum):
    long = "long"
    topk = "topk"
    csr = "csr"


class MapChoice(StrEnum):
    pca = "pca"
    umap = "umap"


Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write.")]
FormName = Annotated[
    TableForm | None, typer.Option("--format", help="Of the table; as the file's ending says when left out.")
]
ShapeName = Annotated[
    CodesShape,
    typer.Option(
        "--shape",
        help="long: a row for each activation. topk: one for each document. csr: a sparse matrix (.npz).",
    ),
]
TopFeatures = Annotated[
    int | None, typer.Option("--top", metavar="N", min=1, help="Only the N strongest of each document.")
]
OfFamilies = Annotated[
    FamilyMethod | None, typer.Option("--method", help="Whose families.", show_default="the best there is")
]
MapName = Annotated[
    MapChoice | None,
    typer.Option("--map", help="Which map.", show_default="umap where it was made, else pca"),
]
Neighbours = Annotated[
    int, typer.Option("--neighbours", metavar="N", min=0, max=200, help="Nearest documents of each.")
]
KEPT = "A file that was there before stays as it was."


@export_app.command("features")
def features(
    library: LibraryDir,
    out: Out,
    form: FormName = None,
    sae: SaeName = None,
    method: OfFamilies = None,
    as_json: Json = False,
) -> None:
    """Write all features with what is known of each: name, test, figures, family, your decisions."""
    from saerch_desktop.workflow import exporting

    table(
        "features",
        library,
        sae,
        out,
        form,
        lambda session: exporting.features(session, method=cast("Any", method and method.value)),
        as_json=as_json,
    )


@export_app.command("codes")
def codes(
    library: LibraryDir,
    out: Out,
    shape: ShapeName = CodesShape.long,
    form: FormName = None,
    top: TopFeatures = None,
    sae: SaeName = None,
    as_json: Json = False,
) -> None:
    """Write which features are active in which document, and how strongly."""
    from saerch_desktop.workflow import exporting

    if shape is not CodesShape.csr:
        table(
            "codes",
            library,
            sae,
            out,
            form,
            lambda session: exporting.codes(session, cast("Any", shape.value), top),
            as_json=as_json,
        )
        return
    if top is not None or form is not None:
        raise UserError(
            "A sparse matrix holds all activations, in a form of its own.",
            "Nothing was written.",
            "Leave out --top and --format, or choose another --shape.",
        )
    from saerch_desktop.workflow.session import open_session

    exporting.require_ending(out, "codes", "csr")
    with open_session(library, sae) as session, job(KEPT, quiet=as_json) as (progress, _):
        done = exporting.write_codes_matrix(out, session, progress)
    tell(done, as_json=as_json)


@export_app.command("labels")
def labels(
    library: LibraryDir, out: Out, form: FormName = None, sae: SaeName = None, as_json: Json = False
) -> None:
    """Write every name that anybody gave a feature, with its source, its test and its fate.

    To bring names into another library, use the command labels export.
    """
    from saerch_desktop.workflow import exporting

    table("labels", library, sae, out, form, exporting.labels, as_json=as_json)


@export_app.command("families")
def families(
    library: LibraryDir,
    out: Out,
    form: FormName = None,
    sae: SaeName = None,
    method: OfFamilies = None,
    as_json: Json = False,
) -> None:
    """Write the families as a table. For graph programs, use the command families with --export."""
    from saerch_desktop.workflow import exporting

    table(
        "families",
        library,
        sae,
        out,
        form,
        lambda session: exporting.families(session, cast("Any", method and method.value)),
        as_json=as_json,
    )


@export_app.command("atlas")
def atlas(
    library: LibraryDir,
    out: Out,
    map_: MapName = None,
    neighbours: Neighbours = 0,
    sae: SaeName = None,
    as_json: Json = False,
) -> None:
    """Write texts, their places on the map and their features as Parquet for Embedding Atlas."""
    from saerch_desktop.workflow import exporting
    from saerch_desktop.workflow.atlas import COMMAND, write_atlas
    from saerch_desktop.workflow.session import open_session

    exporting.require_ending(out, "atlas")
    with open_session(library, sae) as session, job(KEPT, quiet=as_json) as (progress, _):
        rows = write_atlas(
            out, session, progress, method=cast("Any", map_ and map_.value), neighbours=neighbours
        )
        line = COMMAND.format(file=out) if session.features is not None else ""
    done = exporting.Written(out, "atlas", "parquet", rows)
    tell(done, as_json=as_json)
    if line and not as_json:
        say(f"To look at it: {line}{' --neighbors neighbors' if neighbours else ''}")


def form_named(form: TableForm | None) -> Form | None:
    return None if form is None else form.value


def tell(done: Written, *, as_json: bool) -> None:
    if as_json:
        return emit({"what": done.what, "file": str(done.path), "format": done.form, "rows": done.rows})
    counted = {"report": "bytes", "csr": "activations"}.get(
        done.what if done.what == "report" else done.form, "rows"
    )
    say(f"{done.rows:,} {counted} written to {done.path}.")
    return None


def table(
    what: What,
    library: Path,
    sae: str | None,
    out: Path,
    form: TableForm | None,
    made: Callable[[Session], Table],
    *,
    as_json: bool,
) -> None:
    from saerch_desktop.workflow import exporting
    from saerch_desktop.workflow.session import open_session

    if form is None:
        exporting.require_ending(out, what)
    with open_session(library, sae) as session, job(KEPT, quiet=as_json) as (progress, _):
        done = exporting.write(out, what, made(session), progress, form_named(form))
    tell(done, as_json=as_json)
