"""What is typed into the filter line is understood, or told in words where it is not."""

from __future__ import annotations

import pytest

from saerch_desktop.features.browse_filter import HELP, parse


def said(text: str, **absent: str) -> list[str]:
    return [part.said for part in parse(text, absent).parts]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", []),
        ("   ", []),
        ("dark Matter", ["“dark”", "“Matter”"]),
        ("-halo dark", ["not “halo”", "“dark”"]),
        ('"dark matter" x', ["“dark matter”", "“x”"]),
        ("“dark matter”", ["“dark matter”"]),
        ('-"dark matter"', ["not “dark matter”"]),
        ('"not yet closed', ["“not yet closed”"]),
        ('"', []),
        ("-", []),
        ("- dark", ["“dark”"]),
        ("#12", ["#12"]),
        ("-#12", ["not: #12"]),
        ("density<1%", ["density below 1 %"]),
        ("Density < 1 % dark", ["density below 1 %", "“dark”"]),
        ("density>=0.01", ["density at least 1 %"]),
        ("density≤0,5%", ["density at most 0.5 %"]),
        ("-density<1%", ["not: density below 1 %"]),
        ("documents>1,000", ["documents above 1,000"]),
        ("documents>=2k", ["documents at least 2,000"]),
        ("grade>=B", ["grade B or better"]),
        ("grade<b", ["grade worse than B"]),
        ("grade=?", ["name not tested"]),
        ("grade:A", ["grade A"]),
        ("auroc>0.8", ["AUROC of the name’s test above 0.8"]),
        ("auroc>80%", ["AUROC of the name’s test above 0.8"]),
        ("unverified VERIFIED", ["not verified", "verified by you"]),
        ("-flagged", ["not: flagged"]),
        ("dead live junk", ["active in no document", "active in some document", "junk: little in common"]),
        ("tag:x", ["tag “x”"]),
        ('tag:"two words"', ["tag “two words”"]),
        ("tag:", ["with a tag"]),
        ("source:llm", ["named by “llm”"]),
        ("note:word", ["note with “word”"]),
        ("family:halo", ["family “halo”"]),
        ('-family:"dark halo"', ["not: family “dark halo”"]),
        ("family:", ["in a family"]),
        ('"dead" time', ["“dead”", "“time”"]),
        ("10^3", ["“10^3”"]),
        ("->", ["not “>”"]),
    ],
)
def test_understood(typed: str, expected: list[str]) -> None:
    assert said(typed) == expected
    assert parse(typed).problems == ()


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("density<", "density<1%"),
        ("density<x", "not a number"),
        ("density<5", "5%"),
        ("density<nan", "not a number"),
        ("density<inf", "not a number"),
        ("auroc>7", "at most 1"),
        ("max>5%", "leave the % out"),
        ("grade<", "grade>=B"),
        ("grade>X", "no grade “X”"),
        ("grade<?", "grade=?"),
        ("size>3", "“size”"),
        ("colour:red", "tag:, source:, note: and family:"),
        ("source:", "source:human"),
        ("#", "#12"),
        ("#abc", "no feature’s number"),
        ("#9999999999", "no feature’s number"),
    ],
)
def test_what_cannot_be_is_told_and_the_rest_still_counts(typed: str, hint: str) -> None:
    found = parse(f"dark {typed} -halo")
    assert len(found.problems) == 1
    assert hint in found.problems[0]
    assert (found.words, found.without) == (("dark",), ("halo",))


def test_what_is_not_known_is_told() -> None:
    assert parse("junk dark", {"junk": "Not known yet."}).problems == ("Not known yet.",)
    assert parse("now>0", {"now": "Nothing is looked at."}).problems == ("Nothing is looked at.",)
    assert parse("family:x", {"family": "There are none."}).problems == ("There are none.",)
    assert parse("-junk", {"junk": "Not known yet."}).tests == ()


def test_parts_know_where_they_stand() -> None:
    text = 'dark  density < 1 % -"two words" bad>1'
    places = [text[part.start : part.end] for part in parse(text).parts]
    assert places == ["dark", "density < 1 %", '-"two words"', "bad>1"]


def test_every_example_of_the_help_is_understood() -> None:
    for example, meaning in HELP:
        assert parse(example).problems == (), example
        assert meaning
        assert parse(example).parts
