"""The commands that measure how good a library's autoencoders are."""

from __future__ import annotations

from typing import Annotated

import typer

from saerch_desktop import cli_report_study as report
from saerch_desktop.cli_options import Json, LibraryDir, SaeName
from saerch_desktop.cli_progress import job

Facet = Annotated[
    str | None,
    typer.Option("--truth", metavar="FACET", help="A facet whose values the features should know."),
]

study_app = typer.Typer(help="Measure how good it is.")


@study_app.command("reconstruction")
def study_reconstruction(library: LibraryDir, sae: SaeName = None, as_json: Json = False) -> None:
    """How well an SAE rebuilds the documents held out of its training, and all SAEs beside each other."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.study.reconstruction import compare, reconstruction
    from saerch_desktop.workflow.session import newest_sae

    kept = "Nothing was changed."
    with Library.open(library) as opened, job(kept, quiet=as_json) as (progress, _):
        measured = reconstruction(opened, sae or newest_sae(opened), progress)
        runs = compare(opened) if sae is None else ()
    report.reconstruction(measured, runs, as_json=as_json)


@study_app.command("scaling")
def study_scaling(library: LibraryDir, as_json: Json = False) -> None:
    """How the error of the library's SAEs falls with their size, with k and with compute."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.study.scaling import scaling

    with Library.open(library) as opened:
        fitted = scaling(opened)
    report.scaling(fitted, as_json=as_json)


@study_app.command("labels")
def study_labels(
    library: LibraryDir, sae: SaeName = None, truth: Facet = None, as_json: Json = False
) -> None:
    """How well labels find their features' documents among near misses, on documents held out."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.study.labels import study_labels as measured
    from saerch_desktop.workflow.session import newest_sae

    with Library.open(library) as opened, job("Nothing was changed.", quiet=as_json) as (progress, _):
        found = measured(opened, sae or newest_sae(opened), progress, truth)
    report.labels(found, as_json=as_json)


@study_app.command("families")
def study_families(
    library: LibraryDir, sae: SaeName = None, truth: Facet = None, as_json: Json = False
) -> None:
    """Families by the default method and by the paper's: sizes, tightness, stability, and known truth."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.study.families import study_families as measured
    from saerch_desktop.workflow.session import newest_sae

    with Library.open(library) as opened, job("Nothing was changed.", quiet=as_json) as (progress, _):
        found = measured(opened, sae or newest_sae(opened), progress, truth)
    report.families(found, as_json=as_json)
