"""What the status bar and the start page say of library and computer."""

from pathlib import Path

import pytest

from saerch_desktop.ui.status import computer


def test_the_computer_is_described() -> None:
    assert "processor cores" in computer()
    assert "GB free on disk" in computer()


def test_an_account_without_a_home_folder_is_described_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "not" / "made")
    assert "processor cores" in computer()
    assert "free on disk" not in computer()
