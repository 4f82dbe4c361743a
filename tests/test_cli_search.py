"""search with filters, words beside meaning, sets of documents, mute, solo, a budget and reasons; recipes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import Run, embedder, run, trained, trained_once
from small_library import DOCUMENTS, FEATURES, WordEmbedder

from saerch_desktop.cli import main
from saerch_desktop.library.library import Library

__all__ = ["embedder", "run", "trained", "trained_once"]

QUERY = "queen of the river"


def search(run: Run, library: Path, *options: Any, query: str | None = QUERY) -> Any:
    return run("search", "--library", library, *options, *([query] if query else []))


def ids(found: Any) -> list[str]:
    return [result["id"] for result in found["results"]]


def scores(found: Any) -> dict[str, float]:
    return {result["id"]: result["score"] for result in found["results"]}


def test_pages_are_parts_of_one_list(run: Run, trained: Path) -> None:
    whole = search(run, trained, "--top", 50, "--steer", "3:+0.4")
    parts = [search(run, trained, "--top", 20, "--skip", skip, "--steer", "3:+0.4") for skip in (0, 20, 40)]
    joined = [result for part in parts for result in part["results"]]
    assert joined[:50] == whole["results"]
    assert [result["rank"] for result in joined] == list(range(1, 61))
    assert whole["total"] == DOCUMENTS
    assert search(run, trained, "--skip", 10_000)["results"] == []


def test_filters_keep_and_hide(run: Run, trained: Path) -> None:
    everything = search(run, trained, "--top", 1000)
    kept = search(run, trained, "--top", 1000, "--where", "kind:bridge", "--hide", "steel")
    with Library.open(trained) as library:
        texts = {d.id: d for d in library.documents.many(list(range(DOCUMENTS)))}
    wanted = [
        name
        for name in ids(everything)
        if ("kind", "bridge") in texts[name].facets and "steel" not in texts[name].text + texts[name].title
    ]
    assert ids(kept) == wanted
    assert kept["kept"] == kept["total"] == len(wanted)
    assert kept["documents"] == DOCUMENTS
    assert [entry["words"] for entry in kept["filters"]] == ["kind is bridge", "hide “steel”"]
    assert [result["rank_before"] for result in kept["results"]] == list(range(1, len(wanted) + 1))
    either = search(run, trained, "--top", 1000, "--where", "kind:bridge", "--where", "kind:chess", "--any")
    assert either["kept"] == 60


def test_words_and_both(run: Run, trained: Path) -> None:
    words = search(run, trained, "--kind", "words", "--where", "kind:chess", query="queen")
    assert words["mode"] == "words"
    everywhere = search(run, trained, "--words", "--top", 999, query="queen")
    assert 0 < words["total"] < everywhere["total"] == len(everywhere["results"])
    second = search(run, trained, "--kind", "words", "--top", 3, "--skip", 3, query="queen")
    assert second["results"][0]["rank"] == 4
    both = search(run, trained, "--kind", "both", "--weight", 0.3, "--top", 1000, query="queen")
    assert both["weight"] == 0.3
    for result in both["results"]:
        fused = 0.7 / (60 + result["place_meaning"]) if result["place_meaning"] else 0.0
        fused += 0.3 / (60 + result["place_words"]) if result["place_words"] else 0.0
        assert result["fused"] == pytest.approx(fused, rel=1e-5)
    fused = [result["fused"] for result in both["results"]]
    assert fused == sorted(fused, reverse=True)


def test_several_documents_are_their_mean(run: Run, trained: Path) -> None:
    found = search(run, trained, "--like", "doc-1", "--like", "doc-7", "--top", 1000, query=None)
    with Library.open(trained) as library:
        assert library.vectors is not None
        vectors = np.asarray(library.vectors.gather(np.arange(DOCUMENTS)), np.float64)
    mean = vectors[1] + vectors[7]
    wanted = vectors @ (mean / np.linalg.norm(mean))
    for result in found["results"]:
        assert result["score"] == pytest.approx(wanted[int(result["id"].removeprefix("doc-"))], abs=1e-5)


def test_what_tells_two_sets_apart(run: Run, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    like = [part for n in range(0, 60, 6) for part in ("--like", f"doc-{n}")]
    against = [part for n in range(1, 60, 6) for part in ("--against", f"doc-{n}")]
    found = search(run, trained, *like, *against, query=None)
    assert found["suggestions"]
    assert all(np.sign(s["delta"]) == np.sign(s["rate_a"] - s["rate_b"]) for s in found["suggestions"])
    assert found["edits"] == [], "they are suggested and not made"
    said = run("search", "--library", trained, *like, *against, words=True)
    assert f"--steer {found['suggestions'][0]['feature']}:" in said


def test_mute_solo_and_budget(run: Run, trained: Path) -> None:
    plain = search(run, trained)
    features = {entry["feature"]: entry["activation"] for entry in plain["features"]}
    first = next(iter(features))
    muted = search(run, trained, "--mute", first)
    assert muted["edits"] == [{**muted["edits"][0], "feature": first}]
    assert muted["edits"][0]["delta"] == pytest.approx(-features[first])
    alone = search(run, trained, "--solo", first)
    assert {edit["feature"] for edit in alone["edits"]} == set(features) - {first}
    held = search(run, trained, "--steer", f"{first}:-3", "--budget", 0.9)
    assert held["cosine"] == pytest.approx(0.9, abs=1e-4)
    assert 0 < held["scale"] < 1
    assert held["wanted_cosine"] < 0.9
    assert held["edits"][0]["delta"] == pytest.approx(-3 * held["scale"])
    said = run("search", "--library", trained, "--steer", f"{first}:-3", "--budget", 0.9, QUERY, words=True)
    assert "Held at" in said


def test_more_and_less_like_documents(run: Run, trained: Path) -> None:
    plain = scores(search(run, trained, "--top", 1000))
    more = search(run, trained, "--top", 1000, "--more", "doc-1", "--less", "doc-2")
    assert more["nudged"]
    assert {edit["feature"] for edit in more["edits"]} == {edit["feature"] for edit in more["nudged"]}
    after = scores(more)
    assert after["doc-1"] - plain["doc-1"] > after["doc-2"] - plain["doc-2"]


def test_reasons_sum_to_the_score(run: Run, trained: Path) -> None:
    found = search(run, trained, "--steer", "3:+0.4", "--why", "doc-9", "--top", 1000)
    why = found["why"]
    assert sum(part["value"] for part in why["parts"]) == pytest.approx(why["score"], abs=1e-5)
    assert why["score"] == pytest.approx(scores(found)["doc-9"], abs=1e-5)
    pair = search(run, trained, "--steer", "3:+0.4", "--why", "doc-9", "--why", "doc-4", "--top", 1000)
    comparison = pair["comparison"]
    assert sum(part["value"] for part in comparison["parts"]) == pytest.approx(
        comparison["difference"], abs=1e-5
    )
    assert {comparison["above"]["id"], comparison["below"]["id"]} == {"doc-9", "doc-4"}
    said = run("search", "--library", trained, "--why", "doc-9", QUERY, words=True)
    assert "Why " in said


def test_exactly_or_by_the_index(run: Run, trained: Path) -> None:
    exact, index = search(run, trained, "--exact"), search(run, trained, "--index")
    assert (exact["how"], exact["recall"]) == ("exact", None)
    assert index["how"] == "index"
    assert 0 < index["recall"] <= 1
    assert ids(exact)[:3] == ids(index)[:3]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["x", "--exact", "--index"], "exclude each other"),
        (["x", "--against", "doc-1"], "--like"),
        (["--like", "doc-1", "--kind", "both"], "both"),
        (["x", "--where", "((("], "parenthesis"),
        (["x", "--where", "flavour:sweet"], "flavour"),
        (["x", "--kind", "words", "--mute", "1"], "--words"),
        (["x", "--mute", "99"], "99"),
        (["x", "--why", "doc-1", "--why", "doc-2", "--why", "doc-3"], "two"),
        (["x", "--why", "nobody"], "nobody"),
        (["x", "--more", "nobody"], "nobody"),
        (["x", "--recipe", "none"], "no recipe “none”"),
        (["x", "--recipe", "none" * 2000], "no recipe “none"),
        (["x", "--recipe", "none.json"], "none.json"),
        (["x", "--budget", "2"], "--budget"),
    ],
)
def test_what_makes_no_sense_is_said(
    trained: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["search", "--library", str(trained), *options]) == 2
    assert said in capsys.readouterr().err


# Recipes -------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(run: Run, trained: Path) -> Any:
    return run(
        *("recipe", "save", "Bridges", "--library", trained, "--steer", "3:+0.4", "--steer", "5:-0.2"),
        *("--mute", 7, "--budget", 0.95, "--where", "kind:bridge", "--note", "over rivers"),
    )


def test_a_recipe_is_what_was_typed(run: Run, trained: Path, kept: Any) -> None:
    assert Path(kept["file"]).parent == trained / "recipes"
    typed = search(
        *(run, trained, "--steer", "3:+0.4", "--steer", "5:-0.2", "--mute", 7),
        *("--budget", 0.95, "--where", "kind:bridge"),
    )
    found = search(run, trained, "--recipe", "bridges")
    assert found["results"] == typed["results"]
    assert found["recipe"]["same"]
    assert found["kept"] == typed["kept"]
    upon = search(run, trained, "--recipe", "bridges", "--steer", "3:+0.1", "--budget", 0.5)
    assert upon["budget"] == 0.5
    assert {edit["feature"]: edit["delta"] for edit in upon["edits"]}[3] == pytest.approx(0.1 * upon["scale"])
    assert [one["name"] for one in run("recipe", "list", "--library", trained)["recipes"]] == ["Bridges"]
    shown = run("recipe", "show", "Bridges", "--library", trained)
    assert (shown["note"], shown["budget"]) == ("over rivers", 0.95)
    assert "over rivers" in run("recipe", "show", "Bridges", "--library", trained, words=True)
    assert run("recipe", "delete", "BRIDGES", "--library", trained) == {"deleted": "Bridges"}
    assert run("recipe", "list", "--library", trained)["recipes"] == []


def test_a_recipe_goes_to_another_sae(run: Run, trained: Path, kept: Any, tmp_path: Path) -> None:
    from saerch_desktop.progress import Progress
    from saerch_desktop.workflow.build import Wishes, train_sae

    train_sae(trained, "other", Wishes(features=24, k=4, epochs=6, seed=3, device="cpu"), Progress())
    checked = run("recipe", "check", "Bridges", "--library", trained, "--sae", "other", "--along")
    assert not checked["same"]
    features = {entry["feature"] for entry in checked["matches"]}
    assert features | {entry["feature"] for entry in checked["lost"]} <= {3, 5, 7}
    assert all(0.5 <= entry["cosine"] <= 1 for entry in checked["matches"])
    file = tmp_path / "mapped.json"
    mapped = run(
        *("recipe", "map", "Bridges", "--library", trained, "--sae", "other", "--along"),
        *("--name", "Here", "--out", file),
    )
    assert (mapped["name"], mapped["sae"]) == ("Here", "other")
    assert json.loads(file.read_text(encoding="utf-8"))["source"]["sae"] == "other"
    by_map = search(run, trained, "--recipe", file, "--sae", "other")
    at_once = search(run, trained, "--recipe", "Bridges", "--sae", "other", "--along")
    assert by_map["recipe"]["same"]
    for one, two in zip(by_map["results"], at_once["results"], strict=True):
        assert one["score"] == pytest.approx(two["score"], abs=1e-5)
    said = run("recipe", "check", "Bridges", "--library", trained, "--sae", "other", words=True)
    assert "another SAE (“small”)" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["save", "x"], "nothing to keep"),
        (["save", " ", "--steer", "1:1"], "cannot be kept"),
        (["save", "x", "--steer", "99:1"], "99"),
        (["save", "Bridges", "--steer", "1:1"], "already"),
        (["show", "none"], "Bridges"),
        (["check", "none.json"], "none.json"),
        (["map", "Bridges"], "already"),
        (["delete", "none"], "no recipe"),
    ],
)
def test_recipes_that_cannot_be(
    trained: Path, kept: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["recipe", *arguments, "--library", str(trained)]) == 2
    assert said in capsys.readouterr().err


def test_the_embedder_is_not_needed_for_recipes(
    run: Run, trained: Path, kept: Any, embedder: WordEmbedder
) -> None:
    embedder.identity = None  # type: ignore[assignment]
    assert run("recipe", "check", "Bridges", "--library", trained)["same"]
    assert FEATURES > 7


def test_raising_and_lowering_what_features_are_about(run: Run, trained: Path) -> None:
    """At the cosine that is asked for; the lowered subject has fewer of the results, the raised one more."""
    from saerch_desktop.features.feature_set import FeatureSet

    plain = search(run, trained, "--top", 20, query="the queen and pawn of the board")
    with Library.open(trained) as library:
        features = FeatureSet.open(library, "small")
        best = {}
        for kind in ("chess", "violin"):
            rows = library.documents.rows_with("kind", kind)
            counts = np.bincount(
                features.codes.indices[rows][features.codes.values[rows] > 0].ravel(), minlength=FEATURES
            )
            best[kind] = int(np.argmax(counts / np.maximum(features.statistics.count, 10)))
        kinds = {d.id: dict(d.facets)["kind"] for d in library.documents.many(list(range(DOCUMENTS)))}
    options = ("--raise", best["violin"], "--lower", best["chess"], "--budget", 0.8, "--top", 20)
    found = search(run, trained, *options, query="the queen and pawn of the board")

    def share(found: Any, kind: str) -> float:
        return float(np.mean([kinds[name] == kind for name in ids(found)]))

    assert found["cosine"] == pytest.approx(0.8, abs=1e-4)
    assert share(found, "violin") > share(plain, "violin")
    assert share(found, "chess") < share(plain, "chess")
