"""How a job tells its place and its estimate, and how it is stopped."""

import threading
import time
from collections.abc import Callable

import pytest

from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress, Update
from saerch_desktop.workflow.making import Within


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_estimate_follows_the_rate_of_what_is_new() -> None:
    heard: list[Update] = []
    clock = Clock()
    progress = Progress(heard.append, clock)
    progress.begin("Embedding", 100, "documents", done=40)  # 40 were there before
    assert heard[-1].eta_s is None
    clock.now = 10.0
    progress.advance(60)
    assert heard[-1].eta_s == pytest.approx(20.0)  # 2 a second, 40 to go
    assert heard[-1].elapsed_s == pytest.approx(10.0)


def test_planned_stages_know_their_place_and_the_whole_share() -> None:
    heard: list[Update] = []
    progress = Progress(heard.append, Clock())
    progress.plan(["Importing", "Embedding", "Training", "Indexing"])
    progress.begin("Embedding", 10)
    progress.advance(5)
    assert (heard[-1].stage_index, heard[-1].stage_count) == (1, 4)
    assert heard[-1].fraction == pytest.approx(1.5 / 4)
    progress.begin("Indexing")
    assert heard[-1].fraction is None


def test_a_stage_nobody_planned_joins_at_the_end() -> None:
    heard: list[Update] = []
    progress = Progress(heard.append, Clock())
    progress.plan(["One"])
    progress.begin("Two", 1)
    assert (heard[-1].stage_index, heard[-1].stage_count) == (1, 2)


def test_cancelling_stops_the_next_report_with_and_without_a_listener() -> None:
    for listener in (None, lambda update: None):
        progress = Progress(listener)
        progress.begin("Training", 10)
        progress.cancel()
        with pytest.raises(Cancelled):
            progress.advance(1)
        with pytest.raises(Cancelled):
            progress.check()


def _in_a_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_pause_holds_the_next_check_and_counts_in_no_estimate() -> None:
    heard: list[Update] = []
    clock = Clock()
    progress = Progress(heard.append, clock)
    progress.begin("Training", 100)
    clock.now = 10.0
    progress.advance(50)
    progress.pause()
    thread = _in_a_thread(lambda: progress.advance(60))
    _until(lambda: progress.resting)
    assert progress.paused
    assert heard[-1].done == 50  # told once more when it rests, with nothing new
    clock.now = 1000.0
    progress.resume()
    thread.join(10)
    assert not progress.paused
    assert not progress.resting
    assert heard[-1].done == 60
    assert heard[-1].elapsed_s == pytest.approx(10.0)
    assert heard[-1].eta_s == pytest.approx(10.0 / 60 * 40)


def test_a_pause_over_before_the_next_check_changes_nothing() -> None:
    heard: list[Update] = []
    clock = Clock()
    progress = Progress(heard.append, clock)
    progress.begin("Training", 100)
    progress.pause()
    clock.now = 10.0
    progress.resume()
    progress.advance(50)
    assert heard[-1].elapsed_s == pytest.approx(10.0)  # it worked on all the while


def test_several_threads_rest_and_one_pause_counts_once() -> None:
    clock = Clock()
    heard: list[Update] = []
    progress = Progress(heard.append, clock)
    progress.begin("Asking", 10)
    progress.pause()
    threads = [_in_a_thread(progress.check) for _ in range(4)]
    _until(lambda: progress.resting)
    clock.now = 50.0
    progress.resume()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    clock.now = 55.0
    progress.advance(5)
    assert heard[-1].elapsed_s == pytest.approx(5.0)


def test_cancelling_wakes_what_rests() -> None:
    progress = Progress()
    ended: list[str] = []

    def work() -> None:
        try:
            progress.check()
        except Cancelled:
            ended.append("cancelled")

    progress.pause()
    thread = _in_a_thread(work)
    _until(lambda: progress.resting)
    progress.cancel()
    thread.join(10)
    assert ended == ["cancelled"]


def test_foretold_lengths_weigh_the_share_and_the_time_left() -> None:
    heard: list[Update] = []
    clock = Clock()
    progress = Progress(heard.append, clock)
    progress.plan(["Embedding", "Training"], [300.0, 100.0])
    progress.begin("Embedding", 100)
    assert heard[-1].whole_eta_s is None
    clock.now = 30.0
    progress.advance(50)
    assert heard[-1].fraction == pytest.approx(0.375)
    assert heard[-1].whole_eta_s == pytest.approx(30.0 + 100.0)
    assert heard[-1].rate == pytest.approx(50 / 30)
    progress.begin("Training", 10)
    assert heard[-1].fraction == pytest.approx(0.75)
    progress.begin("Something nobody planned", 10)
    assert heard[-1].fraction == pytest.approx(2 / 3)


def test_a_step_within_a_larger_job_rests_with_it() -> None:
    whole = Progress()
    step = Within(whole)
    step.pause()
    assert whole.paused
    thread = _in_a_thread(step.check)
    _until(lambda: step.resting)
    whole.resume()
    thread.join(10)
    assert not thread.is_alive()


def test_costs_and_notes_reach_whoever_listens() -> None:
    heard: list[Update] = []
    lines: list[str] = []
    progress = Progress(heard.append, noted=lines.append)
    progress.begin("Asking", 10)
    progress.spent("$0.31 of $2.00")
    progress.note("Device: processor")
    progress.advance(1)
    assert heard[-1].cost == "$0.31 of $2.00"
    assert lines == ["Device: processor"]


def test_of_stages_called_alike_the_next_one_is_meant() -> None:
    seen: list[int] = []
    progress = Progress(lambda update: seen.append(update.stage_index))
    progress.plan(["Naming", "Testing", "Grouping", "Testing"])
    for stage in ("Naming", "Testing", "Testing", "Grouping", "Testing"):
        progress.begin(stage, 1)
    assert seen == [0, 1, 1, 2, 3]
