"""What is known about the family or feature that was gone to, or about all that are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from saerch_desktop.features.card import TopDocument
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.facts import Facts
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_names import Names, size_words
from saerch_desktop.ui.feature_entries import Entry, document_entries
from saerch_desktop.ui.feature_lists import EntryList
from saerch_desktop.ui.feature_sections import FewLines, Flow, Section, muted
from saerch_desktop.ui.form_parts import tool
from saerch_desktop.ui.grades import GradeChip, grade_of
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.families.family import Family
    from saerch_desktop.features.families.profile import FamilyProfile

_ACTS: Final = (
    ("steer-family", "add", "Steer by it", "One slider in the mixer for all of its features"),
    ("centre", "follow", "Put it in the middle", "What is close to it, in the graph"),
    ("family-documents", "document", "Its documents", "Select the documents where it is strongest"),
    ("rename-family", "edit", "Rename", "Give it a name of your own"),
    ("merge-families", "merge", "Merge", "Make one family of it and another"),
    ("split-family", "split", "Split", "The chosen features leave it and become a family of their own"),
    ("hide-family", "hide", "Hide", "Leave it out of every view"),
)
_FEATURE_ACTS: Final = ("steer-family", "centre", "family-documents")
_FIGURES: Final = (
    ("r", "R", "How much its most general feature overlaps with the others,\n"
     "over how much those overlap among themselves; above 1 it stands over them"),
    ("inside", "Inside", "Mean overlap of two features: documents of both over those of the rarer one"),
    ("block_ratio", "Block ratio", "Overlap inside over that with features outside;\nabove 1: it is one"),
    ("stability", "Stability", "Share of its features that it keeps when families are built anew from other\n"
     "draws of the documents"),
)  # fmt: skip
_MOST: Final = 14  # features listed, so that the documents are not far below; the tree has all


class FamilyDetail(QWidget):
    """`acted(id)`: a button. `went(Focus)`: a feature or family in it was pressed; `document_chosen(row)`."""

    acted = Signal(str)
    went = Signal(object)
    document_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("About the family")
        self._listed: list[Focus] = []
        self.title = FewLines(3)
        self.title.setFont(theme.scaled(self.title.font(), 1.1, self.title.font().Weight.DemiBold))
        self.grade = GradeChip()
        top = QHBoxLayout()
        top.setSpacing(2 * UNIT)
        top.addWidget(self.title, 1)
        top.addWidget(self.grade, 0, Qt.AlignmentFlag.AlignTop)
        self.kind = muted()
        self.parents = Flow()
        self.buttons = {name: tool(icon, text, tip) for name, icon, text, tip in _ACTS}
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, act=name: self.acted.emit(act))
        self._facts = Facts()
        self.members = EntryList(
            "Features of the family", "Features and parts of the family; Enter to go to one", quiet=True
        )
        self.members.chosen.connect(lambda place: self.went.emit(self._listed[place]))
        self.members.walked.connect(lambda rect: self._follow(self.members, rect))
        self.documents = EntryList(
            "Documents of the family",
            "Documents where its features are strongest together; Enter to read",
            empty="No document",
        )
        self.documents.chosen.connect(self.document_chosen)
        self.documents.walked.connect(lambda rect: self._follow(self.documents, rect))
        self.members_part = Section("Features", self.members)
        self.documents_part = Section("Documents", self.documents)
        content = QWidget()
        self._page = QVBoxLayout(content)
        self._page.setContentsMargins(2 * UNIT, 0, 2 * UNIT, 2 * UNIT)
        self._page.setSpacing(2 * UNIT)
        self._page.addLayout(top)
        for part in (self.kind, self.parents, Flow(list(self.buttons.values()), 0), self._facts):
            self._page.addWidget(part)
        for section in (self.members_part, self.documents_part):
            self._page.addWidget(section)
        self._page.addStretch(1)
        self.scrolled = _SteadyArea()
        self.scrolled.setFrameShape(QFrame.Shape.NoFrame)
        self.scrolled.setWidgetResizable(True)
        self.scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scrolled.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.scrolled)
        self.clear()

    # Setters ---------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Nothing was gone to."""
        self._say("Nothing chosen", "Press a family or a feature: here is what it is made of.", None)
        self._list((), ())
        self._set_facts(())
        self.parents.replace(())
        self.grade.hide()
        self._offer(())

    def show_family(self, names: Names, key: str) -> None:
        """What the book itself knows; `show_profile` adds the rest."""
        family = names.book.get(key)
        if family is None:
            self.clear()
            return
        what = Focus(key)
        self._say(names.text(what), f"Family of {size_words(family)}", names, what)
        self._part_of(names, [one for one in family.parents if names.book.get(one) is not None])
        self._set_facts(self._figures(family, names))
        parts = [Focus(part.key) for part in names.book.parts(key)]
        self._list([*parts, *(Focus(feature=one) for one in family.members)], (), names)
        self._offer(tuple(self.buttons))

    def show_profile(self, found: FamilyProfile, names: Names) -> None:
        """Its documents and how much each feature has of it."""
        share = {member.feature: member.share for member in found.members}
        parts = [Focus(part.key) for part in found.parts]
        self._list([*parts, *(Focus(feature=member) for member in share)], found.top, names, share)
        together = f", {wording.count(found.together)} of them with two or more of its features"
        self.documents_part.heading.setText("Documents")
        self.documents_part.heading.setToolTip(f"Active in {wording.documents(found.count)}{together}")

    def show_feature(self, names: Names, feature: int) -> None:
        """A feature: what it belongs to, and what is more general and more special."""
        what, book = Focus(feature=feature), names.book
        self._say(names.text(what), f"Feature #{feature}", names, what)
        self._part_of(names, [family.key for family in book.of_feature(feature)])
        density = wording.share(names.density(what) or 0.0)
        self._set_facts((("Density", density, "Share of documents where it is active"),))
        above = [Focus(feature=link.parent) for link in book.more_general(feature)]
        below = [Focus(feature=link.child) for link in book.more_special(feature)]
        contained = {link.parent: link.containment for link in book.more_general(feature)}
        contained |= {link.child: link.containment for link in book.more_special(feature)}
        self._list([*above, *below], (), names, contained, above=set(above))
        self._offer(_FEATURE_ACTS)

    def show_chosen(self, names: Names, things: Sequence[Focus]) -> None:
        """Several are chosen."""
        self._say(f"{len(things)} chosen", "Their documents are those with any of them", None)
        self.grade.hide()
        self.parents.replace(())
        self._set_facts(())
        self._list(things, (), names)
        self._offer(("family-documents", "merge-families", "split-family"))

    def show_documents(self, documents: Sequence[TopDocument]) -> None:
        """Where what is shown is strongest."""
        strongest = max((document.activation for document in documents), default=1.0)
        self.documents.show_entries(document_entries(documents, strongest, None))
        self.documents_part.setVisible(bool(documents))

    def enable(self, name: str, possible: bool) -> None:
        """Whether an act can be done now."""
        self.buttons[name].setEnabled(possible)

    # Inside ----------------------------------------------------------------------------------------------

    def _say(self, title: str, kind: str, names: Names | None, what: Focus | None = None) -> None:
        another = self.title.whole != title
        self.title.set_whole(title)
        self.kind.setText(kind)
        self.grade.setVisible(what is not None)
        if names is not None and what is not None:
            self.grade.set_label(names.claim(what), names.verified(what))
        if another:
            self.scrolled.verticalScrollBar().setValue(0)

    def _part_of(self, names: Names, keys: Sequence[str]) -> None:
        links = []
        for key in keys:
            link = ElidedButton(f"Part of {names.text(Focus(key))}", "Go to this family")
            link.set_muted(True)
            link.clicked.connect(lambda _=False, to=key: self.went.emit(Focus(to)))
            links.append(link)
        self.parents.replace(links)

    def _figures(self, family: Family, names: Names) -> tuple[tuple[str, str, str], ...]:
        density = names.density(Focus(family.key))
        found = [
            (name, f"{value:.2f}", tip)
            for key, name, tip in _FIGURES
            if (value := getattr(family.figures, key)) is not None
        ]
        if density is not None:
            tip = "Share of documents where any of its features is active"
            found.insert(0, ("Density", wording.share(density), tip))
        return tuple(found)

    def _set_facts(self, rows: Sequence[tuple[str, str, str]]) -> None:
        facts = Facts(rows)
        self._page.replaceWidget(self._facts, facts)
        self._facts.hide()
        self._facts.deleteLater()
        self._facts = facts
        facts.setVisible(bool(rows))

    def _list(
        self,
        things: Sequence[Focus],
        documents: Sequence[TopDocument],
        names: Names | None = None,
        shares: dict[int, float] | None = None,
        above: set[Focus] | None = None,
    ) -> None:
        self._listed = list(dict.fromkeys(things))[:_MOST]
        entries = []
        for place, what in enumerate(self._listed):
            assert names is not None
            share = (shares or {}).get(what.feature) if what.feature is not None else None
            entries.append(_entry(place, what, names, share, what in (above or ())))
        self.members.show_entries(entries)
        more = len(set(things)) - len(self._listed)
        self.members_part.heading.setText(_heading(things, above, more))
        self.members_part.setVisible(bool(entries))
        self.show_documents(documents)

    def _offer(self, names: Sequence[str]) -> None:
        for name, button in self.buttons.items():
            button.setVisible(name in names)

    def _follow(self, view: EntryList, rect: QRect) -> None:
        content = self.scrolled.widget()
        assert content is not None
        place = view.viewport().mapTo(content, rect.center())
        self.scrolled.ensureVisible(place.x(), place.y(), 0, 8 * UNIT)


