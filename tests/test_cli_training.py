"""Training, carrying in and out, and studies on the command line."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import small_library
from cli_support import Run, embedder, run, trained, trained_once
from small_library import DIM, FEATURES, K

from saerch_desktop import cli_options
from saerch_desktop.cli import main
from saerch_desktop.library.library import Library
from saerch_desktop.sae import config
from saerch_desktop.sae.record import load_run, save_run
from saerch_desktop.sae.weights import Sae

__all__ = ["embedder", "run", "trained", "trained_once"]

SMALL = ("--features", FEATURES, "--k", K, "--epochs", 3, "--device", "cpu")
ROOT = Path(__file__).resolve().parent.parent


def test_the_choices_are_those_of_the_engine() -> None:
    assert [choice.value for choice in cli_options.Preset] == list(config.PRESETS)
    assert [choice.value for choice in cli_options.Variant] == list(config.VARIANTS)
    assert [choice.value for choice in cli_options.Device] == list(get_args(config.Device))


def test_an_estimate_says_what_it_takes_and_trains_nothing(run: Run, trained: Path) -> None:
    before = sorted(trained.rglob("*"))
    options = ("train", "--library", trained, "--name", "new", *SMALL, "--estimate")
    said = run(*options)
    assert said["name"] == "new"
    assert (said["config"]["features"], said["config"]["k"], said["train"]["epochs"]) == (FEATURES, K, 3)
    assert 0.9 * small_library.DOCUMENTS < said["documents"] < small_library.DOCUMENTS
    estimate = said["estimate"]
    assert estimate["seconds"] > 0
    assert estimate["documents_per_second"] > 0
    # The weights alone are two matrices of float32, and Adam keeps two more of each.
    assert estimate["memory_bytes"] >= 6 * 4 * FEATURES * DIM
    assert estimate["disk_bytes"] >= 2 * 4 * FEATURES * DIM
    told = run(*options, words=True)
    assert told.startswith(f"Training “new”: {FEATURES} features, {K} active per document, 3 passes over ")
    assert "Expected: about " in told
    assert "of memory" in told
    assert sorted(trained.rglob("*")) == before


def test_warnings_come_before_the_training(run: Run, trained: Path) -> None:
    told = run("train", "--library", trained, "--name", "new", "--features", 3000, "--estimate", words=True)
    assert "Note: " in told


@pytest.mark.parametrize("variant", config.VARIANTS)
def test_every_variant_trains_and_shows_what_it_is(run: Run, trained: Path, variant: str) -> None:
    built = run("train", "--library", trained, "--name", "v", "--variant", variant, *SMALL)
    assert built["config"]["variant"] == variant
    assert built["estimate"]["seconds"] > 0
    assert isinstance(built["alarms"], list)
    shown = run("show", "sae", "v", "--library", trained)
    assert shown["config"]["variant"] == variant
    assert bool(shown["config"]["levels"]) == (variant in ("matryoshka", "hierarchical"))
    assert [one["epoch"] for one in shown["run"]["epochs"]] == [1, 2, 3]
    told = run("show", "sae", "v", "--library", trained, words=True)
    assert f"variant {variant}" in told
    assert "Pass  unexplained" in told
    assert run("search", "--library", trained, "--sae", "v", "dough")["features"]


def test_the_papers_recipe_takes_any_shape(run: Run, trained: Path) -> None:
    said = run("train", "--library", trained, "--name", "p", "--recipe", "paper", *SMALL, "--estimate")
    assert (said["config"]["features"], said["config"]["k"]) == (FEATURES, K)
    assert said["train"]["learning_rate"] == pytest.approx(1e-4)
    assert said["train"]["schedule"] == "constant"
    assert said["train"]["pre_bias"] == "coordinate_median"


def test_alarms_are_told_at_the_end(run: Run, trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from saerch_desktop.workflow import build

    monkeypatch.setattr(build, "alarms_of", lambda folder: ("Many features are dead. Train with fewer.",))
    told = run("train", "--library", trained, "--name", "new", *SMALL, words=True)
    assert "  Note: Many features are dead. Train with fewer." in told


def test_alarms_that_were_recorded_are_shown_later(run: Run, trained: Path) -> None:
    folder = trained / "saes" / "small"
    record = load_run(folder)
    assert record is not None
    save_run(folder, record.with_alarm("Something was noticed."))
    assert "Note: Something was noticed." in run("show", "sae", "--library", trained, words=True)
    (folder / "run.json").write_text("no", encoding="utf-8")
    assert run("show", "sae", "--library", trained)["run"] is None


# Several processes ---------------------------------------------------------------------------------------


def test_the_torchrun_line_repeats_what_was_asked(run: Run, trained: Path) -> None:
    options = ("train", "--library", trained, "--name", "my run", "--variant", "matryoshka", *SMALL)
    line = run(*options, "--processes", 2)["command"]
    words = shlex.split(line)
    assert words[0] == "torchrun"
    assert words[words.index("--nproc-per-node") + 1] == "2"
    assert words[words.index("--name") + 1] == "my run"
    assert words[words.index("--variant") + 1] == "matryoshka"
    assert "--processes" not in words
    assert not (trained / "saes" / "my run").exists()
    assert "--nnodes 3" in run(*options, "--processes", 2, "--hosts", 3, words=True)


@pytest.mark.skipif(sys.platform != "linux", reason="gloo as Linux has it")
def test_two_processes_train_what_one_does(run: Run, trained: Path, home: Path) -> None:
    options = ("train", "--library", trained, *SMALL)
    run(*options, "--name", "one")
    line = shlex.split(run(*options, "--name", "two", "--processes", 2)["command"])
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *line[1:], "--json"],
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["name"] == "two", "only the first process speaks"
    with Library.open(trained) as library:
        one, two = (Sae.load(library.sae_folder(name)) for name in ("one", "two"))
        assert library.findings == ()
    np.testing.assert_allclose(two.decoder, one.decoder, atol=2e-3)
    assert run("search", "--library", trained, "--sae", "two", "dough")["features"]


# In and out ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["paper", "saelens", "sparsify", "dictionary_learning"])
def test_an_export_comes_back_as_the_same_sae(run: Run, trained: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    done = run("export-sae", "--library", trained, "--sae", "small", "--format", form, "--out", out)
    assert done["format"] == form
    assert all(Path(file).is_file() for file in done["files"])
    built = run("import-sae", out, "--library", trained, "--name", "back")
    assert (built["config"]["features"], built["config"]["k"]) == (FEATURES, K)
    assert built["train"] is None
    with Library.open(trained) as library:
        assert library.vectors is not None
        x = library.vectors.gather(np.arange(40))
        ours, theirs = (Sae.load(library.sae_folder(name)) for name in ("small", "back"))
        np.testing.assert_allclose(theirs.decode(*theirs.encode(x)), ours.decode(*ours.encode(x)), atol=1e-5)
    found = run("search", "--library", trained, "--sae", "back", "dough")
    assert found["features"]


def test_people_are_told_where_the_files_are(run: Run, trained: Path, tmp_path: Path) -> None:
    options = ("--library", trained, "--sae", "small", "--format", "paper", "--out", tmp_path / "out")
    told = run("export-sae", *options, words=True)
    assert "“small” was written as paper:" in told
    assert str(tmp_path / "out") in told
    file = next((tmp_path / "out").iterdir())
    told = run("import-sae", file, "--library", trained, "--name", "back", words=True)
    assert told.startswith("“back” is in the library and searchable after ")


# Studies -------------------------------------------------------------------------------------------------


def test_reconstruction_compares_the_saes_of_a_library(run: Run, trained: Path) -> None:
    run("train", "--library", trained, "--name", "other", "--variant", "hierarchical", *SMALL)
    measured = run("study", "reconstruction", "--library", trained)
    assert measured["sae"] == "other", "the newest one in full"
    assert len(measured["level_fvu"]) == len(measured["levels"]) > 0
    assert measured["level_fvu"][-1] == pytest.approx(measured["fvu"], abs=1e-6)
    assert [entry["sae"] for entry in measured["compared"]] == ["small", "other"]
    told = run("study", "reconstruction", "--library", trained, words=True)
    assert "by the 1 strongest" in told
    assert "All SAEs of this library" in told
    alone = run("study", "reconstruction", "--library", trained, "--sae", "small")
    assert alone["compared"] == []


def test_scaling_fits_the_saes_of_a_library(run: Run, trained: Path) -> None:
    for features in (16, 24, 48):
        shape = ("--features", features, "--k", K, "--epochs", 3, "--device", "cpu")
        run("train", "--library", trained, "--name", f"n{features}", *shape)
    fitted = run("study", "scaling", "--library", trained)
    group = fitted["groups"][0]
    assert sorted(entry["features"] for entry in group["runs"]) == [16, 24, 48]
    law, losses = group["sizes"][0], {entry["features"]: entry["fvu"] for entry in group["runs"]}
    slope = np.polyfit(np.log(list(losses)), np.log(list(losses.values())), 1)[0]
    assert law["exponent"] == pytest.approx(slope)
    told = run("study", "scaling", "--library", trained, words=True)
    assert "L(n)    = " in told
    assert fitted["convention"] in told
    assert "2·d·(n + k)" in told, "how compute is counted is said"


# Refusals ------------------------------------------------------------------------------------------------

MISTAKES: list[tuple[list[str], str]] = [
    (["train", "--library", "{trained}", "--name", "x", "--variant", "gated"], "--variant"),
    (["train", "--library", "{trained}", "--name", "x", "--recipe", "secret"], "--recipe"),
    (["train", "--library", "{trained}", "--name", "x", "--hosts", "2"], "--processes"),
    (["train", "--library", "{trained}", "--name", "x", "--processes", "2", "--estimate"], "--estimate"),
    (["train", "--library", "{trained}", "--name", "x", "--processes", "0"], "--processes"),
    (["train", "--library", "{trained}", "--name", "small", "--processes", "2"], "already"),
    (["train", "--library", "{trained}", "--name", "small", "--estimate"], "already"),
    (["import-sae", "/nowhere/sae.pth", "--library", "{trained}", "--name", "x"], "sae.pth"),
    (["import-sae", "{trained}", "--library", "{trained}", "--name", "x", "--format", "gguf"], "gguf"),
    (
        ["export-sae", "--library", "{trained}", "--sae", "nobody", "--format", "paper", "--out", "{out}"],
        "nobody",
    ),
    (
        ["export-sae", "--library", "{trained}", "--sae", "small", "--format", "gguf", "--out", "{out}"],
        "gguf",
    ),
    (["export-sae", "--library", "{trained}", "--sae", "small", "--out", "{out}"], "--format"),
    (["import-app", "/nowhere/app", "--library", "{out}"], "app"),
    (["study", "scaling", "--library", "{trained}"], "scaling law"),
    (["study", "reconstruction", "--library", "{trained}", "--sae", "nobody"], "nobody"),
]


@pytest.mark.parametrize(
    ("arguments", "named"), MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_mistake_is_one_clear_message(
    arguments: list[str], named: str, trained_once: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"{trained}": str(trained_once), "{out}": str(tmp_path / "out")}
    for mark, place in places.items():
        arguments = [argument.replace(mark, place) for argument in arguments]
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    message = [line for line in err.splitlines() if " …" not in line]
    assert out == ""
    assert len(message) == 1
    assert named in message[0]
    assert not (tmp_path / "out").exists()
