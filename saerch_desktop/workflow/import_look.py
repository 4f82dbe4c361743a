"""A look at a source before anything is made of it: its size, its columns, what is wrong with its rows."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.readers.base import Reader
    from saerch_desktop.library.roles import Roles

SHOWN: Final = 50
DRAWN: Final = 64
SURVEYED: Final = 50_000
LONG_WORDS: Final = 190  # words of English that fill the 256 tokens which MiniLM reads
_SAMPLED: Final = 2000
_SAMPLED_LETTERS: Final = 16 << 20
_TICK: Final = 500
_EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class SourceLook:
    """What the beginning of a source shows.

    bytes: its size on disk; rows: its records, an estimate unless `exact`; sample: the first records, at most
    50; texts: title and text of up to 2,000 records as guessed; arxiv: whether it is arXiv's snapshot.
    """

    path: Path
    format: str
    bytes: int
    files: int
    rows: int
    exact: bool
    columns: tuple[str, ...]
    sample: tuple[Mapping[str, Any], ...]
    guessed: Roles
    arxiv: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """So many records with the same trouble: what it is, what happens to them, and the first few of them."""

    kind: str
    count: int
    happens: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """What will become of the records, if the columns play these parts.

    records: looked at, all there are where `whole`; documents: of these, how many the library would hold;
    words: mean number of words in one; letters: mean number of characters. tried: texts drawn at random, as
    an embedder gets them, to try a model on.
    """

    roles: Roles
    records: int
    whole: bool
    documents: int
    words: float
    letters: float
    problems: tuple[Problem, ...]
    tried: tuple[str, ...] = ()


def look_at(source: Path, progress: Progress) -> SourceLook:
    """Look at the beginning of a file or folder. UserError when no record of it can be read. Cancelled."""
    from saerch_desktop.library.composition import is_arxiv
    from saerch_desktop.library.importing import preview
    from saerch_desktop.library.readers.opening import open_reader

    beginning = preview(source, SHOWN)
    progress.check()
    reader = open_reader(source)
    rows, exact = _counted(reader, progress)
    files = getattr(reader, "files", None)
    size = sum(file.stat().st_size for file in files) if files is not None else source.stat().st_size
    return SourceLook(
        path=source,
        format=beginning.format,
        bytes=size,
        files=len(files) if files is not None else 1,
        rows=rows,
        exact=exact,
        columns=beginning.columns,
        sample=beginning.rows,
        guessed=beginning.roles,
        arxiv=is_arxiv(dict(beginning.rows[0])),
    )


def _counted(reader: Reader, progress: Progress) -> tuple[int, bool]:
    """How many records there are, and whether that is certain."""
    if reader.total is not None and reader.unit != "bytes":
        return reader.total, True
    number, letters, whole = 0, 0, True
    for record in reader.records():
        number = record.number + 1
        letters += sum(len(value) for value in (record.fields or {}).values() if isinstance(value, str))
        if number >= _SAMPLED or letters > _SAMPLED_LETTERS:
            whole = False
            break
        if number % _TICK == 0:
            progress.check()
    if whole or not reader.total or not reader.done:
        return number, whole
    return max(number, round(number * reader.total / reader.done)), False


class _Counting:
    """Counts of one kind of trouble, with the first examples."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.examples: dict[str, list[str]] = {}

    def add(self, kind: str, example: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        shown = self.examples.setdefault(kind, [])
        if len(shown) < _EXAMPLES:
            shown.append(example)

    def problems(self) -> tuple[Problem, ...]:
        known = [kind for kind in _HAPPENS if kind in self.counts]
        return tuple(
            Problem(kind, self.counts[kind], _HAPPENS[kind], tuple(self.examples[kind])) for kind in known
        )


class _Draw:
    """So many texts out of a stream of unknown length, each equally likely; the same ones every time."""

    def __init__(self, most: int) -> None:
        self._random = random.Random(0)
        self._most = most
        self._met = 0
        self._kept: list[tuple[str, str]] = []

    def offer(self, title: str, text: str) -> None:
        self._met += 1
        if len(self._kept) < self._most:
            self._kept.append((title, text))
        elif (at := self._random.randrange(self._met)) < self._most:
            self._kept[at] = (title, text)

    def texts(self) -> tuple[str, ...]:
        from saerch_desktop.embedding.base import document_text

        return tuple(document_text(title, text) for title, text in self._kept)


_HAPPENS: Final[Mapping[str, str]] = {
    "unreadable": "They are left out and listed in the library’s problems.",
    "no text": "They are left out and listed in the library’s problems.",
    "duplicate id": "The first of each is kept, the others are left out and listed.",
    "duplicate text": "The first of each is kept, the others are left out and listed.",
    "encoding": "They are read as Windows-1252 and kept; look at one in the preview.",
    "quotation": "They are kept as they could be read.",
    "too long": "Kept whole and searched whole by words; the vector reads the beginning.",
}


def survey(
    source: Path,
    roles: Roles,
    progress: Progress,
    *,
    most: int = SURVEYED,
    long_words: int = LONG_WORDS,
    limit: int | None = None,
) -> Survey:
    """Read up to `most` records as the import would, and count what happens to them. UserError, Cancelled."""
    from saerch_desktop.library.composition import compose
    from saerch_desktop.library.readers.opening import open_reader

    reader = open_reader(source)
    counting = _Counting()
    drawn = _Draw(DRAWN)
    ids: set[str] = set()
    digests: set[bytes] = set()
    records = documents = words = letters = 0
    whole = True
    for record in itertools.islice(reader.records(), limit):
        if records == most:
            whole = False
            break
        records += 1
        if records % _TICK == 0:
            progress.check()
        where = f"Record {record.number + 1:,}"
        if record.fields is None:
            counting.add("unreadable", f"{where}: {record.detail}")
            continue
        if record.kind:
            counting.add(
                "encoding" if record.kind == "encoding" else "quotation", f"{where}: {record.detail}"
            )
        found = compose(record.fields, roles, record.number)
        if not found.text:
            counting.add("no text", f"{where}: {found.title or found.id}")
        elif found.id in ids:
            counting.add("duplicate id", f"{where}: {found.id}")
        elif found.digest in digests:
            counting.add("duplicate text", f"{where}: {found.title or found.text[:60]}")
        else:
            ids.add(found.id)
            digests.add(found.digest)
            documents += 1
            drawn.offer(found.title, found.text)
            length = len(found.title.split()) + len(found.text.split())
            words += length
            letters += len(found.title) + len(found.text)
            if length > long_words:
                counting.add("too long", f"{where}: {length:,} words")
    each = max(1, documents)
    return Survey(
        roles,
        records,
        whole,
        documents,
        words / each,
        letters / each,
        counting.problems(),
        drawn.texts(),
    )


def first_texts(look: SourceLook, roles: Roles, most: int) -> list[str]:
    """The texts of the first documents, exactly as an embedder gets them."""
    from saerch_desktop.embedding.base import document_text
    from saerch_desktop.library.composition import compose

    found = (compose(dict(fields), roles, number) for number, fields in enumerate(look.sample))
    return [document_text(one.title, one.text) for one in found if one.text][:most]
