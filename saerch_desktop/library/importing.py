"""Import: from a source on disk, or records in memory, to the documents (and vectors) of a library."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from saerch_desktop.errors import UserError
from saerch_desktop.files import explain_os_error
from saerch_desktop.library.connections import explained
from saerch_desktop.library.document_writer import IMPORT_STATE, DocumentWriter, ImportState
from saerch_desktop.library.documents import storable
from saerch_desktop.library.given import GivenVectors, open_given
from saerch_desktop.library.given_keys import MatchedRecords, load_keys, rows_by_key
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import DOCUMENTS_FILE, EmbedderIdentity
from saerch_desktop.library.readers.base import Reader, Record
from saerch_desktop.library.readers.opening import open_reader, source_fingerprint
from saerch_desktop.library.roles import Roles, checked, columns_in, guess_roles
from saerch_desktop.library.vacancy import is_vacant
from saerch_desktop.progress import Progress

_SAMPLE = 200
_LOOK_FOR_ONE = 10_000
_TICK = 200


def import_stages(*, vectors: bool, join: bool = False) -> tuple[str, ...]:
    """The stages that an import goes through, for a job to plan."""
    if vectors:
        matching = "Matching identifiers" if join else "Counting records"
        return ("Checking vectors", matching, "Importing documents", "Storing vectors")
    return ("Importing documents",)


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a source: column names, sample records, the guessed roles and the kind of file."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    roles: Roles
    format: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. documents: now in the library; read: source records seen, in all runs together.

    problems: records that could not be read. notes: remarks on what was read (an encoding guessed, a
    quotation left open), in the problem list. resumed_at: how many records earlier runs had dealt with.
    """

    documents: int
    read: int
    empty: int
    duplicates: int
    problems: int
    roles: Roles
    seconds: float
    resumed_at: int
    notes: int = 0


def preview(source: Path, rows: int = 50) -> Preview:
    """Look at the beginning of a source. UserError when it holds no record that can be read."""
    reader = open_reader(source)
    sample = _sample(reader, max(rows, _SAMPLE))
    return Preview(columns_in(sample), tuple(sample[:rows]), guess_roles(sample), reader.format)


def import_file(
    source: Path,
    library: Path,
    *,
    roles: Roles | None = None,
    vectors: Path | None = None,
    vectors_column: str | None = None,
    embedder: EmbedderIdentity | None = None,
    join: str = "",
    limit: int | None = None,
    progress: Progress,
) -> ImportReport:
    """Import a file or folder into the library at `library`, which is made when it is not there.

    vectors: a file with one row per record of the source (at least as many as `limit`, when given); checked
    whole before anything is written. join: the identifiers in that file, where its rows are matched by them;
    records without a vector are then left out. An import that was killed continues when it is run again.
    UserError: the source or a column is missing, the vectors do not fit, or the library holds another corpus.
    """
    source = Path(source)
    if limit is not None and limit < 1:
        raise UserError("The limit is less than one.", "Nothing was imported.", "Give a limit of 1 or more.")
    reader = open_reader(source)
    sample = _sample(reader, _SAMPLE)
    roles = checked(roles or guess_roles(sample), columns_in(sample), source.name)
    progress.plan(import_stages(vectors=vectors is not None, join=bool(join)))
    given = None
    if vectors is not None:
        given = open_given(Path(vectors), vectors_column, embedder, progress)
        if join:
            rows = rows_by_key(load_keys(Path(vectors), join), reader, roles, progress)
            given, reader = replace(given, rows=rows), MatchedRecords(open_reader(source), rows, roles)
        else:
            given.check_rows(reader.count(progress), limit, source.name)
    state = ImportState(storable(source.name), source_fingerprint(source), roles, limit)
    return _run(reader, library, state, given, progress)


def import_records(
    records: Iterable[dict[str, Any]], library: Path, *, roles: Roles, source: str, progress: Progress
) -> ImportReport:
    """Import records from memory; `source` names them. Run again with the same records, it continues."""
    state = ImportState(source, f"records:{source}", roles)
    return _run(_Records(records), library, state, None, progress)


class _Records(Reader):
    format = "records"
    unit = "documents"

    def __init__(self, records: Iterable[dict[str, Any]]) -> None:
        super().__init__(Path())
        self._records = records
        self.total = len(records) if isinstance(records, list | tuple) else None

    def records(self) -> Iterator[Record]:
        for number, fields in enumerate(self._records):
            self.done = number + 1
            yield Record(number, fields)


