"""Families before a language model: what it is shown of each, and what is known before anything is sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from saerch_desktop.embedding.online.endpoint import endpoint_at
from saerch_desktop.errors import UserError
from saerch_desktop.features.families.family import Families
from saerch_desktop.features.families.family_lines import FamilyLines, TouchedLines
from saerch_desktop.features.llm.choice import Chooser, Chosen
from saerch_desktop.features.llm.family_prompts import FAMILIES, root_label
from saerch_desktop.features.llm.journal import Journal, run_key
from saerch_desktop.features.llm.naming import Namer
from saerch_desktop.features.llm.preparation import Preparation, domain_of, prices
from saerch_desktop.features.llm.settings import LlmSettings, Protocol

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library

JOURNAL_FILE: Final = "families_llm.journal.jsonl"
_LOCK_FILE: Final = "families_llm.lock"


class FamilyChooser(Chooser):
    """Chooses for any of some families, by its place among them."""

    def __init__(
        self, library: Library, features: FeatureSet, families: Families, protocol: Protocol, seed: int = 0
    ) -> None:
        self._families = families.families
        self._labels = features.labels
        lines = FamilyLines(features.inverted, self._families, features.codes.rows)
        touched = TouchedLines(features.inverted, self._families)
        super().__init__(library, features, protocol, seed, lines, touched)

    def of(self, feature: int, characters: int | None = None) -> Chosen:
        """The documents of a family, and what its members are called, the most general one first."""
        family = self._families[feature]
        labels = {member: self._labels.text(member) for member in family.members}
        if family.root is not None:
            labels = {family.root: root_label(labels[family.root]), **_without(labels, family.root)}
        return replace(super().of(feature, characters), members=tuple(labels.values()))


def family_preparation(
    library: Library,
    features: FeatureSet,
    families: Families,
    settings: LlmSettings,
    keys: Collection[str] | None = None,
) -> Preparation:
    """As `Preparation.of`, of families by their places; those that cover most documents come first.

    keys: of the families to be named, None for all. UserError: a setting, an address, a key or the journal
    cannot be used.
    """
    settings.require_sense()
    endpoint = endpoint_at(settings.base_url)
    domain = domain_of(library, settings)
    journal = Journal(features.folder, JOURNAL_FILE, _LOCK_FILE)
    unknown = set(keys or ()) - {family.key for family in families.families}
    if unknown:
        raise UserError(
            f"There is no family {min(unknown)!r} among those of this method.",
            "Nothing was sent.",
            "Choose families that are there: they get new keys when their members change.",
        )
    run = run_key(
        sae=features.sae.sha256,
        families=[family.key for family in families.families],
        prompts=FAMILIES.version(),
        models=[settings.model, settings.tester],
        protocol=repr(settings.steps),
        domain=domain,
        seed=settings.seed,
    )
    mean = features.statistics.count * features.statistics.mean.astype(float)
    wanted = [i for i, family in enumerate(families.families) if keys is None or family.key in keys]
    wanted.sort(key=lambda i: -float(mean[list(families.families[i].members)].sum()))
    done = {} if settings.again else journal.labels(run)
    chooser = FamilyChooser(library, features, families, settings.steps, settings.seed)
    return Preparation(
        settings=settings,
        endpoint=endpoint,
        prices=prices(endpoint, settings),
        journal=journal,
        namer=Namer(chooser, settings, domain, FAMILIES),
        run=run,
        todo=tuple(i for i in wanted if i not in done),
        done={i: done[i] for i in wanted if i in done},
    )


def _without(labels: dict[int, str], root: int) -> dict[int, str]:
    return {member: label for member, label in labels.items() if member != root}
