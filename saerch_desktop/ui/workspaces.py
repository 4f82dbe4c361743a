"""Workspaces: which panes are shown and where. Six come with the program, others are saved under names."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError

log = logging.getLogger(__name__)

LONGEST_NAME: Final = 80
MOST: Final = 100
_LARGEST: Final = 8 << 20
_LONGEST_LAYOUT: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A workspace of the program: the docks that it shows, by object name, the one in front first."""

    name: str
    docks: tuple[str, ...]
    tip: str


BUILT_IN: Final[tuple[BuiltIn, ...]] = (
    BuiltIn(
        "Search and steer", ("feature-dock", "document-dock"), "Results and mixer, with what is looked at"
    ),
    BuiltIn("Read", ("document-dock", "why-dock"), "The document, and why it is among the results"),
    BuiltIn("Features", ("feature-dock", "features-dock"), "The list of all features, and the one looked at"),
    BuiltIn("Families", ("families-dock", "feature-dock"), "Families of features, and the feature looked at"),
    BuiltIn("Map", ("map-dock", "document-dock"), "The map, and the document looked at"),
    BuiltIn("Compare sets", ("explain-dock", "document-dock"), "What sets documents apart, and the document"),
)


class Workspace(BaseModel):
    """One of the user's. layout: base64 of QMainWindow.saveState; splitters: by object name."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    layout: str = Field(max_length=_LONGEST_LAYOUT)
    splitters: dict[str, Annotated[str, Field(max_length=_LONGEST_LAYOUT)]] = Field(
        default_factory=dict, max_length=200
    )


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    version: Literal[1] = 1
    workspaces: tuple[Workspace, ...] = Field((), max_length=MOST)


def place() -> Path:
    return paths.config_dir() / "workspaces.json"


def load() -> tuple[Workspace, ...]:
    """The user's, in their order; none where there are none. What cannot be read is set aside, not lost."""
    path = place()
    try:
        found = _File.model_validate_json(files.read_small(path, _LARGEST)).workspaces
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, ValidationError) as error:
        log.info("The saved workspaces are ignored: %s", error)
        try:
            path.replace(path.with_name(path.name + ".unreadable"))
        except OSError as trouble:
            log.info("They could not be set aside: %s", trouble)
        return ()
    unique = {workspace.name.casefold(): workspace for workspace in found}
    return tuple(unique.values())


def save(workspaces: tuple[Workspace, ...]) -> None:
    """UserError when the disk is full or the folder cannot be written to."""
    try:
        place().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.explain_os_error(error, place()) from error
    files.write_bytes(place(), _File(workspaces=workspaces).model_dump_json(indent=1).encode())


def tidy_name(text: str) -> str:
    """A name on one line, as long as a menu has room for. UserError for none, or one of the program's own."""
    name = " ".join(text.split())[:LONGEST_NAME].strip()
    if not name:
        raise UserError("A workspace needs a name.", "Nothing was saved.", "Type a name.")
    if name.casefold() in {built.name.casefold() for built in BUILT_IN}:
        raise UserError(
            f"“{name}” comes with the program and stays as it is.",
            "Nothing was saved.",
            "Choose another name.",
        )
    return name


def named(workspaces: tuple[Workspace, ...], name: str) -> Workspace | None:
    """The one of that name, whatever its capitals."""
    return next((one for one in workspaces if one.name.casefold() == name.casefold()), None)


def put(workspaces: tuple[Workspace, ...], workspace: Workspace) -> tuple[Workspace, ...]:
    """With `workspace` in place of the one of its name, or as the last. UserError when there are too many."""
    former = named(workspaces, workspace.name)
    if former is None and len(workspaces) >= MOST:
        raise UserError(
            f"There are {MOST} workspaces already.", "Nothing was saved.", "Delete one that is not used."
        )
    if former is None:
        return (*workspaces, workspace)
    return tuple(workspace if one is former else one for one in workspaces)
