"""Files that mean harm or are broken end in one explained refusal, and nothing from them is run."""

from __future__ import annotations

import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import foreign_saes as foreign
import numpy as np
import pytest
import torch
from foreign_saes import DIM, FEATURES, weights

from saerch_desktop.errors import UserError
from saerch_desktop.sae.dialects import registry, tensor_file


class _Runs:
    """Unpickled without care, it makes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self.mark),)


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        registry.read(path, **options)
    assert caught.value.meaning
    assert caught.value.remedy
    return str(caught.value)


def test_code_in_a_pickle_is_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    torch.save({"encoder.weight": _Runs(mark)}, tmp_path / "a_6_96.pth")
    (tmp_path / "b_6_96.pth").write_bytes(pickle.dumps(_Runs(mark)))
    for name in ("a_6_96.pth", "b_6_96.pth"):
        refused(tmp_path / name)
    assert not mark.exists()


def test_whole_modules_are_no_tensors(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(3, 3), tmp_path / "a_6_96.pth")
    assert "more than plain tensors" in refused(tmp_path / "a_6_96.pth")


@pytest.mark.parametrize("content", [[1, 2], {1: torch.zeros(2)}, torch.zeros(3)])
def test_what_is_no_table_of_names(content: Any, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a_6_96.pth")
    refused(tmp_path / "a_6_96.pth")


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.99])
def test_a_file_cut_short(part: float, tmp_path: Path) -> None:
    for write in (foreign.write_paper, foreign.write_hypothesaes):
        path = write(tmp_path, weights())
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * part)])
        refused(path)
    folder = foreign.write_saelens(tmp_path / "lens", weights())
    data = (folder / "sae_weights.safetensors").read_bytes()
    (folder / "sae_weights.safetensors").write_bytes(data[: int(len(data) * part)])
    refused(folder)


def test_flipped_bytes_never_escape_as_another_error(tmp_path: Path) -> None:
    path = foreign.write_paper(tmp_path, weights(dim=4, features=8, k=2))
    data = path.read_bytes()
    chance = np.random.default_rng(0)
    for _ in range(150):
        broken = bytearray(data)
        for at in chance.integers(0, len(data), 4):
            broken[at] = int(chance.integers(0, 256))
        path.write_bytes(bytes(broken))
        try:
            registry.read(path)
        except UserError:
            continue


def test_a_packed_archive_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    plain = foreign.write_paper(tmp_path, weights())
    packed = tmp_path / "packed_6_96.pth"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.namelist():
            target.writestr(entry, source.read(entry))
    assert "compressed" in refused(packed)


def test_parts_that_overlap_are_refused(tmp_path: Path) -> None:
    path = foreign.write_paper(tmp_path, weights())
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    for _ in range(3):  # the sizes in the central directory: packed and unpacked
        struct.pack_into("<II", data, at + 20, 1 << 30, 1 << 30)
        at = data.find(b"PK\x01\x02", at + 4)
    path.write_bytes(bytes(data))
    refused(path)


def test_the_format_of_before_2020_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old_6_96.pth"
    torch.save({"encoder.weight": torch.zeros(2, 2)}, path, _use_new_zipfile_serialization=False)
    assert "2020" in refused(path)


def test_a_file_larger_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensor_file, "_LARGEST_FILE", 1000)
    assert "larger than" in refused(foreign.write_paper(tmp_path, weights()))
    assert "larger than" in refused(foreign.write_saelens(tmp_path / "lens", weights()))


def test_a_view_that_claims_more_than_the_file_holds(tmp_path: Path) -> None:
    w = weights()
    huge = torch.zeros(1).expand(1 << 20, 1 << 20)
    path = foreign.write_paper(tmp_path, w, **{"encoder.weight": huge})
    assert "does not hold" in refused(path)


def test_huge_declared_shapes_in_safetensors(tmp_path: Path) -> None:
    folder = foreign.write_saelens(tmp_path, weights())
    header = {"W_enc": {"dtype": "F32", "shape": [1 << 31, 1 << 31], "data_offsets": [0, 16]}}
    text = json.dumps(header).encode()
    (folder / "sae_weights.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + bytes(16))
    refused(folder)
    (folder / "sae_weights.safetensors").write_bytes(struct.pack("<Q", 1 << 60) + bytes(64))
    assert "table of contents" in refused(folder)


@pytest.mark.parametrize("name", ["encoder.weight", "decoder.weight", "pre_bias", "latent_bias"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_no_numbers(name: str, value: float, tmp_path: Path) -> None:
    path = foreign.write_paper(tmp_path, weights())
    state = torch.load(path, weights_only=True)
    state[name].view(-1)[3] = value
    torch.save(state, path)
    assert name in refused(path)


@pytest.mark.parametrize("name", ["encoder.weight", "decoder.weight", "pre_bias", "latent_bias"])
def test_integers_wrong_shapes_and_missing_parts(name: str, tmp_path: Path) -> None:
    path = foreign.write_paper(tmp_path, weights())
    state = torch.load(path, weights_only=True)
    whole = {**state, name: torch.ones_like(state[name]).long()}
    torch.save(whole, path)
    assert "int64" in refused(path)
    torch.save({**state, name: state[name][:-1]}, path)
    refused(path)
    torch.save({**state, name: torch.zeros((0, *state[name].shape[1:]))}, path)
    refused(path)
    torch.save({**state, name: torch.tensor(1.0)}, path)
    refused(path)
    torch.save({**state, name: state[name].to_sparse()}, path)
    refused(path)
    torch.save({**state, name: state[name].to(torch.complex64)}, path)
    refused(path)
    del state[name]
    torch.save(state, path)
    refused(path)
    assert name in refused(path, format="paper", k=6)


@pytest.mark.parametrize("k", [0, -1, FEATURES + 1, True, 2.5, "6", [6], 10**30])
def test_every_k_that_is_none(k: Any, tmp_path: Path) -> None:
    refused(foreign.write_sparsify(tmp_path, weights(), k=k))
    (tmp_path / "h").mkdir()
    refused(foreign.write_hypothesaes(tmp_path / "h", weights(), k_active_neurons=k))


@pytest.mark.parametrize("k", [torch.tensor([1, 2]), torch.tensor(0), torch.tensor(float("nan"))])
def test_every_k_tensor_that_is_none(k: torch.Tensor, tmp_path: Path) -> None:
    refused(foreign.write_dictionary_learning(tmp_path, weights(), k=k))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000, '{"d_in": NaN}', '{"d_in": 1e999}'])
def test_descriptions_that_are_none(text: str, tmp_path: Path) -> None:
    folder = foreign.write_sparsify(tmp_path, weights())
    (folder / "cfg.json").write_text(text)
    refused(folder)


def test_a_description_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    folder = foreign.write_saelens(tmp_path, weights())
    with (folder / "cfg.json").open("r+b") as stream:
        stream.truncate(8 << 30)
    refused(folder)


def test_a_pipe_in_the_file_s_place(tmp_path: Path) -> None:
    folder = foreign.write_saelens(tmp_path, weights())
    (folder / "sae_weights.safetensors").unlink()
    os.mkfifo(folder / "sae_weights.safetensors")
    refused(folder)


def test_names_in_a_file_are_never_paths(tmp_path: Path) -> None:
    state = {"../../escape": torch.zeros(2), "x" * 5000: torch.zeros(2)}
    torch.save(state, tmp_path / "odd.pth")
    told = refused(tmp_path / "odd.pth")
    assert len(told) < 1500
    assert sorted(entry.name for entry in tmp_path.parent.iterdir() if "escape" in entry.name) == []


def test_an_activation_that_hides_a_table(tmp_path: Path) -> None:
    path = foreign.write_openai(tmp_path, weights())
    state = torch.load(path, weights_only=True)
    for odd in ({"k": "all"}, {"k": 2**70}, [1], 7):
        torch.save({**state, "activation_state_dict": odd}, path)
        refused(path, format="openai_raw")
    torch.save({**state, "activation": {"TopK": 1}}, path)
    refused(path)


def test_numbers_beyond_float32_are_refused(tmp_path: Path) -> None:
    w = weights()
    large = {"encoder.weight": torch.full((FEATURES, DIM), 1e300, dtype=torch.float64)}
    assert "finite" in refused(foreign.write_paper(tmp_path, w, **large))
    stretched = foreign.Weights(**{**vars(w), "encoder": w.encoder * 1e30, "decoder": w.decoder * 1e30})
    folder = foreign.write_dictionary_learning(tmp_path / "dl", stretched, "BatchTopKSAE", 0.1)
    assert "too large" in refused(folder)
