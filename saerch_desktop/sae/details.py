"""What `sae.json` says about one trained autoencoder. Loads no torch."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from saerch_desktop.sae.config import SaeConfig, TrainConfig

SAE_FORMAT_VERSION: Final = 1


class Metrics(BaseModel):
    """How well an autoencoder rebuilds vectors that it has not been trained on.

    fvu: squared error over held-out rows as a share of their squared distance to the training mean (0 is
    perfect). l0: mean number of active features per held-out document. cosine: mean cosine between a held-out
    vector and its reconstruction. dead_fraction: share of features that fire for no document of the whole
    corpus; rare_fraction: for fewer than ten. levels: fvu at each level of a matryoshka or hierarchical
    autoencoder, smallest first. cosine_encoder_decoder and overlap: as in `record.EpochRecord`. With no
    held-out rows (heldout_fraction 0) the figures are of the training rows and `n_heldout` is 0. Figures that
    older versions did not measure are None.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    fvu: float
    l0: float
    dead_fraction: float
    n_train: int
    n_heldout: int
    cosine: float
    rare_fraction: float | None = None
    cosine_encoder_decoder: float | None = None
    overlap: float | None = None
    levels: tuple[float, ...] = ()


class ImportedFrom(BaseModel):
    """Where weights come from that were trained elsewhere: the format and file, and the file's hash.

    unexplained: squared error over a sample of the library's vectors as a share of their squared distance to
    the sample's mean. notes: sentences about what the file had and the autoencoder here has not.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: str
    file: str
    sha256: str
    unexplained: float | None = None
    notes: tuple[str, ...] = ()


class SaeDetails(BaseModel):
    """The content of `sae.json`: where the weights beside it come from and how good they are."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-sae"] = "saerch-sae"
    version: int = Field(default=SAE_FORMAT_VERSION, ge=1)
    name: str
    created: str  # ISO 8601, UTC
    sae: SaeConfig
    sha256: str  # of sae.safetensors
    train: TrainConfig | None = None  # None for weights trained elsewhere
    imported_from: ImportedFrom | None = None
    metrics: Metrics | None = None
    documents_per_second: float | None = None
    seconds: float | None = None
    versions: dict[str, str] = Field(default_factory=dict)
