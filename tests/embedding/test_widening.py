"""Torch's conversion and NumPy's own give the same numbers, whichever is at hand."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
from numpy.typing import NDArray

from saerch_desktop.embedding.widening import Widener


@pytest.fixture(scope="module")
def every_half() -> NDArray[np.float16]:
    """All 65,536 numbers of half precision."""
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16).reshape(-1, 64)


@pytest.mark.parametrize("loaded", [True, False])
def test_every_number(every_half: NDArray[np.float16], loaded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    assert torch
    if not loaded:
        monkeypatch.delitem(sys.modules, "torch")
    widener = Widener(256, 64)
    assert (widener._tensors is not None) == loaded
    every_half.flags.writeable = False
    for start in range(0, len(every_half), 200):
        block = every_half[start : start + 200]
        found = widener(block)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, block.astype(np.float32))
        finite = np.isfinite(found)
        np.testing.assert_array_equal(
            found[finite].view(np.uint32), block.astype(np.float32)[finite].view(np.uint32)
        )


def test_torch_that_is_still_being_loaded_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    half = types.ModuleType("torch")
    half.__spec__ = types.SimpleNamespace(_initializing=True)  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "torch", half)
    np.testing.assert_array_equal(Widener(4, 3)(np.ones((2, 3), np.float16)), np.ones((2, 3), np.float32))
