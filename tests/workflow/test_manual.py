"""The manual's pages are all there, hang together, and show pictures that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from saerch_desktop import paths
from saerch_desktop.errors import UserError
from saerch_desktop.workflow.manual import found_in, pages


def test_the_index_lists_every_page_once() -> None:
    every = [page.file for page in pages()]
    there = {path.name for path in paths.manual().glob("*.md")} - {"README.md"}
    assert len(every) == len(set(every))
    assert set(every) == there
    assert len(every) >= 10


def test_links_and_pictures_lead_somewhere() -> None:
    folder = paths.manual()
    for page in pages():
        for target in re.findall(r"\]\(([^)#]+)\)", page.text):
            assert "://" not in target, f"{page.file} leads out: {target}"
            assert (folder / target).is_file(), f"{page.file} leads nowhere: {target}"


def test_every_picture_is_shown_by_a_page() -> None:
    shown = {target for page in pages() for target in re.findall(r"\((images/[^)]+)\)", page.text)}
    assert {f"images/{path.name}" for path in (paths.manual() / "images").glob("*")} == shown


def test_pages_are_found_by_all_of_their_words() -> None:
    every = pages()
    found = found_in(every, "AuxK is not in any page")
    assert found == ()
    assert "offline.md" in {page.file for page in found_in(every, "LEDGER keyring")}
    assert found_in(every, "  ") == every


def test_a_missing_manual_is_told_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paths, "manual", lambda: tmp_path)
    with pytest.raises(UserError, match="manual"):
        pages()
