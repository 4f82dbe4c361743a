"""The analyst's changes to families: what they do, what becomes of them in a rebuild, how they are kept."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.families import edits as made
from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.edits import Edit, ancestors, load_edits, save_edits
from saerch_desktop.features.families.family import Families, Family, FamilyName, Figures, Method, key_of
from saerch_desktop.features.label import Detection

TESTED = Detection(auroc=0.9, low=0.8, high=0.95, positives=9, negatives=9)
COUNT = 100


def families(
    *groups: Sequence[int], method: Method = "default", under: dict[int, int] | None = None
) -> Families:
    """Families with these members, each called by its place; under: place → place of its parent."""
    keys = [key_of(method, group) for group in groups]
    return Families(
        method=method,
        families=tuple(
            Family(
                key=keys[place],
                members=tuple(group),
                root=group[0],
                parents=(keys[above],) if (above := (under or {}).get(place)) is not None else (),
                name=FamilyName(text=f"family {place}", source="members", detection=TESTED),
                figures=Figures(r=2.5),
            )
            for place, group in enumerate(groups)
        ),
    )


A, B, C, D = (1, 2, 3, 4), (11, 12, 13), (21, 22, 23, 24, 25), (1, 2, 3, 4, 5, 11, 12, 13)


@pytest.fixture
def book() -> FamilyBook:
    """A and B are parts of D; C stands alone."""
    return FamilyBook.with_edits(families(A, B, C, D, under={0: 3, 1: 3}), ())


def key(*members: int) -> str:
    return key_of("default", members)


def seen(book: FamilyBook) -> set[frozenset[int]]:
    return {frozenset(family.members) for family in book}


def only(book: FamilyBook, members: Iterable[int]) -> Family:
    (found,) = [family for family in book if set(family.members) == set(members)]
    return found


# What they do --------------------------------------------------------------------------------------------


def test_a_name_is_given_and_taken_back(book: FamilyBook) -> None:
    named = book.edited([made.rename(book, key(*A), "  Mine \n own ")])
    family = named.get(key(*A))
    assert family is not None
    assert family.name is not None
    assert (family.name.text, family.name.source, family.name.detection) == ("Mine own", "human", None)
    assert family.figures.r == 2.5, "its members are as they were"
    back = named.edited([*named.edits, made.rename(named, key(*A), "")])
    assert back.get(key(*A)) == book.get(key(*A))


def test_a_merge_holds_all_members_and_takes_the_places_of_its_parts(book: FamilyBook) -> None:
    edit = made.merge(book, [key(*B), key(*A), key(*B)])
    after = book.edited([edit])
    merged = after.get(edit.key)
    assert merged is not None
    assert merged.members == (*B, *A)
    assert merged.root == B[0]
    assert merged.parents == (key(*D),)
    assert merged.name is not None
    assert (merged.name.text, merged.name.detection) == ("family 1", None), "the test was of other members"
    assert merged.figures == Figures()
    assert {family.key for family in after} == {edit.key, key(*C), key(*D)}
    assert after.parts(key(*D)) == (merged,)


def test_a_merge_with_what_it_is_part_of_makes_no_circle(book: FamilyBook) -> None:
    edit = made.merge(book, [key(*D), key(*A)], "All")
    after = book.edited([edit])
    merged = only(after, D)
    assert merged.parents == ()
    assert merged.name is not None
    assert merged.name.text == "All"
    assert only(after, B).parents == (merged.key,)


def test_a_split_leaves_the_rest_and_gives_each_its_parts(book: FamilyBook) -> None:
    edit = made.split(book, key(*D), [13, 12, 11, 99], "Twelves")
    after = book.edited([edit])
    off, rest = after.get(edit.key), after.get(key(*D))
    assert off is not None
    assert rest is not None
    assert (set(off.members), set(rest.members)) == (set(B), {1, 2, 3, 4, 5})
    assert after.text(off.key, str) == "Twelves"
    assert (off.root, rest.root) == (None, 1)
    assert {family.key for family in after.parts(off.key)} == {key(*B)}
    assert {family.key for family in after.parts(rest.key)} == {key(*A)}


def test_a_child_moves_is_added_and_taken_out(book: FamilyBook) -> None:
    moved = book.edited([made.move(book, 3, key(*A), key(*C))])
    assert {frozenset((1, 2, 4)), frozenset((*C, 3))} < seen(moved)
    assert only(moved, (1, 2, 4)).key == key(*A)
    added = book.edited([made.move(book, 77, None, key(*C))])
    assert frozenset((*C, 77)) in seen(added)
    out = book.edited([made.move(book, 1, key(*A), None)])
    assert only(out, (2, 3, 4)).root is None, "the root went"


def test_a_family_is_placed_under_another_and_on_its_own(book: FamilyBook) -> None:
    placed = book.edited([made.place(book, key(*C), key(*A))])
    assert [family.key for family in placed.parts(key(*A))] == [key(*C)]
    alone = placed.edited([*placed.edits, made.place(placed, key(*C), None)])
    assert key(*C) in {family.key for family in alone.tops()}
    with pytest.raises(UserError, match="part of its own parts"):
        made.place(placed, key(*D), key(*C))


def test_a_selection_becomes_a_family_in_the_books_of_all_methods(book: FamilyBook) -> None:
    edit = made.create(book, [7, 8, 7, 9], "Mine")
    for other in (book, FamilyBook.of(families(A, method="paper"))):
        family = other.edited([edit]).get(edit.key)
        assert family is not None
        assert (family.members, other.edited([edit]).text(edit.key, str)) == ((7, 8, 9), "Mine")


def test_hidden_families_are_kept_and_come_back(book: FamilyBook) -> None:
    hidden = book.edited([made.hide(book, key(*D))])
    assert frozenset(D) not in seen(hidden)
    assert hidden.get(key(*D)) is not None
    assert {family.key for family in hidden.tops()} == {key(*A), key(*B), key(*C)}
    shown = hidden.edited([*hidden.edits, made.hide(hidden, key(*D), False)])
    assert seen(shown) == seen(book)


def test_what_would_change_nothing_is_refused(book: FamilyBook) -> None:
    for attempt in (
        lambda: made.rename(book, "nowhere", "x"),
        lambda: made.merge(book, [key(*A), key(*A)]),
        lambda: made.split(book, key(*A), A),
        lambda: made.split(book, key(*A), [99]),
        lambda: made.move(book, 99, key(*A), key(*B)),
        lambda: made.move(book, 1, key(*A), key(*A)),
        lambda: made.move(book, 11, None, key(*B)),
        lambda: made.create(book, [5, 5]),
        lambda: made.place(book, key(*A), key(*A)),
    ):
        with pytest.raises(UserError):
            attempt()


# After a rebuild -----------------------------------------------------------------------------------------


def test_edits_find_families_again_that_changed_by_less_than_half(book: FamilyBook) -> None:
    edits: list[Edit] = [made.rename(book, key(*A), "Mine"), made.hide(book, key(*C))]
    rebuilt = FamilyBook.with_edits(families((2, 3, 4, 6), B, (21, 22, 23, 24, 29)), edits)
    assert rebuilt.conflicts == ()
    assert only(rebuilt, (2, 3, 4, 6)).name == book.edited(edits[:1]).name(key(*A))
    assert rebuilt.hidden == {key(21, 22, 23, 24, 29)}


def test_edits_upon_edits_survive_too(book: FamilyBook) -> None:
    edits: list[Edit] = [made.merge(book, [key(*A), key(*B)])]
    for step in (
        lambda now: made.move(now, 5, None, edits[0].key),
        lambda now: made.rename(now, edits[0].key, "Joined"),
        lambda now: made.split(now, edits[0].key, (11, 12), "Off"),
    ):
        edits.append(step(book.edited(edits)))
    rebuilt = FamilyBook.with_edits(families((1, 2, 3, 6), (11, 12, 13, 14), C), edits)
    assert rebuilt.conflicts == ()
    joined = rebuilt.get(edits[0].key)
    assert joined is not None
    assert joined.name is not None
    assert joined.name.text == "Joined"
    assert set(joined.members) == {1, 2, 3, 5, 6, 13, 14}
    assert set(only(rebuilt, (11, 12)).members) == {11, 12}


def test_what_is_no_more_is_a_conflict_and_comes_back_with_the_family(
    book: FamilyBook, tmp_path: Path
) -> None:
    edits: list[Edit] = [
        made.rename(book, key(*A), "Mine"),
        made.merge(book, [key(*B), key(*C)]),
        made.move(book, 3, key(*A), key(*C)),
        made.create(book, [7, 8]),
    ]
    other = FamilyBook.with_edits(families((1, 2, 61, 62, 63), C), edits)
    assert [conflict.edit for conflict in other.conflicts] == edits[:3]
    assert "“family 0” is no more" in other.conflicts[0].why
    assert seen(other) == {frozenset((1, 2, 61, 62, 63)), frozenset(C), frozenset((7, 8))}
    # Kept all the same, and made again when the family is there again.
    save_edits(tmp_path, COUNT, other.edits)
    again = FamilyBook.with_edits(book.built, load_edits(tmp_path, COUNT))
    assert again.conflicts == ()
    assert seen(again) == seen(book.edited(edits))


def test_half_of_the_members_is_enough_and_less_is_not(book: FamilyBook) -> None:
    edit = made.rename(book, key(*A), "Mine")
    for members, conflicts in (((1, 2, 3, 4, 5, 6, 7, 8), 0), ((1, 2, 3, 4, 5, 6, 7, 8, 9), 1)):
        assert len(FamilyBook.with_edits(families(members), [edit]).conflicts) == conflicts


def test_of_several_the_most_alike_is_meant(book: FamilyBook) -> None:
    edit = made.rename(book, key(*C), "Mine")
    rebuilt = FamilyBook.with_edits(families((21, 22, 23, 24, 26), (21, 22, 23, 24, 25, 26, 27)), [edit])
    name = only(rebuilt, (21, 22, 23, 24, 25, 26, 27)).name
    assert name is not None
    assert name.text == "Mine"


def test_two_named_families_that_became_one_are_a_conflict_and_a_later_name_is_not(book: FamilyBook) -> None:
    both = [made.rename(book, key(*A), "Left"), made.rename(book, key(*B), "Right")]
    joined = FamilyBook.with_edits(families((1, 2, 3, 11, 12, 13)), [])
    assert len(FamilyBook.with_edits(joined.built, both).conflicts) >= 1
    pair = FamilyBook.with_edits(families((1, 2), (3, 4)), [])
    names: list[Edit] = [made.rename(pair, key(1, 2), "Left"), made.rename(pair, key(3, 4), "Right")]
    found = FamilyBook.with_edits(families((1, 2, 3, 4)), names)
    assert [conflict.edit for conflict in found.conflicts] == names[1:]
    assert "“family 1” is now the same family as “family 0”" in found.conflicts[0].why
    twice: list[Edit] = [made.rename(book, key(*A), "First"), made.rename(book, key(*A), "Second")]
    assert book.edited(twice).conflicts == ()
    assert book.edited(twice).text(key(*A), str) == "Second"


def test_a_split_that_happened_by_itself_and_a_move_that_did(book: FamilyBook) -> None:
    split = made.split(book, key(*D), B)
    apart = FamilyBook.with_edits(families((1, 2, 3, 4, 5), B), [split])
    assert [conflict.edit for conflict in apart.conflicts] == [split]
    move = made.move(book, 3, key(*A), key(*C))
    there = FamilyBook.with_edits(families((1, 2, 4), (*C, 3)), [move])
    assert there.conflicts == ()
    assert seen(there) == {frozenset((1, 2, 4)), frozenset((*C, 3))}


def test_edits_concern_the_method_they_were_made_in_and_own_families_all(book: FamilyBook) -> None:
    create = made.create(book, [7, 8, 9])
    with_own = book.edited([create])
    edits: list[Edit] = [
        create,
        made.rename(with_own, create.key, "Everywhere"),
        made.rename(with_own, key(*A), "Only here"),
        made.merge(with_own, [create.key, key(*B)]),
    ]
    assert [edit.method for edit in edits] == ["own", "own", "default", "default"]
    paper = FamilyBook.with_edits(families(A, B, method="paper"), edits)
    assert paper.conflicts == ()
    assert paper.text(create.key, str) == "Everywhere"
    assert paper.text(key_of("paper", A), str) == "family 0"


def some_edit(chance: random.Random, book: FamilyBook) -> Edit:
    one, two = chance.sample(sorted(book.families), 2)
    members = book.families[one].members
    match chance.choice(("rename", "merge", "split", "move", "place", "create", "hide")):
        case "rename":
            return made.rename(book, one, "name")
        case "merge":
            return made.merge(book, [one, two])
        case "split":
            return made.split(book, one, chance.sample(members, len(members) // 2))
        case "move":
            return made.move(book, chance.choice(members), one, two)
        case "place":
            return made.place(book, one, two)
        case "create":
            return made.create(book, chance.sample(range(COUNT), 4))
        case _:
            return made.hide(book, one, chance.random() < 0.7)


def test_what_another_window_merged_is_renamed_as_a_whole_if_it_is_most_of_it(book: FamilyBook) -> None:
    edits: list[Edit] = [made.merge(book, [key(*A), key(*B)]), made.rename(book, key(*A), "Mine")]
    for found in (book.edited(edits), FamilyBook.with_edits(families((1, 2, 3, 4, 6), (11, 12)), edits)):
        assert found.conflicts == ()
        assert found.text(edits[0].key, str) == "Mine"


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_done_in_whatever_order_nothing_is_lost_or_broken(seed: int) -> None:
    chance = random.Random(seed)

    def build() -> Families:
        groups = [tuple(chance.sample(range(COUNT), chance.randint(2, 9))) for _ in range(25)]
        return families(*dict.fromkeys(groups), under={place: place // 3 for place in range(3, 25)})

    book = FamilyBook.with_edits(build(), ())
    edits: list[Edit] = []
    while len(edits) < 30:
        try:
            edits.append(some_edit(chance, book))
        except UserError:
            continue
        before, book = book, book.edited(edits)
        assert book.conflicts == (), "made on what was shown"
        assert before.families == book.edited(edits[:-1]).families, "undone"
    rebuilt = FamilyBook.with_edits(build(), edits)
    for found in (book, rebuilt):
        assert found.edits == tuple(edits)
        assert set(found.hidden) <= set(found.families)
        for name, family in found.families.items():
            assert family.members
            assert len(set(family.members)) == len(family.members)
            assert family.root is None or family.root in family.members
            assert name not in ancestors(found.families, name), "a circle"
    assert {conflict.edit.id for conflict in rebuilt.conflicts} <= {edit.id for edit in edits}
