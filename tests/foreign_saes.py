"""Foreign autoencoders written by hand to the layouts that their programs document, and what they compute.

The oracles here are the programs' own formulas in dense float64, kept apart from the package under test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

Floats = NDArray[Any]
DIM, FEATURES, K = 24, 96, 6


def units(rows: int, dim: int = DIM, seed: int = 5) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).standard_normal((rows, dim))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


@dataclass(frozen=True)
class Weights:
    """encoder and decoder (n, d), biases, thresholds (n,), as plain arrays."""

    encoder: Floats
    decoder: Floats
    pre_bias: Floats
    latent_bias: Floats
    threshold: Floats
    k: int = K

    @property
    def dim(self) -> int:
        return int(self.encoder.shape[1])

    @property
    def features(self) -> int:
        return int(self.encoder.shape[0])

    def scaled_decoder(self, lengths: Floats) -> Weights:
        return replace(self, decoder=self.decoder * np.asarray(lengths)[:, None])


def weights(dim: int = DIM, features: int = FEATURES, k: int = K, seed: int = 0) -> Weights:
    chance = np.random.default_rng(seed)
    decoder = units(features, dim, seed + 1)
    encoder = 0.8 * decoder + 0.05 * chance.standard_normal((features, dim))
    return Weights(
        encoder=encoder.astype(np.float32),
        decoder=decoder,
        pre_bias=(0.05 * chance.standard_normal(dim)).astype(np.float32),
        latent_bias=(0.03 * chance.standard_normal(features)).astype(np.float32),
        threshold=chance.uniform(0.05, 0.25, features).astype(np.float32),
        k=k,
    )


def computed(
    w: Weights,
    x: Floats,
    *,
    select: str = "topk",
    threshold: Floats | float | None = None,
    subtract: bool = True,
    rescaled: bool = False,
) -> Floats:
    """The reconstruction (m, d) by the documented formula, dense and in float64."""
    encoder, decoder = w.encoder.astype(np.float64), w.decoder.astype(np.float64)
    bias = w.pre_bias.astype(np.float64)
    pre = (x - bias * subtract) @ encoder.T + w.latent_bias
    lengths = np.linalg.norm(decoder, axis=1)
    if rescaled:
        pre = pre * lengths
    acts = np.zeros_like(pre)
    if select == "topk":
        chosen = np.argsort(-pre, axis=1, kind="stable")[:, : w.k]
        np.put_along_axis(acts, chosen, np.maximum(np.take_along_axis(pre, chosen, 1), 0), 1)
    else:
        acts = np.maximum(pre, 0) * (pre > (w.threshold if threshold is None else threshold))
    if rescaled:
        acts = acts / lengths
    return acts @ decoder + bias


def tensors(parts: Mapping[str, Any], dtype: torch.dtype = torch.float32) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(np.ascontiguousarray(part)).to(dtype) for name, part in parts.items()}


def write_paper(folder: Path, w: Weights, name: str | None = None, **more: Any) -> Path:
    path = folder / (name or f"astroPH_{w.k}_{w.features}.pth")
    state: dict[str, Any] = tensors(
        {
            "pre_bias": w.pre_bias,
            "latent_bias": w.latent_bias,
            "encoder.weight": w.encoder,
            "decoder.weight": w.decoder.T,
        }
    )
    torch.save(state | more, path)
    return path


def write_saelens(
    folder: Path, w: Weights, kind: str = "topk", dtype: torch.dtype = torch.float32, **config: Any
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"W_enc": w.encoder.T, "W_dec": w.decoder, "b_enc": w.latent_bias, "b_dec": w.pre_bias}
    if kind == "jumprelu":
        parts["threshold"] = w.threshold
    save_file(tensors(parts, dtype), folder / "sae_weights.safetensors")
    about: dict[str, Any] = {
        "architecture": kind,
        "d_in": w.dim,
        "d_sae": w.features,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "reshape_activations": "none",
        "metadata": {"sae_lens_version": "6.54.12"},
    }
    if kind == "topk":
        about |= {"k": w.k, "rescale_acts_by_decoder_norm": False}
    (folder / "cfg.json").write_text(json.dumps(about | config))
    return folder


def write_sparsify(folder: Path, w: Weights, dtype: torch.dtype = torch.float32, **config: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    parts = {
        "encoder.weight": w.encoder,
        "encoder.bias": w.latent_bias,
        "W_dec": w.decoder,
        "b_dec": w.pre_bias,
    }
    save_file(tensors(parts, dtype), folder / "sae.safetensors")
    about: dict[str, Any] = {
        "activation": "topk",
        "expansion_factor": 32,
        "normalize_decoder": True,
        "num_latents": w.features,
        "k": w.k,
        "multi_topk": False,
        "skip_connection": False,
        "transcode": False,
        "d_in": w.dim,
    }
    (folder / "cfg.json").write_text(json.dumps(about | config))
    return folder


def write_dictionary_learning(
    folder: Path, w: Weights, kind: str = "AutoEncoderTopK", threshold: float = -1.0, **more: Any
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "MatryoshkaBatchTopKSAE":
        parts = {"W_enc": w.encoder.T, "b_enc": w.latent_bias, "W_dec": w.decoder, "b_dec": w.pre_bias}
    else:
        parts = {
            "encoder.weight": w.encoder,
            "encoder.bias": w.latent_bias,
            "decoder.weight": w.decoder.T,
            "b_dec": w.pre_bias,
        }
    state: dict[str, Any] = tensors(parts)
    state |= {"k": torch.tensor(w.k, dtype=torch.int), "threshold": torch.tensor(threshold)}
    if kind == "MatryoshkaBatchTopKSAE":
        state["group_sizes"] = torch.tensor([w.features // 4, w.features - w.features // 4])
    torch.save(state | more, folder / "ae.pt")
    (folder / "config.json").write_text(json.dumps({"trainer": {"dict_class": kind, "k": w.k}}))
    return folder


def write_hypothesaes(folder: Path, w: Weights, threshold: float = 0.0, **config: Any) -> Path:
    path = folder / f"SAE_M={w.features}_K={w.k}.pt"
    state = tensors(
        {
            "input_bias": w.pre_bias,
            "neuron_bias": w.latent_bias,
            "encoder.weight": w.encoder,
            "decoder.weight": w.decoder.T,
        }
    )
    state["threshold"] = torch.tensor(threshold)
    about = {
        "input_dim": w.dim,
        "m_total_neurons": w.features,
        "k_active_neurons": w.k,
        "aux_k": 2 * w.k,
        "multi_k": None,
        "dead_neuron_threshold_steps": 256,
        "prefix_lengths": None,
        "use_batch_topk": False,
    }
    torch.save({"config": about | config, "state_dict": state}, path)
    return path


def write_openai(folder: Path, w: Weights, activation: str = "TopK", postact: str = "ReLU") -> Path:
    path = folder / "autoencoder.pt"
    state: dict[str, Any] = tensors(
        {
            "pre_bias": w.pre_bias,
            "latent_bias": w.latent_bias,
            "encoder.weight": w.encoder,
            "decoder.weight": w.decoder.T,
        }
    )
    state["stats_last_nonzero"] = torch.zeros(w.features, dtype=torch.long)
    state["activation"] = activation
    state["activation_state_dict"] = {"k": w.k, "postact_fn": postact} if activation == "TopK" else {}
    torch.save(state, path)
    return path


def write_sentence_transformers(folder: Path, w: Weights, **config: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    # The tied matrix is saved once, under the name of the decoder.
    tied = "decoder.linear.weight"
    parts = tensors({"pre_bias": w.pre_bias, "latent_bias": w.latent_bias, tied: w.encoder})
    parts["stats_last_nonzero"] = torch.zeros(w.features, dtype=torch.long)
    save_file(parts, folder / "model.safetensors")
    about = {
        "input_dim": w.dim,
        "hidden_dim": w.features,
        "k": w.k,
        "k_aux": 512,
        "normalize": False,
        "dead_threshold": 30,
    }
    (folder / "config.json").write_text(json.dumps(about | config))
    return folder


TOPK_WRITERS: dict[str, Callable[[Path, Weights], Path]] = {
    "paper": write_paper,
    "saelens": write_saelens,
    "sparsify": write_sparsify,
    "dictionary_learning": write_dictionary_learning,
    "hypothesaes": write_hypothesaes,
}
