"""`library.json`: what a library holds, which embedder made its vectors, the hashes its files must have."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.library import upgrade

SCHEMA_VERSION = 2
FORMAT: Final = "saerch-library"
MANIFEST_FILE = "library.json"
DOCUMENTS_FILE = "documents.sqlite"
VECTORS_FILE = "vectors.npy"
PARTIAL_FILE = "vectors.partial.npy"
PARTIAL_STATE_FILE = "vectors.partial.json"
LOCK_FILE = "writer.lock"
WRITER_FILE = "writer.json"  # who holds it
INDEX_FOLDER = "index"
SAES_FOLDER = "saes"
MANIFEST_STATE = "manifest"  # the copy in the database

_MAX_MANIFEST_BYTES = 256 << 20
_SAE_NAME = re.compile(r"[^\W_][\w .+\-]{0,63}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Damaged(UserError):
    """A file without which a library cannot be opened is missing or makes no sense."""


def is_safe_name(name: str) -> bool:
    """Whether `name` may name a folder or file inside a library on every system: one part, no tricks."""
    return bool(_SAE_NAME.fullmatch(name)) and not name.endswith((" ", ".")) and not _RESERVED.fullmatch(name)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class EmbedderIdentity(_Frozen):
    """Who made the vectors. `fingerprint` is a hash of the weights where they are known, else empty."""

    kind: Literal["minilm", "folder", "openai", "given"]
    name: str
    dim: int = Field(gt=0)
    fingerprint: str = ""

    @property
    def spec(self) -> str:
        """How a command line names it: `minilm`, `folder:PATH`, `openai:MODEL` or `given:NAME`."""
        return "minilm" if self.kind == "minilm" else f"{self.kind}:{self.name}"

    def same_as(self, other: EmbedderIdentity) -> bool:
        """Whether vectors of both may be mixed. A model folder may move: its weights' hash decides."""
        if self.kind != other.kind or self.dim != other.dim:
            return False
        if self.fingerprint and other.fingerprint:
            same_name = self.kind == "folder" or self.name == other.name
            return same_name and self.fingerprint == other.fingerprint
        return self.name == other.name


class VectorsRecord(_Frozen):
    """`vectors.npy`: shape (rows, dim), dtype float16 or float32; `missing` are the rows that hold NaN."""

    rows: int = Field(ge=0)
    dim: int = Field(gt=0)
    dtype: Literal["float16", "float32"]
    embedder: EmbedderIdentity
    sha256: str
    fingerprint: str
    missing: list[int] = []


class FileRecord(_Frozen):
    """Size and hashes that a file must have; `fingerprint` is the quick one of `files.fingerprint`."""

    sha256: str
    bytes: int = Field(ge=0)
    fingerprint: str = ""

    @classmethod
    def of(cls, path: Path) -> FileRecord:
        """Read the file at `path` whole."""
        return cls(sha256=files.sha256(path), bytes=path.stat().st_size, fingerprint=files.fingerprint(path))

    def complaint(self, path: Path) -> str | None:
        """What is wrong with the file at a glance (missing, shorter, changed), or None."""
        if not path.is_file():
            return f"{path.name} is missing"
        size = path.stat().st_size
        if size != self.bytes:
            return f"{path.name} has {size:,} bytes instead of {self.bytes:,}"
        if self.fingerprint and files.fingerprint(path) != self.fingerprint:
            return f"{path.name} has changed since it was written"
        return None


class SaeRecord(_Frozen):
    """One trained SAE. `files` maps plain names inside `saes/NAME/` to what they must be.

    `vectors` is the fingerprint of the vectors it was trained on, empty when unknown. `width`: columns of its
    codes, None when there are k of them.
    """

    name: str
    features: int = Field(gt=0)
    k: int = Field(gt=0)
    width: int | None = Field(default=None, gt=0)
    files: dict[str, FileRecord] = {}
    vectors: str = ""

    @property
    def code_width(self) -> int:
        """The most features that a document can have active: columns of the codes."""
        return self.width or self.k

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not is_safe_name(name):
            raise ValueError(f"{name!r} cannot name an SAE")
        return name

    @field_validator("files")
    @classmethod
    def _plain_files(cls, value: dict[str, FileRecord]) -> dict[str, FileRecord]:
        for name in value:
            parts = PurePosixPath(name).parts
            if len(parts) != 1 or parts[0] == ".." or "\\" in name or ":" in name:
                raise ValueError(f"{name!r} is not a file of the SAE's own folder")
        return value


