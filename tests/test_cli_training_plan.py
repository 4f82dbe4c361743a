"""A training plan from a file: what it costs, carried out, gone on with, and refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import small_library
from small_library import WordEmbedder

from saerch_desktop.cli import main
from saerch_desktop.library.library import Library


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = WordEmbedder()
    monkeypatch.setattr("saerch_desktop.embedding.registry.embedder_for", lambda *given, **options: made)
    return small_library.make_vectors(tmp_path / "a.saerch")


def test_a_plan_is_estimated_and_carried_out(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sae = {"name": "two", "features": 16, "k": 2, "epochs": 2, "seeds": [0, 1]}
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"saes": [sae], "after": {"families": False}}), encoding="utf-8")
    asked = ["train", "--library", str(library), "--plan", str(plan)]
    assert main([*asked, "--estimate", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["refusal"] == ""
    assert said["disk_bytes"] == 2 * said["saes"][0]["estimate"]["disk_bytes"]
    assert main([*asked, "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in done["built"]] == ["two seed 0", "two seed 1"]
    with Library.open(library) as opened:
        assert opened.sae_names() == ["two seed 0", "two seed 1"]
    assert main(asked) == 2
    assert "already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "no JSON"), ("{}", "no training plan"), ('{"saes": [{"name": "../x"}]}', "cannot be the name")],
)
def test_what_is_no_plan_is_refused(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(text, encoding="utf-8")
    assert main(["train", "--library", str(library), "--plan", str(plan)]) == 2
    assert words in capsys.readouterr().err
