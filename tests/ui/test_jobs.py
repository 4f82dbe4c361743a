"""Jobs: results arrive on the GUI thread, once, and never after a cancel."""

from __future__ import annotations

import os
import sys
import threading
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

    job = runner.submit("counting", work, progressed=updates.append)
    qtbot.waitUntil(lambda: job.state.over, timeout=20_000)
    assert len(updates) < 100
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
