"""Which features predict a column of the documents, and how well, on documents kept out of the fitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.fitting import Fit, design, fit_classes, fit_numbers
from saerch_desktop.features.separation import auroc, correlation, explained, share
from saerch_desktop.library.columns import Columns, FacetColumn
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet

Float = NDArray[np.float64]
Kind = Literal["number", "category", "categories"]

MOST_DOCUMENTS: Final = 20_000
_HELD_OUT: Final = 0.25
_LEAST: Final = 60  # documents with a value
_LEAST_OF_CLASS: Final = 20
_MOST_CLASSES: Final = 8
_OTHERS: Final = "(other values)"
_SKEWED: Final = 2.0
_LARGEST: Final = 1e60  # a number beyond it is no measurement, and its third power no number
_RARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Predictor:
    """A feature's part in predicting a target.

    coefficient: change of the prediction (of the log-odds, for a category) when its activation rises from 0
    to its 95th percentile, all others held. alone: what the feature does by itself on the held-out documents:
    AUROC for a category (0.5 is chance), Pearson's correlation for a number. documents: held-out ones where
    it is active.
    """

    feature: int
    coefficient: float
    alone: float
    documents: int


@dataclass(frozen=True, slots=True)
class Target:
    """One value of a category, or the number itself (value ""). documents: of those used that have it.

    auroc, low, high: on the held-out documents, with its 95 % interval; NaN for a number.
    """

    value: str
    documents: int
    auroc: float
    low: float
    high: float
    predictors: tuple[Predictor, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """How well features predict a column. score, low, high: R² of a number, accuracy of a category (each
    document one value), mean AUROC of categories (documents with several values), on held-out documents, with
    a 95 % interval; for several categories the interval is that of the worst to the best. baseline: the same
    for who always says the mean, the commonest value, or nothing. known: documents with a value and a vector;
    used: of them, sampled; held_out: of those.
    error, baseline_error: mean absolute error of a number. usual: of a category, what the baseline always
    says; rarer: documents used whose value cannot be told. remarks: what should be known before believing it.
    """

    column: str
    kind: Kind
    known: int
    used: int
    held_out: int
    score: float
    low: float
    high: float
    baseline: float
    error: float
    baseline_error: float
    strength: float
    logarithm: bool
    targets: tuple[Target, ...]
    remarks: tuple[str, ...]
    usual: str = ""
    rarer: int = 0

    def sentence(self) -> str:
        """The score in plain words."""
        about = f"on {self.held_out:,} documents kept out of the fitting"
        score, low, high = (f"{part:.2f}".replace("-", "−") for part in (self.score, self.low, self.high))
        span = f"95 % interval {low} to {high}"
        if self.kind == "number":
            return (
                f"Features explain {max(0.0, self.score):.0%} of the variance of {self.column} {about}"
                f" (R² {score}, {span}); the mean error is {self.error:.3g},"
                f" against {self.baseline_error:.3g} for always saying the mean."
            )
        if self.kind == "category":
            told = sum(target.value != _OTHERS for target in self.targets)
            grouped = told < len(self.targets)
            among = f"its {told} commonest values" if grouped or self.rarer else f"{told} values"
            rest = ", all others counting as one more" if grouped else ""
            span = f"95 % interval {self.low:.0%} to {self.high:.0%}"
            return (
                f"Among {among}{rest}, features name the right {self.column} for {self.score:.0%} {about}"
                f" ({span}); always saying “{self.usual}” is right for {self.baseline:.0%}."
            )
        if len(self.targets) == 1:
            return (
                f"A document with {self.column} is ranked above one without it in {self.score:.0%} of pairs"
                f" {about} (AUROC {score}, {span}; chance is 0.50)."
            )
        return (
            f"Over {len(self.targets)} values of {self.column} the mean AUROC is {score}, from {low} to"
            f" {high}, {about}; chance is 0.50."
        )


def predict(
    features: FeatureSet,
    columns: Columns,
    column: str,
    *,
    within: NDArray[np.bool_] | None = None,
    most: int = MOST_DOCUMENTS,
    top: int = 20,
    seed: int = 0,
    progress: Progress | None = None,
) -> Prediction:
    """Fit and test linear models of a column from the features' activations.

    column: "year", a facet, one value of a facet ("categories:cs.CV"), or a field of the records. within:
    (N,) bool, only these documents. At most `most` are used, drawn by the seed; a quarter of them is held
    out. Numbers: ridge regression, of log(1 + x) where they are very skewed. Categories: logistic
    regressions with an L2 penalty, each value against the rest.

    Raises UserError when the column cannot be predicted (unknown, one value only, too few documents, free
    text), Cancelled.
    """
    progress = progress or Progress()
    chance = np.random.default_rng(seed)
    usable = np.ones(columns.rows, bool) if within is None else within.copy()
    usable[features.without_vector] = False
    eligible = int(usable.sum())
    facet_name, colon, value = column.partition(":")
    one = colon and columns.facet(facet_name) is not None and columns.facet(column) is None
    only = value if one else None
    data = columns.column(facet_name if only is not None else column, progress)
    if isinstance(data, np.ndarray):
        numbers = data.astype(np.float64)
        if data.dtype == np.int16:
            numbers[data == 0] = np.nan
        usable &= np.abs(numbers) <= _LARGEST  # nor is what is no number
        rows = _sample(column, usable, most, chance)
        table, held = design(features, rows), _held_out(len(rows), chance)
        remarks = _remarks(column, eligible, int(usable.sum()), len(rows))
        return _number(
            features, column, numbers[rows], table, held, int(usable.sum()), top, seed, remarks, progress
        )
    if isinstance(data, FacetColumn):
        several = bool((np.diff(data.starts) > 1).any()) or only is not None
        usable &= np.diff(data.starts) > 0
        rows = _sample(column, usable, most, chance)
        names, member = _facet_members(data, rows, only, several)
    else:
        several = False
        usable &= data.codes >= 0
        rows = _sample(column, usable, most, chance)
        names, member = _members(data.values, data.codes[rows])
    if not names or member.all() or (only is None and len(names) < 2):
        raise UserError(
            f"“{column}” has too few values to predict.",
            f"In the {len(rows):,} documents looked at, fewer than two values occur at least"
            f" {_LEAST_OF_CLASS} times.",
            "Choose a column that sets documents apart.",
        )
    table, held = design(features, rows), _held_out(len(rows), chance)
    remarks = _remarks(column, eligible, int(usable.sum()), len(rows))
    return _classes(
        features, column, names, member, several, table, held, int(usable.sum()), top, seed, remarks, progress
    )


def _number(
    features: FeatureSet,
    column: str,
    truth: Float,
    table: Any,
    held: NDArray[np.bool_],
    known: int,
    top: int,
    seed: int,
    remarks: list[str],
    progress: Progress,
) -> Prediction:
    if np.unique(truth).size < 3:
        raise UserError(
            f"“{column}” has fewer than three different numbers.",
            "There is nothing to predict.",
            "Choose a column that sets documents apart.",
        )
    spread = truth - truth.mean()
    skew = float((spread**3).mean() / max((spread**2).mean() ** 1.5, 1e-300))
    logarithm = bool(truth.min() >= 0 and skew > _SKEWED)
    if logarithm:
        remarks.append(f"{column} is very skewed, so log(1 + {column}) was predicted.")
        truth = np.log1p(truth)
    centre = float(truth[~held].mean())
    size = float(truth[~held].std()) or 1.0
    fit = fit_numbers(table[~held], (truth[~held] - centre) / size, seed, progress)
    fit = Fit(fit.coefficients * size, fit.intercepts * size + centre, fit.strength, fit.edge)
    predicted = fit.values(table[held])[:, 0]
    score, low, high = explained(truth[held], predicted, centre, seed)
    if low <= 0:
        remarks.append("The interval reaches 0: that features predict this column at all is not shown.")
    if fit.edge:
        remarks.append("The best regularisation is at the edge of those tried.")
    found = _predictors(fit.coefficients[0], table, held, top, lambda x: correlation(x, truth[held]))
    return Prediction(
        column=column,
        kind="number",
        known=known,
        used=len(truth),
        held_out=int(held.sum()),
        score=score,
        low=low,
        high=high,
        baseline=0.0,
        error=float(np.abs(truth[held] - predicted).mean()),
        baseline_error=float(np.abs(truth[held] - centre).mean()),
        strength=fit.strength,
        logarithm=logarithm,
        targets=(Target("", len(truth), float("nan"), float("nan"), float("nan"), found),),
        remarks=tuple(remarks),
    )


def _classes(
    features: FeatureSet,
    column: str,
    names: list[str],
    member: NDArray[np.bool_],
    several: bool,
    table: Any,
    held: NDArray[np.bool_],
    known: int,
    top: int,
    seed: int,
    remarks: list[str],
    progress: Progress,
) -> Prediction:
    fit = fit_classes(table[~held], member[~held], seed, progress)
    values = fit.values(table[held])
    targets = []
    for place, name in enumerate(names):
        positive = member[held, place]
        area, low, high = auroc(values[:, place], positive)
        found = _predictors(
            fit.coefficients[place], table, held, top, lambda x, wanted=positive: auroc(x, wanted)[0]
        )
        documents = int(member[:, place].sum())
        targets.append(Target(name, documents, area, low, high, found))
        if documents < _RARE * len(member):
            remarks.append(f"Only {documents:,} of the documents used have {name}.")
    areas = np.array([target.auroc for target in targets])
    usual, rarer = "", 0
    if several:
        score, baseline = float(np.nanmean(areas)), 0.5
        only = len(targets) == 1
        low = targets[0].low if only else float(np.nanmin(areas))
        high = targets[0].high if only else float(np.nanmax(areas))
    else:
        right = int(member[held][np.arange(int(held.sum())), values.argmax(axis=1)].sum())
        score, low, high = share(right, int(held.sum()))
        commonest = int(member[~held].sum(axis=0).argmax())
        usual, baseline = names[commonest], float(member[held, commonest].mean())
        rarer = int((~member.any(axis=1)).sum())
        if rarer:
            remarks.append(
                f"{rarer:,} of the documents used have rarer values; every answer to them is wrong."
            )
        if low <= baseline:
            remarks.append("The interval reaches the baseline: that features help at all is not shown.")
    if fit.edge:
        remarks.append("The best regularisation is at the edge of those tried.")
    return Prediction(
        column=column,
        kind="categories" if several else "category",
        known=known,
        used=len(member),
        held_out=int(held.sum()),
        score=score,
        low=low,
        high=high,
        baseline=baseline,
        error=float("nan"),
        baseline_error=float("nan"),
        strength=fit.strength,
        logarithm=False,
        targets=tuple(targets),
        remarks=tuple(remarks),
        usual=usual,
        rarer=rarer,
    )


def _predictors(
    coefficients: Float, table: Any, held: NDArray[np.bool_], top: int, alone: Any
) -> tuple[Predictor, ...]:
    """Those that move the prediction most over the documents: a large coefficient of a feature that hardly
    occurs moves little.
    """
    learnt = table[~held]
    mean = np.asarray(learnt.mean(axis=0)).ravel()
    square = np.asarray(learnt.multiply(learnt).mean(axis=0)).ravel()
    moved = np.abs(coefficients) * np.sqrt(np.maximum(square - mean**2, 0))
    tested = table[held].tocsc()
    found = []
    for feature in np.argsort(-moved, kind="stable")[:top]:
        if moved[feature] <= 0:
            break
        activation = np.asarray(tested[:, [int(feature)]].todense()).ravel()
        active = int(np.count_nonzero(activation))
        found.append(Predictor(int(feature), float(coefficients[feature]), float(alone(activation)), active))
    return tuple(found)


def _sample(
    column: str, usable: NDArray[np.bool_], most: int, chance: np.random.Generator
) -> NDArray[np.int64]:
    known = np.flatnonzero(usable)
    if len(known) < _LEAST:
        raise UserError(
            f"Only {len(known):,} documents have a value in “{column}”.",
            "That is too few to learn from and to test on.",
            f"Choose a column that at least {_LEAST} documents have.",
        )
    return known if len(known) <= most else np.sort(chance.choice(known, most, replace=False))


def _held_out(rows: int, chance: np.random.Generator) -> NDArray[np.bool_]:
    held = np.zeros(rows, bool)
    held[chance.permutation(rows)[: max(1, round(_HELD_OUT * rows))]] = True
    return held


def _remarks(column: str, eligible: int, known: int, used: int) -> list[str]:
    said = []
    if known < eligible:
        said.append(
            f"{eligible - known:,} of {eligible:,} documents have no usable {column} and were left out."
        )
    if used < known:
        said.append(f"{used:,} of {known:,} documents were drawn for this.")
    if used < 10 * _LEAST:
        said.append("There are few documents, so expect another sample to say something else.")
    return said


def _members(values: tuple[str, ...], codes: NDArray[np.int32]) -> tuple[list[str], NDArray[np.bool_]]:
    """Which of the commonest values each document has, (documents, targets); the rest are one value more."""
    counts = np.bincount(codes, minlength=len(values))
    chosen = [int(c) for c in np.argsort(-counts, kind="stable") if counts[c] >= _LEAST_OF_CLASS]
    chosen = chosen[:_MOST_CLASSES]
    member = codes[:, None] == np.array(chosen, np.int32)[None, :]
    names = [values[code] for code in chosen]
    others = ~member.any(axis=1)
    if int(others.sum()) >= _LEAST_OF_CLASS:
        return [*names, _OTHERS], np.column_stack((member, others))
    # Too few to be learnt: they stay, and every answer to them is wrong.
    return names, member


def _facet_members(
    facet: FacetColumn, rows: NDArray[np.int64], only: str | None, several: bool
) -> tuple[list[str], NDArray[np.bool_]]:
    if not several:
        return _members(facet.values, facet.codes[facet.starts[rows]])
    if only is not None:
        if only not in facet.values:
            raise UserError(
                f"“{facet.name}” has no value “{only}”.",
                "Nothing was predicted.",
                f"Its commonest values: {', '.join(facet.values[:5])}.",
            )
        chosen = [facet.values.index(only)]
        names = [only]
    else:
        chosen = list(range(min(_MOST_CLASSES, len(facet.values))))
        names = [facet.values[code] for code in chosen]
    member = np.column_stack([facet.having(np.array([code]))[rows] for code in chosen])
    enough = (member.sum(axis=0) >= _LEAST_OF_CLASS) & ((~member).sum(axis=0) >= _LEAST_OF_CLASS)
    return [name for name, kept in zip(names, enough, strict=True) if kept], member[:, enough]
