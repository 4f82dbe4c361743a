"""Alarms follow from a run's records, name the trouble and what helps, and are not raised for nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from saerch_desktop.sae.alarms import Alarm, alarms, diverged, has_diverged
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.record import EpochRecord

MakeConfig = Callable[..., TrainConfig]


def passed(epoch: int, fvu: float | None, unexplained: float, dead: int = 0) -> EpochRecord:
    return EpochRecord(
        epoch=epoch,
        step=10 * epoch,
        documents=1000 * epoch,
        seconds=epoch,
        documents_per_second=1000,
        learning_rate=1e-3,
        unexplained=unexplained,
        fvu=fvu,
        l0=4,
        dead=dead,
        rare=dead,
        cosine_encoder_decoder=0.9,
        overlap=None,
        density=(),
    )


def kinds(found: tuple[Alarm, ...]) -> list[str]:
    return [alarm.kind for alarm in found]


@pytest.mark.parametrize(
    "run",
    [
        [],
        [passed(1, 0.5, 0.5)],
        [passed(1, 0.5, 0.5), passed(2, 0.5, 0.5), passed(3, 0.5, 0.5)],  # a plateau
        [passed(1, 0.5, 0.5), passed(2, 0.4, 0.4), passed(3, 0.407, 0.2)],  # within 2 %
        [passed(1, None, 0.5), passed(2, None, 0.1)],  # nothing held out
        [passed(1, 0.4, 0.4), passed(2, 0.5, 0.45)],  # both worse: not overfitting
        [passed(1, 0.4, 0.4), passed(2, 0.5, 0.3), passed(3, 0.39, 0.2)],  # it came back
    ],
)
def test_an_ordinary_run_raises_none(make_config: MakeConfig, run: list[EpochRecord]) -> None:
    assert alarms(run, make_config(), 1000) == ()


def test_overfitting_is_told_with_the_best_pass(make_config: MakeConfig) -> None:
    run = [passed(1, 0.5, 0.5), passed(2, 0.4, 0.4), passed(3, 0.409, 0.2)]
    (alarm,) = alarms(run, make_config(), 1000)
    assert alarm.kind == "overfitting"
    assert "pass 2 (0.409 unexplained instead of 0.400)" in alarm.sentence
    assert "fewer features or passes, or add documents" in alarm.sentence
    assert "Keeping the best pass" in alarm.sentence
    (kept,) = alarms(run, make_config(keep="best"), 1000)
    assert "weights of pass 2 are kept" in kept.sentence


def test_many_dead_features_are_told_but_not_after_the_first_of_several_passes(
    make_config: MakeConfig,
) -> None:
    config = make_config(features=64)
    assert alarms([passed(1, 0.5, 0.5, dead=32)], config, 1000) == ()
    (alarm,) = alarms([passed(1, 0.5, 0.5, dead=40), passed(2, 0.5, 0.5, dead=16)], config, 1000)
    assert alarm.kind == "dead features"
    assert alarm.sentence.startswith("25% of the features (16)")
    assert "fewer features, or a learning rate below 0.003" in alarm.sentence
    assert kinds(alarms([passed(1, 0.5, 0.5, dead=16)], make_config(epochs=1), 1000)) == ["dead features"]
    assert alarms([passed(1, 0.5, 0.5), passed(2, 0.5, 0.5, dead=3)], config, 1000) == ()


def test_a_corpus_too_small_is_told_before_the_first_pass(make_config: MakeConfig) -> None:
    (alarm,) = alarms([], make_config(features=64), 127)
    assert alarm.kind == "small corpus"
    assert "127 training documents for 64 features" in alarm.sentence
    assert "at most 63 features" in alarm.sentence
    assert alarms([], make_config(features=64), 128) == ()


def test_parts_of_a_batch_are_told(make_config: MakeConfig) -> None:
    (alarm,) = alarms([], make_config(), 1000, part_rows=25)
    assert alarm.kind == "memory"
    assert "batch of 100" in alarm.sentence
    assert "parts of 25" in alarm.sentence


def test_all_kinds_come_once_each(make_config: MakeConfig) -> None:
    run = [passed(1, 0.4, 0.4), *(passed(epoch, 0.5, 0.3, dead=30) for epoch in range(2, 9))]
    found = kinds(alarms(run, make_config(), 100, part_rows=3))
    assert found == ["small corpus", "dead features", "overfitting", "memory"]


@pytest.mark.parametrize(
    ("unexplained", "total", "first", "expected"),
    [
        (0.5, 0.5, 1.0, False),
        (9.9, 9.9, 0.5, False),
        (10.1, 10.1, 0.5, True),
        (30.0, 30.0, 4.0, False),
        (float("nan"), 0.5, 1.0, True),
        (0.5, float("nan"), 1.0, True),
        (0.5, float("inf"), 1.0, True),
    ],
)
def test_divergence(unexplained: float, total: float, first: float, expected: bool) -> None:
    assert has_diverged(unexplained, total, first) is expected


def test_divergence_says_what_helps(make_config: MakeConfig) -> None:
    grown, lost = (diverged(make_config(), figure) for figure in (20.0, float("nan")))
    assert "grew worse" in grown.happened
    assert "no longer numbers" in lost.happened
    assert "below 0.003" in lost.remedy


def test_alarms_are_shown_while_training_and_kept(
    make_corpus: Any, make_config: MakeConfig, folder: Any
) -> None:
    from saerch_desktop.progress import Progress, Update
    from saerch_desktop.sae.record import load_run
    from saerch_desktop.sae.trainer import train

    told: list[Update] = []
    noise = make_corpus(rows=120, directions=400, active=20).vectors
    settings = make_config(
        features=120, k=20, epochs=24, batch_size=10, learning_rate=5e-3, schedule="constant"
    )
    report = train(noise, settings, folder, Progress(told.append))
    details = [update.detail for update in told if update.stage == "Training"]
    assert all("few documents for so many features" in detail for detail in details[1:])
    assert details[-1].endswith("overfitting")
    assert [alarm[:20] for alarm in report.record.alarms] == [
        "There are only 114 t",
        "The training document"[:20],
    ]
    assert load_run(folder) == report.record
