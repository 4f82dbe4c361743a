"""What was done in the window as a line for a shell that does the same again."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.search.blends import BlendEdit
from saerch_desktop.search.filters import Filters
from saerch_desktop.search.steering import Edit

if TYPE_CHECKING:
    from saerch_desktop.workflow.job_journal import Kept
    from saerch_desktop.workflow.session import Session

PROGRAM: Final = "saerch-desktop"
LONGEST: Final = 100_000  # letters; shells take a little more
_NEAR: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """A search as the window holds it. text: what the query is called; words: what was typed, "" where it was
    a document, a feature or something else; vector: (d,) of the query, None by words alone. edits, blends:
    what really steered, after mute, solo and limit. top: how many results.
    """

    text: str
    words: str = ""
    vector: NDArray[np.float32] | None = None
    kind: str = "meaning"
    weight: float = 0.5
    mode: str = "residual"
    filters: Filters = field(default_factory=Filters)
    edits: tuple[Edit, ...] = ()
    blends: tuple[BlendEdit, ...] = ()
    top: int = 100


def line(arguments: Sequence[str]) -> str:
    """The program's name and its arguments, quoted for the shell of this system. UserError when no shell
    would take so long a line.
    """
    whole = [PROGRAM, *arguments]
    made = subprocess.list2cmdline(whole) if os.name == "nt" else shlex.join(whole)
    if len(made) > LONGEST:
        raise UserError(
            "This cannot be said in one line.",
            "It would be longer than a shell takes; nothing was copied.",
            "Save the mixer as a recipe, and search by that.",
        )
    return made


def search(session: Session, searched: Searched) -> list[str]:
    """The command that searches so again; reads what the query is like, so work for a worker."""
    query, asked = _asked(session, searched)
    return _command(["search"], query, [*asked, "--top", str(searched.top), *_where_of(session)])


def export_results(session: Session, searched: Searched, out: Path, *, texts: bool = False) -> list[str]:
    """The command that writes these results to `out`."""
    with_texts = ["--texts"] if texts else []
    query, asked = _asked(session, searched)
    rest = [*asked, "--top", str(searched.top), *with_texts, *_out(session, out)]
    return _command(["export", "results"], query, rest)


def export_report(session: Session, searched: Searched | None, out: Path, title: str = "") -> list[str]:
    """The command that writes the report of a search, or of the library alone."""
    rest = [*(["--title", title] if title else []), *_out(session, out)]
    if searched is None:
        return ["export", "report", *rest]
    query, asked = _asked(session, searched)
    return _command(["export", "report"], query, [*asked, "--top", str(searched.top), *rest])


def export_table(session: Session, what: str, out: Path, options: Sequence[str] = ()) -> list[str]:
    """The command that writes a table of the library; options as of `export WHAT`."""
    return ["export", what, *options, *_out(session, out)]


def job(kept: Kept) -> list[str]:
    """The command that carries out a long job, exactly as the window did."""
    wishes = json.dumps(dict(kept.wishes), ensure_ascii=False, separators=(",", ":"))
    if kept.kind == "embed" and dict(kept.wishes) == {"embedder": "minilm"}:
        return ["embed", "--library", str(kept.library)]
    if kept.kind == "sample":
        return ["sample", "--library", str(kept.library)]
    return ["job", kept.kind, "--library", str(kept.library), *(["--wishes", wishes] if kept.wishes else [])]


def _command(names: Sequence[str], query: str | None, options: Sequence[str]) -> list[str]:
    """A query that looks like an option stands behind all of them."""
    if query is None:
        return [*names, *options]
    return [*names, *options, "--", query] if query.startswith("-") else [*names, query, *options]


def _asked(session: Session, searched: Searched) -> tuple[str | None, list[str]]:
    query, said = _query(session, searched)
    for chip in searched.filters.active:
        said += ["--hide" if chip.out else "--where", chip.text]
    if searched.filters.either and len(searched.filters.active) > 1:
        said.append("--any")
    if searched.kind == "words" or searched.vector is None:
        return query, said
    if searched.kind == "both" and searched.words:
        said += ["--weight", repr(searched.weight)]
    for edit in searched.edits:
        said += ["--steer", f"{edit.feature}:{edit.delta!r}"]
    said += _blends(session, searched.blends)
    if searched.mode == "paper":
        said += ["--mode", "paper"]
    return query, said


def _query(session: Session, searched: Searched) -> tuple[str | None, list[str]]:
    if searched.kind == "words" or searched.vector is None:
        return searched.words or searched.text, ["--kind", "words"]
    both = ["--kind", "both"] if searched.kind == "both" and searched.words else []
    if searched.words:
        # What a service would have to embed again is given as the vector that it answered.
        local = session.library.manifest.vectors
        if local is not None and local.embedder.kind in ("minilm", "folder"):
            return searched.words, both
        return searched.words, [*both, "--vector", _packed(searched.vector)]
    document = _document(session, searched.vector)
    if document is not None:
        return None, ["--like", document]
    return searched.text or None, ["--vector", _packed(searched.vector)]


def _document(session: Session, vector: NDArray[np.float32]) -> str | None:
    """The id of the document whose own vector this is."""
    query = session.engine.query_from_vector(vector, "")
    nearest = int(np.argmax(query.base))
    vectors = session.library.vectors
    if vectors is None:
        return None
    own = vectors.gather([nearest])[0].astype(np.float64)
    size = float(np.linalg.norm(own))
    if not size > 0 or np.abs(own / size - query.vector).max() > _NEAR:
        return None
    return session.library.documents.ids([nearest])[0]


def _blends(session: Session, blends: Sequence[BlendEdit]) -> list[str]:
    """Families by their keys where they are today as they were put into the mixer, else as a recipe."""
    from saerch_desktop.search.mix import Mix
    from saerch_desktop.search.recipes import recipe_of
    from saerch_desktop.workflow.family_steering import blends_called

    said: list[str] = []
    others: list[BlendEdit] = []
    for edit in blends:
        try:
            (known,) = blends_called(session.required_features(), ((edit.blend.key, edit.amount),))
        except UserError:
            others.append(edit)
            continue
        if known.blend.mixture == edit.blend.mixture:
            said += ["--steer-family", f"{edit.blend.key}={edit.amount!r}"]
        else:
            others.append(edit)
    if others:
        recipe = recipe_of(Mix(blends=tuple(others)), session.required_features(), "Copied")
        said += ["--recipe", recipe.model_dump_json(exclude_defaults=False, exclude={"made"})]
    return said


def _where_of(session: Session) -> list[str]:
    sae = ["--sae", session.features.sae.name] if session.features is not None else []
    return ["--library", str(session.library.path.absolute()), *sae]


def _out(session: Session, out: Path) -> list[str]:
    return [*_where_of(session), "--out", str(out.absolute())]


def _packed(vector: NDArray[np.float32]) -> str:
    from saerch_desktop.search.recipe_format import packed

    return packed(vector, "<f4")
