"""`families`: what the command builds, shows, carries in and out, and what it refuses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import networkx as nx
import planted_library
import pytest
from cli_support import Run, embedder, run, trained, trained_once
from paper_oracle import brute_force

from saerch_desktop import cli_families
from saerch_desktop.cli import main
from saerch_desktop.features.families import edits as made
from saerch_desktop.features.families.book import FamilyBook, open_book
from saerch_desktop.features.families.edits import save_edits
from saerch_desktop.features.families.family import Families, Family, key_of
from saerch_desktop.features.families.family_files import save_families
from saerch_desktop.features.feature_set import FeatureSet, build_features
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress

__all__ = ["embedder", "run", "trained", "trained_once"]


def features_of(path: Path) -> FeatureSet:
    with Library.open(path) as library:
        return FeatureSet.open(library, next(iter(library.manifest.saes)))


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["families", *map(str, arguments)]) == 2
    return capsys.readouterr().err


@pytest.fixture(scope="session")
def planted_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = planted_library.make(tmp_path_factory.mktemp("families") / "planted.saerch")
    with Library.open(path, write=True) as library:
        build_features(library, planted_library.NAME, Progress())
    return path


@pytest.fixture
def planted(planted_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(planted_once, tmp_path / "planted.saerch"))


def test_families_are_built_once_and_shown_then(run: Run, planted: Path) -> None:
    first = run("families", "--library", planted, "--method", "paper")
    assert (first["method"], first["built_now"]) == ("paper", True)
    assert first["count"] == len(first["families"]) > 3
    assert first["options"]["features"] == "active ones"
    features = features_of(planted)
    covered = {member for family in first["families"] for member in family["members"]}
    assert first["coverage"] == pytest.approx(len(covered) / features.statistics.live.sum())
    for family in first["families"]:
        assert family["members"][0] == family["root"]
        assert family["name"]
        assert family["grade"] in "ABCDEF?"
        assert family["density"] > 0
    again = run("families", "--library", planted)
    assert again == {**first, "built_now": False}
    anew = run("families", "--library", planted, "--method", "paper", "--again")
    assert anew["built_now"] is True
    assert anew["families"] == first["families"]


def test_the_paper_s_families_are_those_of_an_independent_count(run: Run, planted: Path) -> None:
    with Library.open(planted) as library:
        codes = planted_library.dense(library).codes
    found = run("families", "--library", planted, "--method", "paper")
    families = {
        (family["root"], frozenset(family["members"][1:]), family["level"]) for family in found["families"]
    }
    assert families == brute_force(codes, set(range(planted_library.FEATURES)))


def test_changes_are_laid_over_and_conflicts_listed(run: Run, trained: Path) -> None:
    features = features_of(trained)
    built = [Family(key=key_of("paper", members), members=members) for members in ((1, 2, 3), (4, 5))]
    save_families(features.folder, Families(method="paper", families=tuple(built)))
    book = open_book(features)
    assert book is not None
    other = FamilyBook.of(
        Families(method="paper", families=(Family(key="gone", members=(20, 21, 22)),)), edits=()
    )
    edits = [
        made.rename(book, built[0].key, "Named by me"),
        made.hide(book, built[1].key),
        made.rename(other, "gone", "Lost"),
    ]
    save_edits(features.folder, 32, edits)
    found = run("families", "--library", trained)
    assert [family["name"] for family in found["families"]] == ["Named by me"]
    assert found["hidden"] == [built[1].key]
    assert found["edits"] == 3
    (conflict,) = found["conflicts"]
    assert (conflict["edit"], conflict["id"]) == ("rename", edits[2].id)
    told = run("families", "--library", trained, words=True)
    assert "1 change of yours does not fit these families. Nothing is lost" in told
    assert "rename: The family of #20, #21, #22 is no more" in told
    assert "Hidden by you: 1" in told


def test_out_to_files_and_in_again(run: Run, planted: Path, tmp_path: Path) -> None:
    paper = tmp_path / "clean_families.json"
    out = run("families", "--library", planted, "--method", "paper", "--export", paper)
    assert out["export"] == str(paper)
    graph = tmp_path / "families.graphml"
    told = run("families", "--library", planted, "--export", graph, words=True)
    assert f"Written to {graph}." in told
    kinds = {about["kind"] for *_, about in nx.read_graphml(graph).edges(data=True)}
    assert {"member", "general", "together"} <= kinds
    back = run("families", "--library", planted, "--import", paper)
    assert back["method"] == "imported"
    children = {frozenset(family["members"]) - {family["root"]} for family in out["families"]}
    assert {frozenset(family["members"]) - {family["root"]} for family in back["families"]} == children
    assert run("families", "--library", planted)["method"] == "paper", "what was built is shown first"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--method", "paper", "--resolution", "2"], "Only the default method"),
        (["--resolution", "0"], "must be above zero"),
        (["--resolution", "nan"], "must be above zero"),
        (["--method", "imported", "--again"], "no way to build imported"),
        (["--method", "imported"], "has no imported families"),
        (["--method", "own"], "has no own families"),
        (["--export", "families.xls"], "none of the known ways"),
        (["--import", "nowhere.json"], "cannot be used"),
        (["--import", "nowhere.json", "--again"], "shows the families it brings in"),
    ],
)
def test_what_makes_no_sense_is_refused(
    capsys: pytest.CaptureFixture[str], trained: Path, options: list[str], said: str
) -> None:
    assert said in refused(capsys, "--library", trained, *options)


def test_the_default_method_takes_a_resolution_and_a_seed(run: Run, trained: Path) -> None:
    first = run("families", "--library", trained, "--resolution", 2, "--seed", 3)
    assert (first["method"], first["seed"], first["options"]["resolution"]) == ("default", 3, 2.0)
    assert first["built_now"] is True
    assert run("families", "--library", trained, "--resolution", 2, "--seed", 3)["built_now"] is False
    assert run("families", "--library", trained, "--resolution", 1)["built_now"] is True


def test_what_is_printed_says_what_it_means_and_how_long_all_of_it_took(
    run: Run, planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter((100.0, 122.8))
    monkeypatch.setattr(cli_families, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    said = run("families", "--library", planted, "--method", "paper", words=True)
    assert re.search(r"Built in (22\.8|23) s \(found in ", said)
    for word in ("R: ", "block: ", "inside: "):
        assert sum(line.strip().startswith(word) for line in said.splitlines()) == 1
