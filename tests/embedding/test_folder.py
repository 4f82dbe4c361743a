from __future__ import annotations

import importlib.util
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from saerch_desktop.embedding import folder as folder_module
from saerch_desktop.embedding.folder import FolderEmbedder, check_folder, folder_fingerprint
from saerch_desktop.embedding.minilm_weights import find_minilm
from saerch_desktop.errors import UserError

_MODULES = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder that looks like a model."""
    path = tmp_path / "model"
    (path / "1_Pooling").mkdir(parents=True)
    (path / "modules.json").write_text(json.dumps(_MODULES))
    (path / "1_Pooling" / "config.json").write_text("{}")
    (path / "model.safetensors").write_bytes(b"weights")
    (path / "README.md").write_text("words")
    return path


def test_a_model_folder_passes(model: Path) -> None:
    check_folder(model)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: (path / "modules.json").unlink(), "no modules.json"),
        (lambda path: (path / "modules.json").write_text("{"), "damaged"),
        (lambda path: (path / "modules.json").write_text("{}"), "damaged"),
        (lambda path: (path / "model.safetensors").unlink(), "no weights"),
        (
            lambda path: (path / "model.safetensors").rename(path / "pytorch_model.bin"),
            "unsafe old format",
        ),
        (lambda path: (path / "1_Pooling" / "pytorch_model.bin").write_bytes(b"x"), "unsafe old format"),
        (lambda path: (path / "modeling_evil.py").write_text("print('hello')"), "program code"),
        (
            lambda path: (path / "modules.json").write_text(json.dumps([{"type": "os.system"}])),
            "program code of its own",
        ),
    ],
)
def test_other_folders_are_refused_in_words(model: Path, spoil: object, words: str) -> None:
    spoil(model)  # type: ignore[operator]
    with pytest.raises(UserError, match=words):
        check_folder(model)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a sentence-transformers model"):
        FolderEmbedder(tmp_path / "gone")


def test_the_fingerprint_follows_what_decides_the_vectors(model: Path, tmp_path: Path) -> None:
    before = folder_fingerprint(model)
    moved = tmp_path / "elsewhere"
    shutil.copytree(model, moved)
    (moved / "README.md").write_text("other words")
    assert folder_fingerprint(moved) == before
    (moved / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    assert folder_fingerprint(moved) != before
    (model / "model.safetensors").write_bytes(b"others!")
    assert folder_fingerprint(model) != before


def test_the_missing_package_is_named_with_its_command(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError) as caught:
        FolderEmbedder(model)
    assert "pip install" in caught.value.remedy


@pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None, reason="sentence-transformers is not installed"
)
@pytest.mark.filterwarnings("default")
@pytest.mark.expects_log
def test_a_real_model_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    from saerch_desktop.embedding.minilm_encoder import MiniLM

    path = find_minilm().weights.parent
    embedder = FolderEmbedder(path)
    assert (embedder.identity.kind, embedder.identity.dim) == ("folder", 384)
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    texts = ["Dark matter halos", "", "half \ud800", "a longer text about galaxies " * 30]
    made = embedder.embed(texts)
    assert made.failed == {}
    np.testing.assert_allclose(made.vectors, MiniLM().embed(texts).vectors, atol=2e-3)
    with pytest.raises(UserError, match="not the one"):
        FolderEmbedder(path, expected=embedder.identity.model_copy(update={"fingerprint": "0" * 64}))


def test_a_name_that_no_folder_can_have(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a sentence-transformers model"):
        check_folder(tmp_path / ("x" * 300))
