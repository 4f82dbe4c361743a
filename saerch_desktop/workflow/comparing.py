"""Two SAEs of a library compared, one feature followed through all sizes, and names carried over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.carrying import Carried
    from saerch_desktop.features.document_overlap import Overlap
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.matching import Matching, Pairs
    from saerch_desktop.features.split_tree import Lineage
    from saerch_desktop.library.library import Library
    from saerch_desktop.study.runs import Run

COMPARING_STAGES: Final = ("Comparing directions", "Pairing features", "Comparing documents")
CARRYING_STAGES: Final = (*COMPARING_STAGES, "Placing labels", "Testing labels")
# Medians of the highest cosine at fixed k over sizes (paper, section 5): the range of its nine figures.
PAPER_MEDIANS: Final = (0.456, 0.926)
_NOTHING: Final = "Nothing was changed."
_TOLD: Final = {"variant": "variant", "features": "features", "k": "k", "passes": "passes", "seed": "seed"}


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two SAEs beside each other. runs: what is known about each. pairs: every live feature with its nearest
    of the other, from both sides; overlap: how far the documents of those pairs agree.
    """

    left: FeatureSet
    right: FeatureSet
    runs: tuple[Run, Run]
    matching: Matching
    pairs: Pairs
    overlap: Overlap

    @property
    def differences(self) -> tuple[str, ...]:
        """In what the two trainings differ, of variant, features, k, passes and seed."""
        return differences(*self.runs)

    @property
    def twins(self) -> bool:
        """Whether they were trained alike but for the seed: the one-to-one cosine is then each feature's
        stability.
        """
        from saerch_desktop.features.stability import same_but_for_seed

        return same_but_for_seed(self.runs[0].details, self.runs[1].details)

    def splits(self, most: int = 5) -> list[tuple[bool, int]]:
        """The features that split into most: (of the left SAE?, feature); by parts, then by recurrence."""
        found = [
            (int(side.parts[feature]), float(side.cosine[feature]), ours, int(feature))
            for ours, side in ((True, self.matching.left), (False, self.matching.right))
            for feature in np.flatnonzero(side.split)
        ]
        found.sort(key=lambda one: (-one[0], -one[1], not one[2], one[3]))
        return [(ours, feature) for _, _, ours, feature in found[:most]]


@dataclass(frozen=True, slots=True)
class CarryReport:
    """Names carried over: all of them, how many were tested, their grades, and how many are now shown."""

    origin: str
    target: str
    least: float
    names: tuple[Carried, ...]
    tested: int
    grades: dict[str, int]
    shown: int

    @property
    def confidence(self) -> float:
        """Median confidence; NaN without names."""
        return float(np.median([name.confidence for name in self.names])) if self.names else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """How far each feature is found again by SAEs trained alike but for the seed.

    twins: their names. cosines (n,) float32: the one-to-one cosine, 0 where no partner is left, the mean
    over the twins; NaN for features that are active nowhere.
    """

    sae: str
    twins: tuple[str, ...]
    cosines: NDArray[np.float32]


def differences(left: Run, right: Run) -> tuple[str, ...]:
    """In what two trainings differ, in the words of `show sae`."""
    ours, theirs = left.as_dict(), right.as_dict()
    return tuple(word for key, word in _TOLD.items() if ours[key] != theirs[key])


def compare_saes(path: Path, left: str, right: str, progress: Progress) -> Comparison:
    """Match the features of two SAEs of the library at `path`.

    UserError: the same SAE twice, one is missing or damaged, their dimensions differ. Cancelled.
    """
    from saerch_desktop.features.document_overlap import overlap
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.matching import match
    from saerch_desktop.library.library import Library
    from saerch_desktop.study.runs import compare

    progress.plan(COMPARING_STAGES)
    with Library.open(path) as library:
        _require_two(library, left, right)
        ours, theirs = FeatureSet.open(library, left), FeatureSet.open(library, right)
        runs = compare(library, (left, right))
    matching = match(
        ours.sae.decoder, theirs.sae.decoder, ours.statistics.live, theirs.statistics.live, progress
    )
    pairs = matching.pairs()
    alike = overlap(ours.inverted, theirs.inverted, (pairs.left, pairs.right), ours.codes.rows, progress)
    return Comparison(ours, theirs, (runs[0], runs[1]), matching, pairs, alike)


def twins_of(library: Library, sae: str) -> tuple[str, ...]:
    """The library's other SAEs that were trained alike but for the seed. UserError: there is no `sae`."""
    from saerch_desktop.features.stability import same_but_for_seed
    from saerch_desktop.sae.weights import load_details

    own = load_details(library.sae_folder(sae))
    found = []
    for name in library.sae_names():
        try:
            alike = name != sae and same_but_for_seed(own, load_details(library.sae_folder(name)))
        except UserError:
            continue  # opening the library has said so
        found += [name] if alike else []
    return tuple(found)


