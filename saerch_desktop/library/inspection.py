"""The quick look that opening takes: do counts, shapes and hashes agree, and what still works if not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from saerch_desktop.errors import UserError
from saerch_desktop.library import manifest as layout
from saerch_desktop.library.connections import truncation
from saerch_desktop.library.documents import Documents
from saerch_desktop.library.findings import Finding
from saerch_desktop.library.manifest import Damaged, Manifest, SaeRecord
from saerch_desktop.library.vectors import complaint_about

# Files of an SAE that nothing else can give back; all others are computed from these and the vectors.
WEIGHTS_FILES = ("sae.json", "sae.safetensors")


@dataclass(frozen=True, slots=True)
class Inspection:
    findings: tuple[Finding, ...]
    vectors_usable: bool


def inspect(folder: Path, manifest: Manifest, documents: Documents) -> Inspection:
    """Look at a library's files without reading them whole. UserError when no document can be read."""
    documented = list(_documents(folder, manifest, documents))
    findings = list(documented)
    findings.extend(unfinished_jobs(folder, manifest, documents))
    vectors = list(_vectors(folder, manifest))
    findings.extend(vectors)
    for record in manifest.saes.values():
        findings.extend(_sae(folder, record, manifest))
    # A vector is told its document by its row: without the right documents it would be shown as another's.
    wrong = any(finding.severity == "error" for finding in [*documented, *vectors])
    usable = manifest.vectors is not None and not wrong
    return Inspection(tuple(findings), usable)


def unfinished_jobs(folder: Path, manifest: Manifest, documents: Documents) -> Iterator[Finding]:
    """What an import or an embedding left undone; it may also be running right now, in another program."""
    state = documents.state("import")
    if isinstance(state, dict) and not state.get("finished", True):
        source = state.get("source", "the source")
        yield Finding(
            "warning",
            f"The import of {source} is not finished; it was interrupted after {len(documents):,} documents"
            " unless it is still running.",
            "The documents that are there can be read and searched by keyword.",
            "Run the same import again: it continues where it stopped.",
        )
    if manifest.vectors is None and (folder / layout.PARTIAL_STATE_FILE).is_file():
        yield Finding(
            "warning",
            "The embedding of the documents is not finished; it was interrupted unless it is still running.",
            "Documents can be read and searched by keyword.",
            "Start the embedding again: it continues where it stopped.",
        )


def _documents(folder: Path, manifest: Manifest, documents: Documents) -> Iterator[Finding]:
    path = folder / layout.DOCUMENTS_FILE
    if not path.is_file():
        raise _no_documents(f"{path.name} is missing from {folder.name}.")
    try:
        cut = truncation(path)
    except OSError as error:
        raise _no_documents(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if cut is not None:
        raise _no_documents(f"The documents of {folder.name} are damaged: {cut}.")
    try:
        count = len(documents)
        state = documents.state("import")
        copy = documents.state(layout.MANIFEST_STATE)
    except UserError as error:
        raise _no_documents(error.happened) from error
    importing = isinstance(state, dict) and not state.get("finished", True)
    if isinstance(copy, dict) and copy.get("created") != manifest.created:
        yield foreign_documents(folder, str(copy.get("name")))
    elif not importing and count != manifest.documents:
        yield Finding(
            "error",
            f"The library should hold {manifest.documents:,} documents and holds {count:,}.",
            "Keyword search works on what is there." if count else "Nothing can be searched.",
            "Check the library with repair, or restore documents.sqlite from a backup.",
            repairable=True,
        )


def _vectors(folder: Path, manifest: Manifest) -> Iterator[Finding]:
    record = manifest.vectors
    if record is None:
        if not (folder / layout.PARTIAL_STATE_FILE).is_file() and (folder / layout.VECTORS_FILE).is_file():
            yield Finding(
                "note",
                f"{layout.VECTORS_FILE} is in the folder but the library does not list it.",
                "It is not used.",
                "Embed or import the vectors again; they will replace it.",
            )
        return
    complaint = complaint_about(folder, record)
    if complaint is None and record.rows != manifest.documents:
        complaint = f"there are {record.rows:,} vectors for {manifest.documents:,} documents"
    if complaint is not None:
        yield Finding(
            "error",
            f"The vectors cannot be used: {complaint}.",
            "Documents can be read and searched by keyword; semantic search and features cannot be used.",
            "Restore vectors.npy from a backup, or check the library with repair and embed again.",
            repairable=True,
        )


def _sae(folder: Path, record: SaeRecord, manifest: Manifest) -> Iterator[Finding]:
    home = folder / layout.SAES_FOLDER / record.name
    lost: list[str] = []
    derived: list[str] = []
    for name, expected in record.files.items():
        complaint = expected.complaint(home / name)
        if complaint is not None:
            (lost if name in WEIGHTS_FILES else derived).append(complaint)
    if lost:
        yield Finding(
            "error",
            f"The SAE {record.name!r} cannot be used: {'; '.join(lost)}.",
            "Documents, plain search and other SAEs work.",
            "Restore its folder from a backup, or train it again.",
        )
    elif derived:
        yield Finding(
            "warning",
            f"What was computed with the SAE {record.name!r} is incomplete: {'; '.join(derived)}.",
            "Its weights are intact; plain search and other SAEs work.",
            "Check the library with repair; the missing parts are then computed again from the weights.",
            repairable=True,
        )
    vectors = manifest.vectors
    if record.vectors and vectors is not None and record.vectors != vectors.fingerprint:
        yield Finding(
            "warning",
            f"The SAE {record.name!r} was trained on other vectors than the library has now.",
            "Its features may not fit the documents.",
            "Train it again on the present vectors.",
        )


def foreign_documents(folder: Path, name: str) -> Finding:
    """The finding that the database in `folder` is that of another library, called `name`."""
    return Finding(
        "error",
        f"{layout.DOCUMENTS_FILE} and {layout.MANIFEST_FILE} of {folder.name} are of two different libraries;"
        f" the documents are those of “{name}”.",
        "The documents can be read and searched by keyword; vectors and features belong to other documents.",
        "Put back the file that belongs here from a backup, or import the source again into a new library.",
    )


def _no_documents(happened: str) -> Damaged:
    return Damaged(
        happened,
        "Without its documents the library cannot be shown; its vectors and SAEs were not touched.",
        f"Restore {layout.DOCUMENTS_FILE} from a backup, or import the source again into a new library.",
    )
