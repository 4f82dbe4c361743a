"""The feature inspector: its name and the grounds for it, how often and where it is active, and its kin."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.features.card import FeatureCard
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.feature_lists import EntryList, direction_entries, document_entries, shared_entries
from saerch_desktop.ui.histogram import Histogram
from saerch_desktop.ui.theme import UNIT

_SIDE_BY_SIDE = 180 * UNIT
_SOURCES = {"phrases": "named by the phrases that set its strongest documents apart"}
_KIN = (
    ("nearest", "Nearest", "Features whose direction is most like this one’s"),
    ("opposite", "Opposite", "Features whose direction is most against this one’s"),
    ("shared", "Found together", "Features active in the same documents"),
)


class FeaturePane(QWidget):
    """Shows one `FeatureCard`."""

    feature_chosen = Signal(int)
    document_chosen = Signal(int)
    add_to_mixer = Signal(int)
    feature_as_query = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Feature")
        self._feature: int | None = None
        self._wide = False
        self._empty = EmptyState(
            "feature",
            "No feature chosen",
            "Press a feature in the mixer or in a document. Here you see what it stands for: how often it is "
            "active, the documents where it is strongest, and its neighbours.",
        )
        self._page = QWidget()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)

        self.histogram = Histogram()
        self.documents = EntryList(
            "Documents where the feature is strongest", "Press to read; by falling activation"
        )
        self.documents.chosen.connect(self.document_chosen)
        self._documents_part = _part("Strongest in", self.documents)
        self._kin_part = self._make_kin()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(4 * UNIT)
        self._grid.setVerticalSpacing(3 * UNIT)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(3 * UNIT, 3 * UNIT, 3 * UNIT, 3 * UNIT)
        page.setSpacing(3 * UNIT)
        page.addLayout(self._make_head())
        page.addLayout(self._grid, 1)
        self._arrange()

    def _make_head(self) -> QVBoxLayout:
        self._label = QLabel()
        theme.set_role(self._label, "title")
        self._claim = QLabel()
        theme.set_role(self._claim, "muted")
        self._facts = QLabel()
        for text in (self._label, self._claim, self._facts):
            text.setWordWrap(True)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts.setFont(theme.figures(self._facts.font()))
        self._facts.setToolTip(
            "Density: share of documents where this feature is active. "
            "Activation: how far a document’s vector points along the feature."
        )
        self._add = QPushButton("Add to mixer")
        self._add.setProperty("primary", True)
        self._add.setAccessibleName("Add this feature to the mixer")
        self._add.setToolTip("Put this feature into the mixer, to have more or less of it in the results")
        self._add.clicked.connect(self._add_clicked)
        self._ask = QPushButton("Use as query")
        self._ask.setAccessibleName("Use this feature as the query")
        self._ask.setToolTip("Search for documents that point along this feature alone")
        self._ask.clicked.connect(self._ask_clicked)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * UNIT)
        buttons.addWidget(self._add)
        buttons.addWidget(self._ask)
        buttons.addStretch(1)
        head = QVBoxLayout()
        head.setSpacing(UNIT)
        head.addWidget(self._label)
        head.addWidget(self._claim)
        head.addWidget(self._facts)
        head.addSpacing(UNIT)
        head.addLayout(buttons)
        return head

    def _make_kin(self) -> QWidget:
        self._kin = QStackedWidget()
        self._kin_group = QButtonGroup(self)
        self.kin: dict[str, EntryList] = {}
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for place, (key, text, tip) in enumerate(_KIN):
            listed = EntryList(text, f"{tip}. Press to inspect", quiet=True)
            listed.chosen.connect(self.feature_chosen)
            self.kin[key] = listed
            self._kin.addWidget(listed)
            button = QPushButton(text)
            button.setCheckable(True)
            button.setChecked(place == 0)
            button.setToolTip(tip)
            button.setAccessibleName(text)
            button.setAccessibleDescription(tip)
            button.setProperty("segment", ("left", "middle", "right")[place])
            self._kin_group.addButton(button, place)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self._kin_group.idClicked.connect(self._kin.setCurrentIndex)
        part = QWidget()
        layout = QVBoxLayout(part)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * UNIT)
        layout.addLayout(buttons)
        layout.addWidget(self._kin, 1)
        return part

    # Setters ---------------------------------------------------------------------------------------------

    def set_card(
        self,
        card: FeatureCard | None,
        labels: Callable[[int], str] | None = None,
        texts: Callable[[Sequence[int]], Sequence[str]] | None = None,
    ) -> None:
        """Show a feature. labels: what features are called now, which may differ from the card's own words.

        texts: gives the texts of documents, one per row asked for; without it only titles are shown.
        """
        self._feature = None if card is None else card.feature
        self._stack.setCurrentWidget(self._empty if card is None else self._page)
        self._page.setEnabled(True)
        if card is None:
            return
        name = labels(card.feature) if labels is not None else card.text
        self._label.setText(name)
        self._label.setAccessibleName(f"Feature {name}")
        self._claim.setText(self._claim_of(card))
        self._facts.setText(_facts_of(card))
        self.histogram.set_data(card.histogram_edges.tolist(), card.histogram_counts.tolist())
        self.documents.show_entries(document_entries(card.top, card.maximum, texts))
        self.kin["nearest"].show_entries(direction_entries(card.nearest))
        self.kin["opposite"].show_entries(direction_entries(card.opposite))
        self.kin["shared"].show_entries(shared_entries(card.cooccurring, card.count))

    def set_busy(self, feature: int | None) -> None:
        """Grey what is shown while the card of `feature` is fetched; `set_card` ends it."""
        self._page.setEnabled(feature is None or feature == self._feature)

    def _claim_of(self, card: FeatureCard) -> str:
        if card.label is None:
            return f"#{card.feature} · no label"
        source = _SOURCES.get(card.label.source, card.label.source)
        parts = [f"#{card.feature}", source]
        if card.label.examples:
            parts.append(f"from {wording.documents(card.label.examples)}")
        parts.append("not checked" if card.label.detection is None else f"grade {card.label.grade}")
        return " · ".join(parts)

    def _add_clicked(self) -> None:
        if self._feature is not None:
            self.add_to_mixer.emit(self._feature)

    def _ask_clicked(self) -> None:
        if self._feature is not None:
            self.feature_as_query.emit(self._feature)

    # Geometry --------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._wide != (self.width() >= _SIDE_BY_SIDE):
            self._wide = not self._wide
            self._arrange()

    def _arrange(self) -> None:
        """Where there is room documents stand left, histogram and kin right; else one below the other."""
        while self._grid.takeAt(0) is not None:
            pass
        if self._wide:
            self._grid.addWidget(self._documents_part, 0, 0, 2, 1)
            self._grid.addWidget(self.histogram, 0, 1)
            self._grid.addWidget(self._kin_part, 1, 1)
            stretches, columns = (2, 3, 0), (3, 2)
        else:
            self._grid.addWidget(self.histogram, 0, 0)
            self._grid.addWidget(self._documents_part, 1, 0)
            self._grid.addWidget(self._kin_part, 2, 0)
            stretches, columns = (2, 4, 3), (1, 0)
        for row, stretch in enumerate(stretches):
            self._grid.setRowStretch(row, stretch)
        for column, stretch in enumerate(columns):
            self._grid.setColumnStretch(column, stretch)


def _facts_of(card: FeatureCard) -> str:
    if card.count == 0:
        return "Never active in this library"
    return (
        f"Active in {wording.share(card.density)} of documents ({wording.count(card.count)}) · "
        f"strongest {wording.activation(card.maximum)} · mean {wording.activation(card.mean)}"
    )


def _part(title: str, content: QWidget) -> QWidget:
    heading = QLabel(title)
    theme.set_role(heading, "heading")
    heading.setMinimumHeight(7 * UNIT)  # as high as a heading with a tool button beside it
    part = QWidget()
    layout = QVBoxLayout(part)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(UNIT)
    layout.addWidget(heading)
    layout.addWidget(content, 1)
    return part
