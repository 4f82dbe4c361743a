"""One SAE's features, opened: weights, codes, index, statistics and labels together."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features import inverted as inverted_files
from saerch_desktop.features.bands import drawn_bands
from saerch_desktop.features.card import FeatureCard, RelatedByUse, RelatedFeature, TopDocument, histogram
from saerch_desktop.features.cohesion import FEWEST, JUNK, cohesion, load_cohesion, save_cohesion
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.features.judge import judge_for, save_reference
from saerch_desktop.features.kin import Cooccurrence, by_direction, company
from saerch_desktop.features.labels import LABELS_FILE, Labels, save_labels
from saerch_desktop.features.naming import Corpus, name_features
from saerch_desktop.features.stability import Siblings
from saerch_desktop.features.statistics import STATISTICS_FILE, FeatureStatistics
from saerch_desktop.library.manifest import FileRecord, SaeRecord
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import Codes
from saerch_desktop.sae.weights import Sae

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Documents
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors

DERIVED_FILES: Final = (
    inverted_files.STARTS_FILE,
    inverted_files.ROWS_FILE,
    inverted_files.VALUES_FILE,
    STATISTICS_FILE,
    LABELS_FILE,
)
_RELATED = 10
_LOOKED_THROUGH: Final = 1 << 24  # entries, which takes some ten milliseconds
_NOT_THERE: Final = "its index names documents that are not there"


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSet:
    """Everything known about the features of one SAE. Read-only; may be used from several threads.

    documents: how many documents have a vector, the base of all shares. folder: the SAE's. without_vector:
    rows of the others, ascending int64. siblings: the library's other SAEs (None outside a library).
    cohesion: (n,) float32, how much each feature's documents have in common (`features.cohesion`); None for
    SAEs whose features were named by an older version.
    """

    sae: Sae
    codes: Codes
    inverted: InvertedIndex
    statistics: FeatureStatistics
    labels: Labels
    documents: int
    folder: Path
    without_vector: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    siblings: Siblings | None = None
    cohesion: NDArray[np.float32] | None = None

    @property
    def junk(self) -> NDArray[np.bool_]:
        """(n,) features whose documents are no more alike than any; False for rare ones, and if unknown."""
        if self.cohesion is None:
            return np.zeros(self.sae.config.features, np.bool_)
        return np.asarray((self.statistics.count >= FEWEST) & (self.cohesion < JUNK))

    @classmethod
    def open(cls, library: Library, name: str) -> FeatureSet:
        """Open what `build_features` made. UserError when a part is missing, damaged or of another corpus."""
        folder = library.sae_folder(name)
        sae = Sae.load(folder)
        codes = Codes.load(folder)
        inverted = InvertedIndex.load(folder)
        statistics = FeatureStatistics.load(folder)
        features = sae.config.features
        _require_fit(library, name, features, codes, inverted, statistics)
        labels = Labels.load(folder, features, statistics.live.tolist())
        without = _without_vector(library)
        return cls(
            sae,
            codes,
            inverted,
            statistics,
            labels,
            codes.rows - without.size,
            folder,
            without,
            Siblings(library, sae),
            load_cohesion(folder, features),
        )

    def require(self, feature: int) -> None:
        """UserError when there is no such feature, or the index names documents that are not there."""
        if not 0 <= feature < self.sae.config.features:
            raise UserError(
                f"There is no feature {feature}.",
                "Nothing was changed.",
                f"Choose a feature from 0 to {self.sae.config.features - 1}.",
            )
        rows = self.inverted.of(feature)[0]
        if rows.size and not 0 <= int(rows.min()) <= int(rows.max()) < self.codes.rows:
            raise _misfit(self.sae.name, _NOT_THERE)

    def card(
        self,
        feature: int,
        documents: Documents,
        top: int = 20,
        vectors: Vectors | None = None,
        seed: int = 0,
    ) -> FeatureCard:
        """What the feature pane shows at once. UserError when there is no such feature, or for damage.

        With `vectors` the bands hold near misses too, which takes reading some two thousand of them. The same
        seed gives the same examples and estimates.
        """
        self.require(feature)
        rows, values = self.inverted.of(feature)
        best = [int(row) for row in rows[:top]]
        titles = documents.titles(best)
        edges, counts = histogram(np.asarray(values))
        text = self.labels.text
        alike, unlike = by_direction(self.sae, feature, _RELATED, self.statistics.live)
        met = company(self, feature, _RELATED, seed)
        in_common = np.nan if self.cohesion is None else float(self.cohesion[feature])

        def by_use(found: tuple[Cooccurrence, ...]) -> tuple[RelatedByUse, ...]:
            return tuple(RelatedByUse(other.feature, text(other.feature), other) for other in found)

        return FeatureCard(
            feature=feature,
            text=text(feature),
            label=self.labels.get(feature),
            count=int(self.statistics.count[feature]),
            density=float(self.statistics.density[feature]),
            maximum=float(self.statistics.maximum[feature]),
            mean=float(self.statistics.mean[feature]),
            p95=float(self.statistics.p95[feature]),
            histogram_edges=edges,
            histogram_counts=counts,
            top=tuple(
                TopDocument(row, float(value), title)
                for row, value, title in zip(best, values[:top], titles, strict=True)
            ),
            nearest=tuple(RelatedFeature(other, text(other), cosine) for other, cosine in alike),
            opposite=tuple(RelatedFeature(other, text(other), cosine) for other, cosine in unlike),
            cooccurring=by_use(met.together),
            rarely=by_use(met.rarely),
            counted=met.counted,
            estimated=met.estimated,
            claims=self.labels.claims(feature),
            mark=self.labels.mark(feature),
            cohesion=in_common if np.isfinite(in_common) else None,
            junk=bool(self.junk[feature]),
            bands=drawn_bands(self, documents, vectors, feature, seed),
        )


def build_features(library: Library, name: str, progress: Progress, *, labels: bool = True) -> FeatureSet:
    """Derive index, statistics and labels from the codes of an SAE and list their files in the library.

    labels: whether to name the features too; without, none has a name and `naming.name_offline` may follow.
    Needs a library open for writing. Raises UserError (codes missing or of another corpus, no vectors, disk
    full), Cancelled; what was there before stays until its replacement is whole.
    """
    folder = library.sae_folder(name)
    sae = Sae.load(folder)
    codes = Codes.load(folder)
    features = sae.config.features
    if not codes.rows == library.manifest.documents == len(library.documents):
        raise _misfit(name, "its codes are of another number of documents")
    if library.vectors is None:
        raise UserError(
            "This library has no usable vectors.",
            "Features are named by what their documents' vectors have in common; nothing was changed.",
            "Embed the documents first, or restore vectors.npy from a backup.",
        )
    inverted = InvertedIndex.build(codes, features, folder, progress)
    statistics = FeatureStatistics.of(inverted, codes.rows - _without_vector(library).size)
    statistics.save(folder)
    if not labels:
        save_labels(folder, features, [])
        record_derived(library, name, sae)
        return FeatureSet.open(library, name)
    alike = cohesion(inverted, library.vectors, progress)
    began = time.monotonic()
    judge = judge_for(library)
    corpus = Corpus(library.documents, inverted, library.vectors, sae.decoder)
    named = name_features(corpus, judge, progress)
    save_cohesion(folder, alike)
    save_reference(folder, judge.name, named.reference, time.monotonic() - began)
    save_labels(folder, features, named.labels)
    record_derived(library, name, sae)
    return FeatureSet.open(library, name)


def record_derived(library: Library, name: str, sae: Sae) -> None:
    """List the files derived from the SAE's codes as they now are. Needs a library open for writing."""
    folder = library.sae_folder(name)
    known = library.manifest.saes.get(name) or SaeRecord(
        name=name, features=sae.config.features, k=sae.config.k, width=sae.config.width
    )
    derived = {file: FileRecord.of(folder / file) for file in DERIVED_FILES}
    library.record_sae(known.model_copy(update={"files": {**known.files, **derived}}))


def _without_vector(library: Library) -> NDArray[np.int64]:
    record = library.manifest.vectors
    return np.unique(np.asarray([] if record is None else record.missing, dtype=np.int64))


def _require_fit(
    library: Library,
    name: str,
    features: int,
    codes: Codes,
    inverted: InvertedIndex,
    statistics: FeatureStatistics,
) -> None:
    if not codes.rows == library.manifest.documents == len(library.documents):
        raise _misfit(name, "its codes are of another number of documents")
    if inverted.features != features or statistics.count.size != features:
        raise _misfit(name, "its index is of another number of features")
    if not np.array_equal(np.diff(inverted.starts), statistics.count):
        raise _misfit(name, "its statistics do not belong to its index")
    rows = inverted.rows
    # Of the largest, which would have to be read from disk for it, features are looked at one by one.
    if 0 < rows.size <= _LOOKED_THROUGH and not 0 <= int(rows.min()) <= int(rows.max()) < codes.rows:
        raise _misfit(name, _NOT_THERE)


def _misfit(name: str, why: str) -> UserError:
    return UserError(
        f"The features of “{name}” cannot be used: {why}.",
        "They are derived from its weights and the vectors, so nothing is lost.",
        "Run check with repair, or build the features again.",
    )
