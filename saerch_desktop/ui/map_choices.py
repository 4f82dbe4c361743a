"""What the points of a map can be coloured by, and how each choice is turned into colours on a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.activity import activity_of
from saerch_desktop.features.maps import colouring as colours
from saerch_desktop.features.maps.colouring import Colouring
from saerch_desktop.features.maps.points import Of
from saerch_desktop.progress import Progress
from saerch_desktop.ui import wording

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.workflow.session import Session

PLAIN: Final = "plain"
_FACET: Final = "facet:"
_GRADE_NAMES: Final = ("A and B, very good", "C and D, good to fair", "E and F, weak or failed", "not tested")
_GRADE_OF: Final = {"A": 0, "B": 0, "C": 1, "D": 1, "E": 2, "F": 2, "?": 3}


@dataclass(frozen=True, slots=True)
class Choice:
    """key: what `colour` knows it by; text, tip: as they are read."""

    key: str
    text: str
    tip: str


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a choice may depend on, as it was when it was made."""

    feature: int | None = None
    family: str | None = None
    book: FamilyBook | None = None
    query: Any = None  # search.steering.Query
    edits: tuple[Any, ...] = ()
    blends: tuple[Any, ...] = ()
    document: int | None = None
    members: tuple[int, ...] = field(default=())


def depends_on(key: str) -> frozenset[str]:
    """Which fields of the store change what a choice shows."""
    return {
        "feature": frozenset({"feature"}),
        "family": frozenset({"family", "book"}),
        "families": frozenset({"book"}),
        "score": frozenset({"query", "edits", "blends"}),
        "query": frozenset({"query"}),
        "document": frozenset({"document"}),
    }.get(key, frozenset())


def choices(session: Session, of: Of, progress: Progress) -> tuple[Choice, ...]:
    """What there is to choose from in this library."""
    found = [Choice(PLAIN, "How dense they lie", "One colour; the darker, the more points")]
    if of == "features":
        found += [
            Choice("common", "How common they are", "By the number of documents where a feature is active"),
            Choice("grade", "Grade of the name", "How well a feature's name finds its documents"),
            Choice("families", "Largest families", "The eight largest families, each with a colour"),
            Choice("family", "Family shown", "The members of the family that the families pane shows"),
            Choice("query", "Active in the query", "How strongly features are active in the query"),
            Choice(
                "document", "Active in the document", "How strongly they are active in the document shown"
            ),
        ]
        return tuple(found)
    columns = session.columns(progress)
    for name, column in columns.facets.items():
        if name.casefold() != "year" and len(column.values) > 1:
            said = wording.tip(f"The commonest values of {name}, each with a colour")
            found.append(Choice(_FACET + name, name, said))
    if columns.years.any():
        found.append(Choice("year", "Year", "From the earliest to the latest"))
    if session.features is not None:
        found += [
            Choice("feature", "Feature shown", "How active the feature is that the feature pane shows"),
            Choice("family", "Family shown", "How active the family's features are, summed"),
        ]
    found.append(
        Choice("score", "Score in the search", "How near documents are to the query, as steered now")
    )
    return tuple(found)


def colour(session: Session, of: Of, key: str, asked: Asked, rows: int, progress: Progress) -> Colouring:
    """The colours of `rows` documents or features under a choice. Raises UserError, Cancelled.

    A choice without anything to show (no query, no family) colours nothing and says why.
    """
    made = (
        _of_features(session, key, asked)
        if of == "features"
        else _of_documents(session, key, asked, progress)
    )
    if made is not None and len(made.codes) == rows:
        return made
    return colours.plain(rows, _missing(key, of))


def _missing(key: str, of: Of) -> str:
    what = {
        "feature": "No feature is shown",
        "family": "No family is shown",
        "families": "No families were built yet",
        "score": "There is no search by meaning yet",
        "query": "There is no query by meaning yet",
        "document": "No document is shown",
        "year": "No document has a year",
    }.get(key, "")
    return what or ("Documents" if of == "documents" else "Features")


