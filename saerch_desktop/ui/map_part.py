"""The Map dock: documents or features in the plane, sharing their selection with every pane."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from saerch_desktop.features.maps.points import KINDS, MAP_METHODS, MapMethod, Of
from saerch_desktop.ui import map_export
from saerch_desktop.ui.dialogs import dialogs
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.map_desk import MapDesk
from saerch_desktop.ui.map_drawing import Chart, Scene
from saerch_desktop.ui.map_pane import MapPane
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.view_values import ViewValues

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class MapPart(Part):
    """Connects the pane and its desk with the window."""

    dock_name = "map-dock"
    dock_title = "Map"
    dock_area = Qt.DockWidgetArea.BottomDockWidgetArea
    dock_action = "show-map"
    view_name = "map"
    _arrived = Signal()  # the map that was looked at is there again

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.map = MapPane(self._tell, self._names)
        self.desk = MapDesk(self.controller, self.map.devicePixelRatioF, self)
        pane, desk, header, canvas = self.map, self.desk, self.map.header, self.map.canvas
        header.of_chosen.connect(desk.set_of)
        header.method_chosen.connect(desk.set_method)
        header.choice_chosen.connect(desk.set_choice)
        header.exported.connect(self.export)
        pane.seen.connect(lambda seen: desk.want() if seen else desk.rest())
        pane.making.connect(desk.make)
        pane.stopped.connect(desk.stop)
        desk.making.connect(pane.set_making)
        pane.legend.alone_changed.connect(desk.set_alone)
        pane.table.opened.connect(self._open)
        canvas.settled.connect(desk.look)
        canvas.opened.connect(self._open)
        canvas.enclosed.connect(desk.selection.enclose)
        canvas.picked.connect(desk.selection.toggle)
        canvas.cleared.connect(self._escape)
        desk.chart_changed.connect(self._charted)
        desk.missing.connect(pane.set_missing)
        desk.choices_known.connect(lambda found: header.set_choices(found, desk.choice[desk.of]))
        desk.choices_known.connect(lambda _: self._arrived.emit())
        desk.scene_changed.connect(self._arranged)
        desk.drawn.connect(pane.set_drawn)
        desk.named.connect(pane.set_names)
        desk.refused.connect(pane.set_trouble)
        desk.busy.connect(pane.set_busy)
        self._left: ViewValues | None = None  # how the next map was looked at
        self._arrived.connect(self._come_back, Qt.ConnectionType.QueuedConnection)
        self.store.row_changed.connect(lambda _: self._mark())
        self.store.feature_changed.connect(lambda _: self._mark())
        self.controller.marks.changed.connect(lambda _: desk.renamed())

    def pane(self) -> QWidget:
        return self.map

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        desk, pane = self.desk, self.map
        return {
            "map-fit": pane.canvas.fit,
            "map-select-view": lambda: desk.selection.select(pane.rows_in_view()),
            "map-clear": desk.selection.clear,
            "map-umap": desk.make,
            "map-export": self.export,
        }

    def conditions(self) -> Mapping[str, bool]:
        there = self.desk.chart is not None and self.map.isVisible()
        return {"map": there, "map-selection": there and bool(self.desk.selection.rows().size)}

    def kept_view(self) -> Mapping[str, Any]:
        desk, canvas, header = self.desk, self.map.canvas, self.map.header
        camera = canvas.camera
        kept = {
            "of": desk.of,
            "method": desk.method,
            "colour": desk.choice[desk.of],
            "names": header.names.isChecked(),
            "table": header.table.isChecked(),
        }
        if canvas.chart is not None and camera.scale != camera.fitted:
            kept |= {"x": camera.x, "y": camera.y, "near": camera.scale / camera.fitted}
        return kept

    def show_view(self, kept: ViewValues) -> None:
        self._left = kept
        of = cast("Of", kept.one_of("of", KINDS, self.desk.of))
        method = cast("MapMethod", kept.one_of("method", MAP_METHODS, self.desk.method))
        self.map.header.names.setChecked(kept.flag("names", True))
        self.map.header.table.setChecked(kept.flag("table"))
        self.map.header.set_shown(of, method)
        if self.map.isVisible():
            self.desk.set_of(of)
            self.desk.set_method(method)
        else:  # nothing is placed before somebody looks
            self.desk.of, self.desk.method = of, method

    def _come_back(self) -> None:
        """The map is placed and its colours are known: look at it from where one did."""
        kept, canvas = self._left, self.map.canvas
        if kept is None or canvas.chart is None or not canvas.isVisible():
            return
        self._left = None
        place = self.map.header.colour.findData(kept.text("colour"))
        if place >= 0 and place != self.map.header.colour.currentIndex():
            self.map.header.choose_colour(place)
        x, y, near = kept.real("x"), kept.real("y"), kept.real("near")
        if x is not None and y is not None and near is not None and near > 0:
            canvas.look_from(x, y, near)

    def export(self) -> None:
        """A picture with its legend, or a table of all points; the file's ending decides."""
        scene, view = self.desk.scene, self.store.library
        session = self.desk.session
        if scene is None or view is None or session is None:
            return
        record = scene.chart.points.record
        suggested = Path.home() / f"{view.name}-{record.of}-{record.method}.png"
        path = dialogs().save_file(self.map, "Export the map", suggested, map_export.FILES)
        if path is None:
            return
        canvas = self.map.canvas
        title = map_export.title_of(scene, view.name)
        poster = map_export.Poster(scene, canvas.camera, canvas.names.written, title, canvas.font())
        self.controller.runner.submit(
            "Exporting the map",
            lambda progress: map_export.export(path, poster, session, progress),
            lane=Lane.IO,
            done=lambda _: self.window.statusBar().showMessage(f"{path.name} is saved", 6000),
            failed=lambda error: self.controller.fail(error, "Exporting the map"),
        )

    # What the window does to it --------------------------------------------------------------------------

    def _charted(self, chart: Chart | None) -> None:
        self.map.set_chart(chart, self.desk.of, self.desk.method)
        self._mark()
        self.window.refresh_actions()

    def _arranged(self, scene: Scene) -> None:
        self.map.set_scene(scene)
        self.window.refresh_actions()

    def _mark(self) -> None:
        documents = self.desk.of == "documents"
        self.map.canvas.set_current(self.store.row if documents else self.store.feature)

    def _open(self, row: int) -> None:
        inspect = self.controller.inspect
        if self.desk.of == "documents":
            inspect.document(row)
        else:
            inspect.feature(row)

    def _escape(self) -> None:
        """First the selection goes; without one the key is the window's."""
        if self.desk.selection.rows().size:
            self.desk.selection.clear()
        else:
            self.window.escape()

    # Words -----------------------------------------------------------------------------------------------

    def _names(self, rows: Sequence[int]) -> list[str]:
        session = self.desk.session
        if session is None:
            return [""] * len(rows)
        if self.desk.of == "features" and session.features is not None:
            return [session.features.labels.text(row) for row in rows]
        return [d.title or d.text[:120] for d in session.library.documents.many(list(rows))]

    def _tell(self, row: int) -> str:
        name = self._names([row])[0]
        colouring = self.desk.colouring
        said = colouring.text(row) if colouring is not None and row < len(colouring.codes) else ""
        return f"{name}\n{colouring.what}: {said}" if said and colouring is not None else name
