"""Numbers read as people write them."""

from __future__ import annotations

import pytest

from saerch_desktop.ui import wording


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"),
        (0.3217, "0.32"),
        (-0.5, "−0.50"),
        (0.0123, "0.012"),
        (-0.0001, "0.000"),
        (12.0, "12.00"),
    ],
)
def test_activation(value: float, text: str) -> None:
    assert wording.activation(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.4, "+0.40"), (-0.4, "−0.40"), (0.001, "±0"), (0.0, "±0")])
def test_signed(value: float, text: str) -> None:
    assert wording.signed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 %"), (0.0042, "0.42 %"), (0.00001, "< 0.01 %"), (0.4567, "45.7 %"), (1.0, "100.0 %")],
)
def test_share(value: float, text: str) -> None:
    assert wording.share(value) == text


@pytest.mark.parametrize(
    ("before", "now", "text"),
    [(7, 1, "▲ 6"), (1, 3, "▼ 2"), (4, 4, "="), (250_000, 1, "▲ 249k"), (1834, 8, "▲ 1,826")],
)
def test_rank_change(before: int, now: int, text: str) -> None:
    assert wording.rank_change(before, now) == text


def test_tags_in_a_tip_are_shown_as_they_are() -> None:
    assert wording.tip("1 < 2\nand < 0.01 %") == "1 < 2\nand < 0.01 %"
    assert "&lt;img src=x&gt;" in wording.tip("<img src=x>\nmore")
