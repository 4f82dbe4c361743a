"""The command that measures how well steering works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saerch_desktop.cli_options import AllowNetwork, BaseUrl, Json, LibraryDir, SaeName
from saerch_desktop.cli_progress import job

if TYPE_CHECKING:
    from saerch_desktop.embedding.base import Embedder
    from saerch_desktop.library.library import Library

Draws = Annotated[int, typer.Option("--draws", metavar="N", min=10, help="How many queries are steered.")]
DrawSeed = Annotated[int, typer.Option("--seed", metavar="S", min=0, help="Same seed, same draws.")]
Figure = Annotated[
    Path | None, typer.Option("--figure", metavar="FILE", help="Draw the result into this SVG file.")
]
ChoiceModel = Annotated[
    str | None,
    typer.Option("--model", metavar="M", help="A language model that guesses what was raised and lowered."),
]


def study_steering(
    library: LibraryDir,
    sae: SaeName = None,
    draws: Draws = 500,
    seed: DrawSeed = 0,
    figure: Figure = None,
    model: ChoiceModel = None,
    base_url: BaseUrl = None,
    allow_network: AllowNetwork = False,
    as_json: Json = False,
) -> None:
    """Our steering and four others at the same cosine: what is gained, lost, kept and disturbed.

    Half of the documents are searched; classifiers of words, trained on the others, judge what is found. With
    --model a language model is asked the paper's five-way choice as well.
    """
    from saerch_desktop import cli_report_steering
    from saerch_desktop.features.llm.settings import LlmSettings
    from saerch_desktop.library.library import Library
    from saerch_desktop.study.steering import study_steering as measured
    from saerch_desktop.study.steering_choice import five_way
    from saerch_desktop.study.steering_figure import write_figure
    from saerch_desktop.workflow.session import newest_sae

    choice = None
    with Library.open(library) as opened, job("Nothing was changed.", quiet=as_json) as (progress, _):
        name, embedder = sae or newest_sae(opened), _local_embedder(opened)
        found = measured(opened, name, embedder, progress, draws, seed)
        if model is not None:
            settings = LlmSettings(model, base_url, allow_network=allow_network)
            choice = five_way(opened, name, embedder, settings, progress, seed=seed)
    if figure is not None:
        write_figure(figure, found)
    cli_report_steering.steering(found, figure=figure, choice=choice, as_json=as_json)


def _local_embedder(library: Library) -> Embedder | None:
    """The one that made the vectors, where it is on this computer: a study sends no text anywhere."""
    from saerch_desktop.embedding.registry import embedder_for
    from saerch_desktop.errors import UserError

    try:
        return embedder_for(library)
    except UserError:
        return None
