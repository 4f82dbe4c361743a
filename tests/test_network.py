from __future__ import annotations

import ast
import ssl
from pathlib import Path

import pytest

from saerch_desktop import network, network_ledger
from saerch_desktop.errors import UserError
from saerch_desktop.settings import change_settings, load_settings

PACKAGE = Path(network.__file__).parent
HOST = "api.example.org"


def refusal(host: str = HOST, allowed: bool = False) -> str:
    with pytest.raises(network.NotPermittedError) as caught:
        network.permit(host, "Embedding", allowed_for_this_job=allowed)
    assert "No text has left this computer" in caught.value.meaning
    assert host in caught.value.happened
    return caught.value.reason


def test_nothing_leaves_by_itself() -> None:
    assert network.state() == "locked"
    assert refusal() == "lock"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "LOCALHOST."])
def test_this_computer_is_always_permitted(host: str) -> None:
    network.lock_for_this_run()
    network.bind_lock()
    network.permit(host, "Embedding", allowed_for_this_job=False)
    network.require_permitted(host)


@pytest.mark.parametrize(
    "host",
    [
        "localhost.example.org",
        "127.0.0.1.example.org",
        "0.0.0.0",
        "::2",
        "::ffff:127.0.0.1",
        "1270.0.0.1",
        "",
    ],
)
def test_what_only_looks_like_this_computer_is_not(host: str) -> None:
    assert not network.is_loopback(host)


def test_a_command_is_given_the_network_by_its_own_switch() -> None:
    network.permit(HOST, "Embedding", allowed_for_this_job=True)
    network.require_permitted(HOST)


def test_in_the_window_the_lock_overrules_what_a_job_was_given() -> None:
    network.bind_lock()
    assert refusal(allowed=True) == "lock"
    change_settings(offline_lock=False)
    network.permit(HOST, "Embedding", allowed_for_this_job=True)
    change_settings(offline_lock=True)
    with pytest.raises(network.NotPermittedError, match="switched off"):
        network.require_permitted(HOST)  # a job under way stops at its next request


def test_a_lock_that_could_not_be_written_holds_all_the_same() -> None:
    change_settings(offline_lock=False)
    unwritten = load_settings().model_copy(update={"offline_lock": True})
    network.bind_lock(lambda: unwritten)
    assert network.lock_in_force()
    assert network.state() == "locked"
    assert refusal(allowed=True) == "lock"


def test_without_the_lock_a_job_needs_a_yes_or_a_host_on_the_list() -> None:
    change_settings(offline_lock=False)
    assert network.state() == "open"
    assert refusal() == "host"
    change_settings(allowed_hosts=("other.example", "API.Example.ORG:443"))
    network.permit("api.example.org.", "Embedding", allowed_for_this_job=False)
    assert refusal("example.org") == "host"
    assert refusal("api.example.org.evil.test") == "host"


def test_a_run_offline_overrules_everything() -> None:
    change_settings(offline_lock=False, allowed_hosts=(HOST,))
    network.permit(HOST, "Embedding", allowed_for_this_job=True)
    network.lock_for_this_run()
    assert network.state() == "locked for this run"
    assert refusal(allowed=True) == "run"
    with pytest.raises(network.NotPermittedError, match="--offline"):
        network.require_permitted(HOST)


def test_a_host_that_nobody_permitted_is_refused_at_the_last_moment() -> None:
    network.permit(HOST, "Embedding", allowed_for_this_job=True)
    with pytest.raises(network.NotPermittedError):
        network.require_permitted("elsewhere.example")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("API.example.org", HOST),
        ("https://api.example.org/v1", HOST),
        ("api.example.org:8080", HOST),
        ("::1", "::1"),
        ("[::1]:80", "::1"),
        ("http://[::1", ""),
        ("  ", ""),
    ],
)
def test_hosts_are_compared_by_their_names_alone(text: str, host: str) -> None:
    assert network.plain_host(text) == host


def test_the_way_out_is_that_of_the_settings(tmp_path: Path) -> None:
    assert network.client_options() == network.ClientOptions(True)
    change_settings(proxy_mode="none")
    assert network.client_options() == network.ClientOptions(False)
    change_settings(proxy_mode="manual", proxy_url="http://proxy.example:3128", ca_file=str(tmp_path / "ca"))
    options = network.client_options()
    assert (options.trust_env, options.proxy) == (False, "http://proxy.example:3128")
    assert network.client_options(loopback=True) == network.ClientOptions(False), "never by a proxy"
    with pytest.raises(UserError, match="certificates"):
        options.keywords()


