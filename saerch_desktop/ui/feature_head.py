"""The top of the inspector: a feature's name, how far it can be trusted, and what one does about it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from saerch_desktop.features.card import FeatureCard
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.facts import Remarks
from saerch_desktop.ui.feature_edits import NameLine, Note, Tags
from saerch_desktop.ui.feature_sections import FewLines, Flow, muted
from saerch_desktop.ui.form_parts import describe, tool
from saerch_desktop.ui.grades import GradeChip, grade_words, source_tip, source_words
from saerch_desktop.ui.keymap import keymap
from saerch_desktop.ui.theme import UNIT

_JUNK = (
    "The documents of this feature are hardly more alike than any documents. It may mean nothing; be careful "
    "with its name."
)


class FeatureHead(QWidget):
    """What the user wants of the feature shown goes out as signals; nothing changes here by itself."""

    add_to_mixer = Signal()
    as_query = Signal()
    renamed = Signal(str)
    verified = Signal(bool)
    rejected = Signal(str)
    flagged = Signal(bool)
    pinned = Signal(bool)
    tag_added = Signal(str)
    tag_removed = Signal(str)
    noted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._card: FeatureCard | None = None
        self.chip = GradeChip()
        self.name = FewLines(3)
        theme.set_role(self.name, "title")
        self.line = NameLine()
        self.line.hide()
        self.line.kept.connect(self.renamed)
        self.line.left.connect(self._stop_naming)
        self.about = muted()
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.remark = Remarks((_JUNK,))
        self.tags = Tags()
        self.tags.added.connect(self.tag_added)
        self.tags.removed.connect(self.tag_removed)
        self.note = Note()
        self.note.kept.connect(self.noted)
        title = QHBoxLayout()
        title.setSpacing(2 * UNIT)
        title.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignTop)
        title.addWidget(self.name, 1)
        title.addWidget(self.line, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(title)
        layout.addWidget(self.about)
        layout.addWidget(self.remark)
        layout.addSpacing(UNIT)
        layout.addWidget(self._acts())
        layout.addWidget(self._verdicts())
        layout.addWidget(self.tags)
        layout.addWidget(self.note)

    def _acts(self) -> QWidget:
        self.add = QPushButton("Add to mixer")
        self.add.setProperty("primary", True)
        self.set_mixed(False)
        self.add.clicked.connect(self.add_to_mixer)
        self.ask = QPushButton("Use as query")
        describe(
            self.ask,
            "Use this feature as the query",
            "",
        )
        keymap.tell(self.ask, "Search for documents that point along this feature alone", "feature-as-query")
        self.ask.clicked.connect(self.as_query)
        return Flow((self.add, self.ask), 2 * UNIT)

    def _verdicts(self) -> QWidget:
        self.verify = tool("check", "Verify this name", "", checkable=True)
        self.rename = tool("edit", "Rename this feature", "Give this feature a name of your own (F2)")
        self.reject = tool("reject", "Reject this name", "")
        self.flag = tool("flag", "Flag this feature", "", checkable=True)
        self.pin = tool("pin", "Pin this feature", "", checkable=True)
        self.tag = tool("tag", "Tag this feature", "Add a tag to this feature (T)")
        self.write = tool("note", "Write a note", "Write a note about this feature (N)")
        self.verify.clicked.connect(self.verified)
        self.rename.clicked.connect(self.start_naming)
        self.reject.clicked.connect(self.reject_shown)
        self.flag.clicked.connect(self.flagged)
        self.pin.clicked.connect(self.pinned)
        self.tag.clicked.connect(self.tags.start)
        self.write.clicked.connect(self.note.start)
        return Flow((self.verify, self.rename, self.reject, self.flag, self.pin, self.tag, self.write))

    def set_mixed(self, mixed: bool) -> None:
        """Whether the feature shown is in the mixer, where it needs no adding."""
        self.add.setText("In the mixer" if mixed else "Add to mixer")
        self.add.setEnabled(not mixed)
        if mixed:
            describe(self.add, "In the mixer", "This feature is in the mixer already: move its slider there")
        else:
            tip = "Put this feature into the mixer, to have more or less of it in the results"
            describe(self.add, "Add this feature to the mixer", tip)
            keymap.tell(self.add, tip, "feature-to-mixer")

    # What is shown ---------------------------------------------------------------------------------------

    def show_card(self, card: FeatureCard, name: str, known_tags: Sequence[str] = ()) -> None:
        """name: what the feature is called now. known_tags: those in use, to choose from."""
        if self._card is not None and card.feature != self._card.feature:
            self.leave()
        self._card = card
        mark = card.mark
        self.name.set_whole(name)
        self.name.setAccessibleName(f"Feature {name}")
        self.chip.set_label(card.label, mark.verified)
        self.chip.setVisible(card.label is not None)
        self.about.setText(_about(card))
        self.about.setToolTip(wording.tip(source_tip(card.label.source) if card.label is not None else ""))
        self.remark.setVisible(card.junk)
        self._show_verdicts(card)
        self.tags.show_tags(mark.tags, known_tags)
        self.note.show_note(mark.note)

    def _show_verdicts(self, card: FeatureCard) -> None:
        mark, named = card.mark, card.label is not None
        _set(self.verify, mark.verified, "Verified: press to take that back (V)"
             if mark.verified else "This name fits: keep it (V)")  # fmt: skip
        self.verify.setEnabled(named)
        self.reject.setEnabled(named)
        if not named:
            self.verify.setToolTip("There is no name to verify")
        if named:
            tip = "This name does not fit: never show it for this feature again"
            keymap.tell(self.reject, tip, "feature-reject")
        else:
            self.reject.setToolTip("There is no name to reject")
        self.flag.setChecked(mark.flagged)
        flagged = "Flagged for another look: press to take that back"
        keymap.tell(self.flag, flagged if mark.flagged else "Flag for another look", "feature-flag")
        _set(self.pin, mark.pinned, "Pinned: press to take that back (P)"
             if mark.pinned else "Pin, to find it again at the top (P)")  # fmt: skip

    # Writing ---------------------------------------------------------------------------------------------

    def start_naming(self) -> None:
        """A line in the name's place, with the name to change."""
        if self._card is None:
            return
        self.line.setText(self._card.label.text if self._card.label is not None else "")
        self.name.hide()
        self.line.show()
        self.line.selectAll()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def reject_shown(self) -> None:
        if self._card is not None and self._card.label is not None:
            self.rejected.emit(self._card.label.text)

    def leave(self) -> None:
        """Another feature is to be shown: keep a note that is being written, drop an unfinished name."""
        self.note.flush()
        self.note.clearFocus()
        self._stop_naming()
        self.tags.line.left.emit()

    def _stop_naming(self) -> None:
        if not self.line.isHidden():
            self.line.hide()
            self.name.show()


def _about(card: FeatureCard) -> str:
    parts = [f"#{card.feature}"]
    if card.label is None:
        parts.append("no name" if card.count else "never active, so without a name")
        return " · ".join(parts)
    parts.append(f"named by {source_words(card.label.source)}")
    parts.append(
        grade_words(card.label) if card.label.detection is None else f"grade {grade_words(card.label)}"
    )
    if card.mark.verified:
        parts.append("verified")
    if card.mark.flagged:
        parts.append("flagged")
    if card.mark.pinned:
        parts.append("pinned")
    return " · ".join(parts)


def _set(button: QToolButton, on: bool, tip: str) -> None:
    button.setChecked(on)
    button.setToolTip(tip)
