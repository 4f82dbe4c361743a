"""The library's desk: opens, builds and embeds; runs the long jobs of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from saerch_desktop import paths, settings
from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import SAES_FOLDER
from saerch_desktop.progress import Progress, Update
from saerch_desktop.ui.jobs import Job, JobRunner, Lane
from saerch_desktop.ui.jobs_kept import KeptJobs
from saerch_desktop.ui.native_ahead import load_ahead
from saerch_desktop.ui.state import LibraryView, Store
from saerch_desktop.workflow.job_journal import Journal, Kept

if TYPE_CHECKING:
    from saerch_desktop.workflow.making import NewLibrary
    from saerch_desktop.workflow.session import Session

Fail = Callable[[BaseException, str], None]
Tell = Callable[[str, str, str], None]  # what happened, what it means, what to do now


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    session: Session
    view: LibraryView


class LibraryDesk(QObject):
    """Emits `opened(session, again)`: `again` when the same library was read anew, shown without a jump."""

    opened = Signal(object, bool)
    closed = Signal()

    def __init__(self, store: Store, runner: JobRunner, fail: Fail, tell: Tell, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._runner = runner
        self._fail = fail
        self._tell = tell
        self.session: Session | None = None
        self.kept = KeptJobs(Journal(), runner, self)

    @property
    def busy(self) -> bool:
        """Whether a job that writes a library is running or waiting."""
        return any(job.lane is Lane.TRAIN for job in self._runner.jobs())

    @property
    def _in_use(self) -> str | None:
        """The SAE whose features are shown."""
        return self._store.library.sae if self._store.library is not None else None

    # Opening ---------------------------------------------------------------------------------------------

    def open(self, path: Path, sae: str | None = None) -> None:
        path = path.absolute()

        def failed(error: BaseException) -> None:
            self._store.searching = ""
            if not path.exists():
                self._remember(lambda kept: kept.without_library(path))
            self._fail(error, f"Opening {path.name}")

        self._store.searching = f"Opening {path.stem}…"
        self._open(path, sae, again=False, failed=failed)

    def reopen(self, path: str, sae: str | None) -> None:
        """At the start: what was open last, or nothing without a word."""
        if path and Path(path).is_dir():
            self.open(Path(path), sae)

    def use_sae(self, name: str) -> None:
        if self.session is not None:
            self._open(
                self.session.library.path, name, again=True, failed=self._failed("Opening the features")
            )

    def close(self) -> None:
        self._runner.cancel_keys(("open", "query", "rank", "prefetch", "card", "document"))
        self._replace(None)
        self._store.library = None
        self.closed.emit()

    def refresh(self, path: Path, sae: str | None = None) -> None:
        """Show what a running job has finished so far; open the library if nothing else is open.

        sae: the one to use; when left out the one in use, and without one the newest.
        """
        current = self.session.library.path if self.session is not None else None
        if current is None or current == path:
            sae = sae or (self._in_use if current == path else None)
            self._open(path, sae, again=current == path, failed=lambda error: None)

    def _open(
        self, path: Path, sae: str | None, *, again: bool, failed: Callable[[BaseException], None]
    ) -> None:
        def done(opened: Opened) -> None:
            self._store.searching = ""
            still = again and self.session is not None and self.session.library.path == path
            if not still and self.session is not None:
                # All let go of what is shown before they can ask this library about the other one.
                self._replace(None)
                self.closed.emit()
            self._replace(opened.session)
            self._remember(lambda kept: kept.with_library(path))
            self._store.library = opened.view
            self.opened.emit(opened.session, still)
            if opened.view.semantic and not still:
                self._runner.submit(
                    "Getting ready", lambda progress: load_ahead(), lane=Lane.MODEL, quiet=True, key="ahead"
                )

        self._runner.submit(
            f"Opening {path.stem}",
            lambda progress: _opened(path, sae),
            lane=Lane.IO,
            key="open",
            quiet=True,
            done=done,
            failed=failed,
        )

    def _replace(self, session: Session | None) -> None:
        former, self.session = self.session, session
        if former is not None:
            # Readers of the former session may still be at it on other threads; the model lane is
            # where the slow ones run, so closing waits for them there.
            self._runner.submit("Closing", lambda progress: former.close(), lane=Lane.MODEL, quiet=True)

    def _remember(self, change: Callable[[settings.Settings], settings.Settings]) -> None:
        """On a worker: a write that waits for the disk would hold the window up while a library opens."""

        def done(kept: tuple[settings.Settings, UserError | None]) -> None:
            changed, error = kept
            if error is not None:
                self._fail(error, "")
            self._store.recent = changed.recent_libraries

        self._runner.submit(
            "Remembering the library",
            lambda progress: settings.update_settings(change),
            quiet=True,
            done=done,
        )

    # Long jobs -------------------------------------------------------------------------------------------

    def sample(self, sae: str | None = None) -> None:
        """Open the built-in sample; build it first, or go on building it, when it is not whole.

        sae: the one to use when it is whole; when left out, or no longer there, the newest.
        """
        path = paths.sample_library()
        if any(job.key in ("sample", "find sample") for job in self._runner.jobs()):
            return

        def whole(progress: Progress) -> bool:
            from saerch_desktop.workflow.sample import sample_is_complete

            return path.is_dir() and sample_is_complete(path)

        def checked(is_whole: bool) -> None:
            if is_whole:
                self.open(path, sae if sae is not None and (path / SAES_FOLDER / sae).is_dir() else None)
            else:
                self.long_job("Building the sample", path, key="sample", kept=Kept("sample", path))

        # Files are compared with their hashes: too long for the window's thread on a slow disk.
        self._runner.submit(
            "Looking for the sample",
            whole,
            lane=Lane.IO,
            key="find sample",
            quiet=True,
            done=checked,
            failed=self._failed("Looking for the sample"),
        )

    def new(self, wish: NewLibrary) -> Job:
        def work(progress: Progress) -> object:
            from saerch_desktop.workflow.making import make_library

            return make_library(wish, progress)

        path = wish.library.absolute()
        return self.long_job(f"Making {path.stem}", path, work, kept=Kept("import", path, wish.to_json()))

    def embed(self) -> None:
        if self.session is None:
            return
        path = self.session.library.path

        self.long_job("Computing vectors", path, kept=Kept("embed", path, {"embedder": "minilm"}))

    def long_job(
        self,
        title: str,
        path: Path,
        work: Callable[[Progress], Any] | None = None,
        key: str | None = None,
        settled: Callable[[BaseException], bool] = lambda error: False,
        *,
        kept: Kept | None = None,
    ) -> Job:
        """Run a job that writes the library at `path`; show what it finishes, and what it remarked.

        kept: what the job is, so that it can go on after a crash; it is also what is run, without `work`.
        settled: whether a failure was dealt with and needs no message.
        """
        run = work if work is not None else kept.run if kept is not None else None
        if run is None:
            raise ValueError("a long job needs its work, or what it is")
        stage = [""]

        def progressed(update: Update) -> None:
            # What one stage finished can be used while the next one runs: words first, then meaning.
            if update.stage != stage[0]:
                if stage[0]:
                    self.refresh(path)
                stage[0] = update.stage

        def done(value: object) -> None:
            stayed = None
            if self.session is None:
                self.open(path)
            elif self.session.library.path != path:
                self._ready_elsewhere(path, self.session.library.path)
                return
            else:
                wanted = getattr(value, "opened", "")  # workflow.training_run.PlanDone
                stayed = None if wanted else self._in_use
                self.refresh(path, wanted or None)
            self._remark(value, stayed)

        def failed(error: BaseException) -> None:
            if settled(error):
                return
            self._fail(error, title)
            if self.session is not None and self.session.library.path == path:
                self.refresh(path)

        def prepared(progress: Progress) -> Any:
            load_ahead(training=True)
            return run(progress)

        job = self._runner.submit(
            title,
            prepared,
            lane=Lane.TRAIN,
            key=key,
            done=done,
            failed=failed,
            progressed=progressed,
            opens=path,
        )
        if kept is not None:
            job.again = lambda: self.long_job(title, path, work, key, settled, kept=kept)
            self.kept.keep(job, kept)
        return job

    def _ready_elsewhere(self, path: Path, shown: Path) -> None:
        """A job is over whose library is not the one that is shown: nothing changes under one's hands."""
        self._remember(lambda kept: kept.with_library(path))
        self._tell(
            f"“{path.stem}” is ready.",
            f"What you see is still “{shown.stem}”.",
            "Open it under File ▸ Open recent.",
        )

    def _remark(self, value: object, stayed: str | None) -> None:
        """Tell of an SAE that was made. stayed: the one that went on being used meanwhile."""
        alarms = getattr(value, "alarms", ())  # workflow.build.Built, or nothing that was trained
        name = "" if isinstance(value, Path) else getattr(value, "name", "")  # a sample is a folder
        if name and stayed is not None and stayed != name:
            self._tell(
                f"“{name}” is ready.",
                " ".join((f"What you see is still “{stayed}”.", *alarms)),
                "Choose it under Train ▸ Features in use.",
            )
        elif alarms:
            self._tell(
                f"“{name}” is ready, with something to know about it.",
                " ".join(alarms),
                "Train ▸ About this SAE shows its course.",
            )

    def _failed(self, doing: str) -> Callable[[BaseException], None]:
        return lambda error: self._fail(error, doing)


