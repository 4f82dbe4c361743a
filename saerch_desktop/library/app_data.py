"""The files of the paper's released app: which they are, its documents, and its vectors into a library.

Names and contents: github.com/Christine8888/saerch, abstract.py, postprocess.py and app.py.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.library.roles import Roles
from saerch_desktop.library.vectors_writer import VectorsWriter
from saerch_desktop.progress import Progress

ROLES: Final = Roles(id="id", title="title", text=("abstract",), date="year")
STORING: Final = "Storing vectors"
_LARGEST_TEXTS: Final = 4 << 30
_LONGEST_FIELD: Final = 1 << 20
_BLOCK: Final = 4096
_FILLED_YEAR: Final = "2023"  # what the app's own preparation wrote where a year was missing
_ARXIV_NEW: Final = re.compile(r"(?:arxiv:)?(\d\d)(0[1-9]|1[0-2])\.\d{4,5}", re.IGNORECASE)
_ARXIV_OLD: Final = re.compile(r"[a-z-]+(?:\.[A-Z]{2})?/(\d\d)(0[1-9]|1[0-2])\d{3}")


@dataclass(frozen=True, slots=True)
class AppFiles:
    """Where the parts are; None for those that the folder has not."""

    texts: Path
    vectors: Path
    metadata: Path | None
    weights: Path | None
    indices: Path | None
    values: Path | None
    labels: Path | None
    families: Path | None


def find_app_files(folder: Path) -> AppFiles:
    """The parts of the app's data in `folder`. UserError: texts or vectors missing, or several of a part."""
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}.", _NOTHING, "Check the path.")
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    weights = _one(folder, names, r".*\.pth", None)
    sizes = set(re.findall(r"\d+", weights.stem)) if weights is not None else None
    texts = _one(folder, names, r".*abstract_texts.*\.json", None)
    vectors = _one(folder, names, r".*abstract_embeddings.*\.npy", None) or _one(
        folder, names, r".*embeddings.*\.npy", None
    )
    if texts is None or vectors is None:
        missing = "abstract_texts.json" if texts is None else "…_abstract_embeddings….npy"
        raise UserError(
            f"{folder.name} has no {missing}.",
            _NOTHING,
            "Put the released app's files into one folder: abstract_texts.json, the embeddings (.npy), and"
            " beside them paper_metadata.csv, topk_indices and topk_values (.npy), the weights (.pth),"
            " feature_analysis_results and clean_families (.json).",
        )
    return AppFiles(
        texts=texts,
        vectors=vectors,
        metadata=_one(folder, names, r".*paper_metadata.*\.csv", None),
        weights=weights,
        indices=_one(folder, names, r".*topk_indices.*\.npy", sizes),
        values=_one(folder, names, r".*topk_values.*\.npy", sizes),
        labels=_one(folder, names, r".*feature_analysis_results.*\.json", sizes),
        families=_one(folder, names, r".*clean_families.*\.json", sizes),
    )


def app_records(found: AppFiles) -> list[dict[str, Any]]:
    """One record per text, in the order of the vectors' rows: id, abstract, and what the metadata knows.

    A citation count of 0 is left out, and with it the year that the app filled in for unknown ones; a year
    that is missing is taken from the arXiv number. UserError when a file is damaged.
    """
    texts = _texts(found.texts)
    about = _metadata(found.metadata, set(texts[0])) if found.metadata is not None else {}
    return [
        {"id": key, "abstract": abstract, **_dated(key, about.get(key, {}))}
        for key, abstract in zip(*texts, strict=True)
    ]


def app_vectors(found: AppFiles, rows: int) -> NDArray[Any]:
    """The memory-mapped vectors (rows, d) of any float type. UserError unless there is one for each text."""
    try:
        array = files.mapped_array(found.vectors)
    except (OSError, ValueError) as error:
        raise _unusable(found.vectors, str(error)) from error
    if array.ndim != 2 or array.dtype.kind != "f" or array.dtype.itemsize not in (2, 4, 8):
        raise _unusable(found.vectors, "it is not a table of floating-point numbers")
    if len(array) != rows:
        raise _unusable(found.vectors, f"it holds {len(array):,} vectors for {rows:,} texts")
    return array


