"""Reading tensors from files that strangers made: torch's zip files and safetensors, sizes checked first.

torch is loaded only when a file is read.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.sae.dialects.portable import shortened, unreadable

_LARGEST_FILE: Final = 32 << 30
_LARGEST_PICKLE: Final = 16 << 20  # the part that names tensors; the numbers lie beside it
_LARGEST_HEADER: Final = 16 << 20
_MOST_ENTRIES: Final = 10_000
_MOST_NUMBERS: Final = 1 << 33
_PICKLE: Final = "data.pkl"
_FLOATS: Final = ("float16", "bfloat16", "float32", "float64")


@dataclass(frozen=True, slots=True)
class Tensors:
    """The tensors of one file by name, looked at one by one. names: all of them; file: for messages."""

    file: str
    names: tuple[str, ...]
    _fetch: Callable[[str], Any]
    extras: Mapping[str, Any] = field(default_factory=dict)  # what is no tensor: plain values of a pickle

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def array(self, name: str, *shape: int | None) -> NDArray[np.float32]:
        """The tensor as float32 (float16, bfloat16, float32 or float64 in the file); None: any length.

        UserError when it is missing, of another shape or type, or holds values that are not finite.
        """
        tensor = self._tensor(name)
        kind = str(tensor.dtype).removeprefix("torch.")
        if kind not in _FLOATS:
            raise self.refused(f"{name} holds numbers of type {kind}")
        found = tuple(tensor.shape)
        if len(found) != len(shape) or any(
            wanted is not None and wanted != size for size, wanted in zip(found, shape, strict=True)
        ):
            wanted_shape = " × ".join("any" if size is None else f"{size:,}" for size in shape)
            found_shape = " × ".join(f"{size:,}" for size in found) or "one number"
            raise self.refused(f"{name} is {found_shape}, not {wanted_shape}")
        if 0 in found:
            raise self.refused(f"{name} is empty")
        array = np.array(tensor.float().numpy(), dtype=np.float32)
        if not np.isfinite(array).all():
            raise self.refused(f"{name} holds values that are not finite numbers")
        return array

    def number(self, name: str) -> float:
        """A tensor of one number. UserError as of `array`."""
        tensor = self._tensor(name)
        if tensor.numel() != 1:
            raise self.refused(f"{name} is not one number")
        value = float(tensor.item())
        if not np.isfinite(value):
            raise self.refused(f"{name} is not a finite number")
        return value

    def integers(self, name: str, most: int = 4096) -> tuple[int, ...]:
        """A short list of whole numbers. UserError as of `array`."""
        tensor = self._tensor(name)
        if tensor.ndim != 1 or tensor.numel() > most or tensor.is_floating_point() or tensor.is_complex():
            raise self.refused(f"{name} is not a list of whole numbers")
        return tuple(int(value) for value in tensor.tolist())

    def refused(self, why: str) -> UserError:
        return unreadable(self.file, why)

    def _tensor(self, name: str) -> Any:
        if name not in self.names:
            raise self.refused(f"it has no {name} (it holds {shortened(list(self.names))})")
        tensor = self._fetch(name)
        sound = tensor.device.type == "cpu" and str(tensor.layout) == "torch.strided"
        if not sound or tensor.is_quantized:
            raise self.refused(f"{name} is of a kind that cannot be read")
        count = 1
        for size in tensor.shape:
            count *= int(size)
        # A view can claim any shape over a few bytes; what is claimed must be in the file.
        if count > _MOST_NUMBERS or count * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise self.refused(f"{name} claims {count:,} numbers that the file does not hold")
        return tensor.detach()


def read_safetensors(path: Path) -> Tensors:
    """The tensors of a safetensors file; each is read when it is asked for. UserError: not such a file."""
    from safetensors import SafetensorError, safe_open

    _check_size(path)
    try:
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
        if length > _LARGEST_HEADER:
            raise unreadable(path.name, "its table of contents is far too large")
        handle: Any = safe_open(path, framework="pt", device="cpu")
        names = tuple(handle.keys())
    except (OSError, ValueError, SafetensorError) as error:
        raise unreadable(path.name, _words(error)) from error

    def fetch(name: str) -> Any:
        try:
            return handle.get_tensor(name)
        except (OSError, ValueError, TypeError, SafetensorError) as error:
            raise unreadable(path.name, f"{name}: {_words(error)}") from error

    return Tensors(path.name, names, fetch)


def read_torch(path: Path) -> dict[str, Any]:
    """The dictionary that torch.save wrote, its tensors mapped from the file; anything else is refused.

    Only torch's zip format, whose sizes can be checked before anything is loaded, and only what torch's
    restricted unpickler allows, which runs no code. UserError.
    """
    import torch

    _check_size(path)
    _check_zip(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:
        # The restricted unpickler fails in as many ways as a pickle can be wrong.
        raise unreadable(
            path.name, f"it holds more than plain tensors, or is damaged ({_words(error)})"
        ) from error
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise unreadable(path.name, "it is not a table of named tensors")
    return content


def tensors_of(path: Path, content: Mapping[str, Any]) -> Tensors:
    """The tensors of a loaded dictionary, and beside them its plain values."""
    import torch

    found = {name: value for name, value in content.items() if isinstance(value, torch.Tensor)}
    extras = {name: value for name, value in content.items() if name not in found}
    return Tensors(path.name, tuple(found), found.__getitem__, extras)


def _check_size(path: Path) -> None:
    try:
        about = path.stat()
    except OSError as error:
        raise unreadable(path.name, error.strerror or "it is not there") from error
    if not stat.S_ISREG(about.st_mode):
        raise unreadable(path.name, "it is not an ordinary file")
    if about.st_size > _LARGEST_FILE:
        raise unreadable(path.name, f"it is larger than {_LARGEST_FILE >> 30} GB")


def _check_zip(path: Path) -> None:
    """Refuse an archive that would grow: packed entries, overlapping ones, an enormous pickle."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise unreadable(
            path.name, "it is not a file of torch.save, or cut short, or in the format of before 2020"
        ) from error
    except (OSError, ValueError, NotImplementedError, OverflowError) as error:
        raise unreadable(path.name, _words(error)) from error
    if len(entries) > _MOST_ENTRIES:
        raise unreadable(path.name, f"it holds {len(entries):,} parts")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise unreadable(path.name, "its parts are compressed, which torch.save does not do")
    if sum(entry.file_size for entry in entries) > path.stat().st_size:
        raise unreadable(path.name, "its parts are larger than the file")
    if any(entry.filename.endswith(_PICKLE) and entry.file_size > _LARGEST_PICKLE for entry in entries):
        raise unreadable(path.name, "its table of contents is far too large")


def _words(error: Exception) -> str:
    words = " ".join((str(error) or type(error).__name__).split())
    return words if len(words) <= 160 else words[:159] + "…"


def named(tensors: Iterable[str]) -> str:
    """Names for a message."""
    return shortened(sorted(tensors))
