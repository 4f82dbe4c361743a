"""Stand-ins for tests of the window: dialogs that answer from a list, and the smallest library there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtWidgets import QWidget

from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.library.roles import Roles
from saerch_desktop.library.vectors_writer import VectorsWriter
from saerch_desktop.progress import Progress
from saerch_desktop.ui.confirm_dialog import Question
from saerch_desktop.ui.decide_dialog import Answer, Decision
from saerch_desktop.ui.send_dialog import Sending

TOPICS = ("stars", "planets", "galaxies", "dust")


class FakeDialogs:
    """Records what was asked and gives the prepared answers, one after the other."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answers: list[Any] = []
        self.questions: list[Question] = []
        self.decisions: list[Decision] = []
        self.suggested: list[str] = []
        self.offered: list[str] = []
        self.texts: list[str] = []
        self.sendings: list[Sending] = []

    def _answer(self, kind: str, title: str) -> Any:
        self.asked.append((kind, title))
        return self.answers.pop(0) if self.answers else None

    def open_file(self, parent: QWidget, title: str, folder: Path, filters: str) -> Path | None:
        return self._answer("open_file", title)

    def save_file(self, parent: QWidget, title: str, suggested: Path, filters: str) -> Path | None:
        self.suggested.append(str(suggested))
        return self._answer("save_file", title)

    def open_folder(self, parent: QWidget, title: str, folder: Path) -> Path | None:
        return self._answer("open_folder", title)

    def ask(self, parent: QWidget, title: str, text: str, yes: str, no: str) -> bool:
        return bool(self._answer("ask", title))

    def choose(self, parent: QWidget, title: str, text: str, options: list[str]) -> str | None:
        answer = self._answer("choose", title)
        return options[answer] if isinstance(answer, int) else answer

    def pick(self, parent: QWidget, title: str, text: str, options: list[str]) -> str | None:
        self.offered = list(options)
        return self._answer("pick", title)

    def confirm(self, parent: QWidget, question: Question) -> bool:
        self.questions.append(question)
        return bool(self._answer("confirm", question.title))

    def decide(self, parent: QWidget, decision: Decision) -> Answer | None:
        """Without a prepared answer the last choice is taken: a test's window closes at its end."""
        self.decisions.append(decision)
        answer = self._answer("decide", decision.title) if self.answers else decision.choices[-1][0]
        return Answer(answer) if isinstance(answer, str) else answer

    def text(self, parent: QWidget, title: str, text: str, suggested: str, yes: str = "OK") -> str | None:
        self.suggested.append(suggested)
        self.texts.append(text)
        return self._answer("text", title)

    def number(self, parent: QWidget, title: str, text: str, suggested: int) -> int | None:
        return self._answer("number", title)

    def tell(self, parent: QWidget, title: str, text: str) -> None:
        self._answer("tell", title)
        self.texts.append(text)

    def send(self, parent: QWidget, sending: Sending) -> bool:
        self.sendings.append(sending)
        return bool(self._answer("send", sending.host))


def records(count: int) -> list[dict[str, str]]:
    """Documents about four topics, told apart by their words."""
    made = []
    for number in range(count):
        topic = TOPICS[number % len(TOPICS)]
        text = f"Observation {number} of {topic}: the light of {topic} was measured {number % 7 + 1} times."
        made.append({"id": f"d{number}", "title": f"On {topic}, part {number}", "text": text, "topic": topic})
    return made


def words_library(path: Path, count: int = 24) -> Path:
    """A library without vectors."""
    import_records(
        records(count),
        path,
        roles=Roles("id", "title", ("text",), None, ("topic",)),
        source="made for a test",
        progress=Progress(),
    )
    return path


def vectors_library(path: Path, count: int = 240, dim: int = 16) -> Path:
    """The same with given vectors: each topic has its direction. No query can be embedded."""
    words_library(path, count)
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(len(TOPICS), dim))
    vectors = np.stack([centres[n % len(TOPICS)] + 0.5 * rng.normal(size=dim) for n in range(count)])
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    identity = EmbedderIdentity(kind="given", name="test vectors", dim=dim)
    with Library.open(path, write=True) as library:
        writer = VectorsWriter.open_partial(library, count, dim, "float32", identity)
        writer.write(np.arange(count), vectors)
        writer.finish()
    return path
