"""How values read and what typed ones mean, in both units."""

from __future__ import annotations

import math

import pytest

from saerch_desktop.ui.slider_units import Measure, Units

NATURAL = Measure(0.4, 0.8)
ABSENT = Measure(0.0, 0.5)
FAMILY = Measure(0.35, 1.0, "times", True)
DIRECTION = Measure(0.0, 1.0, "times", True, "")


@pytest.mark.parametrize(
    ("measure", "value", "text"),
    [
        (NATURAL, 0.4, "×1.00"),
        (NATURAL, 0.6, "×1.50"),
        (NATURAL, 0.0, "×0.00"),
        (NATURAL, -0.2, "×−0.50"),
        (NATURAL, 6.0, "×15.0"),
        (NATURAL, 60.0, "×150"),
        (ABSENT, 0.0, "0.00×"),
        (ABSENT, 1.0, "+2.00×"),
        (ABSENT, -0.25, "−0.50×"),
        (Measure(0.4, 0.8, "activation"), 0.6, "0.60"),
        (Measure(0.0, 0.5, "activation"), -0.25, "−0.25"),
        (FAMILY, 1.35, "×1.35"),
        (DIRECTION, 0.48, "0.48"),
    ],
)
def test_values_read(measure: Measure, value: float, text: str) -> None:
    assert measure.text(value) == text


@pytest.mark.parametrize(
    ("measure", "delta", "text"),
    [
        (NATURAL, 0.2, "+0.50×"),
        (NATURAL, -0.4, "−1.00×"),
        (ABSENT, 1.0, "+2.00×"),
        (Measure(0.4, 0.8, "activation"), -0.12, "−0.12"),
        (FAMILY, 1.0, "+1.00×"),
        (DIRECTION, 0.3, "+0.30"),
    ],
)
def test_changes_always_have_their_sign(measure: Measure, delta: float, text: str) -> None:
    assert measure.change(delta) == text


@pytest.mark.parametrize("units", ["times", "activation"])
@pytest.mark.parametrize(
    ("typed", "value"), [("x1.5", 0.6), ("×1,5", 0.6), ("1.5x", 0.6), (" 1.5 × ", 0.6), ("x-0.5", -0.2)]
)
def test_times_mean_times_whatever_is_shown(units: Units, typed: str, value: float) -> None:
    assert Measure(0.4, 0.8, units).read(typed) == pytest.approx(value)


@pytest.mark.parametrize(
    ("measure", "typed", "value"),
    [
        (NATURAL, "1.5", 0.6),
        (NATURAL, "-1,5", -0.6),
        (NATURAL, "−1.5", -0.6),
        (NATURAL, "+0.5", 0.6),
        (NATURAL, "+=0.5", 0.6),
        (NATURAL, "-=0.5", 0.2),
        (NATURAL, "+0.5x", 0.6),
        (Measure(0.4, 0.8, "activation"), "1.2", 1.2),
        (Measure(0.4, 0.8, "activation"), "+0.3", 0.7),
        (Measure(0.4, 0.8, "activation"), "-=0.3", 0.1),
        (Measure(0.4, 0.8, "activation"), "-0.3", -0.3),
        (ABSENT, "2", 1.0),
        (ABSENT, "+2.00×", 1.0),
        (ABSENT, "-0.5x", -0.25),
        (FAMILY, "1", 1.0),
        (FAMILY, "+1", 1.35),
        (FAMILY, "+1×", 1.0),
        (DIRECTION, "0.2", 0.2),
    ],
)
def test_other_numbers_are_in_the_units_shown(measure: Measure, typed: str, value: float) -> None:
    assert measure.read(typed) == pytest.approx(value)


@pytest.mark.parametrize("typed", ["", "much", "×", "+", "nan", "inf", "1e99", "1x2x", "--2"])
def test_what_cannot_be_read_is_nothing(typed: str) -> None:
    assert NATURAL.read(typed) is None


@pytest.mark.parametrize("measure", [NATURAL, ABSENT, FAMILY, Measure(0.123456, 0.5, "activation")])
def test_what_is_shown_reads_as_itself(measure: Measure) -> None:
    assert measure.read(measure.text(measure.natural)) == measure.natural, "to the last bit"
    for share in (-1.5, -0.25, 0.5, 1.75, 2.5):
        value = share * measure.unit
        read = measure.read(measure.text(value))
        assert read is not None
        assert math.isclose(read, value, abs_tol=0.006 * measure.unit)
