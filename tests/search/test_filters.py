"""Chips combine as their typed whole does, and as plain logic says."""

from __future__ import annotations

import numpy as np
import planted_library
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_library import ROWS

from saerch_desktop.errors import UserError
from saerch_desktop.library.columns import Columns
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.search.filters import Chip, Filters, within
from saerch_desktop.search.where import parse

TEXTS = ["whale", '"steel cable" OR river', "NOT melody", "oven yeast", "id:d3", "pawn"]
CHIPS = st.lists(
    st.builds(Chip, st.sampled_from(TEXTS), st.booleans(), st.booleans()),
    max_size=5,
    unique_by=lambda chip: chip.text,
)


def plainly(filters: Filters, meets: dict[str, list[bool]]) -> list[bool]:
    """Document by document, as it is told to people."""
    kept = []
    for row in range(ROWS):
        hidden = any(meets[chip.text][row] for chip in filters.chips if chip.on and chip.out)
        wanted = [meets[chip.text][row] for chip in filters.chips if chip.on and not chip.out]
        fits = not wanted or (any(wanted) if filters.either else all(wanted))
        kept.append(fits and not hidden)
    return kept


@given(chips=CHIPS, either=st.booleans(), seed=st.integers(0, 99))
def test_chips_as_plain_logic(chips: list[Chip], either: bool, seed: int) -> None:
    chance = np.random.default_rng(seed)
    masks = {text: chance.random(ROWS) < 0.4 for text in TEXTS}
    before = {text: mask.copy() for text, mask in masks.items()}
    filters = Filters(tuple(chips), either)
    found = within(filters, masks.__getitem__)
    wanted = plainly(filters, {text: mask.tolist() for text, mask in masks.items()})
    assert (found is None) == (not filters.active)
    assert wanted == ([True] * ROWS if found is None else found.tolist())
    for text, mask in masks.items():
        np.testing.assert_array_equal(mask, before[text], err_msg="a mask that is kept was written to")


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Columns:
    path = planted_library.make(tmp_path_factory.mktemp("chips") / "c.saerch")
    with Library.open(path) as library:
        yield Columns.load(library.documents, Progress())


@settings(deadline=None, max_examples=60)
@given(chips=CHIPS, either=st.booleans())
def test_chips_as_one_typed_filter(columns: Columns, chips: list[Chip], either: bool) -> None:
    filters = Filters(tuple(chips), either)
    whole = parse(filters.text()).rows(columns)
    found = within(filters, lambda text: parse(text).rows(columns))
    np.testing.assert_array_equal(whole, np.ones(ROWS, bool) if found is None else found)


def test_a_chip_is_known_by_its_text() -> None:
    filters = Filters((Chip("a"), Chip("b")))
    assert filters.with_chip(Chip("c")).chips == (Chip("a"), Chip("b"), Chip("c"))
    assert filters.with_chip(Chip("a", on=False)).chips == (Chip("a", on=False), Chip("b"))
    assert filters.without("a").chips == (Chip("b"),)
    assert filters.turned("b", out=True).chips == (Chip("a"), Chip("b", out=True))
    turned = filters.turned("b", out=True).turned("b", on=False)
    assert turned.chips[1] == Chip("b", on=False, out=True)
    assert turned.active == (Chip("a"),)
    assert filters.turned("nowhere", on=False) == filters
    assert Filters((Chip("a", on=False),)).text() == ""


def test_chips_in_words() -> None:
    assert Chip("#12 > 0.5").words() == "feature #12 over 0.5"
    assert Chip("#12 > 0.5", out=True).words() == "hide feature #12 over 0.5"
    with pytest.raises(UserError):
        Chip("(((").words()
