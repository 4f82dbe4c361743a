"""The command that builds families of features, shows them, and carries them in and out."""

from __future__ import annotations

import math
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from saerch_desktop import cli_report_families as report
from saerch_desktop.cli_options import Json, LibraryDir, SaeName, Top
from saerch_desktop.cli_progress import job
from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.family import Method
    from saerch_desktop.features.feature_set import FeatureSet


_BUILT: Final = ("default", "paper")


class MethodName(StrEnum):
    default = "default"
    paper = "paper"
    imported = "imported"
    own = "own"


WantedMethod = Annotated[
    MethodName | None,
    typer.Option(
        "--method",
        help="default: communities at three sizes. paper: subtrees of the strongest tree, as published."
        " imported, own: only shown.",
        show_default="the best there is, else default",
    ),
]
Resolution = Annotated[
    float | None,
    typer.Option("--resolution", metavar="R", help="Default method: above 1 for more and smaller families."),
]
FamilySeed = Annotated[
    int | None,
    typer.Option("--seed", metavar="S", min=0, max=(1 << 32) - 1, help="Same seed, same families."),
]
Again = Annotated[bool, typer.Option("--again", help="Build them anew, even if they are there.")]
FamiliesOut = Annotated[
    Path | None,
    typer.Option(
        "--export",
        metavar="FILE",
        help="Write them: .graphml or .gexf for graph programs, .csv, .json as the paper's app reads it.",
    ),
]
FamiliesIn = Annotated[
    Path | None,
    typer.Option("--import", metavar="FILE", help="Bring in a clean_families file of the paper's app."),
]


def families(
    library: LibraryDir,
    sae: SaeName = None,
    method: WantedMethod = None,
    resolution: Resolution = None,
    seed: FamilySeed = None,
    again: Again = False,
    export: FamiliesOut = None,
    bring: FamiliesIn = None,
    top: Top = 20,
    as_json: Json = False,
) -> None:
    """Families of features that belong together: built where they are not there yet, with your own changes.

    They are built anew with --again, or for another --resolution or --seed than they were made with.
    """
    from saerch_desktop.features.families.book import FamilyBook, open_book
    from saerch_desktop.features.families.cooccurrence import pairs_for
    from saerch_desktop.features.families.edits import load_edits
    from saerch_desktop.features.families.exchange import export_families, import_families, kind_of
    from saerch_desktop.features.families.remeasuring import with_figures
    from saerch_desktop.workflow.families import build_families
    from saerch_desktop.workflow.session import open_session

    _require_sound(method, resolution, seed, again, bring)
    if export is not None:
        kind_of(export)
    kept = "The families that were there before are kept."
    began = time.monotonic()
    with open_session(library, sae) as session, job(kept, quiet=as_json) as (progress, _):
        features = session.required_features()
        if bring is not None:
            import_families(bring, features)
        wanted = _wanted(method, bring, resolution, seed)
        found = open_book(features, wanted)
        target = wanted or (found.method if found is not None and not again else "default")
        build = target in _BUILT and (again or found is None or _differs(found, features, resolution, seed))
        if build:
            made = build_families(
                library,
                features.sae.name,
                progress,
                method=target,
                resolution=1.0 if resolution is None else resolution,
                seed=seed or 0,
            )
            found = FamilyBook.with_edits(made, load_edits(features.folder, features.sae.config.features))
        if found is None:
            raise UserError(
                f"“{features.sae.name}” has no {target} families.",
                "Nothing was changed.",
                "Build some with --method default, or bring some in with --import FILE.",
            )
        found = with_figures(features, found, progress)
        if export is not None:
            graph = kind_of(export) in ("graphml", "gexf")
            pairs = pairs_for(features, progress) if graph else None
            export_families(export, found, features, pairs, progress)
    took = time.monotonic() - began
    report.families(features, found, top, built=build, took=took, export=export, as_json=as_json)


def _wanted(
    method: MethodName | None, bring: Path | None, resolution: float | None, seed: int | None
) -> Method | None:
    if bring is not None:
        return "imported"
    if method is not None:
        return method.value
    return "default" if resolution is not None or seed is not None else None


def _differs(found: FamilyBook, features: FeatureSet, resolution: float | None, seed: int | None) -> bool:
    """Whether they were made of other weights, or with other options than were asked for."""
    made = found.built
    return (
        made.sae_sha256 not in ("", features.sae.sha256)
        or resolution not in (None, made.options.get("resolution"))
        or seed not in (None, made.seed)
    )


def _require_sound(
    method: MethodName | None, resolution: float | None, seed: int | None, again: bool, bring: Path | None
) -> None:
    kind = method.value if method is not None else "default"
    if kind != "default" and (resolution is not None or seed is not None):
        raise _unfit("Only the default method has a --resolution and a --seed.", "Leave them out.")
    if kind not in _BUILT and again:
        raise _unfit(f"There is no way to build {kind} families.", "Leave out --again.")
    if bring is not None and (again or kind not in ("default", "imported") or resolution or seed):
        raise _unfit("--import shows the families it brings in.", "Leave out what builds others.")
    if resolution is not None and not 0 < resolution < math.inf:
        raise _unfit("--resolution must be above zero.", "Try 0.5 for larger families, 2 for smaller ones.")


def _unfit(why: str, remedy: str) -> UserError:
    return UserError(why, "Nothing was changed.", remedy)
