"""The data of the paper's released app into a library: texts, vectors, its SAE, codes, labels, families."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.workflow.build import (
    FINISHING_STAGES,
    INDEXING_STAGES,
    finish_sae,
    index_neighbours,
    is_complete,
    list_sae,
)
from saerch_desktop.workflow.foreign_weights import READING, bring_weights
from saerch_desktop.workflow.making import Within

if TYPE_CHECKING:
    from saerch_desktop.library.app_data import AppFiles
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.manifest import EmbedderIdentity

_EMBEDDER: Final = "openai:text-embedding-3-small"  # what made the released vectors, by their dimensions
_DIMENSIONS: Final = 1536


@dataclass(frozen=True, slots=True)
class AppImport:
    """What came of the app's data.

    sae: its name in the library, empty without weights. codes: "given" when the file's were taken,
    "computed", "present" from an earlier run, or empty. missing: documents without a vector. notes: sentences
    about what is not there or was not taken as it is.
    """

    documents: int
    missing: int
    sae: str
    features: int
    labels: int
    families: int
    codes: str
    notes: tuple[str, ...]
    seconds: float


def import_app_data(
    folder: Path,
    library: Path,
    progress: Progress,
    *,
    name: str = "",
    k: int | None = None,
    embedder: str = "",
    device: str = "auto",
) -> AppImport:
    """Make the library at `library` of the released app's files in `folder`.

    name: of the SAE, else after its file; k: where the file's name does not tell; embedder: what made the
    vectors, else text-embedding-3-small when they have its 1,536 dimensions. What was cancelled or killed
    goes on when it is run again. Raises UserError (files missing or damaged, another corpus in the library),
    Cancelled.
    """
    from saerch_desktop.library.app_data import ROLES, app_records, app_vectors, find_app_files
    from saerch_desktop.library.importing import import_records
    from saerch_desktop.library.library import Library

    began = time.monotonic()
    found = find_app_files(folder)
    sae_stages = [READING, *FINISHING_STAGES] if found.weights is not None else []
    progress.plan(["Importing documents", "Storing vectors", *sae_stages, *INDEXING_STAGES])
    step = Within(progress)
    records = app_records(found)
    array = app_vectors(found, len(records))
    identity = _identity(embedder, found, int(array.shape[1]))
    source = f"{Path(folder).name}/{found.texts.name}"
    import_records(records, library, roles=ROLES, source=source, progress=step)
    del records
    with Library.open(library, write=True) as opened:
        missing = _store(opened, array, identity, step)
        sae, codes, counts, notes = "", "", (0, 0), list(_absent(found))
        if found.weights is not None:
            sae = name or _name_of(found.weights)
            codes, counts = _bring_sae(opened, found, sae, k, device, step, notes)
        index_neighbours(opened, step)
        features = opened.manifest.saes[sae].features if sae else 0
        documents = opened.manifest.documents
    if missing:
        notes.append(f"{missing:,} documents have no vector: theirs is zero or not a number in the file.")
    return AppImport(
        documents, missing, sae, features, *counts, codes, tuple(notes), time.monotonic() - began
    )


def _identity(embedder: str, found: AppFiles, dim: int) -> EmbedderIdentity:
    from saerch_desktop.embedding.registry import parse_identity

    guess = _EMBEDDER if dim == _DIMENSIONS else f"given:{found.vectors.stem}"
    return parse_identity(embedder or guess, dim)


def _store(library: Library, array: NDArray[Any], identity: EmbedderIdentity, progress: Progress) -> int:
    """How many documents have no vector, after storing those that the library has not yet."""
    from saerch_desktop.library.app_data import store_app_vectors
    from saerch_desktop.library.manifest import describe_mismatch

    present = library.manifest.vectors
    if present is None:
        return store_app_vectors(library, array, identity, progress)
    if not present.embedder.same_as(identity):
        raise describe_mismatch(present.embedder, identity)
    return len(present.missing)


def _bring_sae(
    library: Library,
    found: AppFiles,
    name: str,
    k: int | None,
    device: str,
    progress: Progress,
    notes: list[str],
) -> tuple[str, tuple[int, int]]:
    """Weights, codes, labels and families; how the codes came, and how many labels and families there are."""
    from saerch_desktop.features.imported import load_families, load_labels

    assert found.weights is not None
    codes = "present"
    if not is_complete(library, name):
        details = bring_weights(library, found.weights, name, progress, k=k, format="paper")
        _keep_claims(library, found, name, details.sae.features)
        if details.imported_from is not None:
            notes.extend(details.imported_from.notes)
        codes = _codes(library, found, name, progress, notes)
        finish_sae(library, name, progress, device=device)
    folder = library.sae_folder(name)
    labels, families = load_labels(folder), load_families(folder)
    return codes, (len(labels.labels) if labels else 0, len(families.families) if families else 0)


def _keep_claims(library: Library, found: AppFiles, name: str, features: int) -> None:
    from saerch_desktop.features.imported import (
        ImportedLabel,
        read_analysis,
        read_families,
        save_imported,
        with_roots,
    )

    folder = library.new_sae_folder(name)
    labels: tuple[ImportedLabel, ...] = ()
    if found.labels is not None:
        analysis = read_analysis(found.labels, features)
        labels = analysis.labels
        save_imported(folder, analysis)
    if found.families is not None:
        save_imported(folder, with_roots(read_families(found.families, features), labels))


def _codes(library: Library, found: AppFiles, name: str, progress: Progress, notes: list[str]) -> str:
    """Take the given codes where the weights agree with them; else they are computed anew."""
    import numpy as np

    from saerch_desktop.sae.codes import INDICES_FILE, VALUES_FILE
    from saerch_desktop.sae.given_codes import store_given
    from saerch_desktop.sae.weights import DETAILS_FILE, WEIGHTS_FILE

    vectors = library.vectors
    if name in library.manifest.saes:
        return "present"
    if vectors is None or found.indices is None or found.values is None:
        return "computed"
    records = np.asarray(library.documents.records(), dtype=np.int64)
    folder = library.new_sae_folder(name)
    why = store_given(folder, vectors, records, found.indices, found.values, progress)
    if why is not None:
        notes.append(f"The codes in {found.indices.name} were not taken, but computed anew: {why}.")
        return "computed"
    list_sae(library, name, (DETAILS_FILE, WEIGHTS_FILE, INDICES_FILE, VALUES_FILE))
    return "given"


def _absent(found: AppFiles) -> Iterator[str]:
    """What the folder has not, and what follows from that."""
    if found.metadata is None:
        yield "There is no paper_metadata.csv: documents have no titles, authors and citation counts."
    if found.weights is None:
        claims = [path.name for path in (found.labels, found.families, found.indices) if path is not None]
        left = f" {', '.join(claims)} belong to it and were left aside." if claims else ""
        yield (
            f"There are no weights (.pth): the library can be searched, but has no features to steer.{left}"
            " Put the weights into the folder and run the import again."
        )
        return
    if found.labels is None:
        yield "There is no feature_analysis_results file: labels are made here, from phrases."
    if found.families is None:
        yield "There is no clean_families file."
    else:
        yield f"The families of {found.families.name} are shown in the pane of families as imported."


def _name_of(weights: Path) -> str:
    plain = re.sub(r"[^\w.+-]+", " ", weights.stem).strip(" ._-+")[:64].rstrip(" .")
    return plain or "imported"
