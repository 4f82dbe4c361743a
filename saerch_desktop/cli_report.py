"""What the commands print: the same values as JSON for machines and as plain lines for people."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saerch_desktop import cli_values as values
from saerch_desktop.cli_progress import duration
from saerch_desktop.cli_say import say, say_json

if TYPE_CHECKING:
    from saerch_desktop.embedding.job import EmbedReport
    from saerch_desktop.library.findings import Finding
    from saerch_desktop.library.importing import ImportReport
    from saerch_desktop.library.library import Library
    from saerch_desktop.search.steering import Ranking
    from saerch_desktop.workflow.selftest import Step
    from saerch_desktop.workflow.session import Session

_TITLE = 64
_SHOWN = 12


def emit(payload: dict[str, Any]) -> None:
    """Print one JSON object. Numbers that JSON has no word for (NaN, infinity) become null."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    say_json(_finite(payload), ascii_only=plain)


def sample(
    session: Session, stages: Sequence[tuple[str, float]], shown: Sequence[Ranking], *, as_json: bool
) -> None:
    """The sample's folder, how long each stage took, and a plain and a steered search in it (`shown`)."""
    library = session.library.path
    searches = [values.search(session, ranking) for ranking in shown]
    payload: dict[str, Any] = {
        "library": str(library),
        "stages": [{"stage": stage, "seconds": round(seconds, 2)} for stage, seconds in stages],
        "seconds": round(sum(seconds for _, seconds in stages), 2),
    }
    if as_json:
        return emit({**payload, "searches": searches})
    if stages:
        say(f"The sample is ready in {library}. It took {duration(payload['seconds'])}:")
        for stage, seconds in stages:
            say(f"  {stage:<28} {duration(seconds):>12}")
    else:
        say(f"The sample is ready in {library}; it was built before.")
    for found in searches:
        say()
        print_results(found)
    if searches:
        print_features(searches[0]["features"], "Features of this query:")
    return None


def imported(library: Path, done: ImportReport, *, as_json: bool) -> None:
    if as_json:
        return emit(values.imported(library, done))
    say(
        f"{done.documents:,} documents are in {library}"
        f" ({done.read:,} records read in {duration(done.seconds)})."
    )
    if done.resumed_at:
        say(f"  An earlier import was continued at record {done.resumed_at:,}.")
    for count, what in ((done.empty, "without text"), (done.duplicates, "with an id seen before")):
        if count:
            say(f"  {count:,} records {what} were skipped.")
    if done.problems:
        say(f"  {done.problems:,} records could not be read; show library lists them.")
    if done.notes:
        say(f"  Remarks on what was read: {done.notes:,}; show library lists them.")
    say(f"  Columns: {values.roles_in_words(done.roles)}")
    return None


def embedded(done: EmbedReport, *, as_json: bool) -> None:
    if as_json:
        return emit(values.plain(done))
    rate = f", {done.embedded / done.seconds:.0f} a second" if done.seconds > 0 and done.embedded else ""
    say(f"{done.embedded:,} of {done.rows:,} documents were embedded in {duration(done.seconds)}{rate}.")
    if done.resumed:
        say(f"  {done.resumed:,} were there from before.")
    if done.failed:
        say(f"  {done.failed:,} could not be embedded; show library says why.")
    return None


def library(opened: Library, *, as_json: bool) -> None:
    payload = values.library(opened)
    if as_json:
        return emit(payload)
    source = payload["source"] or "an unknown source"
    say(f"{payload['name']}: {payload['documents']:,} documents from {source}")
    made = payload["vectors"]
    if made is None:
        say("  Vectors: none")
    else:
        lost = f", {made['missing']:,} documents without" if made["missing"] else ""
        say(f"  Vectors: {made['dim']} dimensions, {made['dtype']}, made by {made['embedder']}{lost}")
    for entry in payload["saes"]:
        fvu = "" if entry["fvu"] is None else f", unexplained {entry['fvu']:.1%}"
        say(f"  SAE “{entry['name']}”: {entry['features']:,} features, k {entry['k']}{fvu}")
    if payload["index"]:
        say(f"  Neighbour index: recall@10 {payload['index']['recall_at_10']:.3f}")
    for facet in payload["facets"]:
        say(f"  Facet: {facet}")
    if payload["problems"]:
        say(f"  Problems while importing or embedding ({len(payload['problems']):,}):")
        for problem in payload["problems"][:_SHOWN]:
            say(f"    record {problem['record']}: {problem['kind']}: {problem['detail']}")
    _print_findings(payload["findings"])
    return None


