"""The results with what belongs around them: what steering did, the unsteered list, what would move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from saerch_desktop.library.documents import KeywordHit, Matches
from saerch_desktop.search.preview import Mover, Preview
from saerch_desktop.search.steering import Ranking
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.results_model import Rows
from saerch_desktop.ui.results_painter import ghost_text
from saerch_desktop.ui.results_view import ResultsTable
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.ui.controller_steering import Shown

_NAMED = 3  # documents of a preview that are named
_TITLE = 40  # characters of their titles
_UNSTEERED = "Unsteered: the list without your changes"


@dataclass(frozen=True, slots=True, eq=False)
class _Live:
    """What the table shows when it does not show the unsteered list."""

    ranking: Ranking | None
    rows: Rows
    labels: Callable[[int], str]
    natural: NDArray[np.float32] | None


class FooterLine(QLabel):
    """A line that shortens to the room it has; its tooltip and its accessible text have the whole."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(name)

    def say(self, text: str, tip: str) -> None:
        """tip: what the text means, beneath it in the tooltip."""
        self.setText(text)
        self.setToolTip(wording.tip(f"{text}\n{tip}"))
        self.setAccessibleName(f"{self._name}: {text}")
        self.setAccessibleDescription(tip)

    def shown_text(self) -> str:
        """What fits."""
        room = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * UNIT, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        place = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(self.contentsRect(), place, self.shown_text())
        painter.end()


