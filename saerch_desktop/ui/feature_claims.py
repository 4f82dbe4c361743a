"""Everything that is said about a feature: each source's name for it, how it was tested, and on how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from saerch_desktop.features.label import Label
from saerch_desktop.features.marks import Mark
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.feature_sections import FewLines, Flow, Fold, muted
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.grades import GradeChip, detection_tip, detection_words, source_tip, source_words
from saerch_desktop.ui.theme import UNIT


def claim_facts(label: Label) -> Iterator[tuple[str, str]]:
    """(text, tooltip) of each line about a claim, without its name."""
    made = [f"Named by {source_words(label.source)}"]
    if label.examples:
        made.append(f"from {wording.documents(label.examples)}")
    if label.made:
        made.append(label.made[:10])
    if label.prompt:
        made.append(f"prompt {label.prompt}")
    yield " · ".join(made), source_tip(label.source)
    if label.detection is None:
        yield "Not tested", "Whether this name finds the feature’s documents is not known"
    else:
        yield f"Finds its documents: {detection_words(label.detection)}", detection_tip(label.detection)
    scores = []
    if label.pearson is not None:
        scores.append(f"Pearson {label.pearson:.2f}".replace("-", "−"))
    if label.f1 is not None:
        scores.append(f"F1 {label.f1:.2f}")
    if scores:
        over = f" over {wording.documents(label.tests)}" if label.tests else ""
        yield (
            f"Predictions: {', '.join(scores)}{over}",
            "A language model was told the name and guessed which documents have the feature: how well its"
            " certainty follows the truth (Pearson, 1 is perfect), how often its yes and no are right (F1)",
        )


class _ClaimRow(QFrame):
    """One claim, with what can be decided about it."""

    def __init__(self, view: Claims, label: Label, shown: bool) -> None:
        super().__init__()
        chip = GradeChip()
        chip.set_label(label)
        name = FewLines(3)
        name.set_whole(label.text)
        top = QHBoxLayout()
        top.setSpacing(2 * UNIT)
        top.addWidget(chip, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(name, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, UNIT, 0, UNIT)
        layout.setSpacing(UNIT)
        layout.addLayout(top)
        for text, tip in claim_facts(label):
            line = muted(text)
            line.setToolTip(wording.tip(tip))
            layout.addWidget(line)
        if label.alternatives:
            others = FewLines(3)
            theme.set_role(others, "muted")
            others.set_whole(
                "Also thought of: "
                + "; ".join(
                    other.text + (f" ({other.auroc:.2f})" if other.auroc is not None else "")
                    for other in label.alternatives
                )
            )
            layout.addWidget(others)
        if label.reasoning:
            why = FewLines(4)
            theme.set_role(why, "muted")
            why.set_whole(f"Its grounds: {label.reasoning}")
            layout.addWidget(why)
        buttons = []
        if not shown:
            take = QPushButton("Use this name")
            describe(take, f"Use the name {label.text}", "Make this the feature’s name, and keep it")
            take.clicked.connect(lambda: view.taken.emit(label))
            buttons.append(take)
        if label.kind != "human":
            drop = QPushButton("Reject")
            describe(drop, f"Reject the name {label.text}", "Never show this name for this feature again")
            drop.clicked.connect(lambda: view.rejected.emit(label.text))
            buttons.append(drop)
        if buttons:
            layout.addWidget(Flow(buttons))


class Claims(QWidget):
    """Folded away until one asks. `taken` carries a Label, `rejected` and `restored` a name."""

    taken = Signal(object)
    rejected = Signal(str)
    restored = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("All that is said about this feature")
        self._claims: tuple[Label, ...] = ()
        self._mark = Mark(feature=0)
        self._rows = QWidget()
        self._inside = QVBoxLayout(self._rows)
        self._inside.setContentsMargins(2 * UNIT, 0, 0, 0)
        self._inside.setSpacing(0)
        self.fold = Fold("Names", self._rows, "Every name this feature has, with its source and its test")
        self.fold.toggle.toggled.connect(lambda _: self._fill())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.fold)

    def show_claims(self, claims: Sequence[Label], mark: Mark) -> None:
        """claims: the shown one first."""
        if tuple(claims) == self._claims and mark.rejected == self._mark.rejected and self._inside.count():
            return
        self._claims, self._mark = tuple(claims), mark
        sources = len(claims)
        text = (
            "No name"
            if not sources
            else "Why this name"
            if sources == 1
            else f"Why this name, and {sources - 1} more"
        )
        self.fold.set_heading(text)
        self.setVisible(bool(claims or mark.rejected))
        self._fill()

    def rows(self) -> list[QWidget]:
        return [
            widget
            for place in range(self._inside.count())
            if (item := self._inside.itemAt(place)) is not None and (widget := item.widget())
        ]

    def _fill(self) -> None:
        while (item := self._inside.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if not self.fold.open:
            return
        for label in self._claims:
            self._inside.addWidget(_ClaimRow(self, label, shown=label.text == self._claims[0].text))
        for text in self._mark.rejected:
            self._inside.addWidget(self._turned_down(text))

    def _turned_down(self, text: str) -> QWidget:
        row = QWidget()
        name = FewLines(2)
        theme.set_role(name, "muted")
        name.set_whole(f"Rejected: {text}")
        back = QPushButton("Take back")
        describe(back, f"Take back the rejection of {text}", "Let this name be shown again")
        back.clicked.connect(lambda: self.restored.emit(text))
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, UNIT, 0, UNIT)
        layout.addWidget(name, 1)
        layout.addWidget(back, 0, Qt.AlignmentFlag.AlignTop)
        return row
