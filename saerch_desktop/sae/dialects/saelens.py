"""SAELens: `cfg.json` beside `sae_weights.safetensors`. Versions 4 to 6 (github.com/decoderesearch/SAELens).

A trained BatchTopK or Matryoshka autoencoder is saved there as a JumpReLU, with one threshold per feature.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from saerch_desktop.files import write_json
from saerch_desktop.sae.dialects.description import Description, read_description
from saerch_desktop.sae.dialects.dialect import Dialect, lost_levels, same_k
from saerch_desktop.sae.dialects.folding import Foreign, folded
from saerch_desktop.sae.dialects.portable import Portable, unreadable, unsupported
from saerch_desktop.sae.dialects.tensor_file import read_safetensors
from saerch_desktop.sae.tensors import write_tensors

_WEIGHTS: Final = "sae_weights.safetensors"
_CONFIG: Final = "cfg.json"
_TRAIN_HERE: Final = "Train an autoencoder here, or one of the kinds topk or jumprelu there."
_UNFINISHED: Final = ("batchtopk", "matryoshka_batchtopk")


def _read(path: Path, k: int | None) -> Portable:
    config = read_description(path.parent / _CONFIG)
    tensors = read_safetensors(path)
    kind, own_k = _kind(config)
    _refuse_foreign_input(config)
    encoder = tensors.array("W_enc", None, None)
    dim, features = encoder.shape
    declared = (config.whole("d_in") or dim, config.whole("d_sae") or features)
    if declared != (dim, features):
        raise unreadable(path.name, f"its W_enc is {dim} × {features:,}, and {config.file} says otherwise")
    threshold = tensors.array("threshold", features) if kind == "jumprelu" else None
    if "scaling_factor" in tensors and not np.all(tensors.array("scaling_factor", features) == 1):
        raise unsupported(path.name, "has fine-tuned scaling factors, which cannot be kept here", _TRAIN_HERE)
    return folded(
        Foreign(
            file=path.name,
            encoder=np.ascontiguousarray(encoder.T),
            decoder=tensors.array("W_dec", features, dim),
            pre_bias=tensors.array("b_dec", dim),
            latent_bias=tensors.array("b_enc", features),
            k=same_k(own_k, k, config.file) if kind == "topk" else k,
            threshold=threshold,
            subtracts_bias=config.flag("apply_b_dec_to_input", True),
            rescaled=kind == "topk" and config.flag("rescale_acts_by_decoder_norm", False),
        )
    )


def _kind(config: Description) -> tuple[str, int | None]:
    """ "topk" with its k, or "jumprelu". UserError for every other architecture."""
    kind = config.word("architecture", "standard")
    own_k = config.whole("k")
    activation = config.word("activation_fn_str", config.word("activation_fn", "relu"))
    if activation == "topk" and kind in ("standard", "topk"):  # as versions before 6 wrote it
        kind, own_k = "topk", config.part("activation_fn_kwargs").whole("k") or own_k
    if kind in ("topk", "jumprelu"):
        if activation not in ("relu", "topk"):
            raise unsupported(config.file, f"has the activation “{activation}”, not a ReLU", _TRAIN_HERE)
        return kind, own_k
    if kind in _UNFINISHED:
        raise unsupported(
            config.file,
            f"is a training checkpoint of the kind “{kind}”, whose active features depend on the batch",
            "Save it with SAELens's save_inference_model, which turns it into a jumprelu.",
        )
    if kind == "standard":
        raise unsupported(
            config.file,
            "is of the architecture “standard”: every feature over zero is active, with neither a number k "
            "nor thresholds",
            _TRAIN_HERE,
        )
    raise unsupported(
        config.file, f"is of the architecture “{kind}”, which cannot be computed here", _TRAIN_HERE
    )


def _refuse_foreign_input(config: Description) -> None:
    """What would change the vectors before the encoder, other than the bias."""
    value = config.values.get("normalize_activations")
    how = (
        "none" if value in (None, False) else "expected_average_only_in" if value is True else str(value)[:60]
    )
    if how == "expected_average_only_in":
        raise unsupported(
            config.file,
            "scales its input by a factor that is not in the file (expected_average_only_in)",
            "Fold it in SAELens with fold_activation_norm_scaling_factor and save it again.",
        )
    if how != "none":
        raise unsupported(
            config.file,
            f"normalises each input in a way of its own (normalize_activations: {how})",
            "Import one that was trained on the vectors as they are.",
        )
    if config.word("reshape_activations", "none") != "none" or "hook_z" in config.word("hook_name", ""):
        raise unsupported(config.file, "is for attention heads, not for vectors of texts", _TRAIN_HERE)
    if config.flag("finetuning_scaling_factor", False):
        raise unsupported(
            config.file, "has fine-tuned scaling factors, which cannot be kept here", _TRAIN_HERE
        )


def _lost(portable: Portable) -> tuple[str, ...]:
    if portable.variant == "batchtopk":
        return (
            "The file has the threshold of each feature; that about "
            f"{portable.k} are active per document on average is not in it.",
        )
    return lost_levels(portable)


def _write(portable: Portable, folder: Path, name: str) -> None:
    tensors: dict[str, Any] = {
        "W_enc": portable.encoder.T,
        "W_dec": portable.decoder,
        "b_enc": portable.latent_bias,
        "b_dec": portable.pre_bias,
    }
    config: dict[str, Any] = {
        "architecture": "topk",
        "d_in": portable.dim,
        "d_sae": portable.features,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "reshape_activations": "none",
        # The layout of version 6; without a version it would be taken for an older one.
        "metadata": {"sae_lens_version": "6.0.0", "sae_lens_training_version": None, "name": name},
    }
    if portable.threshold is not None:
        tensors["threshold"] = portable.threshold
        config["architecture"] = "jumprelu"
    else:
        config |= {"k": portable.k, "rescale_acts_by_decoder_norm": False}
    write_tensors(folder / _WEIGHTS, tensors, {"format": "pt"})
    write_json(folder / _CONFIG, config)


DIALECT: Final = Dialect(
    name="saelens",
    title=f"SAELens ({_CONFIG} + {_WEIGHTS})",
    read=_read,
    pair=(_WEIGHTS, _CONFIG),
    lost=_lost,
    write=_write,
)
