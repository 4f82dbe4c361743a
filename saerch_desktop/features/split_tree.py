"""How a feature splits from SAE to larger SAE: the tree of its descendants, and whether two ways agree on it.

The paper (section 5) gives every feature of a larger SAE the feature of highest cosine in the smaller one as
its parent, and asks whether the way over a middle SAE leads to the same features as the direct way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.matching import RELATED, nearest_in
from saerch_desktop.progress import Progress

Rows = Callable[[int], NDArray[np.int32]]

_MOST: Final = 500  # features of one tree: more are no longer read


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One SAE of a lineage. decoder (n, d) unit rows, live (n,); text and grade say what a feature is called
    and how far that was tested; rows gives the documents where it is active.
    """

    sae: str
    decoder: NDArray[np.float32]
    live: NDArray[np.bool_]
    text: Callable[[int], str]
    grade: Callable[[int], str]
    rows: Rows


@dataclass(frozen=True, slots=True)
class Branch:
    """A feature in a tree and what became of it in the next SAE, the closest first.

    cosine: to the feature it descends from; inside: the share of its documents where that one is active too;
    both None at the root. documents: where it is active. chosen: the feature that was asked for. alone: no
    feature of the next SAE is close enough, though there is a next one.
    """

    sae: str
    feature: int
    text: str
    grade: str
    documents: int
    cosine: float | None
    inside: float | None
    chosen: bool
    alone: bool
    children: tuple[Branch, ...]

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Branch]]:
        """This branch and all beneath it with their depths, as they are printed."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


@dataclass(frozen=True, slots=True)
class SplitTree:
    """The tree that holds the feature asked for, from its oldest ancestor down.

    saes: the SAEs in order. least: the lowest cosine between parent and child. stepwise and direct: how many
    features of the last SAE descend from the root over all SAEs between and at once; consistency: Jaccard of
    the two sets, None with fewer than three SAEs below the root's or when both are empty. cut: how many
    descendants are not shown.
    """

    saes: tuple[str, ...]
    least: float
    root: Branch
    stepwise: int
    direct: int
    consistency: float | None
    cut: int

    def as_dict(self) -> dict[str, Any]:
        """The tree as plain nested values, for JSON."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """The tree as text, a line for each feature."""
        yield from _lines(self.root, "", "")


class Lineage:
    """Several SAEs of one library in rising size, and for each feature its parent in the SAE before."""

    def __init__(self, levels: Sequence[Level], progress: Progress) -> None:
        """levels: at least one, smallest first. Raises UserError (dimensions differ), Cancelled."""
        self.levels = tuple(levels)
        self._direct: dict[tuple[int, int], tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        progress.begin("Comparing sizes", len(self.levels) - 1, "pairs")
        for place in range(1, len(self.levels)):
            self.parents(place - 1, place)
            progress.advance(place)

    def place_of(self, sae: str) -> int:
        """Where an SAE stands. UserError when it takes no part."""
        for place, level in enumerate(self.levels):
            if level.sae == sae:
                return place
        raise UserError(
            f"“{sae}” takes no part in this tree.",
            "Nothing was changed.",
            f"Choose one of: {', '.join(level.sae for level in self.levels)}.",
        )

    def parents(self, older: int, younger: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """For each feature of a younger level its parent in an older one (−1: dead) and the cosine."""
        if (older, younger) not in self._direct:
            up, down = self.levels[older], self.levels[younger]
            live = np.flatnonzero(down.live)
            ids = np.full(down.live.size, -1, np.int64)
            cosines = np.full(down.live.size, -1, np.float32)
            ids[live], cosines[live] = nearest_in(down.decoder[live], up.decoder, up.live)
            self._direct[older, younger] = ids, cosines
        return self._direct[older, younger]

    def tree(self, sae: str, feature: int, least: float = RELATED) -> SplitTree:
        """The tree that holds a feature. UserError: no such SAE or feature."""
        place = self.place_of(sae)
        size = self.levels[place].live.size
        if not 0 <= feature < size:
            raise UserError(
                f"There is no feature {feature} in “{sae}”.",
                "Nothing was changed.",
                f"Choose a feature from 0 to {size - 1}.",
            )
        top, root = self._ancestor(place, feature, least)
        budget = [_MOST]
        branch = self._branch(top, root, (place, feature), None, None, least, budget)
        stepwise = self._descendants(top, root, least)
        last = len(self.levels) - 1
        direct = self._children(top, last, root, least) if last > top else stepwise
        union = np.union1d(stepwise, direct).size
        agree = np.intersect1d(stepwise, direct).size / union if last - top >= 2 and union else None
        return SplitTree(
            saes=tuple(level.sae for level in self.levels[top:]),
            least=least,
            root=branch,
            stepwise=int(stepwise.size),
            direct=int(direct.size),
            consistency=agree,
            cut=max(0, -budget[0]),
        )

    def _ancestor(self, place: int, feature: int, least: float) -> tuple[int, int]:
        while place > 0:
            ids, cosines = self.parents(place - 1, place)
            if ids[feature] < 0 or cosines[feature] < least:
                break
            place, feature = place - 1, int(ids[feature])
        return place, feature

    def _children(self, older: int, younger: int, feature: int, least: float) -> NDArray[np.int64]:
        """Ids of the younger level's features whose parent this is, the closest first."""
        ids, cosines = self.parents(older, younger)
        found = np.flatnonzero((ids == feature) & (cosines >= least))
        return found[np.argsort(-cosines[found], kind="stable")]

    def _descendants(self, place: int, feature: int, least: float) -> NDArray[np.int64]:
        """Ids of the last level's features that descend from this one step by step."""
        found = np.array([feature], np.int64)
        for younger in range(place + 1, len(self.levels)):
            ids, cosines = self.parents(younger - 1, younger)
            found = np.flatnonzero(np.isin(ids, found) & (cosines >= least))
        return found

    def _branch(
        self,
        place: int,
        feature: int,
        chosen: tuple[int, int],
        cosine: float | None,
        inside: float | None,
        least: float,
        budget: list[int],
    ) -> Branch:
        level = self.levels[place]
        budget[0] -= 1
        rows = level.rows(feature)
        younger = place + 1
        children: list[Branch] = []
        descend = younger < len(self.levels)
        for child in self._children(place, younger, feature, least).tolist() if descend else ():
            if budget[0] <= 0:
                budget[0] -= 1
                continue
            theirs = self.levels[younger].rows(child)
            share = np.isin(theirs, rows).mean() if theirs.size else 0.0
            near = float(self.parents(place, younger)[1][child])
            children.append(self._branch(younger, child, chosen, near, float(share), least, budget))
        return Branch(
            sae=level.sae,
            feature=feature,
            text=level.text(feature),
            grade=level.grade(feature),
            documents=int(rows.size),
            cosine=cosine,
            inside=inside,
            chosen=chosen == (place, feature),
            alone=descend and not children,
            children=tuple(children),
        )


def _lines(branch: Branch, first: str, rest: str) -> Iterator[str]:
    near = "" if branch.cosine is None else f"  cosine {branch.cosine:.2f}, {branch.inside or 0:.0%} inside"
    mark = " ←" if branch.chosen else ""
    yield (
        f"{first}{branch.sae} #{branch.feature}  {branch.text} [{branch.grade}]"
        f"  {branch.documents:,} documents{near}{mark}"
    )
    for number, child in enumerate(branch.children):
        last = number == len(branch.children) - 1
        yield from _lines(child, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "))
