"""What a family is: features that fire together, perhaps under one that is more general than the others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from saerch_desktop.features.label import Detection, Grade, grade
from saerch_desktop.features.plain_text import Figure, Finite, Line, Paragraphs

Method = Literal["default", "paper", "imported", "own"]

METHODS: Final[tuple[Method, ...]] = ("default", "paper", "imported", "own")
SEEDS: Final = 1 << 32  # seeds are below: each is multiplied and added to
_LONGEST: Final = 1_000
_MOST: Final = (1 << 31) - 1

Name = Annotated[Line, AfterValidator(lambda text: text[:_LONGEST])]  # a screen full of it is no name
Key = Annotated[Line, Field(max_length=_LONGEST)]


class FamilyName(BaseModel):
    """A family's name as one source gives it; fields as of `features.label.Label`.

    source: "members" (made from its features' names and documents), "llm: MODEL", "imported: FILE", "human".
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Name
    source: Name
    detection: Detection | None = None
    pearson: Figure = None
    f1: Figure = None
    tests: int = Field(default=0, ge=0)
    alternatives: tuple[Name, ...] = ()
    reasoning: Paragraphs = ""
    made: Name = ""

    @property
    def grade(self) -> Grade:
        return grade(self.detection)


class Figures(BaseModel):
    """What is measured of a family. None where there is nothing to measure.

    density: share of documents in which any member is active. r: mean overlap of the root with its children
    over the mean overlap among the children (paper section 6.2), overlap being C_ij / min(f_i, f_j); with the
    children's diagonal of ones left out. r_paper: the same with the diagonal counted in, as the paper's code
    does. inside: mean overlap of two members; block_ratio: that over the mean overlap of a member with a
    feature outside. stability: mean share (Jaccard) of its members that it keeps when it is built anew from
    resampled documents.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    density: Figure = None
    r: Finite = None
    r_paper: Finite = None
    inside: Figure = None
    block_ratio: Finite = None
    stability: Figure = None


class Family(BaseModel):
    """key: its identity, from its method and members when it was built. members: two or more features, the
    root first if there is one, then by how strongly they belong. root: the most general member, None without
    one. parents: keys of the families it is a part of. level: 0 for the broadest (of the paper's method: the
    pass that found it).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: Key
    members: tuple[int, ...] = Field(min_length=1)
    root: int | None = None
    parents: tuple[Key, ...] = ()
    level: int = Field(default=0, ge=0, le=_MOST)
    name: FamilyName | None = None
    figures: Figures = Figures()

    @property
    def children(self) -> tuple[int, ...]:
        """The members without the root."""
        return tuple(member for member in self.members if member != self.root)


class Link(BaseModel):
    """One feature is more general than another. A child may have several parents; there are no circles.

    containment: P(parent active | child active). gain: by how much the parent's part of the code lowers the
    squared error of rebuilding the child's documents, as a share of it; None where that was not asked.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    parent: int = Field(ge=0)
    child: int = Field(ge=0)
    containment: float = Field(ge=0, le=1)
    gain: Figure = None


class Families(BaseModel):
    """All families that one method found among the features of one SAE.

    sae_sha256: of the weights they were found in. options: the method's, by name. live: features that are
    active anywhere. made: ISO time; seconds: what it took.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-families"] = "saerch-families"
    schema_version: int = 1
    method: Method
    sae_sha256: Name = ""
    seed: int = Field(default=0, ge=0, lt=SEEDS)
    options: dict[str, float | int | str | bool] = Field(default_factory=dict)
    live: int = Field(default=0, ge=0, le=_MOST)
    made: Name = ""
    seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    families: tuple[Family, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def covered(self) -> frozenset[int]:
        """Features in at least one family."""
        return frozenset(member for family in self.families for member in family.members)


def key_of(method: Method, members: Iterable[int]) -> str:
    """The identity of a family with these members: the same ones give the same key on any computer."""
    text = f"{method}:{','.join(map(str, sorted(set(members))))}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]
