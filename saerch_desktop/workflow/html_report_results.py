"""The report's first pages: what was asked, what steered it, and which documents that found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from saerch_desktop.search.blends import Blend
from saerch_desktop.workflow.html_charts import bar
from saerch_desktop.workflow.html_page import Markup, cell, facts, joined, table, tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from saerch_desktop.progress import Progress
    from saerch_desktop.search.steering import Ranking, Term
    from saerch_desktop.workflow.exporting import Shown
    from saerch_desktop.workflow.session import Session

_LONGEST: Final = 2_000  # letters of a text
_HEADS: Final = (
    ("Place", "n", "Place in the list"),
    ("Move", "n", "Places gained by the changes, or lost"),
    ("Document", "t", "Title, and more of it when opened"),
    ("Date", "", "Its date"),
    ("Score", "n", "What the list is ordered by"),
)


def search_section(session: Session, shown: Shown, ranking: Ranking) -> Markup:
    """The query, its terms, and every feature and family that was moved."""
    query = ranking.query
    active = shown.filters.active
    how = "every document" if query.how == "exact" else "the documents that the neighbour index found"
    parts = [
        facts(
            (
                ("Looked for", query.text),
                ("Ordered by", "meaning and words" if ranking.fused is not None else "meaning"),
                ("Compared with", how),
                ("Filters", "; ".join(chip.words() for chip in active)),
                ("Any of the filters", "yes" if shown.filters.either and len(active) > 1 else ""),
                (
                    "Query",
                    "rebuilt from its features alone (for comparison)" if ranking.mode == "paper" else "",
                ),
                ("Kept of the query", f"cosine {ranking.fidelity:.3f}" if ranking.steered else ""),
            )
        )
    ]
    moved: list[tuple[Term, float]] = [
        *((e.feature, e.delta) for e in ranking.edits),
        *((e.blend, e.amount) for e in ranking.blends),
    ]
    if not moved:
        parts.append(tag("p", "No feature was changed: this is plain search.", class_="muted"))
        return joined(parts)
    label = _label(session, shown)
    largest = max(abs(change) for _, change in moved)
    rows = []
    for term, change in moved:
        if isinstance(term, Blend):
            number, name, natural = "family", term.name, ""
        else:
            number, name, natural = f"#{term}", label(term), f"{query.natural(term):.3f}"
        rows.append(
            (
                cell(number),
                cell(name, "t"),
                cell(natural, "n"),
                cell(_signed(change, 3), "n", change),
                cell(bar(change, largest, f"{'raised' if change > 0 else 'lowered'} by {abs(change):.3f}")),
            )
        )
    heads = (
        ("Feature", "", "Its number"),
        ("Name", "t", "What it is called"),
        ("In the query", "n", "How active it is in the query as it was asked"),
        ("Change", "n", "What was added to its activation; of a family, 1 is a document full of it"),
        ("", "", "The same as a bar: to the right more, to the left less"),
    )
    parts += [tag("h3", "What was moved"), table(heads, rows)]
    return joined(parts)


def results_section(session: Session, shown: Shown, progress: Progress) -> Markup:
    """A row for each result; its text is there when it is opened."""
    from saerch_desktop.tables import lines
    from saerch_desktop.workflow.exporting import results

    made = results(
        session, shown.ranking, shown.matches, shown.count, label=_label(session, shown), texts=True
    )
    steered = shown.ranking is not None and shown.ranking.steered
    heads = _HEADS if steered else (_HEADS[0], *_HEADS[2:])
    rows = []
    for line in lines(made, progress):
        place, before = line["place"], line["unsteered_place"]
        cells = [cell(f"{place:,}", "n", place)]
        if steered:
            cells.append(_move(place, before))
        cells += [
            cell(_document(line), "t"),
            cell(line["date"] or "", "d"),
            cell("" if line["score"] is None else f"{line['score']:.4f}", "n", line["score"]),
        ]
        rows.append(cells)
    total = shown.ranking.total if shown.ranking is not None else 0
    if shown.ranking is None and shown.matches is not None:
        total = int(shown.matches.rows.size)
    said = f"The first {len(rows):,} of {total:,} documents" if len(rows) < total else f"{total:,} documents"
    return table(heads, rows, said) if rows else tag("p", "No document was found.", class_="muted")


def _document(line: dict[str, object]) -> Markup:
    title = str(line["title"] or "") or str(line["text"] or "")[:120]
    facets: dict[str, list[str]] = {}
    for name, value in _pairs(line["facets"]):
        facets.setdefault(name, []).append(value)
    about = " · ".join([str(line["id"]), *(f"{name}: {', '.join(held)}" for name, held in facets.items())])
    whole = str(line["text"] or "")
    cut = whole[:_LONGEST] + (" …" if len(whole) > _LONGEST else "")
    why = [
        tag("li", f"{name} ", tag("span", _signed(value, 4), class_="up" if value > 0 else "down"))
        for name, value in sorted(_shares(line["contributions"]), key=lambda share: -abs(share[1]))[:12]
        if value
    ]
    return joined(
        (
            tag("span", title),
            tag(
                "details",
                tag("summary", about),
                tag("p", cut, dir="auto"),
                tag("p", "What the changes added to its score:", class_="muted") if why else None,
                tag("ul", *why) if why else None,
            ),
        )
    )


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")


def _move(place: int, before: int | None) -> Markup:
    if before is None:
        return cell("", "n")
    by = before - place
    words = f"▲ {by:,}" if by > 0 else f"▼ {-by:,}" if by < 0 else "="
    return cell(tag("span", words, class_="up" if by > 0 else "down" if by < 0 else None), "n", by)


def _pairs(value: object) -> list[tuple[str, str]]:
    return [(str(name), str(text)) for name, text in value] if isinstance(value, list) else []


def _shares(value: object) -> list[tuple[str, float]]:
    if not isinstance(value, list):
        return []
    return [(str(name), float(number)) for name, number in value if number is not None]


def _label(session: Session, shown: Shown) -> Callable[[int], str]:
    if shown.label is not None:
        return shown.label
    features = session.features
    return features.labels.text if features is not None else lambda feature: f"#{feature}"
