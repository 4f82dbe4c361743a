"""What is left of a library after its writer was killed, and the records that the harness imports."""

from __future__ import annotations

import json
from pathlib import Path

from killed_jobs import sae_of

from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.marks import load_marks
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.mending import check_and_mend
from saerch_desktop.workflow.session import open_session


def records_of(library: Path, target: Path) -> Path:
    """The library's documents as JSON Lines."""
    with Library.open(library) as opened, target.open("w", encoding="utf-8") as stream:
        for start in range(0, opened.manifest.documents, 1000):
            rows = list(range(start, min(start + 1000, opened.manifest.documents)))
            for document in opened.documents.many(rows):
                record = {"id": document.id, "title": document.title, "text": document.text}
                stream.write(json.dumps(record) + "\n")
    return target


def complaints(job: str, library: Path, config: Path, kept: int | None) -> list[str]:
    """A library that does not open, errors of the deep check, an acknowledged write that is gone."""
    if job == "settings":
        return _settings(config, kept)
    if not library.exists():
        return []  # killed before the first byte
    try:
        with open_session(library):
            pass
        found = check_and_mend(library, repair=False, progress=Progress())
    except UserError as error:
        if job == "import" and not (library / "library.json").exists():
            return []  # killed before there was a library: the same command begins it anew
        return [str(error)]
    wrong = [finding.what for finding in found if finding.severity == "error"]
    return wrong + (_marks(library, kept) if job == "marks" else [])


def _marks(library: Path, kept: int | None) -> list[str]:
    with Library.open(library) as opened:
        features = FeatureSet.open(opened, sae_of(library))
    marks = load_marks(features.folder, features.sae.config.features)
    named = {mark.text for mark in marks.values()}
    return [] if kept is None or f"name {kept}" in named else [f"the name {kept} was saved and is gone"]


def _settings(config: Path, kept: int | None) -> list[str]:
    folder = config / "saerch-desktop"
    if kept is None:
        return []
    content = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    found = (
        []
        if content["torch_threads"] >= kept or content["torch_threads"] == 1
        else ["a saved setting is gone"]
    )
    return found + [f"{path.name} was set aside" for path in folder.glob("*.unreadable")]
