"""Vectors made on this computer: with which model, how fast it is here, and how long that takes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from saerch_desktop.ui import wording
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.form_parts import describe, form_layout, icon_button
from saerch_desktop.ui.import_desk import ImportDesk
from saerch_desktop.ui.import_page import muted, sentence
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.import_draft import MINILM
from saerch_desktop.workflow.import_vectors import Speed

_BUILT_IN = "MiniLM, built in (English, 384 numbers)"
_FOLDER = "folder:"


class LocalPane(QWidget):
    """The model and its measured speed."""

    def __init__(self, desk: ImportDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.model = QComboBox()
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.model.setMinimumContentsLength(10)
        describe(self.model, "Model", "Which model on this computer turns texts into vectors")
        self.model.addItem(_BUILT_IN, MINILM)
        for spec, words in installed_models():
            self.model.addItem(words, spec)
        self.model.activated.connect(lambda _: desk.say(model=self.model.currentData()))
        self.choose = icon_button(
            "Model folder…", "Use a sentence-transformers model from a folder on this computer", "open"
        )
        self.choose.clicked.connect(self._ask)
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.model, 1)
        row.addWidget(self.choose)
        form = form_layout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow("Model", row)
        self.speed = sentence()
        self.speed.setAccessibleName("Measured speed")
        self.again = icon_button("Measure again", "Try the model on the same texts once more", "reset")
        self.again.clicked.connect(self._measure)
        below = QHBoxLayout()
        below.setSpacing(2 * UNIT)
        below.addWidget(self.speed, 1)
        below.addWidget(self.again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * UNIT)
        layout.addLayout(form)
        layout.addLayout(below)
        layout.addWidget(
            muted("Nothing leaves this computer. It can be paused or stopped at any time and goes on later.")
        )
        layout.addStretch(1)

    def _measure(self) -> None:
        self._desk.try_model(again=True)
        self.show_state()

    def _ask(self) -> None:
        path = dialogs().open_folder(self, "Folder of a sentence-transformers model", Path.home())
        if path is not None:
            self._desk.say(model=f"{_FOLDER}{path}")
            self.show_state()

    def show_state(self) -> None:
        draft = self._desk.draft
        place = self.model.findData(draft.model)
        if place < 0:
            self.model.addItem(model_words(draft.model), draft.model)
            place = self.model.count() - 1
        self.model.setCurrentIndex(place)
        speed, survey = self._desk.speed, self._desk.survey
        self.again.setEnabled(speed is not None or bool(self._desk.speed_trouble))
        if self._desk.speed_trouble:
            self.speed.setText(self._desk.speed_trouble)
        elif speed is not None:
            self.speed.setText(speed_words(speed, self._desk.documents()))
        elif survey is None:
            self.speed.setText("The speed is measured once your texts are counted…")
        else:
            self.speed.setText("Trying the model on some of your texts…")


def installed_models() -> list[tuple[str, str]]:
    """The models that were brought in, as spec and words."""
    from saerch_desktop.embedding.models import imported

    return [(model.word, model.name) for model in imported() if not model.trouble]


def model_words(spec: str) -> str:
    """How a model is called in sentences."""
    return "MiniLM" if spec == MINILM else Path(spec.removeprefix(_FOLDER)).name


def speed_words(speed: Speed, documents: int) -> str:
    """The measured speed, and what it means for so many documents."""
    rate = f"{speed.a_second:.1f}" if speed.a_second < 10 else f"{speed.a_second:,.0f}"
    return (
        f"{rate} texts a second on this computer, measured just now with {speed.texts} of yours: "
        f"{wording.documents(documents)} take {wording.duration(speed.seconds(documents))}."
    )
