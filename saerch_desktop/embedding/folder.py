"""Any local sentence-transformers model folder, by ourselves or through that package, never the network."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from saerch_desktop import files
from saerch_desktop.embedding.base import EmbeddingBatch, EmbeddingPart, Note, collect, encodable
from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.progress import Progress

_BATCH = 32
_MAX_CHARACTERS = 200_000
_MAX_JSON = 64 << 20
# What decides the vectors besides the weights: layers, pooling, cut, vocabulary, prompts.
_DECISIVE = ("*.safetensors", "*.json", "vocab.txt", "merges.txt", "*.model")
_UNTOLD = {"README.md", "data_config.json", "train_script.py"}
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt")


def folder_fingerprint(folder: Path) -> str:
    """A hash over the model's weights and configuration, independent of where the folder lies."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in _DECISIVE for path in folder.rglob(pattern)}):
        name = path.relative_to(folder).as_posix()
        if (
            path.is_file()
            and path.name not in _UNTOLD
            and not any(part.startswith(".") for part in Path(name).parts)
        ):
            digest.update(f"{name}\0{files.sha256(path)}\n".encode())
    return digest.hexdigest()


def check_folder(folder: Path) -> None:
    """UserError unless `folder` holds a sentence-transformers model that loads without running its code."""
    nothing = "Nothing was embedded."
    try:
        is_there = (folder / "modules.json").is_file()
    except OSError:  # a name that no folder can have
        is_there = False
    if not is_there:
        raise UserError(
            f"{folder} is not a sentence-transformers model: it has no modules.json.",
            nothing,
            "Choose the folder that was made by `SentenceTransformer.save` or downloaded as a whole.",
        )
    modules = _read_json(folder / "modules.json")
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        raise UserError(f"modules.json in {folder} is damaged.", nothing, "Copy the model folder again.")
    kinds = [str(module.get("type", "")) for module in modules]
    if any(not kind.startswith("sentence_transformers.") for kind in kinds):
        raise UserError(
            f"The model in {folder} brings program code of its own.",
            "It was not run, because a model's code can do anything on this computer; nothing was embedded.",
            "Choose a model that needs no code of its own.",
        )
    if any(folder.rglob("*.py")):
        raise UserError(
            f"There is program code in the model folder {folder}.",
            "It was not run, because a model's code can do anything on this computer; nothing was embedded.",
            "Choose a model that needs no code of its own, or remove the .py files.",
        )
    places = [folder, *(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))]
    for place in places:
        if any(any(place.glob(kind)) for kind in _PICKLES) and not any(place.glob("*.safetensors")):
            raise UserError(
                f"The weights in {place} are in an unsafe old format.",
                "They were not read, because such files can run code; nothing was embedded.",
                "Get the model with `model.safetensors`, or convert it.",
            )
    if not any(folder.rglob("*.safetensors")):
        raise UserError(
            f"There are no weights (.safetensors) in {folder}.", nothing, "Copy the model folder again."
        )


class FolderEmbedder:
    """A sentence-transformers model in a folder. The model cuts texts longer than its limit.

    expected: the identity that a library recorded; UserError when the folder's weights are others.
    """

    uses_network = False
    batch_size = 256

    def __init__(self, folder: Path, *, expected: EmbedderIdentity | None = None) -> None:
        self._folder = folder.expanduser().resolve()
        check_folder(self._folder)
        fingerprint = folder_fingerprint(self._folder)
        if expected is not None and expected.fingerprint and expected.fingerprint != fingerprint:
            raise UserError(
                f"The model in {self._folder} is not the one that made the library's vectors.",
                "Its vectors cannot be compared with them.",
                "Put the original model folder back, or embed the documents in a new library.",
            )
        self._model = _load(self._folder)
        # The method was renamed; both names are in the supported range of versions.
        size = (
            getattr(self._model, "get_embedding_dimension", None)
            or self._model.get_sentence_embedding_dimension
        )
        self._identity = EmbedderIdentity(
            kind="folder", name=str(self._folder), dim=int(size()), fingerprint=fingerprint
        )

    @property
    def identity(self) -> EmbedderIdentity:
        return self._identity

    def prepare(self, progress: Progress) -> None:
        """Nothing: all is known once the model is loaded."""

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> EmbeddingBatch:
        """Vectors (n, d) float32 of unit length; a text without a finite vector has failed."""
        return collect(self, texts, progress)

    def parts(
        self, texts: Sequence[str], progress: Progress, note: Note | None = None
    ) -> Generator[EmbeddingPart, None, None]:
        """Batches of 32 texts of similar length."""
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        for start in range(0, len(order), _BATCH):
            progress.check()
            positions = np.array(order[start : start + _BATCH], dtype=np.int64)
            batch = [encodable(texts[at][:_MAX_CHARACTERS]) for at in positions]
            made = self._encode(batch, progress)
            vectors = np.asarray(made, dtype=np.float32)
            norms = np.linalg.norm(vectors, axis=1, keepdims=True)
            good = np.isfinite(norms[:, 0]) & (norms[:, 0] > 0)
            failed = {int(at): "the model gives no usable vector for this text" for at in positions[~good]}
            yield EmbeddingPart(positions[good], vectors[good] / norms[good], failed)

    def _encode(self, texts: list[str], progress: Progress) -> Any:
        from saerch_desktop.embedding.bert_folder import BertFolder

        if isinstance(self._model, BertFolder):
            return self._model.encode(texts, check=progress.check)
        return self._model.encode(texts, batch_size=_BATCH, convert_to_numpy=True, show_progress_bar=False)


def _load(folder: Path) -> Any:
    """The model, in plain torch where it is a BERT as most are, else by sentence-transformers."""
    from saerch_desktop.embedding.bert_folder import BertFolder, UnfitError

    try:
        return BertFolder(folder)
    except UnfitError as error:
        why = error
    if importlib.util.find_spec("sentence_transformers") is None:
        raise UserError(
            f"The model in {folder.name} is of a kind that this program cannot run by itself: {why}.",
            "Nothing was embedded.",
            "Choose a BERT model (such as bge-small or all-MiniLM-L12), or, where the program runs from "
            'Python, install the package: `pip install "sentence-transformers>=3,<7"`.',
        )
    # Read when the package is first imported: it must never look for files on the network.
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ[variable] = "1"
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(
            str(folder),
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:
        # A model's files can fail in as many ways as there are models.
        raise UserError(
            f"The model in {folder} cannot be loaded: {type(error).__name__}: {str(error)[:200]}",
            "Nothing was embedded.",
            "Check that the folder is complete, or choose another model.",
        ) from error


def _read_json(path: Path) -> Any:
    try:
        return json.loads(files.read_small(path, _MAX_JSON))
    except (OSError, ValueError, RecursionError):
        return None
