"""Tests the names that people give, beside the window: how well each finds its feature's documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.native_ahead import load_ahead

if TYPE_CHECKING:
    from saerch_desktop.features.detection import Detector
    from saerch_desktop.features.label import Detection
    from saerch_desktop.progress import Progress
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.workflow.session import Session

_AT_ONCE = 32


class NameTester(QObject):
    """Follows the decisions: a name of the analyst's own that has no test gets one.

    One batch at a time, on the lane of the models; names given meanwhile wait for the next.
    """

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._marks = controller.marks
        self._waiting: dict[int, str] = {}
        self._tried: set[tuple[int, str]] = set()
        self._busy = False
        self._off = False
        self._bench: _Bench | None = None
        self._marks.changed.connect(self._changed)
        controller.library.opened.connect(self._opened)
        controller.library.closed.connect(self._forget)

    def _opened(self, session: Session, again: bool) -> None:
        """Names given in an earlier session, or shortly before its end, are tested now."""
        self._forget()
        if session.features is not None:
            self._changed(frozenset(session.features.labels.marks()))

    def _forget(self) -> None:
        self._waiting.clear()
        self._tried.clear()
        self._off = False
        self._bench = None

    def _changed(self, features: frozenset[int]) -> None:
        for feature in features:
            mark = self._marks.mark(feature)
            if mark.text is None or mark.detection is not None:
                self._waiting.pop(feature, None)
            elif (feature, mark.text) not in self._tried:
                self._waiting[feature] = mark.text
        self._go_on()

    def _go_on(self) -> None:
        session = self._controller.library.session
        if self._busy or self._off or not self._waiting or session is None or session.features is None:
            return
        pairs = sorted(self._waiting.items())[:_AT_ONCE]
        for feature, text in pairs:
            del self._waiting[feature]
            self._tried.add((feature, text))
        if self._bench is None:
            self._bench = _Bench(session)
        bench = self._bench
        self._busy = True

        def done(found: list[Detection | None]) -> None:
            self._busy = False
            if bench is self._bench:  # not of a library that was closed meanwhile
                for (feature, text), detection in zip(pairs, found, strict=True):
                    if detection is not None:
                        self._marks.learn(feature, text, detection)
            self._go_on()

        def failed(error: BaseException) -> None:
            self._busy = False
            if bench is self._bench:
                self._off = True  # it would fail for the next name too: said once is enough
                self._controller.fail(error, "Testing a name")

        def cancelled() -> None:
            self._busy = False

        self._controller.runner.submit(
            "Testing names",
            lambda progress: bench.test(pairs, progress),
            lane=Lane.MODEL,
            quiet=True,
            done=done,
            failed=failed,
            cancelled=cancelled,
        )


class _Bench:
    """What testing needs, made by the worker when it is first used. One thread at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._detector: Detector | None = None

    def test(self, pairs: list[tuple[int, str]], progress: Progress) -> list[Detection | None]:
        from saerch_desktop.features.detection import Detector

        if self._detector is None:
            vectors = self._session.library.manifest.vectors
            if vectors is not None and vectors.embedder.kind != "given":
                load_ahead()  # a local model will judge
            self._detector = Detector(self._session.library, self._session.required_features())
        return self._detector.detect(pairs, progress)
