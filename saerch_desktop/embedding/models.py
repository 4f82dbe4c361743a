"""The language models on this computer: the built-in one, and those that were imported into one folder."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from saerch_desktop import files, paths
from saerch_desktop.embedding.folder import check_folder, folder_fingerprint
from saerch_desktop.embedding.minilm_weights import DIM, NAME, WEIGHTS_SHA256, find_minilm
from saerch_desktop.errors import UserError
from saerch_desktop.settings import load_settings

_DEEPEST: Final = 4  # below the folder of models; no fixed depth is asked for
_MOST_MODELS: Final = 200
_MOST_JSON: Final = 64 << 20
_LICENCE = re.compile(r"^license:\s*[\"']?([\w.+-]{1,40})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Model:
    """word: what `--embedder` takes; size_bytes: on disk; dim: numbers of a vector, 0 where unknown; licence:
    "" where its files name none; trouble: why it cannot be used, "" if it can; removable: whether `delete`
    may remove it.
    """

    name: str
    word: str
    folder: Path
    size_bytes: int
    dim: int
    licence: str
    trouble: str
    removable: bool


def models_dir() -> Path:
    """Where imported models lie: the settings' folder, else the program's own."""
    chosen = load_settings().models_dir
    return Path(chosen).expanduser() if chosen else paths.data_dir() / "models"


def search_places(name: str) -> Iterator[Path]:
    """Where a model folder of this name may be on this computer, by the settings and SAERCH_MODELS."""
    if name in ("", ".", ".."):
        return
    places = [models_dir() / name, paths.data_dir() / "models" / name]
    if chosen := os.environ.get("SAERCH_MODELS"):
        places.append(Path(chosen) / name)
    yield from dict.fromkeys(places)
    for model in _folders(models_dir()):
        if model.name == name:
            yield model


def installed() -> tuple[Model, ...]:
    """The built-in model first, then the imported ones by name. Reads names and small files only."""
    return (_built_in(), *imported())


def imported() -> tuple[Model, ...]:
    """The imported models by name; unlike `installed`, this never reads a whole file."""
    found = (described(folder, removable=True) for folder in _folders(models_dir()))
    # A copy of the built-in one is taken as that.
    return tuple(
        sorted((model for model in found if model.name != NAME), key=lambda one: one.name.casefold())
    )


def fingerprint(model: Model) -> str:
    """The hash over weights and configuration, as libraries record it. Seconds for large models.

    UserError when a file cannot be read.
    """
    if model.word == "minilm":
        return WEIGHTS_SHA256
    try:
        return folder_fingerprint(model.folder)
    except OSError as error:
        raise UserError(
            f"The files of {model.name} cannot be read: {error.strerror or error}.",
            "Nothing was changed.",
            "Copy the model folder again.",
        ) from error


def delete(model: Model) -> None:
    """Remove an imported model from the disk. UserError when it is not ours to remove, or cannot be."""
    root, folder = models_dir().resolve(), model.folder.resolve()
    if not model.removable or root not in folder.parents:
        raise UserError(
            f"{model.name} was not imported by this program.",
            "It was left where it is.",
            f"Remove the folder {model.folder} yourself, if you are sure.",
        )
    gone = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}.gone")
    try:
        folder.replace(gone)  # at once, so that no half of it is ever found
    except OSError as error:
        raise files.explain_os_error(error, folder) from error
    shutil.rmtree(gone, ignore_errors=True)


def tidy() -> None:
    """Remove what an import or a deletion that was cut off has left."""
    with contextlib.suppress(OSError):
        for path in models_dir().iterdir():
            if re.fullmatch(r"\..+\.[0-9a-f]{32}\.(part|gone)", path.name) and path.is_dir():
                shutil.rmtree(path, ignore_errors=True)


def described(folder: Path, *, removable: bool) -> Model:
    """What a folder holds, as far as small files tell."""
    trouble = ""
    try:
        check_folder(folder)
    except UserError as error:
        trouble = error.happened
    size = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            size += path.stat().st_size if path.is_file() else 0
    return Model(
        folder.name, f"folder:{folder}", folder, size, _dim(folder), _licence(folder), trouble, removable
    )


def _built_in() -> Model:
    try:
        found = find_minilm()
    except UserError as error:
        return Model(NAME, "minilm", Path(), 0, DIM, "apache-2.0", error.happened, False)
    size = sum(path.stat().st_size for path in (found.weights, found.tokenizer))
    return Model(NAME, "minilm", found.weights.parent, size, DIM, "apache-2.0", "", False)


def _folders(root: Path, depth: int = 0) -> Iterator[Path]:
    """Folders below `root` that hold a model, at most `_MOST_MODELS`."""
    found = 0
    try:
        inside = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return
    for folder in inside:
        if (folder / "modules.json").is_file():
            found += 1
            yield folder
        elif depth + 1 < _DEEPEST:
            yield from _folders(folder, depth + 1)
        if found >= _MOST_MODELS:
            return


def _dim(folder: Path) -> int:
    for path, key in (
        (folder / "1_Pooling" / "config.json", "word_embedding_dimension"),
        (folder / "config.json", "hidden_size"),
    ):
        said = _read(path).get(key)
        if type(said) is int and 0 < said <= 65_536:
            return said
    return 0


def _licence(folder: Path) -> str:
    try:
        with (folder / "README.md").open("rb") as stream:
            head = stream.read(8192).decode("utf-8", "replace")
    except OSError:
        return ""
    found = _LICENCE.search(head)
    return found[1] if found else ""


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(files.read_small(path, _MOST_JSON))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
