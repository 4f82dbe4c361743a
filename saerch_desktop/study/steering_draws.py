"""What is steered in the study: a query, a concept to raise and one to lower, drawn at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.held_out import mixed
from saerch_desktop.progress import Progress
from saerch_desktop.search.lowering import words_of
from saerch_desktop.study.steering_judge import Bags, agreement, judged, read_bags, weighed

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library

MOST_DOCUMENTS: Final = 20_000  # searched, and as many others that train the judge
_MOST_CONCEPTS: Final = 1_500
_GRADES: Final = frozenset("ABC")
_FEWEST: Final = 20  # documents of a concept that train its judge
_COMMONEST: Final = 0.1  # share of them
_LEAST_F1: Final = 0.35
_THERE: Final = 2  # of the ten first that must be about what is lowered
_WORDS: Final = 3  # of a title that can be a query
_OPENING: Final = 12  # words of a text that stand for one
_SEED_OF_SPLIT: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What is searched and by whom it is judged.

    searched, others (s,), (t,) int64: rows, none in both, all with a vector. features (c,) int64: of each
    concept; phrases its words. holds (s, c) bool: searched documents with the phrase; about (s, c) bool:
    those that the judge calls so; f1 (c,): how well both agree. words, query_words: unit rows of weighted
    words, of the searched and of the others.
    """

    searched: NDArray[np.int64]
    others: NDArray[np.int64]
    features: NDArray[np.int64]
    phrases: tuple[str, ...]
    holds: csr_matrix
    about: csr_matrix
    f1: NDArray[np.float64]
    words: csr_matrix
    query_words: csr_matrix


@dataclass(frozen=True, slots=True)
class Draw:
    """query: place among `Field.others` of the document that lends its title; up, down: concepts."""

    query: int
    up: int
    down: int


def lay_out(library: Library, features: FeatureSet, tuning: bool, progress: Progress) -> Field:
    """Split the documents and train the judges. Raises UserError, Cancelled.

    tuning: draw from features of even number, which settings were chosen on, instead of odd ones.
    """
    from scipy.sparse import csr_matrix

    assert library.vectors is not None
    there = library.vectors.valid_rows()
    order = there[np.argsort(mixed(there, _SEED_OF_SPLIT), kind="stable")]
    half = min(MOST_DOCUMENTS, order.size // 2)
    searched, others = np.sort(order[:half]), np.sort(order[half : 2 * half])
    progress.begin("Reading documents", None, "documents")
    both = np.sort(np.concatenate([searched, others]))
    bags: Bags = read_bags(library.documents.texts_of(both.tolist()))
    trained, tested = bags.of(others), bags.of(searched)
    chosen, phrases, found = _concepts(library, features, others, int(tuning is False), progress)
    where = [_places(rows, others) for rows in found]
    holds = _table(where, others.size)
    progress.begin("Training the judges", None)
    about = judged(trained, holds, tested, progress)
    true = csr_matrix(_table([_places(rows, searched) for rows in found], searched.size).T)
    f1 = agreement(about, true)
    good = np.flatnonzero(f1 >= _LEAST_F1)
    return Field(
        searched,
        others,
        chosen[good],
        tuple(phrases[i] for i in good.tolist()),
        true[:, good].tocsr(),
        about[:, good].tocsr(),
        f1[good],
        weighed(tested, trained),
        weighed(trained, trained),
    )


def candidates(library: Library, field: Field, most: int, tuning: bool, seed: int) -> list[tuple[int, str]]:
    """(place among others, query) of at most `most` documents, in random order.

    The query is the title; where too few titles have three words, the beginnings of texts follow.
    """
    rng = np.random.default_rng([seed, 1])
    places = rng.permutation(field.others.size)
    places = places[(field.others[places] % 2 == 0) == tuning][: 2 * most]
    titles = library.documents.titles(field.others[places].tolist())
    both = list(zip(places.tolist(), titles, strict=True))
    found = [(place, title) for place, title in both if len(title.split()) >= _WORDS][:most]
    if len(found) == most:
        return found
    rest = [place for place, title in both if len(title.split()) < _WORDS]
    for place, document in zip(
        rest, library.documents.many(field.others[rest].tolist()) if rest else (), strict=True
    ):
        words = document.text.split()[:_OPENING]
        if len(words) >= _WORDS:
            found.append((place, " ".join(words)))
    return found[:most]


def drawn(
    field: Field,
    places: list[int],
    active: list[NDArray[np.int64]],
    first: NDArray[np.int64],
    draws: int,
    seed: int,
) -> tuple[NDArray[np.int64], list[Draw]]:
    """At most `draws`: one of each query, in the order given. Also each draw's place among the candidates.

    active: of each candidate query the features. first (m, 10): places of its unsteered results. What is
    lowered is active in the query and two of the ten results are about it; what is raised is not active, and
    none of them is.
    """
    rng = np.random.default_rng([seed, 2])
    number = {int(feature): concept for concept, feature in enumerate(field.features)}
    kept: list[int] = []
    out: list[Draw] = []
    for at, place in enumerate(places):
        if len(out) == draws:
            break
        shown = np.asarray(field.about[first[at]].sum(axis=0)).ravel()
        inside = [number[f] for f in active[at].tolist() if f in number]
        down = [concept for concept in inside if shown[concept] >= _THERE]
        free = np.flatnonzero(shown == 0)
        free = free[~np.isin(field.features[free], active[at])]
        if down and free.size:
            kept.append(at)
            out.append(Draw(place, int(rng.choice(free)), int(rng.choice(down))))
    return np.asarray(kept, np.int64), out


def _concepts(
    library: Library, features: FeatureSet, others: NDArray[np.int64], odd: int, progress: Progress
) -> tuple[NDArray[np.int64], list[str], list[NDArray[np.int64]]]:
    live = np.flatnonzero(features.statistics.count > 0)
    live = live[live % 2 == odd]
    live = live[np.argsort(mixed(live, _SEED_OF_SPLIT), kind="stable")]
    chosen, phrases, found = [], [], []
    seen: set[str] = set()
    progress.begin("Choosing concepts", live.size, "features")
    for done, feature in enumerate(live.tolist()):
        progress.advance(done)
        label = features.labels.get(feature)
        if label is None or label.grade not in _GRADES:
            continue
        phrase, rows = words_of(features, library.documents, feature)
        inside = int(np.isin(rows, others).sum())
        fits = _FEWEST <= inside <= max(_FEWEST, _COMMONEST * others.size)
        if not fits or phrase.casefold() in seen:
            continue
        seen.add(phrase.casefold())
        chosen.append(feature)
        phrases.append(phrase)
        found.append(rows)
        if len(chosen) == _MOST_CONCEPTS:
            break
    return np.asarray(chosen, np.int64), phrases, found


def _places(rows: NDArray[np.int64], among: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.flatnonzero(np.isin(among, rows))


def _table(lines: list[NDArray[np.int64]], width: int) -> csr_matrix:
    from scipy.sparse import csr_matrix

    starts = np.cumsum([0, *(line.size for line in lines)])
    ids = np.concatenate([*lines, np.empty(0, np.int64)])
    return csr_matrix((np.ones(ids.size, np.bool_), ids, starts), shape=(len(lines), width))
