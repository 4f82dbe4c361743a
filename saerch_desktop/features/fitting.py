"""Linear models on sparse activations, their strength of regularisation chosen by inner cross-validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet

Float = NDArray[np.float64]

_FOLDS: Final = 3
_RIDGE: Final = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
_LOGISTIC: Final = (0.01, 0.03, 0.1, 0.3, 1.0)  # C, the inverse of the penalty
_ROUNDS: Final = 300


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Linear functions of the activations, one per target.

    coefficients (targets, n) per unit of the design; intercepts (targets,). strength: the penalty's weight.
    edge: the strength is the first or last of those tried.
    """

    coefficients: Float
    intercepts: Float
    strength: float
    edge: bool

    def values(self, design: Any) -> Float:
        """(documents, targets)."""
        found: Float = design @ self.coefficients.T + self.intercepts
        return found


def design(features: FeatureSet, rows: NDArray[np.int64]) -> Any:
    """The activations of `rows` as a scipy CSR matrix (rows, n) float64, in units of each feature's p95: 1 is
    what the strongest 5 % of its documents reach.
    """
    from scipy.sparse import csr_matrix

    ids, values = features.codes.indices[rows], features.codes.values[rows]
    unit = np.maximum(features.statistics.p95.astype(np.float64), 1e-12)
    active = values > 0
    starts = np.concatenate(([0], np.cumsum(active.sum(axis=1))))
    picked = ids[active]
    made = csr_matrix(
        (values[active] / unit[picked], picked, starts), shape=(len(rows), features.sae.config.features)
    )
    made.sort_indices()
    return made


def fit_numbers(table: Any, truth: Float, seed: int, progress: Progress) -> Fit:
    """Ridge regression of one number (documents,), by the least squared error of held-out folds."""
    from sklearn.linear_model import Ridge

    def fitted(strength: float, rows: NDArray[np.int64]) -> Any:
        progress.check()
        return Ridge(alpha=strength, solver="sparse_cg", tol=1e-4, max_iter=_ROUNDS).fit(
            table[rows], truth[rows]
        )

    folds = _folds(len(truth), seed)
    progress.begin("Choosing the regularisation", len(_RIDGE), "strengths")
    losses = []
    for done, strength in enumerate(_RIDGE, 1):
        loss = 0.0
        for inner, outer in folds:
            loss += float(((fitted(strength, inner).predict(table[outer]) - truth[outer]) ** 2).sum())
        losses.append(loss)
        progress.advance(done)
    best = int(np.argmin(losses))
    model = fitted(_RIDGE[best], np.arange(len(truth)))
    return Fit(
        model.coef_.reshape(1, -1),
        np.atleast_1d(model.intercept_),
        _RIDGE[best],
        best in (0, len(_RIDGE) - 1),
    )


def fit_classes(table: Any, member: NDArray[np.bool_], seed: int, progress: Progress) -> Fit:
    """Logistic regressions with an L2 penalty, one for each column of `member` (documents, targets) against
    the rest, of one common strength, by the least log loss of held-out folds.
    """
    folds = _folds(len(member), seed)
    targets = member.shape[1]
    progress.begin("Choosing the regularisation", len(_LOGISTIC) * targets, "models")
    losses = np.zeros(len(_LOGISTIC))
    done = 0
    for place, strength in enumerate(_LOGISTIC):
        for target in range(targets):
            for inner, outer in folds:
                progress.check()
                coefficients, intercept = _logistic(table[inner], member[inner, target], strength)
                margin = table[outer] @ coefficients + intercept
                losses[place] += np.logaddexp(0, np.where(member[outer, target], -margin, margin)).sum()
            done += 1
            progress.advance(done)
        if place > 1 and losses[place] > losses[place - 1] > losses[place - 2]:
            losses[place + 1 :] = np.inf  # the loss is convex enough in its strength to stop here
            break
    best = int(np.argmin(losses))
    progress.begin("Fitting", targets, "models")
    coefficients, intercepts = np.zeros((targets, table.shape[1])), np.zeros(targets)
    for target in range(targets):
        coefficients[target], intercepts[target] = _logistic(table, member[:, target], _LOGISTIC[best])
        progress.advance(target + 1)
    return Fit(coefficients, intercepts, 1 / _LOGISTIC[best], best in (0, len(_LOGISTIC) - 1))


def _logistic(table: Any, member: NDArray[np.bool_], strength: float) -> tuple[Float, float]:
    if member.all() or not member.any():  # a fold without one of the kinds: nothing but its share is known
        share = (member.sum() + 0.5) / (len(member) + 1)
        return np.zeros(table.shape[1]), float(np.log(share / (1 - share)))
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits are not needed
        model = LogisticRegression(C=strength, tol=1e-3, max_iter=_ROUNDS).fit(table, member)
    return model.coef_[0], float(model.intercept_[0])


def _folds(rows: int, seed: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    order = np.random.default_rng(seed).permutation(rows)
    parts = np.array_split(order, _FOLDS)
    return [
        (np.sort(np.concatenate([part for j, part in enumerate(parts) if j != i])), np.sort(parts[i]))
        for i in range(_FOLDS)
    ]
