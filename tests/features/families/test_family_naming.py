"""Names of families, in a corpus where members share a phrase beside their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from naming_support import DIM, Points, Texts, WordJudge, index_of, place
from numpy.typing import NDArray

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.families.family import Families, Family, FamilyName, key_of
from saerch_desktop.features.families.family_lines import FamilyLines, TouchedLines, active_documents
from saerch_desktop.features.families.name_examples import documents_to_read, family_examples
from saerch_desktop.features.families.name_files import save_names
from saerch_desktop.features.families.naming import (
    SOURCE,
    detections_of,
    name_families,
    sentence_case,
)
from saerch_desktop.features.held_out import held_out
from saerch_desktop.features.label import Label
from saerch_desktop.progress import Progress

SHARED = ("stellar spectra", "bread ovens", "river bridges", "chess endgames")
OWN = (
    ("carbon dwarf", "red giant", "binary orbit", "blue straggler"),
    ("rye dough", "steam vent", "brick vault", "wheat crust"),
    ("steel cable", "stone arch", "toll road", "flood gauge"),
    ("rook lift", "pawn storm", "king march", "queen trade"),
)
ROWS = 640
FILLER = ("the results show", "we present new data", "in this paper", "several authors found")


class Corpus(Texts):
    """Documents that count which of them were read."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        super().__init__(texts)
        self.read: set[int] = set()

    def texts_of(self, rows: Sequence[int]) -> list[tuple[int, str, str]]:
        self.read.update(rows)
        return [(row, *self._texts[row]) for row in rows]


