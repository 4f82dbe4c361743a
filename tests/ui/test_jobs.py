"""Jobs: results arrive on the GUI thread, once, and never after a cancel."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from saerch_desktop.progress import Progress, Update
from saerch_desktop.ui.jobs import JobRunner, Lane, State


@pytest.fixture
def runner(qapp: object) -> Iterator[JobRunner]:
    made = JobRunner()
    yield made
    assert made.shutdown()


@pytest.fixture
def inline(qapp: object) -> Iterator[JobRunner]:
    made = JobRunner(inline=True)
    yield made
    made.shutdown()


def test_result_arrives_on_the_gui_thread(runner: JobRunner, qtbot: QtBot) -> None:
    seen: list[tuple[object, object]] = []
    worker: list[int] = []

    def work(progress: Progress) -> int:
        worker.append(threading.get_ident())
        return 7

    def done(value: object) -> None:
        seen.append((value, QThread.currentThread()))

    runner.submit("seven", work, done=done)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(7, runner.thread())]
    assert worker != [threading.get_ident()]


def test_a_job_is_off_the_list_when_its_result_arrives(inline: JobRunner) -> None:
    listed: list[int] = []
    inline.jobs_changed.connect(lambda: listed.append(len(inline.jobs())))
    seen: list[int] = []
    inline.submit("seven", lambda progress: 7, done=lambda value: seen.append(listed[-1]))
    assert seen == [0]


@pytest.mark.parametrize("error", [RuntimeError("CUDA out of memory"), ValueError("x"), StopIteration()])
def test_every_kind_of_error_is_delivered(runner: JobRunner, qtbot: QtBot, error: Exception) -> None:
    failures: list[object] = []

    def work(progress: Progress) -> None:
        raise error

    runner.submit("fails", work, failed=failures.append)
    qtbot.waitUntil(lambda: bool(failures))
    assert failures == [error]


def test_nothing_is_delivered_after_a_cancel(runner: JobRunner, qtbot: QtBot) -> None:
    events: list[str] = []
    inside, release = threading.Event(), threading.Event()

    def work(progress: Progress) -> str:
        inside.set()
        release.wait(10)
        return "too late"

    job = runner.submit(
        "slow",
        work,
        done=lambda value: events.append("done"),
        failed=lambda error: events.append("failed"),
        cancelled=lambda: events.append("cancelled"),
    )
    assert inside.wait(10)
    job.cancel()
    assert job.state is State.STOPPING
    release.set()
    qtbot.waitUntil(lambda: job.state.over)
    assert events == ["cancelled"]


def test_a_failure_while_stopping_counts_as_cancelled(runner: JobRunner, qtbot: QtBot) -> None:
    events: list[str] = []
    inside, release = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        inside.set()
        release.wait(10)
        raise RuntimeError("torn down")

    job = runner.submit(
        "slow", work, failed=lambda e: events.append("failed"), cancelled=lambda: events.append("cancelled")
    )
    assert inside.wait(10)
    job.cancel()
    release.set()
    qtbot.waitUntil(lambda: job.state.over)
    assert events == ["cancelled"]


def test_a_waiting_job_is_cancelled_at_once(runner: JobRunner, qtbot: QtBot) -> None:
    inside, release = threading.Event(), threading.Event()

    def block(progress: Progress) -> None:
        inside.set()
        release.wait(10)

    ran: list[int] = []
    runner.submit("first", block, lane=Lane.MODEL)
    assert inside.wait(10)
    second = runner.submit("second", lambda progress: ran.append(1), lane=Lane.MODEL)
    second.cancel()
    assert second.state is State.CANCELLED
    release.set()
    qtbot.waitUntil(lambda: not runner.jobs(quiet=True))
    assert ran == []


def test_the_newest_job_of_a_key_wins(runner: JobRunner, qtbot: QtBot) -> None:
    answers: list[object] = []
    release = threading.Event()

    def work(number: int, progress: Progress) -> int:
        release.wait(10)
        return number

    for number in range(20):
        runner.submit(
            f"query {number}", lambda progress, n=number: work(n, progress), key="query", done=answers.append
        )
    release.set()
    qtbot.waitUntil(lambda: not runner.jobs(quiet=True))
    assert answers == [19]


def test_progress_is_coalesced_but_keeps_stages_and_the_end(runner: JobRunner, qtbot: QtBot) -> None:
    updates: list[Update] = []

    def work(progress: Progress) -> None:
        progress.plan(["count", "count again"])
        for stage in ("count", "count again"):
            progress.begin(stage, 50_000)
            for done in range(1, 50_001):
                progress.advance(done)

    began = time.monotonic()
    job = runner.submit("counting", work, progressed=updates.append)
    qtbot.waitUntil(lambda: job.state.over, timeout=20_000)
    assert len(updates) < 10 + 20 * (time.monotonic() - began)
    assert [u.stage for u in updates if u.done == u.total] == ["count", "count again"]


def test_one_train_job_at_a_time(runner: JobRunner, qtbot: QtBot) -> None:
    running, most = [0], [0]
    lock = threading.Lock()

    def work(progress: Progress) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        sum(range(200_000))
        with lock:
            running[0] -= 1

    for _ in range(8):
        runner.submit("train", work, lane=Lane.TRAIN)
    qtbot.waitUntil(lambda: not runner.jobs())
    assert most == [1]


@pytest.mark.skipif(sys.platform != "linux", reason="nice values belong to threads on Linux only")
def test_workers_give_way_to_the_window(runner: JobRunner, qtbot: QtBot) -> None:
    nice: list[object] = []

    def work(progress: Progress) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    runner.submit("nice", work, lane=Lane.TRAIN, done=nice.append)
    qtbot.waitUntil(lambda: bool(nice))
    assert nice[0] > os.getpriority(os.PRIO_PROCESS, threading.get_native_id())  # type: ignore[operator]


def test_shutdown_stops_a_running_job_and_refuses_new_ones(qapp: object, qtbot: QtBot) -> None:
    runner = JobRunner()
    inside = threading.Event()
    events: list[str] = []

    def work(progress: Progress) -> None:
        progress.begin("spinning")
        inside.set()
        while True:
            progress.advance(1)

    runner.submit("spin", work, lane=Lane.TRAIN, cancelled=lambda: events.append("cancelled"))
    assert inside.wait(10)
    assert runner.shutdown(10)
    late = runner.submit("late", lambda progress: 1, done=lambda v: events.append("done"))
    assert late.state is State.CANCELLED
    assert events == ["cancelled"]
    assert runner.jobs(quiet=True) == []


def test_shutdown_says_when_a_job_does_not_stop(qapp: object) -> None:
    runner = JobRunner()
    inside, release = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        inside.set()
        release.wait(20)

    runner.submit("deaf", work)
    assert inside.wait(10)
    assert not runner.shutdown(0.05)
    release.set()


def test_inline_runs_at_once(inline: JobRunner) -> None:
    events: list[object] = []

    def work(progress: Progress) -> int:
        progress.begin("one", 2)
        progress.advance(2)
        return 3

    job = inline.submit("now", work, done=events.append, progressed=lambda u: events.append(u.done))
    assert events == [0, 2, 3]
    assert job.state is State.DONE
    assert inline.jobs() == []


def test_three_thousand_jobs_none_lost_none_twice(runner: JobRunner, qtbot: QtBot) -> None:
    outcomes: dict[int, list[str]] = {number: [] for number in range(3000)}

    def work(number: int, progress: Progress) -> int:
        if number % 5 == 0:
            raise RuntimeError("as torch does")
        return number

    def watch(number: int) -> None:
        seen = outcomes[number]
        job = runner.submit(
            str(number),
            lambda progress: work(number, progress),
            lane=Lane.MODEL if number % 2 else Lane.IO,
            quiet=True,
            done=lambda value: seen.append("done"),
            failed=lambda error: seen.append("failed"),
            cancelled=lambda: seen.append("cancelled"),
        )
        if number % 3 == 0:
            job.cancel()

    for number in range(3000):
        watch(number)
    qtbot.waitUntil(lambda: not runner.jobs(quiet=True), timeout=20_000)
    assert all(len(seen) == 1 for seen in outcomes.values())
    assert all(outcomes[number] == ["cancelled"] for number in range(0, 3000, 3))
    assert all(outcomes[number] == ["failed"] for number in range(0, 3000, 5) if number % 3)


class Step:
    """Work that counts its steps until it is told to end."""

    def __init__(self) -> None:
        self.done = 0
        self.inside, self.end = threading.Event(), threading.Event()

    def __call__(self, progress: Progress) -> str:
        progress.begin("Counting", 10**9)
        self.inside.set()
        while not self.end.wait(0.001):
            self.done += 1
            progress.advance(self.done)
        return "over"


def test_a_paused_job_rests_and_goes_on(runner: JobRunner, qtbot: QtBot) -> None:
    work, answers = Step(), []
    job = runner.submit("counts", work, lane=Lane.TRAIN, done=answers.append)
    qtbot.waitUntil(lambda: work.done > 3)
    job.pause()
    assert job.state is State.PAUSED
    qtbot.waitUntil(lambda: job.progress.resting)
    rested = work.done
    qtbot.wait(50)
    assert work.done == rested
    assert job.state is State.PAUSED, "what was told before the pause does not make it run again"
    job.resume()
    assert job.state is State.RUNNING
    qtbot.waitUntil(lambda: work.done > rested)
    work.end.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == ["over"]


def test_a_paused_job_can_be_stopped(runner: JobRunner, qtbot: QtBot) -> None:
    work, stopped = Step(), []
    job = runner.submit("counts", work, lane=Lane.TRAIN, cancelled=lambda: stopped.append(1))
    assert work.inside.wait(10)
    job.pause()
    qtbot.waitUntil(lambda: job.progress.resting)
    job.cancel()
    qtbot.waitUntil(lambda: bool(stopped))


def test_a_job_paused_while_it_waits_lets_others_pass(runner: JobRunner, qtbot: QtBot) -> None:
    first, order = Step(), []
    runner.submit("first", first, lane=Lane.TRAIN)
    assert first.inside.wait(10)
    second = runner.submit("second", lambda progress: order.append("second"), lane=Lane.TRAIN)
    runner.submit("third", lambda progress: order.append("third"), lane=Lane.TRAIN)
    second.pause()
    first.end.set()
    qtbot.waitUntil(lambda: order == ["third"])
    assert second.state is State.PAUSED
    second.resume()
    qtbot.waitUntil(lambda: order == ["third", "second"])


def test_those_that_wait_can_change_places(runner: JobRunner, qtbot: QtBot) -> None:
    first, order = Step(), []
    runner.submit("first", first, lane=Lane.TRAIN)
    assert first.inside.wait(10)
    waiting = {
        name: runner.submit(name, lambda progress, n=name: order.append(n), lane=Lane.TRAIN) for name in "abc"
    }
    runner.move(waiting["c"], 0)
    runner.move(waiting["a"], 9)
    assert [job.title for job in runner.jobs()] == ["first", "c", "b", "a"]
    assert [job.title for job in runner.waiting(Lane.TRAIN)] == ["c", "b", "a"]
    first.end.set()
    qtbot.waitUntil(lambda: len(order) == 3)
    assert order == ["c", "b", "a"]


def test_lines_for_the_log_arrive_on_the_gui_thread(runner: JobRunner, qtbot: QtBot) -> None:
    lines: list[tuple[str, object]] = []

    def work(progress: Progress) -> None:
        for number in range(50):
            progress.note(f"line {number}")

    job = runner.submit("talks", work)
    job.noted.connect(lambda line: lines.append((line, QThread.currentThread())))
    qtbot.waitUntil(lambda: len(lines) == 50)
    assert lines[-1] == ("line 49", runner.thread())


def test_pausing_what_is_over_changes_nothing(inline: JobRunner) -> None:
    job = inline.submit("now", lambda progress: 1)
    job.pause()
    job.resume()
    assert job.state is State.DONE


def test_shutdown_ends_a_paused_job(qapp: object, qtbot: QtBot) -> None:
    runner = JobRunner()
    work = Step()
    job = runner.submit("counts", work, lane=Lane.TRAIN)
    assert work.inside.wait(10)
    job.pause()
    qtbot.waitUntil(lambda: job.progress.resting)
    assert runner.shutdown(10)
