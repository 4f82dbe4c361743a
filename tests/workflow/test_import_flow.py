"""The import's state machine: what is missing on each page, going on, coming back, and what is wished."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saerch_desktop import paths
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.library import Library
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress, Update
from saerch_desktop.workflow import import_draft
from saerch_desktop.workflow.import_draft import ImportDraft
from saerch_desktop.workflow.import_flow import ImportFlow
from saerch_desktop.workflow.import_look import SourceLook
from saerch_desktop.workflow.import_vectors import VectorsLook
from saerch_desktop.workflow.job_journal import Kept
from saerch_desktop.workflow.making import NewLibrary
from saerch_desktop.workflow.training_plan import TrainingPlan

ROLES = Roles("id", "title", ("text",), None, ("topic",))


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path / "data")


def look(path: Path, rows: int = 60) -> SourceLook:
    return SourceLook(path, "CSV", 1000, 1, rows, True, ("id", "title", "text", "topic"), (), ROLES)


def seen(tmp_path: Path) -> ImportFlow:
    flow = ImportFlow()
    source = tmp_path / "papers.csv"
    flow.change(place=tmp_path)
    flow.choose(source)
    flow.saw(look(source))
    return flow


def test_pages_are_turned_only_when_they_are_complete(tmp_path: Path) -> None:
    flow = ImportFlow(ImportDraft(place=tmp_path))
    assert "Choose a file" in flow.missing("source")
    assert not flow.forward()
    flow.choose(tmp_path / "papers.csv")
    assert "still being read" in flow.missing("source")
    flow.saw(look(tmp_path / "another.csv"))
    assert flow.missing("source"), "what is seen of another file says nothing about this one"
    flow.saw(look(tmp_path / "papers.csv"))
    assert flow.draft.roles == ROLES
    assert flow.draft.name == "papers"
    assert [flow.forward() for _ in range(4)] == [True, True, True, False]
    assert flow.draft.step == "check"
    assert flow.first_missing() is None
    assert flow.back()
    assert flow.draft.step == "vectors"
    flow.change(roles=replace(ROLES, text=()))
    assert not flow.go_to("check")
    assert flow.go_to("columns")
    assert "text" in flow.missing("columns")


def test_what_was_typed_outlives_the_program(tmp_path: Path) -> None:
    flow = seen(tmp_path)
    flow.go_to("vectors")
    flow.change(vectors="given", made_by="minilm", name="Mine")
    kept = import_draft.load()
    assert kept == flow.draft
    again = ImportFlow(kept)
    again.saw(look(tmp_path / "papers.csv"))
    assert (again.draft.step, again.draft.made_by) == ("vectors", "minilm")
    again.finish()
    assert import_draft.load() is None


def test_roles_that_a_changed_file_no_longer_has_are_guessed_anew(tmp_path: Path) -> None:
    flow = seen(tmp_path)
    flow.change(roles=replace(ROLES, title="gone"))
    assert "gone" in flow.missing("columns")
    flow.saw(look(tmp_path / "papers.csv"))
    assert flow.draft.roles == ROLES


def test_another_file_takes_its_own_name_unless_one_was_typed(tmp_path: Path) -> None:
    flow = seen(tmp_path)
    flow.choose(tmp_path / "other.jsonl.gz")
    assert flow.draft.name == "other"
    flow.change(name="Typed")
    flow.choose(tmp_path / "third.csv")
    assert flow.draft.name == "Typed"
    assert flow.draft.roles is None


def test_vectors_that_do_not_fit_stop_here_until_a_way_out_is_taken(tmp_path: Path) -> None:
    flow = seen(tmp_path)
    path = tmp_path / "vectors.npz"
    flow.choose_vectors(path)
    assert "being checked" in flow.missing("vectors")
    found = VectorsLook(path, 50, 8, "float32", (1.0, 1.0, 1.0), 60, keys=("ids",))
    flow.saw_vectors(found)
    assert "50 vectors" in flow.missing("vectors")
    assert "60 records" in flow.missing("vectors")
    flow.change(limit=50)
    assert flow.missing("vectors") == ""
    flow.change(limit=None, join="ids")
    assert "being compared" in flow.missing("vectors")
    flow.saw_vectors(replace(found, joined="ids", matched=50))
    assert flow.missing("vectors") == ""
    wish = flow.wish()
    assert (wish.join, wish.vectors_file, wish.limit) == ("ids", path, None)
    flow.change(vectors="compute")
    assert flow.missing("vectors") == ""
    assert flow.wish().vectors_file is None


def test_a_service_needs_a_model_a_price_and_a_limit(tmp_path: Path) -> None:
    flow = seen(tmp_path)
    flow.change(vectors="service", service_model="")
    assert "Name the model" in flow.missing("vectors")
    flow.change(service_model="text-embedding-3-small")
    assert "at most" in flow.missing("vectors")
    flow.change(most_cost=2.0)
    assert flow.missing("vectors") == ""
    assert flow.wish(allow_network=True).budget_tokens == 100_000_000
    flow.change(service_model="unheard-of")
    assert "million tokens" in flow.missing("vectors")
    flow.change(price=1.0)
    assert flow.wish().budget_tokens == 2_000_000
    flow.change(service_url="ftp://example.org")
    assert "address" in flow.missing("vectors")
    flow.change(service_url="http://localhost:11434/v1", price=None, most_cost=None)
    assert flow.missing("vectors") == "", "nothing is to be paid on this computer"


@pytest.mark.parametrize(
    "name", ["", "  ", "../up", "a/b", "c:d", ".hidden", "what?", "taken", "taken.saerch"]
)
def test_names_that_cannot_be_a_new_folder_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "taken.saerch").mkdir()
    flow = seen(tmp_path)
    flow.change(name=name)
    assert flow.missing("check")
    flow.change(name="fine.saerch")
    assert flow.missing("check") == ""
    assert flow.draft.target == tmp_path / "fine.saerch"
    flow.change(place=tmp_path / "nowhere")
    assert "no folder" in flow.missing("check")


def test_a_wish_survives_the_journal_without_its_leave_for_the_network(tmp_path: Path) -> None:
    flow = seen(tmp_path)
    flow.change(vectors="service", most_cost=1.0, limit=20)
    wish = flow.wish(TrainingPlan.of_goal("balanced"), allow_network=True)
    assert wish.allow_network
    kept = NewLibrary.from_json(wish.library, json.loads(json.dumps(wish.to_json())))
    assert kept == replace(wish, allow_network=False)
    with pytest.raises(UserError, match="cannot be read"):
        NewLibrary.from_json(wish.library, wish.to_json() | {"vectors": "magic"})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*ImportDraft().to_json(), "else"]), json_values, max_size=8))
def test_a_damaged_draft_is_taken_as_far_as_it_makes_sense(value: dict[str, object]) -> None:
    draft = ImportDraft.from_json(value)
    assert ImportDraft.from_json(draft.to_json()) == draft


def test_an_interrupted_import_goes_on_from_what_the_journal_kept(tmp_path: Path) -> None:
    source = tmp_path / "papers.csv"
    lines = ["id,title,text,topic", *(f"d{n},Title {n},Some words about {n},stars" for n in range(6000))]
    source.write_text("\n".join(lines), encoding="utf-8")
    flow = seen(tmp_path)
    flow.change(vectors="none", limit=5000)
    wish = flow.wish()

    def stop_midway(update: Update) -> None:
        if update.detail.startswith(("2,", "4,")):
            progress.cancel()

    progress = Progress(stop_midway)
    kept = Kept("import", wish.library, json.loads(json.dumps(wish.to_json())))
    with pytest.raises(Cancelled):
        kept.run(progress)
    with Library.open(wish.library) as library:
        begun = len(library.documents)
    assert 0 < begun < 5000
    kept.run(Progress())
    with Library.open(wish.library) as library:
        assert len(library.documents) == 5000
        assert library.documents.get(4999).id == "d4999"
