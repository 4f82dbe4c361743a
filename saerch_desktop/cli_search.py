"""The command that searches: by meaning, by words or by both, kept to filters, and steered."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saerch_desktop import cli_report_search as report
from saerch_desktop.cli_options import (
    AllowNetwork,
    Json,
    LibraryDir,
    Mode,
    ModeName,
    QueryText,
    SaeName,
    Steer,
    SteerFamily,
    Top,
    Words,
    parse_edits,
    parse_families,
)
from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from saerch_desktop.search.filters import Filters
    from saerch_desktop.search.mix import Mix
    from saerch_desktop.search.queries import Choice
    from saerch_desktop.workflow.searching import Wish


class Kind(StrEnum):
    """What is searched by."""

    meaning = "meaning"
    words = "words"
    both = "both"


Like = Annotated[
    list[str] | None,
    typer.Option(
        "--like", metavar="ID", help="Look for what is like this document; again for several at once."
    ),
]
Against = Annotated[
    list[str] | None,
    typer.Option(
        "--against", metavar="ID", help="Say which features tell the documents of --like from these."
    ),
]
VectorGiven = Annotated[
    str | None,
    typer.Option(
        "--vector",
        metavar="BASE64",
        help="The query's vector (little-endian float32), so that nothing is embedded; QUERY then names it.",
    ),
]
KindName = Annotated[
    Kind | None, typer.Option("--kind", help="By meaning, by words, or by both in one list.")
]
Weight = Annotated[
    float,
    typer.Option("--weight", metavar="W", min=0, max=1, help="With both: how much words count, 0 to 1."),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="FILTER",
        help="Keep to documents that meet this (year>=2020, source:arxiv, '#12>0.2'); repeatable.",
    ),
]
Hide = Annotated[
    list[str] | None,
    typer.Option("--hide", metavar="FILTER", help="Hide the documents that meet this; repeatable."),
]
Either = Annotated[bool, typer.Option("--any", help="One of the --where filters is enough.")]
More = Annotated[
    list[str] | None,
    typer.Option("--more", metavar="ID", help="More like this document than the results are; repeatable."),
]
Less = Annotated[
    list[str] | None, typer.Option("--less", metavar="ID", help="Less like this document; repeatable.")
]
Raise = Annotated[
    list[int] | None,
    typer.Option(
        "--raise", metavar="ID", min=0, help="Bring what this feature is about to the front; repeatable."
    ),
]
Lower = Annotated[
    list[int] | None,
    typer.Option("--lower", metavar="ID", min=0, help="Move what this feature is about back; repeatable."),
]
Mute = Annotated[
    list[int] | None,
    typer.Option("--mute", metavar="ID", min=0, help="Take this feature out of the query; repeatable."),
]
Solo = Annotated[
    list[int] | None,
    typer.Option("--solo", metavar="ID", min=0, help="Keep these features of the query only; repeatable."),
]
Budget = Annotated[
    float | None,
    typer.Option(
        "--budget", metavar="COS", min=0, max=1, help="Steer no further from the query than this cosine."
    ),
]
RecipeNamed = Annotated[
    str | None,
    typer.Option("--recipe", metavar="NAME", help="Steer by this recipe of the library, or by a file's."),
]
Along = Annotated[
    bool,
    typer.Option(
        "--along", help="Where this SAE has no such feature, move along the direction that the recipe kept."
    ),
]
Skip = Annotated[int, typer.Option("--skip", metavar="N", min=0, help="Leave out the first N results.")]
Exact = Annotated[bool, typer.Option("--exact", help="Score every document, however many there are.")]
ByIndex = Annotated[bool, typer.Option("--index", help="Score only what the neighbour index finds.")]
WhyIds = Annotated[
    list[str] | None,
    typer.Option(
        "--why", metavar="ID", help="Say why this document is where it is; twice: why one is above the other."
    ),
]


def search(
    query: QueryText = None,
    *,
    library: LibraryDir,
    like: Like = None,
    vector: VectorGiven = None,
    against: Against = None,
    kind: KindName = None,
    words: Words = False,
    weight: Weight = 0.5,
    where: Where = None,
    hide: Hide = None,
    either: Either = False,
    sae: SaeName = None,
    steer: Steer = None,
    steer_family: SteerFamily = None,
    raised: Raise = None,
    lowered: Lower = None,
    mute: Mute = None,
    solo: Solo = None,
    more: More = None,
    less: Less = None,
    budget: Budget = None,
    recipe: RecipeNamed = None,
    along: Along = False,
    mode: ModeName = Mode.residual,
    top: Top = 10,
    skip: Skip = 0,
    exact: Exact = False,
    index: ByIndex = False,
    why: WhyIds = None,
    allow_network: AllowNetwork = False,
    as_json: Json = False,
) -> None:
    """Search by meaning, by words or by both, with features turned up or down. Without them it is plain
    search.
    """
    from saerch_desktop.workflow.searching import find
    from saerch_desktop.workflow.session import open_session

    if exact and index:
        raise _misused("--exact and --index exclude each other.", "Give one of the two.")
    wish = wish_of(
        library=library,
        query=query,
        like=like,
        vector=vector,
        against=against,
        kind=Kind.words if words else kind,
        weight=weight,
        how="exact" if exact else "index" if index else "auto",
        where=where,
        hide=hide,
        either=either,
        steer=steer,
        steer_family=steer_family,
        mute=mute,
        solo=solo,
        budget=budget,
        recipe=recipe,
        along=along,
        mode=mode,
        more=more,
        less=less,
        raised=raised,
        lowered=lowered,
        why=why,
        top=top,
        skip=skip,
    )
    with open_session(library, sae, allow_network=allow_network) as session:
        report.found(session, find(session, wish), as_json=as_json)


def wish_of(
    *,
    library: Path,
    query: str | None = None,
    like: Sequence[str] | None = None,
    vector: str | None = None,
    against: Sequence[str] | None = None,
    kind: Kind | None = None,
    weight: float = 0.5,
    how: Choice = "auto",
    where: Sequence[str] | None = None,
    hide: Sequence[str] | None = None,
    either: bool = False,
    steer: Sequence[str] | None = None,
    steer_family: Sequence[str] | None = None,
    mute: Sequence[int] | None = None,
    solo: Sequence[int] | None = None,
    budget: float | None = None,
    recipe: str | None = None,
    along: bool = False,
    mode: Mode = Mode.residual,
    more: Sequence[str] | None = None,
    less: Sequence[str] | None = None,
    raised: Sequence[int] | None = None,
    lowered: Sequence[int] | None = None,
    why: Sequence[str] | None = None,
    top: int = 10,
    skip: int = 0,
) -> Wish:
    """A search as it was typed. UserError for what cannot be read, or does not go together."""
    from saerch_desktop.workflow.searching import Wish, recipe_called

    wish = Wish(
        text=query,
        like=tuple(like or ()),
        vector=None if vector is None else _vector(vector),
        against=tuple(against or ()),
        kind=(kind or Kind.meaning).value,
        weight=weight,
        how=how,
        filters=filters_of(where, hide, either),
        mix=mix_of(steer, mute, solo, budget),
        families=parse_families(steer_family or []),
        recipe=None if recipe is None else recipe_called(library, recipe),
        along=along,
        mode=mode.value,
        more=tuple(more or ()),
        less=tuple(less or ()),
        raised=tuple(raised or ()),
        lowered=tuple(lowered or ()),
        why=tuple(why or ()),
        top=top,
        skip=skip,
    )
    _require_sense(wish)
    return wish


def mix_of(
    steer: Sequence[str] | None,
    mute: Sequence[int] | None,
    solo: Sequence[int] | None,
    budget: float | None,
) -> Mix:
    """Features as they were typed. UserError for what cannot be read."""
    from saerch_desktop.search.mix import Mix

    return Mix(
        parse_edits(steer or []), muted=frozenset(mute or ()), soloed=frozenset(solo or ()), budget=budget
    )


def filters_of(where: Sequence[str] | None, hide: Sequence[str] | None, either: bool) -> Filters:
    """Filters as they were typed, read once so that a slip is known before anything is opened."""
    from saerch_desktop.search.filters import Chip, Filters

    filters = Filters(either=either)
    for text in where or ():
        filters = filters.with_chip(Chip(text))
    for text in hide or ():
        filters = filters.with_chip(Chip(text, out=True))
    for chip in filters.chips:
        chip.words()
    return filters


def _vector(text: str) -> NDArray[np.float32]:
    from saerch_desktop.search.recipe_format import unpacked

    found = unpacked(text, "<f4")
    if found is None:
        raise _misused(
            "--vector cannot be read.", "Give the base64 of finite little-endian float32 numbers, not all 0."
        )
    return found


def _require_sense(wish: Wish) -> None:
    if wish.vector is not None and (wish.like or wish.kind == "words"):
        raise _misused("--vector is the query itself.", "Leave out --like and --words.")
    if wish.kind == "words" and (wish.text is None or wish.like or wish.against or wish.why or wish.steered):
        raise _misused(
            "--words looks for the words of a QUERY, and words cannot be steered.",
            "Give a QUERY, and leave out --like, --steer, --mode and --why.",
        )
    if wish.vector is None and (wish.text is None) == (not wish.like):
        raise _misused("There must be either a QUERY or --like ID.", "Give one of the two.")
    if wish.kind == "both" and wish.text is None:
        raise _misused("--kind both looks for words too.", "Give a QUERY, or search by meaning.")
    if wish.against and not wish.like:
        raise _misused("--against needs documents to tell from.", "Give them with --like.")


def _misused(happened: str, remedy: str) -> UserError:
    return UserError(happened, "Nothing was searched.", remedy)
