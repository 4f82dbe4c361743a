"""What is kept on the disk is counted whole, and only what can be made again is ever removed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from saerch_desktop import paths
from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow import storage
from saerch_desktop.workflow.session import open_session


def tree(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def put(path: Path, data: bytes = b"x" * 5000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_every_byte_of_a_library_is_counted_once(trained: Path) -> None:
    put(trained / "index" / "hnsw.bin")
    put(trained / "maps" / "documents_pca.npy")
    put(trained / "stranger" / "file.txt")
    kept = storage.library_kept(trained)
    assert sum(one.size_bytes for one in kept) == pytest.approx(sum(tree(trained).values()), abs=200_000)
    sizes = {one.key: one.size_bytes for one in kept}
    assert sizes["documents"] > 1000
    assert sizes["vectors"] > 1000
    assert sizes["weights"] > 1000
    assert {one.key for one in kept if one.clearable} >= {"index", "maps"}
    assert not {"documents", "vectors", "weights", "names", "rest"} & {
        one.key for one in kept if one.clearable
    }


def test_clearing_takes_its_own_files_and_no_others(trained: Path) -> None:
    put(trained / "index" / "hnsw.bin")
    put(trained / "maps" / "documents_umap.npy")
    put(trained / "saes" / "features" / "labels_llm.journal.jsonl")
    for key, gone in (
        ("index", {"index/hnsw.bin", "index/hnsw.json"}),
        ("maps", {"maps/documents_umap.npy"}),
        ("answers", {"saes/features/labels_llm.journal.jsonl"}),
    ):
        before = tree(trained)
        assert storage.clear_library(trained, key, Progress()) > 0
        lost = {path for path in before if path not in tree(trained) and not path.endswith(("-wal", "-shm"))}
        assert lost - {path for path in lost if path.startswith("writer")} == gone
    with open_session(trained) as session:
        assert session.library.manifest.name


@pytest.mark.parametrize("key", ["documents", "vectors", "weights", "names", "rest", "../..", ""])
def test_what_cannot_be_made_again_is_never_cleared(trained: Path, key: str) -> None:
    before = tree(trained)
    with pytest.raises(UserError, match="cannot be cleared"):
        storage.clear_library(trained, key, Progress())
    assert tree(trained) == before


def test_links_are_neither_counted_nor_followed(trained: Path, tmp_path: Path) -> None:
    precious = put(tmp_path / "elsewhere" / "hnsw.bin")
    shutil.rmtree(trained / "index")
    (trained / "index").symlink_to(precious.parent, target_is_directory=True)
    (trained / "maps").mkdir(exist_ok=True)
    (trained / "maps" / "documents_pca.npy").symlink_to(precious)
    storage.clear_library(trained, "index", Progress())
    storage.clear_library(trained, "maps", Progress())
    assert precious.exists()
    assert {one.key: one.size_bytes for one in storage.library_kept(trained)}["index"] == 0


def test_nothing_is_cleared_while_somebody_writes(trained: Path) -> None:
    put(trained / "index" / "hnsw.bin")
    with Library.open(trained, write=True), pytest.raises(UserError):
        storage.clear_library(trained, "index", Progress())
    assert (trained / "index" / "hnsw.bin").exists()


def test_the_programs_own_things_are_cleared_one_by_one() -> None:
    cache = put(paths.cache_dir() / "deep" / "thing")
    log = put(paths.log_dir() / "saerch-desktop.log")
    older = put(paths.log_dir() / "saerch-desktop.log.1")
    settings = put(paths.config_dir() / "settings.json", b"{}")
    kept = {one.key: one for one in storage.program_kept()}
    assert kept["caches"].clearable
    assert not kept["sample"].clearable
    assert storage.clear_program("caches", Progress()) > 0
    assert not cache.exists()
    storage.clear_program("logs", Progress())
    assert log.stat().st_size == 0, "a log that is being written goes on"
    assert not older.exists()
    assert settings.exists()
    with pytest.raises(UserError, match="cannot be cleared"):
        storage.clear_program("ledger", Progress())


def test_the_sample_is_left_alone_while_it_is_open(trained: Path) -> None:
    sample = paths.sample_library()
    sample.parent.mkdir(parents=True, exist_ok=True)
    trained.rename(sample)
    assert "open" in next(one.loss for one in storage.program_kept(sample) if one.key == "sample")
    with pytest.raises(UserError, match="cannot be cleared"):
        storage.clear_program("sample", Progress(), sample)
    assert storage.clear_program("sample", Progress()) > 0
    assert not sample.exists()


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0"), (12, "12 bytes"), (1200, "1.2 KB"), (3_440_000, "3.4 MB"), (999_700_000, "1.0 GB")],
)  # fmt: skip
def test_sizes_are_read_by_people(size: int, text: str) -> None:
    assert storage.human(size) == text
