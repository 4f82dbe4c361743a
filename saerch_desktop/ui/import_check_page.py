"""The last page of the import wizard: everything once more in words, and the library's name and place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from saerch_desktop.library.roles import Roles
from saerch_desktop.ui import wording
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.form_parts import describe, form_layout, icon_button
from saerch_desktop.ui.import_columns_page import summary
from saerch_desktop.ui.import_desk import ImportDesk
from saerch_desktop.ui.import_local_pane import model_words
from saerch_desktop.ui.import_page import ImportPage, card, sentence
from saerch_desktop.ui.import_service_pane import ServicePane
from saerch_desktop.ui.import_source_page import facts
from saerch_desktop.ui.theme import UNIT
from saerch_desktop.workflow.import_look import Survey

_LETTER = 2.3  # bytes that a library keeps for each letter: the text, its words' index, the record as it was
_FEATURES = (
    650  # bytes for each document that features take: codes both ways round, and what is known of them
)
_AROUND = 30 << 20
_TIGHT = 1.2


class CheckPage(ImportPage):
    """What will be made, and where; nothing has been written before this page is left."""

    step = "check"
    title = "Everything as you want it?"
    about = "Nothing has been copied or sent yet. All of it is done in the background and can be stopped."

    def __init__(self, desk: ImportDesk, service: ServicePane, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._service = service
        self.name = QLineEdit()
        describe(self.name, "Name of the library", "Its folder is called NAME.saerch")
        self.name.textEdited.connect(lambda text: desk.say(name=text))
        self.place = QLineEdit()
        self.place.setReadOnly(True)
        describe(self.place, "Folder of the library", "Where the library’s folder is made")
        self.choose = icon_button("Choose…", "Choose where the library is kept", "open")
        self.choose.clicked.connect(self._ask_place)
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.place, 1)
        row.addWidget(self.choose)
        form = form_layout()
        form.addRow("Name", self.name)
        form.addRow("Kept in", row)
        self.column.addLayout(form)
        frame, inside = card()
        self.lines: dict[str, QLabel] = {}
        words = form_layout()
        for line in ("Texts", "Columns", "Records", "Vectors", "Network", "Disk"):
            label = sentence()
            label.setAccessibleName(line)
            words.addRow(line, label)
            self.lines[line] = label
        inside.addLayout(words)
        self.column.addWidget(frame)
        self.column.addStretch(1)
        self.show_state()

    def enter(self) -> None:
        self.desk.try_model()

    def _ask_place(self) -> None:
        place = self.desk.draft.place or Path.home()
        path = dialogs().open_folder(self, "Where to keep the library", place)
        if path is not None:
            self.desk.say(place=path)

    def first(self) -> QWidget:
        return self.name

    def show_state(self) -> None:
        draft, look = self.desk.draft, self.desk.flow.source
        if self.name.text() != draft.name and not self.name.hasFocus():
            self.name.setText(draft.name)
        self.place.setText("" if draft.place is None else str(draft.place))
        if look is None or draft.source is None or draft.roles is None:
            return
        part = "" if draft.limit is None else f", of which the first {draft.limit:,} records are imported"
        told = {
            "Texts": f"{draft.source.name}  ·  {facts(look)}{part}",
            "Columns": roles_words(draft.roles),
            "Records": self._records(self.desk.survey),
            "Vectors": self._vectors(),
            "Network": self._network(),
            "Disk": self._disk(),
        }
        for line, text in told.items():
            self.lines[line].setText(text)

    def _records(self, survey: Survey | None) -> str:
        if survey is None:
            return self.desk.survey_trouble or "Still being counted; you need not wait for it."
        left_out = [problem for problem in survey.problems if "left out" in problem.happens]
        if not left_out:
            return summary(survey)
        count = sum(problem.count for problem in left_out)
        return f"{summary(survey)} Left out: {count:,}; the library lists them under its problems."

    def _vectors(self) -> str:
        draft, speed = self.desk.draft, self.desk.speed
        documents = self.desk.documents()
        if draft.vectors == "none":
            return "None for now: the library is searched by words."
        if draft.vectors == "given":
            look = self.desk.flow.vectors
            maker = draft.made_by or "a model that is not on this computer"
            size = f"{look.dim:,} numbers each, " if look is not None else ""
            name = draft.vectors_file.name if draft.vectors_file is not None else ""
            return f"From {name}: {size}made by {maker}."
        if draft.vectors == "service":
            limit = "" if draft.most_cost is None else f", and never more than ${draft.most_cost:,.2f}"
            found = self._service.bill()
            cost = "" if found is None or not found.money else f", about ${found.money:,.2f}{limit}"
            return f"By {draft.service_model}{cost}."
        took = f", {wording.duration(speed.seconds(documents))} here" if speed is not None else ""
        return f"By {model_words(draft.model)} on this computer{took}."

    def _network(self) -> str:
        found = self._service.bill() if self.desk.draft.vectors == "service" else None
        if found is None or found.loopback:
            return "Not used: nothing leaves this computer."
        return f"Every text goes to {found.host}. You are asked once more before the first one does."

    def _disk(self) -> str:
        needed = self.needed()
        about = f"About {wording.size(needed)} with features"
        if self.desk.free is None:
            return f"{about}."
        free = wording.size(self.desk.free)
        if self.desk.free < _TIGHT * needed:
            return f"{about}, but only {free} are free there: choose another place or make room first."
        return f"{about}; {free} are free there."

    def needed(self) -> int:
        """Bytes that the library will take, features included; an estimate."""
        survey, look = self.desk.survey, self.desk.flow.vectors
        documents = self.desk.documents()
        letters = survey.letters if survey is not None else 1000.0
        dim = {"compute": 384, "service": 1536, "none": 0}.get(self.desk.draft.vectors, 0)
        if self.desk.draft.vectors == "given" and look is not None:
            dim = look.dim
        features = _FEATURES if dim else 0
        return round(documents * (letters * _LETTER + 4 * dim + features)) + _AROUND


def roles_words(roles: Roles) -> str:
    """Which column is what, in one line."""
    texts = " and ".join(f"“{name}”" for name in roles.text)
    parts = [f"text from {texts}"]
    parts += [
        f"{words} from “{name}”"
        for words, name in (("title", roles.title), ("identifier", roles.id), ("date", roles.date))
        if name
    ]
    if roles.facets:
        facets = ", ".join(f"“{name}”" for name in roles.facets)
        parts.append(f"categories from {facets}")
    return "; ".join(parts)
