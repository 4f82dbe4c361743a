"""Name features: how, which ones, and what it would take, before anything is done or sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop import network
from saerch_desktop.errors import UserError
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.facts import Facts
from saerch_desktop.ui.form_parts import describe, heading
from saerch_desktop.ui.naming_choices import ALL, CHOICES, CHOSEN, NAMELESS, TYPED, features_to_name
from saerch_desktop.ui.naming_form import LOCKED, ModelForm
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.llm.plan import Plan
    from saerch_desktop.features.llm.settings import LlmSettings
    from saerch_desktop.ui.naming_desk import NamingDesk

_PAUSE_MS = 400
_HOW = (
    (
        "offline",
        "On this computer, by phrases",
        "Phrases that set a feature’s documents apart, chosen and tested on other documents; no network",
    ),
    (
        "llm",
        "By a language model",
        "A model that you choose reads documents with and without the feature; the names are tested too",
    ),
)


class NamingDialog(QDialog):
    """May stay open while one works; starts one naming and closes."""

    def __init__(self, desk: NamingDesk, chosen: Sequence[int], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("name-features")
        self.setWindowTitle("Name features")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk = desk
        self._chosen = tuple(chosen)
        self._features: list[int] = []
        self._asked: LlmSettings | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._plan)
        self.model_form = ModelForm()
        self.model_form.changed.connect(self._refresh)
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(8 * UNIT)
        columns.addLayout(self._choice_part(), 4)
        columns.addWidget(self._model_part(), 5)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        self.trouble = QLabel()
        self.trouble.setWordWrap(True)
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_role(self.trouble, "error")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.trouble)
        layout.addWidget(self._buttons_part())
        self.start.setDefault(True)  # only now does it know the dialog that Enter is pressed in
        self.resize(theme.units(230), theme.units(160))
        self.which[CHOSEN if self._chosen else ALL].setChecked(True)
        self.how["offline"].setChecked(True)
        self._refresh()

    # Parts -----------------------------------------------------------------------------------------------

    def _choice_part(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(2 * UNIT)
        column.addWidget(heading("How"))
        self.how = self._radios(_HOW, column)
        column.addSpacing(2 * UNIT)
        column.addWidget(heading("Which features"))
        self.which = self._radios(CHOICES, column)
        self.which[CHOSEN].setEnabled(bool(self._chosen))
        self.typed = QLineEdit()
        self.typed.setPlaceholderText("12, 40-60")
        describe(self.typed, "Numbers of the features", "Numbers and ranges, such as 12, 40-60")
        self.typed.textEdited.connect(lambda _: self.which[TYPED].setChecked(True))
        self.typed.textChanged.connect(lambda _: self._refresh())
        column.addWidget(self.typed)
        self.count = QLabel()
        theme.set_role(self.count, "muted")
        self.count.setWordWrap(True)
        column.addWidget(self.count)
        column.addStretch(1)
        return column

    def _radios(
        self, choices: Sequence[tuple[str, str, str]], column: QVBoxLayout
    ) -> dict[str, QRadioButton]:
        group = QButtonGroup(self)
        made = {}
        for name, text, tip in choices:
            radio = QRadioButton(text)
            describe(radio, text, tip)
            radio.toggled.connect(lambda on: self._refresh() if on else None)
            group.addButton(radio)
            column.addWidget(radio)
            made[name] = radio
        return made

    def _model_part(self) -> QStackedWidget:
        offline = QLabel(
            "Candidate phrases are collected from the documents where a feature is strong, compared with "
            "similar documents without it, and the one that finds the feature’s other documents best is kept "
            "and graded.\n\nNothing leaves this computer. About a minute for 9,000 features; you can go on "
            "working meanwhile.\n\nNames that you gave or accepted are not touched."
        )
        offline.setWordWrap(True)
        offline.setAlignment(Qt.AlignmentFlag.AlignTop)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * UNIT)
        column.addWidget(self.model_form)
        column.addWidget(heading("What it takes"))
        self._plan_place = QVBoxLayout()
        column.addLayout(self._plan_place)
        self.plan_note = QLabel()
        self.plan_note.setWordWrap(True)
        theme.set_role(self.plan_note, "muted")
        column.addWidget(self.plan_note)
        column.addStretch(1)
        self._facts: Facts | None = None
        self._side = QStackedWidget()
        self._side.addWidget(offline)
        self._side.addWidget(side)
        return self._side

    def _buttons_part(self) -> QDialogButtonBox:
        box = QDialogButtonBox()
        self.start = box.addButton("Start", QDialogButtonBox.ButtonRole.AcceptRole)
        self.start.setProperty("primary", "true")
        describe(self.start, "Start naming", "Start in the background; it can be stopped and gone on with")
        cancel = box.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        describe(cancel, "Cancel", "Change nothing (Esc)")
        self.show_request = box.addButton("Show the first request…", QDialogButtonBox.ButtonRole.ActionRole)
        describe(
            self.show_request,
            "Show the first request",
            "Read exactly what would be sent first, and where to; nothing is sent",
        )
        self.show_request.clicked.connect(self._show_request)
        self.start.clicked.connect(self._start)
        box.rejected.connect(self.reject)
        return box

    # State -----------------------------------------------------------------------------------------------

    @property
    def method(self) -> str:
        return next((name for name, radio in self.how.items() if radio.isChecked()), "offline")

    @property
    def choice(self) -> str:
        return next((name for name, radio in self.which.items() if radio.isChecked()), ALL)

    def _refresh(self) -> None:
        if not hasattr(self, "start") or self._desk.features is None:
            return
        features, llm = self._desk.features, self.method == "llm"
        self._side.setCurrentIndex(int(llm))
        self.show_request.setVisible(llm)
        self._asked = None
        self._desk.forget_plan()
        try:
            self._features = features_to_name(features, self.choice, self._chosen, self.typed.text())
            self.count.setText(self._counted())
            self._say(
                "" if self._features or self.choice in (NAMELESS, TYPED) else "There are none of these."
            )
            settings = self.model_form.settings(self._features) if llm else None
        except UserError as error:
            self._features = []
            self.count.setText("")
            self._say(f"{error.happened} {error.remedy}")
            settings = None
        ready = bool(self._features) and not (llm and self._desk.running)
        self.start.setEnabled(ready and not llm)
        self.show_request.setEnabled(ready and settings is not None)
        if not llm:
            return
        self._put_facts(None)
        if self._desk.running:
            self._say("A language model is being asked already. Stop it first, or wait for its end.")
        elif settings is None or not self._features:
            self.plan_note.setText("Give a model and features, and the estimate appears here.")
        else:
            self.plan_note.setText("Estimating…")
            self._asked = settings
            self._timer.start()

    def _counted(self) -> str:
        live = len(self._features)
        return "1 active feature" if live == 1 else f"{live:,} active features"

    def _say(self, text: str) -> None:
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))

    # The estimate ----------------------------------------------------------------------------------------

    def _plan(self) -> None:
        asked = self._asked
        if asked is None:
            return

        def ready(plan: Plan) -> None:
            if asked is self._asked:
                self._show_plan(asked, plan)

        self._desk.plan(asked, ready, self._if_current(asked))

    def pose(self, address: str, model: str) -> None:
        """Fill in a model and estimate at once: for pictures."""
        self.how["llm"].setChecked(True)
        self.model_form.lines["address"].setText(address)
        self.model_form.lines["model"].setText(model)
        self._plan()

    def _if_current(self, asked: LlmSettings) -> Callable[[BaseException], None]:
        def failed(error: BaseException) -> None:
            if asked is self._asked:
                self.plan_note.setText("There is no estimate.")
                said = f"{error.happened} {error.remedy}" if isinstance(error, UserError) else str(error)
                self._say(said)

        return failed

    def _show_plan(self, settings: LlmSettings, plan: Plan) -> None:
        self._put_facts(facts_of(plan))
        self.plan_note.setText(f"{_cut_short(settings, plan)}{plan.rule}")
        wanting = wants(settings, plan)
        self._say(wanting)
        self.start.setEnabled(plan.features > 0 and not wanting)

    def _put_facts(self, rows: Sequence[tuple[str, str, str]] | None) -> None:
        if self._facts is not None:
            self._plan_place.removeWidget(self._facts)
            self._facts.deleteLater()
            self._facts = None
        if rows is not None:
            self._facts = Facts(rows)
            self._plan_place.addWidget(self._facts)

    @property
    def facts(self) -> Facts | None:
        """The estimate shown, None while there is none."""
        return self._facts

    # Doing -----------------------------------------------------------------------------------------------

    def _show_request(self) -> None:
        asked = self._asked
        if asked is None:
            return
        self._desk.first_request(asked, self._open_request, self._if_current(asked))

    def _open_request(self, request: dict[str, Any]) -> None:
        RequestView(request, self).show()

    def _start(self) -> None:
        if self.method == "offline":
            every = self.choice == ALL
            self._desk.name_offline(None if every else list(self._features))
        elif self._asked is not None:
            self._desk.name_by_llm(self._asked)
        self.accept()

    def done(self, result: int) -> None:
        self._timer.stop()
        self._asked = None
        self._desk.forget_plan()
        super().done(result)


class RequestView(QDialog):
    """What would be sent, to the letter."""

    def __init__(self, request: dict[str, Any], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("first-request")
        self.setWindowTitle("The first request")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        where = QLabel(f"For feature #{request['feature']}, to {request['url']}")
        where.setTextFormat(Qt.TextFormat.PlainText)
        where.setWordWrap(True)
        self.text = QPlainTextEdit(readable(request["body"]))
        self.text.setReadOnly(True)
        describe(self.text, "The request", "Nothing else about the documents is sent")
        box = QDialogButtonBox()
        close = box.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        describe(close, "Close", "Close this view (Esc)")
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(where)
        layout.addWidget(self.text, 1)
        layout.addWidget(box)
        self.resize(theme.units(190), theme.units(160))


def readable(body: dict[str, Any]) -> str:
    """The messages as they read, then the rest of the body as JSON."""
    messages = body.get("messages", [])
    parts = [f"── {message['role']} ──\n{message['content']}" for message in messages]
    rest = {key: value for key, value in body.items() if key != "messages"}
    parts.append("── settings ──\n" + json.dumps(rest, ensure_ascii=False, indent=2))
    return "\n\n".join(parts)


def facts_of(plan: Plan) -> tuple[tuple[str, str, str], ...]:
    """The estimate as rows."""
    done = f", {plan.done:,} are named already" if plan.done else ""
    money = (
        "not known: give prices" if plan.money is None else "nothing" if plan.local else f"${plan.money:.2f}"
    )
    how = "from this model’s earlier answers" if plan.measured else "a guess from usual rates"
    goes = "this computer" if plan.local else plan.host
    return (
        ("Features", f"{plan.features:,}{done}", "Those named by the same settings are not paid for again"),
        ("Requests", f"{plan.requests:,}", "To name each feature, and to test the names"),
        (
            "Tokens",
            f"{plan.tokens_in:,} in, {plan.tokens_out:,} out",
            "Pieces of words that the service counts",
        ),
        ("Money", money, "At the prices of the model, or those given"),
        (
            "Time",
            f"{wording.duration(plan.seconds)} ({how})",
            "The job can be paused, stopped and gone on with",
        ),
        ("Texts go to", goes, "Who receives the documents that are shown to the model"),
    )


def _cut_short(settings: LlmSettings, plan: Plan) -> str:
    money = settings.budget is not None and plan.money is not None and plan.money > settings.budget
    tokens = settings.budget_tokens is not None and plan.tokens > settings.budget_tokens
    if not (money or tokens):
        return ""
    return "It is expected to reach the cap before all are named; the features that matter most come first. "


def wants(settings: LlmSettings, plan: Plan) -> str:
    """What is still needed before it may start, "" for nothing."""
    if not plan.permitted:
        return (
            f"Texts of documents would leave this computer, to {plan.host}. Allow the network for this job "
            f"to start it.{f' {LOCKED}' if network.lock_in_force() else ''}"
        )
    if plan.local:
        return ""
    if settings.budget is None and settings.budget_tokens is None:
        return "It may cost money: set the most that it may spend, in dollars or in tokens."
    if settings.budget is not None and plan.money is None:
        return "The prices of this model are not known: give them, or a cap in tokens."
    return ""
