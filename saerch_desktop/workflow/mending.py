"""Check a whole library and, when asked, mend it: the library's own files first, then what other rooms
derive.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.findings import Finding


def check_and_mend(path: Path, *, repair: bool, progress: Progress) -> list[Finding]:
    """What is wrong with the library at `path`; with `repair` also what was mended, as notes.

    Repairing rebuilds codes, inverted index, statistics, labels and neighbour index from weights and vectors.
    Raises UserError when the folder is no library, or cannot be written to while repairing.
    """
    from saerch_desktop.library.checks import check_library
    from saerch_desktop.workflow.mending_names import check_names

    found = check_library(path, repair=repair, progress=progress)
    found += check_names(path, repair=repair, progress=progress)
    if not repair:
        return found
    return [*found, *rebuild_derived(path, progress)]


def rebuild_derived(path: Path, progress: Progress) -> list[Finding]:
    """Rebuild every derived file that is missing; what could not be rebuilt comes back as findings."""
    from saerch_desktop.library.findings import Finding
    from saerch_desktop.library.library import Library
    from saerch_desktop.workflow.build import finish_sae, index_neighbours

    failures: list[Finding] = []
    with Library.open(path, write=True) as library:
        if library.vectors is None:
            return failures
        for name in library.sae_names():
            try:
                finish_sae(library, name, progress)
            except UserError as error:
                failures.append(Finding("error", error.happened, error.meaning, error.remedy))
        try:
            index_neighbours(library, progress)
        except UserError as error:
            failures.append(Finding("warning", error.happened, error.meaning, error.remedy))
    return failures