def _run(
    reader: Reader, path: Path, wanted: ImportState, given: GivenVectors | None, progress: Progress
) -> ImportReport:
    began = time.monotonic()
    path = Path(path)
    try:
        existed = path.exists()
        is_new = is_vacant(path)
    except OSError as error:
        raise explain_os_error(error, path) from error
    library = Library.create(path) if is_new else Library.open(path, write=True)
    with library:
        before = _continued(library, wanted)
        if given is not None and library.manifest.vectors is not None:
            if before is None or not before.finished:
                raise UserError(
                    f"{library.manifest.name} has vectors already.",
                    "They were kept, and nothing was imported.",
                    "Import the file into a new library.",
                )
            given = None
        state = before or wanted
        if not state.finished:
            state = _store_documents(reader, library, state, progress)
        if given is not None and len(library.documents):
            given.store(library, progress)
        documents = len(library.documents)
        skipped = state.empty + state.duplicates + state.bad
        notes = max(0, sum(library.documents.problem_counts().values()) - skipped)
    if documents == 0:
        if is_new and not existed:
            shutil.rmtree(path, ignore_errors=True)
        raise UserError(
            f"{wanted.source} gave no document: of {state.records:,} records, {state.empty:,} had no text"
            f" and {state.bad:,} could not be read.",
            "No library was made." if is_new else "The library is still empty.",
            "Check which column holds the text, and import again.",
        )
    resumed_at = before.records if before is not None else 0
    seconds = time.monotonic() - began
    return ImportReport(
        documents,
        state.records,
        state.empty,
        state.duplicates,
        state.bad,
        state.roles,
        seconds,
        resumed_at,
        notes,
    )


def _store_documents(reader: Reader, library: Library, state: ImportState, progress: Progress) -> ImportState:
    library.update(source=state.source)
    writer = DocumentWriter(library, state)
    writer.commit()
    progress.begin("Importing documents", reader.total, reader.unit)
    for record in itertools.islice(reader.records(), state.limit):
        if record.number >= state.records:
            writer.add(record)
        if record.number % _TICK == 0:
            progress.advance(reader.done, f"{writer.rows:,} documents")
    writer.commit()
    # The manifest first: killed in between, the import counts as unfinished and the next run ends it.
    library.update(documents=writer.rows)
    writer.commit(finished=True)
    progress.advance(reader.total or reader.done, f"{writer.rows:,} documents")
    library.refresh()
    return writer.state


def _continued(library: Library, wanted: ImportState) -> ImportState | None:
    found = ImportState.from_state(library.documents.state(IMPORT_STATE))
    if found is None:
        if len(library.documents):
            raise _full(library)
        return None
    same = (found.fingerprint, found.roles, found.limit) == (wanted.fingerprint, wanted.roles, wanted.limit)
    if same:
        return found
    if len(library.documents) == 0:
        # Whatever was tried before gave nothing; only its problem list is in the way.
        with explained(library.path / DOCUMENTS_FILE):
            library.writing_connection().execute("DELETE FROM problems")
        return None
    if found.finished:
        raise _full(library)
    raise UserError(
        f"{library.manifest.name} holds an unfinished import of {found.source}.",
        "Nothing was changed.",
        f"Finish it by importing {found.source} again in the same way, or import into a new library.",
    )


def _full(library: Library) -> UserError:
    return UserError(
        f"{library.manifest.name} already holds {len(library.documents):,} documents.",
        "A library holds one corpus, so nothing was imported.",
        "Import into a new library.",
    )


def _sample(reader: Reader, wanted: int) -> list[dict[str, Any]]:
    sample: list[dict[str, Any]] = []
    reason = "it holds no records"
    for record in itertools.islice(reader.records(), _LOOK_FOR_ONE):
        if record.fields is not None:
            sample.append(record.fields)
        elif not sample:
            reason = f"none of its records could be read ({record.detail})"
        if len(sample) >= wanted:
            break
    if not sample:
        raise UserError(
            f"{reader.path.name} has no documents: {reason}.",
            "Nothing was imported.",
            "Check the file, or choose another.",
        )
    return sample
