"""What a language model has answered so far, line by line beside the SAE: nothing is paid for twice.

Lines are only ever added. A line that a killed program left half written is passed over when it is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import filelock
from pydantic import ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.label import Label
from saerch_desktop.features.llm.prompts import Messages

JOURNAL_FILE: Final = "labels_llm.journal.jsonl"
_LOCK_FILE: Final = "labels_llm.lock"
_LONGEST_LINE: Final = 1 << 20
_LARGEST_FILE: Final = 2 << 30


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that could be used. seconds: how long it took; kind: "name" or "test"."""

    text: str
    tokens_in: int
    tokens_out: int
    seconds: float
    kind: str
    model: str


class Journal:
    """The journal of one SAE. Open with `with` to write: one program at a time. Safe from several threads."""

    def __init__(self, folder: Path, name: str = JOURNAL_FILE, lock: str = _LOCK_FILE) -> None:
        """Reads what is there. UserError when the file cannot be read at all."""
        self._folder = folder
        self._path = folder / name
        self._answers: dict[str, Answer] = {}
        self._labels: dict[str, dict[int, Label]] = {}
        self._guard = threading.Lock()
        self._stream: IO[bytes] | None = None
        self._lock = filelock.FileLock(folder / lock, timeout=0)
        self._read()

    def __enter__(self) -> Self:
        try:
            self._lock.acquire()
        except filelock.Timeout as error:
            raise UserError(
                f"The features of “{self._folder.name}” are being named by another program.",
                "Nothing was sent.",
                "Wait until it is done, or stop it; its names are kept.",
            ) from error
        except OSError as error:
            raise files.explain_os_error(error, self._path) from error
        try:
            self._read()  # what another program added before we got the lock
            self._stream = self._path.open("ab")
            if self._stream.tell() and not self._ends_whole():
                self._stream.write(b"\n")
        except OSError as error:
            self._lock.release()
            raise files.explain_os_error(error, self._path) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._lock.release()

    def answer(self, key: str) -> Answer | None:
        """What was answered to the request of this key."""
        with self._guard:
            return self._answers.get(key)

    def answers(self) -> list[Answer]:
        with self._guard:
            return list(self._answers.values())

    def labels(self, run: str) -> dict[int, Label]:
        """Features that were named and tested under the same terms, by feature."""
        with self._guard:
            return dict(self._labels.get(run, {}))

    def keep_answer(self, key: str, answer: Answer) -> None:
        """Add an answer. UserError when the disk is full."""
        with self._guard:
            self._answers[key] = answer
            self._add(
                {
                    "answer": key,
                    "text": answer.text,
                    "in": answer.tokens_in,
                    "out": answer.tokens_out,
                    "seconds": round(answer.seconds, 3),
                    "kind": answer.kind,
                    "model": answer.model,
                }
            )

    def keep_label(self, run: str, label: Label) -> None:
        """Add a feature that is done. UserError when the disk is full."""
        with self._guard:
            self._labels.setdefault(run, {})[label.feature] = label
            self._add({"run": run, "label": label.model_dump(mode="json", exclude_defaults=True)})

    def keep_failure(self, run: str, feature: int, reason: str) -> None:
        """Add that a feature could not be named; it will be tried again."""
        with self._guard:
            self._add({"run": run, "failed": feature, "reason": reason})

    def _add(self, line: dict[str, Any]) -> None:
        assert self._stream is not None, "the journal is open for writing"
        try:
            self._stream.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise files.explain_os_error(error, self._path) from error

    def _ends_whole(self) -> bool:
        with self._path.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read(1) == b"\n"

    def _read(self) -> None:
        try:
            if not self._path.exists():
                return
            if not self._path.is_file() or self._path.stat().st_size > _LARGEST_FILE:
                raise OSError("not a journal")
            with self._path.open("rb") as stream:
                while line := stream.readline(_LONGEST_LINE):
                    self._take(line)
        except OSError as error:
            raise UserError(
                f"The journal of what was named cannot be read ({self._path.name}).",
                "Nothing was sent; names made before are kept in their own file.",
                "Check the file, or move it away: then what it knows is asked for again.",
            ) from error

    def _take(self, line: bytes) -> None:
        """Believe one line as far as it makes sense."""
        try:
            said = json.loads(line)
            if "answer" in said:
                answer = Answer(
                    text=str(said["text"]),
                    tokens_in=int(said["in"]),
                    tokens_out=int(said["out"]),
                    seconds=float(said["seconds"]),
                    kind=str(said["kind"]),
                    model=str(said["model"]),
                )
                self._answers[str(said["answer"])] = answer
            elif "label" in said:
                label = Label.model_validate(said["label"])
                self._labels.setdefault(str(said["run"]), {})[label.feature] = label
        except (ValueError, TypeError, KeyError, ValidationError, RecursionError, OverflowError):
            return


def request_key(base_url: str, model: str, messages: Messages) -> str:
    """Stands for a question to a model, whatever settings go with it."""
    return _hash([base_url, model, messages])


def run_key(**terms: Any) -> str:
    """Stands for the terms under which features are named: SAE, prompts, models, protocol."""
    return _hash(terms)[:16]


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
