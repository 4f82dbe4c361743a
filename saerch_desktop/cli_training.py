"""The commands that make autoencoders: train one, and carry one in or out."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from saerch_desktop import cli_report_sae as report
from saerch_desktop.cli_options import (
    ActiveFeatures,
    AppEmbedder,
    AppFolder,
    AppSaeName,
    Device,
    DeviceName,
    Epochs,
    EstimateOnly,
    ExportDir,
    ExportedSae,
    Features,
    Hosts,
    ImportedK,
    Json,
    LibraryDir,
    NewSaeName,
    PlanFile,
    Preset,
    PresetName,
    Processes,
    ReadAs,
    RecipeName,
    Resume,
    SaeFile,
    Seed,
    VariantName,
    WriteAs,
)
from saerch_desktop.cli_progress import StageClock, job
from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.workflow.build import Wishes

_KEPT = "The training so far is kept; run the same command with --resume to go on."
_NOTHING_TRAINED = "Nothing was trained and your library is unchanged."


def train(
    library: LibraryDir,
    name: NewSaeName = "",
    plan: PlanFile = None,
    preset: PresetName = Preset.balanced,
    variant: VariantName = None,
    recipe: RecipeName = None,
    features: Features = None,
    k: ActiveFeatures = None,
    epochs: Epochs = None,
    seed: Seed = 0,
    device: DeviceName = Device.auto,
    resume: Resume = False,
    estimate: EstimateOnly = False,
    processes: Processes = None,
    hosts: Hosts = None,
    as_json: Json = False,
) -> None:
    """Train an SAE on the vectors, then encode, index and label, until its features can be searched with.

    Says first how large it will be, how long it will take and how much memory and disk it wants.
    """
    if plan is not None:
        return _train_plan(library, plan, name, estimate=estimate, as_json=as_json)
    if not name:
        raise UserError(
            "It is not said what to call the SAE.", _NOTHING_TRAINED, "Give --name NAME, or --plan FILE."
        )
    from saerch_desktop.workflow.build import Wishes, train_sae
    from saerch_desktop.workflow.training_forecast import estimated, planned

    wishes = Wishes(
        preset=preset.value,
        features=features,
        k=k,
        epochs=epochs,
        seed=seed,
        device=device.value,
        variant=cast("Any", variant and variant.value),
        recipe=cast("Any", recipe and recipe.value),
    )
    if processes is not None or hosts is not None:
        _refuse_mixture(processes, estimate=estimate)
        made = planned(library, name, wishes, resume=resume)
        line = _line(library, name, wishes, processes or 1, hosts or 1, resume=resume)
        return report.several_processes(name, made, line, hosts or 1, as_json=as_json)
    if _world() > 1:
        return _train_together(library, name, wishes, resume=resume, estimate=estimate, as_json=as_json)
    with job("Nothing was trained.", quiet=True) as (progress, _):
        forecast = estimated(library, name, wishes, progress, resume=resume)
    if estimate:
        return report.forecast(forecast, as_json=as_json)
    if not as_json:
        report.forecast(forecast, as_json=False)
        sys.stdout.flush()
    with job(_KEPT, quiet=as_json) as (progress, _):
        built = train_sae(library, name, wishes, progress, resume=resume)
    report.trained(built, forecast, as_json=as_json)
    return None


def _train_plan(library: Path, file: Path, name: str, *, estimate: bool, as_json: bool) -> None:
    """Carry out a training plan from a file."""
    from saerch_desktop.workflow.training_forecast import forecast
    from saerch_desktop.workflow.training_plan import look, read_plan
    from saerch_desktop.workflow.training_run import run_plan

    if name:
        raise UserError(
            "--plan says itself what the SAEs are called.", _NOTHING_TRAINED, "Leave out --name, or --plan."
        )
    wanted = read_plan(file)
    with job("Nothing was trained.", quiet=True) as (progress, _):
        said = forecast(look(library), wanted, progress)
    if estimate or not as_json:
        report.plan_forecast(said, as_json=as_json)
        sys.stdout.flush()
    if estimate:
        return
    with job("What was trained is kept; run the same command to go on.", quiet=as_json) as (progress, _):
        done = run_plan(library, wanted, progress)
    report.plan_done(done, as_json=as_json)


def _refuse_mixture(processes: int | None, *, estimate: bool) -> None:
    if processes is None:
        raise UserError(
            "--hosts says on how many computers --processes N run.",
            _NOTHING_TRAINED,
            "Give --processes N too.",
        )
    if estimate:
        raise UserError(
            "--estimate measures one process on this computer, not several.",
            _NOTHING_TRAINED,
            "Leave out --processes and --hosts, or --estimate.",
        )


def _line(library: Path, name: str, wishes: Wishes, processes: int, hosts: int, *, resume: bool) -> str:
    from saerch_desktop.sae.distributed import torchrun_line

    given = {
        "--library": library,
        "--name": name,
        "--preset": wishes.preset,
        "--variant": wishes.variant,
        "--recipe": wishes.recipe,
        "--features": wishes.features,
        "--k": wishes.k,
        "--epochs": wishes.epochs,
        "--seed": wishes.seed,
        "--device": wishes.device,
    }
    options = [part for option, value in given.items() if value is not None for part in (option, str(value))]
    return torchrun_line(
        ["train", *options, *(["--resume"] if resume else [])], processes=processes, hosts=hosts
    )


def _world() -> int:
    """How many processes torchrun started for this training, 1 without it."""
    said = os.environ.get("WORLD_SIZE", "")
    return int(said) if said.isdigit() else 1


def _train_together(
    library: Path, name: str, wishes: Wishes, *, resume: bool, estimate: bool, as_json: bool
) -> None:
    """One of several processes: the first one speaks, writes and finishes, the others only compute."""
    from saerch_desktop.sae.distributed import peers_from_environment
    from saerch_desktop.workflow.build import join_training, train_sae
    from saerch_desktop.workflow.training_forecast import planned

    if estimate:
        _refuse_mixture(_world(), estimate=True)
    with peers_from_environment(wishes.device) as peers:
        if peers.rank > 0:
            with job(_KEPT, quiet=True) as (progress, _):
                join_training(library, name, progress, peers)
            return
        try:
            plan = planned(library, name, wishes, resume=resume)
        except UserError:
            peers.spread_text("")  # lets the others go without a word
            raise
        if not as_json:
            report.plan(name, plan, processes=peers.world)
            sys.stdout.flush()
        with job(_KEPT, quiet=as_json) as (progress, _):
            built = train_sae(library, name, wishes, progress, resume=resume, peers=peers)
        report.trained(built, None, as_json=as_json)


def import_sae(
    path: SaeFile,
    library: LibraryDir,
    name: NewSaeName,
    k: ImportedK = None,
    read_as: ReadAs = None,
    as_json: Json = False,
) -> None:
    """Bring in an SAE that was trained elsewhere, and make its features searchable."""
    from saerch_desktop.workflow import interchange

    with _interchange(as_json) as (progress, _):
        built = interchange.import_sae(path, library, name, progress, k=k, format=read_as)
    report.imported(built, as_json=as_json)


def export_sae(
    library: LibraryDir, sae: ExportedSae, write_as: WriteAs, out: ExportDir, as_json: Json = False
) -> None:
    """Write an SAE as another program's files."""
    from saerch_desktop.workflow import interchange

    with job("Nothing was written.", quiet=as_json) as (progress, _):
        lost = interchange.what_is_lost(library, sae, write_as)
        written = interchange.export_sae(library, sae, write_as, out, progress)
    report.exported(sae, write_as, written, lost, as_json=as_json)


def import_app(
    folder: AppFolder,
    library: LibraryDir,
    name: AppSaeName = "",
    k: ImportedK = None,
    embedder: AppEmbedder = "",
    as_json: Json = False,
) -> None:
    """Make a library from the data of the paper's released app: texts, vectors, SAE, labels and families."""
    from saerch_desktop.workflow import interchange

    with _interchange(as_json) as (progress, _):
        done = interchange.import_app_data(folder, library, progress, name=name, k=k, embedder=embedder)
    report.app_imported(library, done, as_json=as_json)


def _interchange(as_json: bool) -> AbstractContextManager[tuple[Progress, StageClock]]:
    return job("What was finished is kept; run the same command to go on from there.", quiet=as_json)
