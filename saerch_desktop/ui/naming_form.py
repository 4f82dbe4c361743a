"""The fields of a naming by a language model: where it is, how it is asked, and how much it may spend."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from saerch_desktop import network
from saerch_desktop.errors import UserError
from saerch_desktop.features.llm.settings import LlmSettings, ProtocolName
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.form_parts import describe, form_layout, heading
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.theme import UNIT

LOCKED = "The offline lock is on: switch it off in Settings ▸ Network first."

_PROTOCOLS: tuple[tuple[ProtocolName, str], ...] = (
    ("default", "Thorough: all strengths, near misses, 10 + 10 tests"),
    ("paper", "As in the paper: 5 strongest and 5 others, 3 + 3 tests"),
)


class ModelForm(QWidget):
    """`changed` with every edit. Keeps what was typed for the next time within one run of the program."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: dict[str, QLineEdit] = {}
        form = form_layout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(heading("The language model"))
        form.addRow(
            "Address",
            self._line(
                "address",
                "Address of the service",
                f"{_usual_address()} when left empty",
                "An address that speaks as OpenAI’s does: a service, or a server on this computer, such as\n"
                "http://localhost:11434/v1 (Ollama), http://localhost:1234/v1 (LM Studio),\n"
                "http://localhost:8080/v1 (llama.cpp) or http://localhost:8000/v1 (vLLM).\n"
                "Left empty: OPENAI_BASE_URL, else OpenAI’s own",
            ),
        )
        form.addRow(
            "Model",
            self._line(
                "model", "Model", "llama3.1, gpt-4o-mini …", "The model’s name as the service calls it"
            ),
        )
        self.protocol = QComboBox()
        for protocol, words in _PROTOCOLS:
            self.protocol.addItem(words, protocol)
        self.protocol.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.protocol.setMinimumContentsLength(24)
        describe(
            self.protocol, "Protocol", "Which documents the model is shown, and how its names are tested"
        )
        self.protocol.currentIndexChanged.connect(lambda _: self.changed.emit())
        form.addRow("Protocol", self.protocol)
        form.addRow(
            "Texts about",
            self._line(
                "domain",
                "What the texts are about",
                "the library’s name",
                "A few words for the prompts, such as “astronomy papers”",
            ),
        )
        prices = QHBoxLayout()
        prices.setSpacing(2 * UNIT)
        for name, words, hint in (
            ("price_in", "Price of tokens in", "in"),
            ("price_out", "Price of tokens out", "out"),
        ):
            prices.addWidget(self._line(name, words, hint, "Dollars for a million tokens, where not known"))
        form.addRow("Prices, $ a million", prices)
        caps = QHBoxLayout()
        caps.setSpacing(2 * UNIT)
        tip = "Never broken: the naming ends before it would be"
        caps.addWidget(self._line("budget", "Spend at most, in dollars", "dollars", tip))
        caps.addWidget(self._line("budget_tokens", "Spend at most, in tokens", "tokens", tip))
        form.addRow("Spend at most", caps)
        self.network = QCheckBox("Allow the network for this job")
        self._local = False
        self._lock_changed()
        live.changed.connect(self._lock_changed)
        self.network.toggled.connect(lambda _: self.changed.emit())
        self.key_note = QLabel("A key is taken from the system’s keyring, or from OPENAI_API_KEY.")
        self.key_note.setWordWrap(True)
        theme.set_role(self.key_note, "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * UNIT)
        layout.addLayout(form)
        layout.addWidget(self.network)
        layout.addWidget(self.key_note)

    def _line(self, name: str, words: str, hint: str, tip: str) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText(hint)
        describe(line, words, tip)
        line.textChanged.connect(lambda _: self.changed.emit())
        self.lines[name] = line
        return line

    def settings(self, features: Sequence[int]) -> LlmSettings | None:
        """What the fields say; None while there is no model. UserError when a figure cannot be read."""
        model = self._text("model")
        address = self._text("address")
        local = is_local(address)
        self._local = local
        self._lock_changed()
        self.key_note.setVisible(not local)
        if not model:
            return None
        settings = LlmSettings(
            model=model,
            base_url=address or None,
            protocol=self.protocol.currentData(),
            domain=self._text("domain"),
            features=tuple(features),
            budget=self._amount("budget"),
            budget_tokens=self._whole("budget_tokens"),
            price_in=self._amount("price_in"),
            price_out=self._amount("price_out"),
            allow_network=self.network.isChecked() and not local,
        )
        settings.require_sense()
        return settings

    def _lock_changed(self, *_: object) -> None:
        tip = "Only needed for services beyond this computer. The texts shown to the model go there"
        permission(self.network, self._local, tip)

    def _text(self, name: str) -> str:
        return self.lines[name].text().strip()

    def _amount(self, name: str) -> float | None:
        text = self._text(name).removeprefix("$").replace(",", ".").strip()
        if not text:
            return None
        try:
            return float(text)
        except ValueError as error:
            raise self._unread(name) from error

    def _whole(self, name: str) -> int | None:
        text = self._text(name).replace(",", "").replace(" ", "").replace("_", "")
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 16):
            raise self._unread(name)
        return int(text)

    def _unread(self, name: str) -> UserError:
        line = self.lines[name]
        return UserError(
            f"{line.accessibleName()}: “{line.text().strip()[:40]}” is no number.",
            "Nothing was sent.",
            "Write a plain number, or leave the field empty.",
        )


def _usual_address() -> str:
    """Where texts go without an address; an OPENAI_BASE_URL that cannot be used is only named."""
    from saerch_desktop.embedding.online.endpoint import endpoint_at

    try:
        return endpoint_at(None).base_url
    except UserError:
        return "OPENAI_BASE_URL"


def permission(box: QCheckBox, local: bool, tip: str) -> None:
    """Let the box for the network be used where it means something; `tip` says what it is for."""
    locked = not local and network.lock_in_force()
    box.setEnabled(not local and not locked)
    if locked:
        box.setChecked(False)
    describe(box, box.text(), wording.tip(LOCKED if locked else tip))


def is_local(address: str) -> bool:
    """Whether texts sent to this address stay on this computer; False for one that cannot be read."""
    from saerch_desktop.embedding.online.endpoint import endpoint_at

    try:
        return endpoint_at(address or None).loopback
    except UserError:
        return False
