"""Bring a file into a library: columns named by the user or guessed, given vectors and who made them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.importing import ImportReport
    from saerch_desktop.library.manifest import EmbedderIdentity
    from saerch_desktop.library.roles import Roles


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that the user named; a role left empty is guessed."""

    id: str | None = None
    title: str | None = None
    text: tuple[str, ...] = ()
    date: str | None = None
    facets: tuple[str, ...] = ()


def take_in(
    file: Path,
    library: Path,
    *,
    columns: Columns,
    vectors: Path | None = None,
    vectors_column: str | None = None,
    embedder: str | None = None,
    limit: int | None = None,
    progress: Progress,
) -> ImportReport:
    """Import `file`. embedder: what made the given `vectors`, such as `minilm`; else their file's name.

    Raises UserError (unreadable file, a named column missing, vectors that do not fit, library not empty) and
    Cancelled.
    """
    from saerch_desktop.library.importing import import_file

    if vectors is None and (vectors_column or embedder):
        raise UserError(
            "--vectors-column and --embedder describe the file of --vectors, and there is none.",
            "Nothing was imported.",
            "Add --vectors, or import without these options and embed the documents afterwards.",
        )
    return import_file(
        file,
        library,
        roles=roles_for(file, columns),
        vectors=vectors,
        vectors_column=vectors_column,
        embedder=_identity(vectors, vectors_column, embedder, progress) if vectors is not None else None,
        limit=limit,
        progress=progress,
    )


def roles_for(file: Path, columns: Columns) -> Roles | None:
    """The guessed roles with those replaced that the user named; None when nothing was named."""
    from saerch_desktop.library.importing import preview
    from saerch_desktop.library.roles import with_overrides

    if columns == Columns():
        return None
    return with_overrides(
        preview(file).roles,
        id=columns.id,
        title=columns.title,
        text=columns.text,
        date=columns.date,
        facets=columns.facets,
    )


def _identity(
    vectors: Path, column: str | None, embedder: str | None, progress: Progress
) -> EmbedderIdentity | None:
    """Who made the vectors in this file; None leaves it to the file's name."""
    from saerch_desktop.embedding.registry import parse_identity
    from saerch_desktop.library.given import load_given

    if embedder is None:
        return None
    return parse_identity(embedder, int(load_given(vectors, column, progress).shape[1]))
