"""The sparse operations of a TopK autoencoder. Only the encoder's product is dense; the rest costs k, not n,
per row.

Decoding is `embedding_bag`, which gathers decoder rows by feature id. A weight gradient is the same sum the
other way round, gathering batch rows by the features that used them: a product with a CSR matrix where torch
has one, else `embedding_bag` again. All sum in a fixed order, so that runs repeat bit for bit.
"""

from __future__ import annotations

import functools
import math
import warnings
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from saerch_desktop.sae import accelerated

FEWEST_ROWS: Final = 256  # of a block: below this the product waits for the weights to come from memory


def pre_activations(x: Tensor, encoder: Tensor, latent_bias: Tensor, pre_bias: Tensor) -> Tensor:
    """W_enc (x − b_pre) + b_lat: x (B, d), encoder (n, d) → (B, n). Paper section 2.1."""
    return torch.addmm(latent_bias, x - pre_bias, encoder.t())


def weighted_rows(table: Tensor, indices: Tensor, weights: Tensor, starts: Tensor | None = None) -> Tensor:
    """Σ_j weights[b, j] · table[indices[b, j]]: table (n, d), indices and weights (B, k) → (B, d).

    Or flat ones (m,) with the start (B,) of each row's in them.
    """
    if starts is not None:
        quick = accelerated.sum_rows(table, indices, weights, starts, None, adds=False)
        if quick is not None:
            return quick
    found: Tensor = functional.embedding_bag(indices, table, starts, mode="sum", per_sample_weights=weights)
    return found


def sampled_products(left: Tensor, right: Tensor, rows: Tensor, starts: Tensor, columns: Tensor) -> Tensor:
    """left[rows] · right[columns] of the named pairs (m,) alone, which go row by row: left (b, d), starts
    (b,) of each row's pairs, right (n, d) → (m,).
    """
    if not len(rows):
        return left.new_zeros(0)
    quick = accelerated.dot_rows(left, right, rows, columns)
    if quick is not None:
        return quick
    found: Tensor = torch.ops.aten._embedding_bag_per_sample_weights_backward(
        left, right, columns, starts, rows, 0, -1
    )
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """m active codes of a batch as a flat list: the document (row of the inputs), the bag (row of the
    stacked residuals), the feature and its value.

    learns (m,): whether the value follows its pre-activation; None: where it is above zero.
    """

    documents: Tensor
    bags: Tensor
    features: Tensor
    values: Tensor
    learns: Tensor | None = None

    def followed_by(self, other: Codes) -> Codes:
        def both(name: str) -> Tensor:
            return torch.cat([getattr(self, name), getattr(other, name)])

        learns = torch.cat([self.learning(), other.learning()])
        return Codes(both("documents"), both("bags"), both("features"), both("values"), learns)

    def learning(self) -> Tensor:
        return self.values > 0 if self.learns is None else self.learns

    def at(self, order: Tensor) -> Codes:
        documents = self.documents[order]
        bags = documents if self.bags is self.documents else self.bags[order]
        learns = None if self.learns is None else self.learns[order]
        return Codes(documents, bags, self.features[order], self.values[order], learns)


@dataclass(frozen=True, slots=True, eq=False)
class ByFeature:
    """The same list in the order of features, shared by both weight gradients; starts (n + 1,) says where
    each feature's codes begin.

    Working feature by feature reads each row of the weights once and gathers from the batch, which is smaller
    than the weights and stays in the caches: the products take half of the time they take row by row.
    """

    codes: Codes
    starts: Tensor

    @classmethod
    def of(cls, codes: Codes, features: int) -> ByFeature:
        order = torch.sort(codes.features.int(), stable=True).indices
        starts = order.new_zeros(features + 1)
        torch.cumsum(torch.bincount(codes.features, minlength=features), 0, out=starts[1:])
        return cls(codes.at(order), starts)

    def products(self, table: Tensor, rows: Tensor) -> Tensor:
        """table[feature] · rows[bag] of every code that learns, 0 for others: table (n, d), rows (·, d) →
        (m,).
        """
        codes = self.codes
        found = sampled_products(table, rows, codes.features, self.starts[:-1], codes.bags)
        return found.mul_(codes.learning())

    def totals(self, weights: Tensor) -> Tensor:
        """Σ weights over each feature's codes: (m,) → (n,)."""
        ends = torch.cumsum(weights.double(), 0)
        ends = torch.cat([ends.new_zeros(1), ends])[self.starts]
        return (ends[1:] - ends[:-1]).to(weights.dtype)

    def add_rows(self, rows: Tensor, at: Tensor, weights: Tensor, out: Tensor, *, empty: bool) -> None:
        """out[f] += Σ weights · rows[at] over each feature's codes; `empty`: out (n, d) holds nothing yet."""
        if out.device.type == "cpu" and len(at) and _multiplies_sparse():
            shape = (len(out), len(rows))
            weighed = torch.sparse_csr_tensor(self.starts, at, weights, shape, check_invariants=False)
            torch.addmm(out, weighed, rows, beta=0.0 if empty else 1.0, out=out)
            return
        if accelerated.sum_rows(rows, at, weights, self.starts[:-1], out, adds=not empty) is not None:
            return
        found = functional.embedding_bag(at, rows, self.starts[:-1], mode="sum", per_sample_weights=weights)
        put(out, found, empty=empty)


def put(out: Tensor, value: Tensor, *, empty: bool) -> None:
    """out += value, or out = value where `out` holds nothing yet."""
    if empty:
        out.copy_(value)
    else:
        out.add_(value)


@functools.cache
def _multiplies_sparse() -> bool:
    """Whether this torch has CSR times dense on the CPU (it comes from MKL), into memory that is there
    already. With 9,216 × 1,536 weights half of `embedding_bag`'s time went into getting fresh memory.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch says once in a process that CSR is in beta
            one = torch.sparse_csr_tensor([0, 1], [0], [2.0], (1, 1))
            out = torch.full((1, 1), math.nan)
            torch.addmm(out, one, torch.full((1, 1), 3.0), beta=0.0, out=out)
    except (RuntimeError, NotImplementedError):
        return False
    return float(out) == 6.0
