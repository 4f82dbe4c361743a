"""HypotheSAEs: `SAE_M=…_K=….pt`, a configuration and a state dictionary (github.com/rmovva/HypotheSAEs)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from saerch_desktop.sae.dialects.description import Description
from saerch_desktop.sae.dialects.dialect import Dialect, lost_levels, same_k
from saerch_desktop.sae.dialects.folding import Foreign, folded
from saerch_desktop.sae.dialects.one_threshold import lost_thresholds, with_one_threshold
from saerch_desktop.sae.dialects.portable import Portable, unreadable
from saerch_desktop.sae.dialects.tensor_file import read_torch, tensors_of


def _claims(content: Mapping[str, Any]) -> bool:
    return isinstance(content.get("config"), dict) and isinstance(content.get("state_dict"), dict)


def _read(path: Path, k: int | None) -> Portable:
    content = read_torch(path)
    if not _claims(content) or not all(isinstance(name, str) for name in content["state_dict"]):
        raise unreadable(path.name, "it lacks the parts config and state_dict")
    config = Description(path.name, content["config"])
    tensors = tensors_of(path, content["state_dict"])
    encoder = tensors.array("encoder.weight", None, None)
    features, dim = encoder.shape
    declared = (config.whole("m_total_neurons") or features, config.whole("input_dim") or dim)
    if declared != (features, dim):
        raise unreadable(path.name, f"its encoder is {features:,} × {dim}, and its config says otherwise")
    prefixes = config.wholes("prefix_lengths")
    if prefixes and (prefixes[-1] != features or prefixes[0] < 1 or list(prefixes) != sorted(set(prefixes))):
        raise unreadable(path.name, "its prefix lengths do not ascend to its number of features")
    by_threshold = config.flag("use_batch_topk", False)
    threshold = None
    notes: tuple[str, ...] = ()
    if by_threshold:
        threshold = np.full(features, max(0.0, tensors.number("threshold")), np.float32)
        if len(prefixes) > 1:
            shown = ", ".join(f"{size:,}" for size in prefixes[:12])
            notes = (
                f"It was trained so that its first {shown} features rebuild a vector; all are used here.",
            )
    return folded(
        Foreign(
            file=path.name,
            encoder=encoder,
            decoder=np.ascontiguousarray(tensors.array("decoder.weight", dim, features).T),
            pre_bias=tensors.array("input_bias", dim),
            latent_bias=tensors.array("neuron_bias", features),
            k=same_k(config.whole("k_active_neurons"), k, path.name),
            threshold=threshold,
            levels=prefixes if len(prefixes) > 1 and not by_threshold else (),
            notes=notes,
        )
    )


def _lost(portable: Portable) -> tuple[str, ...]:
    if portable.variant == "batchtopk":
        with_one_threshold(portable, "hypothesaes")  # refuses what cannot be held
        return lost_thresholds(portable)
    return () if portable.variant == "matryoshka" else lost_levels(portable)


def _write(portable: Portable, folder: Path, name: str) -> None:
    from saerch_desktop.sae.dialects.tensor_writing import save_torch, tensor

    by_threshold = portable.variant == "batchtopk"
    threshold = 0.0
    if by_threshold:
        portable, threshold = with_one_threshold(portable, "hypothesaes")
    k, features = portable.k or 1, portable.features
    prefixes = list(portable.levels) if portable.variant == "matryoshka" else None
    config = {
        "input_dim": portable.dim,
        "m_total_neurons": features,
        "k_active_neurons": k,
        "aux_k": min(2 * k, features),
        "multi_k": None,
        "dead_neuron_threshold_steps": 256,
        "prefix_lengths": prefixes,
        "use_batch_topk": by_threshold,
    }
    state = {
        "input_bias": tensor(portable.pre_bias),
        "neuron_bias": tensor(portable.latent_bias),
        "threshold": tensor(np.asarray(threshold, np.float32)),
        "encoder.weight": tensor(portable.encoder),
        "decoder.weight": tensor(portable.decoder.T),
    }
    kind = "SAE_matryoshka_M" if prefixes else "SAE_M"
    tail = f"_prefixes={'-'.join(str(size) for size in prefixes)}" if prefixes else ""
    save_torch(folder / f"{kind}={features}_K={k}{tail[:120]}.pt", {"config": config, "state_dict": state})


DIALECT: Final = Dialect(
    name="hypothesaes",
    title="HypotheSAEs (SAE_M=…_K=….pt)",
    read=_read,
    claims=_claims,
    lost=_lost,
    write=_write,
)
