"""What the inspector gets after the card: near misses, counts, other SAEs, driving sentences.

One after the other, so that of the few workers there is always one left for the next card; each is kept while
its feature is shown, and nothing about a feature that is left arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from saerch_desktop.errors import UserError
from saerch_desktop.features.card import Band, FeatureCard, TopDocument
from saerch_desktop.ui.feature_bands import with_strongest
from saerch_desktop.ui.feature_entries import Spans
from saerch_desktop.ui.jobs import JobRunner, Lane
from saerch_desktop.ui.native_ahead import load_ahead

if TYPE_CHECKING:
    from saerch_desktop.features.occurrence import Activity
    from saerch_desktop.features.stability import Siblings, Stability
    from saerch_desktop.progress import Progress
    from saerch_desktop.workflow.session import Session

Fail = Callable[[BaseException, str], None]
_KEYS = ("bands", "occurrence", "stability", "sentences")


class FeatureDeliveries(QObject):
    """Signals carry the feature they are about."""

    bands_found = Signal(int, object)  # tuple[Band, ...]
    activity_found = Signal(int, object)  # Activity
    stability_found = Signal(int, object)  # Stability
    spans_found = Signal(int, object)  # Spans
    sentences_failed = Signal(int, str)  # why no sentences are marked

    def __init__(self, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._fail = fail
        self._session: Session | None = None
        self._siblings: Siblings | None = None
        self._sentences_off = ""  # why there can be none in this library
        self._counting = self._countless = False  # whether columns are being read, or cannot be
        self._strongest: tuple[TopDocument, ...] = ()
        self._forget(None)

    def _forget(self, feature: int | None) -> None:
        self._feature = feature
        self._seed = 0
        self._bands: tuple[Band, ...] = ()
        self._whole = False  # whether the near misses are among the bands
        self._activity: Activity | None = None
        self._stability: Stability | None = None
        self._spans: dict[int, tuple[tuple[int, int], ...]] = {}
        self._band = "top"

    def use(self, session: Session | None, no_sentences: str = "") -> None:
        """Go on with another session, or with none. no_sentences: why no sentence can be embedded, if so."""
        self._runner.cancel_keys((*_KEYS, "columns"))
        self._session = session
        self._siblings = None
        self._sentences_off = no_sentences
        self._counting = self._countless = False
        self._forget(None)
        if session is not None and session.features is not None:
            from saerch_desktop.features.stability import Siblings

            self._siblings = Siblings(session.library, session.features.sae)

    @property
    def siblings(self) -> bool:
        """Whether the library has other SAEs."""
        return self._siblings is not None and bool(self._siblings.names())

    @property
    def seed(self) -> int:
        """What the examples shown were drawn by."""
        return self._seed

    def leave(self) -> None:
        """Another feature was asked for: what is under way for this one is not wanted any more."""
        self._runner.cancel_keys(_KEYS)

    def start(self, card: FeatureCard) -> None:
        """The card is shown: bring the rest, or what is at hand of it."""
        self._strongest = card.top
        if card.feature != self._feature:
            self._forget(card.feature)
            self._bands = with_strongest(card.bands, card.top)
        if self._whole:
            self.bands_found.emit(card.feature, self._bands)
        if self._activity is not None:
            self.activity_found.emit(card.feature, self._activity)
        if self._stability is not None:
            self.stability_found.emit(card.feature, self._stability)
        self._mark()
        self._next()

    def draw_again(self) -> None:
        """Other examples of the same bands."""
        if self._feature is not None:
            self._seed += 1
            self._whole = False
            self._next()

    def show_band(self, name: str) -> None:
        """The user looks at this band: its sentences come first."""
        self._band = name
        self._mark()

    def bands(self) -> tuple[Band, ...]:
        """The examples shown now."""
        return self._bands

    def spans(self) -> Spans:
        return self._spans

    # One after the other ---------------------------------------------------------------------------------

    def _next(self) -> None:
        session, feature, seed = self._session, self._feature, self._seed
        if session is None or session.features is None or feature is None:
            return
        if not self._whole:
            self._submit("bands", lambda progress: _bands(session, feature, seed), self._take_bands)
        elif self._activity is None and not self._countless:
            self._count(session, feature)
        elif self._stability is None and (siblings := self._siblings) is not None and siblings.names():
            self._submit("stability", lambda progress: siblings.of(feature), self._take_stability)

    def _submit(self, key: str, work: Callable[[Progress], Any], take: Callable[[Any], None]) -> None:
        self._runner.look_up(
            "Reading about the feature",
            work,
            key=key,
            done=take,
            fail=self._fail,
        )

    def _take_bands(self, bands: tuple[Band, ...]) -> None:
        if self._feature is None:
            return
        self._bands, self._whole = with_strongest(bands, self._strongest), True
        self.bands_found.emit(self._feature, self._bands)
        self._mark()
        self._next()

    def _take_activity(self, found: Activity) -> None:
        if self._feature is not None:
            self._activity = found
            self.activity_found.emit(self._feature, found)
            self._next()

    def _take_stability(self, found: Stability) -> None:
        if self._feature is not None:
            self._stability = found
            self.stability_found.emit(self._feature, found)

    def _count(self, session: Session, feature: int) -> None:
        """The columns of a million documents take seconds: read once, whatever feature is shown meanwhile."""
        features = session.features
        assert features is not None

        def counted(columns: Any) -> None:
            from saerch_desktop.features.occurrence import activity

            self._counting = False
            if self._session is session and self._feature is not None:
                wanted = self._feature
                self._submit(
                    "occurrence", lambda progress: activity(features, columns, wanted), self._take_activity
                )

        def ended() -> None:
            self._counting = False

        def failed(error: BaseException) -> None:
            self._counting, self._countless = False, True
            self._fail(error, "Reading dates and facets")

        if not self._counting:
            self._counting = True
            self._runner.submit(
                "Reading dates and facets",
                session.columns,
                lane=Lane.IO,
                key="columns",
                quiet=True,
                done=counted,
                failed=failed,
                cancelled=ended,
            )

    # Sentences -------------------------------------------------------------------------------------------

    def _mark(self) -> None:
        """Find what drives the feature in the band that is looked at."""
        session, feature = self._session, self._feature
        if session is None or session.features is None or feature is None:
            return
        if self._spans:
            self.spans_found.emit(feature, dict(self._spans))
        if self._sentences_off:
            self.sentences_failed.emit(feature, self._sentences_off)
            return
        band = next((band for band in self._bands if band.name == self._band), None)
        if band is None or band.name == "zero":  # nothing drives a feature that is silent
            return
        rows = [document.row for document in band.documents if document.row not in self._spans]
        if not rows:
            return

        def take(found: dict[int, tuple[tuple[int, int], ...]]) -> None:
            if self._feature == feature:
                self._spans.update(found)
                self.spans_found.emit(feature, dict(self._spans))

        def failed(error: BaseException) -> None:
            if isinstance(error, UserError):
                self._sentences_off = error.meaning
                self.sentences_failed.emit(feature, error.meaning)
            else:
                self._fail(error, "Marking sentences")

        self._runner.submit(
            "Marking sentences",
            lambda progress: _driving(session, feature, rows, progress),
            lane=Lane.MODEL,
            key="sentences",
            quiet=True,
            done=take,
            failed=failed,
        )


def _bands(session: Session, feature: int, seed: int) -> tuple[Band, ...]:
    from saerch_desktop.features.bands import bands

    assert session.features is not None
    return bands(session.features, session.library, feature, seed)


def _driving(
    session: Session, feature: int, rows: Iterable[int], progress: Progress
) -> dict[int, tuple[tuple[int, int], ...]]:
    from saerch_desktop.features.sentences import driving_in

    assert session.features is not None
    load_ahead()
    documents = session.library.documents.many(list(rows))
    texts = [document.text for document in documents]
    found = driving_in(session.features, session.engine.embedder(), feature, texts, progress)
    return {
        document.row: tuple(
            (span.start, span.end) for span in sorted(spans, key=lambda span: -span.score) if span.driving
        )
        for document, spans in zip(documents, found, strict=True)
    }