def store_app_vectors(
    library: Library, array: NDArray[Any], embedder: EmbedderIdentity, progress: Progress
) -> int:
    """Make the vectors of the library's documents its vectors; how many documents have none.

    The app keeps a vector of zeros where embedding failed: such a document gets no vector, and is listed.
    Continues what was interrupted. Needs a library open for writing. UserError, Cancelled.
    """
    records = np.asarray(library.documents.records(), dtype=np.int64)
    dtype = np.float16 if array.dtype == np.float16 else np.float32
    progress.begin(STORING, len(records), "vectors")
    with VectorsWriter.open_partial(library, len(records), int(array.shape[1]), dtype, embedder) as writer:
        for start in range(0, len(records), _BLOCK):
            rows = np.arange(start, min(len(records), start + _BLOCK))
            rows = rows[~writer.done[rows]]
            block = np.asarray(array[records[rows]])
            sound = np.isfinite(block).all(axis=1) & block.any(axis=1)
            writer.write(rows[sound], block[sound].astype(np.float32))
            for row in rows[~sound].tolist():
                writer.fail(row, "its vector in the imported file is zero or not a number")
            progress.advance(min(len(records), start + _BLOCK))
        return len(writer.finish().missing)


def _one(folder: Path, names: list[str], pattern: str, sizes: set[str] | None) -> Path | None:
    """The file of this pattern; of several the one whose numbers are the weights' own."""
    found = [name for name in names if re.fullmatch(pattern, name, re.IGNORECASE)]
    if len(found) > 1 and sizes:
        stems = {name: set(re.findall(r"\d+", re.sub(r"float\d+", "", name))) for name in found}
        found = [name for name in found if stems[name] and stems[name] <= sizes] or found
    if len(found) > 1:
        raise UserError(
            f"{folder.name} holds several files of one kind: {', '.join(found[:6])}.",
            _NOTHING,
            "Put the files of one subject and one autoencoder into a folder of their own.",
        )
    return folder / found[0] if found else None


def _texts(path: Path) -> tuple[list[str], list[str]]:
    try:
        content = json.loads(files.read_small(path, _LARGEST_TEXTS))
        keys, abstracts = content["doc_ids"], content["abstracts"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unusable(path, "it is not a table of doc_ids and abstracts") from error
    if not isinstance(keys, list) or not isinstance(abstracts, list) or len(keys) != len(abstracts):
        raise _unusable(path, "its doc_ids and abstracts are not two lists of the same length")
    if not keys:
        raise _unusable(path, "it holds no texts")
    return [str(key) for key in keys], [text if isinstance(text, str) else "" for text in abstracts]


def _metadata(path: Path, wanted: set[str]) -> dict[str, dict[str, Any]]:
    """Title, authors, year and citations of the wanted ids; the first line of each id counts."""
    found: dict[str, dict[str, Any]] = {}
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            reader = csv.DictReader(stream)
            if "arxiv_id" not in (reader.fieldnames or ()):
                raise _unusable(path, "it has no column arxiv_id")
            for line in reader:
                key = str(line.get("arxiv_id") or "").strip()
                if key in wanted and key not in found:
                    found[key] = dict(_told(line))
    except (OSError, csv.Error) as error:
        raise _unusable(path, str(error)) from error
    finally:
        csv.field_size_limit(before)
    return found


def _told(line: dict[str, str | None]) -> Iterator[tuple[str, Any]]:
    title = _unlisted(line.get("title"))
    if title:
        yield "title", " ".join(title)
    authors = _unlisted(line.get("author"))
    if authors:
        yield "authors", authors
    citations = _whole(line.get("citation_count"))
    year = str(_whole(line.get("year")) or "")
    if citations:
        yield "citations", citations
    if len(year) == 4 and not (year == _FILLED_YEAR and not citations):
        yield "year", year


def _dated(key: str, told: dict[str, Any]) -> dict[str, Any]:
    if "year" in told:
        return told
    found = _ARXIV_NEW.match(key) or _ARXIV_OLD.match(key)
    if found is None:
        return told
    century = "19" if found[1] >= "90" else "20"
    return {**told, "year": century + found[1]}


def _unlisted(value: str | None) -> list[str]:
    """The items of a cell that may hold a Python list of strings: ['A', "B"] is two, plain text is one."""
    text = " ".join((value or "").split())
    if not text or text.lower() == "nan":
        return []
    if not (text.startswith("[") and text.endswith("]")):
        return [text]
    inner = text[1:-1].strip()
    items = re.split(r"""(?<=['"]),\s*(?=['"])""", inner)
    return [item for raw in items if (item := raw.strip().strip("'\"").strip())]


def _whole(value: str | None) -> int | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return int(number) if number.is_integer() and 0 <= number < 1e9 else None


def _unusable(path: Path, why: str) -> UserError:
    return UserError(
        f"{path.name} cannot be imported: {why.strip().rstrip('.')}.", _NOTHING, "Fetch the file again."
    )


_NOTHING: Final = "Nothing was imported."
