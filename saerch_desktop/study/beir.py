"""A retrieval set in BEIR's layout: corpus, questions, and which documents people judged to answer them.

`corpus.jsonl` and `queries.jsonl` (plain or gzipped) hold `_id`, `title` and `text`; `qrels/SPLIT.tsv` holds
a question's id, a document's id and a grade (Thakur et al. 2021, arXiv 2104.08663).
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from saerch_desktop.errors import UserError
from saerch_desktop.library.readers.opening import open_reader
from saerch_desktop.library.roles import Roles

CORPUS_ROLES: Final = Roles(id="_id", title="title", text=("text",))
_LONGEST_QUERY: Final = 100_000
_LARGEST_JUDGEMENTS: Final = 1 << 30
_MOST_GRADE: Final = 1000


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """queries: id → text, only those that have a document judged to answer them. relevant: id of the question
    → id of the document → grade, 1 or more.
    """

    name: str
    split: str
    queries: Mapping[str, str]
    relevant: Mapping[str, Mapping[str, int]]


def corpus_file(folder: Path) -> Path:
    """The documents of the set. UserError when they are not there."""
    return _file(Path(folder), "corpus.jsonl")


def read_beir(folder: Path, split: str = "test") -> RetrievalSet:
    """Read and check questions and judgements. UserError when a file is missing, damaged or of another kind,
    or when no question has an answer.
    """
    folder = Path(folder)
    relevant = _judgements(folder / "qrels" / f"{split}.tsv")
    queries: dict[str, str] = {}
    source = _file(folder, "queries.jsonl")
    for record in open_reader(source).records():
        fields = record.fields or {}
        query, text = fields.get("_id"), fields.get("text")
        if not isinstance(query, str | int) or not isinstance(text, str) or not text.strip():
            raise _unusable(source, f"record {record.number + 1} has no id or no text")
        if str(query) in relevant:
            # Halves of letters, which JSON can spell and no embedding model can read, become question marks.
            queries[str(query)] = text[:_LONGEST_QUERY].encode("utf-8", "replace").decode()
    if not queries:
        raise _unusable(source, f"none of its questions is judged in qrels/{split}.tsv")
    return RetrievalSet(folder.resolve().name, split, queries, {query: relevant[query] for query in queries})


def _judgements(path: Path) -> dict[str, dict[str, int]]:
    """Question → document → grade; documents judged as no answer (0 and below) are left out."""
    found: dict[str, dict[str, int]] = {}
    try:
        if path.exists() and not path.is_file():
            raise _unusable(path, "it is not an ordinary file")
        if path.stat().st_size > _LARGEST_JUDGEMENTS:
            raise _unusable(path, "it is far too large for judgements")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            for number, row in enumerate(rows, 1):
                if not row or (number == 1 and row[-1].strip() == "score"):
                    continue
                if len(row) != 3:
                    raise _unusable(path, f"line {number} has {len(row)} columns instead of 3")
                grade = _grade(path, number, row[2])
                if grade > 0:
                    found.setdefault(row[0], {})[row[1]] = grade
    except OSError as error:
        why = error.strerror or str(error)
        raise _unusable(path, f"it cannot be read ({why})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unusable(path, "it is not a table of text") from error
    return found


def _grade(path: Path, number: int, text: str) -> int:
    try:
        grade = int(text)
    except ValueError:
        raise _unusable(path, f"line {number} has no whole number as its grade") from None
    if abs(grade) > _MOST_GRADE:
        raise _unusable(path, f"line {number} has a grade beyond {_MOST_GRADE}")
    return grade


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        with contextlib.suppress(OSError):  # far too long for the name of a file
            if path.is_file():
                return path
    raise UserError(
        f"{folder} holds no {name} or {name}.gz.",
        "Nothing was measured.",
        "Give the folder of a retrieval set in BEIR's layout: corpus, queries and qrels.",
    )


def _unusable(path: Path, why: str) -> UserError:
    return UserError(
        f"{path.name} of the retrieval set cannot be used: {why}.",
        "Nothing was measured.",
        "Fetch the set again, or choose another split.",
    )
