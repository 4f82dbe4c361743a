"""Where in the corpus a feature is active: by year and by each facet, as a plot or as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.feature_plots import STANDS_OUT, Bar, FacetPlot, ValueBar, YearPlot
from saerch_desktop.ui.feature_sections import Section, Segments
from saerch_desktop.ui.plot_with_table import PlotWithTable
from saerch_desktop.ui.theme import UNIT

_YEARS = "year:"  # no facet's key: those begin with "facet:"
_LINES = 8  # values of a facet that are drawn; the table has all that were counted
_KEPT = 3  # of these lines, for values that stand out though others are commoner
_TIMES = "×: times as common as in all documents"
_WAITING = "Counting…"
_SILENT = "Never active in this library"
_COLUMNS = (
    ("With it", "Documents where the feature is active"),
    ("Of", "All documents of this kind"),
    ("Share", "The former in the latter"),
)
_OF_VALUES = (
    ("With it", "Documents with this value where the feature is active"),
    ("Of", "All documents with this value"),
    ("Share", "Of the documents where the feature is active, those with this value"),
    ("Lift", f"How many times as common as among all documents; {STANDS_OUT} where that stands out"),
)


class _Counted(PlotWithTable):
    """A plot of bars and the same bars as a table."""

    def __init__(
        self,
        plot: YearPlot | FacetPlot,
        heading: str,
        what: str,
        columns: Sequence[tuple[str, str]] = _COLUMNS,
    ) -> None:
        super().__init__(
            plot,
            heading,
            kind="plot",
            numbers="the numbers",
            title=f"Activity by {what}",
            columns=((what[:1].upper() + what[1:], ""), *columns),
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


class _Values(_Counted):
    """The commonest values of a facet among a feature's documents, and below whether any stands out."""

    def __init__(self, name: str) -> None:
        super().__init__(FacetPlot(_LINES), _heading(name), name, _OF_VALUES)
        self._name = name
        self.remark = QLabel()
        self.remark.setTextFormat(Qt.TextFormat.PlainText)
        self.remark.setWordWrap(True)
        self.remark.setAccessibleName(f"Whether a value of {name} stands out")
        self.remark.setToolTip(
            f"{STANDS_OUT} marks values that are commoner among the feature’s documents than chance explains"
        )
        theme.set_role(self.remark, "muted")
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.remark)

    def show_values(self, bars: Sequence[ValueBar], state: str = "") -> None:
        """bars: the commonest first, then those that stand out though others are commoner. state: why there
        are none.
        """
        first = list(bars[:_LINES])
        late = [bar for bar in bars[_LINES:] if bar.stands_out][:_KEPT]
        first = [*first[: _LINES - len(late)], *late]
        nothing = state or f"None of its documents has a value of {self._name}"
        self.plot.set_data(first, 0.0, nothing)
        self.set_rows(
            [
                (
                    bar.name,
                    wording.count(bar.count),
                    wording.count(bar.total),
                    wording.share(bar.share),
                    bar.times,
                )
                for bar in bars
            ]
        )
        any_out = any(bar.stands_out for bar in bars)
        said = f"{STANDS_OUT} stands out" if any_out else "No value stands out"
        self.remark.setText(f"{_TIMES}. {said}." if bars else f"{_TIMES}.")


def _heading(name: str) -> str:
    return f"Commonest {name} among its documents"


class ActivityView(QWidget):
    """Keeps its size while the counts of the next feature are awaited; gone where a library has neither
    dates nor facets.
    """

    def __init__(self) -> None:
        super().__init__()
        self.choice: Segments | None = None
        self._names: tuple[str, ...] | None = None
        self.years = _Counted(YearPlot(), "Share of each year’s documents", "year")
        self.facets: dict[str, _Values] = {}
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
                "How common the feature is among the documents of each year, the dashed line being its share"
                " of all documents; and what its documents are: their commonest values, with a tick at the"
                " share that a value has of all documents",
            )
        )
        self.wait()

    def wait(self) -> None:
        """The counts of another feature are under way."""
        self.years.show_bars((), 0.0, 0, _WAITING)
        for page in self.facets.values():
            page.show_values((), _WAITING)

    def forget(self) -> None:
        """Another library: which facets there are is not known any more."""
        self._names = None
        self.setVisible(True)
        self.wait()

    def show_activity(
        self,
        years: Sequence[Bar],
        facets: Mapping[str, Sequence[ValueBar]],
        density: float,
        dead: bool = False,
    ) -> None:
        """years: rising; facets: by name, the commonest first. Names stay the same within a library."""
        names = ((_YEARS,) if years else ()) + tuple(f"facet:{name}" for name in facets)
        if names != self._names:
            self._names = names
            self._rebuild(bool(years), list(facets))
        self.setVisible(bool(names))
        nothing = _SILENT if dead else "Nothing was counted"
        self.years.show_bars(() if dead else years, density, len(years), nothing)
        for name, bars in facets.items():
            self.facets[name].show_values(() if dead else bars, _SILENT if dead else "")

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
            page = _Values(name)
            self.facets[name] = page
            self.stack.addWidget(page)
        choices = [(_YEARS, "By year", "Share of each year’s documents")] if years else []
        choices += [(f"facet:{name}", f"By {name}", _heading(name)) for name in facets]
        if choices:
            self.stack.setCurrentWidget(self._page(choices[0][0]))
        if len(choices) > 1:
            self.choice = Segments("Activity by what", choices)
            self.choice.chosen.connect(lambda key: self.stack.setCurrentWidget(self._page(key)))
            self._inside.insertWidget(0, self.choice)

    def _page(self, key: str) -> QWidget:
        return self.years if key == _YEARS else self.facets[key.partition(":")[2]]
