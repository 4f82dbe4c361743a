"""The sparse operations of a TopK autoencoder. Only the encoder's product is dense; the rest costs k, not n,
per row.

Everything sparse is `embedding_bag`: decoding gathers decoder rows by feature id, and a weight gradient is
the same sum the other way round, gathering batch rows by the features that used them. On two cores this was
as fast as CSRᵀ·g or faster at every size tried, needs no MKL, and sums in a fixed order, so that runs repeat
bit for bit.
"""

from __future__ import annotations

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
    stacked residuals), the feature, its value, and 1 where the value follows its pre-activation, else 0.
    """

    documents: Tensor
    bags: Tensor
    features: Tensor
    values: Tensor
    learns: Tensor

    def followed_by(self, other: Codes) -> Codes:
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__slots__)
        return Codes(*(torch.cat(pair) for pair in pairs))


@dataclass(frozen=True, slots=True, eq=False)
class ByFeature:
    """The same list in the order of features, shared by both weight gradients; starts (n + 1,) says where
    each feature's codes begin.
    """

    codes: Codes
    starts: Tensor

    @classmethod
    def of(cls, codes: Codes, features: int) -> ByFeature:
        order = torch.sort(codes.features.int(), stable=True).indices
        ends = torch.cumsum(torch.bincount(codes.features, minlength=features), 0)
        parts = {id(part): part for part in (getattr(codes, name) for name in codes.__slots__)}
        moved = {key: part[order] for key, part in parts.items()}
        sorted_codes = Codes(*(moved[id(getattr(codes, name))] for name in codes.__slots__))
        return cls(sorted_codes, torch.cat([ends.new_zeros(1), ends]))

    def products(self, table: Tensor, rows: Tensor) -> Tensor:
        """table[feature] · rows[bag] of every code: table (n, d), rows (·, d) → (m,)."""
        result: Tensor = torch.ops.aten._embedding_bag_per_sample_weights_backward(
            table, rows, self.codes.bags, self.starts[:-1], self.codes.features, 0, -1
        )
        return result

    def totals(self, weights: Tensor) -> Tensor:
        """Σ weights over each feature's codes: (m,) → (n,)."""
        out = weights.new_zeros(len(self.starts) - 1)
        return out.index_add_(0, self.codes.features, weights)

    def add_rows(self, rows: Tensor, at: Tensor, weights: Tensor, out: Tensor, *, empty: bool) -> None:
        """out[f] += Σ weights · rows[at] over each feature's codes; `empty`: out (n, d) holds nothing yet."""
        found = functional.embedding_bag(at, rows, self.starts[:-1], mode="sum", per_sample_weights=weights)
        put(out, found, empty=empty)


def put(out: Tensor, value: Tensor, *, empty: bool) -> None:
    """out += value, or out = value where `out` holds nothing yet."""
    if empty:
        out.copy_(value)
    else:
        out.add_(value)


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
