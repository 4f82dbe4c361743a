"""Names families without a network: phrases that their documents share, chosen and tested by a judge."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from saerch_desktop.errors import UserError
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.features.families.strength import strength_of
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.features.judge import judge_for
from saerch_desktop.features.naming import Corpus, name_features

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.judge import Judge
    from saerch_desktop.library.library import Library
    from saerch_desktop.progress import Progress

SOURCE: Final = "members"


def name_families(
    library: Library,
    features: FeatureSet,
    families: Families,
    progress: Progress,
    judge: Judge | None = None,
) -> Families:
    """The same families, each with a name and its test. UserError without vectors. Raises Cancelled."""
    vectors = library.vectors
    if vectors is None:
        raise UserError(
            "This library has no usable vectors.",
            "Names of families are tested by closeness to documents; none was given.",
            "Embed the documents first.",
        )
    if not families.families:
        return families
    index = _index(features, families)
    decoder = features.sae.decoder
    directions = np.stack([decoder[list(family.members)].mean(axis=0) for family in families.families])
    corpus = Corpus(library.documents, index, vectors, directions.astype(np.float32))
    named = name_features(corpus, judge or judge_for(library), progress)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    out: list[Family] = list(families.families)
    for label in named.labels:
        name = FamilyName(
            text=label.text[:1].upper() + label.text[1:],
            source=SOURCE,
            detection=label.detection,
            alternatives=tuple(other.text for other in label.alternatives),
            made=made,
        )
        out[label.feature] = out[label.feature].model_copy(update={"name": name})
    return families.model_copy(update={"families": tuple(out)})


def _index(features: FeatureSet, families: Families) -> InvertedIndex:
    """Families in the place of features: active where the root is, or two members are."""
    rows, values, sizes = [], [], []
    for family in families.families:
        found = strength_of(features.inverted, family.members, features.codes.rows)
        kept = found.meeting > 1
        if family.root is not None:
            kept |= np.isin(found.rows, features.inverted.of(family.root)[0])
        rows.append(found.rows[kept].astype(np.int32))
        values.append(found.sums[kept])
        sizes.append(int(kept.sum()))
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    return InvertedIndex(starts, np.concatenate(rows), np.concatenate(values))