def _of_documents(session: Session, key: str, asked: Asked, progress: Progress) -> Colouring | None:
    features = session.features
    if key.startswith(_FACET):
        column = session.columns(progress).facet(key.removeprefix(_FACET))
        return None if column is None else colours.by_facet(column)
    if key == "year":
        years = session.columns(progress).years.astype(np.float32)
        years[years == 0] = np.nan
        return (
            colours.by_amount("Year", years, whole=True, on_top=False) if np.isfinite(years).any() else None
        )
    if key == "feature" and features is not None and asked.feature is not None:
        name = features.labels.text(asked.feature)
        active = colours.activation_of(features, (asked.feature,))
        return colours.by_amount(name, active, tip="Activation of the feature; grey where it is not active")
    if key == "family" and features is not None and asked.members:
        name = _family_name(features, asked)
        active = colours.activation_of(features, asked.members)
        return colours.by_amount(name, active, tip="Summed activation of the family; grey where it is silent")
    if key == "score" and asked.query is not None:
        scores = _scores(session, asked, progress)
        what = "Score, as steered" if asked.edits or asked.blends else "Score in the search"
        return colours.by_amount(what, scores, tip="Cosine to the query")
    return None


def _scores(session: Session, asked: Asked, progress: Progress) -> NDArray[np.float32]:
    from saerch_desktop.search import exact

    query, features, vectors = asked.query, session.features, session.library.vectors
    scores: NDArray[np.float32]
    if vectors is None or features is None or not (asked.edits or asked.blends):
        scores = np.array(query.base, np.float32)
    else:
        steered = query.vector.astype(np.float64)
        for edit in asked.edits:
            steered = steered + edit.delta * features.sae.decoder[edit.feature]
        for blended in asked.blends:
            blend = blended.blend
            of, weights = list(blend.features), np.asarray(blend.weights)
            along = blend.array() if blend.direction else weights @ features.sae.decoder[of]
            steered = steered + blended.amount * along
        scores = exact.scores(vectors, steered.astype(np.float32), progress)
    scores[~np.isfinite(scores)] = np.nan
    return scores


def _of_features(session: Session, key: str, asked: Asked) -> Colouring | None:
    features = session.required_features()
    count = features.sae.config.features
    if key == "common":
        many = features.statistics.count.astype(np.float64)
        many[many == 0] = np.nan
        return colours.by_amount(
            "Documents", np.log10(many), powers=True, tip="Documents with the feature, by powers of ten"
        )
    if key == "grade":
        grades = [features.labels.get(feature) for feature in range(count)]
        codes = np.array([_GRADE_OF[label.grade] if label is not None else 3 for label in grades])
        return colours.by_names("Grade of the name", codes, _GRADE_NAMES)
    if key == "families" and asked.book is not None and len(asked.book):
        book = asked.book
        text = {family.key: book.text(family.key, features.labels.text) for family in book.tops()}
        codes, names = colours.largest_families(book, count, text)
        return colours.by_names("Largest families", codes, names, "A feature in several has the smallest's")
    if key == "family" and asked.members:
        codes = np.full(count, -1)
        codes[list(asked.members)] = 0
        return colours.by_names("Family shown", codes, (_family_name(features, asked),))
    if key == "query" and asked.query is not None:
        active = activity_of(count, asked.query.indices, asked.query.values)
        return _lit("Active in the query", active)
    if key == "document" and asked.document is not None:
        row = asked.document
        return _lit("Active in the document", _code_of(features, row, count))
    return None


def _code_of(features: FeatureSet, row: int, count: int) -> NDArray[np.float32]:
    return activity_of(count, features.codes.indices[row], features.codes.values[row])


def _lit(what: str, active: NDArray[np.float32]) -> Colouring:
    amounts = np.where(active > 0, active, np.nan)
    return colours.by_amount(what, amounts, tip="Activation; grey where a feature is not active")


def _family_name(features: FeatureSet, asked: Asked) -> str:
    if asked.book is None or asked.family is None:
        return "Family"
    return asked.book.text(asked.family, features.labels.text)


def members_of(book: FamilyBook | None, family: str | None) -> tuple[int, ...]:
    """The features of the family shown, none without one."""
    found = book.get(family) if book is not None and family is not None else None
    return tuple(found.members) if found is not None else ()


def names_in_order(colouring: Colouring) -> Sequence[tuple[int, str, int]]:
    """Code, name and number of points of each value."""
    return [
        (place + 1, name, count)
        for place, (name, count) in enumerate(zip(colouring.names, colouring.counts, strict=True))
    ]
