"""What program and library keep on the disk, how large it is, and what may be cleared."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from saerch_desktop import network_ledger, paths
from saerch_desktop.errors import UserError
from saerch_desktop.library import manifest as layout
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of thing on the disk.

    key: how it is called when it is cleared; title and what: in the user's words; size_bytes: on disk;
    clearable: whether `clear` may remove it; loss: what clearing costs, "" where it is remade unasked.
    """

    key: str
    title: str
    what: str
    size_bytes: int
    clearable: bool = False
    loss: str = ""


@dataclass(frozen=True, slots=True)
class _Kind:
    key: str
    title: str
    what: str
    patterns: tuple[str, ...]  # below the library's folder
    loss: str | None = None  # None: never cleared


_AGAIN: Final = "It is made again when it is next needed."
_HISTORY: Final = "Nothing is lost but the history of the program."
_TYPED: Final = "What you typed there is lost."
_LIBRARY: Final = (
    _Kind(
        "documents",
        "Documents",
        "Texts, titles, facets and the search by words",
        (layout.DOCUMENTS_FILE, f"{layout.DOCUMENTS_FILE}-*"),
    ),
    _Kind("vectors", "Vectors", "One for each document", (layout.VECTORS_FILE,)),
    _Kind(
        "weights",
        "Trained SAEs",
        "Weights, which features are active where, and their figures",
        (
            "saes/*/sae.safetensors",
            "saes/*/code_*.npy",
            "saes/*/inverted_*.npy",
            "saes/*/statistics.npy",
            "saes/*/cohesion.npy",
            "saes/*/sae.json",
            "saes/*/run.json",
        ),
    ),
    _Kind(
        "names",
        "Names, families and marks",
        "What features are called, how they belong together, and what you changed",
        (
            "saes/*/labels*.json",
            "saes/*/families_*.json",
            "saes/*/family_names.json",
            "saes/*/marks.json",
            "recipes/*",
        ),
    ),
    _Kind(
        "index",
        "Index of neighbours",
        "Finds similar documents at once in large libraries",
        ("index/*",),
        "Searches by meaning look at every vector until it is built again.",
    ),
    _Kind("maps", "Maps", "Places of documents and features", ("maps/*", "saes/*/map_*"), _AGAIN),
    _Kind(
        "pairs",
        "Counts of pairs",
        "How often two features are active together; families are built from it",
        ("saes/*/cooccurrence.*",),
        "It is counted again when families are next built, which takes some seconds.",
    ),
    _Kind(
        "answers",
        "Answers of language models",
        "So that the same question is never paid for twice",
        ("saes/*/*.journal.jsonl",),
        "Names made from them stay. Asking the same again costs tokens again.",
    ),
    _Kind(
        "unfinished",
        "Unfinished work",
        "Trainings and embeddings that were stopped and can go on",
        (
            "saes/*/training.safetensors",
            "saes/*/training.json",
            layout.PARTIAL_FILE,
            layout.PARTIAL_STATE_FILE,
        ),
        "What was stopped can then only be begun again from the start.",
    ),
    _Kind(
        "set-aside",
        "Set aside",
        "Damaged files that were replaced, and descriptions of older versions",
        ("vectors.damaged.npy", "library.version-*.json"),
        "They were kept only in case something had gone wrong.",
    ),
)


def library_kept(path: Path) -> tuple[Kept, ...]:
    """What the library in `path` keeps, largest groups of files as the user knows them, and the rest.

    Reads sizes only; a second for very many files. Nothing that is a link is followed.
    """
    counted: set[Path] = set()
    found: list[Kept] = []
    for kind in _LIBRARY:
        sizes = {one: _size(one) for one in _matching(path, kind.patterns) if one not in counted}
        counted |= set(sizes)
        clearable = kind.loss is not None and bool(sizes)
        found.append(Kept(kind.key, kind.title, kind.what, sum(sizes.values()), clearable, kind.loss or ""))
    rest = sum(_size(one) for one in _below(path) if one not in counted)
    return (*found, Kept("rest", "Everything else", "Descriptions and locks", rest))


def program_kept(open_library: Path | None = None) -> tuple[Kept, ...]:
    """What the program keeps outside of libraries. open_library: the sample is not cleared while open."""
    sample = paths.sample_library()
    sample_open = open_library is not None and open_library.resolve() == sample.resolve()
    drafts = paths.data_dir() / "drafts"
    return (
        _program("caches", "Caches", "Checks of files that need not be repeated", paths.cache_dir(), _AGAIN),
        _program("logs", "Logs", "What the program did, without texts and keys", paths.log_dir(), _HISTORY),
        Kept(
            "sample",
            "The sample library",
            "Python’s documentation, with whatever you changed in it",
            _tree(sample),
            sample.is_dir() and not sample_open,
            "It is open now." if sample_open else "It is made again when you next open the sample.",
        ),
        _program("drafts", "Drafts", "Imports and trainings begun but not started", drafts, _TYPED),
        Kept("ledger", "Network ledger", "A line for each request; see the page Network", _ledger()),
    )


