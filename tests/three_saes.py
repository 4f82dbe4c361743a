"""A small library with three trained SAEs: two alike but for the seed, and a larger one."""

from __future__ import annotations

from pathlib import Path

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
