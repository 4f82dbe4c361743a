"""The values that commands about autoencoders print, as plain dictionaries. Add keys, never rename them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from saerch_desktop.cli_values import plain
from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library
    from saerch_desktop.sae.estimate import Estimate
    from saerch_desktop.workflow.app_data import AppImport
    from saerch_desktop.workflow.build import Built
    from saerch_desktop.workflow.training_forecast import Forecast, Plan, PlanForecast
    from saerch_desktop.workflow.training_run import PlanDone


def plan(planned: Plan) -> dict[str, Any]:
    return {
        "config": planned.config.sae.model_dump(),
        "train": planned.config.model_dump(),
        "documents": planned.documents,
    }


def estimate(made: Estimate) -> dict[str, Any]:
    return plain(made)


def forecast(said: Forecast) -> dict[str, Any]:
    return {
        "name": said.name,
        **plan(said.plan),
        "resumed": said.resumed,
        "estimate": estimate(said.estimate),
    }


def plan_forecast(said: PlanForecast) -> dict[str, Any]:
    return {
        "saes": [forecast(row) for row in said.rows],
        "seconds": round(said.seconds, 2),
        "memory_bytes": said.memory_bytes,
        "disk_bytes": said.disk_bytes,
        "refusal": said.refusal,
    }


def plan_done(done: PlanDone) -> dict[str, Any]:
    return {
        "built": [built(one) for one in done.built],
        "alarms": list(done.alarms),
        "seconds": round(done.seconds, 2),
    }


def built(done: Built) -> dict[str, Any]:
    details = done.details
    return {
        "name": done.name,
        "config": details.sae.model_dump(),
        "train": details.train.model_dump() if details.train is not None else None,
        "metrics": details.metrics.model_dump() if details.metrics is not None else None,
        "documents_per_second": details.documents_per_second,
        "training_seconds": details.seconds,
        "seconds": round(done.seconds, 2),
        "alarms": list(done.alarms),
    }


def app_imported(library: Path, done: AppImport) -> dict[str, Any]:
    return {"library": str(library), **plain(done)}


def sae(library: Library, features: FeatureSet) -> dict[str, Any]:
    """Configuration, quality, the course of its training, and `statistics`: one entry per feature, in the
    order of their numbers.
    """
    from saerch_desktop.sae.record import load_run

    details, statistics = features.sae.details, features.statistics
    try:
        run = load_run(library.sae_folder(features.sae.name))
    except UserError:
        run = None
    return {
        "name": features.sae.name,
        "created": details.created,
        "config": details.sae.model_dump(),
        "train": details.train.model_dump() if details.train is not None else None,
        "metrics": details.metrics.model_dump() if details.metrics is not None else None,
        "run": run.model_dump(mode="json", exclude={"format", "version"}) if run is not None else None,
        "documents": features.documents,
        "statistics": [
            {
                "feature": number,
                "label": features.labels.text(number),
                "count": int(statistics.count[number]),
                "density": float(statistics.density[number]),
                "mean": float(statistics.mean[number]),
                "maximum": float(statistics.maximum[number]),
            }
            for number in range(details.sae.features)
        ],
    }
