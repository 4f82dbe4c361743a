"""The commands that carry names of features out of a library and into one."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from saerch_desktop.cli_options import Json, LibraryDir, SaeName
from saerch_desktop.cli_say import say

labels_app = typer.Typer(help="Names of features as files.")


class Shape(StrEnum):
    full = "full"
    paper = "paper"


NamesOut = Annotated[
    Path, typer.Argument(metavar="FILE", help="Where to write: .json keeps everything, .csv is a table.")
]
NamesIn = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A file of names: .json, .csv, or feature_analysis_results_*.json."),
]
WriteShape = Annotated[
    Shape, typer.Option("--as", help="paper: the records that the paper's app reads, as .json.")
]
Replace = Annotated[
    bool, typer.Option("--replace", help="Let people's names in the file win over those given here.")
]
Anyway = Annotated[bool, typer.Option("--anyway", help="Take names that were made for another SAE.")]


@labels_app.command("export")
def export(
    file: NamesOut,
    library: LibraryDir,
    sae: SaeName = None,
    write_as: WriteShape = Shape.full,
    as_json: Json = False,
) -> None:
    """Write the names of an SAE's features, with their sources, tests and your decisions."""
    from saerch_desktop.features.label_exchange import export_names, kind_of
    from saerch_desktop.workflow.session import open_session

    kind = kind_of(file, paper=write_as is Shape.paper)
    with open_session(library, sae) as session:
        features = session.required_features()
        count = export_names(file, session.library, features, kind)
        name = features.sae.name
    if as_json:
        say(json.dumps({"sae": name, "file": str(file), "kind": kind, "features": count}))
    else:
        say(f"{count:,} features of “{name}” written to {file}.")


@labels_app.command("import")
def import_(
    file: NamesIn,
    library: LibraryDir,
    sae: SaeName = None,
    replace: Replace = False,
    anyway: Anyway = False,
    as_json: Json = False,
) -> None:
    """Bring names from a file. Names you gave here stay, and nothing is lost."""
    from saerch_desktop.features.label_exchange import read_names, require_same
    from saerch_desktop.features.label_merging import keep_claims, merged
    from saerch_desktop.features.marks import save_marks
    from saerch_desktop.workflow.session import open_session

    with open_session(library, sae) as session:
        features = session.required_features()
        names = read_names(file, session.library, features)
        if not anyway:
            require_same(names)
        found = merged(features.labels, names, replace)
        count = features.labels.features
        keep_claims(features.folder, count, found.claims)
        if found.marks:
            save_marks(features.folder, count, found.marks)
        name = features.sae.name
    if as_json:
        said = {
            "sae": name,
            "decisions": len(found.marks),
            "named": found.names,
            "kept": found.kept,
            "claims": len(found.claims),
        }
        say(json.dumps(said))
        return
    say(f"“{name}”: {found.names:,} names of people and {len(found.claims):,} of machines are new.")
    if found.kept:
        say(f"{found.kept:,} features keep the name they have here; --replace lets the file's win.")
