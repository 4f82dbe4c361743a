"""Training in the window: one's own SAEs, and those that come from or go to other programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from saerch_desktop.ui.browser_part import BrowserPart
from saerch_desktop.ui.job import Job
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.train_desk import TrainDesk
from saerch_desktop.ui.train_window import TrainWindow

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class TrainPart(Part):
    """Has a window of its own, made when it is first asked for; closing it stops nothing."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.desk = TrainDesk(self.controller, self)
        self.training: TrainWindow | None = None
        self.controller.library.closed.connect(self._put_away)
        self.controller.runner.started.connect(self._follow)
        window.finished.connect(lambda _: self.desk.close())

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        saes = self.window.saes
        return {
            "embed": self.controller.library.embed,
            "train": self.ask,
            "sae-about": saes.about,
            "sae-import": saes.bring,
            "sae-export": saes.write,
        }

    def ask(self) -> None:
        """Show the window: the training that runs, else the plan as it was left."""
        if self.training is None:
            self.training = TrainWindow(self.desk, self.window)
            self.training.features_wanted.connect(self._show_features)
        self.training.show()
        self.training.raise_()
        self.training.activateWindow()
        self.training.enter()

    def _show_features(self) -> None:
        self.window.raise_()
        self.window.activateWindow()
        for part in self.window.parts:
            if isinstance(part, BrowserPart):
                part.show_filter()

    def _follow(self, job: Job) -> None:
        if not job.quiet:
            job.progressed.connect(lambda _: self._moved())
            job.changed.connect(self._moved)

    def _moved(self) -> None:
        if self.training is not None and self.training.isVisible():
            self.training.run_page.show_progress()

    def _put_away(self) -> None:
        if self.training is not None:
            self.training.close()
