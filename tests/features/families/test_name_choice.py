"""Which phrases are chosen for a family, against plain reckoning."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from naming_support import DIM, place
from numpy.typing import NDArray

from saerch_desktop.features.families.family import Family
from saerch_desktop.features.families.label_votes import LabelVotes
from saerch_desktop.features.families.name_choice import Option, Wording, options, picked
from saerch_desktop.features.phrase_choice import Candidates

ZERO = np.zeros(DIM, np.float32)


def candidates(present: NDArray[np.bool_], scores: list[float]) -> Candidates:
    t, c = present.shape
    return Candidates(
        phrases=np.arange(c),
        scores=np.asarray(scores),
        coverage=present.mean(axis=0),
        present=present,
        weights=np.full(t, 1 / t, np.float32),
    )


def table(words: list[str], frequency: list[int], whole: list[bool] | None = None) -> Any:
    c = len(words)
    stems = np.full((c, 3), -1)
    stems[:, 0] = np.arange(c)
    return SimpleNamespace(
        words=words,
        stems=stems,
        frequency=np.asarray(frequency),
        documents=1000,
        weight=np.ones(c, np.float32),
        whole=np.asarray(whole or [True] * c),
    )


def test_a_phrase_of_many_members_goes_before_one_members_own() -> None:
    # Four members of three documents each: the first phrase is in all documents of one member, the second in
    # one document of each.
    shares = np.kron(np.eye(4), np.full((1, 3), 1 / 3)).astype(np.float32)
    present = np.zeros((12, 2), np.bool_)
    present[:3, 0] = True
    present[::3, 1] = True
    own, shared = 1.0, 0.8
    phrases, wording = picked(
        candidates(present, [own, shared]), table(["pulsar", "galaxy"], [10, 10]), shares, 5, {}
    )
    assert phrases.tolist() == [1, 0]
    assert wording.true.T.tolist() == [[True] * 4, [True, False, False, False]]
    assert wording.worth == pytest.approx([shared * 1.3, own * 0.55])
    assert wording.share.tolist() == [0.01, 0.01]


def test_what_the_corpus_holds_as_often_is_true_of_no_member() -> None:
    shares = np.full((1, 4), 0.25, np.float32)
    present = np.asarray([[True], [True], [False], [False]])
    _, rare = picked(candidates(present, [1.0]), table(["halo"], [190]), shares, 5, {})
    _, common = picked(candidates(present, [1.0]), table(["halo"], [210]), shares, 5, {})
    assert (rare.true.all(), common.true.any()) == (True, False)


def test_parts_of_longer_phrases_come_last_and_cannot_stand_alone() -> None:
    shares = np.full((1, 4), 0.25, np.float32)
    present = np.ones((4, 2), np.bool_)
    phrases, wording = picked(
        candidates(present, [1.0, 0.5]), table(["adaptive", "optics"], [9, 9], [False, True]), shares, 5, {}
    )
    assert phrases.tolist() == [1, 0]
    assert wording.solid.tolist() == [True, False]


def wording(texts: list[str], true: list[list[bool]], **more: Any) -> Wording:
    c = len(texts)
    parts = {"worth": np.ones(c), "share": np.full(c, 0.001), "solid": np.ones(c, np.bool_)}
    parts |= {"votes": np.zeros(c), **more}
    return Wording(tuple(texts), true=np.asarray(true).T, **parts)


def documents(*texts: str, seed: int = 0) -> NDArray[np.float32]:
    chance = np.random.default_rng(seed)
    points = np.stack([place(text) for text in texts for _ in range(20)])
    points = points + chance.normal(scale=0.6 / DIM**0.5, size=points.shape)
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True), np.float32)


def chosen(asked: Wording, positives: NDArray[np.float32], density: float = 0.1) -> list[Option]:
    negatives = documents("rook lift", "rye dough", seed=1)
    placed = np.stack([place(text) for text in asked.texts])
    direction = positives.mean(axis=0)
    return options(asked, placed, ZERO, positives, negatives, direction, density)


def test_two_phrases_where_they_speak_for_different_members() -> None:
    texts = ["carbon dwarf", "toll road", "rook lift"]
    both = documents("carbon dwarf", "toll road")
    apart = [[True, True, False, False], [False, False, True, True], [False] * 4]
    assert set(chosen(wording(texts, apart), both)[0].phrases) == {"carbon dwarf", "toll road"}
    together = [[True, True, False, False], [True, True, False, False], [False] * 4]
    assert len(chosen(wording(texts, together), both)[0].phrases) == 1


def test_weak_and_too_common_words_go_last() -> None:
    points = documents("carbon dwarf")
    texts = ["carbon dwarf", "dwarf"]
    true = [[True], [True]]
    assert chosen(wording(texts, true), points)[0].phrases == ("carbon dwarf",)
    weak = wording(texts, true, solid=np.asarray([False, True]))
    assert chosen(weak, points)[0].phrases == ("dwarf",)
    common = wording(texts, true, share=np.asarray([0.9, 0.001]))
    assert chosen(common, points, 0.001)[0].phrases == ("dwarf",)
    assert chosen(common, points, 0.9)[0].phrases == ("carbon dwarf",)


def test_what_many_members_are_called_is_worth_more() -> None:
    texts = ["carbon dwarf", "toll road"]
    points = documents("carbon dwarf", "toll road")

    def scores(votes: list[float]) -> dict[tuple[str, ...], float]:
        asked = wording(texts, [[True], [True]], votes=np.asarray(votes))
        return {option.phrases: option.score for option in chosen(asked, points)}

    silent, heard = scores([0, 0]), scores([1, 0])
    assert heard[("carbon dwarf",)] > silent[("carbon dwarf",)]
    assert heard[("toll road",)] == silent[("toll road",)]


NAMES = {3: "dark halos · mass", 5: "Halo", 7: "subhalo · velocity field", 8: "#8", 9: "velocity field · X"}


def test_members_vote_by_their_names() -> None:
    votes = LabelVotes(Family(key="a", members=(3, 5, 7, 8, 9), root=3), NAMES.__getitem__)
    assert votes.voters("halo").tolist() == [True, True, False, False, False]
    assert votes.of("halo") == pytest.approx(2 / 5 + 0.25), "the root says it too"
    assert votes.of("velocity") == pytest.approx(2 / 5)
    assert votes.of("velocity field of stars") == votes.of("#8") == votes.of("") == 0
    assert votes.further(set()) == ["dark halos", "mass", "velocity field"]
    assert votes.further({"mass", "velocity field"}) == ["dark halos"]
    rootless = LabelVotes(Family(key="a", members=(3, 5, 7, 9)), NAMES.__getitem__)
    assert rootless.further(set()) == ["velocity field"]
    assert rootless.of("halo") == pytest.approx(2 / 4)


def test_votes_are_heard_for_known_phrases_and_bring_new_ones() -> None:
    votes = LabelVotes(Family(key="a", members=(3, 5, 7, 9), root=3), NAMES.__getitem__)
    found = wording(["mass", "lens"], [[True] * 4, [False] * 4]).heard(votes)
    assert found.texts == ("mass", "lens", "dark halos", "velocity field")
    assert found.votes.tolist() == [votes.of(text) for text in found.texts]
    assert found.true.shape == (4, 4)
    assert found.solid.tolist() == [True] * 4


def test_every_option_is_said_once_and_worse_ones_later() -> None:
    texts = ["carbon dwarf", "toll road", "red giant", "steel cable"]
    true = [[True, False], [False, True], [True, False], [False, True]]
    found = chosen(wording(texts, true), documents("carbon dwarf", "toll road"))
    assert len({option.phrases for option in found}) == len(found)
    assert {text for option in found for text in option.phrases} == set(texts)


def test_phrases_without_a_place_and_families_without_documents() -> None:
    asked = wording(["carbon dwarf", "toll road"], [[True], [True]])
    nowhere = np.full((2, DIM), np.nan, np.float32)
    found = options(asked, nowhere, ZERO, documents("a"), documents("b"), ZERO, 0.1)
    assert [option.phrases for option in found] == [("carbon dwarf",), ("toll road",)]
    none = np.zeros((0, DIM), np.float32)
    placed = np.stack([place(text) for text in asked.texts])
    assert len(options(asked, placed, ZERO, none, none, ZERO, 0.1)) == 2
