"""Autoencoders into a library and out of it, in other programs' formats; and the released app's data."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop.progress import Progress
from saerch_desktop.workflow.app_data import import_app_data
from saerch_desktop.workflow.build import (
    FINISHING_STAGES,
    INDEXING_STAGES,
    Built,
    finish_sae,
    index_neighbours,
    is_indexed,
)
from saerch_desktop.workflow.foreign_weights import READING, bring_weights

if TYPE_CHECKING:
    from saerch_desktop.sae.dialects.portable import Portable

__all__ = [
    "export_sae",
    "import_app_data",
    "import_sae",
    "what_is_lost",
]


def import_sae(
    path: Path,
    library: Path,
    name: str,
    progress: Progress,
    *,
    k: int | None = None,
    format: str | None = None,  # noqa: A002
    device: str = "auto",
) -> Built:
    """Bring the autoencoder in a foreign file or folder into the library as `name`, and make it searchable.

    k: where the file does not tell. format: one of `registry.IMPORT_FORMATS`; recognised when not given. An
    import that was cancelled or killed goes on when it is run again. Raises UserError (name taken, not
    recognised, cannot be computed exactly, other dimensions than the library's vectors), Cancelled.
    """
    from saerch_desktop.library.library import Library

    began = time.monotonic()
    with Library.open(library, write=True) as opened:
        rest = [] if is_indexed(opened) else INDEXING_STAGES
        progress.plan([READING, *FINISHING_STAGES, *rest])
        details = bring_weights(opened, path, name, progress, k=k, format=format)
        finish_sae(opened, name, progress, device=device)
        index_neighbours(opened, progress)
    notes = details.imported_from.notes if details.imported_from is not None else ()
    return Built(name, details, time.monotonic() - began, alarms=notes)


def export_sae(
    library: Path,
    sae_name: str,
    format: str,  # noqa: A002
    out_dir: Path,
    progress: Progress,
) -> tuple[Path, ...]:
    """Write an SAE of the library as another program's files into `out_dir`; the files, weights first.

    format: one of `registry.EXPORT_FORMATS`. What is written is read back and compared on random vectors
    before it gets its name; nothing is ever replaced. Raises UserError (no such SAE, a format that cannot
    hold it, files in the way, disk full), Cancelled.
    """
    from saerch_desktop.sae.dialects import registry

    progress.begin("Exporting the autoencoder")
    portable = _portable(library, sae_name)
    registry.losses(portable, format)
    progress.check()
    return registry.write(portable, format, Path(out_dir), sae_name)


def what_is_lost(library: Path, sae_name: str, format: str) -> tuple[str, ...]:  # noqa: A002
    """What `export_sae` would leave out, as sentences for the user. UserError as there."""
    from saerch_desktop.sae.dialects import registry

    return registry.losses(_portable(library, sae_name), format)


def _portable(library: Path, sae_name: str) -> Portable:
    from saerch_desktop.library.library import Library
    from saerch_desktop.sae.dialects.portable import Portable
    from saerch_desktop.sae.weights import Sae

    with Library.open(library) as opened:
        return Portable.of(Sae.load(opened.sae_folder(sae_name)))
