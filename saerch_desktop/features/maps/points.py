"""A map: one point in the plane for each document or feature, and how it came to be there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from saerch_desktop.features.plain_text import Line

Of = Literal["documents", "features"]
MapMethod = Literal["pca", "umap"]

KINDS: Final[tuple[Of, ...]] = ("documents", "features")
MAP_METHODS: Final[tuple[MapMethod, ...]] = ("pca", "umap")
SEEDS: Final = 1 << 32  # seeds are below: UMAP takes no others
_MOST: Final = (1 << 31) - 1


class MapRecord(BaseModel):
    """How a map was made.

    source: hash of the vectors or weights it shows; it is stale once they have another. rows: how many
    documents or features there are, points: how many of them are on the map. neighbours: UMAP's, 0 of PCA.
    explained: PCA's share of the variance along each axis. made: ISO time; seconds: what it took. sha256: of
    the file of coordinates.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-map"] = "saerch-map"
    schema_version: int = 1
    of: Of
    method: MapMethod
    source: Line = Field(max_length=128)
    rows: int = Field(ge=0)
    points: int = Field(ge=0, le=_MOST)
    seed: int = Field(default=0, ge=0, lt=SEEDS)
    neighbours: int = Field(default=0, ge=0, le=_MOST)
    explained: tuple[Annotated[float, Field(ge=0, le=1.001)], ...] = Field(default=(), max_length=2)
    made: Line = Field(default="", max_length=64)
    seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    sha256: Line = Field(default="", max_length=64)


@dataclass(frozen=True, slots=True, eq=False)
class MapPoints:
    """xy (N, 2) float32: where each document or feature is, NaN for one that has no place (no vector; never
    active). record: how it was made.
    """

    xy: NDArray[np.float32]
    record: MapRecord

    @property
    def placed(self) -> NDArray[np.int64]:
        """Rows that have a place, ascending."""
        return np.flatnonzero(np.isfinite(self.xy[:, 0]))
