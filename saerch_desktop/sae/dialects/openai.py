"""OpenAI's sparse_autoencoder: a state dictionary with the activation's name.

Source: github.com/openai/sparse_autoencoder, model.py.

That package normalises the input of every TopK file it loads (mean 0, deviation 1 per vector), and no file
says whether its autoencoder was trained so. Normalising is no linear map, so `openai` refuses such files;
`openai_raw` is for those that the user knows to be trained on the vectors as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from saerch_desktop.sae.dialects.description import Description
from saerch_desktop.sae.dialects.dialect import Dialect, lost_by_fixed_k, same_k
from saerch_desktop.sae.dialects.folding import Foreign, folded
from saerch_desktop.sae.dialects.portable import Portable, unsupported
from saerch_desktop.sae.dialects.tensor_file import Tensors, read_torch, tensors_of

_WEIGHTS: Final = {"encoder.weight", "pre_bias", "latent_bias"}
_MARKS: Final = {"activation", "activation_state_dict", "stats_last_nonzero"}


def _claims(content: Mapping[str, Any]) -> bool:
    return set(content) >= _WEIGHTS and not _MARKS.isdisjoint(content)


def _refuse(path: Path, k: int | None) -> Portable:
    _topk(tensors_of(path, read_torch(path)))
    raise unsupported(
        path.name,
        "is a TopK file of OpenAI's sparse_autoencoder, whose loader gives each vector mean 0 and deviation "
        "1 before encoding; that cannot be computed here",
        "If you know that it was trained without (normalize=False), import it with --format openai_raw.",
    )


def _read(path: Path, k: int | None) -> Portable:
    tensors = tensors_of(path, read_torch(path))
    own_k = _topk(tensors)
    encoder = tensors.array("encoder.weight", None, None)
    features, dim = encoder.shape
    # A tied decoder has no tensor of its own.
    tied = "decoder.weight" not in tensors
    decoder = encoder if tied else np.ascontiguousarray(tensors.array("decoder.weight", dim, features).T)
    return folded(
        Foreign(
            file=path.name,
            encoder=encoder,
            decoder=decoder,
            pre_bias=tensors.array("pre_bias", dim),
            latent_bias=tensors.array("latent_bias", features),
            k=same_k(own_k, k, path.name),
        )
    )


def _topk(tensors: Tensors) -> int | None:
    """The k of a TopK activation with ReLU. UserError for any other activation."""
    values = Description(tensors.file, tensors.extras)
    kind = values.word("activation", "ReLU")
    state = values.part("activation_state_dict")
    if kind == "TopK" and state.word("postact_fn", "ReLU") == "ReLU":
        return state.whole("k")
    what = (
        "keeps every feature over zero (ReLU), with neither a number k nor thresholds"
        if kind == "ReLU"
        else f"has the activation {kind} {state.word('postact_fn', '')}".rstrip()
        + ", which cannot be computed here"
    )
    raise unsupported(
        tensors.file, what, "Import one with the activation TopK, or train an autoencoder here."
    )


def _lost(portable: Portable) -> tuple[str, ...]:
    return (
        *lost_by_fixed_k("openai_raw", portable),
        "That package's from_state_dict normalises the input: build Autoencoder(…, normalize=False) there.",
    )


def _write(portable: Portable, folder: Path, name: str) -> None:
    import torch

    from saerch_desktop.sae.dialects.tensor_writing import save_torch, tensor

    features = portable.features
    content = {
        "pre_bias": tensor(portable.pre_bias),
        "latent_bias": tensor(portable.latent_bias),
        "stats_last_nonzero": torch.zeros(features, dtype=torch.long),
        "latents_activation_frequency": torch.ones(features),
        "latents_mean_square": torch.zeros(features),
        "encoder.weight": tensor(portable.encoder),
        "decoder.weight": tensor(portable.decoder.T),
        "activation": "TopK",
        "activation_state_dict": {"k": portable.k, "postact_fn": "ReLU"},
    }
    save_torch(folder / f"autoencoder_{portable.k}_{features}.pt", content)


DIALECT: Final = Dialect(name="openai", title="OpenAI sparse_autoencoder (.pt)", read=_refuse, claims=_claims)
RAW: Final = Dialect(
    name="openai_raw",
    title="OpenAI sparse_autoencoder, trained with normalize=False (.pt)",
    read=_read,
    lost=_lost,
    write=_write,
)
