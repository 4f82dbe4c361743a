"""Writes what the export dialog was told, on a worker, and says the same as a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saerch_desktop.progress import Progress
from saerch_desktop.ui.export_choice import Choice

if TYPE_CHECKING:
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.workflow.command_lines import Searched
    from saerch_desktop.workflow.exporting import Shown, Written
    from saerch_desktop.workflow.session import Session

CommandOf = Callable[[Any], list[str]]
"""Makes the arguments of a command from the open session, None where nothing is open."""


@dataclass(frozen=True, slots=True, eq=False)
class Now:
    """The search in force: as it is shown, and as a command says it."""

    shown: Shown
    searched: Searched


def searched_now(controller: Controller, count: int | None) -> Now | None:
    """The search in force, None without results. count: of results, None for those in the list at first."""
    from saerch_desktop.workflow.command_lines import Searched
    from saerch_desktop.workflow.exporting import Shown

    store, asked = controller.store, controller.search.asked()
    ranking = None if store.ranking is None else store.ranking.ranking
    if asked is None or (ranking is None and store.keyword_hits is None):
        return None
    top = count if count is not None else len(ranking.rows) if ranking is not None else 100
    searched = Searched(
        text=asked.text,
        words=asked.words,
        vector=None if ranking is None else ranking.query.vector,
        kind="words" if ranking is None else asked.kind,
        weight=asked.weight,
        mode=asked.mode if ranking is None else ranking.mode,
        filters=asked.filters,
        edits=() if ranking is None else ranking.edits,
        blends=() if ranking is None else ranking.blends,
        top=max(1, top),
    )
    matches = store.matches if ranking is None else None
    return Now(Shown(ranking, matches, asked.filters, max(1, top), controller.search.label), searched)


def written(
    session: Session,
    choice: Choice,
    now: Now | None,
    book: Any,
    label: Callable[[int], str],
    progress: Progress,
) -> Written:
    """Write the file. book: the families shown. Raises UserError, Cancelled."""
    from saerch_desktop.errors import UserError
    from saerch_desktop.features.families.family_table import families_table
    from saerch_desktop.workflow import exporting
    from saerch_desktop.workflow.atlas import write_atlas
    from saerch_desktop.workflow.html_report import write_report

    path, what = choice.path, choice.what
    if what == "report":
        shown = None if now is None else now.shown
        size = write_report(path, session, shown, progress, title=choice.title)
        return exporting.Written(path, what, "html", size)
    if what == "atlas":
        rows = write_atlas(path, session, progress, neighbours=choice.neighbours)
        return exporting.Written(path, what, "parquet", rows)
    if what == "codes" and choice.shape == "csr":
        return exporting.write_codes_matrix(path, session, progress)
    if what == "results":
        if now is None:
            raise UserError("There are no results.", "Nothing was written.", "Search for something first.")
        shown = now.shown
        table = exporting.results(
            session, shown.ranking, shown.matches, shown.count, label=label, texts=choice.texts
        )
    elif what == "features":
        table = exporting.features(session, method=None if book is None else book.method)
    elif what == "codes":
        table = exporting.codes(session, choice.shape, choice.top or None)
    elif what == "labels":
        table = exporting.labels(session)
    else:
        table = (
            exporting.families(session) if book is None else families_table(session.required_features(), book)
        )
    return exporting.write(path, what, table, progress, choice.form)


def commanded(choice: Choice, now: Now | None) -> CommandOf:
    """The same as a command."""

    def command(session: Any) -> list[str]:
        from saerch_desktop.workflow import command_lines

        if choice.what == "results" and now is not None:
            return command_lines.export_results(session, now.searched, choice.path, texts=choice.texts)
        if choice.what == "report":
            return command_lines.export_report(
                session, None if now is None else now.searched, choice.path, choice.title
            )
        options: list[str] = []
        if choice.what == "codes":
            options = ["--shape", choice.shape]
            if choice.top and choice.shape != "csr":
                options += ["--top", str(choice.top)]
        elif choice.what == "atlas" and choice.neighbours:
            options = ["--neighbours", str(choice.neighbours)]
        return command_lines.export_table(session, choice.what, choice.path, options)

    return command
