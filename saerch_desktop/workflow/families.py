"""Build the families of an SAE that exists already: count, group, measure, name, keep."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import filelock

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.families.cooccurrence import PairCounts
    from saerch_desktop.features.families.family import Families, Method
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library

STAGES: Final = (
    "Counting pairs of features",
    "Finding families",
    "Finding more general features",
    "Measuring overlap",
    "Measuring families",
)
_LOCK_FILE: Final = "families.lock"
_LOCK_SECONDS: Final = 10.0


def build_families(
    path: Path,
    sae: str,
    progress: Progress,
    method: Method = "default",
    resolution: float = 1.0,
    seed: int = 0,
) -> Families:
    """Find the families of the library's SAE by `method` ("default" or "paper"), measured and named, and put
    them in place of the former ones of that method.

    The library is only read; the file in the SAE's folder is written under a lock of its own, so that
    families can be built while a training holds the library. resolution: of the default method, above 1 for
    more and smaller families. Raises UserError (no such SAE, damaged codes, a method that builds nothing,
    another program builds families, disk full), Cancelled; the former families then stay.
    """
    from saerch_desktop.features.families.cooccurrence import pairs_for
    from saerch_desktop.features.families.family_files import save_families
    from saerch_desktop.features.families.figures import measure
    from saerch_desktop.features.families.naming import STAGES as NAMING_STAGES
    from saerch_desktop.features.families.naming import name_families
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library

    _require_buildable(method)
    skipped = () if method == "default" else ("Finding more general features",)
    progress.plan([stage for stage in (*STAGES, *NAMING_STAGES) if stage not in skipped])
    with Library.open(path) as library:
        features = FeatureSet.open(library, sae)
        with writing(features.folder):
            pass  # a folder that cannot be written to is known before minutes are spent
        pairs = pairs_for(features, progress)
        found = _found(library, features, pairs, method, resolution, seed, progress)
        found = name_families(library, features, measure(features, found, progress), progress)
        progress.check()
        with writing(features.folder):
            save_families(features.folder, found)
    return found


def _found(
    library: Library,
    features: FeatureSet,
    pairs: PairCounts,
    method: Method,
    resolution: float,
    seed: int,
    progress: Progress,
) -> Families:
    if method == "paper":
        from saerch_desktop.features.families.paper import LATER_THRESHOLD, clean_features, paper_families
        from saerch_desktop.features.families.rare_pairs import with_rare

        clean = clean_features(features.labels, features.statistics.density)
        every = with_rare(features, pairs, LATER_THRESHOLD)
        found = paper_families(every, clean, progress=progress)
        return found.model_copy(update={"sae_sha256": features.sae.sha256})
    from saerch_desktop.features.families.default_method import default_families

    return default_families(
        features, pairs, library.vectors, resolution=resolution, seed=seed, progress=progress
    )


def _require_buildable(method: Method) -> None:
    if method not in ("default", "paper"):
        raise UserError(
            f"There is no method “{method}” by which families could be built.",
            "Imported families and your own are kept as they are; nothing was changed.",
            "Choose the default method or the paper's.",
        )


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the lock under which built families are put into an SAE's folder. UserError: held for long."""
    lock = filelock.FileLock(folder / _LOCK_FILE, timeout=_LOCK_SECONDS)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise UserError(
            "Another program is writing families into this library.",
            "The families that were there before stay.",
            "Wait until it is done, then build the families again.",
        ) from error
    except OSError as error:
        raise files.explain_os_error(error, folder / _LOCK_FILE) from error
    try:
        yield
    finally:
        lock.release()