def seed_stability(path: Path, sae: str, progress: Progress) -> Stability:
    """The one-to-one cosine of each feature to SAEs of other seeds.

    UserError: no such SAE, or no SAE of another seed. Cancelled.
    """
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.matching import match
    from saerch_desktop.library.library import Library

    with Library.open(path) as library:
        twins = twins_of(library, sae)
        if not twins:
            raise UserError(
                f"There is no SAE trained like “{sae}” with another seed.",
                _NOTHING,
                "Train one with the same settings and another --seed; then it can be said how stable each "
                "feature is.",
            )
        own = FeatureSet.open(library, sae)
        others = [FeatureSet.open(library, name) for name in twins]
    live = own.statistics.live
    total = np.zeros(live.size, np.float32)
    for other in others:
        found = match(own.sae.decoder, other.sae.decoder, live, other.statistics.live, progress)
        total += found.left.partner_cosine
    return Stability(sae, twins, np.where(live, total / len(others), np.float32(np.nan)).astype(np.float32))


def open_lineage(path: Path, sae: str, progress: Progress) -> Lineage:
    """`sae` among the other SAEs of the library, in rising size.

    Of those with the same number of features and the same k one takes part: `sae`, else the first listed.
    SAEs of other dimensions or with damaged files are left out. UserError: `sae` itself is missing or
    damaged. Cancelled.
    """
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.split_tree import Level, Lineage
    from saerch_desktop.library.library import Library

    with Library.open(path) as library:
        own = FeatureSet.open(library, sae)
        sets = {(own.sae.config.features, own.sae.config.k): own}
        for name in library.sae_names():
            record = library.manifest.saes[name]
            if (record.features, record.k) in sets:
                continue
            progress.check()
            try:
                other = FeatureSet.open(library, name)
            except UserError:
                continue  # opening the library has said so
            if other.sae.config.dim == own.sae.config.dim:
                sets[record.features, record.k] = other

    def level(features: FeatureSet) -> Level:
        labels = features.labels

        def grade(feature: int) -> str:
            label = labels.get(feature)
            return label.grade if label is not None else "?"

        return Level(
            sae=features.sae.name,
            decoder=features.sae.decoder,
            live=features.statistics.live,
            text=labels.text,
            grade=grade,
            rows=lambda feature: np.asarray(features.inverted.of(feature)[0]),
        )

    return Lineage([level(sets[size]) for size in sorted(sets)], progress)


def carry_names(
    path: Path, origin: str, target: str, progress: Progress, *, least: float | None = None
) -> CarryReport:
    """Carry the names of `origin` over to `target`, test them there, and keep them in its folder.

    Earlier names from there are replaced; those of other sources, and the analyst's own, stay. Raises
    UserError (as `compare_saes`; disk full), Cancelled; nothing is written before the end.
    """
    from saerch_desktop.features import carrying
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.labels import Labels
    from saerch_desktop.features.matching import match
    from saerch_desktop.library.library import Library

    threshold = carrying.LEAST if least is None else least
    if not 0 < threshold <= 1:
        raise UserError(
            f"{threshold:g} is no cosine from which names could be carried over.",
            _NOTHING,
            "Give a number above 0 and at most 1, such as 0.9.",
        )
    progress.plan(CARRYING_STAGES)
    with Library.open(path) as library:
        _require_two(library, origin, target)
        ours, theirs = FeatureSet.open(library, origin), FeatureSet.open(library, target)
        matching = match(
            ours.sae.decoder, theirs.sae.decoder, ours.statistics.live, theirs.statistics.live, progress
        )
        names = carrying.carried(matching, ours, theirs, progress, threshold)
        detections = _tested(library, theirs, names, progress)
        labels = carrying.as_labels(names, origin, detections)
        progress.check()
        carrying.keep(theirs.folder, theirs.sae.config.features, origin, labels)
        after = Labels.load(theirs.folder, theirs.sae.config.features, theirs.statistics.live.tolist())
    source = f"carried: {origin}"
    return CarryReport(
        origin=origin,
        target=target,
        least=threshold,
        names=names,
        tested=sum(label.detection is not None for label in labels),
        grades=dict(sorted(Counter(label.grade for label in labels).items())),
        shown=sum(label.source == source for label in after),
    )


def _tested(
    library: Library, features: FeatureSet, names: Sequence[Carried], progress: Progress
) -> Sequence[Any]:
    """How well each name finds its feature's documents here."""
    from saerch_desktop.features.detection import Detector

    if library.vectors is None:
        return [None] * len(names)
    detector = Detector(library, features)
    return detector.detect([(name.feature, name.text) for name in names], progress)


def _require_two(library: Library, left: str, right: str) -> None:
    library.sae_folder(left)
    library.sae_folder(right)
    if left == right:
        raise UserError(
            f"“{left}” would be compared with itself.", _NOTHING, "Choose two different SAEs of this library."
        )