class _SteadyArea(QScrollArea):
    """Keeps the room of its scroll bar while there is nothing to scroll: what wraps then does not wrap anew
    whenever the bar comes and goes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.verticalScrollBar().rangeChanged.connect(lambda _, high: self._keep(high > 0))
        self._keep(False)

    def _keep(self, needed: bool) -> None:
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAlwaysOn if needed else policy.ScrollBarAlwaysOff)
        self.setViewportMargins(0, 0, 0 if needed else self.verticalScrollBar().sizeHint().width(), 0)


def _heading(things: Sequence[Focus], above: set[Focus] | None, more: int) -> str:
    parts = any(what.family is not None for what in things)
    text = (
        "More general and more special"
        if above is not None
        else "Parts and features"
        if parts
        else "Features"
    )
    return f"{text}, {more} more in the tree" if more > 0 else text


def _entry(place: int, what: Focus, names: Names, share: float | None, above: bool) -> Entry:
    text = names.text(what)
    if what.family is not None:
        family = names.book.get(what.family)
        value = "" if family is None else str(len(family.members))
        tip = f"{text}\nA part of this family" if family is not None else text
        return Entry(place, text, value, 0.0, tip, grade=grade_of(names.claim(what)))
    density = names.density(what) or 0.0
    value = wording.share(density)
    told = f"{text}\n#{what.feature} · active in {value} of the documents"
    if above:
        told += "\nMore general"
    if share is not None:
        told += f"\n{share:.0%} of it".replace("%", " %")
    return Entry(
        place,
        f"↑ {text}" if above else text,
        value,
        min(share, 1.0) if share is not None else min(1.0, density * 10),
        told,
        grade=grade_of(names.claim(what)),
        verified=names.verified(what),
    )
