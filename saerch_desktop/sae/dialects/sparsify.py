"""EleutherAI's sparsify, and latent-sae in the same layout: `cfg.json` beside `sae.safetensors`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from saerch_desktop.files import write_json
from saerch_desktop.sae.dialects.description import Description, read_description
from saerch_desktop.sae.dialects.dialect import Dialect, lost_by_fixed_k, same_k
from saerch_desktop.sae.dialects.folding import Foreign, folded
from saerch_desktop.sae.dialects.portable import Portable, unreadable, unsupported
from saerch_desktop.sae.dialects.tensor_file import read_safetensors
from saerch_desktop.sae.tensors import write_tensors

_WEIGHTS: Final = "sae.safetensors"
_CONFIG: Final = "cfg.json"
_OTHERS: Final = "Import one with the activation topk, or train an autoencoder here."


def _read(path: Path, k: int | None) -> Portable:
    config = read_description(path.parent / _CONFIG)
    tensors = read_safetensors(path)
    _refuse_others(config)
    encoder = tensors.array("encoder.weight", None, None)
    features, dim = encoder.shape
    stated = config.whole("num_latents") or 0
    if (config.whole("d_in") or dim) != dim or (stated and stated != features):
        raise unreadable(path.name, f"its encoder is {features:,} × {dim}, and {config.file} says otherwise")
    if "W_skip" in tensors:
        raise unsupported(path.name, "adds a linear map of its input to its output", _OTHERS)
    multi = ("It was also trained for 4 k (multi_topk); it is used with k.",)
    return folded(
        Foreign(
            file=path.name,
            encoder=encoder,
            decoder=tensors.array("W_dec", features, dim),
            pre_bias=tensors.array("b_dec", dim),
            latent_bias=tensors.array("encoder.bias", features),
            k=same_k(config.whole("k"), k, config.file),
            notes=multi if config.flag("multi_topk", False) else (),
        )
    )


def _refuse_others(config: Description) -> None:
    # sparsify says "activation", latent-sae "sae_type"; neither: a version that knew nothing else.
    kind = config.word("sae_type", config.word("activation", "topk"))
    if kind != "topk":
        raise unsupported(config.file, f"is of the kind “{kind}”, which cannot be computed here", _OTHERS)
    if config.flag("signed", False):
        raise unsupported(config.file, "lets activations be negative (signed)", _OTHERS)
    if config.flag("transcode", False):
        raise unsupported(config.file, "is a transcoder: its output is not its input rebuilt", _OTHERS)
    if config.flag("skip_connection", False):
        raise unsupported(
            config.file, "adds a linear map of its input to its output (skip_connection)", _OTHERS
        )


def _lost(portable: Portable) -> tuple[str, ...]:
    return lost_by_fixed_k("sparsify", portable)


def _write(portable: Portable, folder: Path, name: str) -> None:
    tensors = {
        "W_dec": portable.decoder,
        "b_dec": portable.pre_bias,
        "encoder.bias": portable.latent_bias,
        "encoder.weight": portable.encoder,
    }
    write_tensors(folder / _WEIGHTS, tensors, {"format": "pt"})
    config = {
        "activation": "topk",
        "expansion_factor": max(1, round(portable.features / portable.dim)),
        "normalize_decoder": True,
        "num_latents": portable.features,
        "k": portable.k,
        "multi_topk": False,
        "skip_connection": False,
        "transcode": False,
        "d_in": portable.dim,
    }
    write_json(folder / _CONFIG, config)


DIALECT: Final = Dialect(
    name="sparsify",
    title=f"sparsify or latent-sae ({_CONFIG} + {_WEIGHTS})",
    read=_read,
    pair=(_WEIGHTS, _CONFIG),
    lost=_lost,
    write=_write,
)
