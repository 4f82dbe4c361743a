"""What the commands take: options they share, and how `--steer` is read."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.search.steering import Edit


class Preset(StrEnum):
    balanced = "balanced"
    broad = "broad"
    fine = "fine"
    paper16 = "paper16"
    paper32 = "paper32"
    paper64 = "paper64"


class Variant(StrEnum):
    topk = "topk"
    batchtopk = "batchtopk"
    matryoshka = "matryoshka"
    hierarchical = "hierarchical"


class Recipe(StrEnum):
    saerch = "saerch"
    paper = "paper"


class Device(StrEnum):
    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class Mode(StrEnum):
    residual = "residual"
    paper = "paper"


LibraryDir = Annotated[Path, typer.Option("--library", metavar="DIR", help="Folder of the library.")]
SaeName = Annotated[
    str | None, typer.Option("--sae", metavar="NAME", help="Which SAE; the newest when left out.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines, without a progress bar.")]
AllowNetwork = Annotated[bool, typer.Option("--allow-network", help="Let this command reach the network.")]

SourceFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV, TSV, JSON, JSON Lines, Parquet, or a folder of texts.")
]
TextColumns = Annotated[
    list[str] | None, typer.Option("--text", metavar="COL", help="Text column; may be given again.")
]
TitleColumn = Annotated[str | None, typer.Option("--title", metavar="COL", help="Title column.")]
IdColumn = Annotated[str | None, typer.Option("--id", metavar="COL", help="Identifier column.")]
DateColumn = Annotated[str | None, typer.Option("--date", metavar="COL", help="Date column.")]
FacetColumns = Annotated[
    list[str] | None, typer.Option("--facet", metavar="COL", help="Column to filter by; may be given again.")
]
VectorsFile = Annotated[
    Path | None, typer.Option("--vectors", metavar="FILE", help="Vectors you have, one row per record.")
]
VectorsColumn = Annotated[
    str | None, typer.Option("--vectors-column", metavar="COL", help="Where in that file they are.")
]
MadeBy = Annotated[
    str | None,
    typer.Option("--embedder", metavar="NAME", help="What made those vectors: minilm, openai:MODEL …"),
]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Only the first N records.")]

EmbedderName = Annotated[
    str, typer.Option("--embedder", metavar="NAME", help="minilm, folder:PATH or openai:MODEL.")
]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="Address of an OpenAI-compatible service.")
]
BudgetTokens = Annotated[
    int | None, typer.Option("--budget-tokens", metavar="N", min=1, help="Pay for no more tokens than this.")
]

PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        metavar="FILE",
        help="Train everything that this training plan (JSON) asks for, one after the other; goes on with one"
        " that was stopped.",
    ),
]
NewSaeName = Annotated[str, typer.Option("--name", metavar="NAME", help="What to call the SAE.")]
PresetName = Annotated[Preset, typer.Option("--preset", help="Settings to start from.")]
VariantName = Annotated[
    Variant | None,
    typer.Option(
        "--variant",
        help="topk: the strongest K of each document. batchtopk: K on average. matryoshka: broad features"
        " first. hierarchical: any number up to K may be used afterwards.",
        show_default="topk",
    ),
]
RecipeName = Annotated[
    Recipe | None,
    typer.Option("--recipe", help="How to train: our own settings, or the paper's as they were published."),
]
Features = Annotated[int | None, typer.Option("--features", metavar="N", min=1, help="How many features.")]
ActiveFeatures = Annotated[
    int | None, typer.Option("--k", metavar="K", min=1, help="Active features per document.")
]
Epochs = Annotated[
    int | None, typer.Option("--epochs", metavar="E", min=1, help="Passes over the documents.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="S", min=0, help="Same seed, same SAE.")]
DeviceName = Annotated[Device, typer.Option("--device", help="Where to compute.")]
EstimateOnly = Annotated[
    bool, typer.Option("--estimate", help="Only say what would be trained and what it would cost.")
]
Processes = Annotated[
    int | None,
    typer.Option(
        "--processes",
        metavar="N",
        min=1,
        help="Print the command that trains with N processes on each host, and train nothing.",
    ),
]
Hosts = Annotated[
    int | None, typer.Option("--hosts", metavar="H", min=1, help="With --processes: how many hosts.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue an interrupted training.")]

SaeFile = Annotated[
    Path, typer.Argument(metavar="PATH", help="A trained SAE: its weights file, or the folder it is in.")
]
ImportedK = Annotated[
    int | None,
    typer.Option("--k", metavar="K", min=1, help="Active features per document, where the file is silent."),
]
ReadAs = Annotated[
    str | None,
    typer.Option("--format", metavar="F", help="Read it as this kind of file; found out when left out."),
]
ExportedSae = Annotated[str, typer.Option("--sae", metavar="NAME", help="Which SAE.")]
WriteAs = Annotated[
    str, typer.Option("--format", metavar="F", help="paper, saelens, sparsify or dictionary_learning …")
]
ExportDir = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write the files into.")]
AppFolder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The folder with the released app's data of one field.")
]
AppSaeName = Annotated[
    str, typer.Option("--name", metavar="NAME", help="What to call its SAE; after its file when left out.")
]
AppEmbedder = Annotated[
    str,
    typer.Option("--embedder", metavar="NAME", help="What made its vectors, when not the usual model."),
]

QueryText = Annotated[str | None, typer.Argument(metavar="QUERY", help="What to look for.")]
Words = Annotated[
    bool, typer.Option("--words", help="Find documents that hold these words; needs neither vectors nor SAE.")
]
Steer = Annotated[
    list[str] | None,
    typer.Option(
        "--steer",
        metavar="ID:DELTA",
        help="Turn a feature up (12:+0.3) or down (12:-0.5); repeatable.",
    ),
]
SteerFamily = Annotated[
    list[str] | None,
    typer.Option(
        "--steer-family",
        metavar="KEY=AMOUNT",
        help="Move a family's features together (3f2a=+1, 'dark matter'=-0.5); 1 is a document full of it.",
    ),
]
ModeName = Annotated[
    Mode, typer.Option("--mode", help="residual keeps all of the query; paper keeps only its features.")
]
Top = Annotated[int, typer.Option("--top", metavar="N", min=1, help="How many to show.")]
DocumentId = Annotated[str, typer.Argument(metavar="ID", help="The document's own identifier.")]
FeatureId = Annotated[int, typer.Argument(metavar="ID", min=0, help="The feature's number.")]
SaeArgument = Annotated[str | None, typer.Argument(metavar="[NAME]", help="The same as --sae.")]
Repair = Annotated[bool, typer.Option("--repair", help="Mend what can be derived from the rest.")]
ExamplesFile = Annotated[
    Path | None,
    typer.Option(
        "--examples", metavar="FILE", help="Write the examples of all bands to a .csv or .json file."
    ),
]
ExamplesSeed = Annotated[
    int,
    typer.Option("--seed", metavar="S", min=0, help="Same seed, same examples; another one draws others."),
]
PicturesDir = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write the pictures.")]
Version = Annotated[bool, typer.Option("--version", help="Print the version.")]


def parse_edits(texts: Sequence[str]) -> tuple[Edit, ...]:
    """`12:+0.3` → Edit(12, 0.3), a change of a natural activation. Anything else is a UserError."""
    from saerch_desktop.search.steering import Edit

    edits: dict[int, Edit] = {}
    for text in texts:
        left, colon, right = text.partition(":")
        try:
            feature, delta = int(left), float(right)
        except ValueError:
            colon = ""
        if not colon or feature < 0 or not abs(delta) < float("inf"):
            raise UserError(
                f"--steer {text} cannot be read.",
                "Nothing was searched.",
                "Write a feature's number, a colon and a change, such as 12:+0.3.",
            )
        if feature in edits:
            raise UserError(
                f"--steer {text}: feature {feature} is steered twice.",
                "Nothing was searched.",
                "Give each feature once.",
            )
        edits[feature] = Edit(feature, delta)
    return tuple(edits.values())


def parse_families(texts: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """`KEY=2` → ("KEY", 2.0): a family by its key or words of its name. Anything else is a UserError."""
    found: list[tuple[str, float]] = []
    for text in texts:
        left, sign, right = text.rpartition("=")
        try:
            amount = float(right)
        except ValueError:
            sign = ""
        if not sign or not left.strip() or not abs(amount) < float("inf"):
            raise UserError(
                f"--steer-family {text} cannot be read.",
                "Nothing was searched.",
                "Write a family's key or name, an equals sign and an amount, such as 3f2a=+1.",
            )
        found.append((left.strip(), amount))
    return tuple(found)
