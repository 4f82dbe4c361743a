"""Names carried over from one SAE to another: where two features point the same way and fire alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.document_overlap import overlap
from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import CARRIED_FILE, load_labels, save_labels
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.label import Detection
    from saerch_desktop.features.matching import Matching

LEAST: Final = 0.9  # cosine from which a name is carried over

How = Literal["one-to-one", "nearest"]


@dataclass(frozen=True, slots=True)
class Carried:
    """A name for `feature` of the one SAE, from `origin` of the other.

    cosine: of the two directions. jaccard: share of documents where both are active of those where either
    is. how: by which match. named: who gave the name there, and grade: what that was worth there.
    """

    feature: int
    origin: int
    text: str
    cosine: float
    jaccard: float
    how: How
    named: str
    grade: str

    @property
    def confidence(self) -> float:
        """Cosine times document overlap: how sure it is that the name means the same here, 0 to 1."""
        return max(0.0, self.cosine) * self.jaccard


def sources(matching: Matching, least: float = LEAST) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For each right feature the left one whose name it would get, (m,) int64, −1 for none; and whether that
    is its one-to-one partner, (m,) bool. The partner goes first; else the nearest.
    """
    right = matching.right
    paired = (right.partner >= 0) & (right.partner_cosine >= least)
    near = (right.nearest >= 0) & (right.cosine >= least) & ~paired
    return np.where(paired, right.partner, np.where(near, right.nearest, -1)), paired


def carried(
    matching: Matching, origin: FeatureSet, target: FeatureSet, progress: Progress, least: float = LEAST
) -> tuple[Carried, ...]:
    """Names that `target`, the right side of the matching, would get from `origin`, the left one; by feature.

    What is carried is the name shown there, the analyst's own included. Raises UserError, Cancelled.
    """
    found, paired = sources(matching, least)
    features = [int(f) for f in np.flatnonzero(found >= 0) if origin.labels.get(int(found[f])) is not None]
    rights = np.array(features, np.int64)
    lefts = found[rights]
    alike = overlap(origin.inverted, target.inverted, (lefts, rights), target.codes.rows, progress)
    made = []
    for place, (feature, source) in enumerate(zip(features, lefts.tolist(), strict=True)):
        label = origin.labels.get(source)
        assert label is not None
        exact = bool(paired[feature])
        cosine = matching.right.partner_cosine[feature] if exact else matching.right.cosine[feature]
        made.append(
            Carried(
                feature=feature,
                origin=source,
                text=label.text,
                cosine=float(cosine),
                jaccard=float(alike.jaccard[place]),
                how="one-to-one" if exact else "nearest",
                named=label.source,
                grade=label.grade,
            )
        )
    return tuple(made)


def as_labels(
    names: Iterable[Carried],
    origin: str,
    detections: Sequence[Detection | None] | None = None,
) -> list[Label]:
    """Claims with the source "carried: ORIGIN"; their reasoning says whence each comes and how sure it is.

    detections: the tests of the names on the SAE they are carried to, in the same order.
    """
    made = datetime.now(UTC).isoformat(timespec="seconds")
    labels = []
    for place, name in enumerate(names):
        labels.append(
            Label(
                feature=name.feature,
                text=name.text,
                source=f"carried: {origin}",
                detection=None if detections is None else detections[place],
                reasoning=reasoning(name, origin),
                made=made,
            )
        )
    return labels


def reasoning(name: Carried, origin: str) -> str:
    """Where a carried name comes from, in sentences."""
    kind, _, first = name.named.partition(": ")
    giver = f"by {name.named}"
    if kind == "human":
        giver = f"by {first}, accepted by the analyst" if first else "by the analyst"
    worth = "untested there" if name.grade == "?" else f"grade {name.grade} there"
    match = "its one-to-one match" if name.how == "one-to-one" else "its nearest feature"
    return (
        f"Carried from feature {name.origin} of “{origin}”, {match}, named {giver} ({worth}). "
        f"Cosine of directions {name.cosine:.2f}, {name.jaccard:.0%} of documents shared: "
        f"confidence {name.confidence:.2f}."
    )


def keep(folder: Path, features: int, origin: str, labels: Sequence[Label]) -> None:
    """Save labels carried from `origin` in the SAE's folder, in place of earlier ones from there.

    Names carried from other SAEs stay; the analyst's decisions are in a file of their own and are not
    touched. UserError: the present file is damaged, or the disk is full.
    """
    source = f"carried: {origin}"
    present = load_labels(folder, features, CARRIED_FILE) if (folder / CARRIED_FILE).is_file() else []
    others = [label for label in present if label.source != source]
    save_labels(folder, features, [*others, *labels], CARRIED_FILE)