def clear_library(path: Path, key: str, progress: Progress) -> int:
    """Remove one clearable kind from the library in `path`; the bytes that became free.

    UserError: another program writes the library, `key` is not clearable, or a file cannot be removed.
    """
    kind = next((kind for kind in _LIBRARY if kind.key == key and kind.loss is not None), None)
    if kind is None:
        raise _not_clearable(key)
    progress.begin(f"Clearing {kind.title.lower()}")
    with Library.open(path, write=True):  # nobody may be making it at this moment
        return _remove(path, list(_matching(path, kind.patterns)), progress)


def clear_program(key: str, progress: Progress, open_library: Path | None = None) -> int:
    """Remove one clearable kind of `program_kept`; the bytes that became free. UserError as above."""
    kept = next((kept for kept in program_kept(open_library) if kept.key == key and kept.clearable), None)
    roots: dict[str, Path] = {
        "caches": paths.cache_dir(),
        "logs": paths.log_dir(),
        "sample": paths.sample_library(),
        "drafts": paths.data_dir() / "drafts",
    }
    root = roots.get(key)
    if kept is None or root is None:
        raise _not_clearable(key)
    progress.begin(f"Clearing {kept.title.lower()}")
    if key == "logs":
        return _remove(root, [path for path in _below(root) if path.suffix != ".lock"], progress, _emptied)
    if key == "sample":
        with Library.open(root, write=True):
            size = kept.size_bytes
        shutil.rmtree(root, ignore_errors=True)
        return size - _tree(root)
    return _remove(root, list(_below(root)), progress)


def human(size: int) -> str:
    """The size as people read it: 12 KB, 3.4 MB, 1.2 GB."""
    if size < 1000:
        return f"{size} bytes" if size else "0"
    for unit, factor in (("KB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        value = size / factor
        if value < 999.5 or unit == "GB":
            return f"{value:,.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    raise AssertionError("every size has a unit")


def _program(key: str, title: str, what: str, folder: Path, loss: str) -> Kept:
    size = _tree(folder)
    return Kept(key, title, what, size, size > 0, loss)


def _ledger() -> int:
    path = network_ledger.ledger_file()
    return sum(_size(one) for one in path.parent.glob("network*.jsonl"))


def _tree(folder: Path) -> int:
    return sum(_size(path) for path in _below(folder))


def _below(folder: Path) -> Iterator[Path]:
    """All ordinary files below a folder; links are neither counted nor followed."""
    for place, _, names in os.walk(folder, followlinks=False):
        for name in names:
            path = Path(place, name)
            if not path.is_symlink():
                yield path


def _matching(folder: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    for pattern in patterns:
        for path in folder.glob(pattern):
            inside = not any(part.is_symlink() for part in (path, *path.parents) if folder in part.parents)
            if inside and path.is_file() and not path.name.endswith(".lock"):
                yield path


def _size(path: Path) -> int:
    try:
        about = path.stat()
    except OSError:
        return 0
    # What is really taken: files may be sparse.
    return min(about.st_size, about.st_blocks * 512) if hasattr(about, "st_blocks") else about.st_size


def _emptied(path: Path) -> None:
    """A log that is being written stays and goes on; all others are removed."""
    if path.suffix == ".log":
        os.truncate(path, 0)
    else:
        path.unlink(missing_ok=True)


def _gone(path: Path) -> None:
    path.unlink(missing_ok=True)


def _remove(root: Path, found: list[Path], progress: Progress, how: Callable[[Path], None] = _gone) -> int:
    freed = 0
    for path in found:
        progress.check()
        size = _size(path)
        try:
            how(path)
        except OSError as error:
            raise UserError(
                f"{path.name} could not be removed: {error.strerror or error}.",
                f"{human(freed)} were cleared before; nothing of yours was touched.",
                "Close other programs that use it, and check your permissions.",
            ) from error
        freed += size
        with contextlib.suppress(OSError):  # a folder that is empty now is not kept
            if path.parent != root:
                path.parent.rmdir()
    return freed


def _not_clearable(key: str) -> UserError:
    return UserError(f"“{key}” cannot be cleared.", "Nothing was removed.", "Choose what can be made again.")
