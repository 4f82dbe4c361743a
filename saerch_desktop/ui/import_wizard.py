"""The wizard behind "New library from a file": four pages over one state machine, kept as it is typed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.import_check_page import CheckPage
from saerch_desktop.ui.import_columns_page import ColumnsPage
from saerch_desktop.ui.import_desk import ImportDesk
from saerch_desktop.ui.import_page import ImportPage, muted, scrolling, sentence
from saerch_desktop.ui.import_source_page import SourcePage
from saerch_desktop.ui.import_steps import Steps
from saerch_desktop.ui.import_vectors_page import VectorsPage
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.on_screen import fit
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.import_draft import STEPS, ImportDraft
from saerch_desktop.workflow.import_flow import ImportFlow

_TRAIN, _TRAIN_SHORT = "Import, then train balanced features", "Import, then train"
_VECTORS = (".npy", ".npz", ".safetensors")


class ImportWizard(QDialog):
    """Emits `wished(train)` once, when everything needed is there: `train` asks for features as well.

    Closing it keeps what was typed; `draft` is what it goes on with.
    """

    wished = Signal(bool)

    def __init__(
        self, runner: JobRunner, folder: Path, draft: ImportDraft | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("import-wizard")
        self.setWindowTitle("New library from a file")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.desk = ImportDesk(runner, draft, folder, self)
        self.steps = Steps()
        self.source_page = SourcePage(self.desk, folder)
        self.columns_page = ColumnsPage(self.desk)
        self.vectors_page = VectorsPage(self.desk, folder)
        self.check_page = CheckPage(self.desk, self.vectors_page.service)
        self._pages: list[ImportPage] = [
            self.source_page,
            self.columns_page,
            self.vectors_page,
            self.check_page,
        ]
        self.stack = QStackedWidget()
        for page in self._pages:
            self.stack.addWidget(scrolling(page))
        right = QVBoxLayout()
        right.setSpacing(3 * UNIT)
        right.addWidget(self._left_part(draft))
        right.addWidget(self.stack, 1)
        right.addWidget(self._missing_part())
        right.addLayout(self._buttons_part())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(6 * UNIT)
        layout.addWidget(self.steps)
        layout.addLayout(right, 1)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter goes on, also from the button that chose the file
        self.steps.wanted.connect(lambda step: self.desk.turn(lambda: self.flow.go_to(step)))
        self.desk.changed.connect(self._show_state)
        self._fit()
        self._shown = ""
        self._show_state()

    @property
    def flow(self) -> ImportFlow:
        return self.desk.flow

    # Parts -----------------------------------------------------------------------------------------------

    def _left_part(self, draft: ImportDraft | None) -> QWidget:
        """That this goes on with what was left, and the way out of it."""
        self.left = QWidget()
        theme.set_role(self.left, "card")
        self.left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        name = draft.source.name if draft is not None and draft.source is not None else ""
        self.anew = QPushButton("Begin anew")
        describe(self.anew, "Begin anew", "Let go of what was typed and choose another file")
        self.anew.clicked.connect(self._begin_anew)
        row = QHBoxLayout(self.left)
        row.setContentsMargins(3 * UNIT, 2 * UNIT, 2 * UNIT, 2 * UNIT)
        row.addWidget(sentence(f"This goes on with “{name}”, as you left it."), 1)
        row.addWidget(self.anew)
        self.left.setVisible(bool(name))
        return self.left

    def _missing_part(self) -> QWidget:
        self.missing = muted()
        self.missing.setAccessibleName("What is still missing")
        return self.missing

    def _buttons_part(self) -> QHBoxLayout:
        self.cancel = QPushButton("Close")
        describe(self.cancel, "Close", "Nothing is made; what you have typed is kept for the next time")
        self.cancel.clicked.connect(self.reject)
        self.back = QPushButton("Back")
        describe(self.back, "Back", "Go to the page before")
        self.back.clicked.connect(lambda: self.desk.turn(lambda: self.flow.back()))
        self.next = QPushButton("Next")
        self.next.clicked.connect(lambda: self.desk.turn(lambda: self.flow.forward()))
        self.go = QPushButton("Import")
        self.go.clicked.connect(lambda: self._go(False))
        self.go_train = QPushButton(_TRAIN)
        self.go_train.clicked.connect(lambda: self._go(True))
        for button in (self.next, self.go_train):
            button.setProperty("primary", "true")
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.cancel)
        row.addStretch(1)
        for button in (self.back, self.next, self.go, self.go_train):
            row.addWidget(button)
        return row

    # State -----------------------------------------------------------------------------------------------

    def _show_state(self) -> None:
        draft = self.desk.draft
        at = STEPS.index(draft.step)
        page = self._pages[at]
        turned = self._shown != draft.step
        self._shown = draft.step
        page.show_state()
        self.steps.show_state(self.desk)
        self.stack.setCurrentIndex(at)
        missing = self.flow.missing(draft.step)
        told = missing if draft.source is not None else ""
        if draft.step == "vectors" and self.vectors_page.given.mismatch.isVisibleTo(self):
            told = "Choose a way out above, or another file."
        self.missing.setText(told)
        last = draft.step == STEPS[-1]
        self.back.setEnabled(at > 0)
        self.next.setVisible(not last)
        self.next.setEnabled(not missing)
        describe(self.next, "Next", missing or "Go to the next page")
        ready = last and self.flow.first_missing() is None
        trains = draft.vectors != "none"
        self.go.setVisible(last)
        self.go.setEnabled(ready)
        self.go_train.setVisible(last and trains)
        self.go_train.setEnabled(ready)
        self.go.setProperty("primary", "false" if trains else "true")
        self.go.style().polish(self.go)
        describe(self.go, "Import", missing or "Make the library; features can be trained afterwards")
        describe(
            self.go_train,
            _TRAIN,
            missing or "Make the library and train its features in the same go, all in the background",
        )
        self._default().setDefault(True)
        if turned:
            page.enter()
            if self.isVisible():
                self._focus(page)

    def _default(self) -> QPushButton:
        if not self.next.isHidden():
            return self.next
        return self.go_train if not self.go_train.isHidden() else self.go

    def _focus(self, page: ImportPage) -> None:
        first = page.first() or next(
            (
                child
                for child in page.findChildren(QWidget)
                if child.isVisibleTo(page)
                and child.isEnabled()
                and child.focusPolicy() & Qt.FocusPolicy.TabFocus
            ),
            None,
        )
        (first or self.next).setFocus(Qt.FocusReason.OtherFocusReason)

    def _begin_anew(self) -> None:
        self.left.hide()
        self.desk.begin_anew()
        self.source_page.choose_file.setFocus()

    def _go(self, train: bool) -> None:
        if self.flow.first_missing() is None:
            self.wished.emit(train)

    def _fit(self) -> None:
        """As large as it needs to be, and never larger than the screen."""
        fit(self, theme.units(250), theme.units(165))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        roomy = self.width() >= theme.units(210)
        self.go_train.setText(_TRAIN if roomy else _TRAIN_SHORT)

    def done(self, result: int) -> None:
        self.desk.close()
        super().done(result)

    # Dropped files ---------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event.mimeData().urls()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped(event.mimeData().urls())
        if path is not None:
            event.acceptProposedAction()
            self.take(path)

    def take(self, path: Path) -> None:
        """A file was dropped here: vectors where they are asked for, else the texts."""
        is_vectors = path.suffix.lower() in _VECTORS or (
            self.desk.draft.step == "vectors" and path.suffix.lower() == ".parquet"
        )
        if is_vectors and self.desk.draft.source is not None:
            self.desk.choose_vectors(path)
        else:
            self.desk.choose(path)


def dropped(urls: list[QUrl]) -> Path | None:
    """The one file or folder on this computer among what is dropped."""
    local = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    return local[0] if len(local) == 1 else None
