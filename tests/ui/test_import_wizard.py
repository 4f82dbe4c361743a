"""The import wizard by mouse and keys: pages, problems, ways out, drafts, dropped files, and what is made."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from ui.fakes import TOPICS, FakeDialogs, records, words_library
from window_support import OpenWindow

from saerch_desktop import paths
from saerch_desktop.progress import Progress
from saerch_desktop.ui.import_part import ImportPart
from saerch_desktop.ui.import_wizard import ImportWizard
from saerch_desktop.ui.window import MainWindow
from saerch_desktop.workflow import import_draft, import_vectors
from saerch_desktop.workflow.import_vectors import Speed

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drafts of its own, and a model whose speed is known."""
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path / "data")

    def known(spec: str, texts: tuple[str, ...], progress: Progress) -> Speed:
        return Speed(spec, len(texts), 20.0)

    monkeypatch.setattr(import_vectors, "probe", known)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "papers.csv"
    made = records(60)
    made[4]["text"] = ""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(made[0]))
        writer.writeheader()
        writer.writerows(made)
    return path


def part_of(window: MainWindow) -> ImportPart:
    return next(part for part in window.parts if isinstance(part, ImportPart))


def wizard_of(window: MainWindow) -> ImportWizard:
    window.actions_table["new"].trigger()
    wizard = part_of(window).wizard
    assert wizard is not None
    return wizard


def press(button: QWidget) -> None:
    assert button.isEnabled()
    QTest.mouseClick(button, LEFT)


def to(wizard: ImportWizard, step: str) -> None:
    for _ in range(4):
        if wizard.desk.draft.step != step:
            press(wizard.next)
    assert wizard.desk.draft.step == step


def test_from_a_file_to_a_library_of_words_by_pressing_next(
    window: MainWindow, source: Path, tmp_path: Path, fake_dialogs: FakeDialogs
) -> None:
    wizard = wizard_of(window)
    assert not wizard.next.isEnabled()
    assert "Choose a file" in wizard.next.toolTip()
    fake_dialogs.answers = [source, tmp_path]
    press(wizard.source_page.choose_file)
    assert "60 records" in wizard.source_page.facts.text()
    to(wizard, "columns")
    page = wizard.columns_page
    assert page.combos["text"].currentText() == "Text"
    assert page.combos["topic"].currentText() == "Category"
    assert "60 records make 59 documents" in page.found.text()
    assert page.problems.item(0, 0).text() == "No text"
    assert page.preview.rows.rowCount() == 50
    to(wizard, "vectors")
    assert "20 texts a second" in wizard.vectors_page.local.speed.text()
    wizard.vectors_page.radios["none"].click()
    to(wizard, "check")
    assert "59 documents" in wizard.check_page.lines["Records"].text()
    assert "nothing leaves this computer" in wizard.check_page.lines["Network"].text()
    assert not wizard.go_train.isVisible()
    press(wizard.check_page.choose)
    wizard.check_page.name.selectAll()
    QTest.keyClicks(wizard.check_page.name, "My papers")
    assert not (tmp_path / "My papers.saerch").exists(), "nothing is written before the last button"
    press(wizard.go)
    view = window.store.library
    assert window.store.notices == ()
    assert view is not None
    assert (view.path, view.documents) == (tmp_path / "My papers.saerch", 59)
    assert part_of(window).wizard is None
    assert import_draft.load() is None


