"""The self-test passes where everything works, with the built-in model or without, and says what does not."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search import engine
from saerch_desktop.workflow import selftest


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def without_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*args: object, **options: object) -> None:
        raise UserError("The model is not installed.", "No vectors.", "Install it.")

    monkeypatch.setattr("saerch_desktop.embedding.registry.open_embedder", missing)


def test_it_passes_with_the_built_in_model(temporary: Path) -> None:
    from saerch_desktop.embedding.minilm_weights import find_minilm

    try:
        find_minilm()
    except UserError as error:
        pytest.skip(str(error))
    heard: list[selftest.Step] = []
    steps = selftest.run(Progress(), heard.append)
    assert [step for step in steps if not step.passed] == []
    assert heard == steps
    assert len(steps) == 8
    assert "built-in model" in steps[1].detail
    # torch, when first imported, may leave a cache folder of its own
    assert list(temporary.glob("saerch-selftest-*")) == []


def test_it_passes_without_the_built_in_model(temporary: Path, without_model: None) -> None:
    steps = selftest.run(Progress())
    assert [step for step in steps if not step.passed] == []
    assert "not installed" in steps[1].detail


def test_a_wrong_result_fails_its_step_and_ends_the_test(
    temporary: Path, without_model: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = engine.SearchEngine.rank

    def backwards(self: engine.SearchEngine, *args: object, **options: object) -> engine.Ranking:
        from dataclasses import replace

        found = right(self, *args, **options)  # type: ignore[arg-type]
        return replace(found, rows=found.rows[::-1] + 20)

    monkeypatch.setattr(engine.SearchEngine, "rank", backwards)
    steps = selftest.run(Progress())
    assert not steps[-1].passed
    assert steps[-1].name == "search by meaning equals plain cosine"
    assert all(step.passed for step in steps[:-1])
    # torch, when first imported, may leave a cache folder of its own
    assert list(temporary.glob("saerch-selftest-*")) == []


def test_a_crash_is_a_finding(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("no such instruction")

    monkeypatch.setattr("saerch_desktop.library.importing.import_file", broken)
    steps = selftest.run(Progress())
    assert [step.passed for step in steps] == [False]
    assert steps[0].detail == "RuntimeError: no such instruction"


def test_it_can_be_stopped(temporary: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        selftest.run(progress)
    # torch, when first imported, may leave a cache folder of its own
    assert list(temporary.glob("saerch-selftest-*")) == []
