"""The built-in sample: made once, whole, resumable at every stage, never made twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import small_library
from small_library import WordEmbedder

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.families.family_files import methods_there
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress, Update
from saerch_desktop.workflow import sample
from saerch_desktop.workflow.build import Wishes
from saerch_desktop.workflow.sample import build_sample, sample_is_complete

GROUPING = "Counting pairs of features"  # the first stage after the features


@pytest.fixture
def harvested(monkeypatch: pytest.MonkeyPatch, embedder: WordEmbedder) -> Iterator[list[int]]:
    """The sample from a few made-up texts with a tiny SAE; says how often texts were gathered."""
    gathered: list[int] = []

    def harvest(progress: Progress) -> list[dict[str, str]]:
        gathered.append(1)
        progress.begin("Reading documentation", 1)
        return [{**record, "package": record["kind"], "module": "m"} for record in small_library.records()]

    monkeypatch.setattr("saerch_desktop.library.docstrings.harvest", harvest)
    monkeypatch.setattr(sample, "WISHES", Wishes(features=24, k=3, epochs=3, device="cpu"))
    return iter([gathered])


def test_the_sample_is_built_whole(tmp_path: Path, harvested: Iterator[list[int]]) -> None:
    seen: list[Update] = []
    path = tmp_path / "s.saerch"
    assert not sample_is_complete(path)
    assert build_sample(path, Progress(seen.append)) == path
    assert sample_is_complete(path)
    grouping = next(place for place, update in enumerate(seen) if update.stage == GROUPING)
    order = tuple(dict.fromkeys(update.stage for update in seen[:grouping]))
    assert order == sample.STAGES
    assert {update.stage_count for update in seen[:grouping]} == {len(sample.STAGES)}
    assert len({update.stage_count for update in seen[grouping:]}) == 1
    with Library.open(path) as library:
        assert library.findings == ()
        assert library.documents.facet_names() == ["kind", "module", "package"]
        assert methods_there(library.sae_folder(sample.SAE_NAME)) == ("default",)


def test_a_complete_sample_is_returned_at_once(tmp_path: Path, harvested: Iterator[list[int]]) -> None:
    gathered = next(harvested)
    path = build_sample(tmp_path / "s.saerch", Progress())
    seen: list[Update] = []
    build_sample(path, Progress(seen.append))
    assert seen == []
    assert gathered == [1]


@pytest.mark.parametrize("stage", [*sample.STAGES, GROUPING, "Measuring families"])
def test_it_goes_on_where_it_was_stopped(
    tmp_path: Path, harvested: Iterator[list[int]], embedder: WordEmbedder, stage: str
) -> None:
    path = tmp_path / "s.saerch"
    progress = Progress(lambda update: progress.cancel() if update.stage == stage else None)
    with pytest.raises(Cancelled):
        build_sample(path, progress)
    assert not sample_is_complete(path)
    reached = sample.STAGES.index(stage) if stage in sample.STAGES else len(sample.STAGES)
    if reached > sample.STAGES.index("Importing documents"):
        with Library.open(path) as library:
            assert len(library.documents) == small_library.DOCUMENTS
            assert library.documents.keyword("dough"), "words can be searched already"
            assert not any(finding.severity == "error" for finding in library.findings)
    build_sample(path, Progress())
    assert sample_is_complete(path)
    assert embedder.seen == small_library.DOCUMENTS, "no text is embedded twice"
    if reached > sample.STAGES.index("Importing documents"):
        assert next(harvested) == [1]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, harvested: Iterator[list[int]]) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(UserError):
        build_sample(tmp_path, Progress())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_library_of_other_texts_is_not_the_sample(trained: Path, harvested: Iterator[list[int]]) -> None:
    assert not sample_is_complete(trained)
    with pytest.raises(UserError, match="already holds"):
        build_sample(trained, Progress())


def test_without_its_model_words_can_still_be_searched(
    tmp_path: Path, harvested: Iterator[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*args: object, **options: object) -> None:
        raise UserError("The model is not installed.", "No vectors.", "Install it.")

    monkeypatch.setattr("saerch_desktop.embedding.registry.open_embedder", missing)
    with pytest.raises(UserError, match="not installed"):
        build_sample(tmp_path / "s.saerch", Progress())
    with Library.open(tmp_path / "s.saerch") as library:
        assert library.documents.keyword("dough")


def test_what_other_settings_began_is_finished_as_it_was_begun(
    tmp_path: Path, harvested: Iterator[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.saerch"
    progress = Progress(lambda update: progress.cancel() if update.stage == "Labelling features" else None)
    with pytest.raises(Cancelled):
        build_sample(path, progress)
    monkeypatch.setattr(sample, "WISHES", Wishes(features=30, k=5, epochs=2, device="cpu"))
    build_sample(path, Progress())
    assert sample_is_complete(path)
    with Library.open(path) as library:
        assert library.manifest.saes["sample"].features == 24


def read_only(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)


@pytest.fixture
def bundled(tmp_path: Path, harvested: Iterator[list[int]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished sample that came with the program and may only be read."""
    path = build_sample(tmp_path / "program" / "s.saerch", Progress())
    read_only(path)
    monkeypatch.setattr("saerch_desktop.paths.bundled_sample", lambda: path)
    return path


def test_a_sample_that_came_with_the_program_is_copied(
    tmp_path: Path, bundled: Path, harvested: Iterator[list[int]]
) -> None:
    gathered = next(harvested)
    seen: list[Update] = []
    path = build_sample(tmp_path / "data" / "s.saerch", Progress(seen.append))
    assert {update.stage for update in seen} == {sample.COPYING}
    assert gathered == [1], "only the one that came with the program was made"
    assert sample_is_complete(path)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    with Library.open(path, write=True) as library:
        assert library.findings == ()


def test_a_copy_that_was_stopped_leaves_nothing(tmp_path: Path, bundled: Path) -> None:
    progress = Progress()
    progress.cancel()
    path = tmp_path / "data" / "s.saerch"
    with pytest.raises(Cancelled):
        build_sample(path, progress)
    path.parent.mkdir(exist_ok=True)
    assert list(path.parent.iterdir()) == []


def test_a_damaged_sample_in_the_program_is_built_anew(
    tmp_path: Path, harvested: Iterator[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "program" / "s.saerch"
    empty.mkdir(parents=True)
    monkeypatch.setattr("saerch_desktop.paths.bundled_sample", lambda: empty)
    path = build_sample(tmp_path / "data" / "s.saerch", Progress())
    assert sample_is_complete(path)
