"""The desk for comparing SAEs: reads, matches, grows trees and carries names over, all on workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from saerch_desktop.progress import Progress
from saerch_desktop.ui.compare_model import Names, names_of
from saerch_desktop.ui.jobs import Job, JobRunner, Lane
from saerch_desktop.ui.native_ahead import load_ahead

if TYPE_CHECKING:
    from saerch_desktop.features.split_tree import Lineage, SplitTree
    from saerch_desktop.study.runs import Run
    from saerch_desktop.workflow.comparing import CarryReport, Comparison

Fail = Callable[[BaseException, str], None]
_KEYS = ("compare runs", "compare", "split tree")


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A comparison, and what its table is sorted and searched by."""

    comparison: Comparison
    names: tuple[Names, ...]


class CompareDesk(QObject):
    """Works on the library at `path`; the newest wish of each kind wins."""

    runs_read = Signal(object)  # tuple[Run, ...]
    compared = Signal(object)  # Compared
    refused = Signal(object)  # the exception: the two cannot be compared
    stopped = Signal()  # the user stopped the comparison
    grown = Signal(object)  # SplitTree
    not_grown = Signal(object)  # the exception
    carried = Signal(object)  # CarryReport

    def __init__(self, path: Path, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(parent)
        self.path = path
        self._runner = runner
        self._fail = fail
        self._lineages: dict[str, Lineage] = {}

    def read_runs(self) -> None:
        """What is known about each SAE of the library."""
        path = self.path

        def work(progress: Progress) -> tuple[Run, ...]:
            from saerch_desktop.library.library import Library
            from saerch_desktop.study.runs import compare

            with Library.open(path) as library:
                return compare(library)

        self._runner.look_up(
            "Reading about the SAEs",
            work,
            key="compare runs",
            done=self.runs_read.emit,
            fail=self._fail,
        )

    def compare(self, left: str, right: str) -> Job:
        """Match the features of two SAEs."""
        path = self.path

        def work(progress: Progress) -> Compared:
            from saerch_desktop.workflow.comparing import compare_saes

            comparison = compare_saes(path, left, right, progress)
            return Compared(comparison, names_of(comparison))

        return self._runner.submit(
            f"Comparing “{left}” and “{right}”",
            work,
            key="compare",
            done=self.compared.emit,
            failed=self.refused.emit,
            cancelled=self.stopped.emit,
        )

    def grow(self, sae: str, feature: int) -> None:
        """The split tree that holds a feature; the SAEs are read once."""
        path, known = self.path, self._lineages.get(sae)

        def work(progress: Progress) -> tuple[Lineage, SplitTree]:
            from saerch_desktop.workflow.comparing import open_lineage

            lineage = known if known is not None else open_lineage(path, sae, progress)
            return lineage, lineage.tree(sae, feature)

        def done(found: tuple[Any, Any]) -> None:
            self._lineages[sae] = found[0]
            self.grown.emit(found[1])

        self._runner.submit(
            "Following a feature through all sizes",
            work,
            key="split tree",
            quiet=True,
            done=done,
            failed=self.not_grown.emit,
        )

    def forget(self) -> None:
        """Names or SAEs have changed: read them anew for the next tree."""
        self._runner.cancel_keys(("split tree",))
        self._lineages.clear()

    def carry(self, origin: str, target: str, least: float) -> None:
        """Carry names over and test them; a long job that can be stopped, and then has written nothing."""
        path = self.path

        def work(progress: Progress) -> CarryReport:
            from saerch_desktop.workflow.comparing import carry_names

            load_ahead()
            return carry_names(path, origin, target, progress, least=least)

        self._runner.submit(
            f"Carrying names from “{origin}” to “{target}”",
            work,
            lane=Lane.TRAIN,
            key="carry names",
            done=self.carried.emit,
            failed=lambda error: self._fail(error, "Carrying names over"),
        )

    def stop(self) -> None:
        """Stop what the window waits for; names that are being carried go on."""
        self._runner.cancel_keys(_KEYS)
