"""Building families of a library's SAE: kept in its folder, while others read or write the library."""

from __future__ import annotations

from pathlib import Path

import filelock
import pytest

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.families.family import Method
from saerch_desktop.features.families.family_files import load_families, methods_there
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow import families as building
from saerch_desktop.workflow.families import build_families


def name_of(path: Path) -> str:
    with Library.open(path) as library:
        return next(iter(library.manifest.saes))


@pytest.mark.parametrize("method", ["default", "paper"])
def test_families_are_kept_while_a_training_holds_the_library(trained: Path, method: Method) -> None:
    name = name_of(trained)
    with Library.open(trained, write=True) as library:
        found = build_families(trained, name, Progress(), method)
        folder = library.sae_folder(name)
    assert methods_there(folder) == (method,)
    assert load_families(folder, method, 1 << 16) == found
    assert found.method == method
    assert all(family.name is not None for family in found.families)


def test_a_method_that_builds_nothing_is_refused(trained: Path) -> None:
    with pytest.raises(UserError, match="no method"):
        build_families(trained, name_of(trained), Progress(), "imported")


def test_cancelling_leaves_the_former_families(trained: Path) -> None:
    name = name_of(trained)
    build_families(trained, name, Progress())
    with Library.open(trained) as library:
        file = library.sae_folder(name) / "families_default.json"
    before = file.read_bytes()
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        build_families(trained, name, progress, seed=1)
    assert file.read_bytes() == before


def test_another_program_that_writes_families_is_waited_for_and_named(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_LOCK_SECONDS", 0.05)
    name = name_of(trained)
    with Library.open(trained) as library:
        lock = filelock.FileLock(library.sae_folder(name) / "families.lock")
    with lock, pytest.raises(UserError, match="Another program is writing families"):
        build_families(trained, name, Progress())


def test_a_folder_that_cannot_be_written_to_is_said_before_any_work(
    trained: Path,
) -> None:
    name = name_of(trained)
    heard: list[str] = []
    with Library.open(trained) as library:
        lock = library.sae_folder(name) / "families.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()  # what is no file cannot be locked, whoever runs the test
    with pytest.raises(UserError, match="could not be written"):
        build_families(trained, name, Progress(lambda update: heard.append(update.stage)))
    assert heard == []
