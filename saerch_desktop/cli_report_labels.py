"""What naming prints: as JSON for machines and as plain lines for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from saerch_desktop.cli_progress import duration
from saerch_desktop.cli_report import emit
from saerch_desktop.cli_report_sae import number
from saerch_desktop.cli_say import say
from saerch_desktop.features.label import GRADES

if TYPE_CHECKING:
    from saerch_desktop.features.llm.plan import Plan
    from saerch_desktop.features.llm.report import LlmReport
    from saerch_desktop.workflow.naming import NamingReport
    from saerch_desktop.workflow.naming_families import FamilyNamingReport

_LISTED = 20


def plan(planned: Plan, things: str = "features", *, as_json: bool) -> None:
    """What a naming by a language model would take."""
    if as_json:
        return emit({**asdict(planned), "tokens": planned.tokens})
    models = (
        planned.model if planned.model == planned.test_model else f"{planned.model}, {planned.test_model}"
    )
    where = "on this computer" if planned.local else "over the network"
    say(f"Naming {planned.features:,} {things} with {models} at {planned.host} ({where})")
    if planned.done:
        say(f"  Named before, not paid for again  {planned.done:,}")
    say(f"  Requests                          {planned.requests:,}")
    say(f"  Tokens sent                       {planned.tokens_in:,}")
    say(f"  Tokens answered                   {planned.tokens_out:,}")
    say(f"  Money                             {_money(planned.money)}")
    about = "" if planned.measured else "about "
    say(f"  Time                              {about}{duration(planned.seconds)}")
    say(f"  Prompts                           version {planned.prompt}")
    say(planned.rule)
    if not planned.permitted:
        say("Nothing may be sent yet: add --allow-network.")
    return None


def request(first: dict[str, Any], *, as_json: bool) -> None:
    """The first request as it would be sent: readable, then exact."""
    if as_json:
        return emit(first)
    body = first["body"]
    settings = {key: value for key, value in body.items() if key != "messages"}
    about = next(f"{key} {first[key]}" for key in ("family", "feature") if key in first)
    say(f"POST {first['url']}  ({about})")
    say(json.dumps(settings))
    for message in body["messages"]:
        say(f"\n--- {message['role']} ---\n{message['content']}")
    return None


def named(done: LlmReport, things: str = "features", *, as_json: bool) -> None:
    """What a naming by a language model came to."""
    if as_json:
        return emit(asdict(done))
    say(f"Named {done.named:,} {things} in {duration(done.seconds)}{_before(done.done)}")
    if done.stopped:
        say(f"  {done.stopped} {done.left:,} {things} are left.")
    say(f"  Tokens            {done.tokens_in:,} sent, {done.tokens_out:,} answered")
    say(f"  Money             {_money(done.money)}")
    if done.named:
        say(f"  Median Pearson    {number(done.median_pearson, '.3f')}")
        say(f"  Median F1         {number(done.median_f1, '.3f')}")
        say(f"  Grades            {_grades(done.grades)}")
    if done.failed:
        say(f"  Not named         {len(done.failed):,}; the same command tries them again")
        for failure in done.failed[:_LISTED]:
            say(f"    {failure.feature}: {failure.reason}")
        if len(done.failed) > _LISTED:
            say(f"    … and {len(done.failed) - _LISTED:,} more (--json lists all)")
    for note in done.notes:
        say(f"  Note: {note}")
    return None


def offline(done: NamingReport, *, as_json: bool) -> None:
    """What naming offline came to."""
    if as_json:
        return emit(asdict(done))
    say(f"Named {done.named:,} features of “{done.sae}” offline in {duration(done.seconds)}")
    say(f"  Median AUROC      {number(done.auroc_median, '.3f')}, judged by {done.judge}")
    say(f"  Grades            {_grades(done.grades)}")
    if done.tested:
        say(f"  Tested besides    {done.tested:,} names of other sources")
    return None


def families_offline(done: FamilyNamingReport, *, as_json: bool) -> None:
    """What naming families offline came to."""
    if as_json:
        return emit(asdict(done))
    took = duration(done.seconds)
    say(f"Named {done.named:,} families (method {done.method}) of “{done.sae}” offline in {took}")
    judged = f", judged by {done.judge}" if done.judge else ""
    say(f"  Median AUROC      {number(done.auroc_median, '.3f')}{judged}")
    say(f"  Grades            {_grades(done.grades)}")
    return None


def _before(done: int) -> str:
    return f"; {done:,} were named before" if done else ""


def _grades(counted: Mapping[Any, int]) -> str:
    return ", ".join(f"{grade} {counted[grade]:,}" for grade in GRADES if counted.get(grade)) or "none"


def _money(dollars: float | None) -> str:
    if dollars is None:
        return "unknown: no price is known (--price-in, --price-out)"
    if dollars == 0:
        return "none"
    return f"${dollars:,.4f}" if dollars < 0.1 else f"${dollars:,.2f}"
