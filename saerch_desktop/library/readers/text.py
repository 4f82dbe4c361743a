"""Lines of a text file, whatever its encoding, compressed or not."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from saerch_desktop.errors import UserError
from saerch_desktop.library.readers.base import cannot_read, readable_error

FALLBACK = "cp1252"
_GZIP = b"\x1f\x8b"
_SNIFF = 1 << 16
# A line may be huge, but a compressed file of nothing but zeros must not fill the memory.
_MAX_LINE = 512 << 20
_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class TextLines:
    """Iterates over the lines of `path` as text, line ends kept.

    A line that is not valid UTF-8 is read as Windows-1252 and counted in `fallbacks`. `broken` tells why
    the file ended early (a damaged archive, a failing disk), None when it did not. `done` counts bytes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fallbacks = 0
        self.broken: str | None = None
        self.done = 0
        try:
            self.total = path.stat().st_size
            head = beginning(path)
        except OSError as error:
            raise cannot_read(path, readable_error(error)) from error
        self.encoding = guess_encoding(head)
        self._classic_mac = b"\r" in head and b"\n" not in head

    def __iter__(self) -> Iterator[str]:
        self.fallbacks, self.broken, self.done = 0, None, 0
        try:
            with self.path.open("rb") as raw:
                stream = _decompressed(raw)
                lines = self._tolerant(stream) if self.encoding.startswith("utf-8") else self._decoded(stream)
                for line in lines:
                    self.done = raw.tell()
                    yield line
                self.done = self.total
        except (EOFError, OSError, zlib.error) as error:
            self.broken = readable_error(error)

    def chunks(self) -> Iterator[str]:
        """The same text in pieces of about a megabyte, wherever its lines end."""
        self.fallbacks, self.broken, self.done = 0, None, 0
        try:
            with self.path.open("rb") as raw:
                stream = _decompressed(raw)
                decoder = codecs.getincrementaldecoder(self.encoding)("strict")
                while block := stream.read(_CHUNK):
                    self.done = raw.tell()
                    held = decoder.getstate()[0]
                    try:
                        yield decoder.decode(block)
                    except UnicodeDecodeError:
                        self.fallbacks += 1
                        decoder.reset()
                        yield (held + block).decode(FALLBACK, "replace")
                self.done = self.total
        except (EOFError, OSError, zlib.error) as error:
            self.broken = readable_error(error)

    def _tolerant(self, stream: IO[bytes]) -> Iterator[str]:
        first = True
        while line := stream.readline(_MAX_LINE):
            self._check_length(len(line))
            if first and line.startswith(codecs.BOM_UTF8):
                line = line[len(codecs.BOM_UTF8) :]
            first = False
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError:
                self.fallbacks += 1
                text = line.decode(FALLBACK, "replace")
            # Files of old Macs end lines with a carriage return only, and so come as one.
            yield from io.StringIO(text, newline="") if self._classic_mac else (text,)

    def _decoded(self, stream: IO[bytes]) -> Iterator[str]:
        with io.TextIOWrapper(stream, encoding=self.encoding, errors="replace", newline="") as text:
            while line := text.readline(_MAX_LINE):
                self._check_length(len(line))
                yield line

    def _check_length(self, length: int) -> None:
        if length >= _MAX_LINE:
            raise UserError(
                f"{self.path.name} has a line longer than {_MAX_LINE >> 20} MB.",
                "Such a line is not a document, so the import stopped.",
                "Check that the file is what you think it is, and split it into lines.",
            )


def beginning(path: Path) -> bytes:
    """The first 64 KiB of the text in a file, decompressed when it is gzipped (as much as can be)."""
    with path.open("rb") as raw:
        try:
            return _decompressed(raw).read(_SNIFF)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return b""


def beginning_text(path: Path) -> str:
    """The first 64 KiB of a file as text; a character cut at the end is dropped."""
    head = beginning(path)
    encoding = guess_encoding(head)
    if not encoding.startswith("utf-8"):
        return head.decode(encoding, "replace")
    head = head.removeprefix(codecs.BOM_UTF8)
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return head.decode(FALLBACK, "replace")


def guess_encoding(head: bytes) -> str:
    """From the byte order mark, or from where the zero bytes stand; UTF-8 otherwise."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    sample = head[:4096]
    for name, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        if (
            len(zeros) >= 4
            and zeros.count(0) > 0.3 * len(zeros)
            and _is_prose(sample.decode(name, "replace"))
        ):
            return name
    return "utf-8"


def is_binary(head: bytes) -> bool:
    """Whether these are surely not the first bytes of a text."""
    return guess_encoding(head) == "utf-8" and head.count(0) > 0.01 * len(head)


def _is_prose(text: str) -> bool:
    return sum(letter.isprintable() or letter.isspace() for letter in text) >= 0.95 * len(text)


def _decompressed(raw: IO[bytes]) -> IO[bytes]:
    magic = raw.read(2)
    raw.seek(0)
    if magic == _GZIP:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb"))
    return raw
