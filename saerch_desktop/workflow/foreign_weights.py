"""Weights from a foreign file into a library that is open for writing: checked, fitted to it, saved."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.build import is_complete, trained, unfinished

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors
    from saerch_desktop.sae.config import SaeConfig
    from saerch_desktop.sae.details import ImportedFrom, SaeDetails
    from saerch_desktop.sae.dialects.portable import Portable

READING: Final = "Reading the autoencoder"
_BLOCK_FLOATS: Final = 4 << 20
_SAMPLE: Final = 2000
_MOST_ACTIVE: Final = 4096
_SPARE: Final = 1.25  # queries may activate more features than any document
_UNCHANGED: Final = "Nothing was imported; the library is unchanged."


def bring_weights(
    library: Library,
    path: Path,
    name: str,
    progress: Progress,
    *,
    k: int | None = None,
    format: str | None = None,  # noqa: A002
) -> SaeDetails:
    """Write the weights of a foreign autoencoder into `saes/NAME` of a library that is open for writing.

    `finish_sae` makes the rest. One that an interrupted import has already listed is left as it is.
    UserError: name taken, not recognised, cannot be computed exactly, other dimensions.
    """
    from saerch_desktop.files import sha256
    from saerch_desktop.sae.details import ImportedFrom
    from saerch_desktop.sae.dialects import registry

    listed = _listed(library, name)
    vectors = _vectors(library)
    progress.begin(READING)
    found = registry.recognise(path, format)
    digest = sha256(found.weights)
    if listed is not None:
        if (
            listed.imported_from is None
            or listed.imported_from.sha256 != digest
            or k not in (None, listed.sae.k)
        ):
            raise _taken(name)
        return listed
    portable, found = registry.read(path, k, format)
    if portable.dim != vectors.dim:
        raise UserError(
            f"{found.weights.name} is for vectors of {portable.dim:,} dimensions; this library's have"
            f" {vectors.dim:,}.",
            _UNCHANGED,
            "Import it into a library with the vectors it was trained on.",
        )
    config = _shape(portable, vectors, found.weights.name, progress)
    unexplained = _unexplained(portable, vectors)
    notes = portable.notes
    if unexplained >= 1:
        notes = (
            *notes,
            "It rebuilds this library's vectors badly: it was trained on another model's vectors.",
        )
    source = ImportedFrom(
        format=found.dialect.name,
        file=found.weights.name,
        sha256=digest,
        unexplained=unexplained,
        notes=notes,
    )
    progress.check()
    return _save(library, name, portable, config, source)


def _shape(portable: Portable, vectors: Vectors, file: str, progress: Progress) -> SaeConfig:
    """The configuration under which no activation of any document is cut off.

    With thresholds it takes a pass over all vectors to know how many features are active at most. UserError
    when they are so many that nothing about it is sparse.
    """
    from saerch_desktop.sae.config import SaeConfig

    size = {"dim": portable.dim, "features": portable.features}
    if portable.threshold is None:
        assert portable.k is not None
        return SaeConfig(**size, k=portable.k, variant=portable.variant, levels=portable.levels)
    mean, most = _active(portable, vectors, progress)
    if most > _MOST_ACTIVE:
        raise UserError(
            f"{file} has up to {most:,} active features per document of this library.",
            "So many cannot be stored or shown for each document; nothing was imported.",
            "Import an autoencoder with higher thresholds, or one of the kind topk.",
        )
    k = portable.k or max(1, round(mean))
    width = max(k, math.ceil(_SPARE * most))
    return SaeConfig(
        **size, k=min(k, portable.features), variant="batchtopk", at_most=min(portable.features, width)
    )


def _unexplained(portable: Portable, vectors: Vectors) -> float:
    """Squared error over a sample of the vectors as a share of their squared distance to its mean."""
    rows = vectors.valid_rows()
    x = vectors.gather(rows[np.linspace(0, len(rows) - 1, min(_SAMPLE, len(rows))).astype(np.int64)])
    error = float(np.square(x - portable.reconstruct(x), dtype=np.float64).sum())
    spread = float(np.square(x - x.mean(axis=0), dtype=np.float64).sum())
    return error / spread if spread > 0 else 0.0


def _save(
    library: Library, name: str, portable: Portable, config: SaeConfig, source: ImportedFrom
) -> SaeDetails:
    """Write the weights and what is known about them into the SAE's own folder."""
    from saerch_desktop import __version__
    from saerch_desktop.sae import weights
    from saerch_desktop.sae.details import SaeDetails

    arrays = {
        weights.ENCODER: portable.encoder,
        weights.LATENT_BIAS: portable.latent_bias,
        weights.DECODER: portable.decoder,
        weights.PRE_BIAS: portable.pre_bias,
    }
    if portable.threshold is not None:
        arrays[weights.THRESHOLD] = portable.threshold
    details = SaeDetails(
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        sae=config,
        sha256="",
        imported_from=source,
        versions={"saerch_desktop": __version__, "numpy": np.__version__},
    )
    return weights.write_sae(library.new_sae_folder(name), arrays, details)


def _active(portable: Portable, vectors: Vectors, progress: Progress) -> tuple[float, int]:
    """Mean and largest number of active features over all documents with a vector."""
    rows = vectors.valid_rows()
    step = max(1, min(4096, _BLOCK_FLOATS // portable.features))
    progress.begin("Counting active features", len(rows), "documents")
    total = most = 0
    for start in range(0, len(rows), step):
        counts = portable.active_counts(vectors.gather(rows[start : start + step]))
        total += int(counts.sum())
        most = max(most, int(counts.max(initial=0)))
        vectors.release()
        progress.advance(min(len(rows), start + step))
    return total / max(1, len(rows)), most


def _listed(library: Library, name: str) -> SaeDetails | None:
    """What an import under this name has listed without coming to its end; None when the name is free."""
    from saerch_desktop.library.manifest import SAES_FOLDER, is_safe_name

    if not is_safe_name(name):
        library.new_sae_folder(name)  # makes nothing of such a name, and says so
    folder = library.path / SAES_FOLDER / name
    done = trained(folder)
    if name in library.manifest.saes:
        if done is None or done.imported_from is None or is_complete(library, name):
            raise _taken(name)
        return done
    if unfinished(folder) is not None or (done is not None and done.train is not None):
        raise UserError(
            f"A training called “{name}” was interrupted.", "Its progress is kept.", "Choose another name."
        )
    return None


def _taken(name: str) -> UserError:
    return UserError(f"There already is an SAE called “{name}”.", _UNCHANGED, "Choose another name.")


def _vectors(library: Library) -> Vectors:
    vectors = library.vectors
    if vectors is None or len(vectors.valid_rows()) == 0:
        raise UserError(
            "This library has no usable vectors.",
            "An autoencoder explains vectors; nothing was imported.",
            "Embed the documents first.",
        )
    return vectors
