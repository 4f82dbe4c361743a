"""An analyst steers by a family: one step adds its slider, the ranking follows, undo takes it all back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_support import OpenWindow, drag_to, press, release

from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family, FamilyName, key_of
from saerch_desktop.search.blends import blend_of
from saerch_desktop.ui.window import MainWindow

pytestmark = pytest.mark.threaded
PATIENCE_MS = 60_000


def ranking(window: MainWindow) -> tuple[list[int], list[float]]:
    shown = window.store.ranking.ranking
    return shown.rows.tolist(), shown.scores.tolist()


def settled(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=PATIENCE_MS)


def commonest(window: MainWindow) -> FamilyBook:
    """A family of the seven commonest features of this library."""
    statistics = window.controller.library.session.features.statistics
    members = tuple(np.argsort(-statistics.count, kind="stable")[:7].tolist())
    name = FamilyName(text="The commonest", source="human")
    family = Family(key=key_of("own", members), members=members, root=members[0], name=name)
    return FamilyBook.of(Families(method="own", families=(family,)))


def test_add_a_family_drag_it_undo(open_window: OpenWindow, library: Path, qtbot: QtBot) -> None:
    window = open_window()
    window.controller.library.open(library)
    qtbot.waitUntil(lambda: window.store.library is not None, timeout=PATIENCE_MS)
    search = window.controller.search
    search.like_document(3)
    qtbot.waitUntil(lambda: window.store.ranking is not None, timeout=PATIENCE_MS)
    settled(window, qtbot)
    plain = ranking(window)
    window.store.book = book = commonest(window)
    (family,) = book

    # One step: the slider is there, and the ranking follows.
    features = window.controller.library.session.features
    search.add_blend(blend_of(features, book, family.key), amount=1.0)
    qtbot.waitUntil(lambda: window.store.ranking.ranking.steered, timeout=PATIENCE_MS)
    row = window.search_pane.mixer.rows.family_row(family.key)
    assert row.isVisible()
    assert row.caption() == "family · 7 features"
    assert row.entry.natural == pytest.approx(row.slider.natural())
    steered = ranking(window)
    assert steered != plain
    shown = window.store.ranking.ranking
    np.testing.assert_allclose(shown.contributions.sum(axis=1), shown.scores - shown.scores_before, atol=1e-5)

    # What a drag would do feature by feature, it does at once.
    blend, vectors = search.mix.blends[0].blend, window.controller.library.session.library.vectors
    target = window.store.query.vector + blend.weights @ features.sae.decoder[list(blend.features)]
    wanted = vectors.block(0, vectors.rows) @ target
    np.testing.assert_allclose(shown.scores, wanted[shown.rows], atol=1e-5)

    # Its slider is dragged like any other, live.
    press(row.slider)
    target_x = round(row.slider.x_of(row.slider.natural() - 1.5))
    drag_to(row.slider, target_x)
    assert ranking(window) != steered
    assert window.store.blends[0].amount == pytest.approx(-1.5, abs=0.05)
    release(row.slider, target_x)

    # Undo, and undo once more: plain search, to the last bit, and no slider.
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ranking(window) == steered
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ranking(window) == plain
    assert window.store.blends == ()
    assert window.search_pane.mixer.rows.family_row(family.key) is None
    assert window.store.notices == ()
