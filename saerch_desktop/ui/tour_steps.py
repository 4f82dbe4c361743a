"""What the tour points at, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from saerch_desktop.ui.search_pane import SearchPane
    from saerch_desktop.ui.window import MainWindow


@dataclass(frozen=True, slots=True)
class TourStep:
    """text: with the ids of actions in braces for their keys. target: what it points at; it may bring a pane
    to the front.
    """

    title: str
    text: str
    target: Callable[[MainWindow], QWidget]


def words(window: MainWindow, step: TourStep) -> str:
    """The step's text with the keys in force; an action without keys is called by its name."""

    class Keys(dict[str, str]):
        def __missing__(self, name: str) -> str:
            action = window.actions_table[name]
            return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) or action.text()

    return step.text.format_map(Keys())


def _search(window: MainWindow) -> SearchPane:
    pane: SearchPane = window.search_pane
    return pane


def _feature(window: MainWindow) -> QWidget:
    entries = window.controller.search.entries()
    if window.store.feature is None and entries:
        window.controller.inspect.feature(entries[0].feature)
    window.reveal("feature")
    return window.feature_pane


def _document(window: MainWindow) -> QWidget:
    ranking = window.store.ranking
    if window.store.row is None and ranking is not None and len(ranking.ranking.rows):
        window.controller.inspect.document(int(ranking.ranking.rows[0]))
    window.reveal("document")
    return window.document_pane


STEPS: tuple[TourStep, ...] = (
    TourStep(
        "Search by meaning",
        "Type what you look for in your own words and press Enter. Nothing leaves this computer. "
        "With {find} you come back here from anywhere.",
        lambda window: _search(window).query,
    ),
    TourStep(
        "What was found",
        "Documents that mean the same, best first. The arrow keys go through them; what you rest on opens "
        "beside.",
        lambda window: _search(window).results,
    ),
    TourStep(
        "What your question is made of",
        "These are its features: subjects that the program found in the texts by itself. Drag a slider: "
        "more of one, less of another, and the results move at once. {reset} puts everything back.",
        lambda window: _search(window).mixer,
    ),
    TourStep(
        "Get to know a feature",
        "Texts in which it is strong, weak and absent, what it goes together with, and how far its name can "
        "be trusted. You can rename it here.",
        _feature,
    ),
    TourStep(
        "Read a document",
        "Its text, its own features, and the sentences that drive them. Any document can be the next query.",
        _document,
    ),
    TourStep(
        "Everything else",
        "Families of features, the map and the comparison are under View. {palette} finds any action by "
        "its name, {keys} shows every key, and {new} brings in texts of your own.",
        lambda window: window.menuBar(),
    ),
)
