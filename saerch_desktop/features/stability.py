"""Whether a feature is found again in the library's other SAEs, by the direction of its decoder row."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.labels import Labels
from saerch_desktop.features.statistics import FeatureStatistics
from saerch_desktop.sae.details import SaeDetails
from saerch_desktop.sae.tensors import mapped_tensor
from saerch_desktop.sae.weights import DECODER, WEIGHTS_FILE, Sae, load_details

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library

STABLE: Final = 0.7  # a decoder cosine from which on a feature counts as found again
_NO_DIFFERENCE: Final = ("seed", "device", "precision")


@dataclass(frozen=True, slots=True)
class AlsoIn:
    """The feature of another SAE (of `features` and `k`) that is nearest by decoder cosine, and its label.

    same_configuration: the SAE was trained as this one was, but from another seed.
    """

    sae: str
    features: int
    k: int
    feature: int
    text: str
    cosine: float
    same_configuration: bool


@dataclass(frozen=True, slots=True)
class Stability:
    """What the other SAEs have that is nearest to one feature: in training order, those of the same
    configuration first. unusable: names of SAEs that could not be looked into.
    """

    seeds: tuple[AlsoIn, ...]
    others: tuple[AlsoIn, ...]
    unusable: tuple[str, ...] = ()

    @property
    def seed_stability(self) -> float | None:
        """Mean cosine over the SAEs of the same configuration and another seed; None without one."""
        if not self.seeds:
            return None
        return float(np.mean([found.cosine for found in self.seeds]))


@dataclass(frozen=True, slots=True, eq=False)
class _Sibling:
    """decoder (n, d) float32, a memory map; live (n,) bool."""

    details: SaeDetails
    decoder: NDArray[np.float32]
    live: NDArray[np.bool_]
    labels: Labels


class Siblings:
    """The other SAEs of one SAE's library. Each is opened when first asked for and kept; its directions are
    memory-mapped, so that only what is being read is in memory. Safe to use from several threads.
    """

    def __init__(self, library: Library, sae: Sae) -> None:
        self._library = library
        self._sae = sae
        self._lock = threading.Lock()
        self._opened: dict[str, _Sibling | None] = {}

    def names(self) -> list[str]:
        """The other SAEs, in the order of their training."""
        return [name for name in self._library.sae_names() if name != self._sae.name]

    def of(self, feature: int) -> Stability:
        """The nearest feature in each of the others, among those active anywhere.

        An SAE that is damaged or of other dimensions is named as unusable. UserError when there is no such
        feature.
        """
        if not 0 <= feature < self._sae.config.features:
            raise UserError(
                f"There is no feature {feature}.",
                "Nothing was changed.",
                f"Choose a feature from 0 to {self._sae.config.features - 1}.",
            )
        direction = self._sae.decoder[feature]
        seeds: list[AlsoIn] = []
        others: list[AlsoIn] = []
        unusable: list[str] = []
        for name in self.names():
            sibling = self._open(name)
            found = None if sibling is None else _nearest(name, sibling, direction, self._sae.details)
            if found is None:
                unusable.append(name)
            else:
                (seeds if found.same_configuration else others).append(found)
        return Stability(tuple(seeds), tuple(others), tuple(unusable))

    def _open(self, name: str) -> _Sibling | None:
        with self._lock:
            if name not in self._opened:
                try:
                    self._opened[name] = self._read(name)
                except UserError:
                    self._opened[name] = None
            return self._opened[name]

    def _read(self, name: str) -> _Sibling | None:
        folder = self._library.sae_folder(name)
        details = load_details(folder)
        if details.sae.dim != self._sae.config.dim:
            return None
        decoder = mapped_tensor(folder / WEIGHTS_FILE, DECODER, (details.sae.features, details.sae.dim))
        live = FeatureStatistics.load(folder).live
        if live.size != details.sae.features:
            return None
        return _Sibling(details, decoder, live, Labels.load(folder, live.size, live.tolist()))


def same_but_for_seed(one: SaeDetails, other: SaeDetails) -> bool:
    """Whether both were trained alike from different seeds."""
    if one.train is None or other.train is None or one.train.seed == other.train.seed:
        return False
    return _compared(one) == _compared(other)


def _compared(details: SaeDetails) -> dict[str, Any]:
    return details.train.model_dump(exclude=set(_NO_DIFFERENCE)) if details.train is not None else {}


def _nearest(name: str, sibling: _Sibling, direction: NDArray[np.float32], own: SaeDetails) -> AlsoIn | None:
    candidates = np.flatnonzero(sibling.live)
    if candidates.size == 0:
        return None
    cosines = np.asarray(sibling.decoder @ direction)
    best = int(candidates[np.argmax(cosines[candidates])])
    if not np.isfinite(cosines).all():
        return None
    sae = sibling.details.sae
    return AlsoIn(
        sae=name,
        features=sae.features,
        k=sae.k,
        feature=best,
        text=sibling.labels.text(best),
        cosine=float(np.clip(cosines[best], -1, 1)),
        same_configuration=same_but_for_seed(own, sibling.details),
    )
