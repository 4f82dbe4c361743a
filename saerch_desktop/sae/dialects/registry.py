"""All dialects: which one a file or folder speaks, reading it, and writing one whole folder that is checked.

Loads torch only when a torch file is read or written.
"""

from __future__ import annotations

import contextlib
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from saerch_desktop.errors import UserError
from saerch_desktop.files import explain_os_error
from saerch_desktop.sae.dialects import (
    dictionary_learning,
    hypothesaes,
    openai,
    paper,
    saelens,
    sentence_transformers,
    sparsify,
)
from saerch_desktop.sae.dialects.dialect import Dialect
from saerch_desktop.sae.dialects.portable import (
    NOT_EXPORTED,
    NOT_IMPORTED,
    Portable,
    cannot_hold,
    largest_difference,
    shortened,
)
from saerch_desktop.sae.dialects.tensor_file import named, read_torch

DIALECTS: Final = (
    paper.DIALECT,
    saelens.DIALECT,
    sparsify.DIALECT,
    dictionary_learning.DIALECT,
    hypothesaes.DIALECT,
    openai.DIALECT,
    openai.RAW,
    sentence_transformers.DIALECT,
)
IMPORT_FORMATS: Final = tuple(dialect.name for dialect in DIALECTS)
EXPORT_FORMATS: Final = tuple(dialect.name for dialect in DIALECTS if dialect.write is not None)
CLOSE_ENOUGH: Final = 1e-5  # of any number in a reconstruction, after a round trip
_TORCH: Final = (".pt", ".pth", ".bin", ".ckpt")


@dataclass(frozen=True, slots=True)
class Found:
    """A foreign autoencoder on disk: its dialect and the file of its weights."""

    dialect: Dialect
    weights: Path


def recognise(path: Path, format: str | None = None) -> Found:  # noqa: A002
    """Which dialect a file or folder speaks; `format` is the user's word for it.

    UserError: nothing there, several autoencoders, or none that is known; it lists what was found and what
    can be read.
    """
    path = Path(path)
    forced = _by_name(format, IMPORT_FORMATS) if format else None
    if path.is_dir():
        return _in_folder(path, forced)
    if not path.is_file():
        raise UserError(f"There is no file or folder {path}.", NOT_IMPORTED, "Check the path.")
    if forced is not None:
        return Found(forced, _weights_beside(path, forced))
    pairs = _pairs(path.parent, path)
    if len(pairs) == 1:
        return pairs[0]
    if len(pairs) > 1:
        raise _several(path.parent, pairs)
    if path.suffix.lower() in _TORCH:
        return Found(_by_keys(path), path)
    raise _unknown(path, [path.name])


def read(path: Path, k: int | None = None, format: str | None = None) -> tuple[Portable, Found]:  # noqa: A002
    """The autoencoder in a file or folder, as exactly the same function. UserError."""
    if k is not None and k < 1:
        raise UserError(f"k is {k}.", NOT_IMPORTED, "Give a k of 1 or more.")
    found = recognise(path, format)
    return found.dialect.read(found.weights, k), found


def losses(portable: Portable, format: str) -> tuple[str, ...]:  # noqa: A002
    """What an export in this format leaves out, as sentences. UserError when it cannot be exported so."""
    dialect = _by_name(format, EXPORT_FORMATS)
    if dialect.lost is None:
        return ()
    return dialect.lost(portable)


def write(portable: Portable, format: str, folder: Path, name: str) -> tuple[Path, ...]:  # noqa: A002
    """Write the autoencoder into `folder`, which is made when it is not there; the files, weights first.

    The files are written aside, read back and compared on random unit vectors before they get their names:
    they appear whole or not at all, and never in the place of others. UserError.
    """
    dialect = _by_name(format, EXPORT_FORMATS)
    losses(portable, format)
    assert dialect.write is not None
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is not a folder.", NOT_EXPORTED, "Choose a folder for the export.")
    aside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}.tmp")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside.mkdir()
        dialect.write(portable, aside, name)
        names = _ordered(dialect, [entry.name for entry in aside.iterdir()])
        _refuse_to_replace(folder, names)
        _compare(portable, dialect, aside / names[0])
        if folder.exists():
            for file in names:
                (aside / file).rename(folder / file)
        else:
            aside.rename(folder)
    except OSError as error:
        raise explain_os_error(error, folder) from error
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(aside, ignore_errors=True)
    return tuple(folder / file for file in names)


