"""`label` as it is typed: what it prints for people and machines, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import planted_library
import pytest
from chat_support import ChatService, library, model, shown
from cli_support import Run, run

from saerch_desktop.cli import main
from saerch_desktop.features.families.family import Families, Family
from saerch_desktop.features.families.family_files import save_families
from saerch_desktop.features.feature_set import build_features
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress

__all__ = ["library", "model", "run"]


@pytest.fixture(scope="module")
def planted_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = planted_library.make(tmp_path_factory.mktemp("label") / "planted.saerch")
    with Library.open(path, write=True) as library:
        build_features(library, planted_library.NAME, Progress())
    return path


def by_llm(library: Path, model: ChatService) -> list[object]:
    return ["label", "--library", library, "--method", "llm", "--model", "m", "--base-url", model.url]


def test_the_whole_way(run: Run, library: Path, model: ChatService) -> None:
    plan = run(*by_llm(library, model), "--features", "0,1,2", "--estimate")
    assert (plan["features"], plan["done"], plan["requests"], plan["local"]) == (3, 0, plan["requests"], True)
    assert plan["tokens"] == plan["tokens_in"] + plan["tokens_out"]
    first = run(*by_llm(library, model), "--features", "0,1,2", "--show-prompts", "--domain", "old books")
    assert "texts about old books" in first["body"]["messages"][0]["content"]
    assert len(shown(first["body"])) == 15
    assert model.seen == []
    done = run(*by_llm(library, model), "--features", "0,1,2")
    assert (done["named"], done["failed"], done["stopped"]) == (3, [], "")
    card = run("show", "feature", 0, "--library", library)
    assert "dark matter halo" in str(card)
    later = run(*by_llm(library, model), "--features", "0,1,2,3", "--protocol", "default")
    assert (later["named"], later["done"]) == (1, 3)
    paper = run(*by_llm(library, model), "--features", "0", "--protocol", "paper")
    assert (paper["named"], paper["done"]) == (1, 0)


def test_people_are_told_in_words(run: Run, library: Path, model: ChatService) -> None:
    told = run(*by_llm(library, model), "--features", "0,31", words=True)
    assert "Named 1 features" in told
    assert "31: it is active in no document" in told
    assert "Median Pearson" in told
    told = run(*by_llm(library, model), "--features", "1", "--estimate", words=True)
    assert "Tokens sent" in told
    assert "on this computer" in told
    told = run(*by_llm(library, model), "--features", "1", "--show-prompts", words=True)
    assert told.startswith(f"POST {model.url}/chat/completions")
    assert "FINAL: name" in told
    told = run(*by_llm(library, model), "--budget-tokens", "9000", words=True)
    assert "is used up" in told
    assert "features are left" in told


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--method", "llm"], "No language model"),
        (["--model", "m"], "by a language model"),
        (["--estimate"], "by a language model"),
        (["--features", "1,x"], "cannot be read"),
        (["--features", ""], "cannot be read"),
        (["--features", "-1"], "cannot be read"),
        (["--method", "llm", "--model", "gpt-4o"], "needs the network"),
        (["--method", "llm", "--model", "gpt-4o", "--allow-network"], "no budget"),
        (["--method", "llm", "--model", "x", "--budget", "1", "--allow-network"], "not known"),
        (
            ["--method", "llm", "--model", "m", "--base-url", "http://localhost:1", "--features", "99"],
            "no feature 99",
        ),
    ],
)
def test_what_cannot_be_done_is_told(
    library: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    more: list[str],
    words: str,
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert main(["label", "--library", str(library), *more]) == 2
    assert words in capsys.readouterr().err


def test_offline_needs_no_model(run: Run, library: Path) -> None:
    done = run("label", "--library", library, "--features", "0,1")
    assert done["named"] == 2
    assert "Named 2 features" in run("label", "--library", library, "--features", "0,1", words=True)


def test_families_are_named_either_way(
    run: Run, library: Path, model: ChatService, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = library / "saes" / planted_library.NAME
    assert main(["label", "--library", str(library), "--families"]) == 2
    assert "no families" in capsys.readouterr().err
    families = tuple(Family(key=f"key{at}", members=(at, at + 8), root=at) for at in range(3))
    save_families(folder, Families(method="paper", families=families, live=30))
    offline = run("label", "--library", library, "--families")
    assert (offline["method"], offline["named"]) == ("paper", 3)
    plan = run(*by_llm(library, model), "--families", "--estimate")
    assert (plan["features"], plan["done"]) == (3, 0)
    first = run(*by_llm(library, model), "--families", "--family-method", "paper", "--show-prompts")
    assert first["family"] in {"key0", "key1", "key2"}
    assert "Labels of the family's neurons:" in first["body"]["messages"][1]["content"]
    assert model.seen == []
    done = run(*by_llm(library, model), "--families")
    assert (done["named"], done["failed"]) == (3, [])
    capsys.readouterr()
    assert main([*map(str, by_llm(library, model)), "--families"]) == 0
    assert "Named 0 families" in (told := capsys.readouterr().out)
    assert "3 were named before" in told
    assert main(["label", "--library", str(library), "--families"]) == 0
    assert "Named 3 families (method paper)" in capsys.readouterr().out


def test_features_and_families_are_not_named_at_once(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong in (("--families", "--features", "1"), ("--family-method", "paper")):
        assert main(["label", "--library", str(library), *wrong]) == 2
        assert "one after the other" in capsys.readouterr().err
