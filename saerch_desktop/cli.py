"""The command line: the window's rooms without a window. Loads none of them before a command needs it."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from saerch_desktop import (
    __version__,
    cli_compare,
    cli_export,
    cli_export_search,
    cli_families,
    cli_jobs,
    cli_label_files,
    cli_labels,
    cli_map,
    cli_portable,
    cli_questions,
    cli_recipe,
    cli_search,
    cli_study,
    cli_training,
    launch_flags,
)
from saerch_desktop import cli_report as report
from saerch_desktop import cli_report_sae as report_sae
from saerch_desktop.cli_options import (
    AllowNetwork,
    BaseUrl,
    BudgetTokens,
    DateColumn,
    DocumentId,
    EmbedderName,
    ExamplesFile,
    ExamplesSeed,
    FacetColumns,
    FeatureId,
    IdColumn,
    Json,
    LibraryDir,
    Limit,
    MadeBy,
    PicturesDir,
    Repair,
    SaeArgument,
    SaeName,
    SourceFile,
    TextColumns,
    TitleColumn,
    Top,
    VectorsColumn,
    VectorsFile,
    Version,
)
from saerch_desktop.cli_progress import INTERRUPTED, Interrupted, job
from saerch_desktop.cli_say import say
from saerch_desktop.embedding.torch_setup import rest_waiting_threads
from saerch_desktop.errors import UserError
from saerch_desktop.logs import start_logging, stop_logging
from saerch_desktop.settings import load_settings

PROGRAM = "saerch-desktop"
USER_MISTAKE = 2
_UsageError: Any = typer.BadParameter.__mro__[
    1
]  # typer's own, by its public child: its module has moved between versions

app = typer.Typer(
    name=PROGRAM,
    help=(
        "Train, read and steer semantic search by features."
        " Without a command the window opens (--sample, --library DIR, --open LINK, --theme, --offscreen)."
        " Before a command or the window's flags: --offline keeps the network locked,"
        " --safe-mode leaves the saved settings alone."
        " Alone: --info tells what to put into a report, --reset begins afresh with a backup."
    ),
    add_completion=False,
    pretty_exceptions_enable=False,
)
show_app = typer.Typer(help="Show what is in a library.")
app.add_typer(show_app, name="show")
app.add_typer(cli_study.study_app, name="study")
app.add_typer(cli_label_files.labels_app, name="labels")
app.add_typer(cli_recipe.recipe_app, name="recipe")
cli_export.export_app.command("results")(cli_export_search.results)
cli_export.export_app.command("report")(cli_export_search.report)
app.add_typer(cli_export.export_app, name="export")


@app.command()
def sample(library: LibraryDir | None = None, as_json: Json = False) -> None:
    """Build the built-in sample from the Python documentation on this computer, and steer a search in it."""
    from saerch_desktop.paths import sample_library
    from saerch_desktop.workflow.demonstration import demonstrate
    from saerch_desktop.workflow.sample import build_sample, sample_is_complete
    from saerch_desktop.workflow.session import open_session

    target = library if library is not None else sample_library()
    ready = sample_is_complete(target)
    kept = "The finished parts of the sample are kept; run the same command to go on from there."
    with job(kept, quiet=as_json) as (progress, clock):
        build_sample(target, progress)
        stages = [] if ready else clock.durations()
    with open_session(target) as session:
        report.sample(session, stages, demonstrate(session), as_json=as_json)


@app.command(name="import")
def import_(
    file: SourceFile,
    library: LibraryDir,
    text: TextColumns = None,
    title: TitleColumn = None,
    ids: IdColumn = None,
    date: DateColumn = None,
    facet: FacetColumns = None,
    vectors: VectorsFile = None,
    vectors_column: VectorsColumn = None,
    embedder: MadeBy = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Bring texts, and vectors if there are some, into a library. A killed import goes on where it was."""
    from saerch_desktop.workflow.intake import Columns, take_in

    columns = Columns(id=ids, title=title, text=tuple(text or ()), date=date, facets=tuple(facet or ()))
    kept = f"The records read so far are kept in {library}; run the same command to go on from there."
    with job(kept, quiet=as_json) as (progress, _):
        done = take_in(
            file,
            library,
            columns=columns,
            vectors=vectors,
            vectors_column=vectors_column,
            embedder=embedder,
            limit=limit,
            progress=progress,
        )
    report.imported(library, done, as_json=as_json)


@app.command()
def embed(
    library: LibraryDir,
    embedder: EmbedderName = "minilm",
    base_url: BaseUrl = None,
    budget_tokens: BudgetTokens = None,
    allow_network: AllowNetwork = False,
    as_json: Json = False,
) -> None:
    """Turn the documents' texts into vectors. An interrupted run goes on where it was."""
    from saerch_desktop.embedding.job import embed_library
    from saerch_desktop.embedding.registry import open_embedder
    from saerch_desktop.library.library import Library

    kept = "The vectors made so far are kept; run the same command to go on from there."
    with Library.open(library, write=True) as opened, job(kept, quiet=as_json) as (progress, _):
        source = open_embedder(
            embedder, base_url=base_url, budget_tokens=budget_tokens, allow_network=allow_network
        )
        done = embed_library(opened, source, progress)
    report.embedded(done, as_json=as_json)


app.command()(cli_training.train)
app.command(name="import-sae")(cli_training.import_sae)
app.command(name="export-sae")(cli_training.export_sae)
app.command(name="import-app")(cli_training.import_app)
app.command()(cli_compare.compare)
app.command()(cli_families.families)
cli_label_files.labels_app.command("carry")(cli_compare.carry)
app.command()(cli_labels.label)
app.command()(cli_jobs.job)


