"""How the error of a library's autoencoders falls with their size, with k and with compute.

Power laws, fitted by ordinary least squares between logarithms: L(n) = c·n^γ for each k,
L(n, k) = exp(α)·k^βk·n^βn over all, and L(C) = a·C^−b for each k (arXiv 2408.00657, section 3; Gao et al.
2024). L is the held-out FVU.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.study.runs import Run, compare

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library
    from saerch_desktop.sae.config import SaeConfig, TrainConfig

CONVENTION: Final = (
    "C is counted as in the paper: updates × 2·d·(n + k), one forward pass of one document per update. "
    "The full count is, per document seen, 2·d·n for the encoder and 8·d·k for decoding, for the gradient "
    "of the activations and for both weight gradients, and per update 37·d·n for the optimiser, the clipping "
    "and the decoder's unit rows; AuxK, which works on dead features only, is left out."
)
_LEAST_FRONTIER: Final = 3


@dataclass(frozen=True, slots=True)
class Fit:
    """How good a straight line between logarithms is. runs: points it goes through or between. r_squared and
    residual_error (standard error of ln L) are None when there are no more points than parameters, where
    every line fits.
    """

    runs: int
    r_squared: float | None
    residual_error: float | None


@dataclass(frozen=True, slots=True)
class SizeLaw(Fit):
    """L(n) = coefficient · n^exponent at one `k`."""

    k: int
    coefficient: float
    exponent: float


@dataclass(frozen=True, slots=True)
class JointLaw(Fit):
    """L(n, k) = exp(alpha) · k^beta_k · n^beta_n."""

    alpha: float
    beta_k: float
    beta_n: float


@dataclass(frozen=True, slots=True)
class ComputeLaw(Fit):
    """L(C) = coefficient · C^−exponent at one `k`, over the frontier: the points (C, L) whose L no other
    point reaches with as little compute. C is counted as in the paper (see CONVENTION).
    """

    k: int
    coefficient: float
    exponent: float
    frontier: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Compute:
    """What one training cost. paper_flops, full_flops: see CONVENTION."""

    sae: str
    features: int
    k: int
    fvu: float
    paper_flops: float
    full_flops: float


@dataclass(frozen=True, slots=True)
class Group:
    """The laws of runs that may be compared: equal in all that `alike` names. warnings: plain sentences about
    what else differs, and how far the figures can be trusted.
    """

    alike: dict[str, str | int | float]
    runs: tuple[Compute, ...]
    sizes: tuple[SizeLaw, ...]
    joint: JointLaw | None
    compute: tuple[ComputeLaw, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scaling:
    """groups: the largest first. left_out: why other SAEs of the library take part in no law."""

    groups: tuple[Group, ...]
    left_out: tuple[str, ...]
    convention: str = CONVENTION

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def scaling(library: Library) -> Scaling:
    """Fit the laws to all SAEs of the library that were trained here with documents held out.

    Reads what the trainings wrote down; nothing is measured anew. Runs are fitted together only when they
    share vectors, variant, preset, passes, seed and the documents held out. Raises UserError when no group
    has two sizes at one k, and says which training is missing.
    """
    by_kind: dict[tuple[Any, ...], list[Run]] = {}
    left_out = []
    for run in compare(library):
        if run.details.train is None:
            left_out.append(f"“{run.sae}” was trained elsewhere.")
        elif run.fvu is None or run.fvu <= 0:
            left_out.append(f"“{run.sae}” has no error measured on documents held out.")
        else:
            by_kind.setdefault(tuple(_alike(run).values()), []).append(run)
    groups = []
    for runs in sorted(by_kind.values(), key=len, reverse=True):
        if any(len(sizes) > 1 for sizes in _sizes_by_k(runs).values()):
            groups.append(_group(runs))
        else:
            names = ", ".join(f"“{run.sae}”" for run in runs)
            left_out.append(f"No other size like {names}: {_missing(runs)}")
    if not groups:
        raise _too_few(by_kind.values(), left_out)
    return Scaling(tuple(groups), tuple(left_out))


def paper_flops(sae: SaeConfig, steps: int) -> float:
    """The paper's count of `steps` updates: steps × 2d(n + k), one document's forward pass for each."""
    return 2.0 * steps * sae.dim * (sae.features + sae.k)


def full_flops(sae: SaeConfig, steps: int, documents: int) -> float:
    """Multiplications and additions of a training with `steps` updates on `documents` documents, counted with
    repetition, as our step really does them: CONVENTION says what is counted.
    """
    forward_and_back = 2.0 * sae.dim * sae.features + 8.0 * sae.dim * sae.k
    # Per weight of the two n × d matrices 12 for Adam and 2 for the norm that is clipped; of the decoder 4
    # for its gradient's parallel part and 3 for unit rows; of the encoder 2 for the pre-bias's gradient.
    update = (2 * (12 + 2) + 4 + 3 + 2) * float(sae.features) * sae.dim
    return documents * forward_and_back + steps * update


def fit_size(k: int, features: Sequence[float], losses: Sequence[float]) -> SizeLaw:
    """L(n) = c·n^γ through at least two different sizes; ValueError otherwise."""
    weights, quality = _least_squares([features], losses)
    return SizeLaw(*quality, k=k, coefficient=float(np.exp(weights[0])), exponent=float(weights[1]))


def fit_joint(features: Sequence[float], ks: Sequence[float], losses: Sequence[float]) -> JointLaw:
    """L(n, k) = exp(α)·k^βk·n^βn; ValueError when the runs do not tell n from k."""
    weights, quality = _least_squares([ks, features], losses)
    alpha, beta_k, beta_n = map(float, weights)
    return JointLaw(*quality, alpha=alpha, beta_k=beta_k, beta_n=beta_n)


def fit_compute(k: int, points: Iterable[tuple[float, float]]) -> ComputeLaw:
    """L(C) = a·C^−b over the frontier of points (C, L); ValueError with fewer than three points on it."""
    frontier: list[tuple[float, float]] = []
    for spent, loss in sorted(points):
        if not frontier or loss < frontier[-1][1]:
            frontier.append((spent, loss))
    if len(frontier) < _LEAST_FRONTIER:
        raise ValueError("too few points")
    weights, quality = _least_squares([[spent for spent, _ in frontier]], [loss for _, loss in frontier])
    return ComputeLaw(
        *quality,
        k=k,
        coefficient=float(np.exp(weights[0])),
        exponent=-float(weights[1]),
        frontier=tuple(frontier),
    )


def _least_squares(
    causes: Sequence[Sequence[float]], losses: Sequence[float]
) -> tuple[NDArray[np.float64], tuple[int, float | None, float | None]]:
    """Weights of ln L = w₀ + Σ wᵢ·ln causeᵢ, and the values of a `Fit`."""
    target = np.log(np.asarray(losses, dtype=np.float64))
    design = np.column_stack([np.ones(len(target)), *[np.log(np.asarray(cause, float)) for cause in causes]])
    weights, _, rank, _ = np.linalg.lstsq(design, target, rcond=1e-9)
    if rank < design.shape[1]:
        raise ValueError("the runs do not tell the causes apart")
    left = float(np.square(target - design @ weights).sum())
    spread = float(np.square(target - target.mean()).sum())
    freedom = len(target) - design.shape[1]
    if freedom <= 0:
        return weights, (len(target), None, None)
    r_squared = 1 - left / spread if spread > 0 else None
    return weights, (len(target), r_squared, float(np.sqrt(left / freedom)))


def _group(runs: list[Run]) -> Group:
    found = [run for run in runs if run.fvu is not None]
    losses = [float(run.fvu or 0) for run in found]
    sizes, compute = [], []
    warnings = _warnings(found)
    for k in sorted({run.k for run in found}):
        here = [(run.features, loss) for run, loss in zip(found, losses, strict=True) if run.k == k]
        different = len({size for size, _ in here})
        if different > 1:
            sizes.append(fit_size(k, *zip(*here, strict=True)))
        else:
            warnings.append(f"k {k} has one size only and no law L(n).")
        if different == 2:
            warnings.append(f"L(n) at k {k} rests on two sizes, through which any line goes; train a third.")
        points = [point for run in found if run.k == k for point in _course(run)]
        try:
            compute.append(fit_compute(k, points))
        except ValueError:
            warnings.append(f"The runs with k {k} recorded too few passes for a law L(C).")
    joint = None
    if len(found) > 3 and len({run.k for run in found}) > 1:
        try:
            joint = fit_joint([run.features for run in found], [run.k for run in found], losses)
        except ValueError:
            joint = None
    if joint is None:
        warnings.append("The joint law L(n, k) wants at least four runs over two sizes and two k.")
    costs = tuple(_cost(run, loss) for run, loss in zip(found, losses, strict=True))
    return Group(_alike(found[0]), costs, tuple(sizes), joint, tuple(compute), tuple(warnings))


def _course(run: Run) -> list[tuple[float, float]]:
    """(C, L) at the end of each pass."""
    epochs = run.record.epochs if run.record is not None else ()
    return [
        (paper_flops(run.details.sae, epoch.step), epoch.fvu)
        for epoch in epochs
        if epoch.fvu is not None and epoch.fvu > 0 and epoch.step > 0
    ]


def _cost(run: Run, loss: float) -> Compute:
    train, metrics, sae = run.details.train, run.details.metrics, run.details.sae
    assert train is not None
    assert metrics is not None
    documents = train.epochs * metrics.n_train
    steps = train.epochs * -(-metrics.n_train // train.batch_size)
    if run.record is not None and run.record.epochs:
        steps, documents = run.record.epochs[-1].step, run.record.epochs[-1].documents
    return Compute(
        run.sae, sae.features, sae.k, loss, paper_flops(sae, steps), full_flops(sae, steps, documents)
    )


def _alike(run: Run) -> dict[str, str | int | float]:
    train, metrics, sae = run.details.train, run.details.metrics, run.details.sae
    assert train is not None
    assert metrics is not None
    return {
        "vectors": run.vectors,
        "variant": sae.variant,
        "preset": train.preset,
        "passes": train.epochs,
        "dim": sae.dim,
        "seed": train.seed,
        "heldout_fraction": train.heldout_fraction,
        "n_train": metrics.n_train,
        "n_heldout": metrics.n_heldout,
    }


def _warnings(runs: list[Run]) -> list[str]:
    warnings = []
    trains: list[TrainConfig] = [run.details.train for run in runs if run.details.train is not None]
    words = {"batch_size": "batch sizes", "learning_rate": "learning rates", "schedule": "schedules"}
    for name, word in words.items():
        values = sorted({getattr(train, name) for train in trains})
        if len(values) > 1:
            warnings.append(
                f"The runs were trained with different {word} ({', '.join(map(str, values))}), so not only"
                " their size makes the difference."
            )
    if any(train.schedule != "constant" for train in trains):
        warnings.append(
            "The learning rate fell in the course of these trainings, so L(C) shows how they went on; a"
            " training planned for fewer passes ends lower than these did at that point."
        )
    return warnings


def _sizes_by_k(runs: Iterable[Run]) -> dict[int, set[int]]:
    sizes: dict[int, set[int]] = {}
    for run in runs:
        sizes.setdefault(run.k, set()).add(run.features)
    return sizes


def _missing(runs: Sequence[Run]) -> str:
    """What to train so that these runs give a law."""
    run = max(runs, key=lambda run: run.features)
    train = run.details.train
    assert train is not None
    smaller, larger = max(run.k, run.features // 2), run.features * 2
    sizes = f"{larger:,}" if smaller == run.features else f"{smaller:,} and {larger:,}"
    return (
        f"train one with k {run.k} and {sizes} features, preset {train.preset}, {train.epochs} passes"
        f" and seed {train.seed}."
    )


def _too_few(kinds: Iterable[list[Run]], left_out: Sequence[str]) -> UserError:
    largest = max(kinds, key=len, default=None)
    if largest is None:
        return UserError(
            "This library has no autoencoder that was trained here and measured on held-out documents.",
            " ".join(["A scaling law needs several of different sizes; nothing was fitted.", *left_out]),
            "Train at least two with the same k and different numbers of features.",
        )
    return UserError(
        "There are too few comparable autoencoders for a scaling law: no two differ in size alone.",
        "Runs of another k, preset, seed or number of passes cannot stand in; nothing was fitted.",
        f"To begin with, {_missing(largest)}",
    )
