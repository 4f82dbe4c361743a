"""The command line as its own process: what only a real one can show."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import small_library

from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.build import Wishes, is_complete, train_sae

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "saerch_desktop.cli"]


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


def _start(environment: dict[str, str], *arguments: object) -> subprocess.Popen[str]:
    command = [*COMMAND, *(str(argument) for argument in arguments)]
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def _train_until_it_trains(environment: dict[str, str], path: Path) -> subprocess.Popen[str]:
    options = ("--features", 32, "--k", 4, "--epochs", 50_000, "--device", "cpu")
    process = _start(environment, "train", "--library", path, "--name", "long", *options)
    assert process.stderr is not None
    for line in process.stderr:
        if "Training" in line:
            return process
    raise AssertionError(process.communicate()[1])


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_ctrl_c_says_what_is_kept_and_the_training_goes_on(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    path = small_library.make_vectors(tmp_path / "a.saerch")
    process = _train_until_it_trains(environment, path)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped. The training so far is kept" in err
    assert "Traceback" not in err
    assert out.startswith("Training “long”")
    with Library.open(path) as library:
        assert library.findings == ()
    refused = _start(environment, "train", "--library", path, "--name", "long")
    assert "--resume" in refused.communicate(timeout=60)[1]
    assert refused.returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_killed_training_leaves_a_sound_library(tmp_path: Path, environment: dict[str, str]) -> None:
    path = small_library.make_vectors(tmp_path / "a.saerch")
    process = _train_until_it_trains(environment, path)
    process.kill()
    process.communicate(timeout=60)
    with Library.open(path, write=True) as library:
        assert library.findings == ()
    train_sae(path, "other", Wishes(features=16, k=2, epochs=1, device="cpu"), Progress())
    with Library.open(path) as library:
        assert is_complete(library, "other")


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
def test_a_reader_that_leaves_early_is_no_trouble(tmp_path: Path, environment: dict[str, str]) -> None:
    path = small_library.make_documents(tmp_path / "a.saerch")
    process = _start(environment, "show", "library", "--library", path, "--json")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) in (0, 1)
    assert err == ""


def test_json_survives_a_terminal_of_few_letters(tmp_path: Path, environment: dict[str, str]) -> None:
    from saerch_desktop.library.importing import import_records
    from saerch_desktop.library.roles import Roles

    path = tmp_path / "a.saerch"
    records = [{"id": "1", "title": "Größe — “quoted” 星", "text": "naïve café"}]
    import_records(
        records, path, roles=Roles(id="id", title="title", text=("text",)), source="s", progress=Progress()
    )
    narrow = environment | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    process = _start(narrow, "show", "document", "1", "--library", path, "--json")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["title"] == records[0]["title"]
    process = _start(narrow, "show", "document", "1", "--library", path)
    assert process.communicate(timeout=60)[0].startswith("Gr\\xf6\\xdfe")
    assert process.returncode == 0
