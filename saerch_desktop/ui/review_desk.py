"""The desk of the review: one feature after the other, what is known of it, and the verdicts on its name."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from saerch_desktop.features.review import (
    Candidate,
    Decision,
    Order,
    ReviewQueue,
    candidates,
    review_order,
)
from saerch_desktop.ui.jobs import Lane

if TYPE_CHECKING:
    from saerch_desktop.features.card import Band, FeatureCard
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.label import Label
    from saerch_desktop.features.marks import Mark
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.workflow.session import Session

_AHEAD = 4
_KEPT = 16
LATEST = 10
_SHOWN = {"top": 4, "middle": 3, "near": 3}


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a name is judged by: a feature's card, bands of examples, and their documents' texts by row."""

    card: FeatureCard
    bands: tuple[Band, ...]
    texts: dict[int, str]

    def texts_of(self, rows: Sequence[int]) -> list[str]:
        return [self.texts.get(row, "") for row in rows]


class ReviewDesk(QObject):
    """`moved`: another feature, or another state of it; `evidence_ready`: its examples are there."""

    moved = Signal()
    evidence_ready = Signal()
    said = Signal(str)  # why a key did nothing

    def __init__(
        self, controller: Controller, parent: QObject, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._marks = controller.marks
        self._clock = clock
        self._queue: ReviewQueue | None = None
        self._order: Order = "impact × doubt"
        self._only: tuple[int, ...] | None = None
        self._sae = ""
        self._busy = False  # while a decision of this desk reaches the marks
        self._known: OrderedDict[int, Evidence] = OrderedDict()
        self._fetching: set[int] = set()
        self._marks.changed.connect(self._changed)
        controller.library.opened.connect(self._opened)
        controller.library.closed.connect(self.end)

    # State -----------------------------------------------------------------------------------------------

    def begin(self, order: Order | None = None, only: Iterable[int] | None = None) -> None:
        """Put the features in order and show the first. only: these features, all when None.

        Decisions about the same features stay, to be taken back and gone back to.
        """
        features = self._features()
        if features is None:
            return
        self._order = order or self._order
        chosen = None if only is None else tuple(only)
        self._sae = features.sae.sha256
        labels, statistics = features.labels, features.statistics
        ahead = review_order(labels, statistics, self._order, chosen)
        among = None if chosen is None else set(chosen)
        settled = sum(
            mark.verified and bool(statistics.count[feature] > 0) and (among is None or feature in among)
            for feature, mark in labels.marks().items()
        )
        former = self._queue.decisions if self._queue is not None and self._only == chosen else []
        self._only = chosen
        self._queue = ReviewQueue(ahead, settled)
        self._queue.adopt(former)
        self._move()

    def end(self) -> None:
        """Forget the queue: there is nothing to look at."""
        self._queue = None
        self._known.clear()
        self._fetching.clear()
        self.moved.emit()

    def put_in_order(self, order: Order) -> None:
        """Go on in another order."""
        self.begin(order, self._only)

    @property
    def order(self) -> Order:
        return self._order

    @property
    def feature(self) -> int | None:
        return self._queue.current if self._queue is not None else None

    @property
    def label(self) -> Label | None:
        features, feature = self._features(), self.feature
        return features.labels.get(feature) if features is not None and feature is not None else None

    @property
    def mark(self) -> Mark | None:
        return self._marks.mark(self.feature) if self.feature is not None else None

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        features, feature = self._features(), self.feature
        return candidates(features.labels, feature) if features is not None and feature is not None else ()

    @property
    def evidence(self) -> Evidence | None:
        """None while it is being read."""
        return self._known.get(self.feature) if self.feature is not None else None

    @property
    def progress(self) -> tuple[int, int, float | None]:
        """Settled, of how many, verdicts a minute."""
        if self._queue is None:
            return 0, 0, None
        return self._queue.done, self._queue.total, self._queue.pace(self._clock())

    @property
    def latest(self) -> list[Decision]:
        """The last decisions, the newest first."""
        return self._queue.decisions[: -LATEST - 1 : -1] if self._queue is not None else []

    def verified(self, feature: int) -> bool:
        return self._marks.mark(feature).verified

    # Verdicts --------------------------------------------------------------------------------------------

    def accept(self) -> None:
        feature, label = self.feature, self.label
        if feature is None:
            return
        if label is None:
            self.said.emit("There is no name to accept. E gives it one, Space passes it over.")
            return
        self._decide("accepted", feature, label.text, lambda: self._marks.verify([feature]))

    def choose(self, number: int) -> None:
        """Take the candidate with this number, from 1."""
        feature, offered = self.feature, self.candidates
        if feature is None:
            return
        if not 1 <= number <= len(offered):
            self.said.emit(f"There is no name number {number}.")
            return
        label = self.label
        if label is not None and offered[number - 1].text == label.text:
            self.accept()
            return
        self._take(feature, offered[number - 1])

    def name(self, text: str) -> None:
        """Give the feature a name of one's own."""
        feature, label = self.feature, self.label
        text = " ".join(text.split())
        if feature is None or not text:
            self.said.emit("A name needs at least one letter. Nothing was changed.")
            return
        if label is not None and label.text == text:
            self.accept()
            return
        same = next((other for other in self.candidates if other.text == text), None)
        if same is not None:
            self._take(feature, same)
        else:
            self._decide("named", feature, text, lambda: self._marks.rename(feature, text))

    def reject(self) -> None:
        feature, label = self.feature, self.label
        if feature is None:
            return
        if label is None:
            self.said.emit("There is no name to turn down. E gives it one, Space passes it over.")
            return
        text = label.text
        self._decide("rejected", feature, text, lambda: self._marks.reject(feature, text))

    def skip(self) -> None:
        feature = self.feature
        if feature is None or self._queue is None:
            return
        self._queue.decide(
            Decision(
                feature, "passed over", self._text(feature), self._marks.mark(feature), False, self._clock()
            )
        )
        self._move()

    def flag(self) -> None:
        feature = self.feature
        if feature is None or self._queue is None:
            return
        before = self._marks.mark(feature)
        self._apply(lambda: self._marks.flag([feature], not before.flagged))
        what = "unflagged" if before.flagged else "flagged"
        self._queue.remark(
            Decision(feature, what, self._text(feature), before, False, self._clock(), self._marks.last_step)
        )
        self._move()

    def undo(self) -> None:
        """Take the last decision back and show its feature."""
        if self._queue is None or not self._queue.decisions:
            self.said.emit("There is no decision to take back.")
            return
        last = self._queue.decisions[-1]
        if last.step and last.step == self._marks.last_step:
            self._apply(self._marks.undo_stack.undo)
        elif last.step:
            self._apply(lambda: self._marks.put("taking back a decision", [last.before]))
        self._queue.take_back(last)
        self._move()

    def visit(self, feature: int) -> None:
        """Show a feature again; nothing changes until it is decided anew."""
        if self._queue is not None:
            self._queue.visit(feature)
            self._move()

    def _take(self, feature: int, chosen: Candidate) -> None:
        kind, _, first = chosen.source.partition(": ")
        origin = first if kind == "human" else chosen.source
        self._decide(
            "chosen",
            feature,
            chosen.text,
            lambda: self._marks.rename(feature, chosen.text, chosen.detection, origin),
        )

    def _decide(self, what: str, feature: int, name: str, change: Callable[[], object]) -> None:
        assert self._queue is not None
        before, former = self._marks.mark(feature), self._marks.last_step
        self._apply(change)
        step = self._marks.last_step
        self._queue.decide(
            Decision(feature, what, name, before, True, self._clock(), step if step != former else 0)
        )
        self._move()

    def _apply(self, change: Callable[[], object]) -> None:
        self._busy = True
        try:
            change()
        finally:
            self._busy = False

    # What happens elsewhere ------------------------------------------------------------------------------

    def _changed(self, features: frozenset[int]) -> None:
        if self._busy or self._queue is None:
            return
        if self._queue.decisions:
            last = self._queue.decisions[-1]
            undone = (
                last.feature in features and last.step and _same(self._marks.mark(last.feature), last.before)
            )
            if undone:
                self._queue.take_back(last)
        for feature in features:
            if feature != self.feature and self._marks.mark(feature).verified:
                self._queue.settle(feature)
        self._move()

    def _opened(self, session: Session, again: bool) -> None:
        if self._queue is None:
            return
        features = session.features
        self._known.clear()
        self._fetching.clear()
        if features is None:
            self.end()
        elif features.sae.sha256 != self._sae:
            self._queue = None
            self._only = None
            self.begin()
        else:
            self._move()

    # Reading ahead ---------------------------------------------------------------------------------------

    def _move(self) -> None:
        self.moved.emit()
        if self._queue is None:
            return
        wanted = [self._queue.current, *self._queue.upcoming(_AHEAD)]
        for feature in wanted:
            if feature is not None:
                self._fetch(feature)

    def _fetch(self, feature: int) -> None:
        if feature in self._known:
            self._known.move_to_end(feature)
            return
        session = self._controller.library.session
        if session is None or session.features is None or feature in self._fetching:
            return
        self._fetching.add(feature)

        def done(evidence: Evidence) -> None:
            self._fetching.discard(feature)
            self._known[feature] = evidence
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
            if feature == self.feature:
                self.evidence_ready.emit()

        def failed(error: BaseException) -> None:
            self._fetching.discard(feature)
            if feature == self.feature:
                self._controller.fail(error, "Showing a feature for review")

        self._controller.runner.submit(
            "Reading the feature",
            lambda progress: _evidence(session, feature),
            lane=Lane.IO,
            quiet=True,
            done=done,
            failed=failed,
            cancelled=lambda: self._fetching.discard(feature),
        )

    def _features(self) -> FeatureSet | None:
        session = self._controller.library.session
        return session.features if session is not None else None

    def _text(self, feature: int) -> str:
        features = self._features()
        return features.labels.text(feature) if features is not None else f"#{feature}"


def _same(first: Mark, second: Mark) -> bool:
    """Whether they say the same; when it was said, and how a name was tested, does not count."""
    leave: dict[str, Any] = {"changed": "", "detection": None}
    return first.model_copy(update=leave) == second.model_copy(update=leave)


def _evidence(session: Session, feature: int) -> Evidence:
    """On a worker: the card, and the texts of the documents that are shown."""
    features = session.required_features()
    documents = session.library.documents
    card = features.card(feature, documents, vectors=session.library.vectors)
    strongest = card.top[: _SHOWN["top"]]
    shown = {document.row for document in strongest}
    bands = []
    for band in card.bands:
        if band.name == "top":  # of a rare feature the band holds one document or two
            bands.append(replace(band, documents=strongest))
        elif band.name in _SHOWN:
            others = tuple(one for one in band.documents if one.row not in shown)[: _SHOWN[band.name]]
            if others:
                bands.append(replace(band, documents=others))
    rows = [document.row for band in bands for document in band.documents]
    return Evidence(card, tuple(bands), {found.row: found.text for found in documents.many(rows)})
