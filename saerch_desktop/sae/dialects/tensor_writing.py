"""Writing what torch.load of other programs reads. torch is loaded only when something is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.files import replacing


def tensor(array: NDArray[Any]) -> Any:
    """A torch tensor with its own memory, C order, of the same type."""
    import torch

    return torch.from_numpy(np.array(array, order="C"))


def save_torch(path: Path, content: Mapping[str, Any]) -> None:
    """torch.save, whole or not at all. UserError when the disk is full."""
    import torch

    with replacing(path) as stream:
        torch.save(dict(content), stream)
