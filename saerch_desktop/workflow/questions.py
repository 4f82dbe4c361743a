"""Questions to a corpus in terms of its features: what sets documents apart, what predicts a column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.spreadsheet import write_csv

if TYPE_CHECKING:
    from saerch_desktop.features.contrast import Contrast
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.prediction import Prediction
    from saerch_desktop.workflow.session import Session

THE_REST: Final = "all other documents"
_HEAD: Final = (
    "feature",
    "label",
    "grade",
    "source",
    "documents_inside",
    "documents_outside",
    "rate_inside",
    "rate_outside",
    "lift",
    "lift_low",
    "lift_high",
    "log_odds",
    "p",
    "q",
    "score",
)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What sets the documents `inside` (N,) bool apart. about, against: both sets in plain words."""

    features: FeatureSet
    contrast: Contrast
    inside: NDArray[np.bool_]
    about: str
    against: str

    def documents(self, feature: int, top: int = 20) -> list[tuple[int, float]]:
        """(row, activation) of the documents inside where the feature is strongest."""
        return strongest_in(self.features, self.inside, feature, top)

    def write_csv(self, path: Path) -> None:
        """Every feature that is active in either set, by falling score. UserError when the disk is full."""
        write_csv(path, _table(self))


def strongest_in(
    features: FeatureSet, inside: NDArray[np.bool_], feature: int, top: int
) -> list[tuple[int, float]]:
    """(row, activation) of the documents of a set (N,) bool where a feature is strongest."""
    rows, values = features.inverted.of(feature)
    places = np.flatnonzero(inside[rows])[:top]
    return [(int(rows[place]), float(values[place])) for place in places]


def compare_sets(
    session: Session,
    inside: NDArray[np.bool_],
    against: NDArray[np.bool_] | None,
    about: str,
    against_what: str = THE_REST,
    progress: Progress | None = None,
) -> Answer:
    """What sets the documents `inside` apart from those `against`, or from all others.

    Raises UserError (no SAE, an empty set), Cancelled.
    """
    from saerch_desktop.features.contrast import contrast

    features = session.required_features()
    found = contrast(features, inside, against, progress=progress)
    return Answer(features, found, inside, about, against_what)


def compare_filters(
    session: Session, where: str, against: str | None, progress: Progress | None = None
) -> Answer:
    """The same for typed filters. UserError also for filters that cannot be read."""
    from saerch_desktop.search.where import parse

    inside = session.where(where, progress)
    other = None if against is None or not against.strip() else session.where(against, progress)
    what = THE_REST if other is None or against is None else parse(against).words()
    return compare_sets(session, inside, other, parse(where).words(), what, progress)


def predict_column(
    session: Session, column: str, where: str = "", top: int = 20, progress: Progress | None = None
) -> Prediction:
    """Which features predict a column, within the documents of a filter. UserError, Cancelled."""
    within = session.where(where, progress) if where.strip() else None
    return predict_within(session, column, within, top, progress)


def predict_within(
    session: Session,
    column: str,
    within: NDArray[np.bool_] | None = None,
    top: int = 20,
    progress: Progress | None = None,
) -> Prediction:
    """The same within documents given as (N,) bool."""
    from saerch_desktop.features.prediction import predict

    return predict(
        session.required_features(),
        session.columns(progress),
        column,
        within=within,
        top=top,
        progress=progress,
    )


def predictable(session: Session, progress: Progress | None = None) -> list[str]:
    """Names of the columns that can be predicted: the year, the facets, numbers and categories of the
    records.
    """
    columns = session.columns(progress)
    names = ["year"] if columns.years.any() else []
    names += [name for name, facet in columns.facets.items() if len(facet.values) > 1]
    names += [field.name for field in columns.fields if field.kind != "text" and field.distinct > 1]
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(name.casefold(), name)
    return list(kept.values())


def _table(answer: Answer) -> Iterator[Sequence[object]]:
    found, labels = answer.contrast, answer.features.labels
    order = np.lexsort((np.arange(len(found.score)), -np.abs(found.log_odds), -found.score))
    yield _HEAD
    for feature in order.tolist():
        if not found.inside[feature] + found.outside[feature]:
            continue
        label = labels.get(feature)
        yield (
            feature,
            labels.text(feature),
            label.grade if label is not None else "",
            label.source if label is not None else "",
            int(found.inside[feature]),
            int(found.outside[feature]),
            *_numbers(
                (
                    found.rate_inside[feature],
                    found.rate_outside[feature],
                    found.lift[feature],
                    found.low[feature],
                    found.high[feature],
                    found.log_odds[feature],
                    found.p[feature],
                    found.q[feature],
                    found.score[feature],
                )
            ),
        )


def _numbers(values: Iterable[float]) -> list[float]:
    return [float(f"{float(value):.6g}") for value in values]
