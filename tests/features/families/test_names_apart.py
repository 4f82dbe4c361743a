"""Different names for different families."""

from __future__ import annotations

from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.features.families.name_choice import Option
from saerch_desktop.features.families.name_files import (
    NAMES_FILE,
    best_named,
    load_names,
    save_names,
    with_name,
)
from saerch_desktop.features.families.names_apart import key_of, named_apart
from saerch_desktop.features.label import Detection


def options(*texts: str, best: float = 0.9, step: float = 0.1) -> list[Option]:
    return [Option(tuple(text.split(" · ")), best - step * i) for i, text in enumerate(texts)]


def test_the_one_that_would_lose_most_gets_the_name() -> None:
    families = [Family(key="a", members=(0, 1)), Family(key="b", members=(2, 3))]
    possible = [options("halo", "disc", step=0.1), options("halos", "bulge", step=0.4)]
    assert named_apart(families, possible, ["x", "y"]) == [("disc",), ("halos",)]


def test_broad_families_choose_first_and_parts_say_more() -> None:
    families = [
        Family(key="part", members=(0, 1), level=1, parents=("whole",)),
        Family(key="whole", members=(0, 1, 2)),
    ]
    possible = [
        options("oscillations", "neutrino oscillations", "neutrino mass", step=0.3),
        options("neutrino oscillations", "neutrino", step=0.01),
    ]
    assert named_apart(families, possible, ["x", "y"]) == [("neutrino mass",), ("neutrino oscillations",)]


def test_where_all_is_taken_names_are_put_together_or_the_last_resort_serves() -> None:
    families = [Family(key=key, members=(0, 1)) for key in "abc"]
    possible = [options("halo", "disc"), options("halo", "disc"), options("disc", "halo")]
    names = named_apart(families, possible, ["one", "two", "three"])
    assert len({key_of(name) for name in names}) == 3
    assert named_apart(families[:1], [[]], ["only"]) == [("only",)]


def test_families_in_a_circle_do_not_hang_it() -> None:
    families = [
        Family(key="a", members=(0, 1), parents=("b",)),
        Family(key="b", members=(2, 3), parents=("a",)),
    ]
    assert named_apart(families, [options("x"), options("y")], ["p", "q"]) == [("x",), ("y",)]


def test_plurals_and_order_make_no_new_name() -> None:
    assert key_of(("dark halos", "disc")) == key_of(("discs", "dark halo")) != key_of(("dark halo",))


def with_area(auroc: float) -> Detection:
    return Detection(auroc=auroc, low=auroc - 0.05, high=auroc, positives=50, negatives=50)


def test_names_are_kept_by_family_and_the_best_is_shown(tmp_path: Path) -> None:
    assert load_names(tmp_path) == {}
    first = FamilyName(text="A", source="llm: m", detection=with_area(0.8))
    second = FamilyName(text="B", source="llm: n", detection=with_area(0.9))
    save_names(tmp_path, {"k": with_name((first,), second)})
    names = load_names(tmp_path)
    assert names == {"k": (first, second)}
    anew = first.model_copy(update={"text": "C"})
    assert with_name(names["k"], anew) == (second, anew)
    own = FamilyName(text="D", source="members", detection=with_area(0.94), alternatives=("E",))
    families = Families(
        method="default",
        families=(Family(key="k", members=(1, 2), name=own), Family(key="o", members=(3, 4), name=own)),
    )
    found = best_named(families, names).families
    assert found[0].name is not None
    assert found[0].name.text == "B", "words are worth 0.05"
    assert found[0].name.alternatives == ("A", "D", "E")
    assert found[1].name == own
    human = own.model_copy(update={"source": "human", "detection": None})
    kept = best_named(
        families.model_copy(update={"families": (Family(key="k", members=(1,), name=human),)}), names
    )
    assert kept.families[0].name is not None
    assert kept.families[0].name.source == "human"


@pytest.mark.parametrize("content", [b"{", b'{"names": {"k": 3}}', b'{"schema_version": 99, "names": {}}'])
def test_damaged_names_are_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAMES_FILE).write_bytes(content)
    with pytest.raises(UserError):
        load_names(tmp_path)
