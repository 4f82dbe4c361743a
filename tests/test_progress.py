"""How a job tells its place and its estimate, and how it is stopped."""

import pytest

from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress, Update


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
