"""The study of re-encoding: its shape, its order of ways, and that a seed decides all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import small_library

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.study.reencoding import STEPS, WAYS, Reencoded, study_reencoding


@pytest.fixture(scope="module")
def measured(trained: Path) -> Reencoded:
    with Library.open(trained) as library:
        return study_reencoding(library, "small", Progress(), draws=6, seed=2)


def test_every_change_is_tried_in_every_way(trained: Path, measured: Reencoded) -> None:
    changes = {curve.change for curve in measured.curves}
    assert changes >= {"active → 0", "0 → active, 1", "0 → active, 8", "one up, one down"}
    assert len(measured.curves) == len(changes) * len(WAYS)
    for curve in measured.curves:
        assert len(curve.curve) == STEPS + 1
        assert curve.best <= curve.curve[0] + 1e-9
        assert 0 <= curve.exact <= 1
    with Library.open(trained) as library:
        assert study_reencoding(library, "small", Progress(), draws=6, seed=2) == measured
        assert study_reencoding(library, "small", Progress(), draws=6, seed=3) != measured
    assert json.loads(json.dumps(measured.as_dict()))["draws"] == 6


def test_raising_a_feature_is_read_with_an_error_before_anything_is_done(measured: Reencoded) -> None:
    first = {curve.change: curve.curve[0] for curve in measured.curves if curve.way == "projection"}
    assert first["0 → active, 1"] > 1e-4
    assert first["0 → active, 8"] > first["0 → active, 1"]


def test_projection_makes_raised_features_stick_best(measured: Reencoded) -> None:
    best = {(curve.change, curve.way): curve.best for curve in measured.curves}
    assert best["0 → active, 1", "projection"] <= min(
        best["0 → active, 1", "fixed point"], best["0 → active, 1", "gradient"]
    )


def test_what_cannot_be_measured_says_why(trained: Path, tmp_path: Path) -> None:
    stopped = Progress()
    stopped.cancel()
    with Library.open(trained) as library, pytest.raises(Cancelled):
        study_reencoding(library, "small", stopped)
    empty = small_library.make_documents(tmp_path / "empty.saerch", 30)
    with Library.open(empty) as library, pytest.raises(UserError, match="no usable vectors"):
        study_reencoding(library, "small", Progress())
