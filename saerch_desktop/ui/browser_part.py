"""The dock of the feature browser, and what its acts do in the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast, get_args

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from saerch_desktop.features.browse import Sort, SortKey
from saerch_desktop.progress import Progress
from saerch_desktop.ui import window_layout
from saerch_desktop.ui.browser_pane import SOURCES, BrowserPane
from saerch_desktop.ui.controller_browser import BrowserDesk
from saerch_desktop.ui.dialogs import dialogs, usual_folder
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.view_values import MOST_NUMBERS, ViewValues
from saerch_desktop.workflow.job_journal import Kept

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

MOST_MIXED = 24
"""So many features at once still make a mixer that one can use."""

MOST_MARKED = 2_000
"""So many features are marked at once; more would stop the window for longer than a moment."""

_SAID_MS = 6000
_TABLES = "Tables (*.csv);;Lines of JSON (*.jsonl);;Parquet (*.parquet)"


class BrowserPart(Part):
    """All features in a list at the left."""

    dock_name = "features-dock"
    dock_title = "Features"
    dock_area = Qt.DockWidgetArea.LeftDockWidgetArea
    dock_action = "show-features"
    view_name = "features"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        controller, store = self.controller, self.store
        self.desk = BrowserDesk(store, controller.runner, controller.fail, self)
        self.browser = BrowserPane()
        self._left: ViewValues | None = None  # how the next list was looked at
        self._acts: dict[str, Callable[[list[int]], None]] = {
            "show": lambda features: controller.inspect.feature(features[0]),
            "verify": self._verify,
            "flag": self._flag,
            "pin": self._pin,
            "tag": self._tag,
            "untag": self._untag,
            "mix": self._mix,
            "relabel": self.relabel,
        }
        self.browser.acted.connect(lambda name, features: self._acts[name](features))
        self.browser.renamed.connect(lambda feature, text: controller.marks.rename(feature, text or None))
        self.browser.source_chosen.connect(self.desk.set_source)
        self.browser.table.chosen_changed.connect(window_refresh(window))
        self.browser.table.chosen_changed.connect(self._chosen)
        # Later: the window is still putting the dock where it was.
        self.browser.appeared.connect(self._make_room, Qt.ConnectionType.QueuedConnection)
        self.desk.table_changed.connect(self._table_changed)
        self.desk.now_changed.connect(self.browser.set_now)
        self.desk.refreshed.connect(self.browser.refresh)
        controller.library.opened.connect(self._opened)
        controller.library.closed.connect(lambda: self.desk.use(None))
        controller.marks.changed.connect(self.desk.decided)
        store.feature_changed.connect(self.browser.look_at)
        for changed in (store.query_changed, store.jobs_changed):
            changed.connect(lambda _: self._enable())
        self._enable()

    def pane(self) -> QWidget | None:
        return self.browser

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "filter-features": self.show_filter,
            "relabel-features": lambda: self.browser.table.act("relabel"),
            "export-features": self.export,
        }

    def conditions(self) -> Mapping[str, bool]:
        return {"chosen-features": self.browser.table.has_chosen()}

    def kept_view(self) -> Mapping[str, Any]:
        browser, sort = self.browser, self.browser.sort
        chosen = browser.table.chosen()
        return {
            "filter": browser.filter.line.text(),
            "sort": sort.key,
            "falling": sort.descending,
            "source": self.desk.source,
            "chosen": chosen.tolist() if chosen.size <= MOST_NUMBERS else [],
            "top": browser.table.verticalScrollBar().value(),
        }

    def show_view(self, kept: ViewValues) -> None:
        self._left = kept
        source = kept.one_of("source", (name for name, _ in SOURCES), self.desk.source)
        self.browser.set_source(source)
        self.desk.set_source(source)
        self.browser.filter.line.setText(kept.text("filter"))
        key = kept.one_of("sort", get_args(SortKey), self.browser.sort.key)
        self.browser.set_sort(Sort(cast("SortKey", key), kept.flag("falling")))
        if self.desk.table is not None:
            self._come_back()

    def _come_back(self) -> None:
        """The features are listed: choose those that were, and look where one did."""
        kept, self._left = self._left, None
        if kept is not None and self.desk.table is not None:
            self.browser.table.select_features(kept.numbers("chosen", self.desk.table.features))
            self.browser.table.verticalScrollBar().setValue(kept.whole("top", 0, most=1 << 30))

    def show_filter(self) -> None:
        """Bring the browser to the front and type."""
        if self.dock is not None:
            self.dock.show()
            self.dock.raise_()
        self.browser.focus_filter()

    def _make_room(self) -> None:
        if self.dock is None or self.window.stack.currentWidget() is not self.window.search_pane:
            return
        area = self.window.dockWidgetArea(self.dock)
        window_layout.fold(self.window, self.window.docks)
        if self.window.dockWidgetArea(self.dock) != area:
            self.dock.raise_()

    def _opened(self, session: Any, again: bool) -> None:
        self.desk.use(session, again)
        self.browser.look_at(self.store.feature)

    def _chosen(self) -> None:
        self.store.chosen = tuple(self.browser.table.chosen().tolist())

    def _table_changed(self, table: Any) -> None:
        self.browser.set_table(table)
        if table is not None:
            self._come_back()
        self.window.refresh_actions()

    def _enable(self) -> None:
        self.browser.can("mix", self.store.query is not None)
        self.browser.can("relabel", not self.controller.library.busy)

    # Acts ------------------------------------------------------------------------------------------------

    def _verify(self, features: list[int]) -> None:
        labels = self.desk.table.labels if self.desk.table is not None else None
        named = [feature for feature in features if labels is not None and labels.get(feature) is not None]
        if features and not named:
            self._say("There is no name to verify")
        self._marked(named, "verified", self.controller.marks.verify)

    def _flag(self, features: list[int]) -> None:
        self._marked(features, "flagged", self.controller.marks.flag)

    def _pin(self, features: list[int]) -> None:
        self._marked(features, "pinned", self.controller.marks.pin)

    def _marked(self, features: list[int], column: str, put: Callable[[list[int], bool], int]) -> None:
        """Put a mark on all of them, or take it off where all have it."""
        table = self.desk.table
        if table is None or not features or not self._few_enough(features):
            return
        on = not getattr(table, column)[features].all()
        put(features, on)
        self._say(f"{column.capitalize() if on else f'No longer {column}:'} {_counted(features)}")

    def _say(self, text: str) -> None:
        """What was done, for a while at the bottom of the window."""
        self.window.statusBar().showMessage(text, _SAID_MS)

    def _few_enough(self, features: list[int]) -> bool:
        if len(features) <= MOST_MARKED:
            return True
        self.controller.tell(
            f"{len(features):,} features are too many to mark at once.",
            "Nothing was changed.",
            f"Narrow the list down to {MOST_MARKED:,} or fewer.",
        )
        return False

    def _tag(self, features: list[int]) -> None:
        if self._few_enough(features):
            text = f"A tag for {_counted(features)}, one word or several:"
            tag = dialogs().text(self.window, "Tag", text, "", "Tag")
            if tag:
                changed = self.controller.marks.tag(features, add=[tag])
                had = f"The tag “{tag}” was there already: {_counted(features)}"
                self._say(f"Tagged {_counted(features)} “{tag}”" if changed else had)

    def _untag(self, features: list[int]) -> None:
        table = self.desk.table
        if table is None or not self._few_enough(features):
            return
        tags = sorted({tag for feature in features for tag in table.tag_sets[int(table.tags[feature])]})
        if not tags:
            dialogs().tell(self.window, "Remove a tag", "None of the chosen features has a tag.")
            return
        text = f"The tag to take off {_counted(features)}:"
        tag = dialogs().choose(self.window, "Remove a tag", text, tags)
        if tag:
            changed = self.controller.marks.tag(features, remove=[tag])
            self._say(f"Took the tag “{tag}” off {_many(changed)}")

    def _mix(self, features: list[int]) -> None:
        if len(features) > MOST_MIXED:
            self.controller.tell(
                f"{len(features):,} features are too many for the mixer.",
                "Nothing was added.",
                f"Choose {MOST_MIXED} or fewer.",
            )
            return
        for feature in reversed(features):  # each is put on top
            self.controller.search.add(feature)

    def relabel(self, features: list[int]) -> None:
        """Find names for these features anew on this computer, as a job."""
        session = self.controller.library.session
        if session is None or session.features is None:
            return
        path, sae = session.library.path, session.features.sae.name

        kept = Kept("label", path, {"sae": sae, "features": features})
        self.controller.library.long_job(f"Naming {_counted(features)} again", path, kept=kept)

    def export(self) -> None:
        """Write the list as it is shown."""
        table, view = self.desk.table, self.store.library
        if table is None or view is None:
            return
        suggested = usual_folder(view.path) / f"{view.name} features.csv"
        path = dialogs().save_file(self.window, "Export the features shown", suggested, _TABLES)
        if path is None:
            return
        features, session = self.browser.table.features.ids, self.controller.library.session
        if session is None:
            return

        def work(progress: Progress) -> int:
            from saerch_desktop.workflow import exporting

            return exporting.write(
                path, "features", exporting.features(session, table, features), progress
            ).rows

        self.controller.runner.submit(
            f"Writing {path.name}",
            work,
            lane=Lane.IO,
            failed=lambda error: self.controller.fail(error, f"Writing {path.name}"),
        )


def _many(count: int) -> str:
    return "1 feature" if count == 1 else f"{count:,} features"


def _counted(features: list[int]) -> str:
    return f"feature #{features[0]}" if len(features) == 1 else f"{len(features):,} features"


def window_refresh(window: MainWindow) -> Callable[[], None]:
    """Look again at what can be done, once the window has its actions."""
    return lambda: window.refresh_actions() if hasattr(window, "wiring") else None
