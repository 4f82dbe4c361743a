"""Links to what the window shows: copied, pasted, and opened where their library is at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.saved_search import SavedQuery
from saerch_desktop.ui.view_link import ViewLink, holds_link, link_text, read_link

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.session import Session

_SAID_MS = 6000


@dataclass(frozen=True, slots=True)
class _Awaited:
    """A link whose library, or whose SAE, is being opened. sae: it was asked for already."""

    link: ViewLink
    path: Path
    sae: bool = False


class LinkPart(Part):
    """Where a link's library is not known the user is asked for it; another one is never shown instead."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._awaited: _Awaited | None = None
        self.controller.library.opened.connect(lambda session, _: self._opened(session))

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"copy-link": self.copy, "open-link": self.ask}

    # Making ----------------------------------------------------------------------------------------------

    def link(self) -> ViewLink | None:
        """What is shown now; None without a library."""
        session, store = self.controller.library.session, self.store
        if session is None:
            return None
        view, features = store.library, session.features
        search = self.controller.searches.saved()
        if search is not None and search.query is not None and search.words == search.query.text:
            # What was typed is asked for anew, word for word.
            search = search.model_copy(update={"query": SavedQuery(text=search.query.text), "made": ""})
        shown = store.document
        return ViewLink(
            library=session.library.manifest.name[:500],
            identity=session.library.manifest.id,
            sae=view.sae or "" if view is not None else "",
            weights=features.sae.sha256 if features is not None else "",
            search=search.model_copy(update={"made": ""}) if search is not None else None,
            feature=store.feature,
            document=shown.document.id[:4000] if shown is not None and store.row is not None else "",
        )

    def copy(self) -> None:
        """Put a link to what is shown onto the clipboard."""
        link = self.link()
        if link is None:
            return
        try:
            QApplication.clipboard().setText(link_text(link))
        except UserError as error:
            self.controller.fail(error)
        else:
            self._say("A link to this view is on the clipboard")

    # Opening ---------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Open the link on the clipboard, else one that is typed."""
        copied = QApplication.clipboard().text()
        text = copied if holds_link(copied) else None
        if text is None:
            about = "The link, as it was copied from SAErch Desktop:"
            text = dialogs().text(self.window, "Open a link", about, "", "Open")
        if text:
            self.open_text(text)

    def open_text(self, text: str) -> None:
        """Show what a link describes."""
        try:
            link = read_link(text)
        except UserError as error:
            self.controller.fail(error)
            return
        session = self.controller.library.session
        if session is not None and session.library.manifest.id == link.identity:
            self._show(session, _Awaited(link, session.library.path))
            return
        recent = tuple(self.store.recent)
        self.controller.runner.look_up(
            "Looking for the library of a link",
            lambda progress: _whereabouts(link.identity, recent),
            key="find link",
            done=lambda path: self._open(link, path) if path is not None else self._ask_where(link),
            fail=self.controller.fail,
        )

    def _ask_where(self, link: ViewLink) -> None:
        title = f"Where is the library “{link.library}”?"
        path = dialogs().open_folder(self.window, title, Path.home())
        if path is None:
            return

        def work(progress: Progress) -> Path:
            if _whereabouts(link.identity, (str(path),)) is None:
                raise UserError(
                    f"{path.name} is not the library that the link is about.",
                    "Nothing was opened.",
                    f"The link is about “{link.library}”: choose its folder, or a copy of it.",
                )
            return path

        self.controller.runner.look_up(
            "Looking at the library",
            work,
            key="find link",
            done=lambda found: self._open(link, found),
            fail=self.controller.fail,
            doing="Opening the link",
        )

    def _open(self, link: ViewLink, path: Path) -> None:
        self._awaited = _Awaited(link, path.absolute())
        self.controller.library.open(path)

    def _opened(self, session: Session) -> None:
        awaited = self._awaited
        if awaited is not None and session.library.path == awaited.path:
            self._awaited = None
            self._show(session, awaited)

    def _show(self, session: Session, awaited: _Awaited) -> None:
        link, features = awaited.link, session.features
        same = features is not None and features.sae.sha256 == link.weights
        there = link.sae in session.library.sae_names()
        if not same and there and not awaited.sae and (features is None or features.sae.name != link.sae):
            self._awaited = _Awaited(link, session.library.path, sae=True)
            self.controller.library.use_sae(link.sae)
            return
        if link.search is not None and link.search.query is not None:
            self.controller.searches.show_again(link.search)
        if link.feature is not None and same:
            self.controller.inspect.feature(link.feature)
        if link.document:
            row = session.library.documents.row_of(link.document)
            if row is not None:
                self.controller.inspect.document(row)
        if link.weights and not same:
            self.controller.tell(
                f"The features of the link are not in “{session.library.manifest.name}”.",
                "What it searched for is shown; its sliders and filters by features are left out.",
                "Ask whoever made the link for a copy of the library with its features.",
            )

    def _say(self, text: str) -> None:
        self.window.statusBar().showMessage(text, _SAID_MS)


def _whereabouts(identity: str, paths: Sequence[str]) -> Path | None:
    """The first of these folders that is the library of this number, or a copy of it."""
    from saerch_desktop.library.manifest import read_manifest

    for path in map(Path, paths):
        try:
            if read_manifest(path).id == identity:
                return path
        except UserError:  # gone, or no library any longer
            continue
    return None