app.command()(cli_search.search)
app.command()(cli_questions.explain)
app.command(name="map")(cli_map.map_)
app.command()(cli_portable.pack)
app.command()(cli_portable.unpack)


@show_app.command("library")
def show_library(library: LibraryDir, as_json: Json = False) -> None:
    """What the library holds, and whether anything about it is wrong."""
    from saerch_desktop.library.library import Library

    with Library.open(library) as opened:
        report.library(opened, as_json=as_json)


@show_app.command("sae")
def show_sae(
    library: LibraryDir,
    name: SaeArgument = None,
    sae: SaeName = None,
    top: Top = 20,
    as_json: Json = False,
) -> None:
    """An SAE's configuration, quality and features."""
    from saerch_desktop.workflow.session import open_session

    with open_session(library, sae or name) as session:
        report_sae.sae(session.library, session.required_features(), top, as_json=as_json)


@show_app.command("feature")
def show_feature(
    feature: FeatureId,
    library: LibraryDir,
    sae: SaeName = None,
    top: Top = 10,
    seed: ExamplesSeed = 0,
    examples: ExamplesFile = None,
    as_json: Json = False,
) -> None:
    """What is known about a feature: its names and their grades, its documents, when and where it is active,
    and its relatives.
    """
    from saerch_desktop.workflow.session import open_session

    with open_session(library, sae) as session:
        report.feature(session, feature, top, seed, examples, as_json=as_json)


@show_app.command("document")
def show_document(
    document: DocumentId, library: LibraryDir, sae: SaeName = None, as_json: Json = False
) -> None:
    """A document as it was imported, and the features it is made of."""
    from saerch_desktop.workflow.session import open_session

    with open_session(library, sae) as session:
        report.document(session, session.row_of(document), as_json=as_json)


@app.command()
def check(library: LibraryDir, repair: Repair = False, as_json: Json = False) -> None:
    """Read every byte of a library and say what is wrong, what is still usable, and what can be mended."""
    from saerch_desktop.workflow.mending import check_and_mend

    kept = "What was mended so far is kept; the rest is as it was."
    with job(kept, quiet=as_json) as (progress, _):
        findings = check_and_mend(library, repair=repair, progress=progress)
    report.findings(findings, as_json=as_json)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


@app.command()
def screenshots(library: LibraryDir, out: PicturesDir) -> None:
    """Pictures of every pane, light and dark, drawn without a display."""
    if sys.platform.startswith("linux"):  # without a display Qt ends the whole program
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from saerch_desktop.ui.screenshots import main as take

    for picture in take(library, out):
        say(picture)


@app.command()
def selftest(as_json: Json = False) -> None:
    """The whole way from texts to a steered search on a tiny library, in seconds."""
    from saerch_desktop.workflow.selftest import run

    with job("The temporary library was removed.", quiet=True) as (progress, _):
        steps = run(progress, None if as_json else report.step)
    report.selftest(steps, as_json=as_json)
    if not all(step.passed for step in steps):
        raise typer.Exit(1)


@app.callback(invoke_without_command=True)
def root(context: typer.Context, version: Version = False) -> None:
    if version:
        say(__version__)
    elif context.invoked_subcommand is None:
        raise typer.Exit(_open_window([]))


def _open_window(flags: list[str]) -> int:
    from saerch_desktop.app import main as open_window

    return int(open_window(flags) or 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status is 0 done, 2 the user's mistake, 130 stopped, 1 anything else."""
    launch = launch_flags.read(sys.argv[1:] if arguments is None else arguments)
    launch.begin()
    if launch.window:
        return _open_window(list(launch.rest))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a narrow terminal encoding must not end a job
    rest_waiting_threads()
    log = start_logging(load_settings().log_level.upper())
    if log is None:
        logging.getLogger().addHandler(logging.NullHandler())  # else Python prints warnings between our lines
    try:
        return _run(launch, log)
    finally:
        stop_logging()


def _run(launch: launch_flags.Launch, log: Path | None) -> int:
    try:
        if launch.info or launch.reset:
            return _alone(launch)
        status: Any = app(args=list(launch.rest), prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except UserError as error:
        return _tell(str(error), USER_MISTAKE)
    except Interrupted as stopped:
        return _tell(f"Stopped. {stopped.kept}", INTERRUPTED)
    except (KeyboardInterrupt, typer.Abort):
        return _tell("Stopped.", INTERRUPTED)
    except BrokenPipeError:  # whoever read our output has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except _UsageError as error:
        return _tell(f"{error.format_message().rstrip('.')}. See {PROGRAM} --help.", USER_MISTAKE)
    except Exception as error:
        logging.getLogger(__name__).exception("a command failed")
        return _tell(_bug(error, log), 1)
    return status if isinstance(status, int) else 0


def _alone(launch: launch_flags.Launch) -> int:
    from saerch_desktop.workflow.fresh_start import set_aside
    from saerch_desktop.workflow.program_info import info

    if launch.rest:
        raise UserError(
            f"{launch.rest[0]} cannot be combined with --info or --reset.",
            "Nothing was done.",
            "Give them alone.",
        )
    if launch.reset:
        say(set_aside())
    if launch.info:
        say(info())
    return 0


def _tell(message: str, status: int) -> int:
    with contextlib.suppress(OSError):
        say(message, flush=True, trouble=True)
    return status


def _bug(error: Exception, log: Path | None) -> str:
    happened = f"This is a fault in SAErch Desktop: {type(error).__name__}: {error}"
    if log is None:
        return f"{happened}\n{''.join(traceback.format_exception(error))}"
    return f"{happened}. Your library's files are as they were last saved. The details are in {log}."


if __name__ == "__main__":
    sys.exit(main())
