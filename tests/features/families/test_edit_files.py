"""How the analyst's changes to families are kept: by several windows, and against damage."""

from __future__ import annotations

import json
import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.families import edits as made
from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.edits import EDITS_FILE, Edit, load_edits, save_edits
from saerch_desktop.features.families.family import Families, Family, key_of
from saerch_desktop.features.versions import NewerFileError

COUNT = 100
A, B, C = (1, 2, 3, 4), (11, 12, 13), (21, 22, 23)


@pytest.fixture
def book() -> FamilyBook:
    groups = (A, B, C)
    made_by = tuple(Family(key=key_of("default", group), members=group) for group in groups)
    return FamilyBook.with_edits(Families(method="default", families=made_by), ())


def key(*members: int) -> str:
    return key_of("default", members)


def test_edits_come_back_as_they_were(book: FamilyBook, tmp_path: Path) -> None:
    assert load_edits(tmp_path, COUNT) == ()
    edits: tuple[Edit, ...] = (
        made.rename(book, key(*A), "Größe “x”"),
        made.merge(book, [key(*A), key(*B)]),
        made.split(book, key(*C), [21]),
        made.move(book, 3, None, key(*B)),
        made.place(book, key(*A), None),
        made.create(book, [7, 8]),
        made.hide(book, key(*A)),
    )
    assert save_edits(tmp_path, COUNT, edits) == edits
    assert load_edits(tmp_path, COUNT) == edits


def test_two_windows_add_and_undo_without_undoing_each_other(book: FamilyBook, tmp_path: Path) -> None:
    first, second, third = (made.create(book, [number, number + 1]) for number in (1, 3, 5))
    shared = save_edits(tmp_path, COUNT, [first])
    here = save_edits(tmp_path, COUNT, [*shared, second], shared)
    there = save_edits(tmp_path, COUNT, [*shared, third], shared)
    assert there == (first, second, third)
    # The first window undoes the edit that both began with; the second adds one, not knowing of it.
    undone = save_edits(tmp_path, COUNT, here[1:], here)
    assert undone == (second, third)
    fourth = made.create(book, [8, 9])
    assert save_edits(tmp_path, COUNT, [*there, fourth], there) == (second, third, fourth)
    # Undone and made again.
    assert save_edits(tmp_path, COUNT, [*undone, fourth, first], [*undone, fourth])[-1] == first


def write_some(folder: str, number: int, together: Barrier) -> None:
    book = FamilyBook.with_edits(Families(method="default"), ())
    together.wait(60)
    for _ in range(20):
        save_edits(Path(folder), COUNT, [made.create(book, [number, number + 1])])


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(2)
    writers = [
        context.Process(target=write_some, args=(str(tmp_path), number, together)) for number in (1, 50)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    kept = [edit for edit in load_edits(tmp_path, COUNT) if isinstance(edit, made.Create)]
    assert sorted(edit.members[0] for edit in kept) == [1] * 20 + [50] * 20


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"edits": [{"kind": "burn", "id": "x", "method": "own"}]}',
        '{"schema_version": 1, "edits": [{"kind": "burn", "id": "x", "method": "own"}]}',
        '{"schema_version": 1, "edits": [{"kind": "create", "id": "x", "method": "own", "members": [100]}]}',
        '{"schema_version": 1, "edits": [{"kind": "create", "id": "x", "method": "own", "members": [-1]}]}',
        '{"schema_version": 1, "edits": [{"kind": "create", "id": "x", "method": "own", "members": []}]}',
        '{"schema_version": 1, "edits": ['
        '{"kind": "create", "id": "x", "method": "own", "members": [1]},'
        '{"kind": "create", "id": "x", "method": "own", "members": [2]}]}',
        "[" * 100_000,
    ],
)
def test_a_damaged_file_is_told_and_not_overwritten(tmp_path: Path, book: FamilyBook, content: str) -> None:
    (tmp_path / EDITS_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match="cannot be read"):
        load_edits(tmp_path, COUNT)
    with pytest.raises(UserError):
        save_edits(tmp_path, COUNT, [made.hide(book, key(*A))])
    assert (tmp_path / EDITS_FILE).read_text(encoding="utf-8") == content


def test_a_newer_file_is_left_alone(tmp_path: Path, book: FamilyBook) -> None:
    content = json.dumps({"schema_version": 2, "edits": [{"kind": "burn"}]})
    (tmp_path / EDITS_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(NewerFileError):
        save_edits(tmp_path, COUNT, [made.hide(book, key(*A))])
    assert (tmp_path / EDITS_FILE).read_text(encoding="utf-8") == content


def test_names_cannot_steer_a_terminal(book: FamilyBook) -> None:
    edit = made.rename(book, key(*A), "a\x1b[31mb\u202ec" + "x" * 3000)
    assert edit.text.startswith("a [31mbc")
    assert len(edit.text) == 1000
