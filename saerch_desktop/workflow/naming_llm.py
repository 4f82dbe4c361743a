"""Name features by a language model: an estimate first, then the naming itself, from a library's folder."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from saerch_desktop.embedding.online.purpose import Purpose
from saerch_desktop.embedding.online.sender import Patience
from saerch_desktop.features import label as grades
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import LLM_FILE, load_labels, save_labels
from saerch_desktop.features.llm.job import NamingJob, Outcome, Stop
from saerch_desktop.features.llm.plan import Plan, estimate
from saerch_desktop.features.llm.preparation import Preparation
from saerch_desktop.features.llm.purse import Purse
from saerch_desktop.features.llm.report import Failure, LlmReport
from saerch_desktop.features.llm.service import NAMING, Service
from saerch_desktop.features.llm.settings import LlmSettings
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.embedding.base import Embedder

__all__ = [
    "Failure",
    "LlmReport",
    "LlmSettings",
    "Plan",
    "conducted",
    "first_request",
    "name_by_llm",
    "plan_llm",
]

# A model on this computer may take minutes for one answer on a slow processor.
_LOCAL_PATIENCE: Final = Patience(timeout_s=900.0)
_PATIENCE: Final = Patience(timeout_s=180.0)
_Claims = dict[tuple[int, str], Label]


def plan_llm(path: Path, sae: str, settings: LlmSettings, progress: Progress) -> Plan:
    """What naming would take. Sends nothing, needs neither permission nor key; seconds at most.

    path: the library's folder. UserError: library, SAE, feature or setting unusable. Cancelled.
    """
    with Library.open(path) as library:
        return estimate(Preparation.of(library, FeatureSet.open(library, sae), settings), progress)


def first_request(
    path: Path, sae: str, settings: LlmSettings, progress: Progress | None = None
) -> dict[str, Any]:
    """The first request that would be sent, exactly: "feature", "url" and "body" (the JSON that goes there).

    Sends nothing. UserError as `plan_llm`, or when nothing is left to be named.
    """
    with Library.open(path) as library:
        ready = Preparation.of(library, FeatureSet.open(library, sae), settings)
        if progress is not None:
            progress.check()
        return ready.first_request()


def name_by_llm(
    path: Path,
    sae: str,
    settings: LlmSettings,
    progress: Progress,
    *,
    patience: Patience | None = None,
    embedder: Embedder | None = None,
) -> LlmReport:
    """Name features, test the names, and keep them in the SAE's `labels_llm.json` as it goes.

    Resumes by itself: what the journal beside the SAE holds is not paid for again. Opens the library for
    reading only; the window shows new names after `controller.library.refresh(path)`. progress: stages
    "Naming features" (features; `cost` says what is spent), then those of the tests. While it is paused no
    request is begun; those under way are finished and remembered. A budget that is reached
    ends the run without an error (`LlmReport.stopped`). patience: how long to wait for the service; embedder:
    what made the library's vectors, if it is open already. Raises Cancelled (within 0.2 s; everything
    answered is kept), UserError when the service as a whole cannot be used, is not permitted, or there is no
    cap where money could be spent.
    """
    with Library.open(path) as library:
        features = FeatureSet.open(library, sae)
        ready = Preparation.of(library, features, settings)
        claims = _claims(features)

        def save(labels: Iterable[Label]) -> None:
            _keep(features, claims, (label for label in labels if not _is_kept(label, claims)))

        def tested(named: list[Label]) -> list[Label]:
            numbers = [label.feature for label in named]
            _test(library, features, claims, numbers, settings, embedder, progress)
            return [claims[_key(label)] for label in named]

        return conducted(ready, progress, patience, save, tested)


def conducted(
    ready: Preparation,
    progress: Progress,
    patience: Patience | None,
    save: Callable[[Iterable[Label]], None],
    tested: Callable[[list[Label]], list[Label]],
    purpose: Purpose = NAMING,
) -> LlmReport:
    """Name what `ready` says. save: is given labels as they come, those made before too; tested: tests
    labels, keeps the tests, and returns them with these. Raises as `name_by_llm`.
    """
    began = time.monotonic()
    settings = ready.settings
    progress.plan([f"Naming {ready.namer.manner.things}", "Placing labels", "Testing labels"])
    ready.endpoint.require_permission(settings.allow_network, purpose)
    ready.require_permission_to_spend()
    ready.endpoint.key()  # a missing key is better told now
    stop = Stop(progress)
    purse = Purse(settings.budget, settings.budget_tokens, stop.check)
    with ready.journal as journal:
        service = Service(
            endpoint=ready.endpoint,
            purse=purse,
            journal=journal,
            prices=ready.prices,
            patience=patience or (_LOCAL_PATIENCE if ready.endpoint.loopback else _PATIENCE),
            fresh=settings.again,
        )
        # What a run that was killed could not write, or a run on other terms has replaced since.
        save(ready.done.values())
        job = NamingJob(ready.namer, service, ready.run, stop, save)
        job.work(ready.todo, len(ready.done), progress)
        new = set(job.outcome.labels)
        every = tested([*ready.done.values(), *job.outcome.labels.values()])
    named = [label for label in every if label.feature in new]
    return _report(ready, job.outcome, service, named, time.monotonic() - began)


def _claims(features: FeatureSet) -> _Claims:
    """What language models have said before, by feature and source. UserError when the file is damaged."""
    if not (features.folder / LLM_FILE).is_file():
        return {}
    return {
        _key(label): label for label in load_labels(features.folder, features.sae.config.features, LLM_FILE)
    }


def _key(label: Label) -> tuple[int, str]:
    return label.feature, label.source


def _is_kept(label: Label, claims: _Claims) -> bool:
    kept = claims.get(_key(label))
    return kept is not None and kept.model_copy(update={"detection": label.detection}) == label


def _keep(features: FeatureSet, claims: _Claims, labels: Iterable[Label]) -> None:
    """Put labels in the place of those the same model gave the same features, and write the file."""
    new = {_key(label): label for label in labels}
    if new:
        claims.update(new)
        save_labels(features.folder, features.sae.config.features, claims.values(), LLM_FILE)


def _test(
    library: Library,
    features: FeatureSet,
    claims: _Claims,
    named: list[int],
    settings: LlmSettings,
    embedder: Embedder | None,
    progress: Progress,
) -> None:
    """Measure the labels that are not tested yet and write them again."""
    from saerch_desktop.features.detection import Detector

    source = f"llm: {settings.model}"
    untested = [claims[feature, source] for feature in named if claims[feature, source].detection is None]
    if not untested or library.vectors is None:
        return
    found = Detector(library, features, embedder).detect(
        [(label.feature, label.text) for label in untested], progress
    )
    tested = [
        label.model_copy(update={"detection": detection})
        for label, detection in zip(untested, found, strict=True)
        if detection is not None
    ]
    _keep(features, claims, tested)


def _report(
    ready: Preparation, outcome: Outcome, service: Service, named: list[Label], seconds: float
) -> LlmReport:
    spent = service.purse.spent
    pearson = [label.pearson for label in named if label.pearson is not None]
    f1 = [label.f1 for label in named if label.f1 is not None]
    counted = Counter(label.grade for label in named)
    notes = list(service.notes)
    asked, used = ready.settings.steps.characters, ready.namer.characters
    if used < asked:
        notes.append(
            f"The model takes only short questions: texts were cut to {used:,} characters, not {asked:,}."
        )
    return LlmReport(
        named=len(named),
        done=len(ready.done),
        failed=outcome.failures(),
        left=len(outcome.left),
        stopped=outcome.stopped,
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        money=None if None in ready.prices.values() else spent.money,
        seconds=seconds,
        median_pearson=statistics.median(pearson) if pearson else None,
        median_f1=statistics.median(f1) if f1 else None,
        grades={grade: counted[grade] for grade in grades.GRADES if counted[grade]},
        prompt=ready.namer.manner.version(),
        notes=tuple(notes),
    )
