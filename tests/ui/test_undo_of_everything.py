"""Two hundred changes of the mixer, of every kind, undone and done again one by one: nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from window_support import fake_dialogs, open_window, steerable, steerable_original, window

from saerch_desktop.search.blends import Blend, direction_blend
from saerch_desktop.search.mix import Slider
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.window import MainWindow

__all__ = ["fake_dialogs", "open_window", "steerable", "steerable_original", "window"]

STEPS = 200


def state(window: MainWindow) -> tuple[Any, ...]:
    """All of the ranking that is on the screen, to the last bit, and what the sliders say."""
    ranking = window.store.ranking.ranking
    arrays = (ranking.rows, ranking.scores, ranking.rank_before, ranking.contributions)
    figures = ranking.fidelity, ranking.moved_in, ranking.moved_out
    return (*(array.tobytes() for array in arrays), figures, window.store.mix)


def change(window: MainWindow, chance: np.random.Generator) -> None:
    """One gesture, which is one step of undo."""
    desk = window.controller.search
    mix = desk.mix
    features = desk._features
    assert features is not None
    many = features.sae.config.features
    feature = int(chance.integers(many))
    blends = [
        Blend("pair", "Pair", (1, 5), (0.6, 0.4)),
        direction_blend("plain", "Plain", np.random.default_rng(1).normal(size=features.sae.config.dim)),
    ]
    slider: Slider = feature if chance.random() < 0.7 else "pair"
    kind = int(chance.integers(8))
    if kind <= 2:
        kept = tuple(edit for edit in mix.edits if edit.feature != feature)
        desk.change(replace(mix, edits=(*kept, Edit(feature, float(chance.normal())))))
    elif kind == 3:
        desk.add_blend(blends[int(chance.integers(2))], float(chance.normal()))
    elif kind == 4:
        desk.change(replace(mix, muted=mix.muted ^ {slider}))
    elif kind == 5:
        desk.change(replace(mix, soloed=frozenset() if mix.soloed else frozenset({slider})))
    elif kind == 6:
        desk.change(replace(mix, locked=mix.locked ^ {slider}))
    elif chance.random() < 0.7:
        desk.change(replace(mix, budget=[None, 0.95, 0.8][int(chance.integers(3))]))
    else:
        desk.reset()


def test_undo_and_redo_of_every_kind(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(3)
    desk, stack = window.controller.search, window.controller.search.undo_stack
    chance = np.random.default_rng(0)
    seen = [state(window)]
    while len(seen) <= STEPS:
        before = stack.index()
        change(window, chance)
        if stack.index() > before:
            assert stack.index() == before + 1, "a gesture is one step"
            seen.append(state(window))
    assert stack.count() == STEPS
    assert len({was[0] for was in seen}) > 40
    for was in reversed(seen[:-1]):
        stack.undo()
        assert state(window) == was
    assert not stack.canUndo()
    assert desk.mix.plain
    for was in seen[1:]:
        stack.redo()
        assert state(window) == was
    assert not stack.canRedo()
