"""Brings a model from a folder or a zip file into the program's folder, believing nothing that is in it."""

from __future__ import annotations

import lzma
import os
import re
import shutil
import stat
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from saerch_desktop import files
from saerch_desktop.embedding.folder import check_folder
from saerch_desktop.embedding.model_weights import check_weights
from saerch_desktop.embedding.models import Model, described, models_dir, tidy
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

MOST_BYTES: Final = 32 << 30
MOST_FILES: Final = 4096
_MOST_SMALL: Final = 256 << 20  # of a file that is no weights
_DEEPEST: Final = 8
_LONGEST_NAME: Final = 200
_BLOCK: Final = 4 << 20
_ENOUGH_ROOM: Final = 1.02
_TAKEN = {".safetensors", ".json", ".txt", ".model", ".md"}
_WITHOUT_ENDING = re.compile(r"(licen[sc]e|notice|copying)[\w.-]*", re.IGNORECASE)
_ALWAYS_LEFT_OUT = {"data_config.json"}
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    EOFError,
    UnicodeDecodeError,
)
_NOTHING = "Nothing was imported."
_AGAIN = "Get the model again from where it was published, as a whole folder."


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in. left_out: names of files that are not needed, or that could run code, and stayed out."""

    model: Model
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file of the source: its path in the model, its size, and how it is opened."""

    path: PurePosixPath
    size: int
    open: Callable[[], IO[bytes]]


def import_model(source: Path, progress: Progress, name: str = "") -> Imported:
    """Copy the model in the folder or zip file `source` into `models_dir()`; usable then as `folder:PATH`.

    name: of the new folder, else that of the source. Only weights in safetensors, configurations and
    vocabularies are taken. The folder appears whole or not at all. UserError: no model, program code, weights
    that can run code, names that lead out of the folder, more than 32 GiB or 4,096 files, a file larger than
    it says, no room, or a file that cannot be read. Cancelled.
    """
    progress.begin("Looking at the model")
    tidy()
    if source.is_dir():
        return _bring(list(_of_folder(source)), name or source.resolve().name, progress)
    try:
        files.require_ordinary(source)
        with zipfile.ZipFile(source) as archive:
            return _bring(list(_of_zip(archive)), name or source.stem, progress)
    except _UNREADABLE as error:
        raise UserError(f"{source.name} is no zip file that can be read.", _NOTHING, _AGAIN) from error
    except OSError as error:
        raise UserError(
            f"{source.name} cannot be read: {error.strerror or error}.", _NOTHING, "Choose another file."
        ) from error


def _bring(entries: list[_Entry], name: str, progress: Progress) -> Imported:
    root = _root_of(entries)
    inside = [
        _Entry(entry.path.relative_to(root), entry.size, entry.open)
        for entry in entries
        if entry.path.is_relative_to(root)
    ]
    taken = [entry for entry in inside if _is_wanted(entry.path)]
    left_out = sorted(entry.path.as_posix() for entry in inside if not _is_wanted(entry.path))
    _refuse_code(inside)
    _refuse_sizes(taken)
    folder = models_dir()
    target = _free_name(folder, root.name or name)
    part = folder / f".{target.name}.{uuid.uuid4().hex}.part"
    total = sum(entry.size for entry in taken)
    try:
        part.mkdir(parents=True)
        _require_room(folder, total)
        progress.begin("Importing the model", total, "bytes")
        done = 0
        for entry in taken:
            done = _copy(entry, part, done, progress)
        check_weights(part)
        check_folder(part)
        progress.check()
        part.replace(target)
    except UserError as error:
        # The checks name the folder they looked at, which the user has never seen.
        raise UserError(_renamed(error.happened, part, target), _NOTHING, error.remedy) from error
    except OSError as error:
        raise files.explain_os_error(error, target) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Imported(described(target, removable=True), tuple(left_out))


