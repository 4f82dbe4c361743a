"""Finding a setting by words of its name, of the line that explains it, or of its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saerch_desktop.ui.settings_page import SettingsPage

_MOST = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the list: a page, or with `row` one setting on it."""

    page: int
    text: str
    tip: str
    row: str = ""


def found(typed: str, pages: Sequence[SettingsPage]) -> list[Place]:
    """Settings and pages that have all the words; those with them in their names first.

    typed: words in any order and case, each the beginning of a word.
    """
    words = typed.casefold().split()
    scored: list[tuple[int, int, Place]] = []
    for at, page in enumerate(pages):
        for row in page.rows:
            score = _score(words, row.title, f"{row.tip} {page.title}")
            if score is not None:
                scored.append(
                    (score, at, Place(at, row.title, f"{row.tip} (on the page {page.title})", row.title))
                )
        score = _score(words, page.title, " ".join((page.tip, *page.words)))
        if score is not None:
            scored.append((score + 1, at, Place(at, page.title, page.tip)))
    return [place for *_, place in sorted(scored, key=lambda one: one[:2])][:_MOST]


def _score(words: Sequence[str], name: str, rest: str) -> int | None:
    """Twice the number of words that only `rest` has; None when one is in neither."""
    score = 0
    for word in words:
        if f" {word}" in f" {name.casefold()}":
            continue
        if f" {word}" not in f" {rest.casefold()}":
            return None
        score += 2
    return score
