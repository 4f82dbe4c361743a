"""What features are called. A label is a claim: it carries its source, its score and its number of
examples.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
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
        # A space before, so that every word begins after one.
        self._folded = [" " + self._labels[feature].text.casefold() for feature in self._order]

    def __len__(self) -> int:
        return len(self._labels)

    def __iter__(self) -> Iterator[Label]:
        return (self._labels[feature] for feature in self._order)

    def get(self, feature: int) -> Label | None:
        return self._labels.get(feature)

    def text(self, feature: int) -> str:
        """Always something to show: the label, else "#12", else "#12 (in no document)"."""
        label = self._labels.get(feature)
        if label is not None:
            return label.text
        return f"#{feature} (in no document)" if feature in self._dead else f"#{feature}"

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
        places: list[int] = list(range(len(folded)))
        for word in sorted(wanted, key=len, reverse=True):
            places = [i for i in places if word in folded[i]]
        for word in without:
            places = [i for i in places if word not in folded[i]]
        return [self._order[i] for i in islice(self._by_closeness(places, wanted), limit)]

    def _by_closeness(self, places: list[int], words: list[str]) -> Iterator[int]:
        """The same places, the closest first; only as many are looked at as are asked for."""
        folded, given = self._folded, set[int]()
        begin = " " + " ".join(words)
        starts = [" " + word for word in words]
        if words:
            for i in places:
                if folded[i].startswith(begin):
                    given.add(i)
                    yield i
            for i in places:
                if i not in given and all(start in folded[i] for start in starts):
                    given.add(i)
                    yield i
        yield from (i for i in places if i not in given)

    def save(self, folder: Path) -> None:
        labels = [self._labels[feature] for feature in self._order]
        content = _LabelFile(features=self.features, labels=labels)
        files.write_bytes(folder / LABELS_FILE, (content.model_dump_json() + "\n").encode())

    @classmethod
    def load(cls, folder: Path, features: int, live: Iterable[bool] | None = None) -> Labels:
        """UserError when the file is absent, damaged, or of another SAE."""
        path = folder / LABELS_FILE
        try:
            content = _LabelFile.model_validate_json(files.read_small(path, _LARGEST_FILE))
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
        """The feature of this id, then labelled ones whose ids begin so."""
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > 18:
            return []
        exact = int(digits)
        found = [exact] if exact < self.features else []
        low, high = exact * 10, exact * 10 + 10
        while exact and low < self.features and len(found) < limit:
            found += self._order[bisect_left(self._order, low) : bisect_left(self._order, high)]
            low, high = low * 10, high * 10
        return found[:limit]
