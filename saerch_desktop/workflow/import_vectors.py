"""Vectors on the way into a library: those in a file are looked at, and those to be made are timed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.roles import Roles
    from saerch_desktop.workflow.import_draft import ImportDraft
    from saerch_desktop.workflow.import_look import Survey

PROBED: Final = 64
# Dollars for a million tokens, as the makers listed them in 2025.
PRICES: Final[Mapping[str, float]] = MappingProxyType(
    {"text-embedding-3-small": 0.02, "text-embedding-3-large": 0.13, "text-embedding-ada-002": 0.10}
)
_BLOCK: Final = 4096
_WARMED: Final = 4
_AT_ONCE: Final = 16
_ENOUGH_S: Final = 3.0
_LETTERS_A_TOKEN: Final = 4.2  # of English prose; a little on the safe side
_MARGIN: Final = 1.5  # of the likely cost, as a first limit


@dataclass(frozen=True, slots=True)
class VectorsLook:
    """What a file of vectors holds: rows × dim numbers of `dtype`, checked to be finite and not all zero.

    norms: the smallest, the middle and the largest length of a row. keys: its columns or arrays that could
    be identifiers. joined: those of `keys` that were compared, with `matched` of the source's `records` found
    among them.
    """

    path: Path
    rows: int
    dim: int
    dtype: str
    norms: tuple[float, float, float]
    records: int
    keys: tuple[str, ...] = ()
    joined: str = ""
    matched: int = 0

    def mismatch(self, draft: ImportDraft) -> str:
        """Why these vectors do not belong to the records, as a sentence; "" when they do."""
        if draft.join:
            if self.joined != draft.join:
                return "The identifiers are still being compared."
            return "" if self.matched else "No identifier of the vectors is among those of the records."
        if self.rows == self.records or (draft.limit is not None and self.rows >= draft.limit):
            return ""
        return f"The file holds {self.rows:,} vectors, but there are {self.records:,} records."

    @property
    def unit_length(self) -> bool:
        """Whether all rows have length one, as the vectors of nearly every embedder."""
        return self.norms[0] > 0.98 and self.norms[2] < 1.02


def look_at_vectors(
    path: Path, source: Path, roles: Roles, progress: Progress, *, column: str = "", join: str = ""
) -> VectorsLook:
    """Check a file of vectors whole, and against the records of `source`. Cancelled.

    UserError: it cannot be read, or holds numbers that are not finite or rows of nothing but zeros; or the
    identifiers to match by make no sense.
    """
    import numpy as np

    from saerch_desktop.library.given import load_given
    from saerch_desktop.library.given_keys import keys_in, load_keys, rows_by_key
    from saerch_desktop.library.readers.opening import open_reader

    array = load_given(path, column or None, progress)
    lengths = np.empty(len(array), np.float64)
    for start in range(0, len(array), _BLOCK):
        progress.check()
        block = np.asarray(array[start : start + _BLOCK], dtype=np.float64)
        lengths[start : start + len(block)] = np.sqrt(np.einsum("ij,ij->i", block, block))
    matched = 0
    if join:
        found = rows_by_key(load_keys(path, join), open_reader(source), roles, progress)
        records, matched = len(found), int((found >= 0).sum())
    else:
        records = open_reader(source).count(progress)
    low, middle, high = (float(value) for value in np.quantile(lengths, (0, 0.5, 1)))
    return VectorsLook(
        path,
        rows=int(array.shape[0]),
        dim=int(array.shape[1]),
        dtype=str(array.dtype),
        norms=(low, middle, high),
        records=records,
        keys=keys_in(path),
        joined=join,
        matched=matched,
    )


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a model embeds the texts of this very file on this computer, by trying it on some of them."""

    model: str
    texts: int
    a_second: float

    def seconds(self, documents: int) -> float:
        return documents / self.a_second


def probe(spec: str, texts: Sequence[str], progress: Progress) -> Speed:
    """Embed up to 64 of the texts with a model of this computer and take the time: some seconds at most.

    UserError when the model cannot be used, Cancelled.
    """
    from saerch_desktop.embedding.registry import open_embedder
    from saerch_desktop.errors import UserError

    tried = list(texts[:PROBED])
    if not tried:
        raise UserError(
            "There is no text to try the model on.",
            "The time cannot be foretold.",
            "Choose the column with the texts.",
        )
    progress.begin("Loading the model", None)
    embedder = open_embedder(spec)
    embedder.embed(tried[:_WARMED])  # the first texts pay for what is only done once
    progress.begin("Trying the model", None)
    began, done = time.monotonic(), 0
    for start in range(0, len(tried), _AT_ONCE):
        progress.check()
        part = tried[start : start + _AT_ONCE]
        embedder.embed(part)
        done += len(part)
        if time.monotonic() - began > _ENOUGH_S:
            break
    return Speed(spec, done, done / max(1e-6, time.monotonic() - began))


@dataclass(frozen=True, slots=True)
class Bill:
    """What a service would be sent and paid. tokens: likely; money: dollars, None without a known price.

    host: where the texts go; loopback: that is this computer, and nothing is to be paid.
    """

    host: str
    loopback: bool
    documents: int
    tokens: int
    money: float | None

    @property
    def limit(self) -> float | None:
        """A limit that leaves some room: whole cents."""
        return None if self.money is None else max(0.01, round(self.money * _MARGIN + 0.005, 2))


def price_of(model: str) -> float | None:
    """Dollars for a million tokens; None for a model whose price is not known."""
    return PRICES.get(model.strip())


def bill(draft: ImportDraft, survey: Survey, documents: int) -> Bill:
    """What it would cost to have so many documents embedded. UserError for an address of no service."""
    from saerch_desktop.embedding.online.endpoint import endpoint_at

    endpoint = endpoint_at(draft.service_url or None)
    tokens = round(documents * survey.letters / _LETTERS_A_TOKEN)
    price = draft.price if draft.price is not None else price_of(draft.service_model)
    money = 0.0 if endpoint.loopback else None if price is None else tokens * price / 1e6
    return Bill(endpoint.host, endpoint.loopback, documents, tokens, money)
