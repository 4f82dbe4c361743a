"""The commands that make autoencoders: train one, and carry one in or out."""

from __future__ import annotations

from saerch_desktop import cli_report_sae as report
from saerch_desktop.cli_options import (
    ActiveFeatures,
    Device,
    DeviceName,
    Epochs,
    Features,
    Json,
    LibraryDir,
    NewSaeName,
    Preset,
    PresetName,
    Resume,
    Seed,
)
from saerch_desktop.cli_progress import job


def train(
    library: LibraryDir,
    name: NewSaeName,
    preset: PresetName = Preset.balanced,
    features: Features = None,
    k: ActiveFeatures = None,
    epochs: Epochs = None,
    seed: Seed = 0,
    device: DeviceName = Device.auto,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Train an SAE on the vectors, then encode, index and label, until its features can be searched with."""
    from saerch_desktop.workflow.build import Wishes, planned, train_sae

    wishes = Wishes(
        preset=preset.value, features=features, k=k, epochs=epochs, seed=seed, device=device.value
    )
    plan = planned(library, name, wishes, resume=resume)
    if not as_json:
        report.plan(name, plan)
    kept = "The training so far is kept; run the same command with --resume to go on."
    with job(kept, quiet=as_json) as (progress, _):
        built = train_sae(library, name, wishes, progress, resume=resume)
    report.trained(built, as_json=as_json)
