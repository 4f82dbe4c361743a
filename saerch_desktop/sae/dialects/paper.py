"""The weights of the paper's own program: a state dictionary in a `.pth`, k only in the file's name.

Names, shapes and file names: github.com/Christine8888/saerch, topk_sae.py and app.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from saerch_desktop.sae.dialects.dialect import Dialect, lost_by_fixed_k
from saerch_desktop.sae.dialects.folding import Foreign, folded, k_is_missing
from saerch_desktop.sae.dialects.portable import Portable, unreadable
from saerch_desktop.sae.dialects.tensor_file import read_torch, tensors_of

_NAMES: Final = ("encoder.weight", "decoder.weight", "pre_bias", "latent_bias")
_PATTERNS: Final = (
    # {k}_{n}_{auxk}_auxk[_subject]_epoch_{e}
    re.compile(r"(?P<k>\d+)_(?P<n>\d+)_\d+_auxk(?:_\w+?)?_epoch_\d+"),
    # {subject}_{k}_{n}, and {domain}_{k}_{n}_{auxk}
    re.compile(r".+?_(?P<k>\d+)_(?P<n>\d+)"),
    re.compile(r".+?_(?P<k>\d+)_(?P<n>\d+)_\d+"),
    re.compile(r"(?P<k>\d+)_(?P<n>\d+)(?:_\d+)?"),
)


def k_in_name(stem: str, features: int) -> int | None:
    """The k that a file's name tells about an autoencoder of so many features; None where it tells none."""
    for pattern in _PATTERNS:
        found = pattern.fullmatch(stem[:300])
        if (
            found
            and len(found["k"]) < 10
            and int(found["n"][:12]) == features
            and 1 <= int(found["k"]) <= features
        ):
            return int(found["k"])
    return None


def _claims(content: Mapping[str, Any]) -> bool:
    return set(_NAMES) <= set(content) and "activation" not in content and "stats_last_nonzero" not in content


def _read(path: Path, k: int | None) -> Portable:
    tensors = tensors_of(path, read_torch(path))
    encoder = tensors.array("encoder.weight", None, None)
    features, dim = encoder.shape
    decoder = tensors.array("decoder.weight", dim, features)
    k = k if k is not None else k_in_name(path.stem, features)
    if k is None:
        raise k_is_missing(path.name)
    if "encoder.bias" in tensors:
        raise unreadable(path.name, "it has a bias in its encoder, which the paper's autoencoder has not")
    return folded(
        Foreign(
            file=path.name,
            encoder=encoder,
            decoder=np.ascontiguousarray(decoder.T),
            pre_bias=tensors.array("pre_bias", dim),
            latent_bias=tensors.array("latent_bias", features),
            k=k,
        )
    )


def _lost(portable: Portable) -> tuple[str, ...]:
    return lost_by_fixed_k("paper", portable)


def _write(portable: Portable, folder: Path, name: str) -> None:
    from saerch_desktop.sae.dialects.tensor_writing import save_torch, tensor

    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-") or "sae"
    save_torch(
        folder / f"{plain}_{portable.k}_{portable.features}.pth",
        {
            "pre_bias": tensor(portable.pre_bias),
            "latent_bias": tensor(portable.latent_bias),
            "encoder.weight": tensor(portable.encoder),
            "decoder.weight": tensor(portable.decoder.T),
        },
    )


DIALECT: Final = Dialect(
    name="paper",
    title="the paper's .pth",
    read=_read,
    claims=_claims,
    lost=_lost,
    write=_write,
    needs_k=True,
)
