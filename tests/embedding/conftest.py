"""A real embedding service on this computer, whose misbehaviour a test can order in advance."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from online_support import Fault, OnlineService

from saerch_desktop.library.importing import import_records
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress


class Service(OnlineService):
    """Speaks `/v1/embeddings`. `paid` counts the answers to each text."""

    path = "/v1/embeddings"

    def __init__(self, dim: int = 8) -> None:
        self.dim = dim
        self.special: dict[str, Sequence[float]] = {}
        self.base64 = True
        self.usage = True
        self.paid: Counter[str] = Counter()
        self.tokens = 0
        super().__init__()
        self.reject: Callable[[str], str | None] = lambda text: None

    def vector(self, text: str) -> NDArray[np.float32]:
        """The unit vector of `text`."""
        digest = hashlib.sha512(text.encode()).digest() * (self.dim // 16 + 1)
        raw = np.frombuffer(digest, dtype=np.uint32)[: self.dim].astype(np.float64) / 2**32 - 0.5
        return (raw / np.linalg.norm(raw)).astype(np.float32)

    def refusal(self, body: dict[str, Any]) -> Fault | None:
        refusals = [reason for reason in map(self.reject, body["input"]) if reason]
        return Fault(400, refusals[0]) if refusals else None

    def reply(self, body: dict[str, Any]) -> dict[str, Any]:
        self.paid.update(body["input"])
        data = []
        for index, text in enumerate(body["input"]):
            numbers = [float(x) for x in self.special.get(text, self.vector(text) * 3)]
            packed = base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
            as_text = self.base64 and body.get("encoding_format") == "base64"
            data.append({"object": "embedding", "index": index, "embedding": packed if as_text else numbers})
        tokens = sum(max(1, len(text) // 4) for text in body["input"])
        self.tokens += tokens
        reply: dict[str, Any] = {"object": "list", "model": body["model"], "data": data}
        if self.usage:
            reply["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}
        return reply


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SAERCH_MODELS"):
        monkeypatch.delenv(name, raising=False)
    running = Service()
    yield running
    running.stop()


@pytest.fixture
def make_library(tmp_path: Path) -> Callable[[Sequence[str]], Path]:
    """Makes a library of these texts, one document each, titled by its number; returns its folder."""

    def make(texts: Sequence[str]) -> Path:
        path = tmp_path / "corpus.saerch"
        records = [{"id": str(at), "title": f"Title {at}", "text": text} for at, text in enumerate(texts)]
        roles = Roles(id="id", title="title", text=("text",))
        import_records(records, path, roles=roles, source="test", progress=Progress())
        return path

    return make
