"""What each kind of long job does, from wishes that a file can hold: how one that was interrupted goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

Run = Callable[[Path, Mapping[str, Any], Progress], object]


def run_sample(library: Path, wishes: Mapping[str, Any], progress: Progress) -> object:
    from saerch_desktop.workflow.sample import build_sample

    return build_sample(library, progress)


def run_import(library: Path, wishes: Mapping[str, Any], progress: Progress) -> object:
    """wishes: as of `workflow.making.NewLibrary.to_json`."""
    from saerch_desktop.workflow.making import NewLibrary, make_library

    return make_library(NewLibrary.from_json(library, wishes), progress)


def run_embed(library: Path, wishes: Mapping[str, Any], progress: Progress) -> object:
    """wishes: {"embedder": str}."""
    from saerch_desktop.workflow.making import embed_all

    embed_all(library, _text(wishes, "embedder"), progress)
    return None


def run_train(library: Path, wishes: Mapping[str, Any], progress: Progress) -> object:
    """wishes: a `workflow.training_plan.TrainingPlan` as JSON."""
    from saerch_desktop.workflow.training_plan import TrainingPlan
    from saerch_desktop.workflow.training_run import run_plan

    return run_plan(library, TrainingPlan.from_json(dict(wishes)), progress)


def run_label(library: Path, wishes: Mapping[str, Any], progress: Progress) -> object:
    """wishes: {"sae": str, "features": list[int] or None for all}."""
    from saerch_desktop.workflow.naming import name_offline

    features = wishes.get("features")
    if features is not None and not (
        isinstance(features, list) and all(type(feature) is int for feature in features)
    ):
        raise unreadable()
    return name_offline(library, _text(wishes, "sae"), progress, features)


def run_families(library: Path, wishes: Mapping[str, Any], progress: Progress) -> object:
    """wishes: {"sae": str, "method": str, "resolution": float}."""
    from saerch_desktop.workflow.families import build_families

    method, resolution = _text(wishes, "method"), wishes.get("resolution", 1.0)
    if (
        method not in ("default", "paper")
        or type(resolution) not in (int, float)
        or not 0 < resolution <= 1e6
    ):
        raise unreadable()
    return build_families(
        library,
        _text(wishes, "sae"),
        progress,
        method="paper" if method == "paper" else "default",
        resolution=float(resolution),
    )


def run_map(library: Path, wishes: Mapping[str, Any], progress: Progress) -> object:
    """wishes: {"of": "documents" or "features", "sae": str, "" without features}."""
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library
    from saerch_desktop.workflow.mapping import make_map

    of, sae = _text(wishes, "of"), _text(wishes, "sae")
    if of not in ("documents", "features"):
        raise unreadable()
    with Library.open(library) as opened:
        features = FeatureSet.open(opened, sae) if sae else None
        return make_map(
            opened, features, "features" if of == "features" else "documents", "umap", progress, anew=True
        )


def unreadable() -> UserError:
    """What was written down of a job cannot be carried out."""
    return UserError(
        "What was kept of the interrupted job cannot be read.",
        "The library is as it was left; what was finished before is still there.",
        "Start the job again from its menu; it goes on where it stopped.",
    )


def _text(wishes: Mapping[str, Any], name: str) -> str:
    value = wishes.get(name)
    if not isinstance(value, str):
        raise unreadable()
    return value
