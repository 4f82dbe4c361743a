"""The command line in this process: its answers for machines and people, its exit codes, its refusals."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest
import small_library
from cli_support import SHAPE, Run, embedder, run, trained, trained_once
from small_library import FEATURES, K

from saerch_desktop.cli import main
from saerch_desktop.library.library import Library

__all__ = ["embedder", "run", "trained", "trained_once"]


def _steer(
    run: Run, library: Path, *edits: str, mode: str = "residual", query: str = "queen of the river"
) -> Any:
    steer = [part for edit in edits for part in ("--steer", edit)]
    return run("search", "--library", library, *steer, "--mode", mode, "--top", 1000, query)


def test_plain_search_has_the_promised_shape(run: Run, trained: Path) -> None:
    found = run("search", "--library", trained, "yeast oven", "--top", 5)
    assert list(found)[:5] == ["query", "mode", "edits", "results", "features"]
    assert (found["query"], found["mode"], found["edits"]) == ("yeast oven", "residual", [])
    assert len(found["results"]) == 5
    for place, result in enumerate(found["results"], 1):
        assert list(result) == ["rank", "id", "title", "score", "rank_before", "contributions"]
        assert result["rank"] == result["rank_before"] == place
        assert result["contributions"] == []
        assert result["id"].startswith("doc-")
    assert 0 < len(found["features"]) <= K
    assert list(found["features"][0]) == ["feature", "label", "activation"]
    activations = [entry["activation"] for entry in found["features"]]
    assert activations == sorted(activations, reverse=True)


@pytest.mark.parametrize("mode", ["residual", "paper"])
def test_contributions_sum_to_the_change_of_score(run: Run, trained: Path, mode: str) -> None:
    plain = _steer(run, trained)
    before = {result["id"]: result for result in plain["results"]}
    active = plain["features"][0]["feature"]
    steered = _steer(run, trained, f"{active}:-0.4", f"{(active + 1) % FEATURES}:+0.25", mode=mode)
    assert steered["mode"] == mode
    assert [edit["delta"] for edit in steered["edits"]] == [-0.4, 0.25]
    assert len(steered["results"]) == len(before) == small_library.DOCUMENTS
    for result in steered["results"]:
        change = sum(part["value"] for part in result["contributions"])
        assert result["score"] == pytest.approx(before[result["id"]]["score"] + change, abs=1e-5)
        assert result["rank_before"] == before[result["id"]]["rank"]
    named = {part["feature"]: part["label"] for part in steered["results"][0]["contributions"]}
    assert (None in named) == (mode == "paper")
    assert all(isinstance(label, str) and label for label in named.values())


def test_a_change_of_nothing_is_plain_search(run: Run, trained: Path) -> None:
    assert _steer(run, trained, "3:0")["results"] == _steer(run, trained)["results"]


def test_steering_up_brings_a_features_documents_up(run: Run, trained: Path) -> None:
    plain = _steer(run, trained, query="pawn opening")
    cards = [run("show", "feature", number, "--library", trained) for number in range(FEATURES)]
    of_whales = [card for card in cards if card["count"] and "whale" in card["documents"][0]["title"]]
    shown = max(of_whales, key=lambda card: card["count"])
    steered = _steer(run, trained, f"{shown['feature']}:+1", query="pawn opening")
    whales = [
        [result["rank"] for result in found["results"] if "whale" in result["title"]]
        for found in (plain, steered)
    ]
    assert sum(whales[1]) < 0.7 * sum(whales[0])


def test_search_from_a_document(run: Run, trained: Path) -> None:
    found = run("search", "--library", trained, "--like", "doc-7", "--top", 3)
    assert found["results"][0]["id"] == "doc-7"


def test_words_find_documents_before_there_are_vectors(run: Run, tmp_path: Path) -> None:
    source = small_library.write_source(tmp_path, 40)
    run("import", source, "--library", tmp_path / "new.saerch")
    found = run("search", "--library", tmp_path / "new.saerch", "--words", "pawn")
    assert found["mode"] == "words"
    assert found["results"]
    assert found["features"] == []
    assert [result["rank"] for result in found["results"]] == list(range(1, len(found["results"]) + 1))
    assert all(result["contributions"] == [] for result in found["results"])
    none = run("search", "--library", tmp_path / "new.saerch", "--words", "xylophone", words=True)
    assert none.strip() == "No document holds the words “xylophone”."


def test_people_see_ranks_moves_and_reasons(run: Run, trained: Path) -> None:
    active = _steer(run, trained)["features"][0]["feature"]
    shown = run("search", "--library", trained, "--steer", f"{active}:-1.5", "queen of the river", words=True)
    assert f"steered by #{active} -1.5" in shown
    assert "▲" in shown
    assert f"#{active} " in shown
    assert "Features of this query:" in shown


def test_import_reports_what_it_did(run: Run, tmp_path: Path) -> None:
    source = small_library.write_source(tmp_path, 40)
    with source.open("a", encoding="utf-8") as stream:
        stream.write('{"id": "empty", "title": "", "text": ""}\nnot json\n')
    done = run("import", source, "--library", tmp_path / "a.saerch", "--facet", "kind")
    assert (done["documents"], done["read"], done["empty"], done["problems"]) == (40, 42, 1, 1)
    assert done["roles"]["facets"] == ["kind"]
    assert run("show", "library", "--library", tmp_path / "a.saerch")["problems"]
    limited = run("import", source, "--library", tmp_path / "b.saerch", "--limit", 7)
    assert limited["documents"] == 7


def test_from_a_file_to_a_steered_search(run: Run, tmp_path: Path) -> None:
    source, path = small_library.write_source(tmp_path), tmp_path / "a.saerch"
    assert "documents are in" in run("import", source, "--library", path, words=True)
    done = run("embed", "--library", path)
    assert (done["rows"], done["embedded"], done["failed"]) == (
        small_library.DOCUMENTS,
        small_library.DOCUMENTS,
        0,
    )
    options = ("--features", FEATURES, "--k", K, "--epochs", 3, "--device", "cpu")
    built = run("train", "--library", path, "--name", "first", *options)
    assert SHAPE.items() <= built["config"].items()
    assert 0 < built["metrics"]["fvu"] < 1
    told = run("train", "--library", path, "--name", "second", *options, words=True)
    assert told.startswith(f"Training “second”: {FEATURES} features, {K} active per document, 3 passes over ")
    assert run("search", "--library", path, "--sae", "first", "dough")["features"]


def test_show_library(run: Run, trained: Path) -> None:
    shown = run("show", "library", "--library", trained)
    assert (shown["documents"], shown["vectors"]["dim"]) == (small_library.DOCUMENTS, small_library.DIM)
    assert shown["saes"][0]["name"] == "small"
    assert shown["index"]["recall_at_10"] > 0.9
    assert shown["findings"] == []
    assert "SAE “small”" in run("show", "library", "--library", trained, words=True)


def test_show_sae(run: Run, trained: Path) -> None:
    shown = run("show", "sae", "--library", trained, "--sae", "small")
    assert SHAPE.items() <= shown["config"].items()
    assert [entry["feature"] for entry in shown["statistics"]] == list(range(FEATURES))
    assert {"label", "count", "density", "mean", "maximum"} < set(shown["statistics"][0])
    assert run("show", "sae", "small", "--library", trained) == shown
    assert "Most frequent features" in run("show", "sae", "--library", trained, words=True)


def test_show_feature(run: Run, trained: Path) -> None:
    statistics = run("show", "sae", "--library", trained)["statistics"]
    busiest = max(statistics, key=lambda entry: entry["count"])
    shown = run("show", "feature", busiest["feature"], "--library", trained, "--top", 4)
    assert (shown["label"], shown["count"]) == (busiest["label"], busiest["count"])
    assert sum(shown["histogram"]["counts"]) == shown["count"]
    assert len(shown["documents"]) == 4
    activations = [entry["activation"] for entry in shown["documents"]]
    assert activations == sorted(activations, reverse=True)
    assert shown["claims"][0]["label"] == shown["label"]
    assert {"source", "grade", "auroc"} <= set(shown["claims"][0])
    assert [band["band"] for band in shown["bands"]] == ["top", "upper", "middle", "low", "near", "zero"]
    assert sum(band["count"] for band in shown["bands"][:4]) == shown["count"]
    assert all({"npmi", "q", "expected", "count"} <= set(entry) for entry in shown["cooccurring"])
    assert all(entry["lift"] < 1 for entry in shown["rarely_with"])
    assert not shown["estimated"]
    assert sum(year["count"] for year in shown["years"]) + shown["undated"] == shown["count"]
    assert set(shown["facets"]) == {"kind"}
    assert shown["also_in"] == []
    assert f"#{busiest['feature']} " in run(
        "show", "feature", busiest["feature"], "--library", trained, words=True
    )


def test_examples_are_written_by_seed(run: Run, trained: Path, tmp_path: Path) -> None:
    busiest = max(run("show", "sae", "--library", trained)["statistics"], key=lambda entry: entry["count"])
    target = tmp_path / "examples.json"
    drawn = []
    for seed in (0, 0, 1):
        arguments = ("show", "feature", busiest["feature"], "--library", trained, "--seed", seed)
        shown = run(*arguments, "--examples", target)
        written = json.loads(target.read_text(encoding="utf-8"))["examples"]
        ids = [entry["id"] for band in shown["bands"] for entry in band["documents"]]
        assert [entry["id"] for entry in written] == ids
        assert {entry["seed"] for entry in written} == {shown["seed"]} == {seed}
        drawn.append(ids)
    assert drawn[0] == drawn[1] != drawn[2]
    said = run("show", "feature", busiest["feature"], "--library", trained, "--examples", target, words=True)
    assert f"The examples are in {target}." in said


def test_show_document(run: Run, trained: Path) -> None:
    shown = run("show", "document", "doc-3", "--library", trained)
    assert shown["metadata"] == small_library.records()[3]
    assert 0 < len(shown["features"]) <= K
    assert shown["facets"] == [{"name": "kind", "value": "bridge"}]
    assert shown["title"] in run("show", "document", "doc-3", "--library", trained, words=True)


def test_study_reconstruction(run: Run, trained: Path) -> None:
    measured = run("study", "reconstruction", "--library", trained, "--sae", "small")
    assert {"fvu", "l0", "dead_fraction", "n_train", "n_heldout"} <= set(measured)
    assert "Unexplained" in run("study", "reconstruction", "--library", trained, words=True)


def test_check_and_repair(run: Run, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "--library", trained) == {"findings": []}
    (trained / "saes" / "small" / "labels.json").unlink()
    assert run("check", "--library", trained)["findings"][0]["repairable"]
    assert run("check", "--library", trained, "--repair")["findings"][0]["severity"] == "note"
    assert "Nothing is wrong" in run("check", "--library", trained, words=True)
    (trained / "vectors.npy").unlink()
    assert main(["check", "--library", str(trained)]) == 1
    assert "Error: " in capsys.readouterr().out


def test_selftest_prints_each_step_and_fails_when_one_does(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Everything works." in run("selftest", words=True)

    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("saerch_desktop.library.importing.import_file", broken)
    assert main(["selftest"]) == 1
    assert capsys.readouterr().out.startswith("FAIL import texts")


MISTAKES: list[tuple[list[str], str]] = [
    (["nosuch"], "No such command"),
    (["search"], "--library"),
    (["search", "--library", "{trained}"], "QUERY or --like"),
    (["search", "--library", "{trained}", "x", "--like", "doc-1"], "QUERY or --like"),
    (["search", "--library", "{trained}", " "], "empty"),
    (["search", "--library", "{trained}", "x", "--words", "--steer", "1:+1"], "--words"),
    (["search", "--library", "{trained}", "--words"], "--words"),
    (["search", "--library", "/nowhere/at/all", "x"], "no library"),
    (["search", "--library", "{empty}", "x"], "not a library"),
    (["search", "--library", "{trained}", "x", "--steer", "12"], "12:+0.3"),
    (["search", "--library", "{trained}", "x", "--steer", "-1:2"], "12:+0.3"),
    (["search", "--library", "{trained}", "x", "--steer", "1:nan"], "12:+0.3"),
    (["search", "--library", "{trained}", "x", "--steer", "1:1", "--steer", "1:2"], "twice"),
    (["search", "--library", "{trained}", "x", "--steer", "99:+1"], "no feature 99"),
    (["search", "--library", "{trained}", "x", "--sae", "other"], "other"),
    (["search", "--library", "{trained}", "x", "--mode", "sideways"], "--mode"),
    (["search", "--library", "{trained}", "x", "--top", "0"], "--top"),
    (["search", "--library", "{trained}", "--like", "nobody"], "nobody"),
    (["show", "feature", "99", "--library", "{trained}"], "no feature 99"),
    (["show", "document", "nobody", "--library", "{trained}"], "nobody"),
    (["show"], "Missing command"),
    (["train", "--library", "{trained}"], "--name"),
    (["train", "--library", "{trained}", "--name", "small"], "already"),
    (["train", "--library", "{trained}", "--name", "../x"], "name"),
    (["train", "--library", "{trained}", "--name", "x", "--k", "10000"], "k"),
    (["train", "--library", "{trained}", "--name", "x", "--preset", "huge"], "--preset"),
    (["train", "--library", "{trained}", "--name", "x", "--resume"], "no interrupted training"),
    (["study", "reconstruction", "--library", "{trained}", "--sae", "x"], "x"),
    (["import", "/nowhere/file.csv", "--library", "{new}"], "file.csv"),
    (["import", "{trained}/library.json", "--library", "{new}", "--embedder", "minilm"], "--vectors"),
    (["embed", "--library", "{trained}", "--budget-tokens", "0"], "--budget-tokens"),
    (["sample", "--library", "{trained}"], "already holds"),
    (["check", "--library", "{empty}"], "not a library"),
]


@pytest.mark.parametrize(
    ("arguments", "named"), MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_mistake_is_one_clear_message(
    arguments: list[str],
    named: str,
    trained_once: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("saerch_desktop.library.docstrings.harvest", lambda progress: small_library.records())
    (tmp_path / "empty").mkdir()
    places = {"{trained}": trained_once, "{empty}": tmp_path / "empty", "{new}": tmp_path / "new.saerch"}
    for mark, place in places.items():
        arguments = [argument.replace(mark, str(place)) for argument in arguments]
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    message = [line for line in err.splitlines() if " …" not in line]
    assert out == ""
    assert len(message) == 1
    assert named in message[0]
    assert message[0].endswith(".") or message[0].endswith("--help.")
    assert "Traceback" not in err
    assert not (tmp_path / "new.saerch").exists()


def test_a_library_open_elsewhere_is_refused_in_words(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Library.open(trained, write=True):
        assert main(["train", "--library", str(trained), "--name", "x", "--epochs", "1"]) == 2
    assert "being changed" in capsys.readouterr().err


@pytest.mark.expects_log
def test_a_fault_of_ours_is_kept_for_a_report(
    trained: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise ZeroDivisionError("ouch")

    monkeypatch.setattr("saerch_desktop.workflow.session.open_session", broken)
    assert main(["search", "--library", str(trained), "x"]) == 1
    err = capsys.readouterr().err
    assert "fault in SAErch Desktop: ZeroDivisionError: ouch" in err
    assert "Traceback" not in err
    log = Path(err.strip().rpartition("The details are in ")[2].rstrip("."))
    assert "ZeroDivisionError: ouch" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "given"),
    [([], []), (["--sample"], ["--sample"]), (["--library", "a b"], ["--library", "a b"])],
)
def test_without_a_command_the_window_opens(
    arguments: list[str], given: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[list[str]] = []
    window = types.ModuleType("saerch_desktop.app")
    window.main = lambda flags: heard.append(list(flags)) or 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "saerch_desktop.app", window)
    assert main(arguments) == 0
    assert heard == [given]


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in (
        "sample",
        "import",
        "embed",
        "train",
        "search",
        "show",
        "study",
        "check",
        "screenshots",
        "selftest",
    ):
        assert command in shown
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip()
