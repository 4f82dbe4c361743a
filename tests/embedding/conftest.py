"""A real embedding service on this computer, whose misbehaviour a test can order in advance."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from saerch_desktop.library.importing import import_records
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress


@dataclass
class Fault:
    """What one coming request meets instead of (or before) an answer."""

    status: int = 200
    message: str = "ordered by the test"
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    hold: threading.Event | None = None  # answer only when set
    raw: bytes | None = None
    mangle: Callable[[dict[str, Any]], Any] | None = None


class Service:
    """Speaks `/v1/embeddings`. `paid` counts the answers to each text; `seen` are all requests' bodies."""

    def __init__(self, dim: int = 8) -> None:
        self.dim = dim
        self.faults: deque[Fault] = deque()
        self.reject: Callable[[str], str | None] = lambda text: None
        self.special: dict[str, Sequence[float]] = {}
        self.base64 = True
        self.usage = True
        self.hold_after: int | None = None  # later requests are answered only once `released`
        self.released = threading.Event()
        self.holding = threading.Event()
        self.seen: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.paid: Counter[str] = Counter()
        self.tokens = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def order(self, **fault: Any) -> None:
        """The next request without an order yet meets this `Fault`."""
        self.faults.append(Fault(**fault))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def vector(self, text: str) -> NDArray[np.float32]:
        """The unit vector of `text`."""
        digest = hashlib.sha512(text.encode()).digest() * (self.dim // 16 + 1)
        raw = np.frombuffer(digest, dtype=np.uint32)[: self.dim].astype(np.float64) / 2**32 - 0.5
        return (raw / np.linalg.norm(raw)).astype(np.float32)

    def answer(self, body: dict[str, Any], key: str) -> tuple[Fault, bytes]:
        """Decide on one request: a fault to follow and the bytes of the answer."""
        with self._lock:
            self.seen.append(body)
            self.keys.append(key)
            number = len(self.seen)
            fault = self.faults.popleft() if self.faults else Fault()
        if self.hold_after is not None and number > self.hold_after and not self.released.is_set():
            self.holding.set()
            self.released.wait(60)
        if fault.hold is not None:
            self.holding.set()
            fault.hold.wait(60)
        texts = body["input"]
        refusals = [reason for reason in map(self.reject, texts) if reason]
        if fault.status == 200 and refusals:
            fault = Fault(400, refusals[0])
        if fault.raw is not None:
            return fault, fault.raw
        if fault.status != 200:
            error = {"message": fault.message, "type": "test", "code": fault.code}
            return fault, json.dumps({"error": error}).encode()
        reply = self._reply(body)
        with self._lock:
            self.paid.update(texts)
        return fault, json.dumps(fault.mangle(reply) if fault.mangle else reply).encode()

    def _reply(self, body: dict[str, Any]) -> dict[str, Any]:
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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away (cancelled, killed) is part of these tests."""


def _handler_for(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/embeddings":
                self._send(404, {}, b'{"error": {"message": "no such path"}}')
                return
            fault, data = service.answer(body, self.headers.get("Authorization", ""))
            if fault.hang_up:
                self.close_connection = True
                self.connection.close()
                return
            self._send(fault.status, fault.headers, data)

        def _send(self, status: int, headers: dict[str, str], data: bytes) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


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
