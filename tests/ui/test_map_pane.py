"""The Map dock in the window: what is shown, selecting both ways, colours, names, the table, export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs
from window_support import OpenWindow

import saerch_desktop.features.maps.umap_job as umap_job
from saerch_desktop.errors import UserError
from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.map_canvas import How
from saerch_desktop.ui.map_part import MapPart
from saerch_desktop.ui.window import MainWindow


def part_of(window: MainWindow) -> MapPart:
    return next(part for part in window.parts if isinstance(part, MapPart))


@pytest.fixture
def part(window: MainWindow, steerable: Path) -> MapPart:
    """The dock, shown, of a library with 240 documents and 32 features."""
    window.controller.library.open(steerable)
    window.actions_table["show-map"].trigger()
    found = part_of(window)
    assert found.map.isVisible()
    found.map.canvas._settle()
    return found


def choose(part: MapPart, key: str) -> None:
    box = part.map.header.colour
    place = box.findData(key)
    assert place >= 0, [box.itemData(n) for n in range(box.count())]
    box.setCurrentIndex(place)
    box.activated.emit(place)


def corners(part: MapPart, box: tuple[float, float, float, float]) -> np.ndarray:
    x0, y0, x1, y1 = box
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


def test_every_document_is_drawn_and_said_to_be(part: MapPart) -> None:
    count = part.store.library.documents
    assert part.map.canvas.drawn is not None
    assert part.map.canvas.drawn.points == count
    assert f"Drawing {count:,} of {count:,} documents, {count:,} in view" in part.map.status.whole()
    assert "of the differences" in part.map.status.whole()
    assert part.window.actions_table["map-fit"].isEnabled()
    assert not part.window.actions_table["map-clear"].isEnabled()


def test_nothing_is_made_before_somebody_looks(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    part = part_of(window)
    assert part.desk.chart is None
    assert not window.actions_table["map-export"].isEnabled()
    window.toggle_dock(part.dock)
    assert part.desk.chart is not None
    window.controller.library.close()
    assert part.desk.chart is None
    assert part.map.stack.currentWidget() is part.map.empty


def test_selecting_on_the_map_selects_everywhere(part: MapPart) -> None:
    xy = part.desk.chart.points.xy
    middle = np.median(xy, axis=0)
    inside = np.flatnonzero((xy <= middle).all(axis=1))
    low = xy.min(axis=0) - 1
    part.map.canvas.enclosed.emit(corners(part, (*low, *middle)), How.REPLACE)
    assert part.store.selected == inside
    assert part.map.canvas.drawn is not None
    assert f"{inside.size:,} selected" in part.map.status.whole()
    assert part.window.actions_table["explain-selection"].isEnabled()
    right = np.flatnonzero(xy[:, 0] > middle[0])
    high = xy.max(axis=0) + 1
    part.map.canvas.enclosed.emit(corners(part, (middle[0] + 1e-4, low[1], *high)), How.ADD)
    assert part.store.selected == np.union1d(inside, right)
    part.map.canvas.enclosed.emit(corners(part, (*low, *middle)), How.REMOVE)
    assert part.store.selected == right
    part.map.canvas.picked.emit(int(right[0]))
    assert part.store.selected == right[1:]
    part.map.canvas.picked.emit(int(right[0]))
    assert set(part.store.selected) == set(right.tolist())
    part.map.canvas.setFocus()
    QTest.keyClick(part.map.canvas, Qt.Key.Key_Escape)
    assert part.store.selected == ()
    part.window.actions_table["map-select-view"].trigger()
    assert len(part.store.selected) == len(xy)
    part.window.actions_table["map-clear"].trigger()
    assert part.store.selected == ()


def test_what_is_selected_elsewhere_stands_out(part: MapPart) -> None:
    plain = part.map.canvas.drawn.image
    part.store.selected = (3, 5, 8)
    assert part.desk.scene.selected.tolist() == [3, 5, 8]
    assert "3 selected" in part.map.status.whole()
    assert part.map.canvas.drawn.image != plain
    part.store.selected = ()
    assert part.map.canvas.drawn.image == plain
    part.store.row = 7
    assert part.map.canvas.current == 7


def test_a_click_reads_the_document(part: MapPart) -> None:
    canvas = part.map.canvas
    x, y = part.desk.chart.points.xy[11].tolist()
    row = canvas.point_at(canvas.camera.place(x, y))
    assert row is not None
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.camera.place(x, y).toPoint())
    assert part.store.row is not None
    assert part.store.document.document.row == part.store.row
    assert part._tell(row).startswith(part.desk.session.library.documents.titles([row])[0][:20])


def test_colours_of_a_facet_and_one_value_alone(part: MapPart) -> None:
    facet = next(key for key in _keys(part) if key.startswith("facet:"))
    choose(part, facet)
    column = part.desk.session.columns().facets[facet.removeprefix("facet:")]
    assert part.map.legend.isVisible()
    values = part.map.legend.values
    assert values.topLevelItem(0).text(0) == column.values[0]
    code = int(part.desk.colouring.codes[0])
    held = {column.values[c] for c in column.codes[column.starts[0] : column.starts[1]]}
    assert part.desk.colouring.names[code - 1] in held
    assert part._tell(0).endswith(part.desk.colouring.names[code - 1])
    values.topLevelItem(0).setSelected(True)
    assert part.desk.scene.alone == {1}
    values.selectAll()
    assert part.desk.scene.alone == frozenset()
    choose(part, "plain")
    assert not part.map.legend.isVisible()


def test_colours_follow_what_is_shown(part: MapPart) -> None:
    choose(part, "feature")
    assert "No feature is shown" in part.map.message.text()
    features = part.desk.session.required_features()
    feature = int(features.statistics.count.argmax())
    part.controller.inspect.feature(feature)
    rows, _ = features.inverted.of(feature)
    assert sorted(np.flatnonzero(part.desk.colouring.codes).tolist()) == sorted(rows.tolist())
    assert part.desk.colouring.codes[rows[0]] == part.desk.colouring.codes.max()
    assert part.map.message.isHidden()
    assert part.map.legend.title.whole() == features.labels.text(feature)
    choose(part, "score")
    part.controller.search.like_document(3)
    before = part.desk.colouring
    query = part.store.query
    assert before.codes[3] == before.codes.max()
    assert before.high <= float(query.base.max()) + 1e-6
    entry = part.controller.search.entries()[0]
    part.controller.search.edit((Edit(entry.feature, 2 * entry.scale),))
    assert part.desk.colouring is not before
    assert part.desk.colouring.what == "Score, as steered"


def test_steered_scores_are_those_of_the_ranking(part: MapPart) -> None:
    from saerch_desktop.progress import Progress
    from saerch_desktop.ui.map_choices import Asked, _scores

    part.controller.search.like_document(3)
    entry = part.controller.search.entries()[0]
    part.controller.search.edit((Edit(entry.feature, 1.5 * entry.scale),))
    ranking = part.store.ranking.ranking
    scores = _scores(part.desk.session, Asked(query=part.store.query, edits=part.store.edits), Progress())
    np.testing.assert_allclose(scores[ranking.rows], ranking.scores, atol=1e-5)


def test_a_family_lights_up_where_it_is_active(part: MapPart) -> None:
    family = Family(key="aa", members=(1, 4, 6), name=FamilyName(text="Night", source="human"))
    part.store.book = FamilyBook.of(Families(method="default", families=(family,)))
    choose(part, "family")
    part.store.family = "aa"
    inverted = part.desk.session.required_features().inverted
    expected = sorted({int(row) for member in family.members for row in inverted.of(member)[0]})
    assert np.flatnonzero(part.desk.colouring.codes).tolist() == expected
    assert part.desk.colouring.what == "Night"
    part.map.header.of.activated.emit(1)
    choose(part, "families")
    assert np.flatnonzero(part.desk.colouring.codes).tolist() == [1, 4, 6]
    choose(part, "family")
    assert part.desk.colouring.names == ("Night",)


def test_features_on_the_map(part: MapPart) -> None:
    part.map.header.of.activated.emit(1)
    features = part.desk.session.required_features()
    live = np.flatnonzero(features.statistics.count > 0)
    assert part.desk.chart.points.record.of == "features"
    np.testing.assert_array_equal(part.desk.chart.points.placed, live)
    assert "features" in part.map.status.whole()
    xy = part.desk.chart.points.xy
    box = (*np.nanmin(xy, axis=0) - 1, *np.nanmax(xy, axis=0) + 1)
    part.map.canvas.enclosed.emit(corners(part, box), How.REPLACE)
    assert part.store.chosen == tuple(live.tolist())
    assert part.store.selected == ()
    part.map.canvas.opened.emit(int(live[0]))
    assert part.store.feature == live[0]
    assert part.map.canvas.current == live[0]
    for key in ("common", "grade", "query", "document"):
        choose(part, key)
        assert len(part.desk.colouring.codes) == features.sae.config.features
    part.map.header.of.activated.emit(0)
    assert part.desk.chart.points.record.of == "documents"


def test_names_are_of_features_that_are_common_there(part: MapPart) -> None:
    canvas = part.map.canvas
    labels = part.desk.session.required_features().labels
    known = {labels.text(feature) for feature in range(labels.features)}
    assert canvas.names.written
    assert {item.name.text for item in canvas.names.written} <= known
    canvas.zoom(200)
    canvas._settle()
    titles = {item.name.text for item in canvas.names.written}
    rows = part.map.rows_in_view()
    assert titles <= set(part.desk.session.library.documents.titles(rows.tolist()))
    part.map.header.names.click()
    assert not canvas.names.visible


def test_the_table_has_what_is_in_view_or_selected(part: MapPart) -> None:
    header, table, canvas = part.map.header, part.map.table, part.map.canvas
    header.table.click()
    assert part.map.stack.currentWidget() is table
    assert table.points.rows.tolist() == part.map.rows_in_view().tolist()
    assert len(table.points.rows) == part.store.library.documents
    title = table.points.index(5, 0).data()
    assert title == part.desk.session.library.documents.titles([5])[0]
    part.store.selected = (9, 2)
    assert sorted(table.points.rows.tolist()) == [2, 9]
    table.setCurrentIndex(table.points.index(0, 0))
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert part.store.row == int(table.points.rows[0])
    part.store.selected = ()
    header.table.click()
    canvas.zoom(6)
    header.table.click()
    assert len(table.points.rows) < part.store.library.documents


@pytest.fixture
def umap(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """UMAP answers at once: the beginning, turned over."""
    calls: list[int] = []

    def lay_out(places, distances, beginning, progress, *, seed=0):
        calls.append(len(beginning))
        return np.ascontiguousarray(beginning[:, ::-1])

    monkeypatch.setattr(umap_job, "lay_out", lay_out)
    return calls


def test_a_map_by_umap_is_offered_made_and_found_again(part: MapPart, umap: list[int]) -> None:
    before = part.desk.chart.points.xy
    part.map.header.method.activated.emit(1)
    assert part.map.offer.isVisible()
    assert "There is no map by UMAP yet" in part.map.offer_text.text()
    assert part.desk.chart.points.record.method == "pca"
    part.map.make.click()
    assert umap == [len(before)]
    assert not part.map.offer.isVisible()
    assert part.desk.chart.points.record.method == "umap"
    np.testing.assert_allclose(part.desk.chart.points.xy, before[:, ::-1])
    assert part.map.canvas.drawn is not None
    part.map.header.method.activated.emit(0)
    assert part.desk.chart.points.record.method == "pca"
    part.map.header.method.activated.emit(1)
    assert part.desk.chart.points.record.method == "umap"
    assert umap == [len(before)]


def test_trouble_with_umap_is_told_in_the_pane(part: MapPart, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_, **__):
        raise UserError("The map failed: memory is short.", "Nothing was changed.", "Try again.")

    monkeypatch.setattr(umap_job, "lay_out", fail)
    part.map.header.method.activated.emit(1)
    part.map.make.click()
    assert "memory is short" in part.map.message.text()
    assert part.desk.chart is not None


def test_export_as_a_picture_and_a_table(part: MapPart, fake_dialogs: FakeDialogs, tmp_path: Path) -> None:
    choose(part, next(key for key in _keys(part) if key.startswith("facet:")))
    part.store.selected = (1, 2)
    picture, table = tmp_path / "map.png", tmp_path / "map.csv"
    for path in (picture, table, tmp_path / "map.txt"):
        fake_dialogs.answers.append(path)
        part.window.actions_table["map-export"].trigger()
    assert picture.read_bytes().startswith(b"\x89PNG")
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == part.store.library.documents + 1
    assert sum(line.endswith(",1") for line in lines[1:]) == 2
    assert any("cannot be saved" in notice.happened for notice in part.store.notices)


def test_another_sae_keeps_the_map_of_documents_only_if_it_is_of_the_same_vectors(part: MapPart) -> None:
    chart = part.desk.chart
    part.controller.library.refresh(part.store.library.path)
    assert part.desk.chart is not None
    np.testing.assert_array_equal(part.desk.chart.points.xy, chart.points.xy)


@pytest.mark.threaded
def test_the_map_is_made_beside_the_window(open_window: OpenWindow, steerable: Path, qtbot: QtBot) -> None:
    window = open_window()
    part = part_of(window)
    window.controller.library.open(steerable)
    qtbot.waitUntil(lambda: window.store.library is not None, timeout=20_000)
    window.actions_table["show-map"].trigger()
    qtbot.waitUntil(lambda: part.map.canvas.drawn is not None, timeout=20_000)
    window.store.selected = (1, 5)
    qtbot.waitUntil(lambda: "2 selected" in part.map.status.whole(), timeout=20_000)
    QTest.mousePress(part.map.canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    QTest.mouseMove(part.map.canvas, QPoint(180, 130))
    QTest.mouseRelease(part.map.canvas, Qt.MouseButton.LeftButton, pos=QPoint(180, 130))
    camera = part.map.canvas.camera
    qtbot.waitUntil(lambda: part.map.canvas.drawn.view == camera.view(1.0), timeout=20_000)


def _keys(part: MapPart) -> list[str]:
    box = part.map.header.colour
    return [box.itemData(place) for place in range(box.count())]
