"""A sentence-transformers folder whose model is a BERT, as most small ones are, run in plain torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import Tokenizer

from saerch_desktop import files
from saerch_desktop.embedding.bert import Bert, BertShape
from saerch_desktop.embedding.torch_setup import may_use_card

_PREFIX: Final = "sentence_transformers."
_MOST_TOKENS: Final = 512
_LARGEST: Final = 64 << 20


class UnfitError(Exception):
    """The folder's model is of another kind; the text says in what."""


class BertFolder:
    """Computes what sentence-transformers would, in float32. UnfitError for a model that is no such BERT.

    Known are absolute places, GELU, the mean of the tokens or the first token, and unit length at the end.
    """

    def __init__(self, folder: Path) -> None:
        transformer, self._pooling = _parts_of(folder)
        config = _read(transformer / "config.json")
        shape = _shape_of(config, _longest(folder, transformer, config))
        try:
            self._tokenizer = Tokenizer.from_file(str(transformer / "tokenizer.json"))
            weights = load_file(transformer / "model.safetensors")
        except Exception as error:  # the files' own readers raise many kinds
            raise UnfitError(f"its files cannot be read ({type(error).__name__})") from error
        self._lower = _read(transformer / "sentence_bert_config.json").get("do_lower_case") is True
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(shape.tokens)
        plain = {name.removeprefix("bert."): tensor for name, tensor in weights.items()}
        device = torch.device("cuda" if may_use_card() else "cpu")
        try:
            self._bert = Bert(plain, shape, device, torch.float32)
        except (LookupError, RuntimeError) as error:
            raise UnfitError("its weights are not those of a BERT") from error
        if self._tokenizer.get_vocab_size() > len(plain["embeddings.word_embeddings.weight"]):
            raise UnfitError("its vocabulary does not fit its weights")
        self.encode(["try"])  # what does not fit together fails now

    def get_sentence_embedding_dimension(self) -> int:
        return self._bert.shape.dim

    def encode(
        self, texts: Sequence[str], *, check: Callable[[], None] = lambda: None, **_: object
    ) -> NDArray[np.float32]:
        """Vectors (n, d) float32 of unit length. UnfitError when weights and shape do not go together.

        check: called between layers; may raise Cancelled, or wait.
        """
        plain = [text.lower() for text in texts] if self._lower else list(texts)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(plain)]
        try:
            if self._pooling == "mean":
                found = self._bert.mean(tokens, check)
            else:
                found = self._bert.hidden(tokens, check)[0][:, 0]
        except (RuntimeError, IndexError, ValueError) as error:
            raise UnfitError("its weights and its configuration do not go together") from error
        vectors: NDArray[np.float32] = torch.nn.functional.normalize(found, dim=1).cpu().numpy()
        return vectors


def _parts_of(folder: Path) -> tuple[Path, Literal["mean", "first"]]:
    """The transformer's folder and the way its tokens become one vector."""
    modules = _read_any(folder / "modules.json")
    kinds: list[tuple[str, Path]] = []
    for module in modules if isinstance(modules, list) else []:
        kind, path = str(module.get("type", "")), str(module.get("path", ""))
        place = (folder / path).resolve()
        if not place.is_relative_to(folder.resolve()):
            raise UnfitError("it names files outside of its folder")
        kinds.append((kind.removeprefix(_PREFIX).rsplit(".", 1)[-1], place))
    if [kind for kind, _ in kinds] not in (
        ["Transformer", "Pooling"],
        ["Transformer", "Pooling", "Normalize"],
    ):
        raise UnfitError(f"it is made of {', '.join(kind for kind, _ in kinds)[:100] or 'nothing'}")
    extra = _read(folder / "config_sentence_transformers.json")
    if extra.get("default_prompt_name"):
        raise UnfitError("it puts words of its own before every text")
    pooling = _read(kinds[1][1] / "config.json")
    modes = {name for name, on in pooling.items() if name.startswith("pooling_mode_") and on is True}
    named = pooling.get("pooling_mode")
    if modes == {"pooling_mode_mean_tokens"} or (not modes and named == "mean"):
        return kinds[0][1], "mean"
    if modes == {"pooling_mode_cls_token"} or (not modes and named == "cls"):
        return kinds[0][1], "first"
    raise UnfitError("it makes one vector of its tokens in a way that is not known here")


def _shape_of(config: dict[str, Any], longest: int) -> BertShape:
    known = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "position_embedding_type": "absolute",
    }
    for name, wanted in known.items():
        if config.get(name, wanted if name != "model_type" else "") != wanted:
            raise UnfitError(f"its {name.replace('_', ' ')} is {str(config.get(name))[:40]!r}")
    numbers = [config.get(name) for name in ("hidden_size", "num_hidden_layers", "num_attention_heads")]
    if not all(type(number) is int and 0 < number <= 65_536 for number in numbers):
        raise UnfitError("its configuration makes no sense")
    dim, layers, heads = (int(number) for number in numbers if number is not None)
    epsilon = config.get("layer_norm_eps", 1e-12)
    if dim % heads or not isinstance(epsilon, float) or not 0 <= epsilon < 1:
        raise UnfitError("its configuration makes no sense")
    return BertShape(dim, layers, heads, longest, epsilon)


def _longest(folder: Path, transformer: Path, config: dict[str, Any]) -> int:
    """Tokens of the longest text: as the model's own limit says, within its table of places."""
    places = config.get("max_position_embeddings", _MOST_TOKENS)
    said = _read(transformer / "sentence_bert_config.json").get("max_seq_length")
    said = said or _read(folder / "sentence_bert_config.json").get("max_seq_length")
    said = said or _read(transformer / "tokenizer_config.json").get("model_max_length")
    limits = [limit for limit in (places, said) if type(limit) is int and limit > 2]
    return min([*limits, 8192]) if limits else _MOST_TOKENS


def _read(path: Path) -> dict[str, Any]:
    value = _read_any(path)
    return value if isinstance(value, dict) else {}


def _read_any(path: Path) -> Any:
    try:
        return json.loads(files.read_small(path, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return None
