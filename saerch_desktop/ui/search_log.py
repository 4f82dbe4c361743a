"""The searches of a library: those to go back and forward over, and those of earlier days."""

from __future__ import annotations

import hashlib
import itertools
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from PySide6.QtCore import QObject, Signal

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError
from saerch_desktop.search.mix import Mix
from saerch_desktop.ui.asking import Asked, without_features
from saerch_desktop.ui.jobs import JobRunner, Lane
from saerch_desktop.ui.saved_search import SavedSearch
from saerch_desktop.ui.state import Store

if TYPE_CHECKING:
    from saerch_desktop.ui.controller_search import SearchDesk
    from saerch_desktop.workflow.session import Session

log = logging.getLogger(__name__)

_LARGEST: Final = 64 << 20
_LARGEST_KEPT: Final = 16 << 20
_MOST: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class PastSearch:
    """A search as it was left. fingerprint: of the vectors that its own is one of; weights: hash of the SAE's
    whose features the sliders move; made: ISO time of its last use.
    """

    asked: Asked
    fingerprint: str
    weights: str
    made: str

    def asks_as(self, other: PastSearch) -> bool:
        """Whether both ask the same of the same documents, wherever their sliders stand."""
        one, two = self.asked, other.asked
        return (
            (one.text, one.words, one.kind) == (two.text, two.words, two.kind)
            and one.filters.text() == two.filters.text()
            and _same(one, two)
        )

    def saved(self) -> SavedSearch:
        return SavedSearch.of(self.asked, self.fingerprint, self.weights, self.made)


class _LogFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    version: int = 1
    library: str = ""
    searches: tuple[SavedSearch, ...] = ()