class ResultsPanel(QWidget):
    """The table with the line beneath that says how far the steering went.

    What a row can be asked for is told by `like_more`, `like_less`, `selection_as_query` and `why_asked`;
    `baseline_wanted` asks for the unsteered list or, with False, for the steered one again; `left_wanted`
    for what left the first places.
    """

    like_more = Signal(int)
    like_less = Signal(int)
    selection_as_query = Signal(object)  # tuple[int, ...]
    why_asked = Signal(object)  # tuple[int, ...]: one document, or two to be compared
    baseline_wanted = Signal(bool)
    baseline_changed = Signal(bool)
    left_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = ResultsTable()
        self.table.setFrameShape(QFrame.Shape.StyledPanel)
        for name in ("like_more", "like_less", "selection_as_query", "why_asked"):
            getattr(self.table, name).connect(getattr(self, name))
        self.table.seen.connect(self._say_places)
        self._live: _Live | None = None
        self._baseline: Shown | None = None
        self._said = ("", "")
        self._departed = False
        self.footer = FooterLine("Summary of the results")
        theme.set_role(self.footer, "muted")
        self.footer.setFont(theme.figures(self.footer.font()))
        self.places = QLabel()
        self.places.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_role(self.places, "muted")
        self.places.setFont(theme.figures(self.places.font()))
        self.places.setAccessibleName("Places in view")
        self.left = QToolButton()
        self.left.setText("Moved out…")
        describe(self.left, "Moved out", "Which documents left the first places, and where they are now")
        self.left.clicked.connect(lambda _=False: self.left_wanted.emit())
        self.left.hide()
        self.unsteered = QToolButton()
        self.unsteered.setText("Unsteered")
        self.unsteered.setCheckable(True)
        describe(self.unsteered, "Show the unsteered list", "Show the list without your changes (hold B)")
        self.unsteered.clicked.connect(self.baseline_wanted)
        self.unsteered.setEnabled(False)
        self.banner = QLabel("Unsteered", self.table)
        self.banner.setObjectName("unsteered-banner")
        self.banner.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.banner.setMargin(UNIT)
        self.banner.setAutoFillBackground(True)
        self.banner.setFrameShape(QFrame.Shape.Box)
        theme.set_role(self.banner, "heading")
        self.banner.hide()
        self.table.installEventFilter(self)
        self._lay_out()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(2 * UNIT)
        line.addWidget(self.footer, 1)
        line.addWidget(self.places)
        line.addWidget(self.left)
        line.addWidget(self.unsteered)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * UNIT)
        layout.addWidget(self.table, 1)
        layout.addLayout(line)

    # Content ---------------------------------------------------------------------------------------------

    def set_ranking(
        self,
        ranking: Ranking | None,
        rows: Rows,
        labels: Callable[[int], str],
        natural: NDArray[np.float32] | None,
    ) -> None:
        """Show a ranking; beneath an unsteered list that is looked at, it waits."""
        former = None if self._live is None else self._live.ranking
        self._live = _Live(ranking, rows, labels, natural)
        steered = ranking is not None and ranking.steered
        self.unsteered.setEnabled(steered or self._baseline is not None)
        if self._baseline is not None and self._goes_on(former, ranking):
            return
        self._end_baseline()
        self.table.set_ranking(ranking, rows, labels, natural)
        if ranking is not None:
            self.show_ranking(ranking)

    def set_hits(self, hits: Sequence[KeywordHit], rows: Rows, matches: Matches | None = None) -> None:
        """Show documents found by words. matches: all of them, where `hits` are only the first."""
        self._live = None
        self._end_baseline()
        self.unsteered.setEnabled(False)
        self.table.set_hits(hits, rows, matches)
        self.show_hits(len(hits) if matches is None else matches.rows.size)

    @staticmethod
    def _goes_on(former: Ranking | None, now: Ranking | None) -> bool:
        return former is not None and now is not None and former.query is now.query

    def show_ranking(self, ranking: Ranking) -> None:
        """Say what steering did to the list."""
        self._departed = ranking.steered and ranking.moved_out > 0
        self._show_left()
        if not ranking.steered:
            what = "Semantic and keyword search" if ranking.fused is not None else "Plain semantic search"
            self._say(
                what,
                "Nothing is steered: documents in the order of meaning and words together"
                if ranking.fused is not None
                else "Nothing is steered: documents in order of their cosine to the query",
            )
            return
        text = (
            f"moved in: {ranking.moved_in} · moved out: {ranking.moved_out} · "
            f"cosine {ranking.fidelity:.2f} to the unsteered query".replace("-", "−")
        )
        if ranking.mode == "paper":
            text = f"Paper mode, for comparison · {text}"
        tip = "Documents that entered and left the first places, and how near the steered query still is"
        self._say(text, tip)

    def _show_left(self) -> None:
        """Where the line is short, only the menu offers what moved out."""
        self.left.setVisible(self._departed and self.width() >= 120 * UNIT)

    def show_hits(self, hits: int) -> None:
        self._departed = False
        self._show_left()
        self._say(
            f"Keyword search · {wording.documents(hits)}",
            "Documents that contain the words, best match first",
        )

    # The unsteered list ----------------------------------------------------------------------------------

    @property
    def shows_baseline(self) -> bool:
        return self._baseline is not None

    def set_baseline(self, shown: Shown | None) -> None:
        """Show the unsteered list, plainly named, or with None the steered one again."""
        live = self._live
        if live is None or live.ranking is None:
            shown = None
        if shown is not None and live is not None:
            self._baseline = shown
            self.unsteered.setChecked(True)
            self._departed = False
            self._show_left()
            self.table.set_ranking(shown.ranking, live.rows, live.labels, shown.natural, baseline=True)
            self._put_banner()
            self._put(_UNSTEERED, "Let go of B, or press the button again, for the steered list")
            self.baseline_changed.emit(True)
        elif self._baseline is not None:
            self._end_baseline()
            if live is not None:
                self.table.set_ranking(live.ranking, live.rows, live.labels, live.natural)
                if live.ranking is not None:
                    self.show_ranking(live.ranking)

    def _end_baseline(self) -> None:
        former, self._baseline = self._baseline, None
        self.unsteered.setChecked(False)
        self.banner.hide()
        if former is not None:
            self.baseline_changed.emit(False)
        if self._live is not None:
            self.unsteered.setEnabled(self._live.ranking is not None and self._live.ranking.steered)

    def _put_banner(self) -> None:
        """In the middle of the head, over no row."""
        self.banner.adjustSize()
        head = self.table.horizontalHeader()
        x = (self.table.width() - self.banner.width()) // 2
        self.banner.move(x, max(0, head.height() - self.banner.height()) // 2)
        self.banner.show()
        self.banner.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.table and event.type() == QEvent.Type.Resize and self.shows_baseline:
            self._put_banner()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.places.setVisible(self.width() >= 180 * UNIT)
        self._show_left()

    # What would move -------------------------------------------------------------------------------------

    def show_preview(self, preview: Preview, title: Callable[[int], str] | None = None) -> None:
        """Show what would move, without moving it: ghosts on the rows, the strongest by name beneath.

        title: of a document; without it titles are asked for as the table asks for them.
        """
        if self.shows_baseline:
            return
        self.table.set_preview(preview)
        text, tip = told(preview, title or self.table.results.title)
        self._put(text, tip)

    def clear_preview(self) -> None:
        """No change is being considered any longer."""
        self.table.set_preview(None)
        if not self.shows_baseline:
            self._put(*self._said)

    # The line beneath ------------------------------------------------------------------------------------

    def _say(self, text: str, tip: str) -> None:
        self._said = text, tip
        self._put(text, tip)

    def _put(self, text: str, tip: str) -> None:
        self.footer.say(text, tip)

    def _say_places(self, first: int, last: int) -> None:
        count = self.table.results.rowCount()
        text, tip = f"{first + 1:,}–{last + 1:,} of {count:,}", "Places in view"
        ranking = self._live.ranking if self._live is not None else None
        if ranking is not None and ranking.query.how == "index":
            text += " nearest"
            found = f"{ranking.query.recall:.0%}" if ranking.query.recall is not None else "most"
            tip += (
                ". In a library of this size the index of neighbours picks the candidates, and only these are"
                f" listed; it finds {found} of the nearest ten. Under a filter every document is looked at"
            )
        else:
            tip += f", of {wording.documents(count)} that are listed"
        self.places.setText(text)
        self.places.setToolTip(wording.tip(tip))


def told(preview: Preview, title: Callable[[int], str]) -> tuple[str, str]:
    """A line about what would move, and the longer list for its tooltip."""
    if not preview.movers:
        return "Would move nothing", f"The first {preview.top:,} places would stay as they are"
    entering = preview.entering
    names: Mapping[int, str] = {m.row: _short(title(m.row)) for m in _named(preview)}
    movers = [m for m in preview.movers if m not in entering]
    parts = [f"{ghost_text(m)} {names[m.row]}" for m in movers[:_NAMED]]
    said = [f"Would move {len(movers):,}: {' · '.join(parts)}"] if parts else []
    if entering:
        first = entering[0]
        more = f" and {len(entering) - 1:,} more" if len(entering) > 1 else ""
        said.append(f"would enter: {names[first.row]} at {first.then:,}{more}")
    text = " · ".join(said)
    lines = [f"{names[m.row]}: {_place(m.now)} → {_place(m.then)}" for m in _named(preview)]
    return text[:1].upper() + text[1:], "\n".join(lines)


def _named(preview: Preview) -> tuple[Mover, ...]:
    entering = preview.entering
    staying = [m for m in preview.movers if m not in entering]
    return (*staying[:_NAMED], *entering[:_NAMED])


def _short(title: str) -> str:
    return title if len(title) <= _TITLE else title[: _TITLE - 1].rstrip() + "…"


def _place(place: int) -> str:
    return f"{place:,}" if place else "not listed"
