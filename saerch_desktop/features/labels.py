"""What features are called: of all claims about a feature the one to show, and finding features by name."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.imported import imported_labels
from saerch_desktop.features.label import Label, preference
from saerch_desktop.features.label_search import NOWHERE, LabelIndex
from saerch_desktop.features.marks import Mark, load_marks
from saerch_desktop.features.versions import require_known

LABELS_FILE: Final = "labels.json"
LLM_FILE: Final = "labels_llm.json"
CARRIED_FILE: Final = "labels_carried.json"
BROUGHT_FILE: Final = "labels_brought.json"  # of files of names that were brought in
_LARGEST_FILE: Final = 1 << 30
_SCHEMA: Final = 2
_LONGEST_NAME: Final = 1_000
_LONGEST_REASONING: Final = 20_000
_MOST_ALTERNATIVES: Final = 100


class _LabelFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-labels"] = "saerch-labels"
    schema_version: int = _SCHEMA
    features: int = Field(gt=0)
    labels: list[Label]


class Labels:
    """The labels of one SAE's features; features without one still have a text to show.

    Several sources may name the same feature; the analyst's own name wins, then the claim that was tested
    best, those the analyst turned down left out. `change` is for one thread (the window's); reading is safe
    from any.
    """

    def __init__(
        self,
        features: int,
        labels: Iterable[Label],
        live: Iterable[bool] | None = None,
        marks: Mapping[int, Mark] | None = None,
    ) -> None:
        """features: how many there are. labels: of any sources. live: which are active anywhere (all)."""
        self.features = features
        self._claims: dict[int, list[Label]] = {}
        for label in labels:
            if label.feature < features and label.text:
                self._claims.setdefault(label.feature, []).append(label)
        self._dead = set() if live is None else {feature for feature, active in enumerate(live) if not active}
        self._marks = dict(marks or {})
        self._labels: dict[int, Label] = {}
        self.version = 0  # grows with every change
        for feature in self._claims.keys() | self._marks.keys():
            self._choose(feature)
        self._index: LabelIndex | None = None
        self._indexing = threading.Lock()

    def __len__(self) -> int:
        return len(self._labels)

    def __iter__(self) -> Iterator[Label]:
        """The shown label of every labelled feature, by feature."""
        return (self._labels[feature] for feature in sorted(self._labels))

    def get(self, feature: int) -> Label | None:
        """The label to show; the analyst's own has the source "human", and who gave it first
        after a colon, where it was accepted as it was.
        """
        return self._labels.get(feature)

    def claims(self, feature: int) -> tuple[Label, ...]:
        """All that is said about a feature, the shown one first, those turned down left out."""
        return tuple(sorted(self._standing(feature), key=preference, reverse=True))

    def made(self, feature: int) -> tuple[Label, ...]:
        """What the machines said about a feature, in no order, those turned down too."""
        return tuple(self._claims.get(feature, ()))

    def mark(self, feature: int) -> Mark:
        """The analyst's decisions about a feature, an empty mark where there are none."""
        return self._marks.get(feature) or Mark(feature=feature)

    def marks(self) -> Mapping[int, Mark]:
        """All features with decisions."""
        return self._marks

    def change(self, marks: Iterable[Mark]) -> None:
        """Put decisions in place of the former ones about the same features; `save_marks` keeps them."""
        renamed: dict[int, str | None] = {}
        for mark in marks:
            former = self._labels.get(mark.feature)
            if mark.empty:
                self._marks.pop(mark.feature, None)
            else:
                self._marks[mark.feature] = mark
            self._choose(mark.feature)
            label = self._labels.get(mark.feature)
            if former is not label:
                renamed[mark.feature] = None if label is None else label.text
        with self._indexing:
            self.version += 1
            if self._index is not None and renamed:
                self._index = self._index.with_changes(renamed)

    @property
    def index(self) -> LabelIndex:
        """The labels shown now, ready to be searched; made when first asked for, which takes about half a
        second for 100,000.
        """
        while (index := self._index) is None:
            # Made without holding the lock, which would keep a change waiting.
            version, shown = self.version, list(self._labels.items())
            made = LabelIndex(self.features, ((feature, label.text) for feature, label in shown))
            with self._indexing:
                if self._index is None and self.version == version:
                    self._index = made
        return index

    def text(self, feature: int) -> str:
        """Always something to show: the label, else "#12", else "#12 (in no document)"."""
        label = self._labels.get(feature)
        if label is not None:
            return label.text
        return f"#{feature} (in no document)" if feature in self._dead else f"#{feature}"

    def _standing(self, feature: int) -> list[Label]:
        mark = self._marks.get(feature)
        claims = self._claims.get(feature, [])
        if mark is None:
            return list(claims)
        own = []
        if mark.text is not None:
            own = [
                Label(
                    feature=feature,
                    text=mark.text[:_LONGEST_NAME],
                    source=f"human: {mark.origin}" if mark.origin else "human",
                    detection=mark.detection,
                    reasoning=f"Accepted as it was given by: {mark.origin}" if mark.origin else "",
                    made=mark.changed,
                )
            ]
        return own + [claim for claim in claims if claim.text not in mark.rejected]

    def _choose(self, feature: int) -> None:
        standing = self._standing(feature)
        if standing:
            self._labels[feature] = max(standing, key=preference)
        else:
            self._labels.pop(feature, None)

    def search(self, query: str, limit: int = 50) -> list[int]:
        """Features whose label holds all the words (anywhere, any case); "-word" excludes, "#12" is the
        feature's id.

        Labels that begin with the query come first, then those where every word begins a word, then the rest,
        each by id. An empty query finds the first `limit` labelled features.
        """
        words = query.split()
        ids = [word[1:] for word in words if word.startswith("#")]
        if ids:
            return self._by_id(ids[-1], limit)
        without = [word[1:] for word in words if word.startswith("-") and len(word) > 1]
        wanted = [word for word in words if not word.startswith("-")]
        close = self.index.closeness(wanted, without)
        found: list[int] = []
        for value in range(NOWHERE):
            found += np.flatnonzero(close == value)[: limit - len(found)].tolist()
        return found

    @classmethod
    def load(cls, folder: Path, features: int, live: Iterable[bool] | None = None) -> Labels:
        """Everything said about the features of the SAE in `folder`, by any source and by the analyst.

        UserError when the offline labels are absent, or any of the files is damaged or of another SAE.
        """
        labels = load_labels(folder, features)
        labels += imported_labels(folder, features)
        for name in (LLM_FILE, CARRIED_FILE, BROUGHT_FILE):
            if (folder / name).is_file():
                labels += load_labels(folder, features, name)
        return cls(features, labels, live, load_marks(folder, features))

    def _by_id(self, digits: str, limit: int) -> list[int]:
        """The feature of this id, then labelled ones whose ids begin so."""
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > 18:
            return []
        exact = int(digits)
        labelled = self.index.labelled()
        found = [exact] if exact < self.features else []
        low, high = exact * 10, exact * 10 + 10
        while exact and low < self.features and len(found) < limit:
            found += (low + np.flatnonzero(labelled[low:high])).tolist()
            low, high = low * 10, high * 10
        return found[:limit]


def save_labels(folder: Path, features: int, labels: Iterable[Label], name: str = LABELS_FILE) -> None:
    """Write one source's labels. UserError when the disk is full."""
    ordered = sorted(labels, key=lambda label: label.feature)
    content = _LabelFile(features=features, labels=ordered)
    files.write_bytes(folder / name, (content.model_dump_json(exclude_defaults=True) + "\n").encode())


def load_labels(folder: Path, features: int, name: str = LABELS_FILE) -> list[Label]:
    """One source's labels, by feature. UserError when the file is absent, damaged, or of another SAE."""
    try:
        content = _LabelFile.model_validate_json(files.read_small(folder / name, _LARGEST_FILE))
        if content.features != features:
            raise ValueError("labels of another model")
        require_known(content.schema_version, _SCHEMA, name)
    except (OSError, ValidationError, ValueError) as error:
        raise UserError(
            f"The names of the features of “{folder.name}” cannot be read ({name}).",
            "Its features cannot be used until they can; documents, vectors and other SAEs are unharmed.",
            "Put back a copy of the file, or check with repair, which sets it aside or makes it again.",
        ) from error
    return [_showable(label) for label in content.labels if label.feature < features and label.text]


def _showable(label: Label) -> Label:
    """The same, unless nobody would read it all, and laying it out would hold the window up."""
    if (
        max(len(label.text), len(label.source)) <= _LONGEST_NAME
        and len(label.reasoning) <= _LONGEST_REASONING
        and len(label.alternatives) <= _MOST_ALTERNATIVES
    ):
        return label
    return label.model_copy(
        update={
            "text": label.text[:_LONGEST_NAME],
            "source": label.source[:_LONGEST_NAME],
            "reasoning": label.reasoning[:_LONGEST_REASONING],
            "alternatives": label.alternatives[:_MOST_ALTERNATIVES],
        }
    )
