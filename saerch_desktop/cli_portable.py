"""The commands that make one file of a library, and a library of such a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from saerch_desktop.cli_options import Json, LibraryDir
from saerch_desktop.cli_progress import job
from saerch_desktop.cli_report import emit
from saerch_desktop.cli_say import say

PackedFile = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="The file; NAME.saerch.zip beside the library when left out."),
]
Package = Annotated[Path, typer.Argument(metavar="FILE", help="A packed library, NAME.saerch.zip.")]
IntoFolder = Annotated[
    Path, typer.Option("--into", metavar="DIR", help="The folder in which the library is made.")
]


def pack(library: LibraryDir, out: PackedFile = None, as_json: Json = False) -> None:
    """Pack a library into one file that can be handed on; unpacked it is the same, byte by byte."""
    from saerch_desktop.workflow import portable
    from saerch_desktop.workflow.portable_unpack import packed_name

    target = out if out is not None else library.absolute().parent / packed_name(library)
    with job("Nothing was written; the library is as it was.", quiet=as_json) as (progress, _):
        made = portable.pack(library, target, progress)
    size = made.stat().st_size
    if as_json:
        emit({"file": str(made), "bytes": size})
    else:
        say(f"{library.name} is packed into {made} ({size / 1e6:,.1f} MB).")


def unpack(package: Package, into: IntoFolder = Path(), as_json: Json = False) -> None:
    """Make a library of a packed one. Nothing outside its new folder is touched."""
    from saerch_desktop.workflow import portable_unpack

    with job("What was unpacked so far is taken away again.", quiet=as_json) as (progress, _):
        made = portable_unpack.unpack(package, into, progress)
    if as_json:
        emit({"library": str(made)})
    else:
        say(f"The library is in {made}.")
