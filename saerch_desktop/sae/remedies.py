"""What can be done about a training's alarms while it goes on, or by beginning it again. Loads no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from saerch_desktop.sae.alarms import DOCUMENTS_PER_FEATURE, Alarm
from saerch_desktop.sae.config import TrainConfig

Act = Literal["more auxiliary", "slower", "fewer features", "stop"]

_AUXILIARY: Final = 2.0
_SLOWER: Final = 0.5
_FEWEST: Final = 16


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing that helps against an alarm.

    act: "more auxiliary" and "slower" change the training that runs; "fewer features" begins it again with
    `features`; "stop" ends it and keeps its best pass. words: what a button says. meaning: one sentence.
    """

    act: Act
    words: str
    meaning: str
    features: int | None = None


def remedies(alarms: Sequence[Alarm], config: TrainConfig, documents: int) -> tuple[Remedy, ...]:
    """What to offer against these alarms of a training on so many documents, the gentlest first."""
    offered: list[Remedy] = []
    for alarm in alarms:
        if alarm.kind == "dead features":
            offered += [_more_auxiliary(config)] if config.aux_k else []
            offered += [_slower(config), _fewer(config, config.sae.features * 2 // 3)]
        elif alarm.kind == "small corpus":
            offered.append(_fewer(config, documents // DOCUMENTS_PER_FEATURE))
        elif alarm.kind == "overfitting":
            offered.append(
                Remedy(
                    "stop",
                    "Stop and keep the best pass",
                    "The pass that explained held-out documents best becomes the SAE; no more are made.",
                )
            )
    found: dict[Act, Remedy] = {}
    for one in offered:
        if one.features is None or _FEWEST <= one.features < config.sae.features:
            found.setdefault(one.act, one)
    return tuple(found.values())


def changed(config: TrainConfig, act: Act) -> TrainConfig:
    """The configuration after a remedy that changes the training that runs; as it is after any other."""
    if act == "more auxiliary":
        return with_changes(config, auxiliary=_AUXILIARY)
    return with_changes(config, rate=_SLOWER) if act == "slower" else config


def told_change(act: Act, before: TrainConfig, after: TrainConfig, passes: float) -> str:
    """A change that was made after so many passes, as one sentence."""
    if act == "more auxiliary":
        return (
            f"After {passes:.1f} passes up to {after.aux_k} dead features were called back instead of "
            f"{before.aux_k}, with twice the weight."
        )
    return (
        f"After {passes:.1f} passes the learning rate was halved, from {before.learning_rate:.2g} to "
        f"{after.learning_rate:.2g}."
    )


def with_changes(config: TrainConfig, *, rate: float = 1.0, auxiliary: float = 1.0) -> TrainConfig:
    """The same with `rate` times the learning rate, and `auxiliary` times AuxK's features and weight."""
    if rate == auxiliary == 1.0:
        return config
    return config.model_copy(
        update={
            "learning_rate": min(1.0, config.learning_rate * rate),
            "aux_k": round(config.aux_k * auxiliary),
            "aux_coefficient": config.aux_coefficient * auxiliary,
        }
    )


def _more_auxiliary(config: TrainConfig) -> Remedy:
    return Remedy(
        "more auxiliary",
        "Call back more dead features",
        f"Up to {2 * config.aux_k} dead features instead of {config.aux_k} learn from what a document leaves "
        "unexplained, with twice the weight (AuxK × 2); the training goes on.",
    )


def _slower(config: TrainConfig) -> Remedy:
    return Remedy(
        "slower",
        "Halve the learning rate",
        f"From {config.learning_rate:.2g} to {config.learning_rate * _SLOWER:.2g}: features are outgrown "
        "less quickly, and fewer die; the training goes on.",
    )


def _fewer(config: TrainConfig, features: int) -> Remedy:
    features -= features % 16 if features > 16 else 0
    features = max(features, config.sae.k)
    return Remedy(
        "fewer features",
        f"Begin again with {features:,} features",
        "What was trained so far of this SAE is thrown away.",
        features,
    )
