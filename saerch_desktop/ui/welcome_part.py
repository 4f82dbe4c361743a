"""The first page's knowledge: recent libraries, this computer, the network, and the tour it offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop import network, paths, settings
from saerch_desktop.errors import UserError
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.tour import Tour
from saerch_desktop.workflow.recent import Recent, look_at_recent

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.session import Session

_GIB = 1 << 30
_COMING = "The tour begins when the sample is ready."
_FIRST_QUERY = "read a file line by line"


class WelcomePart(Part):
    """Has no dock: it fills the start page, and leads the tour."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.tour: Tour | None = None
        self._touring = False  # the tour begins once the sample is open
        page = window.start_page
        page.sample.setFocus()  # where one begins; else the first button of the status bar has the keys
        page.tour_requested.connect(self.begin_tour)
        page.tour_declined.connect(self._decline)
        page.recent_removed.connect(self._forget)
        self.store.recent_changed.connect(self._look_at_recent)
        self.controller.library.opened.connect(self._opened)
        self.controller.library.closed.connect(self._show)
        self._look_at_recent(self.store.recent)
        self._show()
        live.changed.connect(self._look_at_network)
        self._look_at_computer()

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"tour": self.begin_tour}

    def escape(self) -> bool:
        if self.tour is None:
            return False
        self.tour.end()
        return True

    # The first page --------------------------------------------------------------------------------------

    def _show(self) -> None:
        page, kept = self.window.start_page, settings.load_settings()
        page.offer_tour(kept.show_tour)
        page.set_network(network.state() != "open")
        ready = paths.bundled_sample() is not None or paths.sample_library().is_dir()
        page.set_sample_ready(ready)

    def _look_at_network(self, *_: object) -> None:
        self.window.start_page.set_network(network.state() != "open")

    def _look_at_recent(self, recent: Sequence[str]) -> None:
        # On a worker: a library on a disk of the network that is gone keeps the asker waiting.
        paths_now = tuple(recent)

        def done(found: tuple[Recent, ...]) -> None:
            self.window.start_page.set_recent(found)

        self.controller.runner.look_up(
            "Looking for the recent libraries",
            lambda progress: look_at_recent(paths_now),
            key="recent libraries",
            done=done,
            fail=self.controller.fail,
        )

    def _forget(self, path: str) -> None:
        def done(kept: tuple[settings.Settings, UserError | None]) -> None:
            changed, error = kept
            if error is not None:
                self.controller.fail(error)
            self.store.recent = changed.recent_libraries

        self.controller.runner.submit(
            "Forgetting the library",
            lambda progress: settings.update_settings(lambda kept: kept.without_library(Path(path))),
            quiet=True,
            done=done,
        )

    def _look_at_computer(self) -> None:
        self.controller.runner.look_up(
            "Looking at this computer",
            lambda progress: computer_words(),
            key="this computer",
            done=self.window.start_page.set_computer,
            fail=self.controller.fail,
        )

    # The tour --------------------------------------------------------------------------------------------

    def begin_tour(self) -> None:
        """Lead through the window; with the sample, where no library with features is open."""
        if self.tour is not None:
            return
        self._seen()
        view = self.store.library
        if view is not None and view.steering:
            self._start()
        else:
            self._touring = True
            self.controller.tell(
                _COMING,
                "The sample is made ready once; that takes some minutes where it is not there yet.",
                "Go on with what you do. The strip at the foot of the window says how far it is.",
            )
            self.controller.library.sample()

    def _opened(self, session: Session, again: bool) -> None:
        view = self.store.library
        if self._touring and view is not None and view.steering:
            self._touring = False
            for notice in self.store.notices:
                if notice.happened == _COMING:
                    self.controller.dismiss(notice.number)
            self._start()

    def _start(self) -> None:
        search = self.controller.search
        if self.store.ranking is None:  # an empty list would show nothing of what the steps are about
            typed = self.window.search_pane.query.text().strip()
            if typed:  # meanwhile: it is what the user wants to know
                search.submit(typed)
            elif self.store.library is not None and self.store.library.path == paths.sample_library():
                search.submit(_FIRST_QUERY)
            else:
                search.like_document(0)
        self.tour = Tour(self.window)
        self.tour.ended.connect(self._ended)
        self.tour.begin()

    def _ended(self) -> None:
        self.tour = None

    def _decline(self) -> None:
        self._seen()
        self.window.start_page.new.setFocus()

    def _seen(self) -> None:
        self.window.start_page.offer_tour(False)
        self.controller.runner.submit(
            "Remembering the tour",
            lambda progress: settings.update_settings(
                lambda kept: kept.model_copy(update={"show_tour": False})
            ),
            quiet=True,
        )


def computer_words() -> str:
    """What this computer has in one line; looks without loading torch. Asks the driver: on a worker."""
    from saerch_desktop.embedding.devices import card_at_a_glance, computer

    here, card = computer(), card_at_a_glance()
    parts = ["1 processor core" if here.cores == 1 else f"{here.cores} processor cores"]
    if here.memory_bytes:
        parts.append(f"{here.memory_bytes / _GIB:.0f} GB memory")
    if here.free_disk_bytes:
        parts.append(f"{here.free_disk_bytes / _GIB:.0f} GB free on disk")
    if card.usable:
        parts.append(f"{card.name} with {card.memory_bytes / _GIB:.0f} GB")
        return " · ".join(parts)
    return f"{' · '.join(parts)}. {card.reason} The processor does the work."
