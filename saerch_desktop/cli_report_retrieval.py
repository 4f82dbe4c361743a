"""What the retrieval study prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saerch_desktop.cli_report import emit
from saerch_desktop.cli_say import say

if TYPE_CHECKING:
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
