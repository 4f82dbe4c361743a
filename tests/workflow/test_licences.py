"""Whose work the program is made of: read from installed packages, or from the list that was packed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.workflow import licences
from saerch_desktop.workflow.licences import Component, Text


def install(folder: Path, name: str, metadata: str, **texts: str) -> None:
    """A made-up distribution, as pip would leave it."""
    about = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    (about / "licenses").mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}\n")
    record = [f"{about.name}/METADATA,,"]
    for file, text in texts.items():
        (about / "licenses" / file).write_text(text)
        record.append(f"{about.name}/licenses/{file},,")
    (about / "RECORD").write_text("\n".join(record) + "\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_what_is_needed_is_followed_and_extras_are_not(site: Path) -> None:
    install(
        site,
        "made-up-app",
        'License-Expression: MIT\nRequires-Dist: made-up_part[fast]>=1; python_version > "3"\n'
        'Requires-Dist: made-up-tests; extra == "test"\nRequires-Dist: never-installed-here',
        LICENSE="Do what you like.",
    )
    install(site, "made.up.part", "License: Zlib\nRequires-Dist: made-up-app", COPYING="Zlib terms.")
    install(site, "made-up-tests", "License: MIT")
    found = licences.installed("made-up-app")
    assert [(one.name, one.licence) for one in found] == [("made-up-app", "MIT"), ("made.up.part", "Zlib")]
    assert [text.text for one in found for text in one.texts] == ["Do what you like.", "Zlib terms."]


@pytest.mark.parametrize(
    ("metadata", "stated"),
    [
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License", "BSD License"),
        (f"License: {'very ' * 40}long", f"{('very ' * 40)[:80]}…"),
        ("", "See its text"),
    ],
)
def test_the_short_name_of_the_terms(site: Path, metadata: str, stated: str) -> None:
    install(site, "made-up-app", metadata)
    assert [one.licence for one in licences.installed("made-up-app")] == [stated]


def test_every_part_of_this_program_has_its_terms_in_full() -> None:
    found = licences.components()
    assert {"torch", "PySide6_Essentials", "numpy", "hnswlib", "tokenizers"} <= {one.name for one in found}
    assert [one.name for one in found if not one.texts] == []
    assert [one.name for one in found if not one.licence] == []
    qt = next(one for one in found if one.name == "PySide6_Essentials")
    assert licences.QT_NOTICE in licences.as_text(qt)
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in licences.as_text(qt)


def test_a_packed_program_reads_its_own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    packed = tmp_path / "resources" / "licences" / licences.FILE
    packed.parent.mkdir(parents=True)
    every = (
        Component("saerch-desktop", "1", "MIT", "https://example.org", (Text("LICENSE", "Terms ‘as is’"),)),
        Component("part", "", "Zlib", "", ()),
    )
    licences.write(packed, every)
    assert licences.components() == every
    assert licences.as_text(every[0]) == (
        "saerch-desktop 1\nMIT\nhttps://example.org\n\nLICENSE\n-------\nTerms ‘as is’\n"
    )
    packed.write_text('{"components": [{"name": "x"}]}')
    with pytest.raises(UserError, match="cannot be read"):
        licences.components()
