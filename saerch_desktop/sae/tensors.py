"""Write safetensors files as a stream, atomically, without holding a second copy in memory. Loads no
torch.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.files import replacing

_NAMES: Final = {np.dtype(np.float32): "F32", np.dtype(np.int64): "I64"}


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
