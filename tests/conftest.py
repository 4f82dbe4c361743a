"""Every test runs in an empty home, offline, without a keyring, and may log no unexpected warning.

Knows nothing of Qt: the rooms below the window are tested where PySide6 is not even installed.
"""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from saerch_desktop import network

# Before any test module can import Qt. SAERCH_TEST_DISPLAY=1 runs the suite on the real screen.
if not os.environ.get("SAERCH_TEST_DISPLAY"):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")
_HOMES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
_XDG = {
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_CACHE_HOME": "cache",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "runtime",
}


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    if not pluginmanager.hasplugin("pytest-qt"):  # run without Qt: its settings must still be known
        parser.addini("qt_api", "the Qt binding (pytest-qt)")
        parser.addini("qt_log_level_fail", "log level that fails a test (pytest-qt)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "expects_log: the test causes warnings in the log on purpose")
    # Session fixtures run before the per-test home exists: they must not see the real one either.
    session_home = Path(tempfile.mkdtemp(prefix="saerch-tests-"))
    for name, value in _home_variables(session_home).items():
        os.environ[name] = value


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.pluginmanager.hasplugin("pytest-qt"):
        for item in items:  # what the offscreen platform cannot do, and says each time
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


def _home_variables(home: Path) -> dict[str, str]:
    variables = dict.fromkeys(_HOMES, str(home))
    for name, folder in _XDG.items():
        path = home / folder
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        variables[name] = str(path)
    return variables


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of the test's own; settings, logs and caches land in it."""
    folder = tmp_path_factory.mktemp("home")
    for name, value in _home_variables(folder).items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture(autouse=True, scope="session")
def offline() -> Iterator[None]:
    """Connections leave this computer nowhere: anything but loopback raises."""
    patch = pytest.MonkeyPatch()

    def guarded(original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            local = isinstance(address, str | bytes) or str(address[0]).startswith(_LOOPBACK)
            if not local:
                raise AssertionError(f"a test tried to reach {address!r}")
            return original(self, address)

        return connect

    patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def no_permission_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test allowed or locked holds for that test alone."""
    for name, value in (("_locked_for_run", False), ("_binding", None), ("_granted", set())):
        monkeypatch.setattr(network, name, value)


class _Recorder(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def no_unexpected_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """A record of level warning or above fails a test, unless it uses `caplog` or `expects_log`."""
    recorder = _Recorder()
    root = logging.getLogger()
    root.addHandler(recorder)
    yield
    root.removeHandler(recorder)
    waived = "caplog" in request.fixturenames or request.node.get_closest_marker("expects_log")
    if recorder.records and not waived:
        lines = [f"{r.levelname} {r.name}: {r.getMessage()}" for r in recorder.records]
        pytest.fail("unexpected log records:\n" + "\n".join(lines))
