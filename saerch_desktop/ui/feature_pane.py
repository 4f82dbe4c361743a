"""The feature inspector: its name and the grounds for it, how often and where it is active, and its kin.

One page that scrolls, whatever the size of the pane and of its letters. The card fills it at once; what takes
longer arrives later, into room that is there already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from saerch_desktop.features.card import Band, FeatureCard
from saerch_desktop.features.label import Label
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.feature_activity import ActivityView
from saerch_desktop.ui.feature_bands import BandsView, with_strongest
from saerch_desktop.ui.feature_claims import Claims
from saerch_desktop.ui.feature_entries import Named, Spans, Texts
from saerch_desktop.ui.feature_figures import Figures
from saerch_desktop.ui.feature_head import FeatureHead
from saerch_desktop.ui.feature_kin import KinView
from saerch_desktop.ui.feature_plots import Bar, ValueBar
from saerch_desktop.ui.histogram import Histogram
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.occurrence import Activity
    from saerch_desktop.features.stability import Stability

_SIDE_BY_SIDE = 180 * UNIT


class FeaturePane(QWidget):
    """Shows one `FeatureCard`. Decisions about it come out of `head` and `claims`."""

    feature_chosen = Signal(int)
    document_chosen = Signal(int)
    add_to_mixer = Signal(int)
    feature_as_query = Signal(int)
    noted = Signal(int, str)  # a note may be kept when another feature is already wanted
    name_taken = Signal(int, object)  # Label

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Feature")
        self._feature: int | None = None
        self._card: FeatureCard | None = None
        self._texts: Texts | None = None
        self._mixed: frozenset[int] = frozenset()
        self._wide = False
        self._empty = EmptyState(
            "feature",
            "No feature chosen",
            "Press a feature in the mixer or in a document. Here you see what it stands for: how often it is "
            "active, the documents where it is strongest, and its neighbours.",
            "Go to feature…",
            "Find a feature by a word of its name, or by its number",
            does="go-feature",
        )
        self.head = FeatureHead()
        self.claims = Claims()
        self.figures = Figures()
        self.bands = BandsView()
        self.histogram = Histogram()
        self.activity = ActivityView()
        self.kin = KinView()
        self._connect()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(5 * UNIT)
        self._grid.setVerticalSpacing(4 * UNIT)
        content = QWidget()
        page = QVBoxLayout(content)
        page.setContentsMargins(3 * UNIT, 3 * UNIT, 3 * UNIT, 4 * UNIT)
        page.setSpacing(3 * UNIT)
        page.addWidget(self.head)
        page.addWidget(self.claims)
        page.addWidget(self.figures)
        page.addLayout(self._grid)
        page.addStretch(1)
        self.scrolled = QScrollArea()
        self.scrolled.setFrameShape(QFrame.Shape.NoFrame)
        self.scrolled.setWidgetResizable(True)
        self.scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there, so that what wraps does not wrap anew whenever it comes and goes.
        self.scrolled.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scrolled.setWidget(content)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.scrolled)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self._arrange()

    def _connect(self) -> None:
        self.head.add_to_mixer.connect(lambda: self._with_feature(self.add_to_mixer.emit))
        self.head.as_query.connect(lambda: self._with_feature(self.feature_as_query.emit))
        self.head.noted.connect(
            lambda text: self._with_feature(lambda feature: self.noted.emit(feature, text))
        )
        self.claims.taken.connect(self._take_name)
        self.bands.document_chosen.connect(self.document_chosen)
        self.kin.feature_chosen.connect(self.feature_chosen)
        self.kin.feature_added.connect(self.add_to_mixer)
        self.bands.walked.connect(lambda rect: self._follow(self.bands.documents, rect))
        self.kin.walked.connect(lambda rect: self._follow(self.kin.features, rect))

    # Setters ---------------------------------------------------------------------------------------------

    def set_mixed(self, features: Iterable[int]) -> None:
        """Which features are in the mixer now."""
        self._mixed = frozenset(features)
        self.head.set_mixed(self._feature in self._mixed)

    def set_card(
        self,
        card: FeatureCard | None,
        labels: Callable[[int], str] | None = None,
        texts: Texts | None = None,
        named: Named | None = None,
        tags: Sequence[str] = (),
    ) -> None:
        """Show a feature. labels: what features are called now, which may differ from the card's own words.

        texts: gives the texts of documents, one per row asked for; without it only titles are shown. named:
        gives the label and the decisions of a feature, for grades. tags: those in use.
        """
        if card is None:
            self.head.leave()
        self._stack.setCurrentWidget(self._empty if card is None else self.scrolled)
        self.scrolled.setEnabled(True)
        if card is None:
            self._feature = self._card = None
            return
        name = labels(card.feature) if labels is not None else card.text
        self.head.show_card(card, name, tags)
        another = card.feature != self._feature
        self._feature, self._card, self._texts = card.feature, card, texts
        self.head.set_mixed(card.feature in self._mixed)
        self.claims.show_claims(card.claims or ((card.label,) if card.label is not None else ()), card.mark)
        self.figures.show_card(card)
        examples = with_strongest(card.bands, card.top)
        self.bands.set_bands(card.feature, examples, card.maximum, texts, searching=True)
        self.histogram.set_data(card.histogram_edges.tolist(), card.histogram_counts.tolist())
        self.kin.show_card(card, named)
        if another:
            self.activity.wait()
            self.scrolled.verticalScrollBar().setValue(0)

    def set_busy(self, feature: int | None) -> None:
        """Grey what is shown while the card of `feature` is fetched; `set_card` ends it."""
        self.scrolled.setEnabled(feature is None or feature == self._feature)

    def set_siblings(self, there: bool) -> None:
        """Whether the library has other SAEs to compare with."""
        self.figures.set_siblings(there)
        self.kin.set_siblings(there)

    def forget_library(self) -> None:
        """Another library is open: which facets it has will show."""
        self.activity.forget()

    # Later deliveries ------------------------------------------------------------------------------------

    def set_bands(self, feature: int, bands: Sequence[Band]) -> None:
        if feature == self._feature and self._card is not None:
            self.bands.set_bands(feature, bands, self._card.maximum, self._texts)

    def set_spans(self, feature: int, spans: Spans) -> None:
        if feature == self._feature:
            self.bands.set_spans(spans)

    def set_activity(self, feature: int, found: Activity) -> None:
        card = self._card
        if feature != self._feature or card is None:
            return
        years = [Bar(str(one.year), one.count, one.documents) for one in found.years]
        facets = {
            name: [
                ValueBar(
                    one.value,
                    one.count,
                    one.documents,
                    own=card.count,
                    lift=one.lift,
                    stands_out=one.stands_out,
                )
                for one in dict.fromkeys((*values, *found.facets.get(name, ())))
            ]
            for name, values in found.commonest.items()
        }
        self.activity.show_activity(years, facets, card.density, dead=card.count == 0)

    def set_stability(self, feature: int, found: Stability) -> None:
        if feature == self._feature:
            self.figures.set_stability(found)
            self.kin.set_stability(found)

    # ------------------------------------------------------------------------------------------------------

    def _with_feature(self, act: Callable[[int], object]) -> None:
        if self._feature is not None:
            act(self._feature)

    def _take_name(self, label: Label) -> None:
        self._with_feature(lambda feature: self.name_taken.emit(feature, label))

    def _follow(self, view: QWidget, row: QRect) -> None:
        """Scroll to where the keyboard went inside a list."""
        content = self.scrolled.widget()
        assert content is not None
        top = view.mapTo(content, QPoint(0, row.center().y()))
        self.scrolled.ensureVisible(top.x(), top.y(), 0, row.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._wide != (self.width() >= _SIDE_BY_SIDE):
            self._wide = not self._wide
            self._arrange()

    def _arrange(self) -> None:
        """Where there is room examples stand left, the rest right; else one below the other."""
        parts: tuple[QWidget, ...] = (self.bands, self.kin, self.histogram, self.activity)
        for part in parts:
            # Not `takeAt`: the item it gives lives on, and keeps the next one from hearing of new heights.
            self._grid.removeWidget(part)
        if self._wide:
            self._grid.addWidget(self.bands, 0, 0, 4, 1, Qt.AlignmentFlag.AlignTop)
            right: tuple[QWidget, ...] = (self.histogram, self.activity, self.kin)
            for row, part in enumerate(right):
                self._grid.addWidget(part, row, 1)
        else:
            for row, part in enumerate(parts):
                self._grid.addWidget(part, row, 0)
        self._grid.setRowStretch(3, 1 if self._wide else 0)
        for column, stretch in enumerate((3, 2) if self._wide else (1, 0)):
            self._grid.setColumnStretch(column, stretch)
            self._grid.setColumnMinimumWidth(column, 0)