class Labels:
    """As much of the features' labels as naming reads."""

    def text(self, feature: int) -> str:
        return OWN[feature // 4][feature % 4]

    def __iter__(self) -> Iterator[Label]:
        return (Label(feature=f, text=self.text(f), source="phrases") for f in range(16))


@dataclass(frozen=True)
class World:
    library: Any
    features: Any
    families: Families
    group: NDArray[np.int64]
    documents: Corpus


def family(*members: int, **more: Any) -> Family:
    return Family(key=key_of("default", members), members=members, **more)


def world(folder: Path, poison: str = "") -> World:
    """16 features in 4 groups: feature 4 g + t is active in documents with its own phrase, most of which hold
    the phrase of the group too. poison: a sentence that all held-out documents end with.
    """
    chance = np.random.default_rng(1)
    group, theme = chance.integers(0, 4, ROWS), chance.integers(0, 4, ROWS)
    texts, vectors = [], []
    away = held_out(np.arange(ROWS))
    for row, (g, t) in enumerate(zip(group, theme, strict=True)):
        said = f"{chance.choice(FILLER)}. A {OWN[g][t]} was seen. "
        shares = chance.random() < 0.8
        said += f"It is about {SHARED[g]}. " if shares else ""
        texts.append(("", said + (poison if away[row] else "")))
        vectors.append(
            place(SHARED[g]) + 0.5 * place(OWN[g][t]) + chance.normal(scale=0.5 / DIM**0.5, size=DIM)
        )
    array = np.asarray(vectors, np.float32)
    array /= np.linalg.norm(array, axis=1, keepdims=True)
    strength = chance.uniform(0.2, 1.0, ROWS)
    lines = [
        {int(row): float(strength[row]) for row in np.flatnonzero((group == f // 4) & (theme == f % 4))}
        for f in range(16)
    ]
    documents = Corpus(texts)
    decoder = np.stack([place(SHARED[f // 4]) + 0.5 * place(OWN[f // 4][f % 4]) for f in range(16)])
    library: Any = SimpleNamespace(documents=documents, vectors=Points(array))
    features: Any = SimpleNamespace(
        inverted=index_of(*lines),
        codes=SimpleNamespace(rows=ROWS),
        documents=ROWS,
        sae=SimpleNamespace(decoder=decoder.astype(np.float32)),
        folder=folder,
        labels=Labels(),
    )
    families = Families(
        method="default", families=tuple(family(*range(4 * g, 4 * g + 4)) for g in range(4)), live=16
    )
    return World(library, features, families, group, documents)


def named(made: World, families: Families | None = None, progress: Progress | None = None) -> Families:
    return name_families(
        made.library, made.features, families or made.families, progress or Progress(), WordJudge()
    )


def test_the_shared_phrase_names_the_family_and_not_one_members_own(tmp_path: Path) -> None:
    found = named(world(tmp_path))
    for g, member in enumerate(found.families):
        assert member.name is not None
        assert member.name.text.casefold().startswith(SHARED[g])
        assert member.name.text[0].isupper()
        assert member.name.source == SOURCE
        assert member.name.grade in "AB"
        assert member.name.text not in member.name.alternatives


def test_names_are_never_made_from_documents_kept_for_tests(tmp_path: Path) -> None:
    made = world(tmp_path, poison="Poisoned apples everywhere.")
    found = named(made)
    assert not held_out(np.asarray(sorted(made.documents.read))).any()
    said = " ".join(
        " ".join((f.name.text, *f.name.alternatives)).casefold() for f in found.families if f.name
    )
    assert "apple" not in said
    clean = named(world(tmp_path))
    assert [f.name and f.name.text for f in found.families] == [
        f.name and f.name.text for f in clean.families
    ]


def test_the_test_is_of_held_out_documents_of_the_family_against_ones_without_any_member(
    tmp_path: Path,
) -> None:
    made = world(tmp_path)
    first = made.families.families[0]
    right = detections_of(
        made.library, made.features, made.families, {first.key: SHARED[0]}, Progress(), WordJudge()
    )
    wrong = detections_of(
        made.library, made.features, made.families, {first.key: SHARED[2]}, Progress(), WordJudge()
    )
    good, bad = right[first.key], wrong[first.key]
    assert good is not None
    assert bad is not None
    assert good.auroc > 0.9 > 0.6 > bad.auroc
    held = held_out(np.arange(ROWS))
    about = active_documents(made.features.inverted, first, ROWS).rows
    assert (made.group[about] == 0).all()
    assert good.positives == np.count_nonzero(held[about])
    assert good.negatives == 50
    asked = np.asarray(sorted(made.library.vectors.asked))
    assert held[np.setdiff1d(asked, np.flatnonzero(made.group == 0))].all(), "negatives are held out too"


def test_every_member_speaks_as_loud_as_the_others(tmp_path: Path) -> None:
    made = world(tmp_path)
    lines = FamilyLines(made.features.inverted, made.families.families, ROWS)
    read = documents_to_read(made.features.inverted, made.families.families, lines, ROWS)
    assert not held_out(np.flatnonzero(read)).any()
    found = family_examples(made.features.inverted, made.families.families, lines, read)
    for i, member in enumerate(made.families.families):
        shares = found.shares[i]
        assert shares.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-5)
        rows = found.examples.rows[found.examples.of(i)]
        for line, feature in zip(shares, member.members, strict=True):
            assert set(rows[line > 0]) <= set(made.features.inverted.of(feature)[0].tolist())
        assert not found.examples.borrowed[i]


def test_the_same_again_and_nothing_lost(tmp_path: Path) -> None:
    made = world(tmp_path)
    once, again = named(made), named(made)
    stripped = [
        [(f.key, f.members, f.name and f.name.text, f.name and f.name.detection) for f in found.families]
        for found in (once, again)
    ]
    assert stripped[0] == stripped[1]
    assert [f.model_copy(update={"name": None}) for f in once.families] == list(made.families.families)


def test_a_part_is_not_called_what_the_whole_is_called(tmp_path: Path) -> None:
    made = world(tmp_path)
    whole = made.families.families[0]
    part = family(0, 1, level=1, parents=(whole.key,))
    found = named(made, made.families.model_copy(update={"families": (whole, part)}))
    texts = [f.name.text.casefold() for f in found.families if f.name]
    assert texts[0].startswith(SHARED[0])
    assert texts[1] != texts[0]
    assert len(set(texts)) == 2


def test_a_family_without_words_is_called_by_its_member(tmp_path: Path) -> None:
    made = world(tmp_path)
    made.documents._texts = [("", "…") for _ in range(ROWS)]
    found = named(made)
    assert [f.name and f.name.text for f in found.families] == [sentence_case(OWN[g][0]) for g in range(4)]


def test_few_documents_are_not_tested(tmp_path: Path) -> None:
    made = world(tmp_path)
    lines = [dict.fromkeys(range(3), 1.0), dict.fromkeys(range(3), 0.5)]
    made.features.inverted = index_of(*lines)
    found = named(made, Families(method="default", families=(family(0, 1),), live=2))
    name = found.families[0].name
    assert name is not None
    assert (name.detection, name.grade) == (None, "?")


def test_a_better_name_of_a_language_model_stays(tmp_path: Path) -> None:
    made = world(tmp_path)
    first = named(made).families[0]
    assert first.name is not None
    assert first.name.detection is not None
    best = first.name.detection.model_copy(update={"auroc": 1.0})
    worst = best.model_copy(update={"auroc": 0.55})
    other = made.families.families[1].key
    save_names(
        tmp_path,
        {
            first.key: (FamilyName(text="Spectra of stars", source="llm: m", detection=best),),
            other: (FamilyName(text="Nonsense", source="llm: m", detection=worst),),
        },
    )
    found = named(made).families
    assert found[0].name is not None
    assert (found[0].name.text, found[0].name.source) == ("Spectra of stars", "llm: m")
    assert first.name.text in found[0].name.alternatives
    assert found[1].name is not None
    assert found[1].name.source == SOURCE
    assert "Nonsense" in found[1].name.alternatives


def test_it_can_be_cancelled_and_needs_vectors(tmp_path: Path) -> None:
    made = world(tmp_path)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        named(made, progress=progress)
    made.library.vectors = None
    with pytest.raises(UserError, match="no usable vectors"):
        named(made)
    assert detections_of(made.library, made.features, made.families, {}, Progress()) == {}


def test_no_families_need_no_judge(tmp_path: Path) -> None:
    made = world(tmp_path)
    none = Families(method="default")
    assert name_families(made.library, made.features, none, Progress()) == none


@pytest.mark.parametrize(
    ("text", "told"),
    [("dark matter", "Dark matter"), ("pH scale", "pH scale"), ("non-Gaussian", "Non-Gaussian"), ("", "")],
)
def test_sentence_case(text: str, told: str) -> None:
    assert sentence_case(text) == told


def test_touched_documents_are_all_of_any_member(tmp_path: Path) -> None:
    made = world(tmp_path)
    touched = TouchedLines(made.features.inverted, made.families.families)
    for g in range(4):
        rows, values = touched.of(g)
        assert rows.tolist() == np.flatnonzero(made.group == g).tolist()
        assert (values > 0).all()
