"""Comparing two sets of documents: the choice of the sets, the features on either side, and the plot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from saerch_desktop.ui import wording
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.explain_sets import FacetChoice, Kind, SetChooser
from saerch_desktop.ui.explain_tab import AnswerTab
from saerch_desktop.ui.explain_table import FeatureTable, Figures, Named
from saerch_desktop.ui.explain_volcano import Volcano
from saerch_desktop.ui.form_parts import tool
from saerch_desktop.ui.grades import grade_words
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.workflow.questions import Answer

_LEVEL: Final = 0.05
_INSIDE: Final = (Kind.SELECTED, Kind.SHOWN, Kind.FILTER, Kind.FACET)
_AGAINST: Final = (Kind.REST, Kind.SHOWN, Kind.FILTER, Kind.FACET)


class CompareTab(AnswerTab):
    """`asked` when the sets are to be compared; `exported` to write the answer."""

    asked = Signal()
    exported = Signal()

    def __init__(self, named: Named, parent: QWidget | None = None) -> None:
        empty = EmptyState(
            "compare",
            "What sets documents apart",
            "Choose documents and what to compare them with. The features they have more often, and less"
            " often, will be here.",
        )
        tip = "Find the features that set these documents apart"
        super().__init__(
            named, "Compare", tip, "Comparing documents", "Result of the comparison", empty, parent
        )
        self.inside = SetChooser("Documents", _INSIDE)
        self.against = SetChooser("Against", _AGAINST)
        for chooser in (self.inside, self.against):
            chooser.submitted.connect(self.asked)
        self.go.clicked.connect(self.asked)
        self.swap = _tool("swap", "Swap the two sets")
        self.swap.clicked.connect(self._swap)
        self.save = _tool("export", "Export all features of this comparison as a table (CSV)")
        self.save.clicked.connect(self.exported)
        self.save.setEnabled(False)
        self._build_answer()
        buttons = QHBoxLayout()
        buttons.setSpacing(UNIT)
        buttons.addWidget(self.swap)
        buttons.addStretch(1)
        buttons.addWidget(self.save)
        buttons.addWidget(self.go)
        segments = QHBoxLayout()
        segments.setSpacing(0)
        for button in self.segments:
            segments.addWidget(button)
        segments.addStretch(1)
        self._lay_out(
            (self.inside, self.against, buttons),
            (segments, self.views),
            lambda: (self.inside.wish(), self.against.wish()),
            (self.save,),
        )
        for chooser in (self.inside, self.against):
            chooser.changed.connect(self.fresh.check)

    def _build_answer(self) -> None:
        self.over = FeatureTable("Over-represented features")
        self.under = FeatureTable("Under-represented features")
        self.volcano = Volcano()
        self.views = QStackedWidget()
        self.views.setMinimumHeight(52 * UNIT)
        self.segments: list[QPushButton] = []
        group = QButtonGroup(self)
        for place, (widget, tip) in enumerate(
            (
                (self.over, "Features commoner in these documents than in the others"),
                (self.under, "Features rarer in these documents than in the others"),
                (self.volcano, "All features: how much commoner, and how sure"),
            )
        ):
            self.views.addWidget(widget)
            button = QPushButton()
            button.setCheckable(True)
            button.setProperty("segment", ("left", "middle", "right")[place])
            button.setToolTip(tip)
            button.clicked.connect(partial(self.views.setCurrentIndex, place))
            group.addButton(button)
            self.segments.append(button)
        self.segments[0].setChecked(True)
        for table in (self.over, self.under):
            table.walked.connect(self._walk)
            table.opened.connect(self.opened)
        self.volcano.plot.chosen.connect(self._from_plot)
        self.volcano.table.cellActivated.connect(self._from_twin)
        self.volcano.table.cellClicked.connect(self._from_twin)

    # Setters ---------------------------------------------------------------------------------------------

    def set_facets(self, facets: Sequence[FacetChoice], years: bool = False) -> None:
        for chooser in (self.inside, self.against):
            chooser.set_facets(facets, years)

    def set_counts(self, selected: int, shown: int) -> None:
        for chooser in (self.inside, self.against):
            chooser.set_counts(selected, shown)

    def set_answer(self, answer: Answer) -> None:
        """Show a comparison."""
        self._answer = answer
        found = answer.contrast
        over, under = found.over(_LEVEL), found.under(_LEVEL)
        self.over.show_features(over.tolist(), _figures(answer, over), self._named)
        self.under.show_features(under.tolist(), _figures(answer, under), self._named)
        for button, text in zip(
            self.segments, (f"Over ({len(over):,})", f"Under ({len(under):,})", "Plot"), strict=True
        ):
            button.setText(text)
            button.setAccessibleName(text)
        if not len(over) and len(under) and self.views.currentIndex() == 0:
            self._view(1)
        elif not len(under) and len(over) and self.views.currentIndex() == 1:
            self._view(0)
        self._draw(answer)
        self._show(lambda: self.message.say(_sentence(answer), _explanation(answer)))

    def _draw(self, answer: Answer) -> None:
        found = answer.contrast
        live = np.flatnonzero(found.inside + found.outside)
        self.volcano.plot.set_data(
            live,
            found.lift[live],
            found.log10_q[live],
            found.score[live],
            lambda feature: self._named(feature)[0],
            partial(self._told, answer),
        )
        self._twin = live[np.lexsort((live, -np.abs(found.score[live])))].tolist()
        rows = []
        for feature in self._twin[:400]:
            text, label, _ = self._named(feature)
            rows.append(
                (f"{text} ({grade_words(label)})", ratio(found.lift[feature]), tiny(found.log10_q[feature]))
            )
        self.volcano.set_twin(rows)

    def _told(self, answer: Answer, feature: int) -> str:
        found = answer.contrast
        text, label, _ = self._named(feature)
        return (
            f"{text} ({grade_words(label)})\n"
            f"{wording.share(found.rate_inside[feature])} inside,"
            f" {wording.share(found.rate_outside[feature])} outside\n"
            f"lift {ratio(found.lift[feature])}, 95 % interval {ratio(found.low[feature])} to"
            f" {ratio(found.high[feature])}, q {tiny(found.log10_q[feature])}"
        )

    def renamed(self) -> None:
        for table in (self.over, self.under):
            table.features.renamed()
        if self._answer is not None:
            self._draw(self._answer)

    # The user's acts -------------------------------------------------------------------------------------

    def _walk(self, feature: int) -> None:
        self.volcano.plot.choose(feature)
        self.walked.emit(feature)

    def _from_plot(self, feature: int) -> None:
        """A point stands for a row: the row is chosen too."""
        for table in (self.over, self.under):
            table.blockSignals(True)
            table.choose(feature)
            table.blockSignals(False)
        self.walked.emit(feature)

    def _from_twin(self, row: int, _: int) -> None:
        feature = self._twin[row]
        self.volcano.plot.choose(feature)
        self._from_plot(feature)

    def _view(self, place: int) -> None:
        self.segments[place].setChecked(True)
        self.views.setCurrentIndex(place)

    def _swap(self) -> None:
        """Each set in the other's place, where that can be."""
        a, b = self.inside.state(), self.against.state()
        if a.kind in _AGAINST and b.kind in _INSIDE:
            self.inside.restore(b)
            self.against.restore(a)
            self.asked.emit()


