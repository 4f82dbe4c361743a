"""The manual's pages as they lie beside the program: their order, titles and texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError

_INDEX = "README.md"
_LARGEST = 1 << 20
_LINK = re.compile(r"^\d+\. \[(?P<title>[^\]]+)\]\((?P<file>[a-z-]+\.md)\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """One page. text: Markdown; its pictures are beside it under `images/`."""

    file: str
    title: str
    text: str


def pages() -> tuple[Page, ...]:
    """All pages in the order of the index. UserError when the manual is not there."""
    folder = paths.manual()
    index = _read(folder / _INDEX)
    named = [(found["file"], found["title"]) for found in _LINK.finditer(index)]
    return tuple(Page(file, title, _read(folder / file)) for file, title in named)


def found_in(every: tuple[Page, ...], words: str) -> tuple[Page, ...]:
    """The pages that hold every one of the words, whatever their case; all pages for no words."""
    wanted = words.casefold().split()
    return tuple(page for page in every if all(word in page.text.casefold() for word in wanted))


def _read(path: Path) -> str:
    try:
        return files.read_small(path, _LARGEST).decode("utf-8")
    except (OSError, ValueError) as error:
        raise UserError(
            "The manual cannot be read.",
            f"Everything else works; {path.name} is missing or damaged.",
            "Install the program again.",
        ) from error
