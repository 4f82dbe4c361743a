"""The window that compares two SAEs: how far features recur, which split, which only one of them has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Update
from saerch_desktop.ui import jobs_words, theme, wording
from saerch_desktop.ui.compare_carry import CarryBar, carry_question, report_words
from saerch_desktop.ui.compare_model import Column, Kind, PairsModel
from saerch_desktop.ui.compare_plot import Recurrence, RecurrenceHistogram
from saerch_desktop.ui.compare_sides import SidesBar
from saerch_desktop.ui.compare_table import PairsTable
from saerch_desktop.ui.compare_tree import SplitTreeView
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.jobs import Job, State
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.marks import Mark
    from saerch_desktop.study.runs import Run
    from saerch_desktop.ui.compare_desk import Compared, CompareDesk
    from saerch_desktop.workflow.comparing import CarryReport, Comparison

_SIZE = QSize(1200, 760)
_LEAST = QSize(900, 560)
_STEPS = 1000


class CompareWindow(QDialog):
    """Stays open while one works. `feature_chosen(sae, feature)`; `train_wished`: the library has one SAE."""

    feature_chosen = Signal(str, int)
    train_wished = Signal()
    names_carried = Signal(str)  # the SAE that got names

    def __init__(self, desk: CompareDesk, sae: str | None, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("compare-saes")
        self.setWindowTitle("Compare SAEs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(_LEAST)
        self.resize(_SIZE)
        self._desk = desk
        self._sae = sae
        self._job: Job | None = None
        self._runs: tuple[Run, ...] = ()
        self.comparison: Comparison | None = None
        self.sides = SidesBar()
        self._build_states()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * UNIT, 4 * UNIT, 4 * UNIT, 3 * UNIT)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(self.sides)
        layout.addWidget(self.stack, 1)
        self.sides.changed.connect(self.compare)
        self.sides.hide()
        desk.runs_read.connect(self.set_runs)
        desk.compared.connect(self.set_comparison)
        desk.refused.connect(self._refused)
        desk.stopped.connect(self._stopped)
        desk.grown.connect(self.tree.set_tree)
        desk.not_grown.connect(lambda error: self.tree.say(_words(error)))
        desk.carried.connect(self._carried)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(lambda: self.words.setFocus(Qt.FocusReason.ShortcutFocusReason))

    # Building --------------------------------------------------------------------------------------------

    def _build_states(self) -> None:
        self.alone = EmptyState("compare", "", "", "")
        self.alone.acted.connect(self.train_wished)
        self.trouble = EmptyState("warning", "", "", "Try again", "Compare the two once more")
        self.trouble.acted.connect(lambda: self.compare(*self.sides.names))
        self.busy = QWidget()
        self.busy_words = QLabel()
        self.busy_words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(UNIT)
        self.bar.setAccessibleName("Progress of the comparison")
        self.stop = QPushButton("Stop")
        describe(self.stop, "Stop", "Stop the comparison (Esc closes the window)")
        self.stop.clicked.connect(self._desk.stop)
        column = QWidget()
        theme.sized(column, lambda it: it.setFixedWidth(theme.units(90)))
        inside = QVBoxLayout(column)
        inside.setSpacing(3 * UNIT)
        inside.addWidget(self.busy_words)
        inside.addWidget(self.bar)
        inside.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignHCenter)
        middle = QVBoxLayout(self.busy)
        middle.addStretch(2)
        middle.addWidget(column, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(3)
        self.stack = QStackedWidget()
        self.content = self._build_content()
        for page in (self.busy, self.alone, self.trouble, self.content):
            self.stack.addWidget(page)

    def _build_content(self) -> QWidget:
        self.summary = QLabel()
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.summary.setAccessibleName("Summary of the comparison")
        self.kinds = QComboBox()
        describe(self.kinds, "Pairs to show", "Which pairs of features are listed")
        self.kinds.activated.connect(self._choose_kind)
        self.words = QLineEdit()
        self.words.setPlaceholderText("Words of a name, or #number")
        theme.make_clearable(self.words)
        theme.lead_with(self.words, "search", "Filter the pairs")
        describe(
            self.words, "Filter the pairs", "List only pairs with these words in one of the names (Ctrl+F)"
        )
        self.words.textChanged.connect(self._filter)
        self.shown = QLabel()
        theme.set_role(self.shown, "muted")
        self.model = PairsModel(self)
        self.table = PairsTable(self.model)
        self.table.looked_at.connect(self._look)
        self.table.opened.connect(self._open)
        self.histogram = RecurrenceHistogram()
        self.tree = SplitTreeView()
        self.tree.chosen.connect(self.feature_chosen)
        self.carry = CarryBar()
        self.carry.wished.connect(self._ask_to_carry)
        line = QHBoxLayout()
        line.setSpacing(2 * UNIT)
        line.addWidget(self.kinds)
        line.addWidget(self.words, 1)
        line.addWidget(self.shown)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, UNIT, 0)
        column.setSpacing(2 * UNIT)
        column.addLayout(line)
        column.addWidget(self.table, 1)
        right = QSplitter(Qt.Orientation.Vertical)
        right.setChildrenCollapsible(False)
        right.addWidget(self.histogram)
        right.addWidget(self.tree)
        right.setSizes([3, 4])
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.setChildrenCollapsible(False)
        parts.addWidget(left)
        parts.addWidget(right)
        parts.setStretchFactor(0, 3)
        parts.setStretchFactor(1, 2)
        parts.setSizes([720, 440])
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(self.summary)
        layout.addWidget(parts, 1)
        layout.addWidget(self.carry)
        return content

    # What is shown ---------------------------------------------------------------------------------------

    def set_runs(self, runs: Sequence[Run]) -> None:
        """The library's SAEs: keep the two that are compared, else the one in use and its neighbour."""
        self._runs = tuple(runs)
        names = [run.sae for run in runs]
        self.sides.setVisible(len(names) > 1)
        if len(names) < 2:
            self._say_alone(names)
            return
        left, right = self.sides.names
        if left in names and right in names and self.comparison is not None:
            self.sides.set_runs(runs, left, right)
            return
        left = self._sae if self._sae in names else names[0]
        place = names.index(left)
        right = names[place + 1] if place + 1 < len(names) else names[place - 1]
        self.sides.set_runs(runs, left, right)
        self.compare(left, right)

    def _say_alone(self, names: Sequence[str]) -> None:
        what = f"“{names[0]}” is the only one of this library" if names else "This library has none yet"
        self.alone.set_texts(
            "There is nothing to compare yet",
            f"Comparing takes two SAEs, and {what[0].lower() + what[1:] if not names else what}. Train "
            "another, larger or with another seed, to see which features recur, split or are new.",
            "Train another…",
            "Choose what kind of features to train; what it takes is said first",
        )
        self.stack.setCurrentWidget(self.alone)

    def compare(self, left: str, right: str) -> None:
        """Compare two SAEs and show that when it is done."""
        self.busy_words.setText(f"Comparing “{left}” with “{right}”…")
        self.bar.setRange(0, 0)
        self.stack.setCurrentWidget(self.busy)
        job = self._desk.compare(left, right)
        if not job.state.over:
            job.progressed.connect(self._moved)

    def _moved(self, update: Update) -> None:
        share = update.fraction
        self.bar.setRange(0, 0 if share is None else _STEPS)
        self.bar.setValue(round(_STEPS * (share or 0.0)))
        self.busy_words.setText(jobs_words.describe(update, State.RUNNING))

    def set_comparison(self, compared: Compared) -> None:
        comparison = self.comparison = compared.comparison
        self.tree.say("Choose a pair to follow its feature.")
        self.summary.setText(summary_of(comparison))
        self.histogram.set_data(recurrence_of(comparison))
        self.model.set_comparison(comparison, compared.names)
        chosen = max(0, self.kinds.currentIndex())
        self.kinds.clear()
        for kind, text in kinds_of(comparison):
            self.kinds.addItem(f"{text} ({wording.count(self.model.count(kind))})", kind)
        self.kinds.setCurrentIndex(chosen)
        self.carry.set_comparison(comparison)
        self.stack.setCurrentWidget(self.content)
        self._filter()

    def renamed(self, sae: str, marks: Sequence[Mark]) -> None:
        """The analyst decided about features of an SAE: show that here too, and stay at the row."""
        comparison, row = self.comparison, self.table.currentIndex().row()
        if comparison is None:
            return
        for left, side in ((True, comparison.left), (False, comparison.right)):
            if side.sae.name == sae:
                pair = self.model.pair(row) if row >= 0 else None
                side.labels.change(marks)
                self.model.renamed(left, [mark.feature for mark in marks])
                self._return_to(pair)

    def _return_to(self, pair: tuple[int, int] | None) -> None:
        row = self.model.row_of(*pair) if pair is not None else None
        if row is not None:
            self.table.setCurrentIndex(self.model.index(row, Column.LEFT))

    def _choose_kind(self) -> None:
        """Splits are read feature by feature, everything else by how alike the two are."""
        parted = self.kinds.currentData() in (Kind.SPLIT, Kind.MERGED)
        column = Column.KIND if parted else Column.COSINE
        self._filter()
        self.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)

    def _filter(self) -> None:
        kind = self.kinds.currentData()
        if kind is None:
            return
        self.model.show_only(kind, self.words.text())
        count = self.model.rowCount()
        self.shown.setText("1 pair" if count == 1 else f"{wording.count(count)} pairs")
        if not count:
            self.tree.say("No pair is listed.")

    def _refused(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            title, text = error.happened, f"{error.meaning} {error.remedy}"
        else:
            title = "The comparison failed: this is a fault of the program."
            text = f"Nothing was changed. {type(error).__name__}: {error}"
        self.trouble.set_texts(title, text, "Try again", "Compare the two once more")
        self.stack.setCurrentWidget(self.trouble)

    def _stopped(self) -> None:
        if self.stack.currentWidget() is self.busy:
            self.trouble.set_texts(
                "The comparison was stopped", "Nothing was changed.", "Compare", "Compare the two"
            )
            self.stack.setCurrentWidget(self.trouble)

    # The user's acts -------------------------------------------------------------------------------------

    def _feature(self, row: int, left: bool) -> tuple[str, int]:
        """The SAE and the feature that a row stands for; of one that is alone always itself."""
        assert self.comparison is not None
        only = self.model.only(row)
        if only is not None and self.model.kind is not Kind.ALL:
            left = only is Kind.ONLY_LEFT
        ours, theirs = self.model.pair(row)
        name = (self.comparison.left if left else self.comparison.right).sae.name
        return name, ours if left else theirs

    def _look(self, row: int) -> None:
        self._desk.grow(*self._feature(row, True))

    def _open(self, row: int, left: bool) -> None:
        self.feature_chosen.emit(*self._feature(row, left))

    def _ask_to_carry(self, least: float) -> None:
        comparison = self.comparison
        if comparison is not None and dialogs().confirm(self, carry_question(comparison, least)):
            self.carry.say("Carrying names over…")
            self._desk.carry(comparison.left.sae.name, comparison.right.sae.name, least)

    def _carried(self, done: CarryReport) -> None:
        self.names_carried.emit(done.target)
        comparison = self.comparison
        if comparison is not None and done.target in (comparison.left.sae.name, comparison.right.sae.name):
            self.compare(*self.sides.names)
        self.carry.say(report_words(done))


def kinds_of(comparison: Comparison) -> tuple[tuple[Kind, str], ...]:
    """The choices of the filter."""
    left, right = comparison.left.sae.name, comparison.right.sae.name
    return (
        (Kind.ALL, "All pairs"),
        (Kind.RECURRING, "Recurring"),
        (Kind.SPLIT, f"Split in “{right}”"),
        (Kind.MERGED, f"Merged in “{right}”"),
        (Kind.ONLY_LEFT, f"Only in “{left}”"),
        (Kind.ONLY_RIGHT, f"Only in “{right}”"),
    )


def summary_of(comparison: Comparison) -> str:
    """What the comparison found, in three sentences."""
    left, right = comparison.matching.left, comparison.matching.right
    ours, theirs = comparison.left.sae.name, comparison.right.sae.name
    differing = comparison.differences
    paired = left.partner_cosine[left.partner >= 0]
    same = wording.share(float((paired >= 0.7).mean())) if paired.size else "none"
    what = (
        f"They differ in the seed alone: {same} of the one-to-one pairs reach a cosine of .7."
        if comparison.twins
        else f"They differ in {_listed(differing)}."
        if differing
        else "They were trained alike."
    )
    return (
        f"{what} {wording.count(int(left.recurring.sum()))} features recur "
        f"({wording.share(_part(left.recurring.sum(), left.live.sum()))} of “{ours}”, "
        f"{wording.share(_part(right.recurring.sum(), right.live.sum()))} of “{theirs}”). Median of the "
        f"highest cosine: {left.median:.2f} from “{ours}” to “{theirs}”, {right.median:.2f} the other way."
    )


def recurrence_of(comparison: Comparison) -> Recurrence:
    """The histogram: bars for the side that the paper draws."""
    matching = comparison.matching
    flipped = matching.novel is matching.right
    bars, line = (matching.right, matching.left) if flipped else (matching.left, matching.right)
    names = comparison.left.sae.name, comparison.right.sae.name
    edges, counts = bars.histogram()
    return Recurrence(
        name=names[1 if flipped else 0],
        other=names[0 if flipped else 1],
        edges=edges.tolist(),
        main=counts.tolist(),
        beside=line.histogram()[1].tolist(),
        median=bars.median,
    )


def _part(count: int, whole: int) -> float:
    return float(count) / max(1, int(whole))


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _words(error: BaseException) -> str:
    return str(error) if isinstance(error, UserError) else f"This is a fault of the program: {error}"
