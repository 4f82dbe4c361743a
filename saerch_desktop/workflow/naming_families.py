"""Name the families of an SAE that are there: offline, or by a language model of the user's choice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.library import Library

if TYPE_CHECKING:
    from saerch_desktop.embedding.base import Embedder
    from saerch_desktop.embedding.online.sender import Patience
    from saerch_desktop.features.families.family import Families, FamilyName, Method
    from saerch_desktop.features.label import Grade, Label
    from saerch_desktop.features.llm.plan import Plan
    from saerch_desktop.features.llm.report import LlmReport
    from saerch_desktop.features.llm.settings import LlmSettings
    from saerch_desktop.progress import Progress

__all__ = [
    "FamilyNamingReport",
    "first_family_request",
    "name_families_by_llm",
    "name_families_offline",
    "plan_families_llm",
]


@dataclass(frozen=True, slots=True)
class FamilyNamingReport:
    """What naming did. named: families; auroc_median: over the tested ones, None without any; grades: by how
    many; judge: who tested, "" where nothing was; seconds: the whole job.
    """

    sae: str
    method: str
    named: int
    auroc_median: float | None
    grades: dict[Grade, int]
    judge: str
    seconds: float


def name_families_offline(
    path: Path, sae: str, progress: Progress, method: Method = "default"
) -> FamilyNamingReport:
    """Name the families of `method` anew without a network, and write them.

    Names that language models gave stay where they are the better ones. The library is only read; the
    families are written under their own lock. UserError: no such SAE, no families of this method, no vectors,
    another program writes families, disk full. Cancelled.
    """
    from saerch_desktop.features.families.naming import STAGES, name_families

    began = time.monotonic()
    progress.plan(STAGES)
    with Library.open(path) as library:
        features = FeatureSet.open(library, sae)
        found = name_families(library, features, _families(features, method), progress)
        progress.check()
        _write_names(features, found)
    names = [family.name for family in found.families if family.name is not None]
    figures = sorted(name.detection.auroc for name in names if name.detection is not None)
    judges = [name.detection.judge for name in names if name.detection is not None]
    return FamilyNamingReport(
        sae=sae,
        method=method,
        named=len(names),
        auroc_median=figures[len(figures) // 2] if figures else None,
        grades=dict(Counter(name.grade for name in names)),
        judge=judges[0] if judges else "",
        seconds=time.monotonic() - began,
    )


def plan_families_llm(
    path: Path,
    sae: str,
    settings: LlmSettings,
    progress: Progress,
    method: Method = "default",
    keys: Collection[str] | None = None,
) -> Plan:
    """What naming by a language model would take. Sends nothing, needs neither permission nor key.

    keys: of the families to be named, None for all. UserError: library, SAE, family or setting unusable.
    Cancelled.
    """
    from saerch_desktop.features.llm.families import family_preparation
    from saerch_desktop.features.llm.plan import estimate

    with Library.open(path) as library:
        features = FeatureSet.open(library, sae)
        ready = family_preparation(library, features, _families(features, method), settings, keys)
        return estimate(ready, progress)


def first_family_request(
    path: Path,
    sae: str,
    settings: LlmSettings,
    method: Method = "default",
    keys: Collection[str] | None = None,
) -> dict[str, Any]:
    """The first request that would be sent, exactly: "family" (its key), "url" and "body". Sends nothing.

    UserError as `plan_families_llm`, or when nothing is left to be named.
    """
    from saerch_desktop.features.llm.families import family_preparation

    with Library.open(path) as library:
        features = FeatureSet.open(library, sae)
        families = _families(features, method)
        request = family_preparation(library, features, families, settings, keys).first_request()
        return {"family": families.families[request.pop("feature")].key, **request}


def name_families_by_llm(
    path: Path,
    sae: str,
    settings: LlmSettings,
    progress: Progress,
    *,
    method: Method = "default",
    keys: Collection[str] | None = None,
    patience: Patience | None = None,
    embedder: Embedder | None = None,
) -> LlmReport:
    """Name families after section 4 of arXiv 2408.00657, test the names, and keep them.

    The model sees the members' names, the root's marked as that, documents that the family is about and near
    misses; another, or the same, predicts from the name alone in which held-out documents it is active. Names
    are kept by family in `family_names.json` as they come, and where one is better than the offline name it
    becomes the family's own at the end; building the families anew keeps them. Resumes by the journal
    `families_llm.journal.jsonl`: nothing is paid twice. Network, budget, pauses, patience, embedder, errors
    as of `workflow.naming_llm.name_by_llm`.
    """
    from saerch_desktop.features.families.name_files import best_named, load_names, save_names, with_name
    from saerch_desktop.features.families.naming import detections_of
    from saerch_desktop.features.judge import judge_for
    from saerch_desktop.features.llm.families import family_preparation
    from saerch_desktop.features.llm.service import NAMING
    from saerch_desktop.workflow.naming_llm import conducted

    with Library.open(path) as library:
        features = FeatureSet.open(library, sae)
        families = _families(features, method)
        ready = family_preparation(library, features, families, settings, keys)
        keys_by_place = [family.key for family in families.families]
        names = load_names(features.folder)

        def kept(label: Label) -> FamilyName | None:
            return next(
                (name for name in names.get(keys_by_place[label.feature], ()) if name.source == label.source),
                None,
            )

        def keep(new: Iterable[Label]) -> None:
            changed = False
            for label in new:
                name, key = family_name(label), keys_by_place[label.feature]
                former = kept(label)
                if former is not None and former.model_copy(update={"detection": name.detection}) == name:
                    continue
                names[key] = with_name(names.get(key, ()), name)
                changed = True
            if changed:
                save_names(features.folder, names)

        def tested(labels: list[Label]) -> list[Label]:
            known = {label.feature: kept(label) for label in labels}
            wanting = {
                keys_by_place[place]: name.text
                for place, name in known.items()
                if name is not None and name.detection is None
            }
            judge = judge_for(library, embedder) if wanting and library.vectors is not None else None
            found = detections_of(library, features, families, wanting, progress, judge)
            out = []
            for label in labels:
                name = known[label.feature]
                detection = found.get(keys_by_place[label.feature]) or (name.detection if name else None)
                out.append(label.model_copy(update={"detection": detection}))
            keep_tests = [label for label in out if label.detection is not None]
            for label in keep_tests:
                key = keys_by_place[label.feature]
                names[key] = with_name(names.get(key, ()), family_name(label))
            if keep_tests:
                save_names(features.folder, names)
            _write_names(features, best_named(_families(features, method), names))
            return out

        return conducted(ready, progress, patience, keep, tested, replace(NAMING, doing="Naming families"))


def family_name(label: Label) -> FamilyName:
    """A label of a family's place as the family's name."""
    from saerch_desktop.features.families.family import FamilyName
    from saerch_desktop.features.families.naming import sentence_case

    return FamilyName(
        text=sentence_case(label.text),
        source=label.source,
        detection=label.detection,
        pearson=label.pearson,
        f1=label.f1,
        tests=label.tests,
        reasoning=label.reasoning,
        made=label.made,
    )


def _families(features: FeatureSet, method: Method) -> Families:
    from saerch_desktop.features.families.family_files import load_families

    found = load_families(features.folder, method, features.sae.config.features)
    if found is None:
        raise UserError(
            f"There are no families of the method “{method}” for “{features.folder.name}”.",
            "Nothing was named.",
            "Build the families first, or choose another method.",
        )
    return found


def _write_names(features: FeatureSet, named: Families) -> None:
    """Put the names into the families as they are now: those built since by somebody else stay."""
    from saerch_desktop.features.families.family_files import save_families
    from saerch_desktop.workflow.families import writing

    if named.method == "imported":
        return  # another program's file is left as it came; its names are in ours
    with writing(features.folder):
        present = _families(features, named.method)
        names = {family.key: family.name for family in named.families}
        save_families(
            features.folder,
            present.model_copy(
                update={
                    "families": tuple(
                        family.model_copy(update={"name": names.get(family.key) or family.name})
                        for family in present.families
                    )
                }
            ),
        )
