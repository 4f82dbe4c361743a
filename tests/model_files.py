"""The files of a language model that is small and true to form."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path

_MODULES = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]


def weights(values: int = 4) -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [values], "data_offsets": [0, 4 * values]}}).encode()
    return struct.pack("<Q", len(header)) + header + b"\1" * (4 * values)


def sound() -> dict[str, bytes]:
    """The files of a model."""
    return {
        "modules.json": json.dumps(_MODULES).encode(),
        "config.json": b'{"hidden_size": 8}',
        "1_Pooling/config.json": b'{"word_embedding_dimension": 8}',
        "model.safetensors": weights(),
        "vocab.txt": b"a\nb\n",
        "README.md": b"---\nlicense: mit\n---\n# Words",
        "LICENSE": b"free",
        "onnx/model.onnx": b"graph",
        "pytorch_model.bin": b"pickle",
    }


def folder_of(files: dict[str, bytes], place: Path) -> Path:
    for name, data in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return place


def zip_of(files: dict[str, bytes], path: Path, below: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(below + name, data)
    return path
