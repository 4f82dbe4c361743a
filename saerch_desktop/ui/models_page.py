"""The page about language models: which are here, bringing one in, and removing one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton
from shiboken6 import isValid

from saerch_desktop.settings_fields import Settings
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.line_table import LineTable
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.settings_page import SettingsPage, note

if TYPE_CHECKING:
    from saerch_desktop.embedding.model_import import Imported
    from saerch_desktop.embedding.models import Model

_COLUMNS = (
    ("Model", "Makes vectors of texts"),
    ("State", "Whether it can be used"),
    ("Numbers", "Of one vector"),
    ("On disk", "All of its files"),
    ("Licence", "As its files say"),
)
_ROWS = 5
_ZIP = "Zip files (*.zip);;All files (*)"


class ModelsPage(SettingsPage):
    """Models come from folders and zip files only: nothing is fetched from anywhere."""

    title = "Models"
    icon = "sample"
    tip = (
        "Models that turn texts into vectors on this computer. Only weights in the safe format safetensors "
        "are taken; files that could run code stay out."
    )
    fields = ("models_dir",)
    words = ("embedding", "MiniLM", "import", "safetensors", "hash", "sentence-transformers", "zip")

    def build(self) -> None:
        self.models: tuple[Model, ...] = ()
        self._folder = live.now.models_dir
        self.table = LineTable(_COLUMNS, "Models on this computer", "Delete removes an imported model", (4,))
        self.table.setMinimumHeight(theme.row_height(self.font()) * _ROWS)
        self.table.removed.connect(lambda _: self.delete())
        self.table.currentCellChanged.connect(lambda *_: self._explain())
        self.add(self.table, "Models on this computer", "Installed models, their sizes and licences")
        self.about = note("Looking for models…")
        self.about.setAccessibleName("About the chosen model")
        self.content.addWidget(self.about)
        self.folder_button = _button(
            "Import a folder…", "A model folder that was downloaded as a whole", self.from_folder
        )
        self.zip_button = _button("Import a zip file…", "A zip file that holds such a folder", self.from_zip)
        self.hash_button = _button(
            "Copy its hash", "Of weights and configuration, to compare with the publisher's", self.copy_hash
        )
        self.delete_button = _button("Delete…", "Remove the chosen model from the disk", self.delete)
        first, second = QHBoxLayout(), QHBoxLayout()
        for line, buttons in (
            (first, (self.folder_button, self.zip_button)),
            (second, (self.hash_button, self.delete_button)),
        ):
            line.setSpacing(2 * theme.UNIT)
            for button in buttons:
                line.addWidget(button)
            line.addStretch(1)
            self.content.addLayout(line)
        self.text("models_dir", "The program's own folder", none_when_empty=True)

    def shown(self) -> None:
        self.look()

    def show_settings(self, now: Settings) -> None:
        super().show_settings(now)
        if now.models_dir != self._folder:
            self._folder = now.models_dir
            self.look()

    def look(self) -> None:
        """List the models again."""
        from saerch_desktop.embedding.models import installed

        controller = self.window_.controller
        controller.runner.look_up(
            "Looking for models",
            lambda progress: installed(),
            key="models",
            fail=controller.fail,
            done=self._found,
        )

    def from_folder(self) -> None:
        """Import a folder that the user chooses."""
        path = dialogs().open_folder(self, "Folder of a sentence-transformers model", Path.home())
        if path is not None:
            self.bring(path)

    def from_zip(self) -> None:
        """Import a zip file that the user chooses."""
        path = dialogs().open_file(self, "Zip file of a model", Path.home(), _ZIP)
        if path is not None:
            self.bring(path)

    def bring(self, source: Path) -> None:
        """Import this folder or zip file, as a listed job."""
        from saerch_desktop.embedding.model_import import import_model

        controller = self.window_.controller
        controller.runner.submit(
            f"Importing the model {source.name}",
            lambda progress: import_model(source, progress),
            done=self._brought,
            failed=lambda error: controller.fail(error, "Importing the model"),
        )

    def delete(self) -> None:
        """Ask, and remove the chosen model."""
        from saerch_desktop.embedding.models import delete

        model = self._chosen()
        if model is None or not model.removable:
            return
        text = (
            f"{_size(model.size_bytes)} become free. Libraries whose vectors were made by {model.name} can "
            "then be searched by words only, until it is imported again."
        )
        if not dialogs().ask(self, f"Delete {model.name}?", text, "Delete", "Cancel"):
            return
        controller = self.window_.controller
        controller.runner.look_up(
            "Deleting the model",
            lambda progress: delete(model),
            key=None,
            fail=controller.fail,
            done=lambda _: self.look() if isValid(self) else None,
        )

    def copy_hash(self) -> None:
        """Put the hash of the chosen model on the clipboard."""
        from saerch_desktop.embedding.models import fingerprint

        model = self._chosen()
        if model is None or model.trouble:
            return
        self.about.setText(f"Reading all of {model.name}…")
        controller = self.window_.controller
        controller.runner.look_up(
            "Reading the model",
            lambda progress: fingerprint(model),
            key="model-hash",
            fail=controller.fail,
            done=lambda found: self._hashed(model, found),
        )

    def _hashed(self, model: Model, found: str) -> None:
        QGuiApplication.clipboard().setText(found)
        if isValid(self):
            self.about.setText(f"SHA-256 of {model.name}, copied: {found}")

    def _found(self, models: tuple[Model, ...]) -> None:
        if not isValid(self):
            return
        self.models = models
        self.table.fill([_row(model) for model in models])
        self._explain()

    def _brought(self, found: Imported) -> None:
        out = len(found.left_out)
        left = f" {wording.count(out)} files that are not needed stayed out." if out else ""
        self.window_.controller.tell(
            f"The model {found.model.name} is here.",
            f"It can be chosen for new libraries.{left}",
            "Nothing of it was run.",
        )
        if isValid(self):
            self.look()

    def _chosen(self) -> Model | None:
        at = self.table.current()
        return self.models[at] if 0 <= at < len(self.models) else None

    def _explain(self) -> None:
        model = self._chosen()
        self.hash_button.setEnabled(model is not None and not model.trouble)
        self.delete_button.setEnabled(model is not None and model.removable)
        if model is None:
            return
        if model.trouble:
            self.about.setText(model.trouble)
        elif not model.removable:
            self.about.setText("Comes with the program.")
        else:
            self.about.setText(f"In {model.folder}. On the command line: {model.word}")


def _row(model: Model) -> tuple[tuple[str, ...], str]:
    state = "Cannot be used" if model.trouble else "Ready" if model.removable else "Built in"
    dim = wording.count(model.dim) if model.dim else "–"
    return (model.name, state, dim, _size(model.size_bytes), model.licence or "–"), model.trouble or str(
        model.folder
    )


def _size(size: int) -> str:
    from saerch_desktop.workflow.storage import human

    return human(size)


def _button(text: str, tip: str, pressed: object) -> QPushButton:
    button = QPushButton(text)
    describe(button, text.rstrip("…"), tip)
    button.clicked.connect(pressed)
    return button