def test_certificates_are_trusted_besides_the_systems() -> None:
    usual = ssl.get_default_verify_paths().cafile or ssl.get_default_verify_paths().openssl_cafile
    if not Path(usual).is_file():
        pytest.skip("this system keeps its certificates elsewhere")
    change_settings(ca_file=usual)
    context = network.client_options().keywords()["verify"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("address", ["", "proxy:3128", "socks5://proxy:1", "http://", "http://u:hunter2@p:1"])
def test_unusable_proxies_are_refused_and_never_repeated(address: str) -> None:
    change_settings(proxy_mode="manual", proxy_url=address)
    with pytest.raises(UserError) as caught:
        network.client_options()
    assert "hunter2" not in str(caught.value)


# The ledger ----------------------------------------------------------------------------------------------


def test_the_ledger_keeps_requests_newest_first() -> None:
    network_ledger.record("a.example", "Embedding", 10, 20, "200", 1.5)
    network_ledger.record("b.example", "Naming features", 1, 0, "ConnectError", 2.5)
    newest, oldest = network_ledger.entries()
    assert newest == network_ledger.Entry(2.5, "b.example", "Naming features", 1, 0, "ConnectError")
    assert oldest.host == "a.example"
    assert network_ledger.entries(1) == (newest,)
    network_ledger.clear()
    assert network_ledger.entries() == ()


def test_the_ledger_stays_small_and_loses_only_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_ledger, "_MOST_BYTES", 1000)
    for at in range(50):
        network_ledger.record("a.example", "Embedding", at, 0, "200", float(at))
    found = [entry.sent_bytes for entry in network_ledger.entries()]
    assert found == list(range(49, 49 - len(found), -1))
    assert 10 <= len(found) < 30
    folder = network_ledger.ledger_file().parent
    assert sum(path.stat().st_size for path in folder.glob("network*")) < 2500


def test_what_is_written_is_one_short_line() -> None:
    network_ledger.record("a\nb", "x" * 5000, -1, 0, '{"when":')
    (entry,) = network_ledger.entries()
    assert entry.host == "a b"
    assert len(entry.purpose) == 200
    assert entry.sent_bytes == 0


def test_damaged_lines_are_passed_over() -> None:
    network_ledger.record("a.example", "Embedding", 1, 1, "200")
    with network_ledger.ledger_file().open("ab") as stream:
        stream.write(b'{"when": 1\n[]\n\xff\xfe\n{"when": "x"}\n')
    network_ledger.record("b.example", "Embedding", 1, 1, "200")
    assert [entry.host for entry in network_ledger.entries()] == ["b.example", "a.example"]


@pytest.mark.expects_log
def test_a_ledger_that_cannot_be_written_is_told_and_stops_no_job() -> None:
    network_ledger.ledger_file().mkdir(parents=True)
    network_ledger.record("a.example", "Embedding", 1, 1, "200")
    assert network_ledger.trouble()
    network_ledger.ledger_file().rmdir()
    network_ledger.record("a.example", "Embedding", 1, 1, "200")
    assert network_ledger.trouble() is None


# Nobody else ---------------------------------------------------------------------------------------------

_CONNECTING = set(
    """httpx httpx2 requests urllib3 aiohttp ftplib smtplib telnetlib xmlrpc websockets http.client
    urllib.request http.server socketserver QtNetwork QtWebSockets huggingface_hub""".split()  # noqa: SIM905
)
_CLIENTS = set(
    """AsyncOpenAI OpenAI AzureOpenAI AsyncAzureOpenAI AsyncClient create_connection QTcpSocket QLocalSocket
    QNetworkAccessManager urlopen urlretrieve open_connection getaddrinfo gethostbyname DefaultHttpxClient
    DefaultAsyncHttpxClient snapshot_download hf_hub_download""".split()  # noqa: SIM905
)


def _connects(source: str) -> set[str]:
    """Names in the code by which a connection could be opened."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name in _CLIENTS or (name == "socket" and isinstance(node.func, ast.Attribute)):
                found.add(name)
            continue
        elif isinstance(node, ast.Attribute) and node.attr in _CLIENTS and isinstance(node.ctx, ast.Load):
            found.add(node.attr)
            continue
        else:
            continue
        for name in names:
            parts = name.split(".")
            if any(
                ".".join(parts[at : at + size]) in _CONNECTING for at in range(len(parts)) for size in (1, 2)
            ):
                found.add(name)
            found |= _CLIENTS & set(parts)
    return found


def test_connections_are_opened_in_one_place_alone() -> None:
    """The only client of HTTP is the one that asks for permission and writes the ledger."""
    opening = {
        path.relative_to(PACKAGE).as_posix(): found
        for path in sorted(PACKAGE.rglob("*.py"))
        if (found := _connects(path.read_text(encoding="utf-8")))
    }
    assert set(opening) == {"embedding/online/client.py"}, opening


@pytest.mark.parametrize(
    "line",
    [
        "import urllib.request",
        "from http.client import HTTPConnection",
        "from PySide6.QtNetwork import QNetworkReply",
        "import openai; openai.OpenAI()",
        "from openai import AsyncOpenAI as Mine",
        "import socket; socket.create_connection(('h', 1))",
        "import socket; s = socket.socket()",
        "import httpx2 as h",
    ],
)
def test_the_look_through_the_code_sees_other_ways_out(line: str) -> None:
    assert _connects(line)
