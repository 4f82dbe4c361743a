"""The commands that measure how good a library's autoencoders are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from saerch_desktop import cli_report_retrieval as retrieval_report
from saerch_desktop import cli_report_study as report
from saerch_desktop.cli_options import Features, Json, LibraryDir, SaeName, Seed
from saerch_desktop.cli_progress import job
from saerch_desktop.cli_study_steering import study_steering

RetrievalData = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="Folder with corpus, queries and qrels.")
]
Split = Annotated[str, typer.Option("--split", metavar="NAME", help="Which judgements: qrels/NAME.tsv.")]
OtherLibrary = Annotated[
    Path | None,
    typer.Option("--library", metavar="DIR", help="Measure an SAE of this library, not one of the corpus."),
]
RetrievalCache = Annotated[
    Path | None, typer.Option("--cache", metavar="DIR", help="Where the corpus is kept for the next time.")
]
RetrievalK = Annotated[int, typer.Option("--k", metavar="K", min=1, help="Active features per document.")]
RetrievalFigure = Annotated[
    Path | None, typer.Option("--figure", metavar="FILE", help="Draw the result into this SVG file.")
]
RetrievalDetails = Annotated[
    bool, typer.Option("--details", help="With --json: intervals and further searches too.")
]
Draws = Annotated[int, typer.Option("--draws", metavar="N", min=1, help="How many documents are tried.")]
Facet = Annotated[
    str | None,
    typer.Option("--truth", metavar="FACET", help="A facet whose values the features should know."),
]

study_app = typer.Typer(help="Measure how good it is.")
study_app.command("steering")(study_steering)


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


@study_app.command("retrieval")
def study_retrieval(
    data: RetrievalData,
    split: Split = "test",
    library: OtherLibrary = None,
    sae: SaeName = None,
    cache: RetrievalCache = None,
    k: RetrievalK = 64,
    features: Features = None,
    seed: Seed = 0,
    figure: RetrievalFigure = None,
    details: RetrievalDetails = False,
    as_json: Json = False,
) -> None:
    """How much of a search survives on what an SAE says alone, by judged questions (BEIR's layout)."""
    from saerch_desktop.study.retrieval_figure import write_figure
    from saerch_desktop.workflow.retrieving import RetrievalWish, retrieval

    wish = RetrievalWish(data, split, cache, library, sae, k, features, seed)
    with job("What was embedded and trained is kept for the next time.", quiet=as_json) as (progress, _):
        measured = retrieval(wish, progress)
    if figure is not None:
        write_figure(figure, measured)
    retrieval_report.retrieval(measured, as_json=as_json, details=details)


@study_app.command("reencoding")
def study_reencoding(
    library: LibraryDir, sae: SaeName = None, draws: Draws = 50, seed: Seed = 0, as_json: Json = False
) -> None:
    """How far changed codes are from what the SAE reads once they are decoded, and what makes them stick."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.study.reencoding import study_reencoding as measured
    from saerch_desktop.workflow.session import newest_sae

    with Library.open(library) as opened, job("Nothing was changed.", quiet=as_json) as (progress, _):
        found = measured(opened, sae or newest_sae(opened), progress, draws, seed)
    retrieval_report.reencoding(found, as_json=as_json)
