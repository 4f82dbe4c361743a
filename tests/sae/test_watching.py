"""A training is watched while it runs, changed, ended early with its best weights, and thrown away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress
from saerch_desktop.sae import examples, loop
from saerch_desktop.sae.alarms import Alarm, small_corpus
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.record import load_run
from saerch_desktop.sae.remedies import Remedy, changed, remedies
from saerch_desktop.sae.trainer import train
from saerch_desktop.sae.watching import Discarded, Moment, Reins, Watch
from saerch_desktop.sae.weights import WEIGHTS_FILE, Sae, load_details

MakeConfig = Callable[..., TrainConfig]


@pytest.fixture(autouse=True)
def _at_every_update(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moments and looks come without waiting for seconds to pass."""
    monkeypatch.setattr(loop, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(examples, "SOONEST", 0.0)
    monkeypatch.setattr(examples, "SHARE", 1e9)


class Follower:
    """Keeps the moments, and does something at the first one after so many passes."""

    def __init__(self, passes: float = 1.0, act: Callable[[Reins], None] | None = None) -> None:
        self.moments: list[Moment] = []
        self._act, self._passes = act, passes
        self.watch = Watch(self._told)

    def _told(self, moment: Moment) -> None:
        self.moments.append(moment)
        if self._act is not None and moment.documents >= self._passes * moment.total / moment.passes:
            act, self._act = self._act, None
            act(self.watch.reins)


def test_watching_shows_live_features_and_changes_nothing(
    corpus: Any, make_config: MakeConfig, folder: Path, tmp_path: Path
) -> None:
    follower = Follower()
    train(corpus.vectors, make_config(), folder, Progress(), watch=follower.watch)
    last = follower.moments[-1]
    assert last.documents == last.total
    assert len(last.record.epochs) == last.passes == make_config().epochs
    assert [one.feature for one in last.examples] == sorted({one.feature for one in last.examples})
    assert len(last.examples) == examples.SHOWN
    sae = Sae.load(folder)
    for one in last.examples:
        assert list(one.values) == sorted(one.values, reverse=True)
        assert len(one.rows) == min(one.active, examples.TITLES)
        # The last look was at the weights after the last update.
        if last.looked == examples_taken(follower):
            indices, values = sae.encode(corpus.vectors.gather(np.array(one.rows[:1])))
            assert one.values[0] == pytest.approx(values[0][indices[0] == one.feature][0], rel=1e-3)
    assert len({moment.examples for moment in follower.moments}) > 2
    alone = tmp_path / "alone"
    alone.mkdir()
    train(corpus.vectors, make_config(), alone, Progress())
    assert (alone / WEIGHTS_FILE).read_bytes() == (folder / WEIGHTS_FILE).read_bytes()


def examples_taken(follower: Follower) -> int:
    return max(moment.looked for moment in follower.moments)


def test_looks_are_made_smaller_and_rarer_until_they_cost_little(
    corpus: Any, make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "SOONEST", 3.0)
    monkeypatch.setattr(examples, "SHARE", 0.02)
    from saerch_desktop.sae.model import choose_device, initial_model

    config = make_config()
    model = initial_model(config, corpus.vectors.gather(np.arange(500)), choose_device("cpu"))
    now = [0.0]
    seconds_each = 0.001

    def clock() -> float:
        return now[0]

    glances = examples.Glances(corpus.vectors, 0, clock)
    codes_of = examples.codes_of

    def slow(model: Any, x: Any, sae: Any) -> Any:
        now[0] += seconds_each * len(x)
        return codes_of(model, x, sae)

    monkeypatch.setattr(examples, "codes_of", slow)
    assert not glances.due  # a training has to get going first
    now[0] = 3.0
    spent, looks = 0.0, 0
    while now[0] < 600:
        assert glances.due
        began = now[0]
        glances.look(model, config.sae)
        spent += now[0] - began
        looks += 1
        due = glances._due
        assert due - now[0] <= examples.LATEST
        now[0] = due
    assert looks >= 600 / (examples.LATEST + 1)
    assert spent / now[0] < 0.03


def test_stopping_keeps_the_best_pass_and_says_so(corpus: Any, make_config: MakeConfig, folder: Path) -> None:
    follower = Follower(2.5, Reins.stop)
    report = train(
        corpus.vectors, make_config(epochs=6, keep="best"), folder, Progress(), watch=follower.watch
    )
    run = load_run(folder)
    assert run is not None
    assert len(run.epochs) == 2
    assert len(run.changes) == 1
    assert "Stopped after 2." in run.changes[0]
    judged = [epoch.fvu for epoch in run.epochs if epoch.fvu is not None]
    assert report.metrics.fvu <= min(judged) * 1.05
    assert sorted(path.name for path in folder.iterdir()) == ["run.json", "sae.json", "sae.safetensors"]
    # An earlier pass that was better is what is kept.
    assert load_details(folder).metrics == report.metrics


def test_a_stop_during_measuring_is_not_forgotten_by_an_interruption(
    corpus: Any, make_config: MakeConfig, folder: Path
) -> None:
    config = make_config(epochs=6)
    progress = Progress(lambda update: progress.cancel() if update.stage == "Measuring" else None)
    with pytest.raises(Cancelled):
        train(corpus.vectors, config, folder, progress, watch=Follower(1.5, Reins.stop).watch)
    train(corpus.vectors, config, folder, Progress(), resume=True)
    run = load_run(folder)
    assert run is not None
    assert len(run.epochs) == 1


def test_a_remedy_is_applied_recorded_and_survives_an_interruption(
    corpus: Any, make_config: MakeConfig, folder: Path
) -> None:
    config = make_config(epochs=4)
    slower = Remedy("slower", "", "")

    def interrupted(reins: Reins) -> None:
        reins.apply(slower)
        reins.apply(Remedy("more auxiliary", "", ""))

    moments: list[Moment] = []
    follower = Follower(1.0, interrupted)
    progress = Progress(lambda update: progress.cancel() if update.done > 2.5 * 1900 else None)
    with pytest.raises(Cancelled):
        train(corpus.vectors, config, folder, progress, watch=follower.watch)
    train(corpus.vectors, config, folder, Progress(), resume=True, watch=Watch(moments.append))
    kept = load_details(folder).train
    assert kept is not None
    assert kept.learning_rate == pytest.approx(config.learning_rate / 2)
    assert kept.aux_k == 2 * config.aux_k
    assert kept.aux_coefficient == pytest.approx(2 * config.aux_coefficient)
    run = load_run(folder)
    assert run is not None
    assert len(run.changes) == 2
    before, after = run.epochs[0].learning_rate, run.epochs[-1].learning_rate
    assert after < before


def test_discarding_leaves_nothing_to_resume(corpus: Any, make_config: MakeConfig, folder: Path) -> None:
    with pytest.raises(Discarded) as caught:
        train(
            corpus.vectors,
            make_config(),
            folder,
            Progress(),
            watch=Follower(1.0, lambda reins: reins.discard(64)).watch,
        )
    assert caught.value.features == 64
    watch = Watch(lambda _: None, examples=False)
    watch.reins.apply(Remedy("fewer features", "", "", 32))
    with pytest.raises(Discarded):
        train(corpus.vectors, make_config(), folder, Progress(), watch=watch)
    assert not list(folder.iterdir())


def test_a_rest_is_no_time_of_training(
    corpus: Any, make_config: MakeConfig, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(loop.time, "monotonic", lambda: now[0])
    saved: list[bool] = []

    class Resting(Progress):
        rested = False

        @property
        def paused(self) -> bool:
            return not self.rested and now[0] == 0 and bool(follower.moments)

        def advance(self, done: int, detail: str = "") -> None:
            if self.paused:
                saved.append((folder / "training.safetensors").is_file())
                self.rested = True
                now[0] += 1000.0

    follower = Follower()
    report = train(
        corpus.vectors, make_config(epochs=1, keep="last"), folder, Resting(), watch=follower.watch
    )
    assert saved == [True]
    assert report.seconds == 0


def test_remedies_fit_their_alarms(make_config: MakeConfig) -> None:
    config = make_config()
    few = small_corpus(config.sae.features, config.sae.features)
    assert few is not None
    dead = Alarm("dead features", "", "")
    offered = remedies([few, dead], config, 100)
    assert [one.act for one in offered] == ["fewer features", "more auxiliary", "slower"]
    assert offered[0].features is not None
    assert config.sae.k <= offered[0].features <= 50
    assert not remedies([Alarm("memory", "", "")], config, 100)
    assert [one.act for one in remedies([Alarm("overfitting", "", "")], config, 100)] == ["stop"]
    without = config.model_copy(update={"aux_k": 0})
    assert [one.act for one in remedies([dead], without, 10_000)] == ["slower", "fewer features"]
    assert changed(config, "stop") == config
    smallest = config.model_copy(update={"sae": replace_features(config, 16)})
    assert all(one.act != "fewer features" for one in remedies([dead], smallest, 10_000))


def replace_features(config: TrainConfig, features: int) -> Any:
    return config.sae.model_copy(update={"features": features, "k": 4})


def test_other_settings_are_still_refused(corpus: Any, make_config: MakeConfig, folder: Path) -> None:
    progress = Progress(lambda update: progress.cancel() if update.done > 500 else None)
    with pytest.raises(Cancelled):
        train(corpus.vectors, make_config(), folder, progress)
    other = changed(make_config(), "slower")
    with pytest.raises(UserError, match="other settings"):
        train(corpus.vectors, other, folder, Progress(), resume=True)
