"""Places on this computer: what came with the program, and what is the user's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from saerch_desktop import paths


def test_a_checkout_comes_without_a_sample() -> None:
    assert paths.bundled_sample() is None


def test_a_frozen_program_finds_its_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.bundled_sample() is None
    there = tmp_path / "resources" / "sample" / paths.sample_library().name
    there.mkdir(parents=True)
    assert paths.bundled_sample() == there
