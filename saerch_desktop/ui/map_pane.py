"""The content of the Map dock: choices over the canvas, the legend beside it, what is seen beneath."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.features.maps.colouring import Colouring
from saerch_desktop.features.maps.points import MapMethod, Of
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.explain_message import Message
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.map_canvas import MapCanvas
from saerch_desktop.ui.map_drawing import Chart, Drawn, Scene
from saerch_desktop.ui.map_header import MapHeader
from saerch_desktop.ui.map_legend import WIDTH, Legend
from saerch_desktop.ui.map_line import ShortLine
from saerch_desktop.ui.map_names import Name
from saerch_desktop.ui.map_table import PointTable
from saerch_desktop.ui.theme import UNIT

_EMPTY = (
    "map",
    "The map of your documents",
    "Documents that say similar things lie near one another. Where they lie comes from their vectors.",
    "Compute vectors",
    "Embed every text on this computer, so that meaning can be searched",
)


class MapPane(QWidget):
    """`seen(bool)`: the pane is looked at, or no longer. `making`: lay it out by UMAP now; `stopped`: no
    longer.
    """

    seen = Signal(bool)
    making = Signal()
    stopped = Signal()

    def __init__(
        self,
        tell: Callable[[int], str],
        names: Callable[[Sequence[int]], list[str]],
        parent: QWidget | None = None,
    ) -> None:
        """tell: what a point is, in words. names: titles of documents or names of features, by their rows."""
        super().__init__(parent)
        self._scene: Scene | None = None
        self._selected = 0
        self.header = MapHeader()
        self.canvas = MapCanvas(tell)
        self.legend = Legend()
        self.table = PointTable(names)
        self.empty = EmptyState(*_EMPTY, does="embed")
        self.message = Message("Map")
        self.offer = QWidget()
        self.offer_text = QLabel()
        self.offer_text.setWordWrap(True)
        theme.set_role(self.offer_text, "muted")
        self._seconds, self._making = 0.0, False
        self.make = QPushButton()
        self.make.clicked.connect(lambda: (self.stopped if self._making else self.making).emit())
        offer = QHBoxLayout(self.offer)
        offer.setContentsMargins(0, 0, 0, 0)
        offer.addWidget(self.offer_text, 1)
        offer.addWidget(self.make)
        self.offer.hide()
        self.status = ShortLine()
        theme.set_role(self.status, "muted")
        self.status.setAccessibleName("What the map shows")
        self.stack = QStackedWidget()
        for widget in (self.empty, self.canvas, self.table):
            self.stack.addWidget(widget)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.stack, 1)
        middle.addWidget(self.legend)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * UNIT, UNIT, 2 * UNIT, UNIT)
        layout.setSpacing(UNIT)
        layout.addWidget(self.header)
        layout.addWidget(self.message)
        layout.addWidget(self.offer)
        layout.addLayout(middle, 1)
        layout.addWidget(self.status)
        header, canvas = self.header, self.canvas
        header.tool_chosen.connect(canvas.set_tool)
        canvas.tool_changed.connect(header.set_tool)
        header.fitted.connect(canvas.fit)
        header.names_shown.connect(self._names_shown)
        header.table_shown.connect(self._table_shown)
        canvas.settled.connect(lambda _: self._fill_table())
        self.set_chart(None, "documents", "pca")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.legend.setFixedWidth(min(theme.units(WIDTH), self.width() * 2 // 5))

    # Setters ---------------------------------------------------------------------------------------------

    def set_chart(self, chart: Chart | None, of: Of, method: MapMethod) -> None:
        """Another map, or none."""
        former = self._scene.chart.points if self._scene is not None else None
        same = chart is not None and former is not None and chart.points is former
        self.header.set_shown(of, method)
        self.header.set_usable(chart is not None)
        self._scene = None
        self.legend.set_colouring(None)
        self.message.say("")
        self._say_offer()
        self.canvas.set_chart(chart, keep=same)
        if chart is None:
            self.empty.set_texts(*_EMPTY[1:], does="embed")
        self._show()
        self._tell()

    def set_scene(self, scene: Scene) -> None:
        """Other colours, or another selection."""
        if self._scene is None or self._scene.colouring is not scene.colouring:
            self.legend.set_colouring(scene.colouring)
        self._scene = scene
        self._selected = len(scene.lit.xy) if scene.lit is not None else 0
        self._note_plain(scene.colouring)
        self._fill_table()
        self._tell()

    def set_drawn(self, drawn: Drawn) -> None:
        self.canvas.set_drawn(drawn)
        self._tell()

    def set_names(self, names: tuple[Name, ...]) -> None:
        self.canvas.set_names(names)

    def set_missing(self, seconds: float) -> None:
        """There is no map by UMAP yet, and making it takes so long; 0 when there is one."""
        self._seconds = seconds
        self._say_offer()

    def set_making(self, making: bool) -> None:
        """Whether a map by UMAP is being laid out, which can be stopped here too."""
        self._making = making
        self._say_offer()

    def _say_offer(self) -> None:
        self.offer.setVisible(self._seconds > 0 or self._making)
        if self._making:
            self.make.setText("Stop")
            describe(self.make, "Stop", "Stop laying out; what is shown stays")
            self.offer_text.setText("A map by UMAP is being laid out; the window can be used meanwhile.")
            return
        self.make.setText("Lay it out")
        describe(self.make, "Lay it out", "Runs beside your work and can be stopped; the map is kept")
        self.offer_text.setText(
            "There is no map by UMAP yet; what you see is by PCA. Laying it out takes "
            f"{wording.duration(self._seconds)} on this computer."
        )

    def set_trouble(self, error: UserError) -> None:
        """Said over the map; without one, in its place."""
        if self._scene is None:
            self.empty.set_texts(error.happened, f"{error.meaning} {error.remedy}")
        else:
            self.message.trouble(error)

    def set_busy(self, text: str) -> None:
        if not text:
            self._tell()
            return
        self.status.set_text(text)
        if self._scene is None:
            self.empty.set_texts(text, "This takes some seconds with many points.")

    @property
    def scene(self) -> Scene | None:
        return self._scene

    # What is seen ----------------------------------------------------------------------------------------

    def _show(self) -> None:
        if self.canvas.chart is None:
            self.stack.setCurrentWidget(self.empty)
        else:
            self.stack.setCurrentWidget(self.table if self.header.table.isChecked() else self.canvas)

    def _names_shown(self, shown: bool) -> None:
        self.canvas.names.visible = shown
        self.canvas.update()

    def _table_shown(self, shown: bool) -> None:
        self._show()
        self._fill_table()

    def rows_in_view(self) -> NDArray[np.int64]:
        """Rows whose points are in view, ascending."""
        chart = self.canvas.chart
        return np.empty(0, np.int64) if chart is None else chart.index.in_box(*self.canvas.camera.box)

    def _fill_table(self) -> None:
        scene = self._scene
        if scene is None or not self.header.table.isChecked():
            return
        rows = self.lit if self._selected else self.rows_in_view()
        points = scene.chart.points
        self.table.points.set_points(rows, points.xy, scene.colouring, points.record.of)

    @property
    def lit(self) -> NDArray[np.int64]:
        """The selected rows that are on the map."""
        return self._scene.selected if self._scene is not None else np.empty(0, np.int64)

    def _note_plain(self, colouring: Colouring) -> None:
        asked = self.header.colour.currentData()
        missing = colouring.scale == "none" and asked not in (None, "plain")
        self.message.say(f"{colouring.what}: the points have one colour." if missing else "")

    def _tell(self) -> None:
        scene, drawn = self._scene, self.canvas.drawn
        if scene is None or drawn is None:
            self.status.set_text("")
            return
        record = scene.chart.points.record
        of = "document" if record.of == "documents" else "feature"
        parts = [f"Drawing {drawn.points:,} of {drawn.points:,} {of}s, {drawn.inside:,} in view"]
        if record.rows > record.points:
            absent = "without a vector" if of == "document" else "never active"
            parts.append(f"{record.rows - record.points:,} {absent}")
        if self._selected:
            parts.append(f"{self._selected:,} selected")
        if record.explained:
            parts.append(f"the two axes hold {wording.share(sum(record.explained))} of the differences")
        self.status.set_text(" · ".join(parts))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen.emit(False)
