"""The page about services: where models answer, their keys, which are never shown again, and a trial."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton
from shiboken6 import isValid

from saerch_desktop import network, secrets
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.settings_fields import Settings
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.line_table import LineTable
from saerch_desktop.ui.network_ask import ask
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.settings_page import SettingsPage, note

if TYPE_CHECKING:
    from saerch_desktop.embedding.online.endpoint import Endpoint
    from saerch_desktop.embedding.online.trial import Trial

_KNOWN = (
    ("OpenAI", "https://api.openai.com/v1"),
    ("Ollama, on this computer", "http://localhost:11434/v1"),
    ("LM Studio, on this computer", "http://localhost:1234/v1"),
    ("llama.cpp, on this computer", "http://localhost:8080/v1"),
    ("vLLM, on this computer", "http://localhost:8000/v1"),
)
_PLACES: dict[secrets.Place, str] = {
    "environment": "The key comes from the environment variable OPENAI_API_KEY, which goes before any other.",
    "keyring": "A key is kept in this computer's keyring. It is never shown again.",
    "memory": "A key is kept until the program closes: this computer offers no keyring.",
    "": "There is no key for this service.",
}
_TRIAL = "The service is asked which models it has. No text is sent, and nothing is to be paid."
_LOCKED = "The offline lock is on (page Network): only services on this computer can be tried."
_ROWS = 4


class _Standing(NamedTuple):
    """What is known of the key of one provider."""

    provider: str
    place: secrets.Place
    warning: str | None


class KeysPage(SettingsPage):
    """Keys go from the field to the keyring and nowhere else: no setting, log or file of ours has one."""

    title = "Services and keys"
    icon = "lock"
    tip = (
        "Services that speak as OpenAI’s does, on this computer or elsewhere. They are only asked for what "
        "you allow; everything else works without them."
    )
    fields = ("endpoints",)
    words = (
        "API",
        "key",
        "endpoint",
        "OpenAI",
        "Ollama",
        "LM Studio",
        "llama.cpp",
        "vLLM",
        "address",
        "keyring",
    )

    def build(self) -> None:
        self.address = QComboBox()
        self.address.setEditable(True)
        self.address.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.address.setMinimumContentsLength(30)
        for name, url in _KNOWN:
            self.address.addItem(url)
            self.address.setItemData(self.address.count() - 1, name, Qt.ItemDataRole.ToolTipRole)
        describe(
            self.address, "Address of the service", "As in https://api.openai.com/v1; it usually ends in /v1"
        )
        edit = self.address.lineEdit()
        assert edit is not None
        describe(edit, "Address of the service", self.address.toolTip())
        edit.editingFinished.connect(self._address_left)
        self.address.activated.connect(lambda _: self._address_left())
        self.add(self.address, "Address", "Where the service answers", beside=True)
        self.model = QLineEdit()
        self.model.setPlaceholderText("Any")
        self.model.setMinimumWidth(60 * theme.UNIT)
        describe(self.model, "Model", "The model’s name as the service calls it; may be left empty")
        self.add(self.model, "Model", "Only to see whether the service has it", beside=True)
        self.where = note("")
        self.where.setAccessibleName("Where texts would go")
        self.content.addWidget(self.where)
        self.section("Key")
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setPlaceholderText("Paste a key here")
        self.key.setMaxLength(4096)
        describe(self.key, "Key", "Kept in this computer's keyring; never shown again")
        self.key.textChanged.connect(lambda _: self._enable())
        self.key.returnPressed.connect(self.save)
        self.save_button = QPushButton("Keep this key")
        describe(self.save_button, "Keep this key", "Store it in this computer's keyring and empty the field")
        self.save_button.clicked.connect(self.save)
        self.forget_button = QPushButton("Forget the key…")
        describe(self.forget_button, "Forget the key", "Remove it from this computer's keyring")
        self.forget_button.clicked.connect(self.forget)
        line = QHBoxLayout()
        line.setSpacing(2 * theme.UNIT)
        line.addWidget(self.save_button)
        line.addWidget(self.forget_button)
        line.addStretch(1)
        self.add(self.key, "Key", "Of the service at this address")
        self.content.addLayout(line)
        self.standing = note("")
        self.standing.setAccessibleName("Whether there is a key")
        self.content.addWidget(self.standing)
        self.warning = QLabel()
        self.warning.setTextFormat(Qt.TextFormat.PlainText)
        self.warning.setWordWrap(True)
        self.warning.setAccessibleName("Why the key is not kept for good")
        theme.set_role(self.warning, "error")
        self.warning.hide()
        self.content.addWidget(self.warning)
        self.section("Trial")
        self.try_button = QPushButton("Try it")
        self.try_button.clicked.connect(self.try_it)
        self.result = note(_TRIAL)
        self.result.setAccessibleName("What came of the trial")
        self.add(self.try_button, "Try it", "Whether address, key and model are right")
        self.content.setAlignment(self.try_button, Qt.AlignmentFlag.AlignLeft)
        self.content.addWidget(self.result)
        self.section("Where models answered")
        self.known = LineTable(
            (("Model", "As the service calls it"), ("Address", "Where it last answered")),
            "Where models answered",
            "Enter takes an address; Delete forgets it",
        )
        self.known.setMinimumHeight(theme.row_height(self.font()) * _ROWS)
        self.known.opened.connect(self._take_known)
        self.known.removed.connect(self._forget_known)
        self.add(
            self.known,
            "Where models answered",
            "Remembered so that libraries find the model of their vectors",
        )
        self._standing: _Standing | None = None
        self._trying = False

    def shown(self) -> None:
        self._address_left()

    def show_settings(self, now: Settings) -> None:
        super().show_settings(now)
        self.known.fill([((model, url), f"{model} at {url}") for model, url in sorted(now.endpoints.items())])
        self._enable()

    def endpoint(self) -> Endpoint | None:
        """The service of the address; None for one that cannot be used."""
        from saerch_desktop.embedding.online.endpoint import endpoint_at

        try:
            return endpoint_at(self.address.currentText().strip() or None)
        except UserError:
            return None

    def save(self) -> None:
        """Give the key to the keyring, and empty the field."""
        endpoint, key = self.endpoint(), self.key.text().strip()
        if endpoint is None or not key:
            return
        self.key.clear()
        self._ask_keyring(endpoint.provider, lambda: secrets.set_key(endpoint.provider, key))

    def forget(self) -> None:
        """Ask, and remove the key."""
        endpoint = self.endpoint()
        if endpoint is None:
            return
        text = f"Jobs that need {endpoint.host} fail until you give a key again."
        if dialogs().ask(self, f"Forget the key for {endpoint.host}?", text, "Forget", "Cancel"):
            self._ask_keyring(endpoint.provider, lambda: secrets.delete_key(endpoint.provider))

    def try_it(self) -> None:
        """Ask the service for its models, after a yes where it is not on this computer."""
        from saerch_desktop.embedding.online.trial import try_service

        endpoint, model = self.endpoint(), self.model.text().strip()
        if endpoint is None or self._trying:
            return
        allowed = ask(self, endpoint.host, "Trying the service", (), "Nothing: no text is sent")
        if not allowed:
            return
        self._trying = True
        self.result.setText(f"Asking {endpoint.host}…")
        self._enable()
        self.window_.controller.runner.look_up(
            "Trying a service",
            lambda progress: try_service(endpoint, model, progress, allow_network=allowed),
            key="try-service",
            fail=lambda error, doing: self._tried(error),
            done=self._tried,
            cancelled=lambda: self._tried(None),
            lane=Lane.REMOTE,
        )

    def _tried(self, found: Trial | BaseException | None) -> None:
        if not isValid(self):
            return
        self._trying = False
        self.result.setText(self._words(found))
        self._enable()

    def _words(self, found: Trial | BaseException | None) -> str:
        if found is None:
            return "The trial was stopped."
        if isinstance(found, UserError):
            return str(found)
        if isinstance(found, BaseException):
            self.window_.controller.fail(found, "Trying a service")
            return "The trial failed; the notice above says why."
        names = ", ".join(found.models[:5])
        more = f" and {wording.count(len(found.models) - 5)} more" if len(found.models) > 5 else ""
        has = f"It answers and has {wording.count(len(found.models))} models: {names}{more}."
        if found.known is None:
            return has
        model = self.model.text().strip()
        return f"{has} “{model}” is among them." if found.known else f"{has} “{model}” is not among them."

    def _address_left(self) -> None:
        endpoint = self.endpoint()
        self._standing = None
        if endpoint is not None:
            self._ask_keyring(endpoint.provider)
        self._enable()

    def _ask_keyring(self, provider: str, first: object = None) -> None:
        """Change the keyring by `first` and ask what it has, on a worker: it may wait for a password."""

        def work(progress: Progress) -> _Standing:
            warning = first() if callable(first) else None
            place = secrets.where_kept(provider)
            return _Standing(provider, place, warning or (secrets.warning() if place == "memory" else None))

        controller = self.window_.controller
        controller.runner.look_up(
            "Asking the keyring", work, key="keyring", fail=controller.fail, done=self._stands
        )

    def _stands(self, standing: _Standing) -> None:
        endpoint = self.endpoint() if isValid(self) else None
        if endpoint is not None and endpoint.provider == standing.provider:
            self._standing = standing
            self._enable()

    def _enable(self) -> None:
        endpoint, standing = self.endpoint(), self._standing
        if endpoint is None:
            self.where.setText("This is not the address of a service.")
        elif endpoint.loopback:
            self.where.setText("On this computer: no text leaves it, and no key is needed.")
        else:
            bare = endpoint.base_url.startswith("http:")
            clear = (
                " The address begins with http: others on the way could read texts and key." if bare else ""
            )
            self.where.setText(
                f"Texts would leave this computer, to {endpoint.host}. Each job asks you first.{clear}"
            )
        place = standing.place if standing is not None else ""
        if not place and os.environ.get("OPENAI_API_KEY", "").strip():
            place = "environment"  # it is sent to whatever service is asked
        local = endpoint is not None and endpoint.loopback
        self.standing.setText("" if standing is None or (local and not place) else _PLACES[place])
        warning = standing.warning if standing is not None else None
        self.warning.setText(warning or "")
        self.warning.setVisible(bool(warning))
        self.save_button.setEnabled(endpoint is not None and bool(self.key.text().strip()))
        self.forget_button.setEnabled(place in ("keyring", "memory"))
        locked = endpoint is not None and not endpoint.loopback and network.lock_in_force()
        why = _LOCKED if locked else _TRIAL
        describe(self.try_button, "Try it", why)
        if not self._trying and self.result.text() in (_TRIAL, _LOCKED):
            self.result.setText(_LOCKED if locked else _TRIAL)
        self.try_button.setEnabled(endpoint is not None and not locked and not self._trying)

    def _take_known(self, row: int) -> None:
        models = sorted(live.now.endpoints.items())
        if row < len(models):
            self.model.setText(models[row][0])
            self.address.setEditText(models[row][1])
            self._address_left()

    def _forget_known(self, row: int) -> None:
        models = sorted(live.now.endpoints.items())
        if row < len(models):
            live.change(endpoints=dict(models[:row] + models[row + 1 :]))
