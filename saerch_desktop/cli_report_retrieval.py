"""What the studies of retrieval and of re-encoding print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saerch_desktop.cli_report import emit
from saerch_desktop.cli_say import say

if TYPE_CHECKING:
    from saerch_desktop.study.reencoding import Reencoded
    from saerch_desktop.study.retrieval import Retrieval


def retrieval(study: Retrieval, *, as_json: bool, details: bool) -> None:
    """A line for each search; as JSON the four that count, with `details` everything."""
    from saerch_desktop.study.retrieval_figure import SEARCHES, TARGETS

    if as_json:
        return emit(study.details() if details else study.as_dict())
    say(f"{study.name} ({study.split}): {study.questions:,} questions, {study.documents:,} documents")
    say(f"“{study.sae}” ({study.features:,} features, k {study.k})")
    if study.unknown:
        say(f"  {study.unknown:,} documents judged as answers are not in the corpus; they count as missed")
    heads = f"{'nDCG@10':>8} {'recall@10':>10} {'recall@100':>11} {'overlap@10':>11}"
    say(f"  {'':<28} {heads}   kept of raw nDCG")
    for name, label in SEARCHES:
        one = getattr(study, name)
        aim = f"   aim {TARGETS[name]:.0%}" if name in TARGETS else ""
        figures = f"{one.ndcg:>8.4f} {one.recall_10:>10.4f} {one.recall_100:>11.4f} {one.overlap:>11.3f}"
        kept = f"{one.kept:>6.1%} ({one.kept_low:.1%} to {one.kept_high:.1%})"
        say(f"  {label:<28} {figures}   {kept}{aim}")
    return None


def reencoding(study: Reencoded, *, as_json: bool) -> None:
    """A line for each change and way, with the error at some of the steps."""
    if as_json:
        return emit(study.as_dict())
    say(f"“{study.sae}” ({study.features:,} features, k {study.k}): {study.draws:,} documents as queries")
    say("  NMSE between the code asked for and the one read back; cosines of the vector that is taken")
    steps = (0, 1, 2, 3, 5, 10)
    heads = "".join(f"{f'step {step}':>9}" for step in steps)
    say(f"  {'change':<18} {'way':<12}{heads}     best   sticks   to query   to steered")
    for one in study.curves:
        shown = "".join(f"{one.curve[step]:>9.4f}" for step in steps)
        say(
            f"  {one.change:<18} {one.way:<12}{shown} {one.best:>8.4f} {one.exact:>8.0%}"
            f" {one.to_query:>10.3f} {one.to_steered:>12.3f}"
        )
    return None
