"""What the user asks of SAEs: train one, bring one in, write one out, read about the one in use."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop.ui import wording
from saerch_desktop.ui.confirm_dialog import Question
from saerch_desktop.ui.dialogs import SAE_FILES, dialogs
from saerch_desktop.ui.sae_card import SaeCard, SaeCardDialog
from saerch_desktop.ui.training_choices import CHOICES, Choice

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.build import Wishes
    from saerch_desktop.workflow.training_forecast import Forecast

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

    # Training --------------------------------------------------------------------------------------------

    def train(self) -> None:
        from saerch_desktop.workflow.build import Wishes

        chosen = dialogs().choose(
            self._window,
            "Train features",
            "What should the features be like? Next you see what it takes.",
            [choice.text for choice in CHOICES],
        )
        for choice in CHOICES:
            if choice.text == chosen:
                wishes = Wishes(preset=choice.preset, recipe=choice.recipe)
                self._desk.forecast(wishes, partial(self._confirm, choice, wishes))

    def _confirm(self, choice: Choice, wishes: Wishes, said: Forecast) -> None:
        if dialogs().confirm(self._window, training_question(choice, said)):
            self._desk.train(wishes)

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


def training_question(choice: Choice, said: Forecast) -> Question:
    """The forecast in plain words."""
    config, estimate = said.plan.config, said.estimate
    text = (
        f"“{said.name}” was begun before and goes on where it was, with the settings it was begun with."
        if said.resumed
        else choice.words(said.plan.corpus, config.sae.dim)
    )
    passes = "1 pass" if config.epochs == 1 else f"{config.epochs} passes"
    return Question(
        title=f"Train features: {choice.short}",
        text=f"{text} You can go on working meanwhile, and stop and continue at any time.",
        facts=(
            ("Features", wording.count(config.sae.features), "How many there will be"),
            ("Active at a time", str(config.sae.k), "How many features describe one document (k)"),
            (
                "Documents",
                f"{wording.count(said.plan.documents)}, {passes}",
                "Documents to learn from, and how often each is seen; a few are held out to judge the result",
            ),
            (
                "Time",
                f"{wording.duration(estimate.seconds + estimate.encoding_seconds)}, labelling not counted",
                "Training and encoding, measured on this computer by a second of trying them out",
            ),
            ("Memory", wording.size(estimate.memory_bytes), "The most that is needed at one time"),
            ("Disk", wording.size(estimate.disk_bytes), "What is written into the library’s folder"),
        ),
        remarks=tuple(estimate.warnings),
        yes="Train",
        yes_tip="Start the training in the background",
    )


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