def feature(
    session: Session, number: int, top: int, seed: int = 0, examples: Path | None = None, *, as_json: bool
) -> None:
    payload = values.feature(session, number, top, seed, examples)
    if as_json:
        return emit(payload)
    say(f"#{payload['feature']} {payload['label']}")
    for claim in payload["claims"]:
        say(f"  {_claim_in_words(claim)}")
    if payload["junk"]:
        say("  Its documents are hardly more alike than any others: it may mean nothing.")
    say(
        f"  Active in {payload['count']:,} documents ({payload['density']:.2%}),"
        f" mean {payload['mean']:.3f}, maximum {payload['maximum']:.3f}"
    )
    for entry in payload["documents"]:
        say(f"  {entry['activation']:>7.3f}  {short(entry['title'] or entry['id'])}")
    for band in payload["bands"][1:]:
        say(f"  {band['title']}:")
        for entry in band["documents"]:
            say(f"    {entry['activation']:>7.3f}  {short(entry['title'] or entry['id'])}")
    for key, heading in (("nearest", "Nearest by direction"), ("opposite", "Opposite by direction")):
        say(f"  {heading}:")
        for entry in payload[key]:
            say(f"    {entry['cosine']:>+7.3f}  #{entry['feature']} {entry['label']}")
    guessed = f", estimated from {payload['counted']:,} of its documents" if payload["estimated"] else ""
    for key, heading in (("cooccurring", "Active together with"), ("rarely_with", "Seldom active with")):
        if payload[key]:
            say(f"  {heading} (NPMI, documents, expected by chance{guessed}):")
        for entry in payload[key]:
            say(
                f"    {entry['npmi']:>+7.3f} {entry['count']:>7,} {entry['expected']:>9,.1f}"
                f"  #{entry['feature']} {entry['label']}"
            )
    _print_occurrence(payload)
    for other in payload["also_in"]:
        kind = (
            "the same but for its seed" if other["same_configuration"] else f"{other['features']:,} features"
        )
        say(
            f"  Nearest in SAE “{other['sae']}” ({kind}): {other['cosine']:.3f}"
            f"  #{other['feature']} {other['text']}"
        )
    if examples is not None:
        say(f"The examples are in {examples}.")
    return None


def _claim_in_words(claim: dict[str, Any]) -> str:
    said = f"Grade {claim['grade']}, {claim['source']}: {short(claim['label'])}"
    if claim["auroc"] is None:
        return f"{said} (not tested)"
    tested = f"{claim['positives']} documents with it and {claim['negatives']} similar ones without"
    return f"{said} (AUROC {claim['auroc']:.2f}, {claim['low']:.2f} to {claim['high']:.2f}, on {tested})"


def _print_occurrence(payload: dict[str, Any]) -> None:
    years = payload["years"]
    if years:
        say("  Share of the documents of each year (95 % interval):")
    for entry in years:
        interval = f"{entry['low']:.2%} to {entry['high']:.2%}"
        say(f"    {entry['year']}  {entry['share']:>7.2%}  ({interval}, {entry['count']:,} documents)")
    for name, found in payload["facets"].items():
        if found:
            say(f"  Commoner where {name} is:")
        for entry in found:
            say(f"    {entry['lift']:>6.1f} times  {entry['count']:>7,}  {short(entry['value'])}")


def document(session: Session, row: int, *, as_json: bool) -> None:
    payload = values.document(session, row)
    if as_json:
        return emit(payload)
    say(payload["title"] or payload["id"])
    say(f"  id {payload['id']}" + (f", date {payload['date']}" if payload["date"] else ""))
    for entry in payload["facets"]:
        say(f"  {entry['name']}: {entry['value']}")
    say(f"\n{payload['text']}\n")
    print_features(payload["features"], "Features of this document:")
    return None


def findings(found: Sequence[Finding], *, as_json: bool) -> None:
    payload = [values.plain(finding) for finding in found]
    if as_json:
        return emit({"findings": payload})
    if not payload:
        say("Nothing is wrong with this library.")
    _print_findings(payload)
    return None


def step(done: Step) -> None:
    say(
        f"{'ok  ' if done.passed else 'FAIL'} {done.name:<44} {done.seconds:6.2f} s  {done.detail}",
        flush=True,
    )


def selftest(steps: Sequence[Step], *, as_json: bool) -> None:
    passed = all(done.passed for done in steps)
    if as_json:
        return emit({"passed": passed, "steps": [values.plain(done) for done in steps]})
    say("Everything works." if passed else "Something does not work; see FAIL above.")
    return None


def print_results(payload: dict[str, Any]) -> None:
    steered = [f"#{edit['feature']} {edit['delta']:+g} ({edit['label']})" for edit in payload["edits"]]
    steered += [
        # Keys of what is no family say what kind of slider it is, before a colon.
        f"“{short(entry['label'])}” {entry['amount']:+.2f}"
        if ":" in entry["family"]
        else f"family {entry['family']} {entry['amount']:+g} ({short(entry['label'])})"
        for entry in payload.get("families", ())
    ]
    edits = ", ".join(steered)
    paper = payload["mode"] == "paper"
    unedited = {"residual": "plain", "paper": "without edits", "words": "by words"}
    how = f"steered by {edits}" if edits else unedited[payload["mode"]]
    if payload.get("kind") == "both":
        how = f"by meaning and words, {how}"
    say(f"“{payload['query']}”, {how}" + (", in paper mode" if paper else ""))
    for result in payload["results"]:
        title = short(result["title"] or result["id"])
        score = result.get("fused", result["score"])  # what the list is in order of
        line = f"{result['rank']:>4}  {score:>7.4f}  {_move(result):>8}  {title:<{_TITLE}}"
        parts = "  ".join(f"{_name(part)} {part['value']:+.4f}" for part in result["contributions"])
        say(f"{line}  {parts}".rstrip())


def print_features(entries: Sequence[dict[str, Any]], heading: str) -> None:
    if entries:
        say(heading)
    for entry in entries[:_SHOWN]:
        say(f"  {entry['activation']:>6.3f}  #{entry['feature']} {entry['label']}")


def _print_findings(entries: Sequence[dict[str, Any]]) -> None:
    for entry in entries:
        say(f"{entry['severity'].capitalize()}: {entry['what']} {entry['usable']} {entry['remedy']}")


def _move(result: dict[str, Any]) -> str:
    by = result["rank_before"] - result["rank"]
    if by == 0:
        return "="
    return f"{'▲' if by > 0 else '▼'}{abs(by)}"


def _name(part: dict[str, Any]) -> str:
    return part["label"] if part["feature"] is None else f"#{part['feature']}"


def short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1] + "…"


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
