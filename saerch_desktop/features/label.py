"""A label is a claim about a feature: it carries its source, how well it was tested, and on how much."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from saerch_desktop.features.plain_text import Figure, Line, Paragraphs

Grade = Literal["A", "B", "C", "D", "E", "F", "?"]

GRADES: Final[tuple[Grade, ...]] = ("A", "B", "C", "D", "E", "F", "?")
_LEAST: Final[tuple[tuple[float, Grade], ...]] = (
    (0.95, "A"),
    (0.90, "B"),
    (0.80, "C"),
    (0.70, "D"),
    (0.60, "E"),
)
_CHANCE: Final = 0.5
_UNTESTED: Final = 0.75  # what an untested claim is taken for when claims compete
# Wording made for reading is worth this much of AUROC against a bare list of phrases.
_READS_BETTER: Final = 0.05


class Detection(BaseModel):
    """How well a label's text finds its feature's documents, measured on documents kept out of its making.

    auroc: the chance that a document with the feature is ranked above a hard negative (similar, but without
    it); low, high: its 95 % bootstrap interval. positives, negatives: how many of each were ranked.
    judge: what ranked them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    auroc: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    positives: int = Field(ge=0)
    negatives: int = Field(ge=0)
    judge: Line = ""


class Alternative(BaseModel):
    """Another text that the same source would give the feature."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Line
    auroc: Figure = None


class Label(BaseModel):
    """A feature's name as one source gives it.

    source: "phrases" (distinctive phrases of its strongest documents), "llm: MODEL", "imported: FILE",
    "carried: SAE", "human" or, for a name accepted as it was, "human: SOURCE". detection: its test, None
    while untested. pearson, f1: of a language model's predictions (paper section 4) for `tests` documents.
    examples: how many documents it was made from. made: ISO time. prompt: version of the prompts. reasoning:
    the source's own grounds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    feature: int = Field(ge=0)
    text: Line
    source: Line
    detection: Detection | None = None
    pearson: Figure = None
    f1: Figure = None
    tests: int = Field(default=0, ge=0)
    examples: int = Field(default=0, ge=0)
    alternatives: tuple[Alternative, ...] = ()
    reasoning: Paragraphs = ""
    made: Line = ""
    prompt: Line = ""

    @property
    def kind(self) -> str:
        """The source without what it names after the colon."""
        return self.source.partition(":")[0]

    @property
    def grade(self) -> Grade:
        return grade(self.detection)


def grade(detection: Detection | None) -> Grade:
    """A (AUROC ≥ .95), B (.90), C (.80), D (.70), E (.60), F; "?" while untested.

    F too where the interval reaches chance: such a label has not been shown to say anything.
    """
    if detection is None:
        return "?"
    if detection.low <= _CHANCE:
        return "F"
    return next((mark for least, mark in _LEAST if detection.auroc >= least), "F")


def preference(label: Label) -> tuple[bool, float]:
    """Orders the claims about one feature: human ones first, then by tested quality."""
    tested = label.detection.auroc if label.detection is not None else _UNTESTED
    worded = _READS_BETTER if label.kind in ("llm", "imported") else 0.0
    return label.kind == "human", tested + worded
