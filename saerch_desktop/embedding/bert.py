"""A BERT encoder as a plain torch forward pass, from the tensors of a safetensors file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F


class _Affine(NamedTuple):
    weight: torch.Tensor
    bias: torch.Tensor


@dataclass(frozen=True, slots=True)
class _Layer:
    qkv: _Affine  # (3d, d): query, key and value in one product
    attended: _Affine
    attended_norm: _Affine
    up: _Affine
    down: _Affine
    down_norm: _Affine


@dataclass(frozen=True, slots=True)
class BertShape:
    """dim: numbers of each token's vector; tokens: the most of one text; epsilon: of the norms."""

    dim: int
    layers: int
    heads: int
    tokens: int
    epsilon: float = 1e-12


class Bert:
    """The weights on one device: float32 for tables and norms, `dtype` for products.

    KeyError or RuntimeError where `weights` do not have the tensors of such a shape.
    """

    def __init__(
        self, weights: dict[str, torch.Tensor], shape: BertShape, device: torch.device, dtype: torch.dtype
    ) -> None:
        self.shape, self.device, self.dtype = shape, device, dtype

        def norm(name: str) -> _Affine:
            return _Affine(
                weights[f"{name}.weight"].to(device, torch.float32),
                weights[f"{name}.bias"].to(device, torch.float32),
            )

        def product(*names: str) -> _Affine:
            weight = torch.cat([weights[f"{name}.weight"] for name in names])
            bias = torch.cat([weights[f"{name}.bias"] for name in names])
            return _Affine(weight.to(device, dtype), bias.to(device, dtype))

        self._words = weights["embeddings.word_embeddings.weight"].to(device, torch.float32)
        # Every token is of type 0, so its type embedding can be added to the places once.
        places = weights["embeddings.position_embeddings.weight"][: shape.tokens]
        places = places.to(torch.float32) + weights["embeddings.token_type_embeddings.weight"][0]
        self._places = places.to(device, torch.float32)
        self._first_norm = norm("embeddings.LayerNorm")
        self._layers = []
        for index in range(shape.layers):
            at = f"encoder.layer.{index}"
            self._layers.append(
                _Layer(
                    qkv=product(*(f"{at}.attention.self.{part}" for part in ("query", "key", "value"))),
                    attended=product(f"{at}.attention.output.dense"),
                    attended_norm=norm(f"{at}.attention.output.LayerNorm"),
                    up=product(f"{at}.intermediate.dense"),
                    down=product(f"{at}.output.dense"),
                    down_norm=norm(f"{at}.output.LayerNorm"),
                )
            )

    @torch.inference_mode()
    def hidden(self, tokens: list[list[int]], check: Callable[[], None]) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids of b texts -> vectors of their tokens (b, n, d) float32, and which are real (b, n) bool.

        check: called between layers; may raise Cancelled, or wait.
        """
        count = torch.tensor([len(ids) for ids in tokens])
        longest = int(count.max())
        padded = torch.zeros(len(tokens), longest, dtype=torch.long)
        for row, ids in enumerate(tokens):
            padded[row, : len(ids)] = torch.tensor(ids)
        real = (torch.arange(longest) < count[:, None]).to(self.device)
        # Without padding no mask is needed, and attention without one is faster.
        mask = None if bool(real.all()) else real[:, None, None, :]
        dim, epsilon = self.shape.dim, self.shape.epsilon
        hidden = F.layer_norm(
            self._words[padded.to(self.device)] + self._places[:longest], (dim,), *self._first_norm, epsilon
        )
        for layer in self._layers:
            check()  # on a computer that is busy with something else a batch takes seconds
            hidden = self._layer(layer, hidden, mask)
        return hidden, real

    @torch.inference_mode()
    def mean(self, tokens: list[list[int]], check: Callable[[], None]) -> torch.Tensor:
        """The mean of each text's tokens (b, d) float32."""
        hidden, real = self.hidden(tokens, check)
        weight = real[..., None].to(torch.float32)
        return (hidden * weight).sum(1) / weight.sum(1)

    def _layer(self, layer: _Layer, hidden: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        batch, longest, dim = hidden.shape
        heads, epsilon = self.shape.heads, self.shape.epsilon
        mixed = F.linear(hidden.to(self.dtype), *layer.qkv).view(batch, longest, 3, heads, dim // heads)
        query, key, value = mixed.permute(2, 0, 3, 1, 4).unbind(0)
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = F.linear(seen.transpose(1, 2).reshape(batch, longest, dim), *layer.attended)
        hidden = F.layer_norm(hidden + seen, (dim,), *layer.attended_norm, epsilon)
        wide = F.gelu(F.linear(hidden.to(self.dtype), *layer.up))
        return F.layer_norm(hidden + F.linear(wide, *layer.down), (dim,), *layer.down_norm, epsilon)
