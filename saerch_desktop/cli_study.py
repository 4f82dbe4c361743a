"""The commands that measure how good a library's autoencoders are."""

from __future__ import annotations

import typer

from saerch_desktop import cli_report_sae as report
from saerch_desktop.cli_options import Json, LibraryDir, SaeName
from saerch_desktop.cli_progress import job

study_app = typer.Typer(help="Measure how good it is.")


@study_app.command("reconstruction")
def study_reconstruction(library: LibraryDir, sae: SaeName = None, as_json: Json = False) -> None:
    """How well an SAE rebuilds the documents held out of its training."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.study.reconstruction import reconstruction
    from saerch_desktop.workflow.session import newest_sae

    kept = "Nothing was changed."
    with Library.open(library) as opened, job(kept, quiet=as_json) as (progress, _):
        measured = reconstruction(opened, sae or newest_sae(opened), progress)
    report.reconstruction(measured, as_json=as_json)
