"""Where in the corpus a feature is active: by year and by each facet, as a plot or as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from saerch_desktop.ui import wording
from saerch_desktop.ui.feature_plots import Bar, FacetPlot, YearPlot
from saerch_desktop.ui.feature_sections import Section, Segments
from saerch_desktop.ui.plot_with_table import PlotWithTable
from saerch_desktop.ui.theme import UNIT

_YEARS = "year:"  # no facet's key: those begin with "facet:"
_LINES = 8  # values of a facet that are drawn; the table has all that were counted
_WAITING = "Counting…"
_SILENT = "Never active in this library"
_COLUMNS = (
    ("With it", "Documents where the feature is active"),
    ("Of", "All documents of this kind"),
    ("Share", "The former in the latter"),
)


class _Counted(PlotWithTable):
    """A plot of bars and the same bars as a table."""

    def __init__(self, plot: YearPlot | FacetPlot, heading: str, what: str) -> None:
        super().__init__(
            plot,
            heading,
            kind="plot",
            numbers="the numbers",
            title=f"Activity by {what}",
            columns=((what[:1].upper() + what[1:], ""), *_COLUMNS),
        )
        self.plot = plot
        self.heading.setWordWrap(True)
        self.table.setMinimumHeight(22 * UNIT)

    def show_bars(self, bars: Sequence[Bar], density: float, drawn: int, nothing: str) -> None:
        self.plot.set_data(bars[:drawn], density, nothing)
        self.set_rows(
            [
                (bar.name, wording.count(bar.count), wording.count(bar.total), wording.share(bar.share))
                for bar in bars
            ]
        )


class ActivityView(QWidget):
    """Keeps its size while the counts of the next feature are awaited; gone where a library has neither
    dates nor facets.
    """

    def __init__(self) -> None:
        super().__init__()
        self.choice: Segments | None = None
        self._names: tuple[str, ...] | None = None
        self.years = _Counted(YearPlot(), "Share of each year’s documents", "year")
        self.facets: dict[str, _Counted] = {}
        self.stack = QStackedWidget()
        self.stack.addWidget(self.years)
        content = QWidget()
        self._inside = QVBoxLayout(content)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(UNIT)
        self._inside.addWidget(self.stack)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(
            Section(
                "Where it is active",
                content,
                "How common the feature is among the documents of each year and kind; the dashed line is its "
                "share of all documents",
            )
        )
        self.wait()

    def wait(self) -> None:
        """The counts of another feature are under way."""
        for page in (self.years, *self.facets.values()):
            page.show_bars((), 0.0, 0, _WAITING)

    def forget(self) -> None:
        """Another library: which facets there are is not known any more."""
        self._names = None
        self.setVisible(True)
        self.wait()

    def show_activity(
        self, years: Sequence[Bar], facets: Mapping[str, Sequence[Bar]], density: float, dead: bool = False
    ) -> None:
        """years: rising; facets: by name, the bars to draw first. Names stay the same within a library."""
        names = ((_YEARS,) if years else ()) + tuple(f"facet:{name}" for name in facets)
        if names != self._names:
            self._names = names
            self._rebuild(bool(years), list(facets))
        self.setVisible(bool(names))
        nothing = _SILENT if dead else "Nothing was counted"
        self.years.show_bars(() if dead else years, density, len(years), nothing)
        for name, bars in facets.items():
            self.facets[name].show_bars(() if dead else bars, density, _LINES, nothing)

    def _rebuild(self, years: bool, facets: list[str]) -> None:
        if self.choice is not None:
            self.choice.hide()
            self.choice.deleteLater()
            self.choice = None
        for page in self.facets.values():
            self.stack.removeWidget(page)
            page.deleteLater()
        self.facets = {}
        for name in facets:
            page = _Counted(FacetPlot(_LINES), f"Share of the documents of each {name}", name)
            self.facets[name] = page
            self.stack.addWidget(page)
        choices = [(_YEARS, "By year", "Share of each year’s documents")] if years else []
        choices += [
            (f"facet:{name}", f"By {name}", f"Share of the documents of each {name}") for name in facets
        ]
        if choices:
            self.stack.setCurrentWidget(self._page(choices[0][0]))
        if len(choices) > 1:
            self.choice = Segments("Activity by what", choices)
            self.choice.chosen.connect(lambda key: self.stack.setCurrentWidget(self._page(key)))
            self._inside.insertWidget(0, self.choice)

    def _page(self, key: str) -> QWidget:
        return self.years if key == _YEARS else self.facets[key.partition(":")[2]]
