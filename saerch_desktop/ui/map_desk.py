"""The desk of the map: what is shown, in which colours and with which names, all of it made on workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from saerch_desktop.errors import UserError
from saerch_desktop.features.maps.colouring import Colouring
from saerch_desktop.features.maps.points import MapMethod, Of
from saerch_desktop.progress import Progress
from saerch_desktop.ui import map_choices
from saerch_desktop.ui.jobs import Job, Lane
from saerch_desktop.ui.map_camera import Camera
from saerch_desktop.ui.map_choices import PLAIN, Asked
from saerch_desktop.ui.map_drawing import Chart, Drawn, Scene, draw
from saerch_desktop.ui.map_places import liked_features, names_for
from saerch_desktop.ui.map_selection import MapSelection
from saerch_desktop.workflow.job_journal import Kept

if TYPE_CHECKING:
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.ui.state import Store
    from saerch_desktop.workflow.session import Session

_KEYS: Final = ("map", "map choices", "map colours", "map scene", "map picture", "map names", "map enclosed")
MAKING: Final = "map by umap"


class MapDesk(QObject):
    """Emits `chart_changed(Chart | None)`, `missing(seconds)` when there is no map by UMAP yet (0 when there
    is), `choices_known(tuple[Choice, ...])`, `scene_changed(Scene)`, `drawn(Drawn)`,
    `named(tuple[Name, ...])`, `refused(UserError)`, `busy(str)`, `making(bool)`: a map by UMAP is laid out.
    """

    chart_changed = Signal(object)
    missing = Signal(float)
    choices_known = Signal(object)
    scene_changed = Signal(object)
    drawn = Signal(object)
    named = Signal(object)
    refused = Signal(object)
    busy = Signal(str)
    making = Signal(bool)

    def __init__(self, controller: Controller, ratio: Callable[[], float], parent: QObject) -> None:
        """ratio: device pixels for one of the grid's, where the map is shown."""
        super().__init__(parent)
        self._controller = controller
        self._ratio = ratio
        self._session: Session | None = None
        self.of: Of = "documents"
        self.method: MapMethod = "pca"
        self.choice: dict[Of, str] = {"documents": PLAIN, "features": PLAIN}
        self.alone: frozenset[int] = frozenset()
        self.chart: Chart | None = None
        self.colouring: Colouring | None = None
        self.scene: Scene | None = None
        self.selection = MapSelection(self)
        self._wanted = False  # somebody looks
        self._camera: Camera | None = None
        self._drawing = False
        self._again = False
        self._liked: NDArray[np.bool_] | None = None
        self._job: Job | None = None
        controller.library.opened.connect(self._opened)
        controller.library.closed.connect(self._closed)
        store = self.store
        for name in ("feature", "family", "book", "query", "edits", "blends", "document"):
            getattr(store, f"{name}_changed").connect(lambda _, n=name: self._changed(n))
        store.selected_changed.connect(lambda _: self._selection("documents"))
        store.chosen_changed.connect(lambda _: self._selection("features"))

    @property
    def store(self) -> Store:
        return self._controller.store

    @property
    def session(self) -> Session | None:
        return self._session

    # Library ---------------------------------------------------------------------------------------------

    def _opened(self, session: Session, again: bool) -> None:
        self._controller.runner.cancel_keys(_KEYS)
        self._drawing = self._again = False
        self._session, self._liked = session, None
        if not again:
            self._forget()
        if self._wanted:
            self._load()

    def _closed(self) -> None:
        self._controller.runner.cancel_keys(_KEYS)
        self._session = self._liked = None
        self._drawing = self._again = False
        self._forget()

    def _forget(self) -> None:
        self.chart = self.colouring = self.scene = None
        self.alone = frozenset()
        self.choice = {"documents": PLAIN, "features": PLAIN}
        self.missing.emit(0.0)
        self.chart_changed.emit(None)

    def want(self) -> None:
        """The map is looked at: get it, if it is not there."""
        self._wanted = True
        if self.chart is None and self._session is not None:
            self._load()

    def rest(self) -> None:
        """Nobody looks any more."""
        self._wanted = False

    # What is shown ---------------------------------------------------------------------------------------

    def set_of(self, of: Of) -> None:
        if of != self.of:
            self.of, self.alone = of, frozenset()
            self._load()

    def set_method(self, method: MapMethod) -> None:
        if method != self.method:
            self.method = method
            self._load()

    def set_choice(self, key: str) -> None:
        """Colour by something else."""
        if key != self.choice[self.of]:
            self.choice[self.of], self.alone = key, frozenset()
            self._colour()

    def set_alone(self, codes: frozenset[int]) -> None:
        """Only points with these codes are asked for; all, without any."""
        if codes != self.alone:
            self.alone = codes
            self._arrange()

    def _load(self) -> None:
        session, of, method = self._session, self.of, self.method
        if session is None:
            return

        def read(progress: Progress) -> tuple[Chart, float]:
            from saerch_desktop.workflow.mapping import make_map, saved_map, seconds_for

            kept = saved_map(session.library, session.features, of, method) if method == "umap" else None
            if kept is not None:
                return Chart.of(kept), 0.0
            made = make_map(session.library, session.features, of, "pca", progress).points
            return Chart.of(made), seconds_for(made.record.points) if method == "umap" else 0.0

        def done(found: tuple[Chart, float]) -> None:
            chart, seconds = found
            self.busy.emit("")
            self.chart, self.colouring, self.scene = chart, None, None
            self.chart_changed.emit(chart)
            self.missing.emit(seconds)
            self._list_choices()
            self._colour()

        def failed(error: BaseException) -> None:
            self.busy.emit("")
            self.chart = self.colouring = self.scene = None
            self.chart_changed.emit(None)
            self._refuse(error, "Drawing the map")

        self.busy.emit("Placing the points…")
        self.submit("Placing points on the map", read, "map", done, failed)

    def make(self) -> None:
        """A map by UMAP of what is shown, as a job that can be watched and stopped; one at a time."""
        session, of = self._session, self.of
        if session is None or self._job is not None:
            return

        def work(progress: Progress) -> Any:
            from saerch_desktop.workflow.mapping import make_map

            return make_map(session.library, session.features, of, "umap", progress, anew=True)

        def done(made: Any) -> None:
            if made.unsaved:
                self._controller.tell(
                    "The map could not be kept.",
                    f"{made.unsaved} It is shown as long as the library is open.",
                    "",
                )
            if session is self._session and of == self.of:
                self.method = "umap"
                self._show_made(made.points)

        job = self._controller.runner.submit(
            f"Laying out the {of} by UMAP",
            work,
            lane=Lane.TRAIN,
            key=MAKING,
            done=done,
            failed=lambda error: self._refuse(error, "Laying out the map"),
        )

        def over() -> None:
            self._job = None
            self.making.emit(False)

        if not job.state.over:
            path = job.opens = session.library.path
            sae = session.features.sae.name if session.features is not None else ""
            self._controller.library.kept.keep(job, Kept("map", path, {"of": of, "sae": sae}))
            self._job = job
            job.finished.connect(over)
            self.making.emit(True)

    def stop(self) -> None:
        """Stop laying out by UMAP; the map that was there stays."""
        if self._job is not None:
            self._job.cancel()

    def _show_made(self, points: Any) -> None:
        def done(chart: Chart) -> None:
            self.chart, self.scene = chart, None
            self.chart_changed.emit(chart)
            self.missing.emit(0.0)
            self._colour()

        self.submit("Placing points on the map", lambda progress: Chart.of(points), "map", done)

    # Colours and selection -------------------------------------------------------------------------------

    def _list_choices(self) -> None:
        session, of = self._session, self.of
        if session is not None:
            self.submit(
                "Reading facets",
                lambda progress: map_choices.choices(session, of, progress),
                "map choices",
                self.choices_known.emit,
            )

    def _changed(self, name: str) -> None:
        if self.chart is not None and name in map_choices.depends_on(self.choice[self.of]):
            self._colour()
        elif name == "book" and self.chart is not None:
            self._name()

    def _asked(self) -> Asked:
        store = self.store
        view = store.document
        return Asked(
            store.feature,
            store.family,
            store.book,
            store.query,
            store.edits,
            store.blends,
            view.document.row if view is not None else None,
            map_choices.members_of(store.book, store.family),
        )

    def _colour(self) -> None:
        session, chart, of = self._session, self.chart, self.of
        if session is None or chart is None:
            return
        key, asked, rows = self.choice[of], self._asked(), len(chart.points.xy)

        def done(made: Colouring) -> None:
            self.colouring = made
            self._arrange()

        self.submit(
            "Colouring the map",
            lambda progress: map_choices.colour(session, of, key, asked, rows, progress),
            "map colours",
            done,
        )

    def _selection(self, of: Of) -> None:
        if of == self.of:
            self._arrange()

    def _arrange(self) -> None:
        chart, colouring = self.chart, self.colouring
        if chart is None or colouring is None:
            return
        lit, alone = self.selection.rows(), self.alone

        def done(scene: Scene) -> None:
            self.scene = scene
            self.scene_changed.emit(scene)
            self._draw()

        self.submit(
            "Arranging the map", lambda progress: Scene.of(chart, colouring, lit, alone), "map scene", done
        )

    # Pictures --------------------------------------------------------------------------------------------

    def look(self, camera: Camera) -> None:
        """The view rests there."""
        moved = self._camera is None or self._camera != camera
        self._camera = camera
        self._draw()
        if moved:
            self._name()

    def _draw(self) -> None:
        """One picture at a time; when it is there and something has changed, another one."""
        scene, camera = self.scene, self._camera
        if scene is None or camera is None:
            return
        if self._drawing:
            self._again = True
            return
        self._drawing, self._again = True, False
        ratio = self._ratio()

        def over() -> None:
            self._drawing = False
            if self._again:
                self._draw()

        def done(made: Drawn) -> None:
            if scene.chart is self.chart:
                self.drawn.emit(made)
            over()

        def failed(error: BaseException) -> None:
            self._refuse(error, "Drawing the map")
            over()

        self._controller.runner.submit(
            "Drawing the map",
            lambda progress: draw(scene, camera.view(ratio), ratio, camera.box),
            lane=Lane.IO,
            key="map picture",
            quiet=True,
            done=done,
            failed=failed,
            cancelled=over,
        )

    def _name(self) -> None:
        session, chart, camera, book = self._session, self.chart, self._camera, self.store.book
        if session is None or chart is None or camera is None:
            return

        def find(progress: Progress) -> tuple[Any, NDArray[np.bool_] | None]:
            liked = self._liked
            if liked is None and session.features is not None:
                liked = liked_features(session.features)
            documents = session.library.documents
            return names_for(chart, session.features, documents, book, liked, camera.box), liked

        def done(found: tuple[Any, NDArray[np.bool_] | None]) -> None:
            names, self._liked = found
            self.named.emit(names)

        self.submit("Naming places", find, "map names", done)

    def renamed(self) -> None:
        """Features have other names now."""
        self._liked = None
        if self.chart is not None:
            self._name()
            if self.of == "features" or self.choice[self.of] == "feature":
                self._colour()

    # Jobs ------------------------------------------------------------------------------------------------

    def submit(
        self,
        title: str,
        work: Callable[[Progress], Any],
        key: str,
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Do something short on a worker; of one key the newest wins."""
        self._controller.runner.submit(
            title,
            work,
            lane=Lane.IO,
            key=key,
            quiet=True,
            done=done,
            failed=failed or (lambda error: self._refuse(error, title)),
        )

    def _refuse(self, error: BaseException, doing: str) -> None:
        if isinstance(error, UserError):
            self.refused.emit(error)
        else:
            self._controller.fail(error, doing)
