"""The matrix of families: numbers against dense ones, cells by keys and mouse; and files of all views."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from ui.fakes import FakeDialogs
from ui.families_support import features_there, opened, put_families

from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.library import Library
from saerch_desktop.ui import theme
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_heat import heat_image
from saerch_desktop.ui.families_matrix_data import Block, MatrixData, measured
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def keys(steerable: Path) -> dict[str, str]:
    return put_families(steerable)


def active(path: Path) -> np.ndarray:
    """(documents, features) bool, as a plain array."""
    with Library.open(path) as library:
        codes = FeatureSet.open(library, "features").codes
        dense = np.zeros((codes.rows, 32), bool)
        rows, places = np.nonzero(codes.values > 0)
        dense[rows, codes.indices[rows, places]] = True
    return dense


def test_the_matrix_counts_what_a_dense_one_does(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    live = features_there(steerable)
    part.families.go(Focus(keys["Broad"]))
    window.actions_table["families-matrix"].trigger()
    data = part.families.matrix.data
    assert data.features.tolist() == [*live[3:6], *live[:3]]
    assert data.blocks == (Block(keys["Part"], 0, 3), Block(keys["Broad"], 3, 6))
    dense = active(steerable)[:, data.features].astype(np.int64)
    np.testing.assert_array_equal(data.counts, dense.T @ dense)
    frequency = dense.sum(axis=0)
    both = data.counts[0, 1] / len(dense)
    npmi = np.log(both / (frequency[0] * frequency[1] / len(dense) ** 2)) / -np.log(both) if both else 0.0
    assert data.values[0, 1] == pytest.approx(max(0.0, npmi), rel=1e-5)
    assert not np.diagonal(data.values).any()
    np.testing.assert_array_equal(data.values, data.values.T)


def test_measures_of_counts() -> None:
    counts = np.array([[10, 5, 0], [5, 20, 4], [0, 4, 40]])
    given = measured(counts, 100, "conditional")
    np.testing.assert_allclose(given, [[0, 0.5, 0], [0.5, 0, 0.2], [0, 0.2, 0]], rtol=1e-6)
    npmi = measured(counts, 100, "npmi")
    assert npmi[0, 1] == pytest.approx(np.log(0.05 / 0.02) / -np.log(0.05))
    assert npmi[1, 2] == 0.0  # rarer together than by chance
    assert npmi[0, 2] == 0.0


def test_the_picture_has_a_colour_for_each_strength(qapp) -> None:
    theme.apply(qapp, "light")
    values = np.array([[0, 1, 0.5, 0.1], [1, 0, 0, 0], [0.5, 0, 0, 0], [0.1, 0, 0, 0]], np.float32)
    data = MatrixData(np.arange(4), np.zeros((4, 4), np.int64), values)
    image = heat_image(data, 0.2)
    strong, middle, weak, none = (image.pixelColor(x, 0) for x in (1, 2, 3, 0))
    assert strong.lightness() < middle.lightness() < weak.lightness()
    assert weak.name() == theme.tokens().base
    assert none.name() == theme.tokens().border


def test_cells_by_mouse_and_keys_tell_the_pair(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    part.families.go(Focus(keys["Broad"]))
    window.activateWindow()
    window.actions_table["families-matrix"].trigger()
    heat, data = part.families.matrix.heat, part.families.matrix.data
    at = heat.rect_of((1, 4)).center().toPoint()
    QTest.mouseClick(heat, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert heat.cell == (1, 4)
    assert window.store.chosen == (int(data.features[1]), int(data.features[4]))
    both = int(data.counts[1, 4])
    assert f"Both in {'1 document' if both == 1 else f'{both} documents'}" in heat.accessibleName()
    QTest.keyClick(heat, Qt.Key.Key_Down)
    QTest.keyClick(heat, Qt.Key.Key_Left)
    assert heat.cell == (2, 3)
    QTest.keyClick(heat, Qt.Key.Key_End)
    assert heat.cell == (5, 5)
    QTest.keyClick(heat, Qt.Key.Key_Return)
    assert window.store.feature == int(data.features[5])
    assert heat.cell_at(QPoint(0, 0).toPointF()) is None
    part.families.matrix.twin.toggle.click()
    table = part.families.matrix.twin.table
    strongest = [float(table.item(row, 3).text()) for row in range(table.rowCount())]
    assert strongest == sorted(strongest, reverse=True)
    assert len(strongest) == np.count_nonzero(np.triu(data.values, 1))


def test_the_overview_shows_the_largest_families_as_blocks(
    window: MainWindow, steerable: Path, keys: dict[str, str]
) -> None:
    part = opened(window, steerable)
    window.actions_table["families-matrix"].trigger()
    blocks = part.families.matrix.data.blocks
    assert [(block.key, block.last - block.first) for block in blocks] == [
        (keys["Broad"], 6),
        (keys["Other"], 3),
    ]


@pytest.mark.parametrize("ending", ["graphml", "gexf", "json", "csv", "png", "svg"])
def test_export_by_the_ending_of_the_name(
    window: MainWindow,
    steerable: Path,
    keys: dict[str, str],
    fake_dialogs: FakeDialogs,
    tmp_path: Path,
    ending: str,
) -> None:
    part = opened(window, steerable)
    part.families.go(Focus(keys["Broad"]))
    path = tmp_path / f"out.{ending}"
    fake_dialogs.answers = [path]
    window.actions_table["export-families"].trigger()
    assert window.store.notices == ()
    if ending == "png":
        assert QImage(str(path)).width() > 100
    else:
        text = path.read_text(encoding="utf-8")
        assert "Broad" in text or ending == "json"
        assert len(text) > 200
    if ending == "png":
        window.actions_table["families-matrix"].trigger()
        fake_dialogs.answers = [tmp_path / "matrix.png"]
        window.actions_table["export-families"].trigger()
        assert not QImage(str(tmp_path / "matrix.png")).isNull()


def test_families_of_the_papers_program_are_brought_in_and_shown(
    window: MainWindow, steerable: Path, keys: dict[str, str], fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    part = opened(window, steerable)
    path = tmp_path / "clean_families.json"
    path.write_text(
        json.dumps({"Their root": {"parent": ["Their root", 3], "children": [["one", 1], ["two", 2]]}})
    )
    fake_dialogs.answers = [path]
    window.actions_table["import-families"].trigger()
    assert window.store.notices == ()
    assert part.store.book.method == "imported"
    assert [part.names.text(Focus(family.key)) for family in part.store.book] == ["Their root"]
    methods = part.families.settings.method
    assert [methods.itemData(at) for at in range(methods.count())] == ["default", "imported"]
    methods.setCurrentIndex(0)
    methods.activated.emit(0)
    assert set(part.store.book.families) == set(keys.values())
    path.write_text("{")
    fake_dialogs.answers = [path]
    window.actions_table["import-families"].trigger()
    assert len(window.store.notices) == 1
    assert set(part.store.book.families) == set(keys.values())
