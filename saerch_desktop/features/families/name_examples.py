"""Which documents a family's name is taken from: of all members alike, so that none speaks for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.family import Family
from saerch_desktop.features.families.family_lines import FamilyLines
from saerch_desktop.features.hard_negatives import spread
from saerch_desktop.features.held_out import held_out, mixed
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.features.phrase_examples import Examples
from saerch_desktop.progress import Progress

_BACKGROUND: Final = 6_000  # documents that tell what is common in the corpus
_OWN: Final = 6_000  # further ones, of the features' own
_MOST_OWN, _FEWEST_READ = 8, 24
_PER_FAMILY: Final = 120
_LEAST_EACH, _MOST_EACH = 3, 16
_OF_ALL: Final = 32  # documents of the family as a whole
_MEMBERS: Final = 48  # of a large family, evenly spread over it


@dataclass(frozen=True, slots=True, eq=False)
class FamilyExamples:
    """examples: by family, with the shares of the family (sum 1) instead of activations. shares: for each
    family (members, documents) float32, lines of sum 1: how each of the members looked at spreads over them.
    """

    examples: Examples
    shares: list[NDArray[np.float32]]


def documents_to_read(
    inverted: InvertedIndex,
    families: Sequence[Family],
    lines: FamilyLines,
    total: int,
    seed: int = 0,
    progress: Progress | None = None,
) -> NDArray[np.bool_]:
    """(total,) some thousand documents that are not held out, and some of each member's strongest. Raises
    Cancelled.
    """
    watched = progress or Progress()
    held = held_out(np.arange(total), seed)
    rows = np.flatnonzero(~held)
    if rows.size > _BACKGROUND:
        rows = rows[np.argsort(mixed(rows, seed + 1), kind="stable")[:_BACKGROUND]]
    chosen = np.zeros(total, np.bool_)
    chosen[rows] = True
    members = sorted({member for family in families for member in family.members})
    each = min(_MOST_OWN, max(1, _OWN // max(1, len(members))))
    for member in members:
        watched.check()
        own = inverted.of(member)[0]
        chosen[own[~held[own]][:each]] = True
    for i in range(len(families)):
        watched.check()
        own = lines.of(i)[0]
        if np.count_nonzero(chosen[own]) < _FEWEST_READ:
            chosen[own[~held[own]][:_FEWEST_READ]] = True
            if not chosen[own].any():
                chosen[own[:_FEWEST_READ]] = True  # all are held out: its name cannot be tested
    return chosen


def family_examples(
    inverted: InvertedIndex,
    families: Sequence[Family],
    lines: FamilyLines,
    chosen: NDArray[np.bool_],
    seed: int = 0,
    progress: Progress | None = None,
) -> FamilyExamples:
    """Of each family a few of the `chosen` documents of every member, the stronger half of them, those that
    the whole family is about where there are such. Raises Cancelled.
    """
    watched = progress or Progress()
    held = held_out(np.arange(chosen.size), seed)
    rows: list[NDArray[np.int64]] = []
    values: list[NDArray[np.float32]] = []
    shares: list[NDArray[np.float32]] = []
    borrowed = np.zeros(len(families), np.bool_)
    about = np.zeros(chosen.size, np.bool_)
    for i, family in enumerate(families):
        watched.check()
        about[lines.of(i)[0]] = True
        members = spread(np.asarray(family.members), _MEMBERS)
        each = max(_LEAST_EACH, min(_MOST_EACH, _PER_FAMILY // members.size))
        parts = [_stronger(inverted.of(int(member)), chosen, each, about) for member in members]
        about[lines.of(i)[0]] = False
        parts = [part for part in parts if part[0].size]
        parts.append(_stronger(lines.of(i), chosen, _OF_ALL))
        own = np.unique(np.concatenate([part[0] for part in parts]))
        table = np.zeros((len(parts), own.size), np.float32)
        for line, (places, strengths) in zip(table, parts, strict=True):
            line[np.searchsorted(own, places)] = strengths / strengths.sum()
        weight = (table[:-1].mean(axis=0) if len(parts) > 1 else table[0]) + table[-1]
        order = np.argsort(-weight, kind="stable")
        rows.append(own[order])
        values.append(weight[order])
        shares.append(table[:-1, order])
        borrowed[i] = bool(held[own].any())
    sizes = [part.size for part in rows]
    return FamilyExamples(
        Examples(
            features=np.arange(len(families)),
            starts=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
            rows=np.concatenate(rows) if rows else np.zeros(0, np.int64),
            values=np.concatenate(values) if values else np.zeros(0, np.float32),
            borrowed=borrowed,
        ),
        shares,
    )


def _stronger(
    line: tuple[NDArray[np.integer], NDArray[np.float32]],
    chosen: NDArray[np.bool_],
    most: int,
    about: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Up to `most` of the chosen documents, evenly from the stronger half; of those `about` it, if any."""
    rows, values = (np.asarray(part) for part in line)
    places = np.flatnonzero(chosen[rows])
    if about is not None and about[rows[places]].any():
        places = places[about[rows[places]]]
    places = spread(places[: max(most, (places.size + 1) // 2)], most)
    return rows[places].astype(np.int64), values[places].astype(np.float32)
