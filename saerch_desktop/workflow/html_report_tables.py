"""The report's tables of features and of families."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from saerch_desktop.workflow.html_page import Markup, cell, joined, table, tag

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.workflow.exporting import Shown
    from saerch_desktop.workflow.session import Session

_MOST_FEATURES: Final = 400
_MOST_FAMILIES: Final = 150
_MEMBERS: Final = 8


def features_section(session: Session, shown: Shown | None) -> Markup:
    """The features of the query and those that were moved first, then the commonest; "" without any."""
    features = session.features
    if features is None:
        return Markup("")
    first = _first(shown)
    active = _active(shown)
    common = np.argsort(-features.statistics.count, kind="stable").tolist()
    ids = list(dict.fromkeys([*first, *(f for f in common if features.statistics.count[f] > 0)]))
    ids = ids[:_MOST_FEATURES]
    heads: list[tuple[str, str, str]] = [
        ("Feature", "n", "Its number"),
        ("Name", "t", "What it is called, and who says so"),
        ("Grade", "", "A to F: how well the name finds the feature’s documents; ? untested"),
        ("AUROC", "n", "That test: 0.5 is chance, 1 is always right"),
        ("Documents", "n", "Number of documents where it is active"),
        ("Share", "n", "The same as a share of all documents"),
        ("Strongest", "n", "Its strongest activation"),
    ]
    if active:
        heads.insert(2, ("In the query", "n", "How active it is in the query"))
    rows = [_feature(features, feature, active) for feature in ids]
    live = int(np.count_nonzero(features.statistics.live))
    said = f"{len(ids):,} of {live:,} features that are active in some document"
    if first:
        said += "; those of the query and those that were moved come first"
    return table(heads, rows, said)


def _feature(features: FeatureSet, feature: int, active: dict[int, float]) -> list[Markup]:
    label, statistics = features.labels.get(feature), features.statistics
    test = label.detection if label is not None else None
    name = features.labels.text(feature)
    source = label.source if label is not None else "no name"
    verified = " · accepted by the analyst" if features.labels.mark(feature).verified else ""
    cells = [
        cell(f"#{feature}", "n", feature),
        cell(
            joined(
                (tag("span", name, dir="auto"), tag("br"), tag("span", source + verified, class_="muted"))
            ),
            "t",
        ),
        cell(label.grade if label is not None else "?"),
        cell("" if test is None else f"{test.auroc:.2f}", "n", None if test is None else test.auroc),
        cell(f"{statistics.count[feature]:,}", "n", int(statistics.count[feature])),
        cell(f"{statistics.density[feature]:.2%}", "n", float(statistics.density[feature])),
        cell(f"{statistics.maximum[feature]:.3f}", "n", float(statistics.maximum[feature])),
    ]
    if active:
        value = active.get(feature)
        cells.insert(2, cell("" if value is None else f"{value:.3f}", "n", value))
    return cells


def families_section(session: Session) -> Markup:
    """The families shown, the commonest first; "" without any."""
    from saerch_desktop.features.families.book import open_book

    features = session.features
    book = open_book(features) if features is not None else None
    if features is None or book is None or not len(book):
        return Markup("")
    text = features.labels.text
    shown = sorted(book, key=lambda family: -(family.figures.density or 0.0))[:_MOST_FAMILIES]
    heads = (
        ("Family", "t", "What it is called, and its first members"),
        ("Grade", "", "A to F by the test of its name; ? untested"),
        ("Features", "n", "Number of its members"),
        ("Share", "n", "Share of documents where any member is active"),
        ("R", "n", "Overlap of the most general member with the others over that among the others"),
    )
    rows = []
    for family in shown:
        members = " · ".join(text(member) for member in family.members[:_MEMBERS])
        more = f" and {len(family.members) - _MEMBERS:,} more" if len(family.members) > _MEMBERS else ""
        figures = family.figures
        rows.append(
            (
                cell(
                    joined(
                        (
                            tag("span", book.text(family.key, text), dir="auto"),
                            tag("br"),
                            tag("span", members + more, class_="muted", dir="auto"),
                        )
                    ),
                    "t",
                ),
                cell(family.name.grade if family.name is not None else "?"),
                cell(f"{len(family.members):,}", "n", len(family.members)),
                _figure(figures.density, ".2%"),
                _figure(figures.r, ".2f"),
            )
        )
    return table(heads, rows, f"{len(rows):,} of {len(book):,} families, method: {book.method}")


def _figure(value: float | None, form: str) -> Markup:
    return cell("" if value is None else format(value, form), "n", value)


def _active(shown: Shown | None) -> dict[int, float]:
    ranking: Any = shown.ranking if shown is not None else None
    if ranking is None:
        return {}
    return dict(zip(ranking.query.indices.tolist(), ranking.query.values.tolist(), strict=True))


def _first(shown: Shown | None) -> list[int]:
    ranking: Any = shown.ranking if shown is not None else None
    if ranking is None:
        return []
    moved = [edit.feature for edit in ranking.edits]
    return [*moved, *sorted(_active(shown), key=lambda feature: -_active(shown)[feature])]
