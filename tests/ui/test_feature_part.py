"""The inspector in the real window: the card first, the rest after it, decisions by key and by button."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop.embedding.base import EmbeddingBatch
from saerch_desktop.features.marks import load_marks
from saerch_desktop.ui.window import MainWindow

LEFT = Qt.MouseButton.LeftButton


class WordEmbedder:
    """Sentences that hold the word "light" lie along one direction, all others along another."""

    uses_network = False

    def __init__(self, along: np.ndarray, made_by: Any) -> None:
        self._along, self.identity = along, made_by
        self.seen: list[str] = []

    def embed(self, texts: list[str], progress: object = None) -> EmbeddingBatch:
        self.seen += texts
        vectors = [self._along if "light" in text else -self._along for text in texts]
        return EmbeddingBatch(np.asarray(vectors, np.float32), {})


@pytest.fixture
def shown(window: MainWindow, steerable: Path) -> MainWindow:
    """The window with a feature that has documents of every strength."""
    window.controller.library.open(steerable)
    features = window.controller.library.session.features
    window.controller.inspect.feature(int(np.argmax(features.statistics.count)))
    QApplication.processEvents()
    return window


def mark(window: MainWindow) -> Any:
    return window.controller.marks.mark(window.store.feature)


def key(
    window: MainWindow, which: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, which, held)


def test_the_rest_follows_the_card(shown: MainWindow) -> None:
    pane, features = shown.feature_pane, shown.controller.library.session.features
    feature = shown.store.feature
    bands = {band.name: band for band in shown.controller.inspect.deliveries.bands()}
    assert set(bands) == {"top", "upper", "middle", "low", "near", "zero"}
    active = set(features.inverted.of(feature)[0].tolist())
    for name, band in bands.items():
        assert band.documents
        assert all((document.row in active) == (name not in ("near", "zero")) for document in band.documents)
    QTest.mouseClick(pane.bands.choice.buttons["near"], LEFT)
    assert [e.key for e in pane.bands.documents.entries.entries] == [d.row for d in bands["near"].documents]
    topics = {bar.name: bar.total for bar in pane.activity.facets["topic"].plot.bars}
    assert set(topics.values()) <= {60}
    assert not pane.kin.choice.buttons["others"].isVisible()


def test_relatives_carry_the_labels_of_their_numbers(shown: MainWindow) -> None:
    features = shown.controller.library.session.features
    decoder = features.sae.decoder
    feature = shown.store.feature
    cosines = decoder @ decoder[feature]
    for entry in shown.feature_pane.kin.features.entries.entries:
        assert entry.title == features.labels.text(entry.key)
        assert float(entry.value.replace("−", "-")) == pytest.approx(float(cosines[entry.key]), abs=0.006)


def test_other_examples_are_others_and_repeat(shown: MainWindow) -> None:
    deliveries = shown.controller.inspect.deliveries
    rows = lambda: [d.row for band in deliveries.bands() for d in band.documents]  # noqa: E731
    first, feature = rows(), shown.store.feature
    QTest.mouseClick(shown.feature_pane.bands.others, LEFT)
    second = rows()
    assert deliveries.seed == 1
    assert second != first
    assert second[:5] == first[:5]  # the strongest are the strongest
    shown.controller.inspect.feature(0 if feature else 1)
    shown.controller.inspect.feature(feature)
    assert rows() == first


class TestDecisions:
    def test_single_keys(self, shown: MainWindow) -> None:
        shown.feature_pane.head.add.setFocus()
        for which, what in ((Qt.Key.Key_P, "pinned"), (Qt.Key.Key_V, "verified")):
            key(shown, which)
            assert getattr(mark(shown), what)
            assert what in shown.feature_pane.head.about.text()
            key(shown, which)
            assert not getattr(mark(shown), what)
        key(shown, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        assert mark(shown).flagged

    def test_letters_belong_to_a_text_that_is_being_written(self, shown: MainWindow) -> None:
        shown.search_pane.query.setFocus()
        shown.search_pane.query.clear()
        QTest.keyClicks(shown.search_pane.query, "pvtn")
        assert shown.search_pane.query.text() == "pvtn"
        assert mark(shown).empty

    def test_rename_by_key_and_undo(self, shown: MainWindow, steerable: Path) -> None:
        before = shown.feature_pane.head.name.whole
        key(shown, Qt.Key.Key_F2)
        line = shown.feature_pane.head.line
        assert line.isVisible()
        line.selectAll()
        QTest.keyClicks(line, "dust lanes")
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert shown.feature_pane.head.name.whole == "dust lanes"
        assert "named by you" in shown.feature_pane.head.about.text()
        shown.controller.marks.flush()
        saved = load_marks(shown.controller.library.session.features.folder, 32)
        assert saved[shown.store.feature].text == "dust lanes"
        shown.controller.undo.undo()
        assert shown.feature_pane.head.name.whole == before
        shown.controller.undo.redo()
        assert shown.feature_pane.head.name.whole == "dust lanes"

    def test_tag_and_note_by_key(self, shown: MainWindow) -> None:
        head = shown.feature_pane.head
        shown.feature_pane.head.add.setFocus()
        key(shown, Qt.Key.Key_T)
        QTest.keyClicks(head.tags.line, "to check")
        QTest.keyClick(head.tags.line, Qt.Key.Key_Return)
        assert mark(shown).tags == ("to check",)
        shown.feature_pane.head.add.setFocus()
        key(shown, Qt.Key.Key_N)
        QTest.keyClicks(head.note, "nice")
        shown.feature_pane.head.add.setFocus()
        assert mark(shown).note == "nice"

    def test_a_rejected_name_gives_way_and_comes_back(self, shown: MainWindow) -> None:
        pane = shown.feature_pane
        name = pane.head.name.whole
        shown.actions_table["feature-reject"].trigger()
        assert mark(shown).rejected == (name,)
        assert pane.head.name.whole != name
        pane.claims.restored.emit(name)
        assert mark(shown).rejected == ()
        assert pane.head.name.whole == name

    def test_a_decision_fetches_the_card_alone(
        self, shown: MainWindow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise AssertionError("counted again")

        monkeypatch.setattr("saerch_desktop.features.occurrence.activity", refuse)
        monkeypatch.setattr("saerch_desktop.features.bands.bands", refuse)
        bars = shown.feature_pane.activity.facets["topic"].plot.bars
        shown.controller.marks.pin([shown.store.feature])
        assert "pinned" in shown.feature_pane.head.about.text()
        assert shown.feature_pane.activity.facets["topic"].plot.bars == bars
        assert shown.store.notices == ()


class TestSentences:
    def test_what_drives_is_marked_band_by_band(
        self, shown: MainWindow, steerable: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session = shown.controller.library.session
        feature = shown.store.feature
        sae = session.features.sae
        along = sae.encoder[feature] * 5 + sae.pre_bias
        embedder = WordEmbedder(along, session.library.manifest.vectors.embedder)
        monkeypatch.setattr(type(session.engine), "embedder", lambda self: embedder)
        monkeypatch.setattr("saerch_desktop.ui.feature_deliveries.load_ahead", lambda: None)
        shown.controller.inspect.deliveries.use(session)
        shown.controller.inspect.feature(feature)
        entries = shown.feature_pane.bands.documents.entries.entries
        assert entries
        for entry in entries:
            assert [entry.text[low:high] for low, high in entry.marks] == [entry.text]
        read = len(embedder.seen)
        QTest.mouseClick(shown.feature_pane.bands.choice.buttons["low"], LEFT)
        assert len(embedder.seen) > read
        assert all(entry.marks for entry in shown.feature_pane.bands.documents.entries.entries)
        read = len(embedder.seen)
        QTest.mouseClick(shown.feature_pane.bands.choice.buttons["top"], LEFT)
        QTest.mouseClick(shown.feature_pane.bands.choice.buttons["zero"], LEFT)
        assert len(embedder.seen) == read

    def test_without_an_embedder_it_says_why(self, shown: MainWindow) -> None:
        assert not any(entry.marks for entry in shown.feature_pane.bands.documents.entries.entries)
        assert "not here" in shown.feature_pane.bands.documents.toolTip()
        assert shown.store.notices == ()


class TestExport:
    @pytest.mark.parametrize("name", ["examples.json", "examples.csv"])
    def test_the_file_has_all_bands_with_their_provenance(
        self, shown: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path, name: str
    ) -> None:
        path = tmp_path / name
        fake_dialogs.answers.append(path)
        QTest.mouseClick(shown.feature_pane.bands.export, LEFT)
        bands = shown.controller.inspect.deliveries.bands()
        rows = [document.row for band in bands for document in band.documents]
        documents = shown.controller.library.session.library.documents
        if name.endswith(".csv"):
            with path.open(encoding="utf-8-sig", newline="") as file:
                table = list(csv.DictReader(file))
            assert [row["id"] for row in table] == documents.ids(rows)
            assert {row["source"] for row in table} == {"phrases"}
            assert table[0]["text"] == documents.get(rows[0]).text
            return
        content = json.loads(path.read_text(encoding="utf-8"))
        examples = content["examples"]
        assert content["format"] == "saerch-examples"
        assert {(one["sae"], one["seed"], one["source"]) for one in examples} == {("features", 0, "phrases")}
        assert [one["id"] for one in examples] == documents.ids(rows)
        assert examples[0]["text"] == documents.get(rows[0]).text

    def test_cancelled_it_writes_nothing(self, shown: MainWindow, fake_dialogs: FakeDialogs) -> None:
        fake_dialogs.answers.append(None)
        QTest.mouseClick(shown.feature_pane.bands.export, LEFT)
        assert shown.store.notices == ()


@pytest.mark.threaded
def test_of_quick_clicks_the_last_one_is_shown(open_window: OpenWindow, steerable: Path, qtbot: Any) -> None:
    window = open_window()
    window.controller.library.open(steerable)
    qtbot.waitUntil(lambda: window.controller.library.session is not None)
    arrived: list[int] = []
    deliveries = window.controller.inspect.deliveries
    for signal in (deliveries.bands_found, deliveries.activity_found):
        signal.connect(lambda feature, _: arrived.append(feature))
    for feature in range(12):
        window.controller.inspect.feature(feature)
    qtbot.waitUntil(lambda: len(arrived) >= 2)
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True))
    assert window.store.card.feature == 11
    assert set(arrived) == {11}
