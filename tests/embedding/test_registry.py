from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from saerch_desktop.embedding.registry import embedder_for, open_embedder, parse_identity
from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import EmbedderIdentity


def library_of(identity: EmbedderIdentity | None) -> Any:
    vectors = None if identity is None else SimpleNamespace(embedder=identity)
    return SimpleNamespace(manifest=SimpleNamespace(name="Corpus", vectors=vectors))


def test_imports_nothing_heavy() -> None:
    code = (
        "import sys, saerch_desktop.embedding.registry, saerch_desktop.embedding.job;"
        "print([m for m in ('torch', 'openai', 'tenacity', 'tokenizers', 'keyring', 'PySide6', 'pyarrow',"
        " 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("spec", ["", "mini", "folder:", "openai:", "given:x", "http://x"])
def test_unknown_words_are_explained(spec: str) -> None:
    with pytest.raises(UserError, match="is not an embedder"):
        open_embedder(spec)


def test_services_elsewhere_need_permission_and_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with pytest.raises(UserError, match="switched off"):
        open_embedder("openai:text-embedding-3-small")
    embedder = open_embedder("openai:text-embedding-3-small", allow_network=True)
    assert (embedder.uses_network, embedder.identity.dim) == (True, 1536)
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(UserError, match="no key"):
        open_embedder("openai:text-embedding-3-small", allow_network=True)


def test_a_service_on_this_computer_needs_neither(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", service.url)
    embedder = open_embedder("openai:model-x")
    assert (embedder.uses_network, embedder.identity.dim) == (False, 8)


def test_identities_by_word(tmp_path: Path) -> None:
    minilm = parse_identity("minilm", 384)
    assert (minilm.kind, minilm.name, len(minilm.fingerprint)) == ("minilm", "all-MiniLM-L6-v2", 64)
    assert parse_identity("all-MiniLM-L6-v2", 384) == minilm
    small = parse_identity("openai:text-embedding-3-small", 1536)
    assert (small.kind, small.name) == ("openai", "text-embedding-3-small")
    assert parse_identity("openai:text-embedding-3-small", 512).dim == 512
    assert parse_identity("openai:my-model", 7).dim == 7
    assert parse_identity("some model", 5) == EmbedderIdentity(kind="given", name="some model", dim=5)
    assert parse_identity("given:mine", 5).name == "mine"
    assert parse_identity(f"folder:{tmp_path / 'gone'}", 5).kind == "folder"


@pytest.mark.parametrize(
    ("spec", "dim"),
    [("minilm", 768), ("openai:text-embedding-3-small", 3072), ("openai:text-embedding-ada-002", 512)],
)
def test_a_known_model_cannot_have_made_vectors_of_another_length(spec: str, dim: int) -> None:
    with pytest.raises(UserError, match=f"{dim}"):
        parse_identity(spec, dim)


def test_unknown_makers_leave_the_query_side_explained() -> None:
    with pytest.raises(UserError, match="no vectors yet"):
        embedder_for(library_of(None))
    with pytest.raises(UserError, match="unknown here"):
        embedder_for(library_of(EmbedderIdentity(kind="given", name="mine", dim=3)))


def test_another_minilm_is_refused() -> None:
    other = EmbedderIdentity(kind="minilm", name="all-MiniLM-L6-v2", dim=384, fingerprint="0" * 64)
    with pytest.raises(UserError, match="another version"):
        embedder_for(library_of(other))


def test_a_model_folder_that_is_gone_is_explained(tmp_path: Path) -> None:
    gone = EmbedderIdentity(kind="folder", name=str(tmp_path / "model"), dim=3, fingerprint="0" * 64)
    with pytest.raises(UserError, match="is not here"):
        embedder_for(library_of(gone))


def test_a_remote_maker_needs_permission_for_queries_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    record = EmbedderIdentity(kind="openai", name="text-embedding-3-small", dim=1536)
    with pytest.raises(UserError, match="switched off"):
        embedder_for(library_of(record))
    assert embedder_for(library_of(record), allow_network=True).identity == record
