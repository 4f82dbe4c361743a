"""Vectors made by a service: what it is paid, what it would be sent word for word, and where to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.errors import UserError
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.form_parts import describe, form_layout, heading
from saerch_desktop.ui.import_desk import ImportDesk
from saerch_desktop.ui.import_page import muted, sentence
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.import_look import first_texts
from saerch_desktop.workflow.import_vectors import Bill, bill, price_of

SENT_FIRST = 3
_BETWEEN = "\n\n– – –\n\n"


class ServicePane(QWidget):
    """The service, its price, the limit, and the first three texts exactly as they would go out."""

    def __init__(self, desk: ImportDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._limited = False  # whether the limit was typed, and is not to be suggested any more
        form = form_layout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.address = self._line(
            "Address of the service",
            "https://api.openai.com/v1",
            "An address that speaks as OpenAI’s does: a service, or a server on this computer such as "
            "http://localhost:11434/v1. Left empty: OpenAI’s own",
            lambda text: desk.say(service_url=text.strip()),
        )
        self.model = self._line(
            "Model of the service",
            "text-embedding-3-small",
            "The model’s name as the service calls it",
            lambda text: desk.say(service_model=text.strip()),
        )
        self.own_price = QCheckBox("$ per million tokens")
        describe(self.own_price, "Give a price", "Where the service asks another price, or none is known")
        self.own_price.toggled.connect(self._priced)
        self.price = _amount("Price per million tokens, in dollars", "What the service asks", 10_000.0, 4)
        self.price.valueChanged.connect(self._priced)
        self.limit = _amount(
            "Spend at most, in dollars", "The job stops before it would spend more", 1_000_000.0, 2
        )
        self.limit.valueChanged.connect(self._limit_typed)
        form.addRow("Address", self.address)
        form.addRow("Model", self.model)
        form.addRow(self.own_price, self.price)
        form.addRow("Spend at most", self.limit)
        self.cost = sentence()
        self.cost.setAccessibleName("What it costs")
        self.texts = QPlainTextEdit()
        self.texts.setReadOnly(True)
        self.texts.setTabChangesFocus(True)
        describe(self.texts, "The first texts that would be sent", "Word for word what the service is sent")
        theme.sized(self.texts, lambda it: it.setFixedHeight(7 * theme.row_height(it.font())))
        self.first = heading("")
        self.first.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * UNIT)
        layout.addLayout(form)
        layout.addWidget(self.cost)
        layout.addWidget(self.first)
        layout.addWidget(self.texts)
        layout.addWidget(
            muted(
                "You are asked once more before anything is sent. The key comes from the system’s keyring; "
                "it is set in Settings, under Endpoints and keys."
            )
        )

    def _line(self, name: str, hint: str, tip: str, say: Callable[[str], None]) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText(hint)
        describe(line, name, tip)
        line.textEdited.connect(say)
        return line

    def _priced(self, *_: object) -> None:
        self.price.setEnabled(self.own_price.isChecked())
        self._desk.say(price=self.price.value() if self.own_price.isChecked() else None)

    def _limit_typed(self, value: float) -> None:
        self._limited = True
        self._desk.say(most_cost=value or None)

    def bill(self) -> Bill | None:
        """What it costs, as far as is known."""
        survey = self._desk.survey
        if survey is None:
            return None
        try:
            return bill(self._desk.draft, survey, self._desk.documents())
        except UserError:
            return None

    def first_texts(self) -> list[str]:
        """The texts that would be sent first, as they are sent."""
        look, roles = self._desk.flow.source, self._desk.draft.roles
        return first_texts(look, roles, SENT_FIRST) if look is not None and roles is not None else []

    def show_state(self) -> None:
        draft = self._desk.draft
        for line, text in ((self.address, draft.service_url), (self.model, draft.service_model)):
            if line.text() != text and not line.hasFocus():
                line.setText(text)
        known = price_of(draft.service_model)
        self._quietly(self.own_price.setChecked, self.own_price, draft.price is not None)
        self.price.setEnabled(draft.price is not None)
        if not self.price.hasFocus():
            self._quietly(
                self.price.setValue, self.price, draft.price if draft.price is not None else known or 0
            )
        found = self.bill()
        if found is not None and found.limit and not self._limited and draft.most_cost is None:
            self._desk.say(most_cost=found.limit)
            return  # which shows the state again
        if not self.limit.hasFocus():
            self._quietly(self.limit.setValue, self.limit, draft.most_cost or 0.0)
        free = found is not None and found.loopback
        for control in (self.own_price, self.price, self.limit):
            control.setVisible(not free)
        self.cost.setText(bill_words(found))
        texts = self.first_texts()
        where = found.host if found is not None else "the service"
        self.first.setText(f"The first {len(texts)} texts, exactly as {where} gets them")
        joined = _BETWEEN.join(texts)
        if self.texts.toPlainText() != joined:
            self.texts.setPlainText(joined)

    @staticmethod
    def _quietly(change: Callable[[Any], object], control: QWidget, value: object) -> None:
        control.blockSignals(True)
        change(value)
        control.blockSignals(False)


def bill_words(found: Bill | None) -> str:
    """What would be sent where, and what that costs."""
    if found is None:
        return "The cost is worked out once your texts are counted and the address is complete…"
    tokens = f"{wording.documents(found.documents)}, about {found.tokens:,} tokens"
    if found.loopback:
        return f"{tokens}. This address is on this computer: nothing leaves it, and nothing is to be paid."
    if found.money is None:
        return f"{tokens}. No price is known for this model: give one, so that the cost can be limited."
    money = "less than $0.01" if found.money < 0.01 else f"about ${found.money:,.2f}"
    return f"{tokens}: {money}. Every text goes to {found.host}."


def _amount(name: str, tip: str, most: float, decimals: int) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(0.0, most)
    field.setDecimals(decimals)
    field.setSingleStep(0.01 if decimals > 2 else 1.0)
    field.setPrefix("$ ")
    field.setKeyboardTracking(False)
    describe(field, name, tip)
    return field
