"""Vectors on the way into a library: those in a file are looked at, and those to be made are timed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saerch_desktop.workflow.import_draft import ImportDraft
    from saerch_desktop.workflow.import_look import SourceLook


@dataclass(frozen=True, slots=True)
class VectorsLook:
    """What a file of vectors holds: rows × dim numbers of `dtype`, checked to be finite and not all zero.

    norms: the smallest, the middle and the largest length of a row. keys: its columns or arrays that could
    be identifiers, of which `joined` (with `keys_matched` of the source's records) was tried.
    """

    path: Path
    rows: int
    dim: int
    dtype: str
    norms: tuple[float, float, float]
    keys: tuple[str, ...] = ()
    records: int = 0
    joined: str = ""
    matched: int = 0

    def mismatch(self, draft: ImportDraft, source: SourceLook | None) -> str:
        """Why these vectors do not belong to the records, as a sentence; "" when they do."""
        if draft.join:
            if self.joined != draft.join:
                return "The identifiers are still being compared."
            return "" if self.matched else "Not one identifier of the vectors is among those of the records."
        records = self.records if draft.limit is None else min(self.records, draft.limit)
        if draft.limit is not None and self.rows >= records:
            return ""
        if self.rows == records:
            return ""
        return f"The file holds {self.rows:,} vectors, and the texts are {records:,}."
