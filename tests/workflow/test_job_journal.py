"""The journal of long jobs: what a run leaves is found by the next one, and by no other that still runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_library import make_trained

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress, Update
from saerch_desktop.workflow.job_journal import KINDS, Journal, Kept

KEPT = Kept("embed", Path("/nowhere/Some.saerch"), {"embedder": "minilm"})


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "jobs"


def update(done: int) -> Update:
    return Update("Embedding", 0, 1, done, 100, "texts", "", 1.0, 2.0)


def ended(folder: Path, clock: Clock | None = None) -> Journal:
    """That of a run which does not hold its lock."""
    return Journal(folder, clock or Clock())


def test_what_a_run_left_is_found_by_the_next(folder: Path) -> None:
    clock = Clock()
    record = ended(folder, clock).keep("Computing vectors", KEPT)
    record.write()
    clock.now = 60.0
    assert record.note(update(43))
    record.write()
    found = Journal(folder).left()
    assert [(left.title, left.kept, left.stage, left.share, left.parked) for left in found] == [
        ("Computing vectors", KEPT, "Embedding", 0.43, False)
    ]
    Journal(folder).forget(found[0])
    assert Journal(folder).left() == []


def test_a_job_that_is_over_leaves_nothing_even_when_it_is_written_late(folder: Path) -> None:
    record = ended(folder).keep("Computing vectors", KEPT)
    record.write()
    record.drop()
    record.write()
    assert Journal(folder).left() == []
    assert list(folder.glob("*.json")) == []


def test_how_far_it_is_goes_to_disk_now_and_then_only(folder: Path) -> None:
    clock = Clock()
    record = ended(folder, clock).keep("Computing vectors", KEPT)
    record.write()
    assert not record.note(update(1))
    clock.now = 5.1
    assert record.note(update(2))
    assert not record.note(update(3)), "it was asked for already"


def test_a_parked_job_stays_parked(folder: Path) -> None:
    record = ended(folder).keep("Computing vectors", KEPT)
    record.park()
    record.drop()  # the program's end cancels it
    assert [left.parked for left in Journal(folder).left()] == [True]


def test_jobs_of_a_run_that_lives_are_left_alone(folder: Path) -> None:
    running = Journal(folder)
    running.alive()
    running.keep("Computing vectors", KEPT).write()
    assert Journal(folder).left() == []
    assert running.left() == []
    running.close()
    assert len(Journal(folder).left()) == 1


def test_a_killed_process_leaves_its_jobs(folder: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\n"
        "from saerch_desktop.workflow.job_journal import Journal, Kept\n"
        "journal = Journal(Path(sys.argv[1]))\njournal.alive()\n"
        "journal.keep('Training', Kept('train', Path('/nowhere'), {'k': 8})).write()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=False)
    found = Journal(folder).left()
    assert [(left.title, left.kept.wishes) for left in found] == [("Training", {"k": 8})]
    assert list(folder.glob("*.lock")) == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 9}', "\x00" * 40, '{"kind": "rm -rf"}', "[" * 100_000]
)
@pytest.mark.expects_log
def test_damaged_entries_are_taken_away(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "bad.json").write_text(text, encoding="utf-8")
    assert Journal(folder).left() == []
    assert not (folder / "bad.json").exists()


def test_a_kind_that_nobody_knows_is_taken_away_and_refused(folder: Path) -> None:
    strange = Kept("format the disk", Path("/nowhere"), {})
    ended(folder).keep("Strange", strange).write()
    assert Journal(folder).left() == []
    with pytest.raises(UserError):
        strange.run(Progress())


def test_an_owner_that_is_no_name_reaches_no_other_file(folder: Path) -> None:
    record = ended(folder).keep("Computing vectors", KEPT)
    record.write()
    file = next(folder.glob("*.json"))
    entry = json.loads(file.read_text(encoding="utf-8"))
    for owner in ("../../etc/passwd", "x" * 5000, "٣" * 200, ""):
        file.write_text(json.dumps({**entry, "owner": owner}), encoding="utf-8")
        assert len(Journal(folder).left()) == 1


@pytest.mark.expects_log
def test_a_folder_that_cannot_be_written_to_stops_no_job(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    journal = Journal(tmp_path / "file" / "jobs")
    journal.alive()
    record = journal.keep("Computing vectors", KEPT)
    record.write()
    record.park()
    assert journal.left() == []
    journal.close()


@pytest.mark.parametrize(
    ("kind", "wishes"),
    [
        ("embed", {}),
        ("embed", {"embedder": 7}),
        ("train", {"features": "many"}),
        ("train", {"saes": [{"name": "\ud800"}]}),
        ("label", {"sae": "features", "features": ["one"]}),
        ("label", {"sae": "features", "features": [True]}),
        ("families", {"sae": "features", "method": "default", "resolution": float("inf")}),
        ("families", {"sae": "features", "method": "default", "resolution": float("nan")}),
        ("families", {"sae": "features", "method": "default", "resolution": -1}),
        ("families", {"sae": "features", "method": "by magic"}),
        ("map", {"of": "everything", "sae": ""}),
    ],
)
def test_wishes_that_make_no_sense_are_refused(tmp_path: Path, kind: str, wishes: dict[str, object]) -> None:
    with pytest.raises(UserError, match=r"cannot be read|no training plan"):
        Kept(kind, tmp_path / "No.saerch", wishes).run(Progress())
    assert kind in KINDS


def test_a_kept_job_is_what_is_run(tmp_path: Path) -> None:
    library = make_trained(tmp_path / "Small.saerch")
    found = Kept("families", library, {"sae": "small", "method": "default"}).run(Progress())
    assert getattr(found, "method", "") == "default"
