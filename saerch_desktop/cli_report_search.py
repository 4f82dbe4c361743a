"""What the commands about searching and recipes print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from saerch_desktop import cli_values as values
from saerch_desktop.cli_report import emit, print_features, print_results, short
from saerch_desktop.cli_say import say

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.search.recipe_fit import Fitted
    from saerch_desktop.search.recipe_format import Recipe
    from saerch_desktop.search.steering import Term
    from saerch_desktop.search.why import Comparison, Part, Why
    from saerch_desktop.workflow.searching import Found
    from saerch_desktop.workflow.session import Session

_SHOWN = 12
_OF = {
    "shared": "what all documents have in common",
    "unexplained": "what no feature explains",
    "dropped": "what paper mode leaves out",
}


def found(session: Session, done: Found, *, as_json: bool) -> None:
    """A page of results and how they were found."""
    payload = search_values(session, done)
    if as_json:
        return emit(payload)
    if done.page is not None and not done.page.total:
        say(f"No document holds the words “{payload['query']}”.")
        return None
    print_results(payload)
    _print_circumstances(payload)
    print_features(payload["features"], "Features of this query:")
    if payload.get("suggestions"):
        say("Features that tell --like from --against:")
    for entry in payload.get("suggestions", ()):
        say(
            f"  --steer {entry['feature']}:{entry['delta']:+.3f}  {entry['rate_a']:>6.1%} against"
            f" {entry['rate_b']:.1%}  {short(entry['label'])}"
        )
    if "why" in payload:
        _print_why(payload["why"])
    if "comparison" in payload:
        _print_comparison(payload["comparison"])
    if "recipe" in payload:
        print_fit(payload["recipe"])
    return None


def search_values(session: Session, done: Found) -> dict[str, Any]:
    """The shape of `cli_values.search`, and what else there is to say about the search."""
    wish, steering = done.wish, done.steer
    if done.page is not None:
        payload = values.word_hits(session.library, wish.text or "", done.page.hits, wish.skip)
    else:
        assert done.ranking is not None
        payload = values.search(session, done.ranking, wish.skip)
    payload |= {
        "kind": wish.kind,
        "total": done.total,
        "skip": wish.skip,
        "filters": [
            {"filter": chip.text, "hide": chip.out, "words": chip.words()} for chip in done.filters.active
        ],
        "either": done.filters.either,
        "documents": len(session.library.documents),
        "kept": done.kept,
    }
    if done.ranking is None:
        return payload
    query, fused = done.ranking.query, done.ranking.fused
    payload |= {
        "how": query.how,
        "recall": query.recall,
        "cosine": done.ranking.fidelity,
        "budget": done.mix.budget,
        "scale": steering.scale,
        "wanted_cosine": steering.wanted,
        "muted": sorted(done.mix.muted, key=str),
        "soloed": sorted(done.mix.soloed, key=str),
        "nudged": [
            {"feature": e.feature, "label": values.label_of(session.features, e.feature), "delta": e.delta}
            for e in done.nudged
        ],
    }
    if fused is not None:
        payload["weight"] = fused.weight
        for place, entry in enumerate(payload["results"]):
            entry["fused"] = float(fused.score[place])
            entry["place_meaning"] = int(fused.meaning[place])
            entry["place_words"] = int(fused.words[place])
    if wish.against:
        payload["suggestions"] = [
            {**values.plain(one), "label": values.label_of(session.features, one.feature)}
            for one in done.suggestions
        ]
    if done.why is not None:
        payload["why"] = _why(session, done.why)
    if done.comparison is not None:
        payload["comparison"] = _comparison(session, done.comparison)
    if done.fitted is not None and wish.recipe is not None:
        payload["recipe"] = fit_values(wish.recipe, done.fitted)
    return payload


def fit_values(recipe: Recipe, fitted: Fitted) -> dict[str, Any]:
    """What stands for what, and what is lost."""
    return {
        "name": recipe.name,
        "made_with": {"library": recipe.source.library, "sae": recipe.source.sae},
        "same": fitted.same,
        "whole": fitted.whole,
        "unsure": fitted.unsure,
        "matches": [{**values.plain(match), "confidence": match.confidence} for match in fitted.matches],
        "lost": [values.plain(missing) for missing in fitted.lost],
    }


def recipe_values(recipe: Recipe) -> dict[str, Any]:
    """A recipe without the numbers that are for machines only."""
    source = recipe.source
    return {
        "name": recipe.name,
        "note": recipe.note,
        "made": recipe.made,
        "library": source.library,
        "sae": source.sae,
        "sha256": source.sha256,
        "features": source.features,
        "dim": source.dim,
        "embedder": None if source.embedder is None else source.embedder.spec,
        "mode": recipe.mode,
        "budget": recipe.budget,
        "sliders": [slider.model_dump(exclude={"direction"}) for slider in recipe.sliders],
        "families": [
            {**family.model_dump(exclude={"direction", "own", "weights", "features"}), "size": _size(family)}
            for family in recipe.families
        ],
        "filters": [chip.model_dump() for chip in recipe.filters],
        "either": recipe.either,
    }


def recipe(shown: Recipe, *, as_json: bool) -> None:
    payload = recipe_values(shown)
    if as_json:
        return emit(payload)
    say(f"{shown.name}, of SAE “{shown.source.sae}” in {shown.source.library or 'an unknown library'}")
    if shown.note:
        say(f"  {shown.note}")
    for slider in shown.sliders:
        states = [word for word, on in (("muted", slider.muted), ("alone", slider.alone)) if on]
        moved = [f"{slider.change:+g}"] if slider.change else []
        say(f"  {', '.join(moved + states) or 'in a filter':>12}  #{slider.feature} {short(slider.label)}")
    for family in shown.families:
        states = [word for word, on in (("muted", family.muted), ("alone", family.alone)) if on]
        say(f"  {', '.join([f'{family.amount:+g}', *states]):>12}  {short(family.name)}")
    if shown.budget is not None:
        say(f"  Within a cosine of {shown.budget:g} of the query")
    if shown.mode == "paper":
        say("  In paper mode")
    for chip in shown.kept_filters().chips:
        say(f"  Filter: {'' if chip.on else '(off) '}{chip.words()}")
    return None


def shelf(recipes: Sequence[Recipe], unreadable: Sequence[tuple[str, str]], *, as_json: bool) -> None:
    """All recipes of a library; unreadable: files and what is wrong with them."""
    if as_json:
        return emit(
            {
                "recipes": [recipe_values(one) for one in recipes],
                "unreadable": [{"file": file, "why": why} for file, why in unreadable],
            }
        )
    for one in recipes:
        many = len(one.sliders) + len(one.families)
        say(f"{one.name:<40} {many:>3} slider{'s' if many != 1 else ''}, SAE “{one.source.sae}”")
    for file, why in unreadable:
        say(f"{file}: {why}")
    if not recipes and not unreadable:
        say("This library has no recipes yet.")
    return None


def fit(recipe: Recipe, fitted: Fitted, *, as_json: bool) -> None:
    payload = fit_values(recipe, fitted)
    if as_json:
        return emit(payload)
    print_fit(payload)
    return None


def print_fit(payload: dict[str, Any]) -> None:
    if payload["same"] and not payload["lost"]:
        say(f"Recipe “{payload['name']}”: made with this very SAE; it applies exactly.")
        return
    if not payload["same"]:
        say(
            f"Recipe “{payload['name']}” was made with another SAE (“{payload['made_with']['sae']}”)."
            " Its features were looked for by direction:"
        )
        for match in payload["matches"]:
            say(
                f"  {match['cosine']:.2f} {match['confidence']:<5} #{match['feature']}"
                f" {short(match['label'])} → #{match['to']} {short(match['to_label'])}"
            )
        say(f"  Together they point where the recipe pointed with a cosine of {payload['whole']:.2f}.")
    for missing in payload["lost"]:
        say(f"  Left out: {short(missing['what'])}. {missing['why']}")


def _print_circumstances(payload: dict[str, Any]) -> None:
    if payload["kept"] is not None:
        said = (" or " if payload["either"] else ", ").join(entry["words"] for entry in payload["filters"])
        say(f"{payload['kept']:,} of {payload['documents']:,} documents: {said}")
    if payload.get("how") == "index":
        say(f"Searched by the index (recall {payload['recall']:.3f}); --exact scores every document.")
    if payload.get("scale", 1.0) < 1.0:
        scale = payload["scale"]
        held = f"{scale:.0%}" if scale < 0.995 else "over 99%"
        say(
            f"Held at {held} of the changes, to stay within a cosine of {payload['budget']:g};"
            f" all of them would come to {payload['wanted_cosine']:.4g}."
        )


def _why(session: Session, why: Why) -> dict[str, Any]:
    documents = session.library.documents
    explained: dict[str, Any] = {
        "id": documents.ids([why.row])[0],
        "title": documents.titles([why.row])[0],
        "rank": why.place,
        "rank_before": why.place_before,
        "score": why.score,
        "score_before": why.score_before,
        "parts": [_part(session.features, part) for part in why.parts],
    }
    if why.fused is not None:
        explained["fused"] = {
            **values.plain(why.fused),
            "words": [{"word": word, "count": count} for word, count in why.fused.words],
        }
    return explained


def _comparison(session: Session, comparison: Comparison) -> dict[str, Any]:
    return {
        "above": _why(session, comparison.above),
        "below": _why(session, comparison.below),
        "difference": comparison.total,
        "parts": [
            {
                **_named(session.features, part.kind, part.term),
                "value": part.value,
                "above": part.above.value,
                "below": part.below.value,
            }
            for part in comparison.parts
        ],
    }


def _part(features: FeatureSet | None, part: Part) -> dict[str, Any]:
    return {
        **_named(features, part.kind, part.term),
        "value": part.value,
        "amount": part.amount,
        "held": part.held,
    }


def _named(features: FeatureSet | None, kind: str, term: Term | None) -> dict[str, Any]:
    if term is None:
        return {"kind": kind, "feature": None, "label": _OF.get(kind, kind)}
    if isinstance(term, int):
        return {"kind": kind, "feature": term, "label": values.label_of(features, term)}
    return {"kind": kind, "feature": None, "family": term.key, "label": term.name}


def _print_why(why: dict[str, Any]) -> None:
    place = "not among the results" if why["rank"] is None else f"place {why['rank']:,}"
    say(f"Why {short(why['title'] or why['id'])} is where it is ({place}, score {why['score']:.4f}):")
    for heading, kinds in (("", ("feature", "shared", "unexplained")), ("Steering", ("edit", "dropped"))):
        parts = [part for part in why["parts"] if part["kind"] in kinds]
        if parts and heading:
            say(f"  {heading}: {sum(part['value'] for part in parts):+.4f}")
        for part in parts[:_SHOWN]:
            say(f"  {part['value']:>+8.4f}  {_called(part)}")
        rest = parts[_SHOWN:]
        if rest:
            say(f"  {sum(part['value'] for part in rest):>+8.4f}  {len(rest)} more")
    if "fused" in why:
        fused = why["fused"]
        say(
            f"  In the list of both: {fused['score']:.5f} = {fused['by_meaning']:.5f} by meaning"
            f" + {fused['by_words']:.5f} by words"
        )


def _print_comparison(comparison: dict[str, Any]) -> None:
    above, below = comparison["above"], comparison["below"]
    say(
        f"Why {short(above['title'] or above['id'])} is above {short(below['title'] or below['id'])}"
        f" ({comparison['difference']:+.4f}):"
    )
    parts = comparison["parts"]
    for part in parts[:_SHOWN]:
        say(f"  {part['value']:>+8.4f}  {_called(part)}")
    if parts[_SHOWN:]:
        rest = sum(part["value"] for part in parts[_SHOWN:])
        say(f"  {rest:>+8.4f}  {len(parts) - _SHOWN} more")


def _called(part: dict[str, Any]) -> str:
    number = "" if part["feature"] is None else f"#{part['feature']} "
    changed = "change of " if part["kind"] == "edit" else ""
    return f"{changed}{number}{short(part['label'])}"


def _size(family: Any) -> int:
    return len(family.features)
