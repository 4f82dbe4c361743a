"""The built-in sample: the documentation of the Python packages on this computer, made searchable and
steerable.
"""

from __future__ import annotations

import contextlib
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop import paths
from saerch_desktop.errors import UserError
from saerch_desktop.files import explain_os_error
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.build import (
    FINISHING_STAGES,
    INDEXING_STAGES,
    TRAINING_STAGES,
    Wishes,
    is_complete,
    is_indexed,
    train_into,
    trained,
    unfinished,
)

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library

SAE_NAME: Final = "sample"
COPYING: Final = "Copying the sample that came with the program"
SOURCE: Final = "Documentation of the Python packages on this computer"
# Small enough to train in seconds, large enough that a feature is about one thing.
WISHES: Final = Wishes(features=1024, k=16, epochs=12)
STAGES: Final = (
    "Reading documentation",
    "Importing documents",
    "Embedding",
    *TRAINING_STAGES,
    *FINISHING_STAGES,
    *INDEXING_STAGES,
)


def sample_is_complete(path: Path) -> bool:
    """Whether a whole and undamaged sample library is at `path`; never raises."""
    from saerch_desktop.features.families.family_files import methods_there
    from saerch_desktop.library.library import Library

    try:
        with Library.open(path) as library:
            whole = _is_imported(library) and is_complete(library, SAE_NAME) and is_indexed(library)
            return whole and "default" in methods_there(library.sae_folder(SAE_NAME))
    except UserError:
        return False


def build_sample(path: Path, progress: Progress) -> Path:
    """Make the sample library at `path`, or go on with an interrupted one; returns at once when it is
    complete, and soon where a finished one came with the program.

    Documents can be searched by keyword as soon as they are imported, by meaning when they are embedded.
    Raises UserError (folder in use by something else, disk full, the built-in model not installed) and
    Cancelled; what was finished before stays.
    """
    from saerch_desktop.embedding.job import embed_library
    from saerch_desktop.embedding.registry import open_embedder
    from saerch_desktop.library.library import Library
    from saerch_desktop.workflow.families import build_families

    if sample_is_complete(path):
        return path
    bundled = paths.bundled_sample()
    if bundled is not None and _is_free(path):
        _copy(bundled, path, progress)
        if sample_is_complete(path):
            return path
    progress.plan(STAGES)
    _import(path, progress)
    with Library.open(path, write=True) as library:
        if library.vectors is None:
            embed_library(library, open_embedder("minilm"), progress)
        folder = library.new_sae_folder(SAE_NAME)
        begun = unfinished(folder) is not None or trained(folder) is not None
        # What an earlier version began is finished as it was begun.
        train_into(library, SAE_NAME, Wishes() if begun else WISHES, progress, resume=begun)
    build_families(path, SAE_NAME, progress)  # a job of its own, with stages of its own
    return path


def _is_free(path: Path) -> bool:
    return not path.exists() or (path.is_dir() and not any(path.iterdir()))


def _copy(bundled: Path, path: Path, progress: Progress) -> None:
    """Put a writable copy of the finished sample at `path`: whole, or not at all."""
    progress.begin(COPYING, 1)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Only the contents: in an installed program the files belong to root and may not be written to.
        for source in (bundled, *sorted(bundled.rglob("*"))):
            progress.check()
            target = temporary / source.relative_to(bundled)
            if source.is_dir():
                target.mkdir()
            else:
                shutil.copyfile(source, target)
        with contextlib.suppress(FileNotFoundError):
            path.rmdir()
        temporary.rename(path)
    except OSError as error:
        raise explain_os_error(error, path) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    progress.advance(1)


def _import(path: Path, progress: Progress) -> None:
    from saerch_desktop.library.docstrings import harvest
    from saerch_desktop.library.importing import import_records
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.roles import Roles

    if path.is_dir() and any(path.iterdir()):
        with Library.open(path) as library:
            if _is_imported(library):
                return
    records = harvest(progress=progress)
    roles = Roles(id="id", title="title", text=("text",), facets=("package", "module", "kind"))
    import_records(records, path, roles=roles, source=SOURCE, progress=progress)


def _is_imported(library: Library) -> bool:
    state = library.documents.state("import")
    return isinstance(state, dict) and state.get("source") == SOURCE and bool(state.get("finished"))
