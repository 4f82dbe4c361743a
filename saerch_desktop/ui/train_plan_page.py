"""The second page of the training window: which SAEs, with which settings, and what that takes."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.ui import wording
from saerch_desktop.ui.facts import Remarks
from saerch_desktop.ui.form_parts import describe, heading, icon_button
from saerch_desktop.ui.import_page import card, muted, sentence
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.ui.train_desk import TrainDesk
from saerch_desktop.ui.train_row_form import RowForm
from saerch_desktop.ui.train_table import ShortTable
from saerch_desktop.workflow.training_plan import GOALS, Goal, PlannedSae

_COLUMNS = (
    ("SAE", "What the features will be called"),
    ("Features", "How many there will be"),
    ("k", "How many describe one text"),
    ("Passes", "How often each text is seen"),
    ("Seeds", "How many times it is trained, each from another seed"),
    ("Time", "Training and encoding, measured here by a second of trying it out"),
    ("Memory", "The most that is needed at one time"),
    ("Disk", "What is written into the library’s folder"),
)
_SPARED = (3, 4, 7)


class PlanPage(QWidget):
    """Shows the flow's rows; changes go to the flow at once."""

    def __init__(self, desk: TrainDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setAccessibleName("Plan")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 2 * UNIT, 0)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(sentence("What is trained, and what it takes", "title"))
        self.table = ShortTable(
            _COLUMNS, "SAEs of the plan", "One line for each SAE; its settings are below", _SPARED
        )
        self.table.currentCellChanged.connect(lambda *_: self._show_form())
        self.table.removed.connect(self._remove_at)
        layout.addWidget(self.table)
        layout.addLayout(self._rows_buttons())
        self.total = sentence()
        self.total.setAccessibleName("What all of it takes")
        layout.addWidget(self.total)
        self.remarks = Remarks()
        self._remarks_place = QVBoxLayout()
        self._remarks_place.addWidget(self.remarks)
        layout.addLayout(self._remarks_place)
        frame, inside = card()
        self.form_title = heading("")
        self.form = RowForm()
        self.form.changed.connect(self._change)
        self.refused = muted()
        self.refused.setAccessibleName("Why this setting was not taken")
        self.refused.hide()
        inside.addWidget(self.form_title)
        inside.addWidget(self.form)
        inside.addWidget(self.refused)
        layout.addWidget(frame)
        layout.addWidget(self._after_card())
        layout.addStretch(1)

    def _rows_buttons(self) -> QHBoxLayout:
        self.add = icon_button("Add an SAE", "One more SAE in the same plan", "add")
        menu = QMenu(self.add)
        menu.setAccessibleName("Add an SAE")
        like = menu.addAction("Like the last one, with the next seed")
        like.triggered.connect(lambda: self._add(None))
        goals: tuple[Goal, ...] = ("balanced", "broad", "fine", "paper")
        for goal in goals:
            one = menu.addAction(GOALS[goal].title)
            one.triggered.connect(lambda _=False, goal=goal: self._add(goal))
        self.add.setMenu(menu)
        self.remove = icon_button("Take out", "Take this SAE out of the plan (Del)", "close")
        self.remove.clicked.connect(lambda: self._remove_at(self.table.current()))
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.add)
        row.addWidget(self.remove)
        row.addStretch(1)
        return row

    def _after_card(self) -> QWidget:
        frame, inside = card()
        inside.addWidget(heading("Afterwards"))
        self.after: dict[str, QCheckBox] = {}
        for name, text, tip in (
            (
                "encode",
                "Encode all texts",
                "Write which features each text has; nothing else works without it",
            ),
            ("label", "Name the features", "Names from the texts themselves, each tested; no network"),
            ("families", "Build families", "Group features that belong together, and name the groups"),
            ("open", "Show the features", "Use them in this window when they are ready"),
        ):
            box = QCheckBox(text)
            describe(box, text, tip)
            box.clicked.connect(lambda on, name=name: self._follow(name, on))
            inside.addWidget(box)
            self.after[name] = box
        return frame

    # State -----------------------------------------------------------------------------------------------

    def show_state(self) -> None:
        """Put the flow and its forecast into the controls."""
        flow, said = self._desk.flow, self._desk.forecast
        if flow is None:
            return
        lines = []
        for number, sae in enumerate(flow.saes):
            cost = said.rows[number].estimate if said is not None else None
            config = said.rows[number].plan.config if said is not None else self._config(sae)
            times = len(sae.seeds)
            figures = (
                (
                    wording.duration((cost.seconds + cost.encoding_seconds) * times),
                    wording.size(cost.memory_bytes),
                    wording.size(cost.disk_bytes * times),
                )
                if cost is not None
                else ("…", "…", "…")
            )
            shape = (
                (f"{config.sae.features:,}", str(config.sae.k), str(config.epochs)) if config else ("–",) * 3
            )
            lines.append(((sae.name, *shape, str(times), *figures), sae.name))
        self.table.fill(lines)
        self.remove.setEnabled(len(flow.saes) > 1)
        for name, box in self.after.items():
            box.setChecked(getattr(flow.draft.after, name))
            box.setEnabled(name == "encode" or flow.draft.after.encode)
        self.total.setText(self._total())
        remarks = (*flow.remarks(), *(said.warnings if said is not None else ()))
        self._remark((said.refusal, *remarks) if said is not None and said.refusal else remarks)
        self._show_form()

    def enter(self) -> None:
        """The page has come to the front."""
        if self._desk.flow is not None:
            self.form.every.setChecked(self._desk.flow.is_expert or self.form.every.isChecked())
        if self._desk.forecast is None:
            self._desk.estimate_soon()

    def _total(self) -> str:
        said = self._desk.forecast
        if said is None:
            return self._desk.trouble or "Trying it out for a second to say what it takes…"
        what = "1 SAE" if len(said.plan.runs()) == 1 else f"{len(said.plan.runs())} SAEs"
        return (
            f"{what}: {wording.duration(said.seconds)} for training and encoding (names and families come on "
            f"top), {wording.size(said.memory_bytes)} of memory, {wording.size(said.disk_bytes)} on disk. "
            "You can go on working meanwhile, and pause or stop at any time."
        )

    def _remark(self, sentences: tuple[str, ...]) -> None:
        fresh = Remarks(tuple(dict.fromkeys(sentences)))
        self._remarks_place.replaceWidget(self.remarks, fresh)
        self.remarks.setParent(None)
        self.remarks.deleteLater()
        self.remarks = fresh

    def _show_form(self) -> None:
        flow, at = self._desk.flow, self.table.current()
        if flow is None or not 0 <= at < len(flow.saes):
            return
        sae = flow.saes[at]
        self.form_title.setText(f"Settings of “{sae.name}”")
        self.form.show_sae(sae, self._config(sae))

    def _config(self, sae: PlannedSae) -> TrainConfig | None:
        """What a row means for this library, with what is automatic filled in."""
        flow = self._desk.flow
        if flow is None:
            return None
        try:
            return next(iter(sae.runs())).config(flow.ground.documents, flow.ground.dim)
        except UserError:
            return None

    # What the user does ----------------------------------------------------------------------------------

    def _change(self, changes: dict[str, object]) -> None:
        flow, at = self._desk.flow, self.table.current()
        if flow is None or not 0 <= at < len(flow.saes):
            return
        refused = flow.change(at, **changes)
        self.refused.setText(refused)
        self.refused.setVisible(bool(refused))
        if refused:
            self._show_form()

    def _add(self, goal: Goal | None) -> None:
        if self._desk.flow is not None:
            self._desk.flow.add(goal)
            self.table.setCurrentCell(self.table.rowCount() - 1, 0)

    def _remove_at(self, at: int) -> None:
        if self._desk.flow is not None:
            self._desk.flow.remove(at)

    def _follow(self, name: str, on: bool) -> None:
        if self._desk.flow is not None:
            self._desk.flow.follow(**{name: on})
