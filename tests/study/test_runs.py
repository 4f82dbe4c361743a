"""Trainings beside each other, from what they wrote down."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_library
from runs_support import epoch, note_run

from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.study.reconstruction import compare


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_library.make_documents(tmp_path_factory.mktemp("runs") / "some.saerch", 20)


@pytest.fixture
def library(documents: Path, tmp_path: Path) -> Iterator[Library]:
    with Library.open(Path(shutil.copytree(documents, tmp_path / "some.saerch")), write=True) as opened:
        note_run(opened, "first", 32, 4, 0.5, course=[0.7, 0.6, 0.55, 0.5], vectors="v1")
        note_run(opened, "second", 64, 8, 0.4, figures={"rare_fraction": 0.25, "overlap": 0.6})
        yield opened


def test_every_run_tells_its_shape_cost_and_error(library: Library) -> None:
    first, second = compare(library)
    assert first.as_dict() == {
        "sae": "first",
        "variant": "topk",
        "preset": "balanced",
        "features": 32,
        "k": 4,
        "passes": 4,
        "seed": 0,
        "fvu": 0.5,
        "l0": 4.0,
        "dead_fraction": 0.0,
        "rare_fraction": None,
        "overlap": None,
        "documents_per_second": 1000.0,
        "seconds": 2.5,
        "notes": [],
    }
    assert first.record is not None
    assert first.record.epochs[1] == epoch(2, 0.6)
    assert first.vectors == "v1"
    assert second.record is None
    assert (second.as_dict()["rare_fraction"], second.as_dict()["overlap"]) == (0.25, 0.6)


def test_they_come_in_the_order_that_is_asked_for(library: Library) -> None:
    assert [run.sae for run in compare(library, ["second", "first"])] == ["second", "first"]
    with pytest.raises(UserError, match="third"):
        compare(library, ["first", "third"])


def test_a_damaged_record_costs_the_passes_only(library: Library) -> None:
    (library.sae_folder("first") / "run.json").write_text("{", encoding="utf-8")
    first, _ = compare(library)
    assert first.fvu == 0.5
    assert first.record is None
    (note,) = first.notes
    assert "run.json" in note


def test_alarms_are_told(library: Library) -> None:
    path = library.sae_folder("first") / "run.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | {"alarms": ["Many features are dead."]}), encoding="utf-8")
    assert compare(library)[0].notes == ("Many features are dead.",)


def test_one_that_cannot_be_read_hides_no_other(library: Library) -> None:
    (library.sae_folder("first") / "sae.json").write_text("{", encoding="utf-8")
    assert [run.sae for run in compare(library)] == ["second"]
    with pytest.raises(UserError, match="first"):
        compare(library, ["first"])


def test_an_error_on_training_documents_is_no_error_held_out(library: Library) -> None:
    note_run(library, "all", 32, 4, 0.1, figures={"n_heldout": 0})
    assert compare(library, ["all"])[0].fvu is None
