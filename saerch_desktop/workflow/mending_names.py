"""Files of names and families that cannot be read: found by a check, set aside by a repair, never deleted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.findings import Finding
    from saerch_desktop.library.manifest import Manifest

_Read = Callable[[Path, int], object]
_AGAIN: Final = "Naming by the same model again brings its names back, and pays nothing twice."
_BUILD: Final = "Build the families again."
_PAID: Final = "Its answers are asked for again where they are needed."


def check_names(path: Path, *, repair: bool, progress: Progress) -> list[Finding]:
    """What is wrong with the names and families of features in the library at `path`; with `repair`, what was
    set aside.

    [] for a library that cannot be opened, which another check tells. UserError when the folder cannot be
    written to while repairing.
    """
    from saerch_desktop.library.library import Library

    try:
        library = Library.open(path, write=repair)
    except UserError:
        return []
    with library:
        return list(_found(path, library.manifest, repair, progress))


def _found(path: Path, manifest: Manifest, repair: bool, progress: Progress) -> Iterator[Finding]:
    from saerch_desktop.library.findings import Finding
    from saerch_desktop.library.manifest import SAES_FOLDER

    for record in manifest.saes.values():
        folder = path / SAES_FOLDER / record.name
        for name, (read, remedy) in _kinds().items():
            progress.check()
            file = folder / name
            if not os.path.lexists(file) or _reads(read, file, record.features):
                continue
            what = f"{name} of the SAE {record.name!r} cannot be read."
            usable = "Weights, codes and the names in other files are unharmed."
            if not repair:
                hint = "Put back a copy of it, or check with repair: it is set aside, and not deleted."
                yield Finding("warning", what, usable, hint, repairable=True)
            else:
                yield Finding("note", f"{what} It was set aside as {_set_aside(file)}.", usable, remedy)


def _kinds() -> dict[str, tuple[_Read, str]]:
    from saerch_desktop.features import imported, labels, marks
    from saerch_desktop.features.families import edits, family_files, name_files
    from saerch_desktop.features.families.family import Method
    from saerch_desktop.features.llm import families, journal

    def claims(name: str) -> _Read:
        return lambda folder, features: labels.load_labels(folder, features, name)

    def grouped(method: Method) -> _Read:
        return lambda folder, features: family_files.load_families(folder, method, features)

    return {
        labels.LABELS_FILE: (claims(labels.LABELS_FILE), "Nothing needs to be done."),
        labels.LLM_FILE: (claims(labels.LLM_FILE), _AGAIN),
        labels.CARRIED_FILE: (claims(labels.CARRIED_FILE), "Carry the names over again."),
        labels.BROUGHT_FILE: (claims(labels.BROUGHT_FILE), "Bring the files of names in again."),
        imported.IMPORTED_LABELS_FILE: (imported.imported_labels, "Bring the file of names in again."),
        marks.MARKS_FILE: (marks.load_marks, "Put back a copy of it: it holds names and notes you gave."),
        journal.JOURNAL_FILE: (lambda folder, _: journal.Journal(folder), _PAID),
        family_files.family_file("default"): (grouped("default"), _BUILD),
        family_files.family_file("paper"): (grouped("paper"), _BUILD),
        family_files.family_file("imported"): (grouped("imported"), "Bring the file of families in again."),
        edits.EDITS_FILE: (edits.load_edits, "Put back a copy of it: it holds your changes to families."),
        name_files.NAMES_FILE: (lambda folder, _: name_files.load_names(folder), _AGAIN),
        families.JOURNAL_FILE: (lambda folder, _: journal.Journal(folder, families.JOURNAL_FILE), _PAID),
    }


def _reads(read: _Read, file: Path, features: int) -> bool:
    if not file.is_file():
        return False  # a folder or a pipe in its place would be in the way of the next that is written
    from saerch_desktop.features.versions import NewerFileError

    try:
        read(file.parent, features)
    except NewerFileError:
        return True  # nothing is wrong with it
    except UserError:
        return False
    return True


def _set_aside(file: Path) -> str:
    """Rename it; its new name, which no file had."""
    number = 1
    while os.path.lexists(aside := file.with_name(f"{file.name}.damaged-{number}")):
        number += 1
    try:
        file.rename(aside)
    except OSError as error:
        raise files.explain_os_error(error, file) from error
    return aside.name
