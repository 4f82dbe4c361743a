from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from saerch_desktop import logs, paths
from saerch_desktop.logs import redact, start_logging, stop_logging

pytestmark = pytest.mark.expects_log


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    level = logging.getLogger().level
    yield
    stop_logging()
    logging.getLogger().setLevel(level)


@pytest.mark.parametrize(
    "secret",
    [
        "sk-abcdefgh12345678",
        "sk-proj-AbC_def-123456789",
        "hf_abcdefghijklmnopqrst",
        "ghp_abcdefghijklmnopqrstuv",
        "AIzaSyAbcdefghijklmnopqrstuv",
        "AKIAABCDEFGHIJKLMNOP",
    ],
)
@pytest.mark.parametrize(
    "form", ["{}", "key {} end", '{{"x": "{}"}}', "Authorization: Bearer {}", "?api_key={}&a=b"]
)
def test_keys_are_hidden_wherever_they_stand(secret: str, form: str) -> None:
    shown = redact(form.format(secret))
    assert secret not in shown
    assert "[hidden]" in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("api_key=verysecret", "api_key=[hidden]"),
        ('{"password": "hunter22"}', '{"password": "[hidden]"}'),
        ("Bearer abcdefghijk.lmn", "Bearer [hidden]"),
        ("https://user:pass@host/v1", "https://[hidden]@host/v1"),
        ("Authorization: Bearer abcdefghijk", "Authorization: Bearer [hidden]"),
    ],
)
def test_other_secrets_are_hidden(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Embedded Corpus: 30 rows",
        "the task-force sketched",
        "http://localhost:8080/v1",
        "12 tokens: 3",
        "desk-top",
    ],
)
def test_plain_words_stay(text: str) -> None:
    assert redact(text) == text


def test_the_file_holds_messages_and_tracebacks_without_keys() -> None:
    path = start_logging()
    assert path == paths.log_dir() / "saerch-desktop.log"
    log = logging.getLogger("saerch_desktop.test")
    log.info("opened with %s", "sk-abcdefgh12345678")
    log.debug("too fine")
    try:
        raise ValueError("Bearer abcdefgh12345678")
    except ValueError:
        log.exception("it failed")
    stop_logging()
    text = path.read_text()
    assert "opened with [hidden]" in text
    assert "Traceback" in text
    assert "12345678" not in text
    assert "too fine" not in text


def test_starting_again_does_not_log_twice() -> None:
    start_logging()
    path = start_logging("DEBUG")
    logging.getLogger("saerch_desktop.test").debug("just once")
    stop_logging()
    assert path is not None
    assert path.read_text().count("just once") == 1


def test_the_file_rotates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_BYTES", 2000)
    start_logging()
    for at in range(200):
        logging.getLogger("saerch_desktop.test").info("line %d", at)
    stop_logging()
    files = sorted(paths.log_dir().iterdir())
    assert len(files) == 5
    assert all(file.stat().st_size <= 2000 for file in files)


def test_without_a_place_for_the_file_the_program_goes_on() -> None:
    paths.log_dir().parent.mkdir(parents=True, exist_ok=True)
    paths.log_dir().write_text("in the way")
    assert start_logging() is None
    logging.getLogger("saerch_desktop.test").info("heard by nobody")


def test_requests_of_libraries_are_not_told_one_by_one() -> None:
    path = start_logging("DEBUG")
    logging.getLogger("httpx").info("POST https://host/ with everything")
    stop_logging()
    assert path is not None
    assert "POST" not in path.read_text()


def test_console_shows_warnings_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging(console=True)
    logging.getLogger("saerch_desktop.test").info("fine")
    logging.getLogger("saerch_desktop.test").warning("key sk-abcdefgh12345678 is odd")
    shown = capsys.readouterr().err
    assert "key [hidden] is odd" in shown
    assert "fine" not in shown
