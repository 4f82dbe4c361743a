"""The commands that search and write what was found: export results, export report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from saerch_desktop.cli_export import KEPT, FormName, Out, form_named, tell
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
)
from saerch_desktop.cli_progress import job
from saerch_desktop.cli_search import (
    Along,
    Budget,
    Either,
    Hide,
    KindName,
    Less,
    Like,
    Lower,
    More,
    Mute,
    Raise,
    RecipeNamed,
    Solo,
    VectorGiven,
    Weight,
    Where,
    wish_of,
)

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Matches
    from saerch_desktop.progress import Progress
    from saerch_desktop.workflow.searching import Wish
    from saerch_desktop.workflow.session import Session

Results = Annotated[int, typer.Option("--top", metavar="N", min=1, help="How many, from the first on.")]
Texts = Annotated[bool, typer.Option("--texts", help="With the whole text of each document.")]
Title = Annotated[str, typer.Option("--title", metavar="TEXT", help="Of the report.")]


def results(
    query: QueryText = None,
    *,
    library: LibraryDir,
    out: Out,
    form: FormName = None,
    top: Results = 1000,
    texts: Texts = False,
    like: Like = None,
    vector: VectorGiven = None,
    kind: KindName = None,
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
    allow_network: AllowNetwork = False,
    as_json: Json = False,
) -> None:
    """Search as the command search does, and write the results as a table."""
    from saerch_desktop.workflow import exporting
    from saerch_desktop.workflow.searching import find
    from saerch_desktop.workflow.session import open_session

    if form is None:
        exporting.require_ending(out, "results")
    wish = wish_of(
        library=library,
        query=query,
        like=like,
        vector=vector,
        kind=kind,
        weight=weight,
        where=where,
        hide=hide,
        either=either,
        steer=steer,
        steer_family=steer_family,
        raised=raised,
        lowered=lowered,
        mute=mute,
        solo=solo,
        more=more,
        less=less,
        budget=budget,
        recipe=recipe,
        along=along,
        mode=mode,
        top=top,
    )
    with (
        open_session(library, sae, allow_network=allow_network) as session,
        job(KEPT, quiet=as_json) as (progress, _),
    ):
        found = find(session, wish, progress)
        matches = _matches(session, wish, progress) if found.whole is None else None
        table = exporting.results(session, found.whole, matches, top, texts=texts)
        done = exporting.write(out, "results", table, progress, form_named(form))
    tell(done, as_json=as_json)


def report(
    query: QueryText = None,
    *,
    library: LibraryDir,
    out: Out,
    title: Title = "",
    top: Results = 100,
    like: Like = None,
    vector: VectorGiven = None,
    kind: KindName = None,
    weight: Weight = 0.5,
    where: Where = None,
    hide: Hide = None,
    either: Either = False,
    sae: SaeName = None,
    steer: Steer = None,
    steer_family: SteerFamily = None,
    mute: Mute = None,
    solo: Solo = None,
    budget: Budget = None,
    recipe: RecipeNamed = None,
    mode: ModeName = Mode.residual,
    allow_network: AllowNetwork = False,
    as_json: Json = False,
) -> None:
    """Write a page that opens anywhere without a network: results, what steered them, features, families, and
    how everything was made. Without a QUERY it tells of the library alone.
    """
    from saerch_desktop.workflow import exporting
    from saerch_desktop.workflow.html_report import write_report
    from saerch_desktop.workflow.searching import find
    from saerch_desktop.workflow.session import open_session

    exporting.require_ending(out, "report")
    wish = None
    if query is not None or like or vector is not None:
        wish = wish_of(
            library=library,
            query=query,
            like=like,
            vector=vector,
            kind=kind,
            weight=weight,
            where=where,
            hide=hide,
            either=either,
            steer=steer,
            steer_family=steer_family,
            mute=mute,
            solo=solo,
            budget=budget,
            recipe=recipe,
            mode=mode,
            top=top,
        )
    with (
        open_session(library, sae, allow_network=allow_network) as session,
        job(KEPT, quiet=as_json) as (progress, _),
    ):
        shown = None
        if wish is not None:
            found = find(session, wish, progress)
            matches = _matches(session, wish, progress) if found.whole is None else None
            shown = exporting.Shown(found.whole, matches, found.filters, top)
        size = write_report(out, session, shown, progress, title=title)
    tell(exporting.Written(out, "report", "html", size), as_json=as_json)


def _matches(session: Session, wish: Wish, progress: Progress) -> Matches:
    """All documents that hold the words, as far as the filters keep them."""
    from saerch_desktop.search.words import kept

    return kept(session.engine.matches(wish.text or "", progress), session.within(wish.filters, progress))
