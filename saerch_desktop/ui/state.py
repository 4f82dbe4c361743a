"""The store: immutable snapshots of what the window shows, one signal per field."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from PySide6.QtCore import QObject, Signal

from saerch_desktop.search.filters import Filters
from saerch_desktop.search.mix import Mix
from saerch_desktop.ui.row_set import RowSet

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LibraryView:
    """What the window says about the open library."""

    path: Path
    name: str
    documents: int
    sae_names: tuple[str, ...]
    sae: str | None
    features: int  # of the SAE in use, 0 without one
    embedder: str  # "" without vectors
    dim: int
    fingerprint: str  # of the vectors, "" without
    findings: tuple[Any, ...]  # library.Finding
    vectors: bool
    semantic: bool  # a query can be embedded
    steering: bool
    reason: str  # why not, with the one remedy; "" when everything works


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document and the features it is made of, with what their labels rest on."""

    document: Any  # library.documents.Document
    features: tuple[tuple[int, str, float], ...]  # feature, label, activation; by activation descending
    claims: Mapping[int, Any] = field(default_factory=dict)  # features.label.Label, by feature


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the user in place. `report` is only there for a bug: the text to copy.

    action: the id of an action that may be taken up at once, under the words of its button.
    """

    number: int
    happened: str
    meaning: str
    remedy: str
    report: str = ""
    action: str = ""
    button: str = ""


class Field(Generic[T]):
    """A field of the store: setting it emits `NAME_changed`, unless the new value is the same.

    made: what a value that is set is turned into.
    """

    def __init__(
        self,
        default: T,
        same: Callable[[Any, Any], bool] = operator.eq,
        made: Callable[[Any], T] | None = None,
    ) -> None:
        self._default = default
        self._same = same
        self._made = made

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, instance: QObject, owner: type) -> T: ...
    def __get__(self, instance: QObject | None, owner: type) -> Field[T] | T:
        if instance is None:
            return self
        value: T = instance.__dict__.get(self._name, self._default)
        return value

    def __set__(self, instance: QObject, value: T) -> None:
        old = instance.__dict__.get(self._name, self._default)
        if self._made is not None:
            value = self._made(value)
        if old is value or self._same(old, value):
            return
        instance.__dict__[self._name] = value
        getattr(instance, f"{self._name}_changed").emit(value)


class Store(QObject):
    """Holds arrays and other large values by identity, small ones by equality. GUI thread only."""

    library_changed = Signal(object)
    query_text_changed = Signal(object)
    query_changed = Signal(object)
    mode_changed = Signal(object)
    edits_changed = Signal(object)
    ranking_changed = Signal(object)
    keyword_hits_changed = Signal(object)
    feature_changed = Signal(object)
    card_changed = Signal(object)
    family_changed = Signal(object)
    book_changed = Signal(object)
    mix_changed = Signal(object)
    filters_changed = Signal(object)
    kind_changed = Signal(object)
    weight_changed = Signal(object)
    matches_changed = Signal(object)
    blends_changed = Signal(object)
    row_changed = Signal(object)
    selected_changed = Signal(object)
    chosen_changed = Signal(object)
    document_changed = Signal(object)
    searching_changed = Signal(object)
    jobs_changed = Signal(object)
    notices_changed = Signal(object)
    recent_changed = Signal(object)

    library: Field[LibraryView | None] = Field(None)
    query_text: Field[str] = Field("")
    query: Field[Any] = Field(None, operator.is_)  # search.steering.Query
    mode: Field[str] = Field("residual")
    mix: Field[Mix] = Field(Mix())  # what the sliders say
    edits: Field[tuple[Any, ...]] = Field(())  # search.steering.Edit that steer, none of them zero
    filters: Field[Filters] = Field(Filters())  # what the search keeps to
    kind: Field[str] = Field("meaning")  # what is searched by: "meaning", "words", or "both"
    weight: Field[float] = Field(0.5)  # of the words where both are searched by, 0 to 1
    matches: Field[Any] = Field(None, operator.is_)  # library.documents.Matches of words, kept to the filters
    ranking: Field[Any] = Field(None, operator.is_)  # search.steering.Ranking
    keyword_hits: Field[Any] = Field(None, operator.is_)  # list[KeywordHit] | None
    feature: Field[int | None] = Field(None)
    family: Field[str | None] = Field(None)  # key of the family shown
    book: Field[Any] = Field(None, operator.is_)  # features.families.book.FamilyBook
    blends: Field[tuple[Any, ...]] = Field(())  # search.blends.BlendEdit that steer, none zero
    card: Field[Any] = Field(None, operator.is_)  # features.FeatureCard
    row: Field[int | None] = Field(None)
    selected: Field[RowSet] = Field(RowSet(), made=RowSet.of)  # rows of documents selected in any pane
    chosen: Field[tuple[int, ...]] = Field(())  # features chosen in the browser
    document: Field[DocumentView | None] = Field(None, operator.is_)
    searching: Field[str] = Field("")  # what the search pane waits for, "" for nothing
    jobs: Field[tuple[Any, ...]] = Field((), lambda old, new: False)  # ui.jobs.Job
    notices: Field[tuple[Notice, ...]] = Field(())
    recent: Field[tuple[str, ...]] = Field(())
