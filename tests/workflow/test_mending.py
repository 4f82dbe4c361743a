"""check and check --repair over all rooms."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_library import FEATURES

from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.labels import load_labels
from saerch_desktop.features.marks import Mark, save_marks
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.build import is_complete, is_indexed
from saerch_desktop.workflow.mending import check_and_mend


def _spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))


def test_a_sound_library_has_no_findings(trained: Path) -> None:
    assert check_and_mend(trained, repair=False, progress=Progress()) == []
    assert check_and_mend(trained, repair=True, progress=Progress()) == []


@pytest.mark.parametrize(
    "file",
    [
        "saes/small/code_values.npy",
        "saes/small/inverted_rows.npy",
        "saes/small/labels.json",
        "index/hnsw.bin",
    ],
)
def test_damaged_derived_files_are_found_and_made_again(trained: Path, file: str) -> None:
    _spoil(trained / file)
    found = check_and_mend(trained, repair=False, progress=Progress())
    assert found
    assert all(finding.repairable for finding in found)
    mended = check_and_mend(trained, repair=True, progress=Progress())
    assert {finding.severity for finding in mended} == {"note"}
    with Library.open(trained) as library:
        assert is_complete(library, "small")
        assert is_indexed(library)
    assert check_and_mend(trained, repair=False, progress=Progress()) == []


def test_lost_weights_cannot_be_made_again_and_that_is_said(trained: Path) -> None:
    (trained / "saes" / "small" / "sae.safetensors").unlink()
    (trained / "index" / "hnsw.bin").unlink()
    mended = check_and_mend(trained, repair=True, progress=Progress())
    assert any(finding.severity == "error" and "small" in finding.what for finding in mended)
    with Library.open(trained) as library:
        assert is_indexed(library), "the rest is mended all the same"


def test_repairing_a_library_that_is_being_written_is_refused(trained: Path) -> None:
    with Library.open(trained, write=True), pytest.raises(UserError, match="being changed"):
        check_and_mend(trained, repair=True, progress=Progress())


@pytest.mark.parametrize(
    "name",
    [
        "labels_llm.json",
        "labels_carried.json",
        "labels_brought.json",
        "labels_imported.json",
        "marks.json",
    ],
)
def test_damaged_names_are_set_aside_and_never_deleted(trained: Path, name: str) -> None:
    folder = trained / "saes" / "small"
    named = (folder / "labels.json").read_bytes()
    (folder / name).write_bytes(b"half a fi")
    with Library.open(trained) as library, pytest.raises(UserError, match=r"cannot be (read|used)"):
        FeatureSet.open(library, "small")
    (found,) = check_and_mend(trained, repair=False, progress=Progress())
    assert found.repairable
    assert name in found.what
    (mended,) = check_and_mend(trained, repair=True, progress=Progress())
    assert (mended.severity, mended.remedy.endswith(".")) == ("note", True)
    assert (folder / f"{name}.damaged-1").read_bytes() == b"half a fi"
    assert (folder / "labels.json").read_bytes() == named, "what is whole is not computed again"
    with Library.open(trained) as library:
        FeatureSet.open(library, "small")
    assert check_and_mend(trained, repair=False, progress=Progress()) == []


@pytest.mark.parametrize(
    "name", ["families_default.json", "families_paper.json", "families_edits.json", "family_names.json"]
)
def test_damaged_families_are_set_aside_and_never_deleted(trained: Path, name: str) -> None:
    folder = trained / "saes" / "small"
    (folder / name).write_bytes(b"half a fi")
    (found,) = check_and_mend(trained, repair=False, progress=Progress())
    assert found.repairable
    assert name in found.what
    (mended,) = check_and_mend(trained, repair=True, progress=Progress())
    assert mended.severity == "note"
    assert (folder / f"{name}.damaged-1").read_bytes() == b"half a fi"
    assert check_and_mend(trained, repair=False, progress=Progress()) == []


def test_what_stands_in_the_place_of_names_is_set_aside_too(trained: Path) -> None:
    folder = trained / "saes" / "small"
    (folder / "marks.json").mkdir()
    (folder / "marks.json.damaged-1").write_bytes(b"an earlier one")
    (folder / "labels_llm.journal.jsonl").mkdir()
    assert len(check_and_mend(trained, repair=True, progress=Progress())) == 2
    assert (folder / "marks.json.damaged-2").is_dir()
    assert (folder / "marks.json.damaged-1").read_bytes() == b"an earlier one"
    assert not (folder / "labels_llm.journal.jsonl").exists()


@pytest.mark.parametrize(("name", "content"), [("marks.json", '"marks"'), ("labels_llm.json", '"labels"')])
def test_names_of_a_newer_version_are_left_alone(trained: Path, name: str, content: str) -> None:
    file = trained / "saes" / "small" / name
    file.write_text(f'{{"schema_version": 9, "features": {FEATURES}, {content}: []}}', encoding="utf-8")
    with Library.open(trained) as library, pytest.raises(UserError, match="newer version"):
        FeatureSet.open(library, "small")
    with pytest.raises(UserError, match="newer version"):
        save_marks(file.parent, FEATURES, [Mark(feature=1, text="x")]) if name == "marks.json" else (
            load_labels(file.parent, FEATURES, name)
        )
    assert "9" in file.read_text(encoding="utf-8")
    assert not [
        found for found in check_and_mend(trained, repair=True, progress=Progress()) if "aside" in found.what
    ]
    assert file.is_file()