def test_a_part_chosen_for_a_column_changes_what_is_imported(window: MainWindow, source: Path) -> None:
    wizard = wizard_of(window)
    wizard.take(source)
    to(wizard, "columns")
    page = wizard.columns_page
    combo = page.combos["topic"]
    combo.setFocus()
    combo.setCurrentIndex(combo.findData("text"))
    combo.activated.emit(combo.currentIndex())
    assert wizard.desk.draft.roles is not None
    assert wizard.desk.draft.roles.text == ("text", "topic")
    assert wizard.desk.draft.roles.facets == ()
    assert "60 records make 60 documents" in page.found.text(), "the empty text has a topic"
    for name in ("text", "topic"):
        page.combos[name].setCurrentIndex(0)
        page.combos[name].activated.emit(0)
    assert not wizard.next.isEnabled()
    assert "which column holds the text" in wizard.missing.text()
    combo = page.combos["text"]
    combo.setCurrentIndex(combo.findData("title"))
    combo.activated.emit(combo.currentIndex())
    assert page.combos["title"].currentText() == "Not used", "there is only one title"


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 50])
def test_an_unreadable_file_is_explained_on_the_page(
    window: MainWindow, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "bad.parquet"
    path.write_bytes(content)
    wizard = wizard_of(window)
    wizard.take(path)
    assert "cannot be imported" in wizard.source_page.facts.text()
    assert not wizard.next.isEnabled()
    assert window.store.notices == ()


def vectors(count: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(len(TOPICS), 12))
    made = [centres[n % len(TOPICS)] + 0.3 * rng.normal(size=12) for n in range(count)]
    return np.stack(made).astype(np.float32)


def test_vectors_that_do_not_fit_stop_with_three_ways_out(
    window: MainWindow, source: Path, tmp_path: Path, fake_dialogs: FakeDialogs
) -> None:
    path = tmp_path / "vectors.npz"
    np.savez(path, vectors=vectors(50), ids=np.array([f"d{n}" for n in range(50)]))
    wizard = wizard_of(window)
    wizard.take(source)
    to(wizard, "vectors")
    wizard.vectors_page.radios["given"].click()
    given = wizard.vectors_page.given
    assert not wizard.next.isEnabled()
    fake_dialogs.answers = [path]
    press(given.choose)
    assert "50 vectors, but there are 60 records" in given.trouble.text()
    assert not wizard.next.isEnabled()
    press(given.take_first)
    assert not given.mismatch.isVisible()
    assert wizard.desk.draft.limit == 50
    wizard.desk.say(limit=None)
    press(given.join)
    assert "50 of 60 records have a vector" in given.facts.text()
    assert wizard.next.isEnabled()
    wizard.desk.say(join="")
    press(given.compute)
    assert wizard.vectors_page.radios["compute"].isChecked()
    assert wizard.next.isEnabled()


def test_matching_that_fails_says_why_and_leaves_the_other_ways(
    window: MainWindow, source: Path, tmp_path: Path
) -> None:
    path = tmp_path / "vectors.npz"
    np.savez(path, vectors=vectors(50), ids=np.arange(1000, 1050))
    wizard = wizard_of(window)
    wizard.take(source)
    to(wizard, "vectors")
    wizard.take(path)
    given = wizard.vectors_page.given
    press(given.join)
    assert "Not one identifier" in given.trouble.text()
    assert given.take_first.isVisible()
    assert wizard.desk.draft.join == ""


def test_imports_given_vectors_matched_by_identifier_and_offers_training(
    window: MainWindow, source: Path, tmp_path: Path
) -> None:
    path = tmp_path / "vectors.npz"
    order = list(reversed(range(60)))
    np.savez(path, vectors=vectors(60)[order][:55], ids=np.array([f"d{n}" for n in order][:55]))
    wizard = wizard_of(window)
    wizard.take(source)
    wizard.take(path)
    wizard.desk.say(join="ids", name="Made", place=tmp_path)
    to(wizard, "check")
    press(wizard.go)
    view = window.store.library
    assert view is not None
    assert (view.documents, view.vectors, view.steering) == (55, True, False)
    card = window.notices.cards[0]
    assert "no features yet" in card.notice.happened
    asked = []
    window.actions_table["train"].triggered.connect(lambda: asked.append(True))
    press(card.act_button)
    assert asked
    assert window.store.notices == ()


def test_esc_keeps_what_was_typed_and_the_start_offers_to_go_on(window: MainWindow, source: Path) -> None:
    wizard = wizard_of(window)
    wizard.take(source)
    to(wizard, "vectors")
    wizard.vectors_page.radios["none"].click()
    QTest.keyClick(wizard, Qt.Key.Key_Escape)
    assert part_of(window).wizard is None
    assert window.start_page.new.accessibleName() == "Go on with papers.csv"
    again = wizard_of(window)
    assert again.left.isVisible()
    assert again.desk.draft.step == "vectors"
    assert again.vectors_page.radios["none"].isChecked()
    assert again.next.isEnabled()
    press(again.anew)
    assert not again.left.isVisible()
    assert again.desk.draft.source is None
    assert import_draft.load() is None
    again.close()
    assert window.start_page.new.accessibleName() == "New from a file"


def test_a_crash_loses_nothing(open_window: OpenWindow, source: Path) -> None:
    first = wizard_of(open_window())
    first.take(source)
    first.desk.say(name="Typed before the crash")
    second = wizard_of(open_window())  # the first one never got to close
    assert second.desk.draft.name == "Typed before the crash"
    assert second.desk.flow.source is not None, "and the file was looked at again"


def drop(target: QWidget, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    enter = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    event = QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target, event)


def test_what_is_dropped_is_imported_or_opened(window: MainWindow, source: Path, tmp_path: Path) -> None:
    drop(window, source)
    wizard = part_of(window).wizard
    assert wizard is not None
    assert wizard.desk.draft.source == source
    np.save(tmp_path / "vectors.npy", vectors(60))
    drop(wizard, tmp_path / "vectors.npy")
    assert wizard.desk.draft.vectors_file == tmp_path / "vectors.npy"
    wizard.close()
    drop(window, words_library(tmp_path / "Dropped.saerch"))
    assert window.store.library is not None
    assert window.store.library.name == "Dropped"


def test_a_service_shows_the_exact_texts_and_its_cost(window: MainWindow, source: Path) -> None:
    wizard = wizard_of(window)
    wizard.take(source)
    to(wizard, "vectors")
    wizard.vectors_page.radios["service"].click()
    service = wizard.vectors_page.service
    assert "On stars, part 0\n\nObservation 0 of stars" in service.texts.toPlainText()
    assert "On galaxies, part 2" in service.texts.toPlainText()
    assert "part 3" not in service.texts.toPlainText()
    assert "api.openai.com" in service.cost.text()
    assert wizard.desk.draft.most_cost == pytest.approx(0.01)
    service.address.setFocus()
    QTest.keyClicks(service.address, "http://localhost:1/v1")
    assert "nothing leaves it" in service.cost.text()
    assert not service.limit.isVisible()


def test_every_step_can_be_reached_by_keys_alone(window: MainWindow, source: Path) -> None:
    wizard = wizard_of(window)
    wizard.take(source)
    for step in ("columns", "vectors", "check"):
        QTest.keyClick(wizard, Qt.Key.Key_Return)
        assert wizard.desk.draft.step == step
        focus = wizard.focusWidget()
        assert focus is not None
        assert focus.isVisible()
    wizard.steps.buttons["columns"].setFocus()
    QTest.keyClick(wizard.steps.buttons["columns"], Qt.Key.Key_Space)
    assert wizard.desk.draft.step == "columns"
    assert "shown" in wizard.steps.buttons["columns"].accessibleName()
