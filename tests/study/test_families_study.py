"""The study of families: its comparison is fair, and its figures are those of the families."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import planted_library
import pytest
from numpy.typing import NDArray
from planted_library import NAME, SUBJECTS

from saerch_desktop.cli import main
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.families.family import Families, Family
from saerch_desktop.features.feature_set import FeatureSet, build_features
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.study import families
from saerch_desktop.study.facet_tree import FacetTree
from saerch_desktop.study.families import _agreements, agreement_with, same_groups, study_families

KEYS = {"families", "coverage", "largest_share", "r", "block_ratio", "ami", "agreement", "seconds"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = planted_library.make(tmp_path_factory.mktemp("study") / "planted.saerch", rows=400)
    with Library.open(made, write=True) as library:
        connection = library.writing_connection()
        for position, values in ((0, [words[0] for words in SUBJECTS]), (1, ["low", "high"] * 4)):
            connection.executemany(
                "INSERT INTO facets(row, position, name, value) VALUES (?, ?, 'subject', ?)",
                [(row, position, values[row % len(SUBJECTS)]) for row in range(400)],
            )
        build_features(library, NAME, Progress())
    return made


def groups(*of: int) -> NDArray[np.int32]:
    return np.asarray(of, np.int32)


TREE = FacetTree(("top", "a", "b", "c"), (-1, 0, 0, -1), np.asarray([80, 40, 40, 30]))


def test_groups_are_alike_whatever_their_numbers() -> None:
    assert same_groups(groups(0, 0, 1, 1, 2, 2), groups(5, 5, 3, 3, 1, 1)) == pytest.approx(1)
    assert same_groups(groups(-1, -1), groups(0, 0)) is None


def test_features_that_get_lost_count_against_it() -> None:
    full = groups(0, 0, 0, 1, 1, 1, 2, 2, 2, -1)
    kept, lost = groups(0, 0, 0, 1, 1, 1, 2, 2, 2, 2), groups(0, 0, 0, -1, -1, -1, 2, 2, 2, -1)
    found = same_groups(full, lost)
    assert same_groups(full, kept) == pytest.approx(1)
    assert found is not None
    assert found < 0.9


def test_agreement_is_the_mean_over_the_levels() -> None:
    """Groups that follow the leaves, on two levels: 1 on the lower, less on the upper."""
    places = np.asarray([1, 1, 2, 2, 3, 3, -1])
    leaves, tops = groups(0, 0, 1, 1, 2, 2, 2), groups(0, 0, 0, 0, 1, 1, 1)
    by_leaf, by_top = agreement_with(leaves, places, TREE), agreement_with(tops, places, TREE)
    assert by_leaf is not None
    assert by_top is not None
    assert 0.5 < by_leaf < 1
    assert by_leaf == pytest.approx(by_top)  # each is right on one level, and the same apart on the other
    assert agreement_with(leaves, np.full(7, -1), TREE) is None


def test_groups_at_random_do_not_agree_whatever_their_sizes() -> None:
    chance = np.random.default_rng(0)
    places = chance.integers(1, 4, 600)
    for many in (2, 20, 200):
        scores = [
            agreement_with(chance.integers(0, many, 600).astype(np.int32), places, TREE) for _ in range(5)
        ]
        assert np.mean(np.asarray(scores, np.float64)) == pytest.approx(0, abs=0.02)


def test_both_methods_are_compared_on_the_same_features() -> None:
    """One that only has the easy features in families gains nothing by it."""
    places = np.asarray([1, 1, 1, 2, 2, 2, 3, 3, 3, 1, 2, 3])
    all_of_them = groups(0, 0, 0, 1, 1, 1, 2, 2, 2, 1, 2, 0)  # wrong on the last three
    easy_ones = groups(0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1, -1)
    (one, other), compared = _agreements(places, TREE, [[all_of_them], [easy_ones]])
    assert one == other
    assert compared == 9


def test_the_better_reading_counts() -> None:
    places = np.asarray([1, 1, 2, 2, 3, 3])
    right, wrong = groups(0, 0, 1, 1, 2, 2), groups(0, 1, 2, 0, 1, 2)
    (_, best), _ = _agreements(places, TREE, [[right], [wrong, right]])
    (_, only), _ = _agreements(places, TREE, [[right], [wrong]])
    assert best is not None
    assert only is not None
    assert best > only


def test_the_command_measures_both_methods(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(file.name for file in path.rglob("families_*"))
    assert main(["study", "families", "--library", str(path), "--truth", "subject", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"default", "paper"}
    for figures in told.values():
        assert set(figures) == KEYS
        assert 0 <= figures["coverage"] <= 1
        assert figures["seconds"] >= 0
    assert sorted(file.name for file in path.rglob("families_*")) == before


def test_the_figures_are_those_of_the_families(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Methods that always find the same are perfectly stable; one that follows the subjects agrees more."""

    def finds(*several: tuple[int, ...]) -> Families:
        found = tuple(Family(key=str(members), members=members, root=members[0]) for members in several)
        return Families(method="default", families=found)

    right, mixed = finds((0, 2, 4, 6), (1, 3, 5, 7), (0, 2)), finds((0, 1, 2, 3, 4), (5, 6, 7))
    monkeypatch.setattr(families, "default_families", lambda *_, **__: right)
    monkeypatch.setattr(families, "paper_families", lambda *_, **__: mixed)
    with Library.open(path) as library:
        live = int(FeatureSet.open(library, NAME).statistics.live.sum())
        study = study_families(library, NAME, Progress(), "subject", resamples=2)
    assert (study.default.families, study.paper.families) == (3, 2)
    assert study.default.coverage == pytest.approx(8 / live)
    assert study.default.largest_share == pytest.approx(4 / live)
    assert study.paper.largest_share == pytest.approx(5 / live)
    assert (study.default.ami, study.paper.ami) == (pytest.approx(1), pytest.approx(1))
    assert study.compared == 8
    assert study.default.agreement is not None
    assert study.paper.agreement is not None
    assert study.default.agreement > study.paper.agreement + 0.2


def test_the_table_for_people(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "families", "--library", str(path)]) == 0
    told = capsys.readouterr().out
    assert "default" in told
    assert "Alike in 10 resamples (AMI)" in told
    assert "The agreement is measured" not in told


def test_the_same_library_gives_the_same_figures(path: Path) -> None:
    with Library.open(path) as library:
        one, two = (study_families(library, NAME, Progress(), "subject", resamples=2) for _ in range(2))
    first, second = one.as_dict(), two.as_dict()
    for told in (*first.values(), *second.values()):
        del told["seconds"]
    assert first == second
    assert (one.levels, one.values) == (2, 10)


def test_a_facet_that_is_not_there(path: Path) -> None:
    with Library.open(path) as library, pytest.raises(UserError, match="no facet “topic”"):
        study_families(library, NAME, Progress(), "topic")


def test_it_stops_when_asked_while_resampling(path: Path) -> None:
    progress = Progress(lambda update: progress.cancel() if "resampled" in update.stage else None)
    with Library.open(path) as library, pytest.raises(Cancelled):
        study_families(library, NAME, progress)
