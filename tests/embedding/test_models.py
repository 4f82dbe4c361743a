"""Models are listed, imported from folders and zip files that nobody should trust, and deleted."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from model_files import folder_of, sound, weights, zip_of

from saerch_desktop.embedding import model_import, models
from saerch_desktop.embedding.folder import folder_fingerprint
from saerch_desktop.embedding.model_import import import_model
from saerch_desktop.embedding.registry import _folder_of
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.progress import Progress
from saerch_desktop.settings import change_settings


def nothing_came_in() -> bool:
    root = models.models_dir()
    return not root.exists() or not list(root.iterdir())


def test_a_folder_comes_in_without_what_could_run(tmp_path: Path) -> None:
    source = folder_of(sound(), tmp_path / "bge-tiny")
    found = import_model(source, Progress())
    assert found.left_out == ("onnx/model.onnx", "pytorch_model.bin")
    model = found.model
    assert (model.name, model.dim, model.licence, model.trouble) == ("bge-tiny", 8, "mit", "")
    assert model.word == f"folder:{models.models_dir() / 'bge-tiny'}"
    assert not list(model.folder.rglob("*.bin"))
    assert models.fingerprint(model) == folder_fingerprint(source), "what decides the vectors is all there"
    assert [one.name for one in models.installed()] == ["all-MiniLM-L6-v2", "bge-tiny"]


@pytest.mark.parametrize("below", ["", "bge-tiny/", "downloads/models/bge-tiny/"])
def test_a_zip_file_comes_in_however_deep_the_model_lies(tmp_path: Path, below: str) -> None:
    found = import_model(zip_of(sound(), tmp_path / "bge-tiny.zip", below), Progress())
    assert found.model.name == "bge-tiny"
    assert (found.model.folder / "1_Pooling" / "config.json").is_file()
    assert found.model.size_bytes == sum(path.stat().st_size for path in found.model.folder.rglob("*.*")) + 4


def test_a_second_one_of_the_same_name_takes_nobodys_place(tmp_path: Path) -> None:
    source = folder_of(sound(), tmp_path / "m")
    assert import_model(source, Progress()).model.name == "m"
    assert import_model(source, Progress()).model.name == "m 2"


def test_links_of_a_model_store_are_followed(tmp_path: Path) -> None:
    files = sound()
    blob = tmp_path / "blobs" / "0123"
    blob.parent.mkdir()
    blob.write_bytes(files.pop("model.safetensors"))
    source = folder_of(files, tmp_path / "snapshot")
    (source / "model.safetensors").symlink_to(blob)
    model = import_model(source, Progress()).model
    assert not (model.folder / "model.safetensors").is_symlink()


Spoil = Callable[[dict[str, bytes]], object]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda files: files.pop("modules.json"), "modules.json is missing"),
        (lambda files: files.update({"modules.json": b"{"}), "damaged"),
        (lambda files: files.update({"modeling.py": b"x"}), "program code"),
        (lambda files: files.update({"modules.json": b'[{"type": "evil.Code"}]'}), "program code"),
        (lambda files: files.pop("model.safetensors"), "unsafe old format"),
        (lambda files: files.update({"model.safetensors": b"\x80\x04pickle"}), "no file of weights"),
        (lambda files: files.update({"model.safetensors": weights() + b"more"}), "no file of weights"),
        (lambda files: files.update({"model.safetensors": struct.pack("<Q", 1 << 60)}), "no file of weights"),
        (lambda files: files.update({"b/modules.json": files["modules.json"]}) or files.update(
            {"a/modules.json": files.pop("modules.json")}), "several models"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_what_is_no_safe_model_stays_out(tmp_path: Path, spoil: Spoil, words: str, kind: str) -> None:
    files = sound()
    spoil(files)
    source = folder_of(files, tmp_path / "m") if kind == "folder" else zip_of(files, tmp_path / "m.zip")
    with pytest.raises(UserError, match=words) as caught:
        import_model(source, Progress())
    assert ".part" not in str(caught.value)
    assert nothing_came_in()


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json", "a/../../evil.json", "/etc/evil.json", "C:\\evil.json", "..\\evil.json", "aux.json",
        "a/b\n.json",
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="leads elsewhere"):
        import_model(zip_of({**sound(), name: b"{}"}, tmp_path / "m.zip"), Progress())
    assert nothing_came_in()
    assert not list(tmp_path.rglob("evil*"))


def test_links_in_zip_files_are_refused(tmp_path: Path) -> None:
    path = zip_of(sound(), tmp_path / "m.zip")
    link = zipfile.ZipInfo("tokenizer.json")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UserError, match="link"):
        import_model(path, Progress())
    assert nothing_came_in()


def test_names_that_differ_by_case_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="twice"):
        import_model(zip_of({**sound(), "CONFIG.json": b"{}"}, tmp_path / "m.zip"), Progress())


def test_a_bomb_that_says_it_is_small_is_stopped(tmp_path: Path) -> None:
    path = zip_of({**sound(), "tokenizer.json": b" " * (64 << 20)}, tmp_path / "m.zip")
    raw = path.read_bytes()
    assert len(raw) < 1 << 20
    truth, lie = struct.pack("<L", 64 << 20), struct.pack("<L", 64)
    path.write_bytes(raw.replace(truth, lie))
    with pytest.raises(UserError):
        import_model(path, Progress())
    assert nothing_came_in()


def test_too_much_is_refused_before_a_byte_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = folder_of(sound(), tmp_path / "m")
    monkeypatch.setattr(model_import, "MOST_BYTES", 100)
    with pytest.raises(UserError, match="larger than"):
        import_model(source, Progress())
    monkeypatch.undo()
    monkeypatch.setattr(model_import, "MOST_FILES", 3)
    with pytest.raises(UserError, match="more than 3 files"):
        import_model(source, Progress())
    with pytest.raises(UserError, match="more than 3 files"):
        import_model(zip_of(sound(), tmp_path / "m.zip"), Progress())


def test_a_full_disk_is_known_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr(model_import.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(UserError, match="the disk has"):
        import_model(folder_of(sound(), tmp_path / "m"), Progress())
    assert nothing_came_in()


def test_no_zip_file_at_all(tmp_path: Path) -> None:
    (tmp_path / "m.zip").write_bytes(b"PK\3\4 and nothing more")
    with pytest.raises(UserError, match="no zip file"):
        import_model(tmp_path / "m.zip", Progress())
    with pytest.raises(UserError, match="cannot be read"):
        import_model(tmp_path / "absent.zip", Progress())


def test_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    progress = Progress(lambda update: progress.cancel() if update.done else None)
    with pytest.raises(Cancelled):
        import_model(folder_of(sound(), tmp_path / "m"), progress)
    assert nothing_came_in()


def test_what_a_crash_left_is_tidied_up(tmp_path: Path) -> None:
    left = models.models_dir() / f".m.{'0' * 32}.part"
    left.mkdir(parents=True)
    kept = models.models_dir() / ".mine"
    kept.mkdir()
    import_model(folder_of(sound(), tmp_path / "m"), Progress())
    assert not left.exists()
    assert kept.exists()


def test_deleting_removes_what_was_imported_and_nothing_else(tmp_path: Path) -> None:
    model = import_model(folder_of(sound(), tmp_path / "m"), Progress()).model
    with pytest.raises(UserError, match="not imported"):
        models.delete(models.installed()[0])
    with pytest.raises(UserError, match="not imported"):
        models.delete(models.described(tmp_path / "m", removable=True))
    models.delete(model)
    assert nothing_came_in()
    assert (tmp_path / "m" / "model.safetensors").exists()


def test_the_folder_of_models_is_the_settings(tmp_path: Path) -> None:
    change_settings(models_dir=str(tmp_path / "mine"))
    folder_of(sound(), tmp_path / "mine" / "publisher" / "deep" / "m")
    assert [model.name for model in models.installed()[1:]] == ["m"]
    recorded = EmbedderIdentity(kind="folder", name="C:\\elsewhere\\m", dim=8, fingerprint="")
    assert _folder_of(recorded) == tmp_path / "mine" / "publisher" / "deep" / "m"


def test_a_pipe_and_names_that_are_no_text_are_explained(tmp_path: Path) -> None:
    archive = zip_of({**sound(), "é.txt": b"x"}, tmp_path / "m.zip")
    archive.write_bytes(archive.read_bytes().replace("é.txt".encode(), b"\xff\xfe.txt"))
    with pytest.raises(UserError, match="no zip file that can be read"):
        import_model(archive, Progress())
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.zip")
        with pytest.raises(UserError, match="not an ordinary file"):
            import_model(tmp_path / "pipe.zip", Progress())
    assert nothing_came_in()
