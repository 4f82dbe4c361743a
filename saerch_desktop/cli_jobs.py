"""The command that carries out a long job of the window, as “Copy as command” writes it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from saerch_desktop.cli_options import Json, LibraryDir
from saerch_desktop.cli_progress import job as running
from saerch_desktop.cli_report import emit
from saerch_desktop.cli_say import say
from saerch_desktop.errors import UserError

KindOfJob = Annotated[str, typer.Argument(metavar="KIND", help="import, embed, train, label, map …")]
WishesGiven = Annotated[
    str, typer.Option("--wishes", metavar="JSON", help="What the job needs besides the library.")
]
_MOST = 1 << 20


def job(
    kind: KindOfJob,
    library: LibraryDir,
    wishes: WishesGiven = "{}",
    as_json: Json = False,
) -> None:
    """Carry out a long job of the window, or go on with it: the line that “Copy as command” wrote."""
    from saerch_desktop.workflow.job_journal import KINDS, Kept

    if kind not in KINDS:
        raise UserError(
            f"There is no job “{kind}”.", "Nothing was done.", f"Give one of: {', '.join(sorted(KINDS))}."
        )
    kept = "What is finished is kept; run the same command to go on from there."
    with running(kept, quiet=as_json) as (progress, _):
        Kept(kind, library.absolute(), _read(wishes)).run(progress)
    if as_json:
        return emit({"kind": kind, "library": str(library)})
    say(f"Done: {kind} in {library}.")
    return None


def _read(text: str) -> dict[str, Any]:
    try:
        if len(text) > _MOST:
            raise ValueError("far too long")
        found = json.loads(text)
        if not isinstance(found, dict):
            raise TypeError("not an object")
    except (ValueError, TypeError, RecursionError) as error:
        raise UserError(
            "--wishes is no JSON object.",
            "Nothing was done.",
            "Copy the command again, and paste it as a whole.",
        ) from error
    return found
