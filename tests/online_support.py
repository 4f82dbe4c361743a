"""Real services on this computer that speak as OpenAI's does, and misbehave as a test orders in advance."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


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


class OnlineService:
    """A server; `seen` are all requests' bodies, `keys` their authorisations, `at_once` the most together."""

    path = "/v1"

    def __init__(self) -> None:
        self.faults: deque[Fault] = deque()
        self.hold_after: int | None = None  # later requests are answered only once `released`
        self.released = threading.Event()
        self.holding = threading.Event()
        self.seen: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.answered = 0
        self.at_once = 0
        self._now = 0
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

    def refusal(self, body: dict[str, Any]) -> Fault | None:
        """What a request meets for what it holds."""
        return None

    def reply(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request that meets no fault."""
        raise AssertionError("each service answers in its own way")

    def answer(self, body: dict[str, Any], key: str) -> tuple[Fault, bytes]:
        """Decide on one request: a fault to follow and the bytes of the answer."""
        with self._lock:
            self.seen.append(body)
            self.keys.append(key)
            number = len(self.seen)
            fault = self.faults.popleft() if self.faults else Fault()
            self._now += 1
            self.at_once = max(self.at_once, self._now)
        try:
            return self._decide(body, fault, number)
        finally:
            with self._lock:
                self._now -= 1

    def _decide(self, body: dict[str, Any], fault: Fault, number: int) -> tuple[Fault, bytes]:
        if self.hold_after is not None and number > self.hold_after and not self.released.is_set():
            self.holding.set()
            self.released.wait(60)
        if fault.hold is not None:
            self.holding.set()
            fault.hold.wait(60)
        if fault.status == 200:
            fault = self.refusal(body) or fault
        if fault.raw is not None:
            return fault, fault.raw
        if fault.status != 200:
            error = {"message": fault.message, "type": "test", "code": fault.code}
            return fault, json.dumps({"error": error}).encode()
        with self._lock:
            reply = self.reply(body)
            self.answered += 1
        return fault, json.dumps(fault.mangle(reply) if fault.mangle else reply).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away (cancelled, killed) is part of these tests."""


def _handler_for(service: OnlineService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def do_GET(self) -> None:
            self._answer({})

        def _answer(self, body: dict[str, Any]) -> None:
            if self.path != service.path:
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
