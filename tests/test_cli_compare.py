"""`compare` and `labels carry`: what they answer for machines and for people, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_support import Run, embedder, run
from three_saes import AGAIN, LARGE, SMALL, three, three_once

from saerch_desktop.cli import main

__all__ = ["embedder", "run", "three", "three_once"]


def test_a_comparison_has_the_promised_shape(run: Run, three: Path) -> None:
    found = run("compare", "--library", three, "--sae", SMALL, "--with", LARGE, "--feature", 3, "--trees")
    assert list(found) == [
        "left",
        "right",
        "differences",
        "left_in_right",
        "right_in_left",
        "one_to_one",
        "documents",
        "splits",
        "trees",
    ]
    assert (found["left"]["sae"], found["right"]["sae"]) == (SMALL, LARGE)
    assert found["differences"] == ["features"]
    for side in ("left_in_right", "right_in_left"):
        told = found[side]
        assert sum(told["histogram"]["counts"]) == told["live"]
        assert len(told["histogram"]["edges"]) == len(told["histogram"]["counts"]) + 1
        assert 0 <= told["recurring"] <= told["live"]
    assert found["left_in_right"]["recurring"] == found["right_in_left"]["recurring"]
    assert found["one_to_one"]["pairs"] <= found["left_in_right"]["live"]
    assert found["documents"]["pairs"] == found["left_in_right"]["recurring"]
    assert len(found["trees"]) == 1 + len(found["splits"])
    first = found["trees"][0]
    marked = [branch for branch in branches(first["root"]) if branch["chosen"]]
    assert [(branch["sae"], branch["feature"]) for branch in marked] == [(SMALL, 3)]
    for split in found["splits"]:
        assert len(split["parts"]) >= 2
        cosines = [part["cosine"] for part in split["parts"]]
        assert cosines == sorted(cosines, reverse=True)


def branches(branch: dict) -> list[dict]:
    return [branch] + [one for child in branch["children"] for one in branches(child)]


def test_a_comparison_in_words(run: Run, three: Path) -> None:
    told = run("compare", "--library", three, "--sae", SMALL, "--with", AGAIN, "--feature", 0, words=True)
    assert "They differ in: seed." in told
    assert "how stable a feature is under another seed" in told
    assert f"“{SMALL}” in “{AGAIN}”: median of the highest cosine" in told
    assert "█" in told
    assert f"Through {SMALL} → {LARGE}" in told
    assert "0.95–1.00" in told


def test_names_are_carried(run: Run, three: Path) -> None:
    order = ("labels", "carry", "--library", three, "--from", SMALL, "--to", LARGE, "--least", 0.5)
    done = run(*order)
    assert done["carried"] == len(done["names"]) > 0
    assert (done["from"], done["to"], done["least"]) == (SMALL, LARGE, 0.5)
    assert sum(done["grades"].values()) == done["carried"]
    name = done["names"][0]
    assert name["confidence"] == pytest.approx(name["cosine"] * name["jaccard"])
    told = run(*order, words=True)
    assert f"{done['carried']:,} names carried from “{SMALL}” to “{LARGE}” (cosine ≥ 0.5)" in told
    shown = run("show", "feature", name["feature"], "--library", three, "--sae", LARGE)
    assert shown["source"] is not None


def test_no_partner_means_no_name(run: Run, three: Path) -> None:
    order = ("labels", "carry", "--library", three, "--from", SMALL, "--to", LARGE, "--least", 1)
    assert run(*order)["carried"] == 0
    assert "nothing was carried over" in run(*order, words=True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", "--sae", SMALL, "--with", SMALL),
        ("compare", "--sae", SMALL, "--with", "nobody"),
        ("compare", "--sae", SMALL, "--with", LARGE, "--feature", "99"),
        ("compare", "--sae", SMALL),
        ("labels", "carry", "--from", SMALL, "--to", SMALL),
        ("labels", "carry", "--from", SMALL, "--to", LARGE, "--least", "2"),
    ],
)
def test_mistakes_are_the_users(
    three: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    place = 2 if arguments[0] == "labels" else 1
    given = [*arguments[:place], "--library", str(three), *arguments[place:]]
    assert main(given) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
