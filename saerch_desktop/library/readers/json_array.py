"""A JSON file that is one array of objects (or an object around one), read piece by piece."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from saerch_desktop.library.readers.base import Record, cannot_read, readable_error
from saerch_desktop.library.readers.text_reader import TextReader

_CHUNK = 1 << 20
_SEPARATORS = re.compile(r"[\s,]*")
# `{"data": [ …`: names that people give to the one list in a file.
WRAPPED_LIST = re.compile(r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\[')
_NEXT_OBJECT = re.compile(r"\}\s*,\s*(?=\{)")
# A parser that gave up this close to the end of what was read may only need more of the file.
_NEAR_END = 16


class JsonArrayReader(TextReader):
    """Elements of a JSON array as records. What cannot be read is skipped up to the next object."""

    format = "JSON"

    def parse(self) -> Iterator[Record]:
        text = _Buffer(self.lines.chunks())
        opening = WRAPPED_LIST.match(text.rest) if text.fill(_CHUNK).lstrip().startswith("{") else None
        if opening is not None:
            text.drop(opening.end())
        elif text.rest.lstrip().startswith("["):
            text.drop(text.rest.index("[") + 1)
        else:
            raise cannot_read(self.path, "it holds no list of objects")
        number = 0
        while (record := _next(text, number)) is not None:
            yield record
            number += 1


class _Buffer:
    """Text read ahead of the parser; `at` is where the parser stands."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self.text = ""
        self.at = 0
        self.ended = False

    @property
    def rest(self) -> str:
        return self.text[self.at :]

    def fill(self, letters: int) -> str:
        """Read at least `letters` more, or to the file's end; what is parsed already is forgotten."""
        parts = [self.rest]
        while letters > 0 and not self.ended:
            piece = next(self._pieces, None)
            if piece is None:
                self.ended = True
            else:
                parts.append(piece)
                letters -= len(piece)
        self.text, self.at = "".join(parts), 0
        return self.text

    def drop(self, letters: int) -> None:
        self.at += letters

    def skip_separators(self) -> None:
        found = _SEPARATORS.match(self.text, self.at)
        self.at = found.end() if found else self.at


_decoder = json.JSONDecoder()


def _next(text: _Buffer, number: int) -> Record | None:
    wanted = _CHUNK
    while True:
        text.skip_separators()
        if text.at >= len(text.text):
            if text.ended:
                return None
            text.fill(_CHUNK)
            continue
        if text.text[text.at] == "]":
            return None
        try:
            value, end = _decoder.raw_decode(text.text, text.at)
        except json.JSONDecodeError as error:
            unfinished = error.msg.startswith("Unterminated") or error.pos >= len(text.text) - _NEAR_END
            if unfinished and not text.ended:
                # Twice as much each time, so that one huge element costs a few attempts and not thousands.
                wanted = max(wanted, 2 * len(text.rest))
                text.fill(wanted)
                continue
            return _skip(text, number, max(error.pos, text.at), readable_error(error))
        except (ValueError, RecursionError) as error:
            return _skip(text, number, text.at, readable_error(error))
        text.at = end
        if not isinstance(value, dict):
            return Record(number, None, "bad JSON", f"expected an object, found {type(value).__name__}")
        return Record(number, value)


def _skip(text: _Buffer, number: int, start: int, reason: str) -> Record:
    text.at = start
    while (found := _NEXT_OBJECT.search(text.text, text.at)) is None and not text.ended:
        text.at = max(text.at, len(text.text) - 1)
        text.fill(_CHUNK)
    text.at = found.end() if found else len(text.text)
    return Record(number, None, "bad JSON", reason)
