"""The command line's progress: honest lines, measured stages, and an interruption that says what is kept."""

from __future__ import annotations

import io
import signal

import pytest

from saerch_desktop.cli_progress import Interrupted, StageClock, describe, duration, job
from saerch_desktop.progress import Progress, Update


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _update(**changes: object) -> Update:
    values: dict[str, object] = {
        "stage": "Embedding",
        "stage_index": 1,
        "stage_count": 3,
        "done": 1200,
        "total": 4800,
        "unit": "texts",
        "detail": "",
        "elapsed_s": 10.0,
        "eta_s": 30.0,
    }
    return Update(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("update", "line"),
    [
        (_update(), "[2/3] Embedding: 1,200 of 4,800 texts, about 30 s left"),
        (_update(stage_count=1, total=None, eta_s=None), "Embedding: 1,200 texts"),
        (_update(done=0, total=None, eta_s=None), "[2/3] Embedding …"),
        (_update(detail="held out 0.3", eta_s=0.2), "[2/3] Embedding: 1,200 of 4,800 texts, held out 0.3"),
    ],
)
def test_a_line_says_where_the_job_is(update: Update, line: str) -> None:
    assert describe(update) == line


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.44, "0.4 s"), (12.3, "12 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")]
)
def test_durations_are_in_the_words_of_people(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_stages_are_measured_from_one_to_the_next() -> None:
    now = [0.0]
    clock = StageClock(clock=lambda: now[0])
    progress = Progress(clock, clock=lambda: now[0])
    for stage, seconds in (("one", 2.0), ("two", 5.0), ("three", 0.5)):
        progress.begin(stage, 10)
        now[0] += seconds
        progress.advance(10)
    assert clock.durations() == [("one", 2.0), ("two", 5.0), ("three", 0.5)]


def test_away_from_a_terminal_each_stage_is_one_line() -> None:
    stream = io.StringIO()
    with job("Nothing.", stream=stream) as (progress, _):
        progress.plan(["one", "two"])
        for stage in ("one", "two"):
            progress.begin(stage, 1000, "texts")
            for done in range(1000):
                progress.advance(done)
    assert stream.getvalue().splitlines() == ["[1/2] one …", "[2/2] two …"]


def test_at_a_terminal_there_is_a_bar() -> None:
    stream = Terminal()
    with job("Nothing.", stream=stream) as (progress, _):
        progress.begin("Counting [sheep]", None, "sheep")
        progress.advance(3)
        progress.begin("Embedding", 10, "texts")
        progress.advance(10)
    shown = stream.getvalue()
    assert "Counting [sheep]" in shown
    assert "10 of 10 texts" in shown


def test_a_quiet_job_says_nothing() -> None:
    stream = Terminal()
    with job("Nothing.", quiet=True, stream=stream) as (progress, _):
        progress.begin("Embedding", 10, "texts")
    assert stream.getvalue() == ""


def _interrupted(times: int, stream: io.StringIO) -> list[str]:
    """What a job reaches that is interrupted so often before its second step."""
    reached: list[str] = []
    with job("all of it", stream=stream) as (progress, _):
        progress.begin("Embedding", 10)
        try:
            for _number in range(times):
                signal.raise_signal(signal.SIGINT)
            reached.append("went on")
            progress.advance(1)
            reached.append("never")
        finally:
            stream.write(",".join(reached))
    return reached


def test_the_first_interrupt_waits_for_a_safe_point() -> None:
    stream = io.StringIO()
    with pytest.raises(Interrupted, match="all of it"):
        _interrupted(1, stream)
    assert stream.getvalue().endswith("went on")
    assert "Press Ctrl-C again" in stream.getvalue()


def test_the_second_interrupt_stops_at_once() -> None:
    stream = io.StringIO()
    with pytest.raises(Interrupted):
        _interrupted(2, stream)
    assert "went on" not in stream.getvalue()


def test_the_handler_of_before_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with job("kept", quiet=True):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
