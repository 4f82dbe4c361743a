"""Files of names that a newer version of the program wrote: read by half, they would be saved by half."""

from __future__ import annotations

from saerch_desktop.errors import UserError


class NewerFileError(UserError):
    """The file is sound, and this version does not know all that is in it."""


def require_known(version: int, newest: int, file: str) -> None:
    """NewerFileError when `file` is of a later schema than `newest`."""
    if version > newest:
        raise NewerFileError(
            f"{file} was written by a newer version of SAErch Desktop.",
            "Saving it from here would lose what only that version knows. Nothing was changed.",
            "Use the newer version, or update this one.",
        )