class SearchLog(QObject):
    """Notices each search as its results come, keeps it as it was left, and asks for it again when wanted.

    searched: another search is in force, by its number. changed: the list of earlier searches is another.
    What an analyst looked for is their own affair: it is kept among their settings, never in the library,
    which may be handed on.
    """

    searched = Signal(int)
    changed = Signal()

    def __init__(self, store: Store, runner: JobRunner, desk: SearchDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._runner = runner
        self._desk = desk
        self._numbers = itertools.count(1)
        self._past: dict[int, PastSearch] = {}  # of this sitting, by number, the one used last at the end
        self._current: int | None = None
        self._wanted: int | None = None  # the one that is being shown again
        self._earlier: tuple[SavedSearch, ...] = ()  # of former sittings, newest first
        self._library: Path | None = None
        self._known = False  # whether earlier searches were read: before that nothing is written over them
        store.ranking_changed.connect(lambda _: self._look())
        store.keyword_hits_changed.connect(lambda _: self._look())

    # Which searches there are -----------------------------------------------------------------------------

    @property
    def current(self) -> PastSearch | None:
        """The search in force, as its sliders stand now."""
        if self._current is None:
            return None
        kept = self._past[self._current]
        now = self._seen()
        if now is not None and now.asks_as(kept):
            kept = self._past[self._current] = now
        return kept

    def _use(self, number: int, now: PastSearch) -> None:
        """Put it last. Not by its time: a clock may go back."""
        self._past.pop(number, None)
        self._past[number] = now

    @property
    def some(self) -> bool:
        """Whether any search is remembered."""
        return bool(self._past or self._earlier)

    def entries(self) -> list[SavedSearch]:
        """All searches that are remembered, the one used last first, each once."""
        current = self.current
        newest = [past for past in reversed(self._past.values()) if past is not current]
        if current is not None:
            newest.insert(0, current)
        found: dict[tuple[object, ...], SavedSearch] = {}
        for saved in (*(past.saved() for past in newest), *self._earlier):
            found.setdefault(_mark(saved), saved)
        return list(found.values())[:_MOST]

    def saved(self) -> SavedSearch | None:
        """The search in force, for the next start; None when there is none."""
        current = self.current
        return current.saved() if current is not None else None

    # Going to them ----------------------------------------------------------------------------------------

    def show(self, number: int) -> None:
        """Show the search of that number again, as it was left."""
        past = self._past.get(number)
        if past is not None:
            self._wanted = number
            self._desk.ask_for(self._fitting(past))

    def show_again(self, saved: SavedSearch) -> None:
        """Show a search of the list again: a new place."""
        view = self._store.library
        if view is None or saved.query is None:
            return
        asked = saved.asked(view.features, view.dim)
        past = PastSearch(asked, saved.query.vectors_fingerprint, saved.weights, saved.made)
        self._wanted = None
        self._desk.ask_for(self._fitting(past))

    def _fitting(self, past: PastSearch) -> Asked:
        """The search without what is of other vectors, or of another SAE, than those in use."""
        asked, view = past.asked, self._store.library
        if view is None or past.fingerprint != view.fingerprint:
            asked = replace(asked, vector=None)
        if past.weights != self._desk.weights:
            asked = replace(asked, mix=Mix(), filters=without_features(asked.filters))
        if asked.vector is None and not asked.words:
            asked = replace(asked, words=asked.text)
        return asked

    # The library it is of ---------------------------------------------------------------------------------

    def use(self, session: Session | None, keep: bool = False) -> None:
        """Remember the searches of another library; with `keep` it is the same one, read anew."""
        if keep and session is not None:
            return
        self.flush()
        self._past.clear()
        self._current = self._wanted = None
        self._earlier, self._known = (), False
        self._library = session.library.path if session is not None else None
        if session is not None:
            path = session.library.path
            self._runner.submit(
                "Reading earlier searches",
                lambda progress: read_log(path),
                lane=Lane.IO,
                key="searches",
                quiet=True,
                done=lambda found: self._read(path, found),
                failed=lambda error: log.info("Earlier searches are not shown: %s", error),
            )
        self.changed.emit()

    def forget(self) -> None:
        """Remember no search but the one in force."""
        number, current = self._current, self.current
        self._past = {number: current} if number is not None and current is not None else {}
        self._earlier, self._known = (), True
        self.flush()
        self.changed.emit()

    def flush(self) -> None:
        """Write what is remembered; failing to do so is worth a line in the log, not a message."""
        if self._library is not None and self._known:
            write_log(self._library, self.entries())

    def _read(self, path: Path, found: tuple[SavedSearch, ...]) -> None:
        if path == self._library:
            self._earlier, self._known = found, True
            self.changed.emit()

    # What happens -----------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Results came: they are of a new search, of one that is shown again, or of the one in force."""
        now = self._seen()
        if now is None:
            return
        wanted = self._past.get(self._wanted) if self._wanted is not None else None
        if wanted is not None and (now.asks_as(wanted) or _same_words(now, wanted)):
            assert self._wanted is not None
            self._use(self._wanted, now)
            self._current, self._wanted = self._wanted, None
            self.changed.emit()
            return
        if self._current is not None and now.asks_as(self._past[self._current]):
            self._use(self._current, now)
            return
        if self._wanted is not None and self._store.searching:
            return  # results of what was left; those of what is wanted are to come
        number = next(self._numbers)
        self._use(number, now)
        self._current, self._wanted = number, None
        if len(self._past) > _MOST:
            del self._past[next(iter(self._past))]
        self.searched.emit(number)
        self.changed.emit()
        self._keep()

    def _keep(self) -> None:
        """Write what is remembered beside the window, so that a crash loses no more than the last sliders."""
        path, entries = self._library, self.entries()
        if path is not None and self._known:
            self._runner.submit(
                "Keeping the searches",
                lambda progress: write_log(path, entries),
                lane=Lane.IO,
                key="keep searches",
                quiet=True,
            )

    def _seen(self) -> PastSearch | None:
        store, view = self._store, self._store.library
        asked = self._desk.asked()
        if view is None or view.path != self._library or asked is None:
            return None
        if store.ranking is None and store.keyword_hits is None:
            return None
        fingerprint = view.fingerprint if asked.vector is not None else ""
        return PastSearch(asked, fingerprint, self._desk.weights, _now())


def place_of(library: Path) -> Path:
    """The file of a library's searches, in the user's settings."""
    name = hashlib.sha256(str(library.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return paths.config_dir() / "searches" / f"{name}.json"


def move_log(library: Path, now: Path) -> None:
    """The library is at another place now; its searches go along. Failing to do so is worth a line."""
    try:
        place_of(library).replace(place_of(now))
    except FileNotFoundError:
        return
    except OSError as error:
        log.info("Earlier searches did not go along with the library: %s", error)


def read_log(library: Path) -> tuple[SavedSearch, ...]:
    """The searches of a library, newest first; none when there are none or they cannot be read."""
    try:
        content = _LogFile.model_validate_json(files.read_small(place_of(library), _LARGEST))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, ValidationError) as error:
        log.info("Earlier searches are ignored: %s", error)
        return ()
    return tuple(saved for saved in content.searches if saved.query is not None)[:_MOST]


def write_log(library: Path, searches: list[SavedSearch]) -> None:
    """Keep the newest of `searches`, as many as a file of some megabytes holds."""
    path = place_of(library)
    kept: list[SavedSearch] = []
    room = _LARGEST_KEPT
    for saved in searches[:_MOST]:
        room -= len(saved.model_dump_json())
        if room < 0:
            break
        kept.append(saved)
    try:
        if not kept:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        content = _LogFile(library=str(library), searches=tuple(kept))
        files.write_bytes(path, content.model_dump_json().encode())
    except (OSError, UserError) as error:
        log.info("The searches could not be kept: %s", error)


def _same(one: Asked, two: Asked) -> bool:
    if one.vector is None or two.vector is None:
        return one.vector is two.vector
    if one.vector is two.vector:
        return True
    # Scaled to unit length once more, the last bits of a vector may be others.
    return one.vector.size == two.vector.size and np.allclose(one.vector, two.vector, atol=1e-6, rtol=0)


def _same_words(one: PastSearch, two: PastSearch) -> bool:
    """The same words under the same conditions, whose vector was made anew for other vectors or none."""
    changed = one.fingerprint != two.fingerprint
    return changed and (one.asked.text, one.asked.words) == (two.asked.text, two.asked.words)


def _mark(saved: SavedSearch) -> tuple[object, ...]:
    """What tells searches apart in the list."""
    query = saved.query
    asked = (query.text, query.vector) if query is not None else ("", "")
    return *asked, saved.words, saved.kind, saved.kept_to().text()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
