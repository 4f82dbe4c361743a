"""Safetensors files: written as a stream, atomically, without a second copy in memory, and mapped. Loads no
torch.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.files import replacing

_NAMES: Final = {np.dtype(np.float32): "F32", np.dtype(np.int64): "I64"}
_LARGEST_HEADER: Final = 1 << 20


def write_tensors(
    path: Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str] | None = None
) -> None:
    """Save float32 and int64 arrays in the safetensors format; readers see the old file or the new one,
    whole.

    Raises UserError when the disk is full or the folder cannot be written to.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    at = 0
    for name, tensor in tensors.items():
        header[name] = {
            "dtype": _NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [at, at + tensor.nbytes],
        }
        at += tensor.nbytes
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    with replacing(path) as stream:
        stream.write(struct.pack("<Q", len(encoded)) + encoded)
        for tensor in tensors.values():
            stream.write(np.ascontiguousarray(tensor, dtype=tensor.dtype.newbyteorder("<")).data)


def mapped_tensor(path: Path, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """One float32 tensor of a safetensors file as a read-only memory map, nothing of it read.

    UserError when the file is not there, or does not hold such a tensor of this shape.
    """
    try:
        with path.open("rb") as stream:
            begin = stream.read(8)
            size = struct.unpack("<Q", begin)[0] if len(begin) == 8 else 0
            if not 0 < size <= _LARGEST_HEADER:
                raise ValueError("its beginning is not that of a safetensors file")
            entry = json.loads(stream.read(size))[name]
            first, last = entry["data_offsets"]
        needed = 4 * math.prod(shape)
        whole = path.stat().st_size
        if (entry["dtype"], tuple(entry["shape"])) != ("F32", shape) or last - first != needed:
            raise ValueError(f"{name} is {entry['dtype']} {entry['shape']}, not F32 {list(shape)}")
        if not 0 <= first <= last <= whole - 8 - size:
            raise ValueError("it is cut short")
        return np.memmap(path, "<f4", "r", 8 + size + first, shape)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise UserError(
            f"{path.name} of the autoencoder “{path.parent.name}” cannot be read.",
            "It takes no part in this; documents, vectors and other autoencoders are unharmed.",
            "Run check, train it again, or put back a copy of its folder.",
        ) from error
