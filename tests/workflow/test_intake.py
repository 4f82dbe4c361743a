"""Import with named columns and given vectors."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from small_library import WordEmbedder, records, write_source

from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow.intake import Columns, roles_for, take_in


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["key", "headline", "first", "second", "group"])
        writer.writeheader()
        for record in records(30):
            first, _, second = record["text"].partition(" ")
            row = (record["id"], record["title"], first, second, record["kind"])
            writer.writerow(dict(zip(writer.fieldnames, row, strict=True)))
    return path


def test_nothing_named_leaves_the_guess_to_the_import(table: Path) -> None:
    assert roles_for(table, Columns()) is None


def test_named_columns_win_and_the_rest_is_guessed(table: Path) -> None:
    roles = roles_for(table, Columns(text=("first", "second"), title="headline"))
    assert roles is not None
    assert (roles.text, roles.title, roles.id) == (("first", "second"), "headline", "key")
    assert "group" in roles.facets


def test_a_column_that_is_not_there_is_named_with_those_that_are(table: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        take_in(table, tmp_path / "a.saerch", columns=Columns(text=("absent",)), progress=Progress())
    assert "absent" in str(caught.value)
    assert "headline" in str(caught.value)
    assert not (tmp_path / "a.saerch").exists()


@pytest.mark.parametrize(
    ("named", "spec"), [("minilm", "minilm"), (None, "given:mine"), ("theirs", "given:theirs")]
)
def test_given_vectors_carry_who_made_them(tmp_path: Path, named: str | None, spec: str) -> None:
    count, dim = 30, 384
    vectors = np.random.default_rng(0).normal(size=(count, dim)).astype(np.float32)
    np.save(tmp_path / "mine.npy", vectors)
    report = take_in(
        write_source(tmp_path, count),
        tmp_path / "a.saerch",
        columns=Columns(),
        vectors=tmp_path / "mine.npy",
        embedder=named,
        progress=Progress(),
    )
    assert report.documents == count
    with Library.open(tmp_path / "a.saerch") as library:
        assert library.vectors is not None
        assert library.vectors.record.embedder.spec == spec


def test_vectors_of_another_size_than_their_model_makes_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "mine.npy", WordEmbedder().vectors([record["text"] for record in records(30)]))
    with pytest.raises(UserError):
        take_in(
            write_source(tmp_path, 30),
            tmp_path / "a.saerch",
            columns=Columns(),
            vectors=tmp_path / "mine.npy",
            embedder="minilm",
            progress=Progress(),
        )
    assert not (tmp_path / "a.saerch").exists()


def test_an_embedder_without_vectors_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--vectors"):
        take_in(
            write_source(tmp_path, 30),
            tmp_path / "a.saerch",
            columns=Columns(),
            embedder="minilm",
            progress=Progress(),
        )