def _compare(portable: Portable, dialect: Dialect, weights: Path) -> None:
    try:
        difference = largest_difference(portable, dialect.read(weights, None))
    except UserError as error:
        raise cannot_hold(
            dialect.name, f"the written file could not be read back ({error.happened})", _REPORT
        ) from error
    if not difference < CLOSE_ENOUGH:
        raise cannot_hold(
            dialect.name,
            f"what was written rebuilds vectors differently (by up to {difference:.2g})",
            _REPORT,
        )


def _refuse_to_replace(folder: Path, names: list[str]) -> None:
    taken = [name for name in names if (folder / name).exists() or (folder / name).is_symlink()]
    if taken:
        raise UserError(
            f"{folder} already holds {' and '.join(taken)}.",
            "Nothing was exported and nothing replaced.",
            "Choose another folder, or move these files away.",
        )


def _ordered(dialect: Dialect, names: list[str]) -> list[str]:
    """The weights first and the description last: a folder is complete once it can be recognised."""
    last = dialect.pair[1] if dialect.pair else ""
    return sorted(names, key=lambda name: (name == last, name))


def _in_folder(folder: Path, forced: Dialect | None) -> Found:
    pairs = [found for found in _pairs(folder) if forced is None or found.dialect is forced]
    if len(pairs) == 1:
        return pairs[0]
    if len(pairs) > 1:
        raise _several(folder, pairs)
    try:
        files = sorted(entry for entry in folder.iterdir() if entry.is_file())
        inside = sorted(entry.name + "/" for entry in folder.iterdir() if entry.is_dir())
    except OSError as error:
        raise UserError(f"{folder} cannot be read.", NOT_IMPORTED, "Check that you may read it.") from error
    candidates = [file for file in files if file.suffix.lower() in _TORCH]
    if len(candidates) == 1:
        return Found(forced or _by_keys(candidates[0]), candidates[0])
    if len(candidates) > 1:
        raise UserError(
            f"{folder.name} holds several files of weights: {shortened([file.name for file in candidates])}.",
            NOT_IMPORTED,
            "Give the path of one of them.",
        )
    raise _unknown(folder, [file.name for file in files] + inside)


def _pairs(folder: Path, file: Path | None = None) -> list[Found]:
    """The dialects of which the folder has both files; with `file`, only those that it belongs to."""
    return [
        Found(dialect, folder / dialect.pair[0])
        for dialect in DIALECTS
        if dialect.pair is not None
        and all((folder / name).is_file() for name in dialect.pair)
        and (file is None or file.name in dialect.pair)
    ]


def _weights_beside(path: Path, dialect: Dialect) -> Path:
    """The file of weights, also when the description beside it was given."""
    if dialect.pair is not None and path.name == dialect.pair[1]:
        return path.parent / dialect.pair[0]
    return path


def _by_keys(path: Path) -> Dialect:
    content = read_torch(path)
    for dialect in DIALECTS:
        if dialect.claims is not None and dialect.claims(content):
            return dialect
    raise _unknown(path, [f"{path.name} with {named(content)}"])


def _by_name(name: str, allowed: tuple[str, ...]) -> Dialect:
    for dialect in DIALECTS:
        if dialect.name == name and name in allowed:
            return dialect
    raise UserError(
        f"There is no format “{name}” here.",
        "Nothing was read or written.",
        f"Choose one of: {', '.join(allowed)}.",
    )


def _several(folder: Path, pairs: list[Found]) -> UserError:
    return UserError(
        f"{folder.name or folder} holds autoencoders in several formats.",
        NOT_IMPORTED,
        f"Say which one: --format {' or --format '.join(found.dialect.name for found in pairs)}.",
    )


def _unknown(path: Path, found: list[str]) -> UserError:
    return UserError(
        f"{path.name or path} holds no autoencoder that is recognised (found: {shortened(found)}).",
        NOT_IMPORTED,
        "Known are: " + "; ".join(f"{dialect.title}" for dialect in DIALECTS) + ".",
    )


_REPORT: Final = "Choose another format, and report this please."
