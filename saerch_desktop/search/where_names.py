"""The features that a typed filter names, and the same filter with other numbers in their place."""

from __future__ import annotations

from collections.abc import Mapping

from saerch_desktop.search.where_syntax import Active, All, Any, Node, Not, read


def features_named(text: str) -> frozenset[int]:
    """Features that the filter asks about. UserError where it cannot be read."""
    return frozenset(node.feature for node in _active(read(text.strip())))


def with_features(text: str, numbers: Mapping[int, int]) -> str:
    """The same filter, asking about `numbers[feature]` for each feature it names.

    UserError where it cannot be read; KeyError for a feature that has no other number.
    """
    changed = text.strip()
    for node in sorted(_active(read(changed)), key=lambda node: -node.place):
        end = node.place + 1
        while end < len(changed) and changed[end].isdecimal():
            end += 1
        changed = f"{changed[: node.place]}#{numbers[node.feature]}{changed[end:]}"
    return changed


def _active(node: Node) -> list[Active]:
    match node:
        case Active():
            return [node]
        case Not(part):
            return _active(part)
        case All(parts) | Any(parts):
            return [found for part in parts for found in _active(part)]
    return []
