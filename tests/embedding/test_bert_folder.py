"""A BERT in a folder gives the vectors that sentence-transformers would, without that package."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saerch_desktop.embedding.bert_folder import BertFolder, UnfitError
from saerch_desktop.embedding.folder import FolderEmbedder
from saerch_desktop.embedding.minilm_encoder import MiniLM
from saerch_desktop.embedding.minilm_weights import find_minilm
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress

TEXTS = ["a", "The quick brown fox jumps.", "Ünïcode — naïve café 漢字", "long text " * 300, "", "fox"]


@pytest.fixture(scope="session")
def whole() -> Path:
    """The built-in model's folder, which is a whole sentence-transformers model."""
    try:
        folder = find_minilm().weights.parent
    except UserError:
        pytest.skip("the built-in model is not installed")
    if not (folder / "modules.json").is_file():
        pytest.skip("only the built-in model's two files are here")
    return folder


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    """A copy whose small files may be spoilt; the weights are shared."""
    made = tmp_path / "model"
    shutil.copytree(whole, made, ignore=shutil.ignore_patterns("model.safetensors"))
    (made / "model.safetensors").symlink_to(whole / "model.safetensors")
    return made


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_the_vectors_are_those_of_the_built_in_model(whole: Path) -> None:
    folder = FolderEmbedder(whole)
    batch = folder.embed(TEXTS)
    expected = MiniLM(bfloat16=False).embed(TEXTS)
    np.testing.assert_allclose(batch.vectors, expected.vectors, atol=1e-6)
    assert folder.identity.dim == 384
    assert folder.identity.kind == "folder"


def test_the_first_token_is_taken_where_the_model_says_so(copied: Path) -> None:
    mean = BertFolder(copied).encode(TEXTS[:3])
    change(copied / "1_Pooling" / "config.json", pooling_mode_mean_tokens=False, pooling_mode_cls_token=True)
    first = BertFolder(copied).encode(TEXTS[:3])
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-6)
    assert np.abs(first - mean).max() > 0.05


def test_the_models_own_limit_cuts_long_texts(copied: Path) -> None:
    change(copied / "sentence_bert_config.json", max_seq_length=8)
    model = BertFolder(copied)
    short, long = model.encode(
        ["one two three four five six", "one two three four five six seven eight nine"]
    )
    np.testing.assert_allclose(short, long, atol=1e-6)


def test_small_letters_are_made_where_the_model_says_so(copied: Path) -> None:
    change(copied / "sentence_bert_config.json", do_lower_case=True)
    small, large = BertFolder(copied).encode(["fox", "FOX"])
    np.testing.assert_allclose(small, large, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("config.json", {"model_type": "xlm-roberta"}, "model type"),
        ("config.json", {"hidden_act": "silu"}, "hidden act"),
        ("config.json", {"position_embedding_type": "relative_key"}, "position"),
        ("config.json", {"num_attention_heads": 7}, "no sense"),
        ("config.json", {"hidden_size": "many"}, "no sense"),
        ("config.json", {"num_hidden_layers": 7}, "not those of a BERT"),
        ("config.json", {"hidden_size": 192}, "do not go together"),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "not known here"),
        ("config_sentence_transformers.json", {"default_prompt_name": "query"}, "words of its own"),
    ],
)
def test_other_models_are_told_apart(copied: Path, name: str, values: dict[str, Any], words: str) -> None:
    change(copied / name, **values)
    with pytest.raises(UnfitError, match=words):
        BertFolder(copied)


def test_further_layers_of_another_kind_are_not_passed_over(copied: Path) -> None:
    modules = json.loads((copied / "modules.json").read_text())
    dense = {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
    (copied / "modules.json").write_text(json.dumps([*modules, dense]))
    with pytest.raises(UnfitError, match="Dense"):
        BertFolder(copied)


def test_a_path_out_of_the_folder_is_refused(copied: Path) -> None:
    modules = json.loads((copied / "modules.json").read_text())
    modules[0]["path"] = "../elsewhere"
    (copied / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(UnfitError, match="outside"):
        BertFolder(copied)


def test_it_stops_between_layers(whole: Path) -> None:
    calls: list[int] = []
    progress = Progress()

    def check() -> None:
        calls.append(1)
        if len(calls) == 3:
            progress.cancel()
        progress.check()

    with pytest.raises(Cancelled):
        BertFolder(whole).encode(["text"], check=check)
    assert len(calls) == 3
