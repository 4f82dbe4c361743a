"""Room for nodes: boxes that overlap are moved apart, and a free place is found near a wanted one."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_DENSE: Final = 600  # boxes: up to here all pairs are compared
_GOLDEN: Final = np.pi * (3 - np.sqrt(5))
_PLACES: Final = 900
_STEP: Final = 12.0  # pixels that a child stands below its parent at least
_NONE: Final[NDArray[np.int64]] = np.empty((0, 2), np.int64)
_JAM: Final = 8  # turns after which those that are still in each other's way get more room
_STOPS: Final = 60


def part(at: Points, half: Points, fixed: NDArray[np.bool_], turns: int = 80) -> Points:
    """(n, 2) the same points, moved as little as needed so that no two boxes of half sizes `half` (n, 2)
    around them overlap; fixed ones stay, even where they overlap each other.
    """
    at = at.copy()
    # Equal points have no direction to part in: those after the first lean a little to each side.
    at += np.column_stack((np.cos(_GOLDEN * np.arange(len(at))), np.sin(_GOLDEN * np.arange(len(at))))) * 1e-3
    for turn in range(turns):
        if turn % _JAM == _JAM - 1 and not fixed.all():
            middle = at.mean(0)
            at[~fixed] = middle + (at[~fixed] - middle) * 1.03
        first, second = _overlapping(at, half)
        movable = ~(fixed[first] & fixed[second])
        first, second = first[movable], second[movable]
        if not len(first):
            break
        apart = at[second] - at[first]
        over = half[first] + half[second] - np.abs(apart)
        across = (over[:, 0] > over[:, 1]).astype(np.int64)  # the axis in which least is lacking
        rows = np.arange(len(first))
        move = over[rows, across] * np.where(apart[rows, across] < 0, -1.0, 1.0) * 0.52
        share = np.where(fixed[second], 2.0, np.where(fixed[first], 0.0, 1.0))
        for axis in (0, 1):
            here = across == axis
            shift = np.bincount(first[here], (-move * share)[here], len(at)).astype(np.float64)
            shift += np.bincount(second[here], (move * (2 - share))[here], len(at))
            count = np.bincount(first[here], minlength=len(at)) + np.bincount(second[here], minlength=len(at))
            shift /= np.sqrt(np.maximum(count, 1))
            shift[fixed] = 0
            at[:, axis] += shift
    return at


def gather(at: Points, half: Points, flat: float, upright: NDArray[np.int64] = _NONE) -> Points:
    """(n, 2) the boxes packed around the middle without overlapping: from the inmost to the outmost, each as
    far in, near the direction it comes from, as the ones before it leave room. flat: how many times wider
    than high the whole is to be. upright (p, 2): pairs of which the first is to stay above the second, where
    it is, as far as there is a place for that.
    """
    stretch = np.array([1.0, flat])
    from_middle = (at - (at.min(0) + at.max(0)) / 2) * stretch
    reach = np.hypot(from_middle[:, 0], from_middle[:, 1])
    far = max(float(reach.max(initial=0.0)), float(half.max(initial=1.0))) * 2.5
    turns, stops = np.meshgrid(np.linspace(-0.7, 0.7, 11), np.linspace(0.0, 1.0, _STOPS) ** 1.5 * far)
    # A detour costs as much as it leads aside.
    detour = stops + 0.5 * np.abs(turns) * stops
    order = np.argsort(detour.ravel(), kind="stable")
    turns, stops = turns.ravel()[order], stops.ravel()[order]
    out = at.copy()
    done: list[int] = []
    settled = np.zeros(len(at), np.bool_)
    above: list[list[int]] = [[] for _ in at]
    below: list[list[int]] = [[] for _ in at]
    for upper, lower in upright.tolist():
        if at[upper, 1] < at[lower, 1]:
            above[lower].append(upper)
            below[upper].append(lower)
    for place in np.argsort(reach, kind="stable").tolist():
        angle = np.arctan2(from_middle[place, 1], from_middle[place, 0]) + turns
        spots = np.column_stack((np.cos(angle), np.sin(angle))) * stops[:, None] / stretch
        touching = np.abs(spots[:, None, :] - out[done][None]) < half[place] + half[done][None]
        hit = np.asarray(touching[:, :, 0] & touching[:, :, 1]).any(axis=1)
        wrong = hit.copy()
        for other in above[place]:
            if settled[other]:
                wrong |= spots[:, 1] < out[other, 1] + _STEP
        for other in below[place]:
            if settled[other]:
                wrong |= spots[:, 1] > out[other, 1] - _STEP
        out[place] = spots[int(np.argmin(hit if wrong.all() else wrong))]
        settled[place] = True
        done.append(place)
    return part(out, half, np.zeros(len(at), np.bool_), 200)


def free_place(
    wanted: NDArray[np.float64], half: NDArray[np.float64], at: Points, halves: Points, step: float
) -> NDArray[np.float64]:
    """(2,) the place nearest to `wanted` where a box of half size `half` (2,) touches none of the boxes
    around `at` (m, 2) with half sizes `halves`; among places on a spiral with so many pixels between them.
    """
    turn = np.arange(_PLACES)
    reach = step * np.sqrt(turn)
    places = wanted + np.column_stack((np.cos(_GOLDEN * turn), np.sin(_GOLDEN * turn))) * reach[:, None]
    if not len(at):
        return np.asarray(places[0])
    low, high = places.min(0) - half, places.max(0) + half
    near = ((at + halves > low) & (at - halves < high)).all(1)
    at, halves = at[near], halves[near]
    for begin in range(0, _PLACES, 100):
        some = places[begin : begin + 100]
        touching = np.abs(some[:, None, :] - at[None]) < half + halves[None]
        hit = np.asarray(touching[:, :, 0] & touching[:, :, 1]).any(axis=1)
        if not hit.all():
            return np.asarray(some[int(np.argmin(hit))])
    # Nowhere near: beyond everything, on the side that was wanted.
    beyond = (at + halves).max(0) if len(at) else wanted
    return np.array([wanted[0], beyond[1] + half[1] + step])


def _overlapping(at: Points, half: Points) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if len(at) <= _DENSE:
        first, second = np.triu_indices(len(at), 1)
    else:
        from scipy.spatial import cKDTree

        pairs = cKDTree(at).query_pairs(2 * float(half.max()), p=np.inf, output_type="ndarray")
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].astype(np.int64)
        first, second = pairs[:, 0], pairs[:, 1]
    hit = (np.abs(at[second] - at[first]) < half[first] + half[second] - 1e-3).all(1)
    return first[hit], second[hit]
