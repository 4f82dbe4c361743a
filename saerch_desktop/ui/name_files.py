"""Names as files, from the window: asks where, works beside the window, and tells what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop.ui.confirm_dialog import Question
from saerch_desktop.ui.dialogs import NAME_FILES, dialogs, usual_folder
from saerch_desktop.ui.jobs import Lane

if TYPE_CHECKING:
    from saerch_desktop.features.label_exchange import Names
    from saerch_desktop.features.label_merging import Merged
    from saerch_desktop.progress import Progress
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.session import Session

_FORMS = (
    "Everything, to bring into this program again (.json)",
    "A table for a spreadsheet (.csv)",
    "The records that the paper’s app reads (.json)",
)
_FILTERS = ("Names of features (*.json)", "Tables (*.csv)", "Feature analysis (*.json)")


class NameFiles:
    """One per window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._controller = window.controller

    # Out -------------------------------------------------------------------------------------------------

    def export(self) -> None:
        session = self._session()
        if session is None or session.features is None:
            return
        form = dialogs().choose(self._window, "Export names", "What should the file hold?", list(_FORMS))
        if form not in _FORMS:
            return
        kind = _FORMS.index(form)
        name = session.features.sae.name
        stem = f"{session.library.path.stem} {name} names"
        suggested = (f"{stem}.json", f"{stem}.csv", "feature_analysis_results.json")[kind]
        folder = usual_folder(session.library.path)
        path = dialogs().save_file(self._window, "Export names", folder / suggested, _FILTERS[kind])
        if path is None:
            return
        features = session.features

        def work(progress: Progress) -> int:
            from saerch_desktop.features.label_exchange import export_names, kind_of

            return export_names(path, session.library, features, kind_of(path, paper=kind == 2))

        self._controller.runner.submit(
            f"Writing {path.name}",
            work,
            lane=Lane.IO,
            done=lambda count: self._said(f"{count:,} features written to {path}"),
            failed=lambda error: self._controller.fail(error, f"Writing {path.name}"),
        )

    # In --------------------------------------------------------------------------------------------------

    def bring(self) -> None:
        session = self._session()
        if session is None or session.features is None:
            return
        path = dialogs().open_file(self._window, "Import names", session.library.path.parent, NAME_FILES)
        if path is None:
            return
        features = session.features

        def work(progress: Progress) -> Names:
            from saerch_desktop.features.label_exchange import read_names

            return read_names(path, session.library, features)

        def done(names: Names) -> None:
            if self._session() is session:  # another library may have been opened meanwhile
                self._read(session, path, names)

        self._controller.runner.submit(
            f"Reading {path.name}",
            work,
            lane=Lane.IO,
            done=done,
            failed=lambda error: self._controller.fail(error, f"Reading {path.name}"),
        )

    def _read(self, session: Session, path: Path, names: Names) -> None:
        from saerch_desktop.features.label_merging import merged

        features = session.required_features()
        if names.other and not dialogs().confirm(self._window, _foreign(path, names)):
            return
        found = merged(features.labels, names)
        if found.kept:
            replaced = merged(features.labels, names, replace=True)
            if dialogs().ask(
                self._window,
                "Import names",
                f"{found.kept:,} features have a name or a verdict of yours and another name in {path.name}.",
                "Take the file’s names",
                "Keep mine",
            ):
                found = replaced
        self._take(session, path, found)

    def _take(self, session: Session, path: Path, found: Merged) -> None:
        features, folder = session.required_features(), session.required_features().folder
        self._controller.marks.put("importing names", found.marks)
        said = (
            f"{path.name} was imported.",
            f"New: {found.names:,} names that people gave, {len(found.claims):,} that machines gave.",
            f"{found.kept:,} features keep your name." if found.kept else "Names you gave stay as they are.",
        )
        if not found.claims:
            self._controller.tell(*said)
            return

        def work(progress: Progress) -> None:
            from saerch_desktop.features.label_merging import keep_claims

            keep_claims(folder, features.labels.features, found.claims)

        def done(_: object) -> None:
            self._controller.library.refresh(session.library.path)
            self._controller.tell(*said)

        self._controller.runner.submit(
            f"Keeping the names of {path.name}",
            work,
            lane=Lane.IO,
            quiet=True,
            done=done,
            failed=lambda error: self._controller.fail(error, f"Importing {path.name}"),
        )

    def _session(self) -> Session | None:
        return self._controller.library.session

    def _said(self, text: str) -> None:
        self._window.statusBar().showMessage(text, 8000)


def _foreign(path: Path, names: Names) -> Question:
    return Question(
        title="Import names",
        text=f"{path.name} holds names of another SAE: {names.other}. The numbers of its features mean other "
        "things here, so its names are very likely wrong.",
        facts=(),
        remarks=("To carry names from one SAE to another, compare the two instead.",),
        yes="Import anyway",
        yes_tip="Take the names by their numbers; importing can be undone",
    )