def _of_folder(source: Path) -> Iterator[_Entry]:
    """All ordinary files. Links to files are followed (model stores are made of them), to folders not."""
    count = 0
    for place, folders, names in os.walk(source, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(place)
        if len(here.relative_to(source).parts) >= _DEEPEST:
            folders.clear()
        for name in sorted(names):
            path = here / name
            try:
                about = path.stat()
            except OSError as error:
                raise UserError(
                    f"{name} cannot be read: {error.strerror or error}.", _NOTHING, _AGAIN
                ) from error
            if not stat.S_ISREG(about.st_mode) or name.startswith("."):
                continue
            count += 1
            _refuse_many(count)
            relative = PurePosixPath(path.relative_to(source).as_posix())
            yield _Entry(relative, about.st_size, lambda path=path: path.open("rb"))  # type: ignore[misc]


def _of_zip(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    """All files of the archive. UserError for a name that leads out of it, a link, or a locked file."""
    seen: set[str] = set()
    for count, info in enumerate(archive.infolist(), 1):
        _refuse_many(count)
        if info.is_dir():
            continue
        path = _safe_path(info.filename)
        if stat.S_ISLNK(info.external_attr >> 16):
            raise UserError(f"The zip file holds a link ({path.name}).", _NOTHING, _AGAIN)
        if info.flag_bits & 1:
            raise UserError("The zip file is locked with a password.", _NOTHING, "Unpack it first.")
        folded = path.as_posix().casefold()
        if folded in seen:
            raise UserError(f"The zip file holds {path.name} twice.", _NOTHING, _AGAIN)
        seen.add(folded)
        if any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
            continue
        yield _Entry(path, info.file_size, lambda info=info: archive.open(info))  # type: ignore[misc]


def _safe_path(name: str) -> PurePosixPath:
    """The name as a path below the model's folder. UserError for any other."""
    path = PurePosixPath(name.replace("\\", "/"))
    outside = path.is_absolute() or ".." in path.parts or not path.parts
    odd = any(
        len(part) > _LONGEST_NAME or _RESERVED.fullmatch(part) or re.search(r'[\0-\x1f<>:"|?*]', part)
        for part in path.parts
    )
    if outside or odd or len(path.parts) > _DEEPEST + 1:
        shown = re.sub(r"[\0-\x1f]", "�", name)[:80]
        raise UserError(
            f"The zip file holds a file whose name leads elsewhere: “{shown}”.",
            f"{_NOTHING} Such files are made to overwrite other files of yours.",
            _AGAIN,
        )
    return path


def _root_of(entries: list[_Entry]) -> PurePosixPath:
    """The folder of the model inside the source: where the topmost modules.json lies."""
    roots = sorted(
        {entry.path.parent for entry in entries if entry.path.name == "modules.json"},
        key=lambda path: len(path.parts),
    )
    if not roots:
        raise UserError(
            "There is no sentence-transformers model in it: modules.json is missing.",
            _NOTHING,
            "Choose the folder that was made by `SentenceTransformer.save` or downloaded as a whole.",
        )
    if len(roots) > 1 and len(roots[0].parts) == len(roots[1].parts):
        raise UserError(
            "There are several models in it.", _NOTHING, "Choose the folder of one of them, or zip it alone."
        )
    return roots[0]


def _is_wanted(path: PurePosixPath) -> bool:
    if path.name in _ALWAYS_LEFT_OUT or "onnx" in path.parts or "openvino" in path.parts:
        return False
    return path.suffix.lower() in _TAKEN or _WITHOUT_ENDING.fullmatch(path.name) is not None


def _refuse_code(entries: list[_Entry]) -> None:
    code = next((entry.path.name for entry in entries if entry.path.suffix.lower() in (".py", ".pyc")), None)
    if code is not None:
        raise UserError(
            f"The model brings program code of its own ({code}).",
            f"{_NOTHING} A model's code can do anything on this computer.",
            "Choose a model that needs no code of its own.",
        )
    if not any(entry.path.suffix.lower() == ".safetensors" for entry in entries):
        pickled = any(
            entry.path.suffix.lower() in (".bin", ".pt", ".pth", ".pkl", ".ckpt") for entry in entries
        )
        if pickled:
            raise UserError(
                "The weights are in an unsafe old format.",
                f"{_NOTHING} Such files can run code when they are read.",
                "Get the model with `model.safetensors`, or convert it.",
            )
        raise UserError("There are no weights (.safetensors) in it.", _NOTHING, _AGAIN)


def _refuse_sizes(entries: list[_Entry]) -> None:
    if sum(entry.size for entry in entries) > MOST_BYTES:
        raise UserError(
            f"The model is larger than {MOST_BYTES >> 30} GB.", _NOTHING, "Choose a smaller model."
        )
    for entry in entries:
        if entry.path.suffix.lower() != ".safetensors" and entry.size > _MOST_SMALL:
            raise UserError(f"{entry.path.name} is far too large for what it is.", _NOTHING, _AGAIN)


def _refuse_many(count: int) -> None:
    if count > MOST_FILES:
        raise UserError(
            f"There are more than {MOST_FILES:,} files in it.",
            _NOTHING,
            "Choose the folder of the model alone.",
        )


def _require_room(folder: Path, total: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < total * _ENOUGH_ROOM:
        raise UserError(
            f"The model takes {total / 1e9:.1f} GB and the disk has {free / 1e9:.1f} GB left.",
            _NOTHING,
            "Free some space, or choose another folder of models in Settings ▸ Models.",
        )


def _copy(entry: _Entry, part: Path, done: int, progress: Progress) -> int:
    """Write one file, never more than it said; the bytes of all so far."""
    target = part / entry.path
    target.parent.mkdir(parents=True, exist_ok=True)
    left = entry.size
    with entry.open() as source, target.open("xb") as stream:
        while block := source.read(_BLOCK):
            left -= len(block)
            if left < 0:  # a bomb says that it is small
                raise UserError(f"{entry.path.name} is larger than it says.", _NOTHING, _AGAIN)
            stream.write(block)
            done += len(block)
            progress.advance(done)
        stream.flush()
        os.fsync(stream.fileno())
    return done


def _free_name(folder: Path, wanted: str) -> Path:
    """A folder that is not there yet, called as wanted or with a number behind it."""
    plain = re.sub(r"[^\w .+-]", "-", wanted).strip(" .-")[:80] or "model"
    if _RESERVED.fullmatch(plain):
        plain = f"model {plain}"
    target, number = folder / plain, 2
    while target.exists():
        target = folder / f"{plain} {number}"
        number += 1
    return target


def _renamed(text: str, part: Path, target: Path) -> str:
    return text.replace(str(part), target.name)
