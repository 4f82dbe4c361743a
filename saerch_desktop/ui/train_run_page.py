"""The last pages of the training window: how the training goes, what it finds, and what follows it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from saerch_desktop.sae.record import EpochRecord
from saerch_desktop.sae.watching import Example, Moment
from saerch_desktop.ui import theme, train_run_words, wording
from saerch_desktop.ui.chips import FlowLayout
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.form_parts import heading, icon_button
from saerch_desktop.ui.import_page import card, muted, sentence
from saerch_desktop.ui.job import State
from saerch_desktop.ui.pass_curve import PassCurve
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.ui.train_desk import TrainDesk
from saerch_desktop.ui.train_table import ShortTable
from saerch_desktop.workflow.training_standing import Standing

_STEPS = (
    ("SAE", "What the features are called"),
    ("Training", "Learning the features"),
    ("Encoding", "Writing which features each text has"),
    ("Names", "Naming the features from the texts"),
    ("Families", "Grouping features that belong together"),
)
_EXAMPLES = (
    ("Its strongest texts", "Titles of the texts in which the feature is strongest now"),
    ("Feature", "Its number; it has no name yet"),
    ("Active in", "Share of the sample’s texts in which it is active"),
)


class RunPage(QWidget):
    """Shows what the desk hears. `plan_wanted`: another plan is to be made; `shown_wanted`: the window
    with the features that were trained.
    """

    plan_wanted = Signal()
    shown_wanted = Signal()

    def __init__(self, desk: TrainDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._moment: Moment | None = None
        self._passes: tuple[EpochRecord, ...] = ()
        self._shown_examples: tuple[Example, ...] = ()
        self.setAccessibleName("Run")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 2 * UNIT, 0)
        layout.setSpacing(3 * UNIT)
        self.title = sentence("", "title")
        self.stage = muted()
        self.stage.setAccessibleName("What is done now")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(UNIT)
        self.bar.setAccessibleName("Progress")
        layout.addWidget(self.title)
        layout.addWidget(self.bar)
        layout.addWidget(self.stage)
        layout.addWidget(self._buttons())
        layout.addWidget(self._trouble_card())
        self.steps = ShortTable(_STEPS, "Steps of each SAE", "How far each SAE of the plan is")
        self.curve = PassCurve()
        self.figures = sentence()
        self.figures.setAccessibleName("Figures of the training")
        self.examples = ShortTable(
            _EXAMPLES, "Example features", "Random live features and their strongest texts", least=5
        )
        self.looked = muted()
        layout.addWidget(self.steps)
        layout.addWidget(self.figures)
        layout.addWidget(heading("Features in the making"))
        layout.addWidget(self.looked)
        layout.addWidget(self.examples)
        layout.addWidget(self.curve)
        layout.addStretch(1)
        self.show_state()

    def _buttons(self) -> QWidget:
        self.pause = icon_button("Pause", "Let the training rest; it goes on where it was", "pause")
        self.pause.clicked.connect(self._pause)
        self.stop = icon_button(
            "Stop and keep the best", "End the training here; its best weights become the SAE", "stop"
        )
        self.stop.clicked.connect(self._desk.stop)
        self.discard = icon_button("Throw away…", "End the training and keep nothing of this SAE", "close")
        self.discard.clicked.connect(self._discard)
        self.skip = icon_button(
            "Leave out this step", "Go on with the next step; this one can be done later", "forward"
        )
        self.skip.clicked.connect(self._skip)
        self.show_features = icon_button("Show the features", "Use the new features in the window", "feature")
        self.show_features.clicked.connect(self._open)
        self.again = icon_button("Train more…", "Plan another training", "train")
        self.again.clicked.connect(self.plan_wanted)
        place = QWidget()
        place.setAccessibleName("What can be done")
        row = FlowLayout(place)
        for button in (self.pause, self.stop, self.discard, self.skip, self.show_features, self.again):
            row.addWidget(button)
        return place

    def _trouble_card(self) -> QWidget:
        """What an alarm says, and what can be done about it."""
        self.trouble, self._trouble_inside = card()
        self.trouble.hide()
        self.remedies: list[QPushButton] = []
        self._shown_alarms: tuple[object, ...] = ()
        return self.trouble

    # State -----------------------------------------------------------------------------------------------

    def show_state(self) -> None:
        """Put the desk's standing into the controls."""
        standing, job = self._desk.standing, self._desk.job
        running = standing is not None and not standing.over
        training = running and standing is not None and standing.step == "train"
        paused = job is not None and job.state is State.PAUSED
        self.title.setText(train_run_words.title(standing))
        self.pause.setVisible(running)
        self.pause.setEnabled(job is not None)
        self.pause.setText("Go on" if paused else "Pause")
        self.pause.setAccessibleName("Go on" if paused else "Pause")
        theme.set_icon(self.pause, "go-on" if paused else "pause")
        self.stop.setVisible(training)
        self.discard.setVisible(training)
        self.skip.setVisible(running and standing is not None and standing.step in ("label", "families"))
        ready = standing is not None and any("encode" in run.done for run in standing.state.runs)
        self.show_features.setVisible(ready)
        self.again.setVisible(not running)
        self.bar.setVisible(running)
        self.stage.setVisible(running)
        self.show_progress()
        if standing is None:
            return
        self.steps.fill(
            [(train_run_words.cells(standing, run), run.trouble or run.name) for run in standing.state.runs]
        )
        moment = standing.moment(standing.current) if standing.current else None
        if moment is not self._moment:
            self._moment = moment
            self._show_moment(moment)
        self.looked.setText(train_run_words.looked(moment, alive=training))
        self._show_trouble(standing, moment)

    def show_progress(self) -> None:
        """Put the job's place into the bar."""
        job = self._desk.job
        update = job.update_now if job is not None else None
        self.stage.setText(train_run_words.stage(update, job is not None and job.state is State.PAUSED))
        known = update is not None and bool(update.total)
        self.bar.setRange(0, 1000 if known else 0)
        if update is not None and update.total:
            self.bar.setValue(round(1000 * min(1.0, update.done / update.total)))

    def _show_moment(self, moment: Moment | None) -> None:
        self.figures.setText(train_run_words.figures(moment))
        passes = moment.record.epochs if moment is not None else ()
        if passes != self._passes:
            self._passes = passes
            self.curve.set_passes(passes)
        examples = moment.examples if moment is not None else ()
        if examples == self._shown_examples and examples:
            return  # whoever reads them is not disturbed
        self._shown_examples = examples
        self.examples.fill(
            [
                (
                    (
                        " · ".join(text or "(no title)" for text in one.texts),
                        f"#{one.feature}",
                        wording.share(one.active / max(1, one.sample)),
                    ),
                    "\n".join(one.texts),
                )
                for one in examples
            ]
        )

    def _show_trouble(self, standing: Standing, moment: Moment | None) -> None:
        alive = moment is not None and not standing.over and standing.step == "train"
        shown = (moment.alarms, moment.remedies) if alive and moment is not None else ()
        if shown == self._shown_alarms:
            return
        self._shown_alarms = shown
        for child in self.trouble.findChildren(QWidget):
            child.setParent(None)
            child.deleteLater()
        self.remedies = []
        if not shown or moment is None:
            self.trouble.hide()
            return
        for alarm in moment.alarms:
            self._trouble_inside.addWidget(_warning(alarm.sentence))
        place = QWidget()
        row = FlowLayout(place)
        for remedy in moment.remedies:
            button = icon_button(remedy.words, remedy.meaning, "check")
            button.clicked.connect(partial(self._apply, remedy))
            button.setAutoDefault(False)
            row.addWidget(button)
            self.remedies.append(button)
        self._trouble_inside.addWidget(place)
        self.trouble.setVisible(bool(moment.alarms))

    # What the user does ----------------------------------------------------------------------------------

    def _pause(self) -> None:
        job = self._desk.job
        if job is None:
            return
        if job.state is State.PAUSED:
            job.resume()
        else:
            job.pause()
        self.show_state()

    def _apply(self, remedy: object, checked: bool = False) -> None:
        live = self._desk.live
        if live is None or self._moment is None or remedy not in self._moment.remedies:
            return
        chosen = next(one for one in self._moment.remedies if one == remedy)
        if chosen.act == "fewer features" and not dialogs().ask(
            self, chosen.words, chosen.meaning, "Begin again", "Go on as it is"
        ):
            return
        self._desk.apply(chosen)
        for button in self.remedies:
            button.setEnabled(False)

    def _discard(self) -> None:
        standing = self._desk.standing
        name = standing.current if standing is not None else ""
        if dialogs().ask(
            self,
            "Throw away",
            f"Everything learnt for “{name}” so far is lost. SAEs that are finished stay.",
            "Throw away",
            "Go on training",
        ):
            self._desk.discard()

    def _skip(self) -> None:
        self._desk.skip()

    def _open(self) -> None:
        standing = self._desk.standing
        if standing is None:
            return
        ready = [run.name for run in standing.state.runs if "encode" in run.done]
        if ready:
            self._desk.open(ready[0])
            self.shown_wanted.emit()


def _warning(text: str) -> QWidget:
    """A sentence behind a warning sign."""
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2 * UNIT)
    sign = QLabel()
    theme.set_icon(sign, "warning")
    row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(sentence(text), 1)
    return line
