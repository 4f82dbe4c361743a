"""What is marked in the document that is read: words of the query, and the sentences that drive a feature.

Sentences are embedded once per document, on this computer or not at all; the choice of another feature then
costs no more than a product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from saerch_desktop.errors import UserError
from saerch_desktop.library.keywords import hit_pattern
from saerch_desktop.progress import Progress
from saerch_desktop.search.blends import Blend
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.native_ahead import load_ahead

if TYPE_CHECKING:
    from saerch_desktop.features.sentences import Embedded, Span
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.workflow.session import Session

_KEY: Final = "document sentences"
_RESTS_MS: Final = 100  # on a document before its sentences are embedded
_FAR: Final = 200_000  # characters of a text that are looked through for words
_MOST: Final = 1000  # words that are marked

Spans = tuple[tuple[int, int], ...]
Key = int | str


@dataclass(frozen=True, slots=True)
class Target:
    """What sentences may drive: a feature, or a slider of several. text: its name."""

    key: Key
    text: str


@dataclass(frozen=True, slots=True)
class Marked:
    """What is marked now in the document in `row`.

    words, title_words: in the text and in the title; sentences: those that drive. targets: what they can be
    of; chosen: which of them, None without. trouble: why no sentences are marked, "" for nothing. looked:
    whether the sentences of this text were looked at.
    """

    row: int | None = None
    words: Spans = ()
    title_words: Spans = ()
    sentences: Spans = ()
    targets: tuple[Target, ...] = ()
    chosen: Key | None = None
    trouble: str = ""
    looked: bool = False


class DocumentMarks(QObject):
    """`changed(Marked)`. Embeds nothing while sentences are not wanted."""

    changed = Signal(object)

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._session: Session | None = None
        self._wanted = False
        self._blends: dict[Key, Blend] = {}
        self._embedded: tuple[int, Embedded] | None = None  # of which document, its sentences
        self._waiting: int | None = None
        self._trouble: dict[int | None, str] = {}  # why not: of one document, or (None) of this library
        self._soon = QTimer(self, singleShot=True, interval=_RESTS_MS)
        self._soon.timeout.connect(self._embed)
        self.marked = Marked()
        store = controller.store
        controller.library.opened.connect(lambda session, _: self._use(session))
        controller.library.closed.connect(lambda: self._use(None))
        controller.marks.changed.connect(lambda _: self._targets())
        store.document_changed.connect(lambda _: self._document())
        store.query_text_changed.connect(lambda _: self._words())
        store.kind_changed.connect(lambda _: self._words())
        store.keyword_hits_changed.connect(lambda _: self._words())
        store.feature_changed.connect(self._feature)
        for moved in (store.edits_changed, store.blends_changed):
            moved.connect(lambda _: self._targets())

    # Settings --------------------------------------------------------------------------------------------

    def want(self, wanted: bool) -> None:
        """Whether sentences are to be marked, and are seen."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._sentences()

    def choose(self, key: Key) -> None:
        """Mark the sentences that drive this one of the targets."""
        if any(target.key == key for target in self.marked.targets):
            self._put(replace(self.marked, chosen=key))
            self._sentences()

    # What it follows -------------------------------------------------------------------------------------

    def _use(self, session: Session | None) -> None:
        self._controller.runner.cancel_keys((_KEY,))
        self._session = session
        self._embedded, self._waiting = None, None
        self._trouble.clear()
        view = self._controller.store.library
        if view is not None and not view.semantic:
            self._trouble[None] = "What made this library’s vectors is not on this computer."
        self._targets()

    def _document(self) -> None:
        view = self._controller.store.document
        row = None if view is None else view.document.row
        if row != self.marked.row:
            self._embedded = None
            self._put(replace(self.marked, row=row, words=(), title_words=(), sentences=(), looked=False))
        self._words()
        self._sentences()

    def _feature(self, feature: int | None) -> None:
        self._targets()
        if feature is not None:
            self.choose(feature)

    def _words(self) -> None:
        view, store = self._controller.store.document, self._controller.store
        words: Spans = ()
        title: Spans = ()
        if view is not None and store.query_text:
            plain = store.kind != "words" and store.keyword_hits is None
            words = hits(store.query_text, view.document.text, plain)
            title = hits(store.query_text, view.document.title, plain)
        self._put(replace(self.marked, words=words, title_words=title))

    def _targets(self) -> None:
        """What is shown or changed. Asked at every tick of a slider: cheap where these are the same."""
        session, store = self._session, self._controller.store
        found: list[Target] = []
        blends: dict[Key, Blend] = {}
        if session is not None and session.features is not None:
            name = session.features.labels.text
            shown = () if store.feature is None else (store.feature,)
            features = dict.fromkeys((*shown, *(edit.feature for edit in store.edits)))
            found = [Target(feature, name(feature)) for feature in features]
            blends = {edit.blend.key: edit.blend for edit in store.blends}
            found += [Target(key, blend.name) for key, blend in blends.items()]
        self._blends = blends
        targets, keys = tuple(found), [target.key for target in found]
        chosen = self.marked.chosen if self.marked.chosen in keys else next(iter(keys), None)
        new = chosen != self.marked.chosen or not self.marked.looked
        self._put(replace(self.marked, targets=targets, chosen=chosen))
        if new and self._wanted:
            self._sentences()

    # Sentences -------------------------------------------------------------------------------------------

    def _sentences(self) -> None:
        session, view, key = self._session, self._controller.store.document, self.marked.chosen
        if not self._wanted or session is None or session.features is None or view is None or key is None:
            self._controller.runner.cancel_keys((_KEY,))
            self._waiting = None
            self._put(replace(self.marked, sentences=(), trouble="", looked=False))
            return
        row = view.document.row
        trouble = self._trouble.get(None) or self._trouble.get(row) or ""
        if trouble:
            self._put(replace(self.marked, sentences=(), trouble=trouble, looked=False))
        elif self._embedded is not None and self._embedded[0] == row:
            self._put(
                replace(self.marked, sentences=self._driving(self._embedded[1], key), trouble="", looked=True)
            )
        else:
            self._put(replace(self.marked, sentences=(), trouble="", looked=False))
            if self._waiting != row and not self._soon.isActive():
                self._soon.start()  # not for every document that one walks by

    def _driving(self, embedded: Embedded, key: Key) -> Spans:
        from saerch_desktop.features.sentences import driving, driving_along

        session = self._session
        assert session is not None
        assert session.features is not None
        found: tuple[Span, ...] = ()
        columns, blend = session.engine.columns, self._blends.get(key)
        if isinstance(key, int):
            found = driving(session.features, embedded, key)
        elif blend is not None and columns is not None:
            found = driving_along(session.features, embedded, columns.direction(blend.mixture))
        return tuple((span.start, span.end) for span in found if span.driving)

    def _embed(self) -> None:
        session, view = self._session, self._controller.store.document
        if not self._wanted or session is None or session.features is None or view is None:
            return
        row, text, features = view.document.row, view.document.text, session.features
        if self._waiting == row:
            return
        self._controller.runner.cancel_keys((_KEY,))
        self._waiting = row

        def work(progress: Progress) -> Embedded:
            from saerch_desktop.features.sentences import embed_sentences

            load_ahead()
            return embed_sentences(features, session.engine.embedder(), [text], progress)[0]

        def done(found: Embedded) -> None:
            self._waiting = None
            if self._session is session:
                self._embedded = (row, found)
                self._sentences()

        def failed(error: BaseException) -> None:
            self._waiting = None
            if isinstance(error, UserError):
                self._trouble[None] = error.meaning
            else:
                self._trouble[row] = "The sentences of this text could not be read by the model."
                self._controller.fail(error, "Marking sentences")
            self._sentences()

        self._controller.runner.submit(
            "Marking sentences", work, lane=Lane.MODEL, key=_KEY, quiet=True, done=done, failed=failed
        )

    def _put(self, marked: Marked) -> None:
        if marked != self.marked:
            self.marked = marked
            self.changed.emit(marked)


def hits(query: str, text: str, plain: bool = False) -> Spans:
    """Where the words of a query stand in a text; plain: without those that say little, such as "of"."""
    pattern = hit_pattern(query)
    if pattern is None:
        return ()
    keep: Callable[[str], bool] = _telling if plain else bool
    found = (match for match in pattern.finditer(text[:_FAR]) if keep(match.group()))
    return tuple((match.start(), match.end()) for match, _ in zip(found, range(_MOST), strict=False))


def _telling(word: str) -> bool:
    from saerch_desktop.features.stop_words import LINKS, STOP_WORDS

    return word.casefold() not in STOP_WORDS and word.casefold() not in LINKS
