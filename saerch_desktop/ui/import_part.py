"""Making libraries from files: opens the wizard, takes what is dropped, and offers training afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent

from saerch_desktop.library.manifest import MANIFEST_FILE
from saerch_desktop.ui.import_wizard import ImportWizard, dropped
from saerch_desktop.ui.jobs import State
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.state import LibraryView
from saerch_desktop.workflow import import_draft
from saerch_desktop.workflow.import_draft import ImportDraft
from saerch_desktop.workflow.training_plan import TrainingPlan

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class ImportPart(Part):
    """Has no dock: the wizard is a window, and then a job."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.wizard: ImportWizard | None = None
        self._offered: tuple[Path, str] | None = (
            None  # the library that has no features yet, and what was said
        )
        # As it is now: what stands on disk is written by a worker, a moment later.
        self._left = import_draft.load()
        self.store.library_changed.connect(self._look_at_offer)
        window.start_page.new_requested.connect(self.ask)
        window.start_page.set_draft(name_of(self._left))
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"new": self.ask}

    def ask(self, source: Path | None = None) -> None:
        """Open the wizard, or bring it to the front; it goes on with what was left. source: to take."""
        if self.wizard is None:
            wizard = ImportWizard(self.controller.runner, self._usual_folder(), self._left, self.window)
            self.wizard = wizard
            wizard.wished.connect(self._make)
            wizard.finished.connect(self._closed)
            wizard.show()
        if source is not None:
            self.wizard.take(source)
        self.wizard.raise_()
        self.wizard.activateWindow()

    def take(self, path: Path) -> None:
        """What was dropped on the window: a library is opened, anything else is a source to import."""
        if path.is_dir() and (path / MANIFEST_FILE).is_file():
            self.controller.library.open(path)
        else:
            self.ask(path)

    # Making ----------------------------------------------------------------------------------------------

    def _make(self, train: bool) -> None:
        wizard = self.wizard
        if wizard is None:
            return
        allowed = self._allowed(wizard)
        if allowed is None:
            return
        plan = TrainingPlan.of_goal("balanced") if train else None
        wish = wizard.flow.wish(plan, allow_network=allowed)
        job = self.controller.library.new(wish)
        if wish.plan is None and wish.vectors != "none":
            if job.state is State.DONE:
                self._offer_training(wish.library)
            else:
                job.done.connect(lambda _: self._offer_training(wish.library))
        wizard.desk.finish()
        wizard.accept()
        self._keep(None)

    def _allowed(self, wizard: ImportWizard) -> bool | None:
        """Whether the network may be used for this job; None when it is needed and was refused."""
        if wizard.desk.draft.vectors != "service":
            return False
        service = wizard.vectors_page.service
        bill = service.bill()
        if bill is None or bill.loopback:
            return False
        from saerch_desktop.ui.network_ask import ask

        cost = "" if bill.money is None else f"about ${bill.money:,.2f}"
        most = wizard.desk.draft.most_cost
        limit = "" if most is None else f", never more than ${most:,.2f}"
        source = wizard.desk.draft.source
        what = f"Making the vectors of {source.name if source is not None else 'the texts'}"
        return True if ask(self.window, bill.host, what, service.first_texts(), f"{cost}{limit}") else None

    def _offer_training(self, library: Path) -> None:
        session = self.controller.library.session
        view = self.store.library
        if session is None or (session.library.path == library.absolute() and view and view.steering):
            return
        self._offered = (library.absolute(), f"“{library.stem}” is imported, and has no features yet.")
        self.controller.tell(
            self._offered[1],
            "It can be searched by now; features show what its texts are made of and steer the search.",
            "Choose Train ▸ Train features.",
            "train",
            "Train features…",
        )

    def _look_at_offer(self, view: LibraryView | None) -> None:
        """The offer of a training goes when the features are there."""
        if self._offered is None or view is None or not view.steering or view.path != self._offered[0]:
            return
        for notice in self.store.notices:
            if notice.happened == self._offered[1]:
                self.controller.dismiss(notice.number)
        self._offered = None

    def _closed(self) -> None:
        if self.wizard is not None:
            draft = self.wizard.desk.draft
            self._keep(draft if draft.is_begun else None)
        self.wizard = None

    def _keep(self, draft: ImportDraft | None) -> None:
        self._left = draft
        self.window.start_page.set_draft(name_of(draft))

    def _usual_folder(self) -> Path:
        recent = self.store.recent
        return Path(recent[0]).parent if recent else Path.home()

    # Dropped files ---------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent) and event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            path = dropped(event.mimeData().urls())
            if path is not None and watched is self.window:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self.take(path)
                return True
        return super().eventFilter(watched, event)


def name_of(draft: ImportDraft | None) -> str:
    """The file that a draft is about; "" for none."""
    return draft.source.name if draft is not None and draft.source is not None else ""
