"""Settings of older versions of the program, brought up one version at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from saerch_desktop.settings_fields import VERSION


def _from_1(raw: dict[str, Any]) -> dict[str, Any]:
    """Version 2 added fields only; endpoints that are no texts, which version 1 let pass, are left out."""
    endpoints = raw.get("endpoints")
    if isinstance(endpoints, dict):
        raw["endpoints"] = {model: url for model, url in endpoints.items() if isinstance(url, str)}
    return raw


_ABSURD: Final = 1 << 31  # the copy left beside the file is named by the version
UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _from_1}
"""For each older version: what makes the next one of it. Each may change the object it is given."""


def version_of(raw: Mapping[str, Any]) -> int:
    """The version a file says it is of; 1, the first, when it says nothing usable."""
    found = raw.get("version", 1)
    if not isinstance(found, int) or isinstance(found, bool):
        return 1
    return found if 1 <= found < _ABSURD else 1


def upgraded(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The same settings as this version writes them; those of a newer version are returned as they are."""
    made = dict(raw)
    for version in range(version_of(raw), VERSION):
        made = UPGRADES[version](made)
        made["version"] = version + 1
    return made
