"""Pictures of a search that is kept to filters, of choosing them, and of suggested edits."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.where_syntax import facet_term
from saerch_desktop.ui.search_part import SearchPart
from saerch_desktop.ui.window import MainWindow


def filtered(window: MainWindow, shoot: Callable[[str, QWidget], None]) -> None:
    """Keep the search shown to a few facet values; shoot: writes a picture of a widget under a name.

    Everything is as before afterwards.
    """
    session, search, store = window.controller.library.session, window.controller.search, window.store
    part = next(part for part in window.parts if isinstance(part, SearchPart))
    entries = search.entries()
    if session is None or not entries:
        return
    columns = session.columns()
    facets = [(name, column) for name, column in columns.facets.items() if len(column.values) > 1]
    chips = [Chip(facet_term(name, column.values[0])) for name, column in facets[:2]]
    chips.append(Chip(f"#{entries[-1].feature}", out=True))
    if facets:
        name, column = facets[0]
        chips.append(Chip(facet_term(name, column.values[1]), on=False))
    kind, filters = store.kind, store.filters
    search.set_filters(Filters(tuple(chips)))
    if store.library is not None and store.library.semantic:
        search.set_kind("both")
    shoot("window-filtered", window)
    bar = window.search_pane.filters
    bar.open_panel()
    if bar.panel is not None:
        shoot("choose-filters", bar.panel)
        bar.panel.hide()
    search.set_filters(filters)
    search.set_kind(kind)
    if facets:
        name, column = facets[0]
        terms = [facet_term(name, value) for value in column.values[:2]]
        a, b = (session.mask(term) for term in terms)
        search.compare_sets(a, b, f"{name} is {column.values[0]}", f"{name} is {column.values[1]}")
        shoot("window-suggestions", window)
        window.search_pane.suggestions.forget()
    part.ask_sets()
    if part.sets_dialog is not None:
        shoot("two-sets", part.sets_dialog)
        part.sets_dialog.close()
