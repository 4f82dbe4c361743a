"""Whether files of weights are what they say: a header that fits the file, before any program reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from saerch_desktop.errors import UserError

_LONGEST_HEADER: Final = 100 << 20
_BYTES: Final = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1,
    "U16": 2, "U32": 4, "U64": 8, "F8_E4M3": 1, "F8_E5M2": 1,
}  # fmt: skip


def check_weights(folder: Path) -> None:
    """UserError unless every .safetensors file below `folder` holds the arrays that its header names."""
    for path in sorted(folder.rglob("*.safetensors")):
        try:
            _check(path)
        except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
            raise UserError(
                f"{path.name} is damaged or no file of weights ({error}).",
                "Nothing was imported.",
                "Get the model again from where it was published, as a whole folder.",
            ) from error


def _check(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= min(_LONGEST_HEADER, size - 8):
            raise ValueError("its header does not fit")
        header: Any = json.loads(stream.read(length))
    if not isinstance(header, dict):
        raise ValueError("its header is no list of arrays")  # noqa: TRY004 - told as any other damage
    header.pop("__metadata__", None)
    if not header:
        raise ValueError("it holds no arrays")
    end = 0
    for about in sorted(header.values(), key=lambda about: int(about["data_offsets"][0])):
        first, last = (int(offset) for offset in about["data_offsets"])
        count = 1
        for side in about["shape"]:
            if type(side) is not int or side < 0:
                raise ValueError("an array has no sensible shape")
            count *= side
        if first != end or last - first != count * _BYTES[about["dtype"]]:
            raise ValueError("its arrays do not lie as they should")
        end = last
    if end != size - 8 - length:
        raise ValueError("its length does not fit its arrays")
