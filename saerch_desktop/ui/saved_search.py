"""A search as it is kept on disk: what was asked, what it was kept to, and where the sliders stood."""

from __future__ import annotations

import base64
import contextlib
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from saerch_desktop.errors import UserError
from saerch_desktop.search.blends import MOST_FEATURES, Blend, BlendEdit, tidy_blends
from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.mix import Mix, Slider
from saerch_desktop.search.steering import Edit
from saerch_desktop.search.where_syntax import LONGEST
from saerch_desktop.ui.asking import Asked

_MOST_BLENDS = 200
_MOST_CHIPS = 200
_LONGEST_NAME = 2000
_LONGEST_DIRECTION = 1 << 18
_LARGEST = 1e6  # of a change, as in steering

Kind = Literal["meaning", "words", "both"]
_Slider = Annotated[int | str, Field(union_mode="left_to_right")]


class SavedQuery(BaseModel):
    """The query with its vector, so that showing it again embeds nothing and sends nothing anywhere."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    text: str
    vector: str = ""  # base64 of float32, little-endian
    vectors_fingerprint: str = ""  # of the library's vectors it was made for

    @classmethod
    def of(cls, text: str, vector: NDArray[np.float32] | None, fingerprint: str) -> SavedQuery:
        data = b"" if vector is None else np.ascontiguousarray(vector, "<f4").tobytes()
        return cls(text=text, vector=base64.b64encode(data).decode(), vectors_fingerprint=fingerprint)

    def array(self) -> NDArray[np.float32] | None:
        """(d,) float32, or None when there is none or it is damaged."""
        try:
            data = base64.b64decode(self.vector, validate=True)
        except ValueError:
            return None
        if not data or len(data) % 4:
            return None
        vector = np.frombuffer(data, "<f4").astype(np.float32)
        return vector if np.isfinite(vector).all() else None


class SavedBlend(BaseModel):
    """A slider of a family or of a plain direction: what it moves, and how far it was moved."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    key: str = Field(max_length=_LONGEST_NAME)
    name: str = Field(max_length=_LONGEST_NAME)
    features: tuple[int, ...] = Field(max_length=MOST_FEATURES)
    weights: tuple[float, ...] = Field(max_length=MOST_FEATURES)
    amount: float
    direction: str = Field("", max_length=_LONGEST_DIRECTION)  # base64 of float32, little-endian

    @classmethod
    def of(cls, edit: BlendEdit) -> SavedBlend:
        blend = edit.blend
        return cls(
            key=blend.key,
            name=blend.name[:_LONGEST_NAME],
            features=blend.features,
            weights=blend.weights,
            amount=edit.amount,
            direction=base64.b64encode(blend.direction).decode(),
        )

    def edit(self) -> BlendEdit:
        direction = b""
        with contextlib.suppress(ValueError):
            direction = base64.b64decode(self.direction, validate=True)
        return BlendEdit(Blend(self.key, self.name, self.features, self.weights, direction), self.amount)


class SavedChip(BaseModel):
    """One condition of the filters."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    text: str = Field(max_length=LONGEST)
    on: bool = True
    out: bool = False


class SavedSearch(BaseModel):
    """All that is needed to show a search again. Unknown fields are ignored.

    words: what is looked for in the texts; made: ISO time of its last use, "" unknown; share: of the words,
    where both words and meaning are searched by.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    query: SavedQuery | None = None
    words: str = ""
    made: str = Field("", max_length=64)
    kind: Kind = "meaning"
    share: float = Field(0.5, ge=0, le=1)
    filters: tuple[SavedChip, ...] = Field((), max_length=_MOST_CHIPS)
    either: bool = False
    weights: str = ""  # hash of the SAE's, whose features the sliders move
    edits: tuple[tuple[int, float], ...] = ()
    blends: tuple[SavedBlend, ...] = Field((), max_length=_MOST_BLENDS)
    muted: tuple[_Slider, ...] = ()
    soloed: tuple[_Slider, ...] = ()
    locked: tuple[_Slider, ...] = ()
    budget: float | None = Field(None, ge=0, le=1)
    mode: Literal["residual", "paper"] = "residual"

    @classmethod
    def of(cls, asked: Asked, fingerprint: str, weights: str, made: str = "") -> SavedSearch:
        """fingerprint: of the vectors that the query's is one of; weights: as of the class."""
        mix = asked.mix
        return cls(
            query=SavedQuery.of(asked.text, asked.vector, fingerprint),
            words=asked.words,
            made=made,
            kind=_kind(asked.kind),
            share=asked.weight,
            filters=tuple(
                SavedChip(text=c.text, on=c.on, out=c.out) for c in asked.filters.chips[:_MOST_CHIPS]
            ),
            either=asked.filters.either,
            weights=weights,
            edits=tuple((edit.feature, edit.delta) for edit in mix.edits),
            blends=tuple(SavedBlend.of(edit) for edit in mix.blends[:_MOST_BLENDS]),
            muted=_ordered(mix.muted),
            soloed=_ordered(mix.soloed),
            locked=_ordered(mix.locked),
            budget=mix.budget,
            mode="paper" if asked.mode == "paper" else "residual",
        )

    def asked(self, features: int, dim: int) -> Asked:
        """As the search desk asks it, as far as it makes sense for so many features and dimensions."""
        query = self.query or SavedQuery(text="")
        vector = query.array()
        return Asked(
            query.text,
            self.words,
            vector if vector is not None and vector.size == dim else None,
            self.mix(features, dim),
            self.kept_to(),
            self.kind,
            self.share,
            self.mode,
        )

    def mix(self, features: int, dim: int = 0) -> Mix:
        """Where the sliders stood, as far as that makes sense for so many features.

        dim: of the vectors, 0 unknown; a direction of other vectors is left out.
        """
        edits = tuple(
            Edit(f, delta) for f, delta in self.edits if 0 <= f < features and abs(delta) <= _LARGEST
        )
        blends: dict[str, BlendEdit] = {}
        for saved in self.blends:
            edit = saved.edit()
            with contextlib.suppress(UserError, ValueError):
                tidy_blends([edit], features)
                if not dim or not edit.blend.direction or edit.blend.array().size == dim:
                    blends.setdefault(saved.key, edit)

        def known(sliders: tuple[Slider, ...]) -> frozenset[Slider]:
            return frozenset(s for s in sliders if (s in blends if isinstance(s, str) else 0 <= s < features))

        return Mix(
            edits,
            tuple(blends.values()),
            known(self.muted),
            known(self.soloed),
            known(self.locked),
            self.budget,
        )

    def kept_to(self) -> Filters:
        """The filters that it had."""
        return Filters(tuple(Chip(c.text, c.on, c.out) for c in self.filters), self.either)


def _ordered(sliders: frozenset[Slider]) -> tuple[Slider, ...]:
    numbers = sorted(slider for slider in sliders if isinstance(slider, int))
    return (*numbers, *sorted(slider for slider in sliders if isinstance(slider, str)))


def _kind(name: str) -> Kind:
    return "words" if name == "words" else "both" if name == "both" else "meaning"