def _opened(path: Path, sae: str | None) -> Opened:
    from saerch_desktop.workflow.session import open_session

    session = open_session(path, sae)
    try:
        return Opened(session, view_of(session))
    except BaseException:
        session.close()
        raise


def view_of(session: Session) -> LibraryView:
    """What the window says about the library: counts, and what works."""
    library, features = session.library, session.features
    vectors, manifest = library.vectors, library.manifest
    record = vectors.record if vectors is not None else None
    semantic = record is not None and record.embedder.kind != "given"
    if record is None:
        reason = "The search finds words so far. To search by meaning, choose Train ▸ Compute vectors."
    elif not semantic:
        reason = (
            f"Typed text is searched as words: this computer cannot embed as “{record.embedder.name}” does. "
            "To search by meaning, use a document as the query."
        )
    elif features is None:
        reason = (
            f"{session.trouble.happened} {session.trouble.remedy}"
            if session.trouble is not None
            else "To see and steer what a query is made of, choose Train ▸ Train features."
        )
    else:
        reason = ""
    return LibraryView(
        path=library.path,
        name=manifest.name,
        documents=manifest.documents,
        sae_names=tuple(library.sae_names()),
        sae=features.sae.name if features is not None else None,
        features=features.sae.config.features if features is not None else 0,
        embedder=record.embedder.name if record is not None else "",
        dim=record.dim if record is not None else 0,
        fingerprint=record.fingerprint if record is not None else "",
        findings=tuple(library.findings),
        vectors=record is not None,
        semantic=semantic,
        steering=features is not None,
        reason=reason,
    )
