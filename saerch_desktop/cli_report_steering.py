"""What the study of steering prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop.cli_report import emit
from saerch_desktop.cli_say import say

if TYPE_CHECKING:
    from saerch_desktop.study.steering import Curve, SteeringStudy
    from saerch_desktop.study.steering_choice import Choice


def steering(
    study: SteeringStudy, *, figure: Path | None, choice: Choice | None = None, as_json: bool
) -> None:
    """A table for each figure: a row for each method, a column for each cosine."""
    from saerch_desktop.study.steering_figure import NAMES, TITLES
    from saerch_desktop.study.steering_methods import METHODS

    if as_json:
        return emit({**study.as_dict(), **({"choice": choice.as_dict()} if choice is not None else {})})
    say(
        f"“{study.sae}”: {study.n:,} draws of a query, a concept to raise and one to lower, of"
        f" {study.concepts:,} concepts"
    )
    say(
        f"  {study.searched:,} documents are searched; their ten first are judged by words of"
        f" {study.others:,} others (median F1 {study.judge_f1:.2f})"
    )
    say(f"  Before steering {study.base_down:.1%} of the ten first are about what is to be lowered")
    rows = {**study.methods, **study.also}
    for key, title in TITLES.items():
        say(f"\n{title} ({_means(key)})")
        say(f"  {'at cosine':<42}" + "".join(f"{cosine:>22g}" for cosine in study.cosines))
        for name, curves in rows.items():
            say(f"  {NAMES.get(name, name):<42}" + "".join(_cells(curves[key])))
    for key, what in (("gain_up", "more gained"), ("gain_down", "more lost")):
        say(f"\nOurs against the others in the same draws: {what} (above 0 ours is better)")
        for name, leads in study.leads.items():
            say(f"  {NAMES.get(name, name):<42}" + "".join(_cells(leads[key])))
    missing = [NAMES[name] for name in METHODS if name not in study.methods]
    if missing:
        say(f"\nLeft out, as nothing here embeds texts: {'; '.join(missing)}")
    if choice is not None:
        say(f"\nThe paper's five-way choice at cosine {choice.cosine:g}, by {choice.model}:")
        say(f"  {choice.asked:,} asked; right of what was raised {choice.up:.1%} (chance 20 %)")
        say(f"  {'':<{len(f'{choice.asked:,}')}}        right of what was lowered {choice.down:.1%}")
    if figure is not None:
        say(f"\nDrawn in {figure}")
    say(f"This study took {study.seconds:.0f} s")
    return None


def _means(key: str) -> str:
    return {
        "gain_up": "share of the ten first, after less before",
        "gain_down": "share of the ten first, before less after",
        "relevance": "likeness of the words to the query document's text, 1 as before",
        "drift": "Bray-Curtis, 0 none",
    }[key]


def _cells(curve: Curve) -> list[str]:
    figures = zip(curve.values, curve.low, curve.high, strict=True)
    return [f"{f'{value:.3f} ({low:.3f}–{high:.3f})':>22}" for value, low, high in figures]
