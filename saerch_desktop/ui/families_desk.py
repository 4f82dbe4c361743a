"""The desk of families: reads the book of the features in use, builds it anew, and counts what meets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress, Update
from saerch_desktop.ui import wording
from saerch_desktop.ui.jobs import Job, Lane
from saerch_desktop.ui.keymap import keymap
from saerch_desktop.ui.native_ahead import load_ahead
from saerch_desktop.workflow.job_journal import Kept

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.cooccurrence import PairCounts
    from saerch_desktop.features.families.family import Families, Method
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.ui.families_pane import FamiliesPane
    from saerch_desktop.ui.state import Store
    from saerch_desktop.workflow.session import Session

Overlay = Callable[["FeatureSet", "FamilyBook | None"], "FamilyBook | None"]
"""Lays what is not saved yet over a book that was read."""

_READ: Final = "families"
_LOOK: Final = "families changed"
_PAIRS: Final = "families pairs"
_READ_AGAIN: Final = "Families were built by another program meanwhile; they are read again"
_BUILD: Final = "build families"


@dataclass(frozen=True, slots=True)
class BuildWish:
    """How families are to be found. resolution: higher gives smaller families."""

    method: Method = "default"
    resolution: float = 1.0


class FamiliesDesk(QObject):
    """Puts the book into the store. `methods_known(methods there, the one in use or "")`; `building(Job |
    None)`; `refused(UserError)` for trouble that is shown in the pane; `pairs_known(PairCounts)`; `waiting`
    for what, "" for nothing; `read_again(what happened)`: another program has written families.
    """

    methods_known = Signal(object, str)
    building = Signal(object)
    refused = Signal(object)
    pairs_known = Signal(object)
    waiting = Signal(str)
    read_again = Signal(str)

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._session: Session | None = None
        self._method: Method | None = None
        self._job: Job | None = None
        self._stamp: tuple[object, ...] = ()  # of the files that were read
        self.pairs: PairCounts | None = None
        self.overlay: Overlay = lambda features, book: book

    @property
    def _store(self) -> Store:
        return self._controller.store

    @property
    def features(self) -> FeatureSet | None:
        return self._session.features if self._session is not None else None

    @property
    def busy(self) -> bool:
        """Whether families are being built."""
        return self._job is not None

    # Reading ---------------------------------------------------------------------------------------------

    def use(self, session: Session | None, again: bool = False) -> None:
        """Another session is open; `again`: the same library was read anew."""
        former = self.features
        self._controller.runner.cancel_keys((_READ, _LOOK, _PAIRS))
        self._session = session
        now = self.features
        same = former is not None and now is not None and former.sae.sha256 == now.sae.sha256
        if not (again and same):
            self._method = None
            self.pairs = None
            self._put(None, (), "")
        elif former is not None and now is not None and former.codes.rows != now.codes.rows:
            self.pairs = None
        if now is not None:
            self.read()

    def read(self, method: Method | None = None) -> None:
        """Read the families of a method; of the best that is there when None was ever asked for."""
        features = self.features
        if features is None:
            return
        self._method = method or self._method
        wanted = self._method

        def work(progress: Progress) -> tuple[FamilyBook | None, tuple[Method, ...]]:
            from saerch_desktop.features.families.book import open_book
            from saerch_desktop.features.families.family_files import methods_there, stamp_of

            there = methods_there(features.folder)
            self._stamp = stamp_of(features.folder)  # before reading: what is written meanwhile is noticed
            return open_book(features, wanted if wanted in there else None), there

        self._controller.runner.submit(
            "Reading the families",
            work,
            lane=Lane.IO,
            key=_READ,
            quiet=True,
            done=lambda found: self._put(found[0], found[1], found[0].method if found[0] else ""),
            failed=self._failed("Reading the families"),
        )

    def watch(self, pane: FamiliesPane, say: Callable[[str], object]) -> None:
        """Look again whenever the pane comes into view, or the program to the front while it is seen. say: is
        told of families that are read again.
        """
        self.read_again.connect(say)
        pane.looked.connect(lambda looking: self.look_again() if looking else None)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)

        def came(state: Qt.ApplicationState) -> None:
            if state == Qt.ApplicationState.ApplicationActive and pane.isVisible():
                self.look_again()

        app.applicationStateChanged.connect(came)
        self.destroyed.connect(lambda: app.applicationStateChanged.disconnect(came))

    def look_again(self) -> None:
        """Read the families again if another program has built or changed them meanwhile."""
        features = self.features
        if features is None or self.busy:
            return
        if any(job.key in (_READ, _LOOK) for job in self._controller.runner.jobs(quiet=True)):
            return

        def work(progress: Progress) -> bool:
            from saerch_desktop.features.families.family_files import stamp_of

            return stamp_of(features.folder) != self._stamp

        def done(others: bool) -> None:
            now = self.features
            if others and now is not None and now.folder == features.folder:
                self.read()
                self.read_again.emit(_READ_AGAIN)

        self.ask("Looking for other families", work, done, _LOOK)

    def _put(self, book: FamilyBook | None, methods: tuple[Method, ...], method: str) -> None:
        self.methods_known.emit(methods, method)
        store = self._store
        if self.features is not None:
            book = self.overlay(self.features, book)
        store.book = book
        if store.family is not None and (book is None or book.get(store.family) is None):
            store.family = None

    def _failed(self, doing: str) -> Callable[[BaseException], None]:
        def failed(error: BaseException) -> None:
            if isinstance(error, UserError):
                self.refused.emit(error)
            else:
                self._controller.fail(error, doing)

        return failed

    # Building --------------------------------------------------------------------------------------------

    def build(self, wish: BuildWish) -> None:
        """Build families as a job that one can stop; the former ones stay until it has ended."""
        session, features = self._session, self.features
        if session is None or features is None or self.busy:
            return
        path, sae = session.library.path, features.sae.name
        changes = len(self._store.book.edits) if self._store.book is not None else 0

        def work(progress: Progress) -> Families:
            from saerch_desktop.workflow.families import build_families

            load_ahead()  # names are tested with the library's embedder
            return build_families(path, sae, progress, method=wish.method, resolution=wish.resolution)

        def done(found: Families) -> None:
            now = self.features
            if now is not None and now.folder == features.folder:
                self.read(wish.method)
            self._controller.tell(*told(found, changes))

        def over() -> None:
            self._job = None
            self.building.emit(None)

        job = self._controller.runner.submit(
            "Building families",
            work,
            lane=Lane.IO,
            key=_BUILD,
            done=done,
            failed=self._failed("Building families"),
        )
        if not job.state.over:
            job.opens = path
            wishes = {"sae": sae, "method": wish.method, "resolution": wish.resolution}
            self._controller.library.kept.keep(job, Kept("families", path, wishes))
            self._job = job
            job.finished.connect(over)
            self.building.emit(job)

    def stop(self) -> None:
        """Stop building; nothing of it is kept."""
        if self._job is not None:
            self._job.cancel()

    # What meets ------------------------------------------------------------------------------------------

    def want_pairs(self) -> None:
        """Which features meet in how many documents: once for each SAE, kept beside it after the first
        time. `pairs_known` follows.
        """
        features = self.features
        if features is None:
            return
        if self.pairs is not None:
            self.pairs_known.emit(self.pairs)
            return
        if any(job.key == _PAIRS for job in self._controller.runner.jobs(quiet=True)):
            return

        def work(progress: Progress) -> PairCounts:
            from saerch_desktop.features.families.cooccurrence import pairs_for

            return pairs_for(features, progress)

        def done(pairs: PairCounts) -> None:
            self.waiting.emit("")
            self.pairs = pairs
            self.pairs_known.emit(pairs)

        def failed(error: BaseException) -> None:
            self.waiting.emit("")
            self._failed("Counting which features meet")(error)

        def progressed(update: Update) -> None:
            share = update.fraction
            told = "" if share is None else f" {share:.0%}".replace("%", " %")
            self.waiting.emit(f"Counting which features meet …{told}")

        self.waiting.emit("Counting which features meet …")
        self._controller.runner.submit(
            "Counting which features meet",
            work,
            lane=Lane.IO,
            key=_PAIRS,
            quiet=True,
            done=done,
            failed=failed,
            cancelled=lambda: self.waiting.emit(""),
            progressed=progressed,
        )

    def ask(self, title: str, work: Callable[[Progress], Any], done: Callable[[Any], None], key: str) -> None:
        """Have something worked out beside the window; of one key the newest wins."""
        self._controller.runner.submit(
            title, work, lane=Lane.IO, key=key, quiet=True, done=done, failed=self._failed(title)
        )

    def aside(
        self, title: str, work: Callable[[Progress], Any], done: Callable[[Any], None] | None = None
    ) -> None:
        """Have something read or written beside the window, each wish of which counts."""
        self._controller.runner.submit(
            title, work, lane=Lane.IO, quiet=True, done=done, failed=self._failed(title)
        )


def told(found: Families, changes: int = 0) -> tuple[str, str, str]:
    """What a build came to: what happened, what it means, what to do now. changes: the analyst's own."""
    count = len(found.families)
    if not count:
        return (
            "No families were found.",
            "Too few features are active together more often than chance would have it.",
            "Train features of a larger library, or try the other method under Families ▸ Build families….",
        )
    inside = len(found.covered)
    share = wording.share(inside / found.live) if found.live else "0 %"
    kind = "family was" if count == 1 else "families were"
    many = "change was" if changes == 1 else "changes were"
    kept = f" Your own {wording.count(changes)} {many} kept." if changes else ""
    return (
        f"{wording.count(count)} {kind} found.",
        f"{share} of the active features belong to one or more." + kept,
        keymap.told("The Families pane shows them", "show-families") + ".",
    )
