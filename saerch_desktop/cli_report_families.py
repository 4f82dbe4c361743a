"""What the command of families prints: as JSON for machines and as plain lines for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from saerch_desktop.cli_progress import duration
from saerch_desktop.cli_report import emit
from saerch_desktop.cli_report_sae import number
from saerch_desktop.cli_say import say

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.edits import Conflict
    from saerch_desktop.features.families.family import Family
    from saerch_desktop.features.feature_set import FeatureSet

_NAME: Final = 48
_MEMBERS: Final = 5
_MEMBER: Final = 28
_CONFLICTS: Final = 20
_MEANINGS: Final = (
    "\n  R: how much the most general feature overlaps with the others, over how much those overlap among"
    " themselves; above 1 it stands over them.",
    "  block: overlap of features inside the family over that with features outside; above 1 it is one.",
    "  inside: mean overlap of two of its features: documents of both over those of the rarer one.",
)
_SAID: Final = {
    "default": "by the default method",
    "paper": "by the paper's method",
    "imported": "that were brought in",
    "own": "of your own",
}


def families(
    features: FeatureSet,
    book: FamilyBook,
    top: int,
    *,
    built: bool,
    took: float,
    export: Path | None,
    as_json: bool,
) -> None:
    """built: whether they were built just now, within took seconds. export: the file they were written to."""
    if as_json:
        return emit(families_values(features, book, built=built, export=export))
    shown = list(book)
    sizes = np.array([len(family.members) for family in shown] or [0])
    live = book.built.live or int(features.statistics.live.sum())
    covered = len({member for family in shown for member in family.members})
    count = "1 family" if len(shown) == 1 else f"{len(shown):,} families"
    say(f"“{features.sae.name}”: {count} {_SAID[book.method]}")
    share = covered / max(1, live)
    say(f"  They hold {covered:,} of {live:,} active features ({share:.1%}).")
    say(f"  Members: median {np.median(sizes):g}, most {sizes.max():,} ({sizes.max() / max(1, live):.1%})")
    if book.built.made:
        how = "Built" if built else "Built before, at"
        when = f"in {duration(took)} (found in {duration(book.built.seconds)})" if built else book.built.made
        say(f"  {how} {when}")
    if book.hidden:
        say(f"  Hidden by you: {len(book.hidden):,}")
    if shown:
        _print_table(features, book, shown, top)
    _print_conflicts(book.conflicts)
    if export is not None:
        say(f"Written to {export}.")
    return None


def families_values(
    features: FeatureSet, book: FamilyBook, *, built: bool, export: Path | None = None
) -> dict[str, Any]:
    """Everything about the families that are shown, for JSON."""
    shown = list(book)
    live = book.built.live or int(features.statistics.live.sum())
    covered = {member for family in shown for member in family.members}
    largest = max((len(family.members) for family in shown), default=0)
    return {
        "sae": features.sae.name,
        "method": book.method,
        "options": book.built.options,
        "seed": book.built.seed,
        "made": book.built.made,
        "built_now": built,
        "seconds": book.built.seconds,
        "count": len(shown),
        "live": live,
        "coverage": len(covered) / max(1, live),
        "largest_share": largest / max(1, live),
        "links": len(book.links),
        "hidden": sorted(book.hidden),
        "edits": len(book.edits),
        "conflicts": [
            {
                "edit": conflict.edit.kind,
                "id": conflict.edit.id,
                "made": conflict.edit.made,
                "why": conflict.why,
            }
            for conflict in book.conflicts
        ],
        "families": [_family_values(features, book, family) for family in shown],
        "export": None if export is None else str(export),
    }


def _family_values(features: FeatureSet, book: FamilyBook, family: Family) -> dict[str, Any]:
    name = family.name
    return {
        "key": family.key,
        "name": book.text(family.key, features.labels.text),
        "source": None if name is None else name.source,
        "grade": "?" if name is None else name.grade,
        "auroc": None if name is None or name.detection is None else name.detection.auroc,
        "level": family.level,
        "root": family.root,
        "parents": [parent for parent in family.parents if parent in book.families],
        "members": list(family.members),
        **family.figures.model_dump(),
    }


def _print_table(features: FeatureSet, book: FamilyBook, shown: list[Family], top: int) -> None:
    text = features.labels.text
    heads = f"{'density':>7}  {'R':>6}  {'block':>6}  {'inside':>6}  name: members"
    say(f"\n  {'key':<12}  {'members':>7}  grade  {heads}")
    for family in shown[:top]:
        figures, name = family.figures, family.name
        members = ", ".join(_cut(text(child), _MEMBER) for child in family.children[:_MEMBERS])
        more = len(family.children) - _MEMBERS
        told = f"{members} and {more:,} more" if more > 0 else members
        say(
            f"  {family.key:<12}  {len(family.members):>7,}  {'?' if name is None else name.grade:<5}"
            f"  {number(figures.density, '.2%'):>7}  {number(figures.r, '.2f'):>6}"
            f"  {number(figures.block_ratio, '.1f'):>6}  {number(figures.inside, '.2f'):>6}"
            f"  {_cut(book.text(family.key, text), _NAME)}: {told}"
        )
    if len(shown) > top:
        say(f"  … and {len(shown) - top:,} more (--top)")
    for line in _MEANINGS:
        say(line)


def _print_conflicts(conflicts: tuple[Conflict, ...]) -> None:
    if not conflicts:
        return
    how = "1 change of yours does" if len(conflicts) == 1 else f"{len(conflicts):,} changes of yours do"
    say(f"\n{how} not fit these families. Nothing is lost: they are tried again when families change.")
    for conflict in conflicts[:_CONFLICTS]:
        say(f"  {conflict.edit.kind}: {conflict.why}")
    if len(conflicts) > _CONFLICTS:
        say(f"  … and {len(conflicts) - _CONFLICTS:,} more")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
