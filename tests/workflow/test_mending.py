"""check and check --repair over all rooms."""

from __future__ import annotations

from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
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
