"""A small library with three trained SAEs: two alike but for the seed, and a larger one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import small_library

from saerch_desktop.progress import Progress

SMALL, AGAIN, LARGE = "small", "again", "large"


def make(path: Path) -> Path:
    from saerch_desktop.workflow.build import Wishes, train_sae

    small_library.make_trained(path, SMALL)
    k, epochs = small_library.K, small_library.EPOCHS
    for name, features, seed in ((AGAIN, 32, 1), (LARGE, 64, 0)):
        wishes = Wishes(features=features, k=k, epochs=epochs, seed=seed, device="cpu")
        train_sae(path, name, wishes, Progress())
    return path


@pytest.fixture(scope="module")
def three_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once for a module, to be left as it is."""
    return make(tmp_path_factory.mktemp("three") / "small.saerch")


@pytest.fixture
def three(three_once: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return Path(shutil.copytree(three_once, tmp_path / "small.saerch"))
