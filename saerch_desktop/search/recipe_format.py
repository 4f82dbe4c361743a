"""A recipe: what a mixer says, under a name, as a small file that makes sense in other libraries and SAEs."""

from __future__ import annotations

import base64
import unicodedata
from typing import Annotated, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from saerch_desktop.features.plain_text import Line, Paragraphs
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.search.blends import MOST_FEATURES, Blend, BlendEdit
from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.where_syntax import LONGEST

SCHEMA: Final = 1
LONGEST_NAME: Final = 120
LONGEST_LABEL: Final = 2000
_MOST_SLIDERS: Final = 2000
_MOST_FAMILIES: Final = 200
_MOST_CHIPS: Final = 200
_LONGEST_DIRECTION: Final = 1 << 18  # characters of base64; 49,152 dimensions in single precision
_LARGEST: Final = 1e6

_Amount = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST, allow_inf_nan=False)]
_Direction = Annotated[str, Field(max_length=_LONGEST_DIRECTION)]


def _some_text(text: str) -> str:
    # Signs that nobody sees, such as spaces of no width, are no name to choose from a list.
    if all(unicodedata.category(letter)[0] in "CMZ" for letter in text):
        raise ValueError("a name has at least one letter")
    return text.strip()


_Label = Annotated[Line, Field(max_length=LONGEST_LABEL)]
RecipeName = Annotated[Line, AfterValidator(_some_text), Field(max_length=LONGEST_NAME)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RecipeSlider(_Frozen):
    """One feature. change: added to its activation; direction: its decoder row, by which it is found again in
    another SAE (base64 of little-endian float16, "" when unknown).
    """

    feature: int = Field(ge=0, lt=1 << 31)
    label: _Label = ""
    change: _Amount = 0.0
    muted: bool = False
    alone: bool = False
    direction: _Direction = ""


class RecipeFamily(_Frozen):
    """One slider of several features, or of a plain direction.

    amount: how far it was moved. features, weights: what it moves, as in `Blend`; own: a direction of its own
    (base64 of float32). direction: where amount 1 leads altogether (base64 of float16, not of unit length).
    """

    key: _Label
    name: _Label = ""
    amount: _Amount = 0.0
    muted: bool = False
    alone: bool = False
    features: tuple[int, ...] = Field((), max_length=MOST_FEATURES)
    weights: tuple[_Amount, ...] = Field((), max_length=MOST_FEATURES)
    own: _Direction = ""
    direction: _Direction = ""

    def edit(self) -> BlendEdit:
        own = unpacked(self.own, "<f4")
        data = b"" if own is None else own.astype("<f4").tobytes()
        return BlendEdit(Blend(self.key, self.name, self.features, self.weights, data), self.amount)


class RecipeChip(_Frozen):
    """One condition of a filter, as `search.filters.Chip`."""

    text: str = Field(max_length=LONGEST)
    on: bool = True
    out: bool = False


class RecipeSource(_Frozen):
    """The SAE whose features the recipe names. sha256: of its weights; embedder: what made the vectors that
    it was trained on, a folder without the path to it.
    """

    library: Line = ""
    sae: Line = ""
    sha256: Line = ""
    features: int = Field(0, ge=0)
    dim: int = Field(0, ge=0)
    embedder: EmbedderIdentity | None = None


class Recipe(_Frozen):
    """What a mixer says, and what is needed to say the same with another SAE.

    made: ISO time. budget: the least cosine to the query, None for no limit. either: one of the filters is
    enough. Locked sliders are the analyst's own affair and in no recipe.
    """

    format: Literal["saerch-recipe"] = "saerch-recipe"
    schema_version: int = SCHEMA
    name: RecipeName
    note: Annotated[Paragraphs, Field(max_length=20_000)] = ""
    made: Line = ""
    source: RecipeSource = RecipeSource()
    mode: Literal["residual", "paper"] = "residual"
    budget: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    sliders: tuple[RecipeSlider, ...] = Field((), max_length=_MOST_SLIDERS)
    families: tuple[RecipeFamily, ...] = Field((), max_length=_MOST_FAMILIES)
    filters: tuple[RecipeChip, ...] = Field((), max_length=_MOST_CHIPS)
    either: bool = False

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({slider.feature for slider in self.sliders}) < len(self.sliders):
            raise ValueError("a feature is named twice")
        if len({family.key for family in self.families}) < len(self.families):
            raise ValueError("a family is named twice")
        return self

    @property
    def empty(self) -> bool:
        """Whether applying it would change nothing."""
        return not (self.sliders or self.families or self.filters or self.budget is not None)

    def kept_filters(self) -> Filters:
        return Filters(tuple(Chip(chip.text, chip.on, chip.out) for chip in self.filters), self.either)


def chips_of(filters: Filters) -> tuple[RecipeChip, ...]:
    return tuple(RecipeChip(text=chip.text, on=chip.on, out=chip.out) for chip in filters.chips)


def packed(vector: NDArray[np.floating], dtype: str = "<f2") -> str:
    """base64 of (d,). As float16 a unit vector's cosine to itself stays above 0.99999."""
    most = float(np.finfo(dtype).max)
    return base64.b64encode(np.clip(vector, -most, most).astype(dtype).tobytes()).decode()


def unpacked(text: str, dtype: str = "<f2") -> NDArray[np.float32] | None:
    """(d,) float32 of what `packed` wrote; None when there is nothing usable in it."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    if not data or len(data) % np.dtype(dtype).itemsize:
        return None
    vector = np.frombuffer(data, dtype).astype(np.float32)
    return vector if np.isfinite(vector).all() and vector.any() else None
