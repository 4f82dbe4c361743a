"""A plan is carried out whole, step by step; what interrupts it is gone on with and nothing done twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import small_library

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.checks import check_library
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress, Update
from saerch_desktop.sae import loop
from saerch_desktop.sae.record import load_run
from saerch_desktop.sae.remedies import Remedy
from saerch_desktop.sae.weights import load_details
from saerch_desktop.workflow import training_run
from saerch_desktop.workflow.training_forecast import Forecast, forecast
from saerch_desktop.workflow.training_plan import AfterTraining, PlannedSae, TrainingPlan, look
from saerch_desktop.workflow.training_run import run_plan
from saerch_desktop.workflow.training_standing import PLAN_FILE, Live, Standing, board, load_state

Say = Callable[[Live, Standing], None]
SAE = PlannedSae(name="a", features=32, k=4, epochs=4, device="cpu")
ONE = TrainingPlan(saes=(SAE,))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_library.make_vectors(tmp_path_factory.mktemp("plans") / "a.saerch")


@pytest.fixture
def path(
    original: Path, tmp_path: Path, embedder: small_library.WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> Path:
    monkeypatch.setattr(loop, "EVERY_SECONDS", 0.0)
    return Path(shutil.copytree(original, tmp_path / original.name))


def during(path: Path, say: Say) -> Callable[[], None]:
    """Have `say` called at every change of the plan that runs on this library; ends by the result."""

    def listen(standing: Standing) -> None:
        live = board.of(path)
        if live is not None:
            say(live, standing)

    return board.listen(listen)


def steps_of(path: Path, name: str) -> tuple[bool, bool, bool]:
    """Whether an SAE is encoded, named and grouped."""
    with Library.open(path) as library:
        if name not in library.sae_names():
            return False, False, False
        features = FeatureSet.open(library, name)
        named = any(features.labels.get(feature) is not None for feature in range(32))
        return True, named, (features.folder / "families_default.json").is_file()


def test_a_plan_trains_encodes_names_and_groups(path: Path) -> None:
    seen: list[tuple[str, str]] = []
    stages: list[str] = []
    leave = during(path, lambda live, standing: seen.append((standing.current, standing.step)))
    done = run_plan(path, ONE, Progress(lambda update: stages.append(update.stage)))
    leave()
    assert [built.name for built in done.built] == ["a"]
    assert (done.name, done.opened) == ("a", "a")
    assert steps_of(path, "a") == (True, True, True)
    order = list(dict.fromkeys(step for _, step in seen))
    assert order == ["train", "encode", "label", "families"]
    assert "Training" in stages, "one SAE alone: its name is not repeated at every stage"
    assert board.of(path) is None
    assert not (path / PLAN_FILE).exists()
    details = load_details(path / "saes" / "a")
    assert details.train is not None
    assert details.train.keep == "best"
    with pytest.raises(UserError, match="already"):
        run_plan(path, ONE.model_copy(update={"after": AfterTraining(label=False)}), Progress())
    assert not check_library(path, repair=False, progress=Progress())


def test_several_saes_and_steps_that_are_not_wanted(path: Path) -> None:
    plan = TrainingPlan(
        saes=(SAE.model_copy(update={"seeds": (0, 1)}), SAE.model_copy(update={"name": "b", "k": 2})),
        after=AfterTraining(label=False, families=False, open=False),
    )
    updates: list[Update] = []
    done = run_plan(path, plan, Progress(updates.append))
    assert [built.name for built in done.built] == ["a seed 0", "a seed 1", "b"]
    assert done.opened == ""
    for built in done.built:
        assert steps_of(path, built.name) == (True, False, False)
    assert "a seed 1: Training" in {update.stage for update in updates}
    assert max(update.stage_count for update in updates) == updates[0].stage_count, "all stages were foreseen"
    assert load_details(path / "saes" / "a seed 0").sha256 != load_details(path / "saes" / "a seed 1").sha256


def test_only_training_leaves_an_sae_that_can_be_finished_later(path: Path) -> None:
    run_plan(path, ONE.model_copy(update={"after": AfterTraining(encode=False)}), Progress())
    assert steps_of(path, "a") == (False, False, False)
    ground = look(path)
    assert ground.begun == ("a",)
    done = run_plan(path, TrainingPlan(saes=(PlannedSae(name="a", device="cpu"),)), Progress())
    assert [built.name for built in done.built] == ["a"]
    assert steps_of(path, "a") == (True, True, True)


@pytest.mark.parametrize(
    "stage",
    [
        "Reading vectors",
        "Training",
        "Measuring",
        "Encoding documents",
        "Reading phrases",
        "Measuring families",
    ],
)
def test_an_interruption_at_any_stage_is_gone_on_with(path: Path, stage: str) -> None:
    begun: list[str] = []
    progress = Progress(lambda update: progress.cancel() if update.stage == stage and update.done else None)
    with pytest.raises(Cancelled):
        run_plan(path, ONE, progress)
    state = load_state(path)
    assert state is not None
    assert state.plan == ONE
    done = run_plan(path, state.plan, Progress(lambda update: begun.append(update.stage)))
    assert done.name == "a"
    assert steps_of(path, "a") == (True, True, True)
    assert load_state(path) is None
    if stage in ("Encoding documents", "Reading phrases", "Measuring families"):
        assert "Training" not in begun
    if stage == "Measuring families":
        assert "Encoding documents" not in begun
        assert "Placing phrases" in begun


def test_a_stop_keeps_the_best_and_goes_on_with_what_follows(path: Path) -> None:
    def stop(live: Live, standing: Standing) -> None:
        moment = standing.moment("a")
        if moment is not None and len(moment.record.epochs) >= 2:
            live.stop()

    plan = TrainingPlan(saes=(SAE.model_copy(update={"epochs": 200}),))
    leave = during(path, stop)
    done = run_plan(path, plan, Progress())
    leave()
    run = load_run(path / "saes" / "a")
    assert run is not None
    assert len(run.epochs) < 100
    assert run.changes[0].startswith("Stopped after ")
    assert done.name == "a"
    assert steps_of(path, "a") == (True, True, True)


def test_what_is_thrown_away_is_gone_and_the_next_one_is_trained(path: Path) -> None:
    def discard(live: Live, standing: Standing) -> None:
        if standing.moment("a") is not None and standing.current == "a":
            live.discard()

    plan = TrainingPlan(saes=(SAE, SAE.model_copy(update={"name": "b"})), after=AfterTraining(families=False))
    leave = during(path, discard)
    done = run_plan(path, plan, Progress())
    leave()
    assert [built.name for built in done.built] == ["b"]
    assert not (path / "saes" / "a").exists()
    assert look(path).taken == ("b",)


def test_a_training_begins_again_with_fewer_features(path: Path) -> None:
    remedy = Remedy("fewer features", "", "", 16)

    def apply(live: Live, standing: Standing) -> None:
        moment = standing.moment("a")
        if moment is not None and moment.features == 32:
            live.apply(remedy)

    leave = during(path, apply)
    run_plan(path, ONE, Progress())
    leave()
    assert load_details(path / "saes" / "a").sae.features == 16


def test_a_step_can_be_left_out_while_it_runs(path: Path) -> None:
    def skip(live: Live, standing: Standing) -> None:
        if standing.step == "label":
            live.skip()

    leave = during(path, skip)
    done = run_plan(path, ONE, Progress())
    leave()
    assert done.name == "a"
    assert steps_of(path, "a") == (True, False, True)


def test_live_examples_have_the_titles_of_their_documents(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saerch_desktop.sae.examples.SOONEST", 0.0)
    monkeypatch.setattr("saerch_desktop.sae.examples.SHARE", 1e9)
    found: list[tuple[tuple[int, ...], tuple[str, ...]]] = []

    def look_at(live: Live, standing: Standing) -> None:
        moment = standing.moment("a")
        found.extend((one.rows, one.texts) for one in (moment.examples if moment is not None else ()))

    leave = during(path, look_at)
    run_plan(path, ONE.model_copy(update={"after": AfterTraining(encode=False)}), Progress())
    leave()
    assert found
    with Library.open(path) as library:
        for rows, texts in found[-5:]:
            assert list(texts) == library.documents.titles(list(rows))


def test_one_that_fails_does_not_take_the_others_with_it(path: Path) -> None:
    apart = SAE.model_copy(update={"name": "apart", "rate": 100.0, "recipe": "paper", "epochs": 60})
    plan = TrainingPlan(saes=(apart, SAE), after=AfterTraining(label=False, families=False))
    monkey = pytest.MonkeyPatch()
    real = training_run._Work._train_once

    def fails(self: training_run._Work, name: str, wishes: object) -> None:
        if name == "apart":
            raise UserError("Training came apart.", "Nothing.", "Train slower.")
        real(self, name, wishes)  # type: ignore[arg-type]

    monkey.setattr(training_run._Work, "_train_once", fails)
    done = run_plan(path, plan, Progress())
    assert [built.name for built in done.built] == ["a"]
    assert done.alarms[0] == "“apart” could not be made: Training came apart. Train slower."
    with pytest.raises(UserError, match="came apart"):
        run_plan(path, TrainingPlan(saes=(apart,)), Progress())
    monkey.undo()
    assert load_state(path) is None


def test_what_does_not_fit_into_memory_is_refused_before_it_begins(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saerch_desktop.sae.estimate.machine_memory", lambda: 100 << 20)
    ground = look(path)
    said = forecast(ground, ONE, Progress())
    assert "0.1 GB" in said.refusal
    with pytest.raises(UserError, match="of memory"):
        run_plan(path, ONE, Progress())
    assert not (path / "saes" / "a" / "training.json").exists()


def test_a_plan_costs_what_its_saes_cost_together(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    from saerch_desktop.sae import estimate

    real = estimate.estimate
    monkeypatch.setattr(
        estimate, "estimate", lambda *given, **more: tried.append(given) or real(*given, **more, seconds=0.01)
    )
    ground = look(path)
    one = forecast(ground, ONE, Progress())
    known: dict[str, Forecast] = {}
    several = TrainingPlan(
        saes=(SAE.model_copy(update={"seeds": (0, 1, 2)}), SAE.model_copy(update={"name": "b"}))
    )
    tried.clear()
    said = forecast(ground, several, Progress(), known)
    assert len(tried) == 1, "the same shape is tried once"
    assert said.disk_bytes == 4 * one.disk_bytes
    assert said.memory_bytes == one.memory_bytes
    assert said.seconds == pytest.approx(
        4 * (said.rows[0].estimate.seconds + said.rows[0].estimate.encoding_seconds)
    )
    assert forecast(ground, several, Progress(), known).rows == said.rows
    assert len(tried) == 1
    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 1000))
    assert "The disk has" in forecast(ground, several, Progress(), known).refusal
    assert list((path / "saes").iterdir() if (path / "saes").is_dir() else []) == []
