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
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from saerch_desktop.sae import selection


def pre_activations(x: Tensor, encoder: Tensor, latent_bias: Tensor, pre_bias: Tensor) -> Tensor:
    """W_enc (x − b_pre) + b_lat: x (B, d), encoder (n, d) → (B, n). Paper section 2.1."""
    return torch.addmm(latent_bias, x - pre_bias, encoder.t())


select_top_k = selection.top_k
ordered_top_k = selection.ordered_top_k


def weighted_rows(table: Tensor, indices: Tensor, weights: Tensor, starts: Tensor | None = None) -> Tensor:
    """Σ_j weights[b, j] · table[indices[b, j]]: table (n, d), indices and weights (B, k) → (B, d).

    Or flat ones (m,) with the start (B,) of each row's in them.
    """
    found: Tensor = functional.embedding_bag(indices, table, starts, mode="sum", per_sample_weights=weights)
    return found


def weighted_rows_transposed(rows: Tensor, indices: Tensor, weights: Tensor, features: int) -> Tensor:
    """The adjoint: out[f] = Σ over (b, j) with indices[b, j] = f of weights[b, j] · rows[b]; rows (B, d) →
    (n, d).
    """
    per_row = indices.shape[1]
    flat = indices.reshape(-1)
    order = torch.sort(flat.int(), stable=True).indices
    counts = torch.bincount(flat, minlength=features)
    return functional.embedding_bag(
        torch.div(order, per_row, rounding_mode="floor"),
        rows,
        torch.cumsum(counts, 0) - counts,
        mode="sum",
        per_sample_weights=weights.reshape(-1)[order],
    )


def sampled_products(rows: Tensor, table: Tensor, indices: Tensor) -> Tensor:
    """rows[b] · table[indices[b, j]] for the named pairs only: rows (B, d), table (n, d), indices (B, k) →
    (B, k).
    """
    batch, k = indices.shape
    starts = torch.arange(0, batch * k, k, device=indices.device)
    bag_of = torch.arange(batch, device=indices.device).repeat_interleave(k)
    flat: Tensor = torch.ops.aten._embedding_bag_per_sample_weights_backward(
        rows, table, indices.reshape(-1), starts, bag_of, 0, -1
    )
    return flat.view(batch, k)


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
        if not len(codes.features):
            return codes.values.clone()
        found: Tensor = torch.ops.aten._embedding_bag_per_sample_weights_backward(
            table, rows, codes.bags, self.starts[:-1], codes.features, 0, -1
        )
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


class _Decode(torch.autograd.Function):
    """Σ values · decoder[indices], with gradients that touch only the named pairs."""

    @staticmethod
    def forward(ctx: Any, indices: Tensor, values: Tensor, decoder: Tensor) -> Tensor:
        ctx.save_for_backward(indices, values, decoder)
        return weighted_rows(decoder, indices, values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor | None, Tensor | None]:
        indices, values, decoder = ctx.saved_tensors
        gradient = gradients[0].contiguous()
        for_values = sampled_products(gradient, decoder, indices) if ctx.needs_input_grad[1] else None
        for_decoder = (
            weighted_rows_transposed(gradient, indices, values, decoder.shape[0])
            if ctx.needs_input_grad[2]
            else None
        )
        return None, for_values, for_decoder


class _Encode(torch.autograd.Function):
    """Pre-activations, the live selection and, when some latents are dead, the AuxK selection among those
    alone.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        encoder: Tensor,
        latent_bias: Tensor,
        pre_bias: Tensor,
        k: int,
        dead: Tensor | None,
        aux_k: int,
    ) -> tuple[Tensor, Tensor]:
        pre = pre_activations(x, encoder, latent_bias, pre_bias)
        indices, values = select_top_k(pre, k)
        if dead is not None:
            # Choosing among the dead columns alone is masking the live ones with −inf; a product would let a
            # live zero outrank a dead latent below zero. No ReLU here: a latent below zero for every document
            # would get no gradient and stay dead for good, which happened to 2 to 9 % of them.
            count = min(aux_k, len(dead))
            aux_values, among = torch.topk(pre.index_select(1, dead), count, dim=1, sorted=False)
            indices = torch.cat([indices, dead[among]], dim=1)
            values = torch.cat([values, aux_values], dim=1)
        ctx.save_for_backward(x, encoder, pre_bias, indices, values)
        ctx.k = k
        ctx.mark_non_differentiable(indices)
        return indices, values

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, Tensor, Tensor, None, None, None]:
        x, encoder, pre_bias, indices, values = ctx.saved_tensors
        through = gradients[1].clone()
        through[:, : ctx.k].masked_fill_(values[:, : ctx.k] <= 0, 0)
        for_bias = torch.zeros_like(encoder[:, 0]).index_add_(0, indices.reshape(-1), through.reshape(-1))
        for_encoder = weighted_rows_transposed(x - pre_bias, indices, through, encoder.shape[0])
        return None, for_encoder, for_bias, -(for_bias @ encoder), None, None, None


def encode(
    x: Tensor,
    encoder: Tensor,
    latent_bias: Tensor,
    pre_bias: Tensor,
    k: int,
    dead: Tensor | None = None,
    aux_k: int = 0,
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    """Differentiable codes of x (B, d): ids and activations (B, k), then the AuxK ones (B, ≤ aux_k) or None.

    dead: ids (m,) int64 of the dead latents; None or empty, or aux_k 0, means that there is no AuxK
    selection. Gradients reach encoder, latent_bias and pre_bias, through activations above zero and through
    all AuxK values, which may be negative. x gets none.
    """
    if dead is not None and (len(dead) == 0 or aux_k == 0):
        dead = None
    arguments = (x, encoder, latent_bias, pre_bias, k, dead, aux_k)
    indices, values = _Encode.apply(*arguments)  # type: ignore[no-untyped-call]
    if dead is None:
        return indices, values, None, None
    parts = indices[:, :k], values[:, :k], indices[:, k:], values[:, k:]
    # embedding_bag wants whole tensors; a slice one column wide would flatten to a strided view.
    return parts[0].contiguous(), parts[1].contiguous(), parts[2].contiguous(), parts[3].contiguous()


def decode(indices: Tensor, values: Tensor, decoder: Tensor) -> Tensor:
    """Differentiable Σ values · decoder[indices] (B, d), without the pre-bias."""
    result: Tensor = _Decode.apply(indices, values, decoder)  # type: ignore[no-untyped-call]
    return result
