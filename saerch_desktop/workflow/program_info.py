"""What to paste into a report: versions, folders, devices, sizes. No text of any document, no name of one."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from saerch_desktop import __version__, paths, settings
from saerch_desktop.embedding.devices import card_at_a_glance, computer
from saerch_desktop.settings_fields import Settings

_PACKAGES = (
    "PySide6-Essentials",
    "torch",
    "numpy",
    "scipy",
    "scikit-learn",
    "hnswlib",
    "pyarrow",
    "tokenizers",
    "safetensors",
    "openai",
    "pydantic",
    "umap-learn",
    "keyring",
)
_GIB = 1 << 30
_PRIVATE = (
    "recent_libraries",
    "last_library",
    "kept_aside",
    "endpoints",
    "allowed_hosts",
    "proxy_url",
    "keys",
)
_MOST_FILES = 200_000


def info() -> str:
    """Everything, line by line. Loads neither Qt nor torch."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    kind = "frozen program" if getattr(sys, "frozen", False) else "Python package"
    yield f"SAErch Desktop {__version__} ({kind})"
    yield f"Python {platform.python_version()}, {platform.platform()}, {platform.machine()}"
    yield ""
    yield "Libraries of the program:"
    for name in _PACKAGES:
        yield f"  {name} {_version(name)}"
    yield ""
    yield "Window:"
    for variable in ("QT_QPA_PLATFORM", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "QT_SCALE_FACTOR"):
        yield f"  {variable}={os.environ.get(variable, '')}"
    yield f"  display: {'yes' if _display() else 'none found'}"
    yield ""
    yield "This computer:"
    has, card = computer(), card_at_a_glance()
    yield f"  processor: {has.processor}, {has.cores} cores"
    yield f"  memory: {f'{has.memory_bytes / _GIB:.1f} GB' if has.memory_bytes else 'unknown'}"
    yield f"  graphics card: {card.reason or card.name}"
    yield ""
    yield "Folders (size, free on that disk):"
    for title, path in (
        ("settings", paths.config_dir()),
        ("data", paths.data_dir()),
        ("caches", paths.cache_dir()),
        ("log", paths.log_dir()),
        ("program", paths.resources().parent),
    ):
        yield f"  {title}: {_home_hidden(path)} ({_folder(path, measured=title != 'program')})"
    yield ""
    yield "Settings that differ from the defaults:"
    yield from _differing(settings.load_settings()) or ("  none",)


def _differing(now: Settings) -> list[str]:
    usual = Settings()
    found = [name for name in Settings.model_fields if getattr(now, name) != getattr(usual, name)]
    return [f"  {name}: {'set' if name in _PRIVATE else getattr(now, name)}" for name in found]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _display() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _home_hidden(path: Path) -> str:
    """The path without the name of its owner."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def _folder(path: Path, *, measured: bool) -> str:
    if not path.is_dir():
        return "not there yet"
    parts = [_size(path)] if measured else []
    try:
        parts.append(f"{shutil.disk_usage(path).free / _GIB:.1f} GB free")
    except OSError:
        parts.append("free space unknown")
    return ", ".join(parts)


def _size(path: Path) -> str:
    total = count = 0
    for folder, _, names in os.walk(path):
        for name in names:
            count += 1
            try:
                total += (Path(folder) / name).lstat().st_size
            except OSError:
                continue
        if count > _MOST_FILES:
            return f"more than {total / (1 << 20):.1f} MB"
    return f"{total / (1 << 20):.1f} MB in {count} files"
