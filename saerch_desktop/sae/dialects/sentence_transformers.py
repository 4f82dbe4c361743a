"""The SparseAutoEncoder of sentence-transformers: `config.json` beside `model.safetensors`, a tied decoder.

Read only: there the decoder is the encoder's own transpose, which none of ours is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from saerch_desktop.sae.dialects.description import read_description
from saerch_desktop.sae.dialects.dialect import Dialect, same_k
from saerch_desktop.sae.dialects.folding import Foreign, folded
from saerch_desktop.sae.dialects.portable import Portable, unreadable, unsupported
from saerch_desktop.sae.dialects.tensor_file import read_safetensors

_WEIGHTS: Final = "model.safetensors"
_CONFIG: Final = "config.json"
_TIED: Final = ("encoder.weight", "decoder.linear.weight")


def _read(path: Path, k: int | None) -> Portable:
    config = read_description(path.parent / _CONFIG)
    if "hidden_dim" not in config.values or "input_dim" not in config.values:
        raise unreadable(
            config.file, "it does not describe a SparseAutoEncoder (no input_dim and hidden_dim)"
        )
    if config.flag("normalize", False):
        raise unsupported(
            config.file,
            "gives each vector mean 0 and deviation 1 before encoding (normalize), which cannot be done here",
            "Import one that was trained without normalize, or train an autoencoder here.",
        )
    tensors = read_safetensors(path)
    features, dim = config.whole("hidden_dim") or 0, config.whole("input_dim") or 0
    # One matrix has two names there, and safetensors keeps it under one of them.
    tied = next((name for name in _TIED if name in tensors), _TIED[0])
    encoder = tensors.array(tied, features, dim)
    return folded(
        Foreign(
            file=path.name,
            encoder=encoder,
            decoder=encoder,
            pre_bias=tensors.array("pre_bias", dim),
            latent_bias=tensors.array("latent_bias", features),
            k=same_k(config.whole("k"), k, config.file),
        )
    )


DIALECT: Final = Dialect(
    name="sentence_transformers",
    title=f"sentence-transformers SparseAutoEncoder ({_CONFIG} + {_WEIGHTS})",
    read=_read,
    pair=(_WEIGHTS, _CONFIG),
)
