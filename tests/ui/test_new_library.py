"""The form for a new library: guesses, refuses with a reason, and asks for what was chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ui.fakes import TOPICS, FakeDialogs, records

from saerch_desktop.ui.new_library import NewLibraryForm
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "papers.csv"
    lines = ["id,title,text,topic"] + [",".join(f'"{r[k]}"' for k in r) for r in records(60)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def form(window: MainWindow, tmp_path: Path) -> NewLibraryForm:
    window.actions_table["new"].trigger()
    assert window.new_form is not None
    window.new_form.place_line.setText(str(tmp_path))
    return window.new_form


def test_guesses_columns_and_names_the_library(form: NewLibraryForm, source: Path) -> None:
    assert not form.make.isEnabled()
    assert "Choose" in form.missing()
    form.read(source)
    assert form.combos["text"].currentText() == "text"
    assert form.combos["title"].currentText() == "title"
    assert form.combos["id"].currentText() == "id"
    assert form.name_line.text() == "papers"
    assert form.table.rowCount() > 0
    assert form.make.isEnabled()
    wish = form.wish()
    assert wish.roles.text == ("text",)
    assert wish.vectors == "compute"
    assert wish.library.name == "papers.saerch"
    form.close()


def test_says_what_is_missing(form: NewLibraryForm, source: Path, tmp_path: Path) -> None:
    form.read(source)
    form.name_line.setText("")
    assert "name" in form.missing()
    form.name_line.setText("../escape")
    assert form.missing()
    (tmp_path / "taken.saerch").mkdir()
    form.name_line.setText("taken")
    assert "exists already" in form.missing()
    form.name_line.setText("free")
    form.radios["given"].setChecked(True)
    assert "vectors" in form.missing()
    assert not form.make.isEnabled()
    form.radios["none"].setChecked(True)
    form.combos["facets"].setCurrentText("topic, nonsense")
    assert "nonsense" in form.missing()
    form.combos["facets"].setCurrentText("topic")
    assert form.missing() == ""
    assert form.make.isEnabled()
    form.close()


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 50])
def test_an_unreadable_file_is_explained(form: NewLibraryForm, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.parquet"
    path.write_bytes(content)
    form.read(path)
    assert form.trouble.text()
    assert not form.make.isEnabled()
    form.close()


def test_makes_a_library_with_given_vectors(
    window: MainWindow, form: NewLibraryForm, source: Path, tmp_path: Path, fake_dialogs: FakeDialogs
) -> None:
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(len(TOPICS), 12))
    vectors = np.stack([centres[n % len(TOPICS)] + 0.3 * rng.normal(size=12) for n in range(60)]).astype(
        np.float32
    )
    np.save(tmp_path / "vectors.npy", vectors)
    fake_dialogs.answers = [source, tmp_path / "vectors.npy"]
    form.choose_file.click()
    form.choose_vectors.click()
    form.name_line.setText("Made")
    form.preset.setCurrentIndex(form.preset.count() - 1)
    form.make.click()
    assert window.store.notices == ()
    view = window.store.library
    assert view.path == tmp_path / "Made.saerch"
    assert view.documents == 60
    assert view.vectors
    assert not view.semantic
    assert window.stack.currentWidget() is window.search_pane


def test_vectors_that_do_not_fit_are_refused_in_place(
    window: MainWindow, form: NewLibraryForm, source: Path, tmp_path: Path, fake_dialogs: FakeDialogs
) -> None:
    np.save(tmp_path / "short.npy", np.ones((7, 4), np.float32))
    fake_dialogs.answers = [tmp_path / "short.npy"]
    form.read(source)
    form.choose_vectors.click()
    form.make.click()
    assert len(window.notices.cards) == 1
    assert "7" in window.notices.cards[0].notice.happened
    assert window.store.library is None
