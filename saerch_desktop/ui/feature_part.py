"""Ties the inspector to its desk and to the desk of decisions, and gives its acts their keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from saerch_desktop.features.band_files import example_rows, save_examples
from saerch_desktop.features.card import FeatureCard
from saerch_desktop.features.label import Label
from saerch_desktop.progress import Progress
from saerch_desktop.ui.dialogs import dialogs, usual_folder
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.part import Part

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow
    from saerch_desktop.workflow.session import Session

_EXAMPLE_FILES: Final = "Examples (*.json *.csv)"


class FeaturePart(Part):
    """The pane itself and its dock are the window's."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._shown: Path | None = None
        pane, marks = window.feature_pane, self.controller.marks
        deliveries = self.controller.inspect.deliveries
        deliveries.bands_found.connect(pane.set_bands)
        deliveries.activity_found.connect(pane.set_activity)
        deliveries.stability_found.connect(pane.set_stability)
        deliveries.spans_found.connect(pane.set_spans)
        deliveries.sentences_failed.connect(lambda _, why: pane.bands.say_why_unmarked(why))
        pane.bands.choice.chosen.connect(deliveries.show_band)
        pane.bands.others_wanted.connect(deliveries.draw_again)
        pane.bands.export_wanted.connect(self._export)
        head, claims = pane.head, pane.claims
        head.renamed.connect(lambda text: self._on_shown(lambda feature: marks.rename(feature, text)))
        head.verified.connect(lambda on: self._on_shown(lambda feature: marks.verify([feature], on)))
        head.flagged.connect(lambda on: self._on_shown(lambda feature: marks.flag([feature], on)))
        head.pinned.connect(lambda on: self._on_shown(lambda feature: marks.pin([feature], on)))
        head.tag_added.connect(lambda tag: self._on_shown(lambda feature: marks.tag([feature], add=(tag,))))
        head.tag_removed.connect(
            lambda tag: self._on_shown(lambda feature: marks.tag([feature], remove=(tag,)))
        )
        for rejected in (head.rejected, claims.rejected):
            rejected.connect(lambda text: self._on_shown(lambda feature: marks.reject(feature, text)))
        claims.restored.connect(self._restore)
        pane.noted.connect(marks.note)
        pane.name_taken.connect(self._take)
        self.controller.library.opened.connect(self._opened)
        self.controller.library.closed.connect(self._closed)

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        pane, marks = self.window.feature_pane, self.controller.marks
        return {
            "feature-rename": partial(self._in_pane, pane.head.start_naming),
            "feature-verify": lambda: self._turn("verified", marks.verify),
            "feature-reject": pane.head.reject_shown,
            "feature-flag": lambda: self._turn("flagged", marks.flag),
            "feature-pin": lambda: self._turn("pinned", marks.pin),
            "feature-tag": partial(self._in_pane, pane.head.tags.start),
            "feature-note": partial(self._in_pane, pane.head.note.start),
            "feature-others": self.controller.inspect.deliveries.draw_again,
            "feature-export": self._export,
        }

    def _opened(self, session: Session, again: bool) -> None:
        pane = self.window.feature_pane
        pane.set_siblings(self.controller.inspect.deliveries.siblings)
        if session.library.path != self._shown:
            pane.forget_library()
        self._shown = session.library.path

    def _closed(self) -> None:
        self._shown = None

    def _in_pane(self, start: Callable[[], object]) -> None:
        self.window.reveal("feature")
        start()

    def _on_shown(self, act: Callable[[int], object]) -> None:
        feature = self.store.feature
        if feature is not None:
            act(feature)

    def _turn(self, what: str, act: Callable[[list[int], bool], object]) -> None:
        """Turn one of the decisions about the feature shown to its other side."""
        self._on_shown(lambda feature: act([feature], not getattr(self.controller.marks.mark(feature), what)))

    def _take(self, feature: int, label: Label) -> None:
        """Another source's name, with its test."""
        self.controller.marks.rename(feature, label.text, label.detection, label.source)

    def _restore(self, text: str) -> None:
        def back(feature: int) -> None:
            marks = self.controller.marks
            kept = tuple(other for other in marks.mark(feature).rejected if other != text)
            marks.update("taking a rejection back", [feature], rejected=kept)

        self._on_shown(back)

    def _export(self) -> None:
        card, session = self.store.card, self.controller.library.session
        deliveries = self.controller.inspect.deliveries
        bands = deliveries.bands()
        if card is None or session is None or session.features is None or not bands:
            return
        folder = usual_folder(session.library.path)
        path = dialogs().save_file(
            self.window, "Export the examples", folder / _suggested_name(card), _EXAMPLE_FILES
        )
        if path is None:
            return
        documents, features = session.library.documents, session.features
        spans, seed, feature = dict(deliveries.spans()), deliveries.seed, card.feature

        def write(progress: Progress) -> int:
            rows = example_rows(features, documents, feature, bands, seed, spans)
            save_examples(path, rows)
            return len(rows)

        def done(count: Any) -> None:
            self.window.statusBar().showMessage(f"{count} examples written to {path.name}", 6000)

        self.controller.runner.submit(
            "Writing the examples",
            write,
            lane=Lane.IO,
            quiet=True,
            done=done,
            failed=lambda error: self.controller.fail(error, "Writing the examples"),
        )


def _suggested_name(card: FeatureCard) -> str:
    """A file name that every system takes."""
    words = "".join(letter if letter.isalnum() else " " for letter in card.text)
    return f"{'-'.join([str(card.feature), *words.split()[:6]])[:60]} examples.json"
