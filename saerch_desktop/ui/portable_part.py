"""Libraries as files: packed into one, unpacked, copied, and moved while the window goes along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from saerch_desktop import settings
from saerch_desktop.progress import Progress
from saerch_desktop.ui.dialogs import dialogs, usual_folder
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.search_log import move_log
from saerch_desktop.workflow import portable
from saerch_desktop.workflow.portable_unpack import packed_name, unpack

_FILES = "Packed libraries (*.zip);;All files (*)"
_SAID_MS = 8000


class PortablePart(Part):
    """Each is a job that can be stopped, and leaves nothing half done."""

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "pack-library": self.pack,
            "unpack-library": self.ask_package,
            "copy-library": self.copy,
            "move-library": self.move,
        }

    @property
    def _library(self) -> Path | None:
        session = self.controller.library.session
        return session.library.path if session is not None else None

    def pack(self) -> None:
        """Into one file that the user names."""
        library = self._library
        if library is None:
            return
        suggested = usual_folder(library) / packed_name(library)
        path = dialogs().save_file(self.window, "Pack the library", suggested, _FILES)
        if path is None:
            return
        if path.suffix.lower() != ".zip":
            path = path.with_name(path.name.removesuffix(".saerch") + portable.PACKED)
        self._run(
            f"Packing {library.stem}",
            lambda progress: portable.pack(library, path, progress),
            lambda made: self._say(f"{library.stem} is packed into {made.name}"),
        )

    def ask_package(self) -> None:
        """Unpack a file that the user chooses."""
        package = dialogs().open_file(self.window, "Unpack a library", self._folder(), _FILES)
        if package is not None:
            self.unpack(package)

    def unpack(self, package: Path) -> None:
        """Into a folder that the user chooses, and open it."""
        folder = dialogs().open_folder(
            self.window, "Where shall the library be unpacked?", self._folder(package.parent)
        )
        if folder is not None:
            self._run(
                f"Unpacking {package.name}",
                lambda progress: unpack(package, folder, progress),
                self.controller.library.open,
            )

    def copy(self) -> None:
        """Into another folder; the one that is open stays open."""
        target = self._target("Copy the library into which folder?")
        library = self._library
        if library is not None and target is not None:
            self._run(
                f"Copying {library.stem}",
                lambda progress: portable.copy_library(library, target, progress),
                lambda made: self._say(f"{library.stem} is copied to {made}"),
            )

    def move(self) -> None:
        """Into another folder; it is closed meanwhile and comes back as it was."""
        target = self._target("Move the library into which folder?")
        library = self._library
        if library is None or target is None:
            return
        state = self.window.view.state()
        self.controller.library.close()

        def back(path: Path) -> None:
            self.window.view.show_again(state.model_copy(update={"library": str(path)}))

        def work(progress: Progress) -> Path:
            made = portable.move_library(library, target, progress)
            move_log(library, made)
            settings.update_settings(lambda kept: kept.without_library(library))
            return made

        def done(made: Path) -> None:
            back(made)
            self._say(f"{library.stem} is in {made.parent} now")

        def failed(error: BaseException) -> None:
            self.controller.fail(error, "Moving the library")
            back(library)

        self.controller.runner.submit(
            f"Moving {library.stem}",
            work,
            lane=Lane.TRAIN,
            done=done,
            failed=failed,
            cancelled=lambda: back(library),
        )

    def _target(self, title: str) -> Path | None:
        library = self._library
        if library is None:
            return None
        folder = dialogs().open_folder(self.window, title, library.parent)
        return None if folder is None else portable.free_name(folder, library.name)

    def _folder(self, otherwise: Path | None = None) -> Path:
        """Where libraries are kept, as far as that is known."""
        library = self._library
        return library.parent if library is not None else otherwise or Path.home()

    def _run(self, title: str, work: Callable[[Progress], Any], done: Callable[[Any], None]) -> None:
        self.controller.runner.submit(
            title,
            work,
            lane=Lane.TRAIN,
            done=done,
            failed=lambda error: self.controller.fail(error, title),
        )

    def _say(self, text: str) -> None:
        self.window.statusBar().showMessage(text, _SAID_MS)
