"""Whether a device multiplies bfloat16 so fast that finding the strongest features in it pays."""

from __future__ import annotations

import functools
from typing import Final

import torch

from saerch_desktop.sae.config import Precision

# Public torch has no word for what a processor can do in bfloat16.
_CPU_QUESTIONS: Final = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
_AMPERE: Final = (8, 0)


def uses_bfloat16(precision: Precision, device: torch.device) -> bool:
    """ "auto" says yes on CUDA cards from compute capability 8 on and on processors with AVX512-BF16 or AMX.

    Elsewhere bfloat16 is emulated, and slower than float32.
    """
    return precision == "bfloat16" or (precision == "auto" and _is_fast(device.type, device.index))


@functools.cache
def _is_fast(kind: str, index: int | None) -> bool:
    if kind == "cuda":
        return torch.cuda.get_device_capability(index) >= _AMPERE
    if kind != "cpu":
        return False
    questions = (getattr(torch.cpu, name, None) for name in _CPU_QUESTIONS)
    return any(bool(question()) for question in questions if question is not None)
