"""Drafts outlive the program, and nothing that stands in their files can do harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saerch_desktop import paths
from saerch_desktop.workflow import drafts


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path / "data")
    return tmp_path / "data"


def test_what_was_saved_is_loaded_until_it_is_dropped() -> None:
    assert drafts.load("import") is None
    drafts.save("import", {"name": "Papers – ü", "rows": [1, 2]})
    assert drafts.load("import") == {"name": "Papers – ü", "rows": [1, 2]}
    drafts.save("import", {"name": "later"})
    assert drafts.load("import") == {"name": "later"}
    drafts.drop("import")
    drafts.drop("import")
    assert drafts.load("import") is None


def test_each_thing_has_its_own_draft() -> None:
    drafts.save("training", {"k": 1}, of="/a.saerch")
    drafts.save("training", {"k": 2}, of="/b.saerch")
    assert drafts.load("training") is None
    assert drafts.load("training", "/a.saerch") == {"k": 1}
    drafts.drop("training", "/a.saerch")
    assert drafts.load("training", "/b.saerch") == {"k": 2}


@pytest.mark.expects_log
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"[1]",
        b'{"version": 1}',
        b'{"version": 99, "of": "", "draft": {}}',
        b'{"version": 1, "of": "another", "draft": {}}',
        b'{"version": 1, "of": "", "draft": [1]}',
        b"[" * 100_000,
        b" " * ((1 << 20) + 1) + b"{}",
    ],
)
def test_a_file_that_makes_no_sense_is_no_draft(data: Path, content: bytes) -> None:
    (data / "drafts").mkdir(parents=True)
    (data / "drafts" / "import.json").write_bytes(content)
    assert drafts.load("import") is None
    drafts.save("import", {"fresh": True})
    assert drafts.load("import") == {"fresh": True}


def test_what_a_draft_is_about_never_names_a_file_elsewhere(data: Path) -> None:
    drafts.save("training", {}, of="../../../etc/passwd")
    files = list((data / "drafts").iterdir())
    assert [file.parent for file in files] == [data / "drafts"]
    assert json.loads(files[0].read_bytes())["of"] == "../../../etc/passwd"
    with pytest.raises(ValueError, match="no kind"):
        drafts.save("../import", {})
