"""What features are called. A label is a claim: it carries its source, its score and its number of
examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError

LABELS_FILE: Final = "labels.json"
_LARGEST_FILE: Final = 1 << 30


class Label(BaseModel):
    """A feature's name. source: who says so ("phrases": distinctive phrases of its strongest documents).

    score: how well it predicts the feature on held-out documents, None while not measured. examples: the
    number of documents it was made from.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    feature: int = Field(ge=0)
    text: str
    source: str
    score: float | None = None
    examples: int = Field(default=0, ge=0)


class _LabelFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-labels"] = "saerch-labels"
    schema_version: int = 1
    features: int = Field(gt=0)
    labels: list[Label]


class Labels:
    """The labels of one SAE's features; features without one still have a text to show."""

    def __init__(self, features: int, labels: Iterable[Label], live: Iterable[bool] | None = None) -> None:
        """features: how many there are. live: which are active anywhere (default: all)."""
        self.features = features
        self._labels = {label.feature: label for label in labels if label.feature < features}
        self._dead = set() if live is None else {feature for feature, active in enumerate(live) if not active}
        self._order = sorted(self._labels)
        self._folded = [self._labels[feature].text.casefold() for feature in self._order]

    def __len__(self) -> int:
        return len(self._labels)

    def __iter__(self) -> Iterator[Label]:
        return (self._labels[feature] for feature in self._order)

    def get(self, feature: int) -> Label | None:
        return self._labels.get(feature)

    def text(self, feature: int) -> str:
        """Always something to show: the label, else "#12", else "#12 (never active)"."""
        label = self._labels.get(feature)
        if label is not None:
            return label.text
        return f"#{feature} (never active)" if feature in self._dead else f"#{feature}"

    def search(self, query: str, limit: int = 50) -> list[int]:
        """Features whose label holds all the words (anywhere, any case); "-word" excludes, "#12" is the
        feature's id.

        Labels that begin with the query come first, then those where every word begins a word, then the rest,
        each by id. An empty query finds the first `limit` labelled features.
        """
        words = query.casefold().split()
        ids = [word[1:] for word in words if word.startswith("#")]
        if ids:
            return self._by_id(ids[-1], limit)
        without = [word[1:] for word in words if word.startswith("-") and len(word) > 1]
        wanted = [word for word in words if not word.startswith("-")]
        folded = self._folded
        places: Iterable[int] = range(len(folded))
        for word in sorted(wanted, key=len, reverse=True):
            places = [i for i in places if word in folded[i]]
        for word in without:
            places = [i for i in places if word not in folded[i]]
        places = list(places)
        if wanted:
            whole = " ".join(wanted)
            places.sort(key=lambda i: (_distance(folded[i], whole, wanted), i))
        return [self._order[i] for i in places[:limit]]

    def save(self, folder: Path) -> None:
        labels = [self._labels[feature] for feature in self._order]
        content = _LabelFile(features=self.features, labels=labels)
        files.write_bytes(folder / LABELS_FILE, (content.model_dump_json() + "\n").encode())

    @classmethod
    def load(cls, folder: Path, features: int, live: Iterable[bool] | None = None) -> Labels:
        """UserError when the file is absent, damaged, or of another SAE."""
        path = folder / LABELS_FILE
        try:
            if path.stat().st_size > _LARGEST_FILE:
                raise ValueError("far too large")
            content = _LabelFile.model_validate_json(path.read_bytes())
            if content.features != features:
                raise ValueError("labels of another model")
        except (OSError, ValidationError, ValueError) as error:
            raise UserError(
                f"The feature labels of “{folder.name}” cannot be read.",
                "Search and steering work; features show their numbers only.",
                "Run check with repair, or build the features again.",
            ) from error
        return cls(features, content.labels, live)

    def _by_id(self, digits: str, limit: int) -> list[int]:
        if not digits.isdecimal():
            return []
        exact = int(digits)
        longer = [f for f in self._order if f != exact and str(f).startswith(digits)]
        return ([exact] if exact < self.features else []) + longer[: max(0, limit - 1)]


def _distance(text: str, whole: str, words: list[str]) -> int:
    """0 for labels that begin with the query, 1 where each word begins a word, 2 otherwise."""
    if text.startswith(whole):
        return 0
    padded = " " + text
    return 1 if all(" " + word in padded for word in words) else 2
