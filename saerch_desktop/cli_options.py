"""What the commands take: options they share, and how `--steer` is read."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from saerch_desktop.search.steering import Edit


class Preset(StrEnum):
    balanced = "balanced"
    paper16 = "paper16"
    paper32 = "paper32"
    paper64 = "paper64"


class Device(StrEnum):
    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class Mode(StrEnum):
    residual = "residual"
    paper = "paper"


LibraryDir = Annotated[Path, typer.Option("--library", metavar="DIR", help="Folder of the library.")]
SaeName = Annotated[str | None, typer.Option("--sae", metavar="NAME", help="Which SAE; the newest when left out.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines, without a progress bar.")]
AllowNetwork = Annotated[bool, typer.Option("--allow-network", help="Let this command reach the network.")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", metavar="URL", help="Address of an OpenAI-compatible service.")]


def parse_edits(texts: Sequence[str]) -> tuple[Edit, ...]:
    """`12:+0.3` → Edit(12, 0.3): a change of the feature's natural activation. Usage error for anything else."""
    from saerch_desktop.search.steering import Edit

    edits: dict[int, Edit] = {}
    for text in texts:
        left, colon, right = text.partition(":")
        try:
            feature, delta = int(left), float(right)
        except ValueError:
            colon = ""
        if not colon or feature < 0 or not abs(delta) < float("inf"):
            raise typer.BadParameter(f"--steer {text}: write a feature's number, a colon and a change, such as 12:+0.3.")
        if feature in edits:
            raise typer.BadParameter(f"--steer {text}: feature {feature} is steered twice.")
        edits[feature] = Edit(feature, delta)
    return tuple(edits.values())
