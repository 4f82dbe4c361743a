"""dictionary_learning: `ae.pt` beside `config.json` (github.com/saprmarks/dictionary_learning).

TopK, BatchTopK and Matryoshka BatchTopK; the last two keep what is over one threshold when they are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from saerch_desktop.errors import UserError
from saerch_desktop.files import write_json
from saerch_desktop.sae.dialects.description import Description, read_description
from saerch_desktop.sae.dialects.dialect import Dialect, lost_levels, same_k
from saerch_desktop.sae.dialects.folding import Foreign, folded
from saerch_desktop.sae.dialects.one_threshold import lost_thresholds, with_one_threshold
from saerch_desktop.sae.dialects.portable import Portable, unreadable, unsupported
from saerch_desktop.sae.dialects.tensor_file import Tensors, read_torch, tensors_of

_WEIGHTS: Final = "ae.pt"
_CONFIG: Final = "config.json"
_TOPK, _BATCH, _MATRYOSHKA = "AutoEncoderTopK", "BatchTopKSAE", "MatryoshkaBatchTopKSAE"
_KNOWN: Final = (_TOPK, _BATCH, _MATRYOSHKA)


def _claims(content: Mapping[str, Any]) -> bool:
    linear = {"encoder.weight", "encoder.bias", "decoder.weight", "b_dec"} <= set(content)
    return linear or {"W_enc", "W_dec", "b_enc", "b_dec"} <= set(content)


def _read(path: Path, k: int | None) -> Portable:
    tensors = tensors_of(path, read_torch(path))
    trainer = _trainer(path)
    kind = trainer.word("dict_class", "")
    if kind not in _KNOWN:
        raise unsupported(
            path.name,
            f"is of the class {kind or 'that its config.json does not name'}, which cannot be computed here",
            f"Import one of the classes {', '.join(_KNOWN)}, or train an autoencoder here.",
        )
    own_k = int(tensors.number("k")) if "k" in tensors else trainer.whole("k")
    k = same_k(own_k, k, path.name)
    return folded(_matryoshka(tensors, k) if kind == _MATRYOSHKA else _linear(tensors, k, kind == _BATCH))


def _trainer(path: Path) -> Description:
    """What the description says about the training; it lies beside the weights, or above a checkpoint's."""
    for folder in (path.parent, path.parent.parent):
        if (folder / _CONFIG).is_file():
            return read_description(folder / _CONFIG).part("trainer")
    raise UserError(
        f"There is no {_CONFIG} beside {path.name}.",
        "The weights alone do not tell what kind of autoencoder this is, so nothing was imported.",
        f"Fetch the {_CONFIG} of the same training and put it into the same folder.",
    )


def _linear(tensors: Tensors, k: int | None, by_threshold: bool) -> Foreign:
    encoder = tensors.array("encoder.weight", None, None)
    features, dim = encoder.shape
    return Foreign(
        file=tensors.file,
        encoder=encoder,
        decoder=np.ascontiguousarray(tensors.array("decoder.weight", dim, features).T),
        pre_bias=tensors.array("b_dec", dim),
        latent_bias=tensors.array("encoder.bias", features),
        k=k,
        threshold=_threshold(tensors, features) if by_threshold else None,
    )


def _matryoshka(tensors: Tensors, k: int | None) -> Foreign:
    encoder = tensors.array("W_enc", None, None)
    dim, features = encoder.shape
    sizes = tensors.integers("group_sizes")
    if sum(sizes) != features or min(sizes, default=0) < 1:
        raise unreadable(tensors.file, "its group sizes do not add up to its features")
    prefixes = ", ".join(f"{size:,}" for size in np.cumsum(sizes)[:12])
    return Foreign(
        file=tensors.file,
        encoder=np.ascontiguousarray(encoder.T),
        decoder=tensors.array("W_dec", features, dim),
        pre_bias=tensors.array("b_dec", dim),
        latent_bias=tensors.array("b_enc", features),
        k=k,
        threshold=_threshold(tensors, features),
        notes=(f"It was trained so that its first {prefixes} features rebuild a vector; all are used here.",),
    )


def _threshold(tensors: Tensors, features: int) -> Any:
    value = tensors.number("threshold")
    return np.full(features, max(0.0, value), np.float32)


def _lost(portable: Portable) -> tuple[str, ...]:
    if portable.variant != "batchtopk":
        return lost_levels(portable)
    with_one_threshold(portable, "dictionary_learning")  # refuses what cannot be held
    return lost_thresholds(portable)


def _write(portable: Portable, folder: Path, name: str) -> None:
    from saerch_desktop.sae.dialects.tensor_writing import save_torch, tensor

    threshold = -1.0  # what that package has before a threshold was learnt
    by_threshold = portable.variant == "batchtopk"
    if by_threshold:
        portable, threshold = with_one_threshold(portable, "dictionary_learning")
    content = {
        "b_dec": tensor(portable.pre_bias),
        "k": tensor(np.asarray(portable.k or 1, np.int32)),
        "threshold": tensor(np.asarray(threshold, np.float32)),
        "decoder.weight": tensor(portable.decoder.T),
        "encoder.weight": tensor(portable.encoder),
        "encoder.bias": tensor(portable.latent_bias),
    }
    save_torch(folder / _WEIGHTS, content)
    trainer = {
        "trainer_class": "BatchTopKTrainer" if by_threshold else "TopKTrainer",
        "dict_class": _BATCH if by_threshold else _TOPK,
        "activation_dim": portable.dim,
        "dict_size": portable.features,
        "k": portable.k or 1,
        "layer": 0,
        "lm_name": "",
        "submodule_name": name,
    }
    write_json(folder / _CONFIG, {"trainer": trainer})


DIALECT: Final = Dialect(
    name="dictionary_learning",
    title=f"dictionary_learning ({_WEIGHTS} + {_CONFIG})",
    read=_read,
    pair=(_WEIGHTS, _CONFIG),
    claims=_claims,
    lost=_lost,
    write=_write,
)
