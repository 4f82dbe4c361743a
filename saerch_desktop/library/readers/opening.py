"""Which reader fits a file, by what is in it first and by its name second."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from saerch_desktop import files
from saerch_desktop.library.readers.base import Reader, cannot_read, readable_error
from saerch_desktop.library.readers.delimited import DelimitedReader, looks_delimited
from saerch_desktop.library.readers.folder import FolderReader
from saerch_desktop.library.readers.json_array import WRAPPED_LIST, JsonArrayReader
from saerch_desktop.library.readers.json_lines import JsonLinesReader
from saerch_desktop.library.readers.parquet import ParquetReader
from saerch_desktop.library.readers.text import beginning, beginning_text, is_binary

_JSON = (".json", ".jsonl", ".ndjson", ".jsonlines")
_DELIMITED = (".csv", ".tsv", ".tab")


def open_reader(path: Path) -> Reader:
    """The reader for a file or folder. UserError when it is missing, empty or of no known kind."""
    path = Path(path)
    try:
        if path.is_dir():
            return FolderReader(path)
        if not path.exists():
            raise cannot_read(path, "there is no such file")
        if not path.is_file():
            raise cannot_read(path, "it is not an ordinary file but a pipe or a device")
        if path.stat().st_size == 0:
            raise cannot_read(path, "the file is empty")
        return _file_reader(path)
    except OSError as error:
        raise cannot_read(path, readable_error(error)) from error


def source_fingerprint(path: Path) -> str:
    """A quick hash that changes with the source; for a folder, from its files' names, sizes and times."""
    if not path.is_dir():
        return files.fingerprint(path)
    digest = hashlib.sha256()
    for file in FolderReader(path).files:
        facts = file.stat()
        name = os.fsencode(file.relative_to(path).as_posix())  # names need not be valid text
        digest.update(name + f"\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _file_reader(path: Path) -> Reader:
    name = path.name.lower().removesuffix(".gz")
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic == b"PAR1":
        return ParquetReader(path)
    if magic.startswith(b"PK"):
        raise cannot_read(path, "it is an archive or an Excel workbook; save it as CSV first")
    head = beginning(path)
    if name.endswith((".parquet", ".pq")):
        raise cannot_read(path, "it is not a Parquet file, whatever its name says")
    if not head and magic[:2] == b"\x1f\x8b":
        raise cannot_read(path, "the compressed file is empty or damaged")
    if is_binary(head):
        raise cannot_read(path, "it is not a text file")
    text = beginning_text(path).lstrip()
    if not text:
        raise cannot_read(path, "the file is empty")
    if name.endswith(_DELIMITED):
        return DelimitedReader(path)
    if name.endswith(_JSON) or text[0] in "{[":
        return _json_reader(path, text)
    if looks_delimited(text):
        return DelimitedReader(path)
    raise cannot_read(path, "its kind is not known; one document per file belongs into a folder")


def _json_reader(path: Path, text: str) -> Reader:
    lines = text.splitlines()
    whole_lines = lines[: max(1, len(lines) - 1)][:20]
    if text[0] == "[" and not (len(whole_lines) > 1 and all(_is_json(line) for line in whole_lines)):
        return JsonArrayReader(path)
    if WRAPPED_LIST.match(text) and not any(_is_json(line) for line in whole_lines):
        return JsonArrayReader(path)
    return JsonLinesReader(path)


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False