def ratio(value: float) -> str:
    """A lift, to three figures."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def tiny(log10_q: float) -> str:
    """A chance from its logarithm, however small."""
    if log10_q > -3:
        return f"{10**log10_q:.2g}"
    power = int(np.floor(log10_q))
    front = round(10 ** (log10_q - power))
    front, power = (front, power) if front < 10 else (1, power + 1)
    return f"{front}e−{-power}"


def _figures(answer: Answer, features: NDArray[np.int64]) -> list[Figures]:
    found = answer.contrast
    inside, outside = found.rate_inside[features], found.rate_outside[features]
    lift, low, high = found.lift[features], found.low[features], found.high[features]
    log_q = found.log10_q[features]
    spans = np.log2(np.column_stack((low, lift, high)))
    said = [
        f"{ratio(a)}, 95 % interval {ratio(b)} to {ratio(c)}" for a, b, c in zip(lift, low, high, strict=True)
    ]
    return [
        *(
            Figures(
                name, tip, shares, [wording.share(value) for value in shares], spared=True, sample="99.9 %"
            )
            for name, tip, shares in (
                ("Inside", "Share of these documents where the feature is active", inside),
                ("Outside", "Share of the other documents where it is active", outside),
            )
        ),
        Figures(
            "Lift",
            "How many times as common inside as outside",
            lift,
            [ratio(value) for value in lift],
            said,
            sample="99.9",
        ),
        Figures(
            "Interval",
            "The lift and its 95 % interval on a scale of doublings; the line in the middle is no difference",
            np.abs(spans[:, 1]),
            said,
            span=spans,
        ),
        Figures(
            "q",
            "False discovery rate: of features reported up to here, this share would be chance",
            -log_q,
            ["<1e−99" if value < -99 else tiny(value) for value in log_q],
            [tiny(value) for value in log_q],
            sample="<1e−99",
        ),
    ]


def _sentence(answer: Answer) -> str:
    found = answer.contrast
    surely = int(np.count_nonzero(found.q <= _LEVEL))
    parts = [
        f"{wording.documents(found.documents_inside)} ({answer.about}) against {found.documents_outside:,}"
        f" ({answer.against}): {surely:,} features differ."
    ]
    if found.overlap:
        parts.append(f"{wording.documents(found.overlap)} in both sets counted in neither.")
    if found.without_vector:
        parts.append(f"{wording.documents(found.without_vector)} without a vector left out.")
    return " ".join(parts)


def _explanation(answer: Answer) -> str:
    tested = int(np.count_nonzero(answer.contrast.inside + answer.contrast.outside))
    return (
        f"Of {tested:,} features tested, those with a false discovery rate of at most 5 % are listed, ordered"
        " by how much they tell: their share, times the logarithm of the lift that the interval still grants."
    )


def _tool(icon: str, what: str) -> QToolButton:
    button = tool(icon, what, what)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
