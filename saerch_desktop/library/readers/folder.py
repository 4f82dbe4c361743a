"""A folder of .txt and .md files, one document each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from saerch_desktop.library.readers.base import Reader, Record, cannot_read, readable_error
from saerch_desktop.library.readers.text import TextLines, beginning, is_binary
from saerch_desktop.library.readers.text_reader import ENCODING_NOTE
from saerch_desktop.progress import Progress

SUFFIXES = (".txt", ".md", ".markdown", ".text")
_LONGEST_TITLE = 120
_LARGEST_FILE = 512 << 20


class FolderReader(Reader):
    """Files of a folder and its subfolders in the order of their paths, except hidden ones, links, pipes."""

    format = "folder"
    unit = "files"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.files = sorted(_texts(path), key=lambda file: file.relative_to(path).as_posix())
        if not self.files:
            raise cannot_read(path, "the folder has no .txt or .md files")
        self.total = len(self.files)

    def records(self) -> Iterator[Record]:
        for number, file in enumerate(self.files):
            self.done = number
            try:
                yield self._record(number, file)
            except OSError as error:
                yield Record(number, None, "unreadable file", f"{file.name}: {readable_error(error)}")
        self.done = len(self.files)

    def count(self, progress: Progress) -> int:
        progress.check()
        return len(self.files)

    def _record(self, number: int, file: Path) -> Record:
        name = file.relative_to(self.path).as_posix()
        if file.stat().st_size > _LARGEST_FILE:
            return Record(number, None, "unreadable file", f"{name} is larger than {_LARGEST_FILE >> 20} MB")
        if is_binary(beginning(file)):
            return Record(number, None, "unreadable file", f"{name} is not a text")
        lines = TextLines(file)
        content = "".join(lines)
        if lines.broken is not None:
            return Record(number, None, "unreadable file", f"{name}: {lines.broken}")
        title, text = titled(content, file.stem)
        fields = {"path": name, "title": title, "text": text, "folder": str(Path(name).parent.as_posix())}
        if fields["folder"] == ".":
            del fields["folder"]
        if lines.fallbacks:
            return Record(number, fields, "encoding", ENCODING_NOTE)
        return Record(number, fields)


def titled(content: str, name: str) -> tuple[str, str]:
    """The title (a heading, or a short first line that stands alone, else the file's name) and the text."""
    text = content.strip()
    first, _, rest = text.partition("\n")
    first, rest = first.strip(), rest.lstrip("\r")
    heading = first.startswith("#")
    plain = first.lstrip("# ").strip()
    alone = not rest or rest.startswith(("\n", "\r\n"))
    if rest.strip() and plain and len(plain) <= _LONGEST_TITLE and (heading or alone):
        return plain, rest.strip()
    return name, text


def _texts(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if not name.lower().endswith(SUFFIXES) or name.startswith("."):
                continue
            # A pipe or a device may be named like a text, and reading it would wait for ever.
            if path.is_file() and not path.is_symlink():
                yield path
