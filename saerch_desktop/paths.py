"""Where things live on this computer: settings, logs, cached sample, bundled resources."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs

_APP = "saerch-desktop"
_SAMPLE = "Python documentation.saerch"


def config_dir() -> Path:
    return Path(platformdirs.user_config_dir(_APP, appauthor=False))


def data_dir() -> Path:
    return Path(platformdirs.user_data_dir(_APP, appauthor=False))


def cache_dir() -> Path:
    return Path(platformdirs.user_cache_dir(_APP, appauthor=False))


def log_dir() -> Path:
    return Path(platformdirs.user_log_dir(_APP, appauthor=False))


def sample_library() -> Path:
    """The built-in sample's library, made once and reused."""
    return data_dir() / _SAMPLE


def bundled_sample() -> Path | None:
    """The finished sample that came with the program, only to be read; None where it came without one.

    It may lie where nobody may write: `workflow.sample.build_sample` copies it to `sample_library()`.
    """
    folder = resources() / "sample" / _SAMPLE
    return folder if folder.is_dir() else None


def manual() -> Path:
    """The folder of the manual's pages: with the resources, or in a source checkout's `docs`."""
    bundled = resources() / "manual"
    return bundled if bundled.is_dir() else Path(__file__).resolve().parent.parent / "docs" / "manual"


def resources() -> Path:
    """The folder of icons and licences: frozen binary, installed wheel, or source checkout."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return Path(frozen) / "resources"
    package = Path(__file__).resolve().parent
    wheel = package / "_resources"
    return wheel if wheel.is_dir() else package.parent / "resources"
