"""The commands between SAEs: compare two, follow a feature through all sizes, carry names over."""

from __future__ import annotations

from typing import Annotated

import typer

from saerch_desktop import cli_report_compare as report
from saerch_desktop.cli_options import Json, LibraryDir
from saerch_desktop.cli_progress import job

LeftSae = Annotated[str, typer.Option("--sae", metavar="A", help="The one SAE.")]
RightSae = Annotated[str, typer.Option("--with", metavar="B", help="The other SAE.")]
OneFeature = Annotated[
    int | None,
    typer.Option("--feature", metavar="N", min=0, help="Follow this feature of A through all sizes."),
]
Trees = Annotated[
    bool, typer.Option("--trees", help="Follow the features that split most through all sizes.")
]
FromSae = Annotated[str, typer.Option("--from", metavar="A", help="The SAE whose names are carried over.")]
ToSae = Annotated[str, typer.Option("--to", metavar="B", help="The SAE that gets them.")]
Least = Annotated[
    float | None,
    typer.Option("--least", metavar="C", help="Lowest cosine of the two directions.", show_default="0.9"),
]
_UNCHANGED = "Nothing was changed."


def compare(
    library: LibraryDir,
    sae: LeftSae,
    other: RightSae,
    feature: OneFeature = None,
    trees: Trees = False,
    as_json: Json = False,
) -> None:
    """Which features of an SAE another one has too, which split, and which only one of them has."""
    from saerch_desktop.workflow.comparing import compare_saes, open_lineage

    with job(_UNCHANGED, quiet=as_json) as (progress, _):
        found = compare_saes(library, sae, other, progress)
        grown = []
        if feature is not None:
            grown.append(open_lineage(library, sae, progress).tree(sae, feature))
        if trees:
            lineages = {}
            for left, number in found.splits():
                name = sae if left else other
                if name not in lineages:
                    lineages[name] = open_lineage(library, name, progress)
                grown.append(lineages[name].tree(name, number))
    report.comparison(found, grown, as_json=as_json)


def carry(
    library: LibraryDir, origin: FromSae, target: ToSae, least: Least = None, as_json: Json = False
) -> None:
    """Carry names over to another SAE, where features point the same way, and test them there."""
    from saerch_desktop.workflow.comparing import carry_names

    with job("No name was carried over.", quiet=as_json) as (progress, _):
        done = carry_names(library, origin, target, progress, least=least)
    report.carried(done, as_json=as_json)
