"""The index of labels finds what a plain look at every label finds, also after some have changed."""

from __future__ import annotations

import random
import unicodedata
from functools import cache

import numpy as np
import pytest

from saerch_desktop.features.label_search import NOWHERE, LabelIndex, fold

WORDS = (
    "dark",
    "Matter",
    "halo",
    "X-ray",
    "naïve",
    "Übersee",
    "galaxies",
    "(radio)",
    "semidark",
    "·",
    "a",
    "Straße",
)


@cache
def plain_fold(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in parts if not unicodedata.combining(c)).casefold().split())


def plain_closeness(label: str | None, words: list[str], without: list[str]) -> int:
    """One label at a time, one character at a time."""
    if label is None:
        return NOWHERE
    text, wanted = plain_fold(label), [plain_fold(word) for word in words]
    wanted = [word for word in wanted if word]
    if any(plain_fold(word) in text for word in without if plain_fold(word)):
        return NOWHERE
    if not all(word in text for word in wanted):
        return NOWHERE
    if text.startswith(" ".join(wanted)):
        return 0

    def begins(word: str) -> bool:
        spots = [at for at in range(len(text)) if text.startswith(word, at)]
        return any(at == 0 or (text[at - 1] < "\x7f" and not text[at - 1].isalnum()) for at in spots)

    return 1 if all(begins(word) for word in wanted) else 2


def made(count: int, seed: int) -> dict[int, str]:
    chance = random.Random(seed)
    return {
        feature: " ".join(chance.choices(WORDS, k=chance.randint(0, 4)))
        for feature in range(count)
        if chance.random() < 0.9
    }


QUERIES: list[tuple[list[str], list[str]]] = [
    ([], []),
    (["a"], []),
    (["A"], ["dark"]),
    (["dark"], []),
    (["dark", "matter"], []),
    (["matter", "dark"], ["x"]),
    (["ray"], []),
    (["-ray"], []),
    (["naive"], []),
    (["uber"], []),
    (["strasse"], []),
    (["(radio)"], ["·"]),
    (["·"], []),
    (["dark matter"], []),
    (["rk ma"], []),
    (["nothing"], []),
    (["halo", "a", "d"], ["q"]),
    (["\n"], []),
    ([], ["a", "e"]),
]


@pytest.mark.parametrize(("words", "without"), QUERIES)
@pytest.mark.parametrize("count", [0, 1, 60, 1500])
def test_closeness_is_that_of_a_plain_look(count: int, words: list[str], without: list[str]) -> None:
    texts = made(count, 3)
    found = LabelIndex(count, texts.items()).closeness(words, without)
    assert found.tolist() == [plain_closeness(texts.get(f), words, without) for f in range(count)]


@pytest.mark.parametrize("changes", [1, 40, 1200])
def test_changed_labels_are_found_by_their_new_names(changes: int) -> None:
    texts = made(1500, 5)
    index, chance = LabelIndex(1500, texts.items()), random.Random(9)
    now: dict[int, str | None] = dict(texts)
    for _ in range(2):  # twice, so that some change again and some go back
        changed = {
            f: chance.choice([None, "Dark new name", "straße a", texts.get(f)])
            for f in chance.sample(range(1500), changes)
        }
        former, index = index, index.with_changes(changed)
        now.update(changed)
        for words, without in QUERIES:
            expected = [plain_closeness(now.get(f), words, without) for f in range(1500)]
            assert index.closeness(words, without).tolist() == expected
        assert index.labelled().tolist() == [now.get(f) is not None for f in range(1500)]
        assert former.features == 1500
    expected_order = sorted(f for f in range(1500) if now.get(f) is not None)
    expected_order.sort(key=lambda f: plain_fold(now[f] or ""))
    keys = index.alphabetical()
    ordered = np.argsort(keys, kind="stable")[: len(expected_order)]
    assert ordered.tolist() == expected_order
    assert np.isinf(keys[[f for f in range(1500) if now.get(f) is None]]).all()


def test_the_former_index_stays_as_it_was() -> None:
    index = LabelIndex(3, [(0, "one"), (2, "two")])
    later = index.with_changes({0: "three", 2: None})
    assert index.closeness(["one"]).tolist() == [0, NOWHERE, NOWHERE]
    assert later.closeness(["one"]).tolist() == [NOWHERE] * 3
    assert (index.text(2), later.text(2)) == ("two", None)


def test_what_comes_back_may_be_written_to() -> None:
    index = LabelIndex(2, [(0, "one"), (1, "one")])
    index.find("one")[:] = 7
    index.closeness(["one"])[:] = 7
    assert index.find("one").tolist() == [0, 0]


def test_folding_takes_case_accents_and_spaces_away() -> None:
    assert fold("  Schrödinger’s\tCAT\n") == "schrodinger’s cat"
    assert fold("ﬁne STRASSE Straße") == "fine strasse strasse"
    assert fold("") == ""
