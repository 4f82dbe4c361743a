"""What the user asks of SAEs that are there: bring one in, write one out, read about the one in use."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop.ui.dialogs import SAE_FILES, dialogs
from saerch_desktop.ui.sae_card import SaeCard, SaeCardDialog

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

# As the command line calls them, and in plain words.
FORMATS = (
    ("paper", "The paper’s own layout (.pth)"),
    ("saelens", "SAELens"),
    ("sparsify", "EleutherAI sparsify, latent-sae"),
    ("dictionary_learning", "dictionary_learning"),
    ("hypothesaes", "HypotheSAEs"),
    ("openai_raw", "OpenAI sparse_autoencoder"),
)


class SaeRequests:
    """Asks through the dialogs' seam and hands the answers to the desk; one per window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._desk = window.controller.saes
        self.card: SaeCardDialog | None = None

    # In and out ------------------------------------------------------------------------------------------

    def bring(self) -> None:
        view = self._window.store.library
        if view is None:
            return
        file = dialogs().open_file(self._window, "Import a trained SAE", self._usual_folder(), SAE_FILES)
        if file is None:
            return
        name = dialogs().text(
            self._window,
            "Import a trained SAE",
            "Name in this library:",
            _free_name(_name_of(file), view.sae_names),
            "Import",
        )
        if name is not None:
            self._desk.bring(file, name, without_k=partial(self._ask_k, file, name))

    def _ask_k(self, file: Path, name: str) -> None:
        k = dialogs().number(
            self._window,
            "Import a trained SAE",
            f"{file.name} does not say how many features are active in a document (k). It was trained with:",
            32,
        )
        if k is not None:
            self._desk.bring(file, name, k)

    def write(self) -> None:
        view = self._window.store.library
        if view is None or view.sae is None:
            return
        chosen = dialogs().choose(
            self._window,
            "Export this SAE",
            f"Which program should read “{view.sae}”?",
            [text for _, text in FORMATS],
        )
        form = next((form for form, text in FORMATS if text == chosen), None)
        if form is None:
            return
        out = dialogs().open_folder(self._window, "Folder for the files", self._usual_folder())
        if out is not None:
            self._desk.write(view.sae, form, out)

    def _usual_folder(self) -> Path:
        view = self._window.store.library
        return view.path.parent if view is not None else Path.home()

    # The card --------------------------------------------------------------------------------------------

    def about(self) -> None:
        view = self._window.store.library
        if view is not None and view.sae is not None:
            self._desk.card(view.sae, self._show)

    def _show(self, card: SaeCard) -> None:
        if self.card is not None:
            self.card.close()
        self.card = SaeCardDialog(card, self._window)
        self.card.finished.connect(lambda: setattr(self, "card", None))
        self.card.show()


def _name_of(file: Path) -> str:
    """What to call an SAE from its file: weights are often called the same, their folder is not."""
    generic = file.is_dir() or file.stem.casefold() in ("sae", "sae_weights", "cfg", "config", "ae", "model")
    name = (file.name if file.is_dir() else file.parent.name) if generic else file.stem
    return "".join(sign if sign.isalnum() or sign in " ._-" else "_" for sign in name).strip(" .") or "sae"


def _free_name(wanted: str, taken: tuple[str, ...]) -> str:
    """The same name, or the first free one with a number behind it."""
    used = {name.casefold() for name in taken}
    name, number = wanted, 1
    while name.casefold() in used:
        number += 1
        name = f"{wanted} {number}"
    return name
