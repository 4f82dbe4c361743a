"""What an autoencoder is and how it is trained: frozen descriptions. Loads neither torch nor numpy."""

from __future__ import annotations

from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Preset = Literal["balanced", "broad", "fine", "paper16", "paper32", "paper64"]
Variant = Literal["topk", "batchtopk", "matryoshka", "hierarchical"]
Precision = Literal["auto", "float32", "bfloat16"]
PreBias = Literal["mean", "geometric_median", "coordinate_median"]
DecoderStart = Literal["random", "documents"]
EncoderScale = Literal["tied", "fitted"]
Schedule = Literal["constant", "linear", "cosine"]
Keep = Literal["last", "best"]
Device = Literal["auto", "cpu", "cuda"]

PRESETS: Final[tuple[str, ...]] = get_args(Preset)
VARIANTS: Final[tuple[str, ...]] = get_args(Variant)
MINIMUM_DOCUMENTS: Final = 10


class SaeConfig(BaseModel):
    """The shape of one sparse autoencoder: `dim` inputs, `features` latents, `k` of them active.

    variant says which are active and what the reconstruction is made of:
    topk: the k strongest of each document (paper section 2.1).
    batchtopk: those above a learnt threshold, k on average over documents (Bussmann et al. 2024).
    matryoshka: the k strongest, and the features below each prefix size in `levels` rebuild the vector too
    (Bussmann et al. 2025).
    hierarchical: the k strongest, and the strongest l of them rebuild it too for each l in `levels`
    (Balagansky et al. 2025), so that any smaller k may be used afterwards.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    dim: int = Field(ge=1, le=65_536)
    features: int = Field(ge=1, le=2**24)
    k: int = Field(ge=1)
    variant: Variant = "topk"
    levels: tuple[int, ...] = ()  # ascending; the last is `features` (matryoshka) or `k` (hierarchical)
    at_most: int | None = Field(default=None, ge=1)  # batchtopk: most active features kept of a document

    @property
    def width(self) -> int:
        """Columns of the codes on disk: the most features that one document can have active."""
        if self.variant != "batchtopk":
            return self.k
        return min(self.features, self.at_most or 4 * self.k)

    @model_validator(mode="after")
    def _fits(self) -> SaeConfig:
        if self.k > self.features:
            raise ValueError(f"k ({self.k}) is larger than the number of features ({self.features})")
        last = {"matryoshka": self.features, "hierarchical": self.k}.get(self.variant)
        if last is None:
            if self.levels:
                raise ValueError(f"the variant {self.variant} has no levels")
        elif not self.levels or self.levels[-1] != last or self.levels[0] < 1:
            raise ValueError(f"the levels of the variant {self.variant} must end with {last}")
        elif any(low >= high for low, high in zip(self.levels, self.levels[1:], strict=False)):
            raise ValueError("levels must ascend")
        return self


class TrainConfig(BaseModel):
    """Everything that decides the trained weights, except the vectors and the machine."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sae: SaeConfig
    preset: Preset = "balanced"
    epochs: int = Field(ge=1, le=100_000)
    batch_size: int = Field(ge=1, le=1 << 20)
    learning_rate: float = Field(gt=0, le=1, allow_inf_nan=False)
    schedule: Schedule = "cosine"
    warmup_fraction: float = Field(default=0.05, ge=0, lt=1)  # share of all steps with a rising learning rate
    aux_k: int = Field(ge=0)  # dead latents that may explain the residual, per document; 0 switches AuxK off
    aux_coefficient: float = Field(default=1 / 32, ge=0, allow_inf_nan=False)
    aux_rectified: bool = False  # as in the paper: latents below zero explain nothing
    dead_after: int = Field(ge=1)  # documents seen since a latent last fired before it counts as dead
    beta1: float = Field(default=0.9, ge=0, lt=1)  # Adam's memory of slopes and of their squares
    beta2: float = Field(default=0.999, ge=0, lt=1)
    decoder_rate: float = Field(default=1.0, gt=0, le=100, allow_inf_nan=False)  # times the learning rate
    bias_rate: float = Field(default=1.0, gt=0, le=100, allow_inf_nan=False)  # the same for both biases
    # A step at rate r takes r times this off the part of each encoder row that is across its decoder row.
    alignment: float = Field(default=0.0, ge=0, le=1000, allow_inf_nan=False)
    grad_clip: float | None = Field(default=1.0, gt=0, allow_inf_nan=False)  # global norm; None: no limit
    pre_bias: PreBias = "geometric_median"
    decoder_start: DecoderStart = "random"
    encoder_scale: EncoderScale = "tied"
    heldout_fraction: float = Field(default=0.05, ge=0, le=0.5)
    keep: Keep = "last"  # or the weights after the pass with the least error on held-out documents
    seed: int = Field(default=0, ge=0, lt=2**63)
    device: Device = "auto"
    precision: Precision = "auto"  # of the encoder's product; auto: bfloat16 where the device is fast at it
