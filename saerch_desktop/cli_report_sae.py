"""What the commands about autoencoders print: as JSON for machines and as plain lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saerch_desktop import cli_values_sae as values
from saerch_desktop.cli_progress import duration
from saerch_desktop.cli_report import emit
from saerch_desktop.cli_say import say

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library
    from saerch_desktop.workflow.app_data import AppImport
    from saerch_desktop.workflow.build import Built
    from saerch_desktop.workflow.training_forecast import Forecast, Plan, PlanForecast
    from saerch_desktop.workflow.training_run import PlanDone


def plan(name: str, planned: Plan, processes: int = 1) -> None:
    """What will be trained, in two lines."""
    config, sae = planned.config, planned.config.sae
    variant = "" if sae.variant == "topk" else f", {sae.variant}"
    say(
        f"Training “{name}”: {sae.features:,} features, {sae.k} active per document{variant},"
        f" {config.epochs} passes over {planned.documents:,} documents of {sae.dim} dimensions."
    )
    shared = "" if processes == 1 else f", {processes} processes"
    say(
        f"  Preset {config.preset}, batches of {config.batch_size:,}, learning rate {config.learning_rate:g}"
        f" ({config.schedule}), seed {config.seed}, device {config.device}{shared}."
    )


def forecast(said: Forecast, *, as_json: bool) -> None:
    """The plan, and what it will cost on this computer."""
    if as_json:
        return emit(values.forecast(said))
    plan(said.name, said.plan)
    estimate = said.estimate
    begun = " from the beginning (a part is done already)" if said.resumed else ""
    times = [duration(float(f"{time:.1e}")) for time in (estimate.seconds, estimate.encoding_seconds)]
    say(
        f"  Expected{begun}: about {times[0]}, and {times[1]} to encode; {size(estimate.memory_bytes)} of"
        f" memory, {size(estimate.disk_bytes)} on disk"
        f" ({estimate.documents_per_second:,.0f} documents a second)."
    )
    for warning in estimate.warnings:
        say(f"  Note: {warning}")
    return None


def several_processes(name: str, planned: Plan, line: str, hosts: int, *, as_json: bool) -> None:
    """The plan, and the command that carries it out by several processes on each of `hosts` hosts."""
    if as_json:
        return emit({"name": name, **values.plan(planned), "command": line})
    plan(name, planned)
    if hosts > 1:
        say(
            "Run this on each host, with the name of one of them in place of HOST. All must find the library"
            " under the same path; only the first process writes to it:"
        )
    else:
        say("Run this:")
    say(f"  {line}")
    return None


def trained(built: Built, said: Forecast | None, *, as_json: bool) -> None:
    payload = values.built(built)
    if as_json:
        return emit({**payload, "estimate": None if said is None else values.estimate(said.estimate)})
    quality = payload["metrics"]
    say(f"“{built.name}” is trained and searchable after {duration(built.seconds)}.")
    if quality:
        say(f"  Unexplained on {quality['n_heldout']:,} held-out documents: {quality['fvu']:.1%}")
        say(
            f"  Active features per document: {quality['l0']:.1f};"
            f" never active: {quality['dead_fraction']:.1%}"
        )
    for alarm in built.alarms:
        say(f"  Note: {alarm}")
    return None


def plan_forecast(said: PlanForecast, *, as_json: bool) -> None:
    """What each SAE of a plan will cost, and all of them together."""
    if as_json:
        return emit(values.plan_forecast(said))
    for row in said.rows:
        forecast(row, as_json=False)
    say(
        f"Together {len(said.plan.runs())} SAEs: about {duration(float(f'{said.seconds:.1e}'))},"
        f" {size(said.memory_bytes)} of memory, {size(said.disk_bytes)} on disk; names and families come on"
        " top."
    )
    if said.refusal:
        say(f"  This cannot be done: {said.refusal}")
    return None


def plan_done(done: PlanDone, *, as_json: bool) -> None:
    """What came of a training plan."""
    if as_json:
        return emit(values.plan_done(done))
    for one in done.built:
        quality = one.details.metrics
        held = "" if quality is None else f": {quality.fvu:.1%} unexplained"
        say(f"“{one.name}” is trained{held}.")
    say(f"The plan was done in {duration(done.seconds)}.")
    for alarm in done.alarms:
        say(f"  Note: {alarm}")
    return None


def imported(built: Built, *, as_json: bool) -> None:
    payload = values.built(built)
    if as_json:
        return emit(payload)
    config = payload["config"]
    say(
        f"“{built.name}” is in the library and searchable after {duration(built.seconds)}:"
        f" {config['features']:,} features, k {config['k']}, {config['variant']}."
    )
    for note in built.alarms:
        say(f"  Note: {note}")
    return None


def exported(
    sae_name: str, form: str, written: Sequence[Path], lost: Sequence[str], *, as_json: bool
) -> None:
    """written: the files; lost: what the format has no place for, in sentences."""
    if as_json:
        files = [str(path) for path in written]
        return emit({"sae": sae_name, "format": form, "files": files, "left_out": list(lost)})
    say(f"“{sae_name}” was written as {form}:")
    for path in written:
        say(f"  {path} ({size(path.stat().st_size)})")
    for sentence in lost:
        say(f"  Note: {sentence}")
    return None


def app_imported(library: Path, done: AppImport, *, as_json: bool) -> None:
    payload = values.app_imported(library, done)
    if as_json:
        return emit(payload)
    say(f"The app's data is in {library}.")
    for name, value in payload.items():
        if name != "library" and isinstance(value, int):
            say(f"  {name.replace('_', ' ').capitalize()}: {value:,}")
    for note in done.notes:
        say(f"  Note: {note}")
    return None


def sae(library: Library, features: FeatureSet, top: int, *, as_json: bool) -> None:
    payload = values.sae(library, features)
    if as_json:
        return emit(payload)
    config, quality, run = payload["config"], payload["metrics"], payload["run"]
    say(
        f"“{payload['name']}”: {config['features']:,} features, k {config['k']}, {config['dim']} dimensions,"
        f" variant {config['variant']}"
    )
    if config["levels"]:
        say(f"  Levels: {', '.join(f'{level:,}' for level in config['levels'])}")
    if quality:
        say(
            f"  Unexplained on {quality['n_heldout']:,} held-out documents {quality['fvu']:.1%},"
            f" active per document {quality['l0']:.1f}, never active {quality['dead_fraction']:.1%}"
        )
    if run:
        _print_passes(run["epochs"])
        for alarm in run["alarms"]:
            say(f"  Note: {alarm}")
    if top:
        say("  Most frequent features:")
    for entry in sorted(payload["statistics"], key=lambda entry: (-entry["density"], entry["feature"]))[:top]:
        say(
            f"  {entry['feature']:>7}  {entry['density']:>7.2%}  max {entry['maximum']:.3f}  {entry['label']}"
        )
    return None


def _print_passes(passes: Sequence[dict[str, Any]]) -> None:
    if passes:
        say("  Pass  unexplained  held out    active    dead    rare  overlap@10  documents/s")
    for one in passes:
        say(
            f"  {one['epoch']:>4}  {one['unexplained']:>11.4f}  {number(one['fvu'], '.4f'):>8}"
            f"  {one['l0']:>8.1f}  {one['dead']:>6,}  {one['rare']:>6,}"
            f"  {number(one['overlap'], '.3f'):>10}  {one['documents_per_second']:>11,.0f}"
        )


def number(value: float | None, form: str) -> str:
    """A figure, or a dash where there is none."""
    return "–" if value is None else format(value, form)


def size(count: int) -> str:
    """Bytes in the words of people: `512 kB`, `31 MB`, `1.2 GB`."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000)):,} kB"
    return f"{count / 1_000_000:,.0f} MB" if count < 1_000_000_000 else f"{count / 1_000_000_000:,.1f} GB"
