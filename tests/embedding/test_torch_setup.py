from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from saerch_desktop.embedding import torch_setup
from saerch_desktop.embedding.torch_setup import configure_torch


@pytest.fixture(autouse=True)
def restored_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("cores", "leave_one", "threads", "expected"),
    [
        (4, True, None, 3), (4, False, None, 4), (1, True, None, 1),
        (4, True, 2, 2), (2, False, 0, 1), (2, True, 99, 8),
    ],
)  # fmt: skip
def test_threads_follow_cores_and_wish(
    monkeypatch: pytest.MonkeyPatch, cores: int, leave_one: bool, threads: int | None, expected: int
) -> None:
    monkeypatch.setattr(torch_setup, "available_cores", lambda: cores)
    assert configure_torch(leave_one, threads) == expected
    assert torch.get_num_threads() == expected
    assert configure_torch(leave_one, threads) == expected
