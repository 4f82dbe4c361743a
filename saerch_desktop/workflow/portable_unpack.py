"""A packed library, whoever made it, becomes a folder again: whole and as it was packed, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.library import manifest as layout
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.portable import BLOCK, FORMAT, LISTING, VERSION, arriving, free_name

_MOST: Final = 100_000  # files
_LARGEST_LISTING: Final = 64 << 20
_ROOM_LEFT: Final = 64 << 20  # bytes that stay free on the disk
_SWELLS: Final = 200  # times its packed size: more than any library, and what a bomb does
_HARMLESS: Final = 256 << 20  # bytes up to which swelling is no harm
_DEEPEST: Final = 8
_PART: Final = re.compile(r"[^\x00-\x1f\x7f<>:\"/\\|?*]{1,200}")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class _Plan:
    """entries: what to write, by its place in the library. digests: SHA-256 of each, where they are known."""

    name: str
    entries: dict[str, zipfile.ZipInfo]
    digests: dict[str, str]


def unpack(package: Path, folder: Path, progress: Progress) -> Path:
    """Make a library in `folder` of a packed one; its path, with a number where the name is taken.

    Nothing is written outside a new folder, which gets its name last. Raises UserError (no such file,
    damaged, hostile, full disk, newer version), Cancelled.
    """
    try:
        files.require_ordinary(package)
        with zipfile.ZipFile(package) as opened:
            plan = _planned(opened, package)
            _require_room(plan, folder)
            target = free_name(folder.absolute(), plan.name)
            with arriving(target) as place:
                _written(opened, plan, place, progress)
                layout.read_manifest(place)
                Library.open(place).close()
            return target
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise _unfit(package, "it is no zip file, or damaged") from error
    except OSError as error:
        raise UserError(
            f"{package.name} cannot be read: {error.strerror or error}.",
            "Nothing was unpacked.",
            "Check that the file is there and that you may read it.",
        ) from error


def _planned(opened: zipfile.ZipFile, package: Path) -> _Plan:
    """What is in the file, all of it judged before any of it is written."""
    if len(opened.infolist()) > _MOST:
        raise _unfit(package, "it holds too many files")
    root = _root_of(opened, package)
    entries: dict[str, zipfile.ZipInfo] = {}
    folded: set[str] = set()
    for entry in opened.infolist():
        if entry.is_dir() or entry.filename == LISTING:
            continue
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or entry.flag_bits & 1 or entry.compress_type not in _METHODS:
            raise _unfit(package, "it holds links, or files that are locked or packed in unknown ways")
        name = _place(entry, root, package)
        if name.casefold() in folded:
            raise _unfit(package, "two of its files have one name")
        folded.add(name.casefold())
        entries[name] = entry
    whole, packed = sum(e.file_size for e in entries.values()), sum(e.compress_size for e in entries.values())
    if whole > _HARMLESS and whole > _SWELLS * max(packed, 1):
        raise _unfit(package, "it would swell to far more than any library is packed to")
    name = root.rstrip("/").rpartition("/")[2] or package.name.removesuffix(".zip").removesuffix(".saerch")
    if not layout.is_safe_name(name.removesuffix(".saerch")):
        name = "Unpacked"
    return _Plan(name, entries, _digests(opened, package, entries))


def _root_of(opened: zipfile.ZipFile, package: Path) -> str:
    """The folder in the file that is the library: that of the one manifest, with a / at its end, or ""."""
    ends = [name for name in opened.namelist() if name.rpartition("/")[2] == layout.MANIFEST_FILE]
    if not ends:
        raise _unfit(package, f"there is no {layout.MANIFEST_FILE} in it, so it holds no library")
    shortest = min(ends, key=lambda name: name.count("/"))
    return shortest.removesuffix(layout.MANIFEST_FILE)


def _place(entry: zipfile.ZipInfo, root: str, package: Path) -> str:
    """Where the entry goes inside the library; nowhere else."""
    name = entry.orig_filename
    if not name.startswith(root):
        raise _unfit(package, "it holds files outside the library")
    parts = name.removeprefix(root).split("/")
    good = len(parts) <= _DEEPEST and all(
        _PART.fullmatch(part)
        and part not in (".", "..")
        and not _RESERVED.fullmatch(part)
        and not part.endswith((" ", "."))
        for part in parts
    )
    if not good:
        raise _unfit(package, "it holds files with names that no library has")
    return "/".join(parts)


def _digests(opened: zipfile.ZipFile, package: Path, entries: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """What the listing says of each file; nothing where a file was packed by hand and has no listing."""
    if LISTING not in opened.namelist():
        return {}
    entry = opened.getinfo(LISTING)
    if entry.file_size > _LARGEST_LISTING:
        raise _unfit(package, "its listing is far too large")
    try:
        with opened.open(entry) as stream:
            listing = json.loads(stream.read(_LARGEST_LISTING))
        if (
            listing["format"] == FORMAT
            and isinstance(listing["version"], int)
            and listing["version"] > VERSION
        ):
            raise UserError(
                f"{package.name} was packed by a newer version of SAErch Desktop.",
                "Nothing was unpacked.",
                "Update SAErch Desktop and unpack it again.",
            )
        digests = {str(name): str(about["sha256"]) for name, about in listing["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unfit(package, "its listing makes no sense") from error
    if digests.keys() != entries.keys():
        raise _unfit(package, "files are missing from it, or were added")
    return digests


def _require_room(plan: _Plan, folder: Path) -> None:
    needed = sum(entry.file_size for entry in plan.entries.values())
    present = folder
    while not present.exists() and present != present.parent:
        present = present.parent
    free = shutil.disk_usage(present).free
    if needed + _ROOM_LEFT > free:
        raise UserError(
            f"The library needs {needed / 1e6:,.0f} MB; {free / 1e6:,.0f} MB are free in {folder}.",
            "Nothing was unpacked.",
            "Free some space, or choose another folder.",
        )


def _written(opened: zipfile.ZipFile, plan: _Plan, place: Path, progress: Progress) -> None:
    progress.begin("Unpacking", sum(entry.file_size for entry in plan.entries.values()), "bytes")
    done = 0
    for name, entry in plan.entries.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with opened.open(entry) as source, path.open("xb") as sink:
            while block := source.read(BLOCK):
                size += len(block)
                if size > entry.file_size:  # it was measured by what it said
                    raise zipfile.BadZipFile(name)
                sink.write(block)
                digest.update(block)
                progress.advance(done + size, name)
            sink.flush()
            os.fsync(sink.fileno())
        if size != entry.file_size or (plan.digests and digest.hexdigest() != plan.digests[name]):
            raise UserError(
                f"{name} in the packed library is damaged.",
                "Nothing was unpacked.",
                "Have the library packed and sent again.",
            )
        done += size


def _unfit(package: Path, why: str) -> UserError:
    return UserError(
        f"{package.name} cannot be unpacked: {why}.",
        "Nothing was unpacked.",
        "Choose a file that was made by packing a library, or have it packed and sent again.",
    )


def packed_name(library: Path) -> str:
    """What a packed library is called."""
    return f"{library.name.removesuffix('.saerch')}.saerch.zip"
