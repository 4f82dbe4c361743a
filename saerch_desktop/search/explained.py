"""How much of a query its features account for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from saerch_desktop.sae.weights import Sae
    from saerch_desktop.search.steering import Query


def explained(sae: Sae, query: Query) -> float:
    """The share, 0 to 1, of what sets the query apart from the average text that its active features explain.

    1 - |q - x̂|² / |q - b|², with x̂ = Σ a_f d_f + b what the features rebuild (paper section 2.1) and b the
    SAE's centre: the share of explained variance, of this one vector. 0 where they make it no better.
    """
    q = query.vector.astype(np.float64)
    centre = sae.pre_bias.astype(np.float64)
    rebuilt = centre + query.values.astype(np.float64) @ sae.decoder[query.indices].astype(np.float64)
    whole = float(np.sum((q - centre) ** 2))
    if whole <= 0.0:
        return 0.0
    return max(0.0, 1.0 - float(np.sum((q - rebuilt) ** 2)) / whole)
