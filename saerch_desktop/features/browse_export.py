"""Features as a table that leaves the program: all that is known of each, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.label import GRADES, Label
from saerch_desktop.tables import Block, Cells, Column, Table

if TYPE_CHECKING:
    from saerch_desktop.features.browse import FeatureTable
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.progress import Progress

COLUMNS: Final = (
    Column("feature", "int", "number of the feature"),
    Column("name", "text", "what it is called; unknown without a name"),
    Column("source", "text", "who or what gave the name"),
    Column("grade", "text", "A to F by the test of the name, ? while untested"),
    Column("auroc", "float", "how well the name finds the feature's documents: 0.5 chance, 1 always"),
    Column("auroc_low", "float", "lower end of its 95 % interval"),
    Column("auroc_high", "float", "upper end of its 95 % interval"),
    Column("pearson", "float", "a language model's predictions against activations: correlation"),
    Column("f1", "float", "a language model's predictions against activations: F1"),
    Column("density", "float", "share of documents where it is active"),
    Column("documents", "int", "number of documents where it is active"),
    Column("live", "bool", "whether it is active anywhere"),
    Column("max_activation", "float", "its strongest activation"),
    Column("p95_activation", "float", "the activation that 5 % of its documents reach"),
    Column("mean_activation", "float", "mean activation where it is active"),
    Column("cohesion", "float", "how much its documents have in common"),
    Column("junk", "bool", "whether its documents are no more alike than any; unknown without cohesion"),
    Column("activation_now", "float", "activation in what is looked at; unknown while nothing is"),
    Column("relevance", "float", "how much it sets the selected documents apart"),
    Column("verified", "bool", "the analyst accepted its name"),
    Column("flagged", "bool", "the analyst flagged it"),
    Column("pinned", "bool", "the analyst pinned it"),
    Column("tags", "texts", "the analyst's tags"),
    Column("note", "text", "the analyst's note"),
    Column("family", "text", "the narrowest family shown that it belongs to"),
    Column("family_key", "text", "that family's key"),
)
_AT_ONCE: Final = 4096


def features_table(
    features: FeatureSet, table: FeatureTable, wanted: NDArray[np.int64] | None = None
) -> Table:
    """A row for each of the `wanted` features (ids, in the order given; all by number when left out).

    Figures that are not known are unknown; family is the narrowest one shown.
    """
    ids = table.number if wanted is None else np.asarray(wanted, np.int64)

    def blocks(progress: Progress) -> Iterator[Block]:
        for start in range(0, ids.size, _AT_ONCE):
            progress.check()
            yield _block(features, table, ids[start : start + _AT_ONCE])

    return Table(COLUMNS, int(ids.size), blocks)


def _block(features: FeatureSet, table: FeatureTable, ids: NDArray[np.int64]) -> Block:
    labels = [table.labels.get(feature) for feature in ids.tolist()]
    marks = [table.labels.mark(feature) for feature in ids.tolist()]
    families = [table.families[place] for place in table.family[ids].tolist()]
    unknown = [None] * ids.size

    def tested(figure: Callable[[Any], float]) -> Cells:
        return [
            figure(label.detection) if label is not None and label.detection is not None else None
            for label in labels
        ]

    cells: dict[str, Cells] = {
        "feature": ids,
        "name": [label.text if label is not None else None for label in labels],
        "source": [label.source if label is not None else None for label in labels],
        "grade": [_grade(label) for label in labels],
        "auroc": tested(lambda test: test.auroc),
        "auroc_low": tested(lambda test: test.low),
        "auroc_high": tested(lambda test: test.high),
        "pearson": [label.pearson if label is not None else None for label in labels],
        "f1": [label.f1 if label is not None else None for label in labels],
        "density": table.density[ids],
        "documents": table.count[ids],
        "live": table.live[ids],
        "max_activation": table.maximum[ids],
        "p95_activation": features.statistics.p95[ids],
        "mean_activation": table.mean[ids],
        "cohesion": unknown if features.cohesion is None else features.cohesion[ids],
        "junk": unknown if features.cohesion is None else table.junk[ids],
        "activation_now": table.now[ids] if table.now_known else unknown,
        "relevance": table.relevance[ids] if table.relevance_known else unknown,
        "verified": [mark.verified for mark in marks],
        "flagged": [mark.flagged for mark in marks],
        "pinned": [mark.pinned for mark in marks],
        "tags": [mark.tags for mark in marks],
        "note": [mark.note or None for mark in marks],
        "family": [family.name or None for family in families],
        "family_key": [family.key or None for family in families],
    }
    return [cells[column.name] for column in COLUMNS]


def _grade(label: Label | None) -> str | None:
    return label.grade if label is not None and label.grade in GRADES else None
