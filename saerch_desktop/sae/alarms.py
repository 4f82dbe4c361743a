"""What may be wrong with a training, in plain words and with a remedy. Loads no torch.

The alarms of a run follow from its records alone, so that there is at most one of a kind, an alarm that no
longer holds disappears, and a resumed run raises the same ones. A plateau is no alarm: every training ends
in one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from saerch_desktop.errors import UserError
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.record import EpochRecord

Kind = Literal["small corpus", "dead features", "overfitting", "memory"]

DOCUMENTS_PER_FEATURE: Final = 2  # fewer gained nothing on unseen documents, wherever it was tried
_MANY_DEAD: Final = 0.05
_OVERFITTED: Final = 1.02  # held-out error, times its best
_DIVERGED: Final = 10.0  # times the first error (at least 1)


@dataclass(frozen=True, slots=True)
class Alarm:
    """short: a few words for a line of progress. sentence: what is wrong and what helps."""

    kind: Kind
    short: str
    sentence: str


def alarms(
    epochs: Sequence[EpochRecord], config: TrainConfig, documents: int, part_rows: int | None = None
) -> tuple[Alarm, ...]:
    """What is to be said of a run after these passes over `documents` training documents.

    part_rows: how many documents the graphics card takes at a time, where a batch did not fit.
    """
    found = (
        small_corpus(config.sae.features, documents),
        _dead(epochs, config),
        _overfitting(epochs, config),
        _memory(part_rows, config.batch_size),
    )
    return tuple(alarm for alarm in found if alarm is not None)


def small_corpus(features: int, documents: int) -> Alarm | None:
    """Too few documents for so many features."""
    if documents >= DOCUMENTS_PER_FEATURE * features:
        return None
    return Alarm(
        "small corpus",
        "few documents for so many features",
        f"There are only {documents:,} training documents for {features:,} features, so many features will "
        "describe single documents rather than what documents share. Choose at most "
        f"{max(1, documents // DOCUMENTS_PER_FEATURE):,} features, or add documents.",
    )


def has_diverged(unexplained: float, total: float, first: float) -> bool:
    """Whether a batch's unexplained share and loss say that training came apart. first: the first
    batch's share.
    """
    return not math.isfinite(total) or not unexplained <= _DIVERGED * max(1.0, first)


def diverged(config: TrainConfig, unexplained: float) -> UserError:
    """The end of a training whose last batch had this unexplained share."""
    how = (
        "the reconstruction grew worse instead of better"
        if math.isfinite(unexplained)
        else "its figures are no longer numbers"
    )
    return UserError(
        f"Training came apart: {how}.",
        "No autoencoder was written; documents, vectors and other autoencoders are unharmed.",
        f"Train again from the beginning with a learning rate below {config.learning_rate:g}.",
    )


def _dead(epochs: Sequence[EpochRecord], config: TrainConfig) -> Alarm | None:
    # In the first of several passes the rate is still rising and AuxK has not begun.
    if not epochs or (epochs[-1].epoch == 1 and config.epochs > 1):
        return None
    share = epochs[-1].dead / config.sae.features
    if share <= _MANY_DEAD:
        return None
    return Alarm(
        "dead features",
        f"{share:.0%} of the features are dead",
        f"{share:.0%} of the features ({epochs[-1].dead:,}) were active for no document of the last pass and "
        "stay unused. Choose fewer features, or a learning rate below "
        f"{config.learning_rate:g}.",
    )


def _overfitting(epochs: Sequence[EpochRecord], config: TrainConfig) -> Alarm | None:
    judged = [(epoch.fvu, epoch) for epoch in epochs if epoch.fvu is not None]
    if not judged:
        return None
    (least, best), (fvu, last) = min(judged, key=lambda pair: pair[0]), judged[-1]
    if fvu <= _OVERFITTED * least or last.unexplained >= best.unexplained:
        return None
    kept = (
        f" The weights of pass {best.epoch} are kept."
        if config.keep == "best"
        else " Keeping the best pass instead of the last would help too."
    )
    return Alarm(
        "overfitting",
        "overfitting",
        f"The training documents are rebuilt ever better, but held-out documents worse than after pass "
        f"{best.epoch} ({fvu:.3f} unexplained instead of {least:.3f}): the features begin to learn single "
        f"documents by heart. Choose fewer features or passes, or add documents.{kept}",
    )


def _memory(part_rows: int | None, batch: int) -> Alarm | None:
    if part_rows is None:
        return None
    return Alarm(
        "memory",
        f"batches in parts of {part_rows:,}",
        f"The graphics card's memory did not hold a batch of {batch:,} documents, so batches are done in "
        f"parts of {part_rows:,}. The result is as good but takes longer; smaller batches, fewer features or "
        "closing other programs that use the card avoid it.",
    )
