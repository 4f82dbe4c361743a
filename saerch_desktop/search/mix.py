"""What a mixer says altogether, and what of it steers: mute, solo, lock, and a budget of change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.search.blends import BlendEdit
from saerch_desktop.search.columns import Wanted
from saerch_desktop.search.steering import Edit, Term, column_of, cosine

if TYPE_CHECKING:
    from saerch_desktop.search.steering import Query

Slider = int | str
"""Names a slider: a feature, or the key of a blend."""
Switch = Literal["muted", "soloed", "locked"]
Directions = Callable[[Wanted], NDArray[np.float64]]
"""(d,) float64 of a feature, or of a blend's mixture: `Columns.direction`."""

_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Mix:
    """edits: of features, none of them zero. blends: all that the mixer offers, those at natural with 0.

    muted: sliders that count as absent, whatever they say. soloed: while there are any, all others of the
    query count as muted. locked: sliders that resetting and the budget leave alone. budget: the least cosine
    between the query and the steered query, None for no limit.
    """

    edits: tuple[Edit, ...] = ()
    blends: tuple[BlendEdit, ...] = ()
    muted: frozenset[Slider] = frozenset()
    soloed: frozenset[Slider] = frozenset()
    locked: frozenset[Slider] = frozenset()
    budget: float | None = None

    @property
    def moved(self) -> tuple[BlendEdit, ...]:
        """The blends that are not at natural."""
        return tuple(edit for edit in self.blends if edit.amount)

    @property
    def plain(self) -> bool:
        """Whether it changes nothing: every slider at natural, none muted or alone."""
        return not (self.edits or self.moved or self.muted or self.soloed)

    def offers(self, key: str) -> BlendEdit | None:
        return next((edit for edit in self.blends if edit.blend.key == key), None)

    def turned(self, switch: Switch, slider: Slider, on: bool) -> Mix:
        """With a slider muted, alone or locked, or no longer so."""
        only = frozenset({slider})
        now: frozenset[Slider] = getattr(self, switch)
        changed = now | only if on else now - only
        if switch == "muted":
            return replace(self, muted=changed)
        return replace(self, soloed=changed) if switch == "soloed" else replace(self, locked=changed)

    def moved_to(self, slider: Slider, change: float) -> Mix:
        """With one slider `change` away from natural. A blend that is not offered changes nothing."""
        if isinstance(slider, str):
            return replace(
                self,
                blends=tuple(
                    replace(edit, amount=change) if edit.blend.key == slider else edit for edit in self.blends
                ),
            )
        others = tuple(edit for edit in self.edits if edit.feature != slider)
        return replace(self, edits=(*others, Edit(slider, change)) if change else others)

    def with_blend(self, edit: BlendEdit) -> Mix:
        """With a blend in front; one of the same key makes way."""
        others = tuple(other for other in self.blends if other.blend.key != edit.blend.key)
        return replace(self, blends=(edit, *others))

    def reset(self) -> Mix:
        """All sliders that are not locked at natural and heard. Blends stay offered, the budget stays."""
        kept = self.locked
        return replace(
            self,
            edits=tuple(edit for edit in self.edits if edit.feature in kept),
            blends=tuple(e if e.blend.key in kept else replace(e, amount=0.0) for e in self.blends),
            muted=self.muted & kept,
            soloed=self.soloed & kept,
        )


@dataclass(frozen=True, slots=True)
class Steer:
    """What really steers. scale: the share of the unlocked changes that the budget lets through, 0 to 1;
    wanted: the cosine to the query that all of them would have come to.
    """

    edits: tuple[Edit, ...]
    blends: tuple[BlendEdit, ...]
    scale: float = 1.0
    wanted: float = 1.0


def steer(mix: Mix, query: Query, directions: Directions) -> Steer:
    """The edits that a mix comes to for a query: mute and solo first, then the budget.

    A muted feature is taken out of the query (its change is minus its natural value); a muted blend does
    nothing of its own. The sums are the same whichever slider was moved first. UserError for
    a budget that is no cosine.
    """
    quiet = silent(mix, query)
    deltas = {edit.feature: edit.delta for edit in mix.edits if edit.feature not in quiet}
    natural = dict(zip(query.indices.tolist(), query.values.tolist(), strict=True))
    for slider in quiet:
        if isinstance(slider, int) and natural.get(slider, 0.0):
            deltas[slider] = -natural[slider]
    edits = tuple(Edit(feature, delta) for feature, delta in deltas.items() if delta)
    blends = tuple(edit for edit in mix.moved if edit.blend.key not in quiet)
    if mix.budget is None or not (edits or blends):
        return Steer(edits, blends)
    if not 0 <= mix.budget <= 1:  # nor what is no number
        raise UserError(
            "The limit of steering is not a usable cosine.", "Nothing was steered.", "Give one from 0 to 1."
        )
    return _within(mix, query, edits, blends, directions)


def silent(mix: Mix, query: Query) -> frozenset[Slider]:
    """The sliders that count as absent: those muted, and while any is alone all others of the query."""
    if not mix.soloed:
        return mix.muted
    sounding: set[Slider] = {*query.indices.tolist(), *(edit.feature for edit in mix.edits)}
    sounding.update(edit.blend.key for edit in mix.blends)
    return frozenset(sounding - mix.soloed) | mix.muted


def _within(
    mix: Mix, query: Query, edits: tuple[Edit, ...], blends: tuple[BlendEdit, ...], directions: Directions
) -> Steer:
    q = query.vector.astype(np.float64)
    held = q.copy()
    free = np.zeros_like(q)
    for term, delta in _terms(edits, blends):
        part = delta * directions(column_of(term))
        slider = term if isinstance(term, int) else term.key
        (held if slider in mix.locked else free)[:] += part
    least = float(mix.budget or 0.0)
    scale = most_within(q, held, free, least)
    kept = mix.locked
    return Steer(
        tuple(e if e.feature in kept else Edit(e.feature, scale * e.delta) for e in edits)
        if scale
        else tuple(e for e in edits if e.feature in kept),
        tuple(e if e.blend.key in kept else replace(e, amount=scale * e.amount) for e in blends)
        if scale
        else tuple(e for e in blends if e.blend.key in kept),
        scale,
        cosine(q, held + free),
    )


def most_within(
    query: NDArray[np.float64], held: NDArray[np.float64], free: NDArray[np.float64], least: float
) -> float:
    """The largest share s in [0, 1] with cos(query, held + s·free) ≥ least; 0 where neither end does.

    All vectors (d,). On the way from `held` along a straight line the cosine falls below a bound that is not
    negative at most once, since the directions on that way lie on less than half a great circle.
    """
    size = float(np.linalg.norm(query))
    qh, qf = float(query @ held), float(query @ free)
    hh, hf, ff = float(held @ held), float(held @ free), float(free @ free)

    def at(share: float) -> float:
        length = max(hh + 2 * share * hf + share * share * ff, 0.0) ** 0.5 * size
        return (qh + share * qf) / length if length > 0 else 0.0

    if at(1.0) >= least:
        return 1.0
    if at(0.0) < least:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if at(middle) >= least else (low, middle)
    return low


def _terms(edits: Iterable[Edit], blends: Iterable[BlendEdit]) -> list[tuple[Term, float]]:
    return [*((e.feature, e.delta) for e in edits), *((b.blend, b.amount) for b in blends)]
