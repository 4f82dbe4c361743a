"""Which features of one SAE are found again in another: by direction, and by the documents they fire in.

Directions are compared as the paper does (section 5): decoder rows of unit length, so that their product is
the cosine. Nothing of shape features × other features is ever kept; products are made in blocks.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError

_BLOCK_BYTES: Final = 16 << 20


def nearest_in(
    decoder_rows: NDArray[np.float32],
    other_decoder: NDArray[np.float32],
    among: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each unit row of `decoder_rows` (m, d) the row of `other_decoder` (n, d) of highest cosine.

    Returns ids (m,) int64 and cosines (m,) float32; the lower id of equals. among (n,) limits the choice
    (live features); with nothing to choose from the id is −1 and the cosine −1. UserError: dimensions differ.
    """
    require_alike(decoder_rows, other_decoder)
    kept = np.arange(len(other_decoder)) if among is None else np.flatnonzero(among)
    ids = np.full(len(decoder_rows), -1, np.int64)
    cosines = np.full(len(decoder_rows), -1, np.float32)
    if kept.size == 0:
        return ids, cosines
    others = other_decoder if kept.size == len(other_decoder) else other_decoder[kept]
    step = max(1, _BLOCK_BYTES // (4 * kept.size))
    for start in range(0, len(decoder_rows), step):
        product = decoder_rows[start : start + step] @ others.T
        best = product.argmax(axis=1)
        ids[start : start + step] = kept[best]
        cosines[start : start + step] = np.take_along_axis(product, best[:, None], axis=1)[:, 0]
    return ids, cosines


def require_alike(decoder: NDArray[np.float32], other: NDArray[np.float32]) -> None:
    """UserError unless both decoders have directions of the same number of dimensions."""
    if decoder.shape[1] != other.shape[1]:
        raise UserError(
            f"The two SAEs cannot be compared: one has {decoder.shape[1]:,} dimensions, "
            f"the other {other.shape[1]:,}.",
            "Nothing was changed.",
            "Compare SAEs that were trained on the same vectors.",
        )