class Manifest(_Frozen):
    """The whole of `library.json`."""

    format: Literal["saerch-library"] = FORMAT
    schema_version: int = SCHEMA_VERSION
    name: str
    created: str
    id: str = Field(default="", pattern=r"^[0-9a-f]{0,64}$")  # of this library and of all its copies
    documents: int = Field(default=0, ge=0)
    source: str = ""
    vectors: VectorsRecord | None = None
    saes: dict[str, SaeRecord] = {}

    @field_validator("saes")
    @classmethod
    def _keys_are_names(cls, value: dict[str, SaeRecord]) -> dict[str, SaeRecord]:
        if any(key != record.name for key, record in value.items()):
            raise ValueError("an SAE is listed under another name than its own")
        return value

    def to_bytes(self) -> bytes:
        return (self.model_dump_json(indent=2) + "\n").encode()


def read_manifest(folder: Path) -> Manifest:
    """Read and check `library.json`. UserError: not a library, damaged, or from a newer program."""
    path = folder / MANIFEST_FILE
    try:
        _require_library(folder)
        data = files.read_small(path, _MAX_MANIFEST_BYTES)
    except ValueError as error:
        raise _damaged(f"{MANIFEST_FILE} of {folder.name} is far too large.") from error
    except OSError as error:
        raise UserError(
            f"{MANIFEST_FILE} of {folder.name} cannot be read: {error.strerror or error}.",
            "Nothing was changed.",
            "Check that you may read the folder and that its disk is connected.",
        ) from error
    return parse_manifest(data, folder.name)


def _require_library(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(
            f"There is no library at {folder}.", "Nothing was read.", "Choose a folder that ends in .saerch."
        )
    if (folder / MANIFEST_FILE).is_file():
        return
    if (folder / DOCUMENTS_FILE).is_file():
        raise _damaged(f"{MANIFEST_FILE} is missing from {folder.name}.")
    raise UserError(
        f"{folder} is not a library: it has no {MANIFEST_FILE}.",
        "Nothing in it was read or changed.",
        "Choose another folder, or make a library by importing a file.",
    )


def parse_manifest(data: bytes, library: str) -> Manifest:
    """Check the bytes of a `library.json`; `library` is the name for messages."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _damaged(f"{MANIFEST_FILE} of {library} is damaged.") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise UserError(
            f"{MANIFEST_FILE} of {library} does not describe a SAErch library.",
            "Nothing was read or changed.",
            "Choose another folder.",
        )
    version = raw.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise UserError(
            f"{library} was made by a newer version of SAErch Desktop"
            f" (format {version}; this one knows {SCHEMA_VERSION}).",
            "Nothing was changed, so that the newer version can still open it.",
            "Update SAErch Desktop and open the library again.",
        )
    try:
        return Manifest.model_validate(upgrade.upgraded(raw, SCHEMA_VERSION))
    except ValueError as error:
        if not isinstance(error, ValidationError):
            raise _damaged(f"{MANIFEST_FILE} of {library} is damaged (schema_version).") from error
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "its contents"
        raise _damaged(f"{MANIFEST_FILE} of {library} is damaged ({where}).") from error


def bring_up_to_date(folder: Path) -> None:
    """Write the description of an older version anew, as this one has it; the former stays beside it.

    For the holder of the writer's lock. UserError as `read_manifest`, full disk, read-only folder.
    """
    manifest = read_manifest(folder)
    if upgrade.keep_former(folder / MANIFEST_FILE, SCHEMA_VERSION) is not None:
        write_manifest(folder, manifest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    files.write_bytes(folder / MANIFEST_FILE, manifest.to_bytes())


def describe_mismatch(have: EmbedderIdentity, wanted: EmbedderIdentity) -> UserError:
    """The refusal to mix vectors of two embedders."""
    return UserError(
        f"This library's vectors come from {have.spec} ({have.dim} dimensions),"
        f" not from {wanted.spec} ({wanted.dim}).",
        "Vectors of different embedders cannot be compared, so nothing was changed.",
        f"Use {have.spec}, or import the documents into a new library for {wanted.spec}.",
    )


def _damaged(happened: str) -> Damaged:
    return Damaged(
        happened,
        "The documents and vectors beside it are probably intact, but cannot be used without it.",
        "Run `saerch-desktop check --repair` on the library, or restore the file from a backup.",
    )
