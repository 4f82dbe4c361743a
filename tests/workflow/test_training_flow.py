"""The training wizard without its pages: what can be planned, what is refused, and that nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.workflow import drafts
from saerch_desktop.workflow.training_flow import DRAFT, TrainingFlow
from saerch_desktop.workflow.training_plan import (
    MOST_SAES,
    AfterTraining,
    Ground,
    PlannedSae,
    TrainingPlan,
    problems,
)


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saerch_desktop.paths.data_dir", lambda: tmp_path / "data")


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path / "a.saerch", 30_000, 384, taken=("main", "features"), begun=("begun",))


def test_a_goal_is_a_plan_of_one_with_a_free_name(ground: Ground) -> None:
    flow = TrainingFlow(ground)
    (row,) = flow.saes
    assert (row.name, row.preset, row.seeds) == ("features 2", "balanced", (0,))
    flow.choose_goal("fine")
    assert flow.saes[0].preset == "fine"
    flow.choose_goal("paper")
    assert (flow.saes[0].recipe, flow.saes[0].keep) == ("paper", "last")
    flow.choose_goal("expert")
    assert flow.saes[0].recipe == "paper", "an expert begins with what is there"
    assert flow.is_expert


def test_pages_follow_each_other_and_nothing_typed_is_lost(ground: Ground) -> None:
    flow = TrainingFlow(ground)
    assert not flow.back()
    assert flow.forward()
    assert not flow.forward(), "the training is started by go"
    assert flow.change(0, features=512, seeds=(0, 1)) == ""
    flow.add("broad")
    flow.follow(families=False)
    again = TrainingFlow(ground)
    assert again.step == "plan"
    assert again.draft == flow.draft
    assert again.back()
    assert again.plan() == flow.plan()
    plan = again.go()
    assert again.step == "run"
    assert [run.name for run in plan.runs()] == ["features 2 seed 0", "features 2 seed 1", "features 3"]
    assert drafts.load(DRAFT, str(ground.library)) is None
    assert TrainingFlow(ground).draft.goal == "balanced"
    again.finished()
    assert again.step == "after"


def test_rows_are_added_and_taken_out(ground: Ground) -> None:
    flow = TrainingFlow(ground)
    flow.add()
    assert flow.saes[1] == flow.saes[0].model_copy(update={"name": "features 3", "seeds": (1,)})
    flow.remove(0)
    assert [row.name for row in flow.saes] == ["features 3"]
    flow.remove(0)
    assert len(flow.saes) == 1, "one stays"
    for _ in range(MOST_SAES + 5):
        flow.add()
    assert len(flow.saes) == MOST_SAES
    assert not flow.missing("plan")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "../up"}, "cannot be the name"),
        ({"name": "features 3"}, "same name"),
        ({"seeds": (1, 1)}, "Seeds must differ"),
        ({"k": -1}, "greater"),
        ({"heldout": 0.9}, "less than or equal to 0.5"),
    ],
)
def test_what_makes_no_sense_is_not_taken(ground: Ground, changes: dict[str, object], words: str) -> None:
    flow = TrainingFlow(ground)
    flow.add()
    before = flow.draft
    said = flow.change(0, **changes)
    assert words in said
    assert not said[0].islower()
    assert flow.draft == before


def test_what_is_missing_is_said_in_words(ground: Ground) -> None:
    flow = TrainingFlow(ground)
    flow.forward()
    flow.change(0, name="MAIN")
    assert "already" in flow.missing()
    with pytest.raises(UserError, match="already"):
        flow.go()
    flow.change(0, name="fresh", features=8, k=16)
    assert "k (16) is larger" in flow.missing()
    flow.change(0, features=9000, k=16, heldout=0.0)
    assert flow.missing() == ""
    said = " ".join(flow.remarks())
    assert "At most 15,000" not in said
    assert "Nothing is held out" in said
    flow.change(0, features=20_000)
    assert "At most 15,000 are worth training" in " ".join(flow.remarks())
    flow.change(0, name="begun")
    assert flow.missing() == "", "one that was begun goes on"
    assert "begun before" in " ".join(flow.remarks())


def test_too_few_documents_are_refused_and_few_are_remarked(tmp_path: Path) -> None:
    plan = TrainingPlan.of_goal("balanced")
    assert "at least 10 documents" in problems(plan, Ground(tmp_path, 3, 384))[0]
    flow = TrainingFlow(Ground(tmp_path, 200, 384))
    assert flow.missing("plan") == ""
    assert "200 documents" in flow.remarks()[0]


def test_a_draft_that_makes_no_sense_is_none(ground: Ground) -> None:
    drafts.save(DRAFT, {"step": "plan", "saes": [{"name": "../x"}]}, str(ground.library))
    assert TrainingFlow(ground).saes[0].name == "features 2"
    drafts.save(DRAFT, {"step": "plan", "goal": "broad", "saes": []}, str(ground.library))
    assert len(TrainingFlow(ground).saes) == 1


def test_a_draft_that_cannot_be_kept_is_no_reason_to_stop(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise UserError("The disk is full.", "", "")

    flow = TrainingFlow(ground)
    monkeypatch.setattr(drafts, "save", full)
    assert flow.change(0, k=8) == ""
    assert flow.saes[0].k == 8
    assert flow.trouble is not None


def test_features_in_use_stay_in_use_unless_one_says_otherwise(ground: Ground, tmp_path: Path) -> None:
    assert not TrainingFlow(ground).draft.after.open
    assert TrainingFlow(Ground(tmp_path, 1000, 384)).draft.after.open


def test_a_plan_survives_its_journey_through_json() -> None:
    plan = TrainingPlan(
        saes=(PlannedSae(name="a", features=64, k=4, seeds=(3, 4), heldout=0.1, device="cpu", rate=0.5),),
        after=AfterTraining(families=False),
    )
    assert TrainingPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan
    assert plan.after.steps == ("encode", "label")
    assert AfterTraining(encode=False).steps == ()
    config = plan.runs()[1].config(1000, 48)
    assert (config.seed, config.heldout_fraction, config.keep, config.sae.features) == (4, 0.1, "best", 64)
    plain = PlannedSae(name="a", features=64, k=4).runs()
    assert config.learning_rate == pytest.approx(next(plain).config(1000, 48).learning_rate / 2)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"saes": []},
        {"saes": [{"name": "a"}, {"name": "A"}]},
        {"saes": [{"name": "a", "unknown": 1}]},
        {"saes": [{"name": "a/b"}]},
        {"saes": [{"features": 10**9}]},
        {"version": 2, "saes": [{}]},
        {"saes": [{"name": f"n{number}"} for number in range(MOST_SAES + 1)]},
    ],
)
def test_what_is_no_plan_is_refused_in_words(value: object) -> None:
    with pytest.raises(UserError) as caught:
        TrainingPlan.from_json(value)
    assert "plan" in caught.value.happened
    assert "unchanged" in caught.value.meaning
