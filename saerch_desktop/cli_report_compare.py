"""What the commands between SAEs print: as JSON for machines and as plain lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from saerch_desktop.cli_report import emit
from saerch_desktop.cli_report_sae import number
from saerch_desktop.cli_say import say

if TYPE_CHECKING:
    from saerch_desktop.features.matching import Matching, Side
    from saerch_desktop.features.split_tree import SplitTree
    from saerch_desktop.study.runs import Run
    from saerch_desktop.workflow.comparing import CarryReport, Comparison

_BAR = 40
_PARTS = 6  # of a split: more are only counted


def comparison(found: Comparison, trees: Sequence[SplitTree], *, as_json: bool) -> None:
    if as_json:
        return emit(comparison_values(found, trees))
    ours, theirs = found.runs
    matching = found.matching
    say(_facts(ours, matching.left))
    say(_facts(theirs, matching.right))
    differing = found.differences
    say(f"  They differ in: {', '.join(differing) if differing else 'nothing that is recorded'}.")
    for title, side in (
        (f"“{ours.sae}” in “{theirs.sae}”", matching.left),
        (f"“{theirs.sae}” in “{ours.sae}”", matching.right),
    ):
        _print_side(title, side)
    _print_pairs(found)
    _print_histogram(found)
    _print_splits(found)
    for tree in trees:
        _print_tree(tree)
    return None


def carried(done: CarryReport, *, as_json: bool) -> None:
    if as_json:
        return emit(
            {
                "from": done.origin,
                "to": done.target,
                "least": done.least,
                "carried": len(done.names),
                "tested": done.tested,
                "shown": done.shown,
                "grades": done.grades,
                "confidence_median": _or_none(done.confidence),
                "names": [{**asdict(name), "confidence": name.confidence} for name in done.names],
            }
        )
    if not done.names:
        say(
            f"No named feature of “{done.origin}” has one of “{done.target}” within cosine {done.least:g};"
            " nothing was carried over."
        )
        return None
    human = sum(name.named.partition(":")[0] == "human" for name in done.names)
    paired = sum(name.how == "one-to-one" for name in done.names)
    say(
        f"{len(done.names):,} names carried from “{done.origin}” to “{done.target}”"
        f" (cosine ≥ {done.least:g}): {paired:,} by one-to-one match,"
        f" {len(done.names) - paired:,} by the nearest; {human:,} of them given by the analyst."
    )
    say(f"  Confidence (cosine × shared documents): median {done.confidence:.2f}")
    graded = ", ".join(f"{grade} {count:,}" for grade, count in done.grades.items())
    say(f"  Tested on documents held out: {done.tested:,}; grades {graded}")
    say(f"  Shown now for {done.shown:,} features; the others keep a name that was tested better.")
    return None


def comparison_values(found: Comparison, trees: Sequence[SplitTree]) -> dict[str, Any]:
    """Add keys, never rename them."""
    matching = found.matching
    return {
        "left": found.runs[0].as_dict(),
        "right": found.runs[1].as_dict(),
        "differences": list(found.differences),
        "left_in_right": side_values(matching.left),
        "right_in_left": side_values(matching.right),
        "one_to_one": {
            "pairs": int((matching.left.partner >= 0).sum()),
            "median": _or_none(matching.left.partner_median),
            "share_07": _share(matching, 0.7),
            "share_09": _share(matching, 0.9),
        },
        "documents": documents_values(found),
        "splits": [_split_values(found, left, feature) for left, feature in found.splits()],
        "trees": [tree.as_dict() for tree in trees],
    }


def side_values(side: Side) -> dict[str, Any]:
    """How the features of one SAE are found in the other."""
    edges, counts = side.histogram()
    return {
        "live": int(side.live.sum()),
        "median": _or_none(side.median),
        "share_09": _or_none(side.share()),
        "recurring": int(side.recurring.sum()),
        "split": int(side.split.sum()),
        "merged": int(side.merged.sum()),
        "only": int(side.only.sum()),
        "histogram": {"edges": [round(float(edge), 4) for edge in edges], "counts": counts.tolist()},
    }


def documents_values(found: Comparison) -> dict[str, Any]:
    """Whether recurring pairs fire in the same documents too."""
    recurring = found.matching.left.recurring[found.pairs.left] & (
        found.matching.left.nearest[found.pairs.left] == found.pairs.right
    )
    if not recurring.any():
        return {"pairs": 0, "jaccard_median": None, "correlation_median": None, "jaccard_below_02": 0}
    jaccard = found.overlap.jaccard[recurring]
    return {
        "pairs": int(recurring.sum()),
        "jaccard_median": float(np.median(jaccard)),
        "correlation_median": float(np.median(found.overlap.correlation[recurring])),
        "jaccard_below_02": int((jaccard < 0.2).sum()),
    }


def _split_values(found: Comparison, left: bool, feature: int) -> dict[str, Any]:
    ours, theirs = (found.left, found.right) if left else (found.right, found.left)
    other = found.matching.right if left else found.matching.left
    parts = np.flatnonzero((other.nearest == feature) & (other.cosine >= 0.5))
    parts = parts[np.argsort(-other.cosine[parts], kind="stable")]
    return {
        "sae": ours.sae.name,
        "feature": feature,
        "label": ours.labels.text(feature),
        "parts": [
            {
                "feature": int(part),
                "label": theirs.labels.text(int(part)),
                "cosine": float(other.cosine[part]),
            }
            for part in parts
        ],
    }


def _facts(run: Run, side: Side) -> str:
    told = run.as_dict()
    return (
        f"“{run.sae}”: {run.features:,} features ({int(side.live.sum()):,} live), k {run.k},"
        f" {told['variant']}, seed {number(told['seed'], 'd')}, passes {number(told['passes'], 'd')},"
        f" unexplained {number(run.fvu, '.1%')}"
    )


def _print_side(title: str, side: Side) -> None:
    live = max(1, int(side.live.sum()))
    say(f"{title}: median of the highest cosine {side.median:.3f}, {side.share():.1%} at .9 or more")
    for count, words in (
        (int(side.recurring.sum()), "recurring (each the other’s nearest, cosine ≥ .7)"),
        (int(side.split.sum()), "split (nearest of several of the other, cosine ≥ .5)"),
        (int(side.merged.sum()), "merged (share their nearest with another, cosine ≥ .5)"),
        (int(side.only.sum()), "only here (nothing at cosine .5)"),
    ):
        say(f"  {count:>7,}  {count / live:>6.1%}  {words}")


def _print_pairs(found: Comparison) -> None:
    left, told = found.matching.left, documents_values(found)
    meaning = " (how stable a feature is under another seed)" if found.twins else ""
    say(
        f"One to one{meaning}: {int((left.partner >= 0).sum()):,} pairs, median cosine"
        f" {left.partner_median:.3f}, {_share(found.matching, 0.7) or 0:.1%} at .7 or more"
    )
    if told["pairs"]:
        say(
            f"Recurring pairs in the documents: median overlap {told['jaccard_median']:.2f}, correlation"
            f" {told['correlation_median']:.2f}; {told['jaccard_below_02']:,} of {told['pairs']:,} share"
            " fewer than a fifth although they point the same way"
        )


def _print_histogram(found: Comparison) -> None:
    from saerch_desktop.workflow.comparing import PAPER_MEDIANS

    side = found.matching.novel
    ours, theirs = found.runs
    new, old = (ours, theirs) if side is found.matching.left else (theirs, ours)
    edges, counts = side.histogram()
    say(f"Highest cosine of each feature of “{new.sae}” to one of “{old.sae}”:")
    most = max(1, int(counts.max()))
    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
        bar = "█" * round(_BAR * int(count) / most)
        say(f"  {low:.2f}–{high:.2f} {int(count):>7,}  {bar or ('▏' if count else '')}")
    low, high = PAPER_MEDIANS
    say(f"  The paper’s medians over sizes lie from {low:.2f} to {high:.2f}, on other texts and vectors.")


def _print_splits(found: Comparison) -> None:
    for left, feature in found.splits():
        told = _split_values(found, left, feature)
        parts = told["parts"]
        say(f"“{told['sae']}” #{feature} {told['label']} splits into {len(parts)}:")
        for part in parts[:_PARTS]:
            say(f"  {part['cosine']:.2f}  #{part['feature']} {part['label']}")
        if len(parts) > _PARTS:
            say(f"        and {len(parts) - _PARTS:,} more")


def _print_tree(tree: SplitTree) -> None:
    say(f"\nThrough {' → '.join(tree.saes)} (parents by highest cosine, at least {tree.least:g}):")
    for line in tree.lines():
        say(f"  {line}")
    if tree.cut:
        say(f"  … and {tree.cut:,} more")
    if tree.consistency is not None:
        say(
            f"  Step by step {tree.stepwise:,} features of “{tree.saes[-1]}” descend from it, at once"
            f" {tree.direct:,}; the two sets agree to {tree.consistency:.0%} (Jaccard)."
        )


def _share(matching: Matching, least: float) -> float | None:
    """Share of the smaller SAE's live features with a one-to-one partner of at least this cosine."""
    few = min(matching.left, matching.right, key=lambda side: int(side.live.sum()))
    return float((few.partner_cosine[few.live] >= least).mean()) if few.live.any() else None


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
