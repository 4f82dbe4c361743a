"""Document filters: which documents a typed filter means, and what it says in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.search import where_syntax as syntax
from saerch_desktop.search.where_match import matching
from saerch_desktop.search.where_syntax import Node, facet_term

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.columns import Columns

__all__ = ["Where", "facet_term", "parse"]

Mask = NDArray[np.bool_]
_SIGNS = {":": "is", "=": "is", ">": "over", ">=": "at least", "<": "below", "<=": "at most"}


@dataclass(frozen=True, slots=True)
class Where:
    """A filter that was read. text: as it was typed."""

    text: str
    node: Node

    @property
    def empty(self) -> bool:
        """Whether it asks for nothing, so that every document meets it."""
        return self.node == syntax.All(())

    def rows(
        self, columns: Columns, features: FeatureSet | None = None, progress: Progress | None = None
    ) -> Mask:
        """(N,) bool: the documents that meet it.

        Raises UserError for names and values that this library does not have, with those nearest to them;
        Cancelled.
        """
        return self._rows(self.node, columns, features, progress or Progress())

    def words(self) -> str:
        """What it says: "categories is astro-ph.EP and year at least 2020"."""
        return _in_words(self.node, top=True) or "all documents"

    def _rows(self, node: Node, columns: Columns, features: FeatureSet | None, progress: Progress) -> Mask:
        progress.check()
        match node:
            case syntax.Not(part):
                return ~self._rows(part, columns, features, progress)
            case syntax.All(parts):
                return self._joined(np.logical_and, True, parts, columns, features, progress)
            case syntax.Any(parts):
                return self._joined(np.logical_or, False, parts, columns, features, progress)
        return matching(node, self.text, columns, features, progress)

    def _joined(
        self,
        join: np.ufunc,
        start: bool,
        parts: Sequence[Node],
        columns: Columns,
        features: FeatureSet | None,
        progress: Progress,
    ) -> Mask:
        found = np.full(columns.rows, start)
        for part in parts:
            join(found, self._rows(part, columns, features, progress), out=found)
        return found


def parse(text: str) -> Where:
    """Read a typed filter; "" is met by every document. UserError names the place that cannot be read."""
    stripped = text.strip()
    return Where(stripped, syntax.read(stripped))


def _in_words(node: Node, top: bool = False) -> str:
    match node:
        case syntax.Words(text):
            return f"“{text}”"
        case syntax.Test(name, sign, value):
            low, dots, high = value.partition("..")
            if dots and sign in (":", "=") and not node.quoted:
                said = f"from {low} to {high}" if low and high else f"from {low}" if low else f"up to {high}"
                return f"{name} {said}"
            return f"{name} {_SIGNS[sign]} {value}"
        case syntax.Active(feature, sign, value):
            return (
                f"feature #{feature} active"
                if sign is None
                else f"feature #{feature} {_SIGNS[sign]} {value:g}"
            )
        case syntax.Not(part):
            return f"not {_in_words(part)}"
        case syntax.All(parts):
            said = " and ".join(_in_words(part) for part in parts)
        case syntax.Any(parts):
            said = " or ".join(_in_words(part) for part in parts)
    return said if top or not said else f"({said})"
