"""search --steer-family: families by key or name, one slider for all their features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli_support import Run, embedder, run, trained, trained_once

from saerch_desktop.cli import main
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.features.families.family_files import save_families
from saerch_desktop.workflow.session import open_session

__all__ = ["embedder", "run", "trained", "trained_once"]

QUERY = "queen of the river"


@pytest.fixture
def grouped(trained: Path) -> Path:
    """The library with two families."""
    with open_session(trained) as session:
        folder = session.required_features().folder
    families = (
        Family(key="aa11", members=(0, 3, 5), name=FamilyName(text="Dark halos", source="human")),
        Family(key="bb22", members=(1, 2), name=FamilyName(text="Dust lanes", source="human")),
    )
    save_families(folder, Families(method="default", families=families))
    return trained


def search(run: Run, library: Path, *options: Any) -> Any:
    return run("search", "--library", library, "--top", 1000, *options, QUERY)


@pytest.mark.parametrize("typed", ["aa11=+0.5", "aa=0.5", "halos=0.5", "DARK HALOS=.5", " Dark halos =0.5"])
def test_a_family_is_its_features_moved_together(run: Run, grouped: Path, typed: str) -> None:
    found = search(run, grouped, "--steer-family", typed)
    (family,) = found["families"]
    assert (family["family"], family["label"], family["amount"]) == ("aa11", "Dark halos", 0.5)
    assert family["features"] == [0, 3, 5]
    moves = [
        part
        for feature, weight in zip(family["features"], family["weights"], strict=True)
        for part in ("--steer", f"{feature}:{0.5 * weight!r}")
    ]
    apart = {result["id"]: result["score"] for result in search(run, grouped, *moves)["results"]}
    for result in found["results"]:
        assert result["score"] == pytest.approx(apart[result["id"]], abs=1e-5)
        (part,) = result["contributions"]
        assert (part["feature"], part["family"], part["label"]) == (None, "aa11", "Dark halos")


def test_with_features_and_in_paper_mode_contributions_sum_to_the_change(run: Run, grouped: Path) -> None:
    plain = {result["id"]: result["score"] for result in search(run, grouped)["results"]}
    options = ("--steer-family", "aa11=1", "--steer-family", "bb22=-1", "--steer", "4:+0.2")
    found = search(run, grouped, *options, "--mode", "paper")
    assert [entry["family"] for entry in found["families"]] == ["aa11", "bb22"]
    for result in found["results"]:
        total = sum(part["value"] for part in result["contributions"])
        assert total == pytest.approx(result["score"] - plain[result["id"]], abs=1e-5)


def test_nothing_moved_is_plain_search(run: Run, grouped: Path) -> None:
    plain = search(run, grouped)
    assert "families" not in plain
    assert search(run, grouped, "--steer-family", "aa11=0")["results"] == plain["results"]


def test_for_people(run: Run, grouped: Path) -> None:
    shown = run("search", "--library", grouped, "--steer-family", "aa11=-1", QUERY, words=True)
    assert "steered by family aa11 -1 (Dark halos)" in shown


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--steer-family", "aa11"], "cannot be read"),
        (["--steer-family", "=1"], "cannot be read"),
        (["--steer-family", "aa11=much"], "cannot be read"),
        (["--steer-family", "aa11=inf"], "cannot be read"),
        (["--steer-family", "d=1"], "2 families"),
        (["--steer-family", "nothing=1"], "no family"),
        (["--steer-family", "aa11=1", "--steer-family", "halos=1"], "twice"),
        (["--steer-family", "aa11=1", "--words"], "--words"),
    ],
)
def test_what_cannot_be(
    grouped: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    assert main(["search", "--library", str(grouped), *options, QUERY]) == 2
    assert told in capsys.readouterr().err


def test_without_families_it_says_how_to_have_some(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "--library", str(trained), "--steer-family", "aa11=1", QUERY]) == 2
    assert "has no families yet" in capsys.readouterr().err
