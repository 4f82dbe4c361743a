"""An autoencoder with a threshold per feature as the same function with one threshold for all."""

from __future__ import annotations

import numpy as np

from saerch_desktop.sae.dialects.portable import Portable, cannot_hold


def with_one_threshold(portable: Portable, dialect: str) -> tuple[Portable, float]:
    """Features scaled so that all have the same threshold, the lengths of their directions the other way.

    UserError when some thresholds are zero and others are not. The decoder's rows need not be of length 1
    any more; the function is the same.
    """
    assert portable.threshold is not None
    thresholds = portable.threshold.astype(np.float64)
    low, high = float(thresholds.min()), float(thresholds.max())
    if high <= 0 or low == high:
        return portable, max(0.0, high)
    if low <= 0:
        raise cannot_hold(
            dialect,
            "its features have thresholds of their own, some of them zero, and this format has one for all",
            "Export it as saelens.",
        )
    common = float(np.median(thresholds))
    factor = common / thresholds
    scaled = Portable(
        encoder=(portable.encoder * factor[:, None]).astype(np.float32),
        decoder=(portable.decoder / factor[:, None]).astype(np.float32),
        pre_bias=portable.pre_bias,
        latent_bias=(portable.latent_bias * factor).astype(np.float32),
        k=portable.k,
        variant=portable.variant,
        threshold=np.full(portable.features, common, np.float32),
    )
    return scaled, common


def lost_thresholds(portable: Portable) -> tuple[str, ...]:
    """The sentence about directions that are not of length 1 in the file."""
    assert portable.threshold is not None
    low, high = float(portable.threshold.min()), float(portable.threshold.max())
    if high <= 0 or (high - low) <= 1e-3 * high:
        return ()
    return ("One threshold serves all features in the file, so its directions are of different lengths.",)
