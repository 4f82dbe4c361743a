"""Who judges a steered search: classifiers of words, trained on documents that are not searched.

A concept's classifier knows neither vectors nor codes. It weighs word stems by how much more often they occur
in documents that hold the concept's phrase (the log-count ratios of naive Bayes, as in Wang and Manning 2012)
and calls as many documents positive as hold the phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.phrases import stem
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_TOKEN: Final = re.compile(r"\w+(?:[-'’]\w+)*")
_LENGTH: Final = 4000  # characters read of each document
_FEWEST: Final = 4  # documents with a word, without which it is not looked at
_COMMONEST: Final = 0.5  # share of documents from which on it says nothing
_EVIDENCE: Final = 3  # documents of the concept that must hold a word
_LEAST_RATIO: Final = 0.5  # natural logarithm
_PRIOR: Final = 5.0  # documents of the corpus' own rates that each concept is given beforehand
_BLOCK: Final = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """Which word stems each document holds. held (m, w) of 0 and 1; rows (m,) int64 of the documents."""

    held: csr_matrix
    rows: NDArray[np.int64]

    def of(self, rows: NDArray[np.int64]) -> csr_matrix:
        """(len(rows), w): those of documents that are there, in that order."""
        order = np.argsort(self.rows)
        return self.held[order[np.searchsorted(self.rows[order], rows)]]


def read_bags(texts: Iterable[tuple[int, str, str]]) -> Bags:
    """texts: (row, title, text). Words of fewer than four documents, or of half of them, are left out."""
    from scipy.sparse import csr_matrix

    numbers: dict[str, int] = {}
    stems: dict[str, str] = {}
    rows: list[int] = []
    starts, found = [0], []
    for row, title, text in texts:
        words = set(_TOKEN.findall(f"{title}\n{text}"[:_LENGTH]))
        plain = {stems.get(word) or stems.setdefault(word, stem(word)) for word in words}
        found.extend(sorted(numbers.setdefault(word, len(numbers)) for word in plain))
        starts.append(len(found))
        rows.append(row)
    ones = np.ones(len(found), np.float32)
    shape = (len(rows), max(1, len(numbers)))
    held = csr_matrix((ones, np.asarray(found, np.int64), np.asarray(starts, np.int64)), shape=shape)
    counts = np.asarray(held.sum(axis=0)).ravel()
    kept = np.flatnonzero((counts >= _FEWEST) & (counts < max(_COMMONEST * len(rows), _FEWEST + 1)))
    return Bags(held[:, kept], np.asarray(rows, np.int64))


def weighed(held: csr_matrix, trained: csr_matrix) -> csr_matrix:
    """The same documents as unit rows of inverse document frequencies, those of the `trained` documents."""
    from scipy.sparse import diags

    counts = np.asarray(trained.sum(axis=0)).ravel()
    idf = np.log((1 + trained.shape[0]) / (1 + counts))
    rows = (held @ diags(idf)).tocsr()
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return (diags(1 / np.maximum(lengths, 1e-9)) @ rows).tocsr()


def judged(trained: csr_matrix, holds: csr_matrix, searched: csr_matrix, progress: Progress) -> csr_matrix:
    """(s, c) bool: which of the searched documents are about which concept.

    trained (t, w), searched (s, w): stems of either documents, none in both. holds (c, t): which of the
    trained hold the concept's phrase. Raises Cancelled.
    """
    from scipy.sparse import csr_matrix, vstack

    weights = _weights(trained, holds)
    positives = np.asarray(holds.sum(axis=1)).ravel().astype(np.int64)
    limits = _limits(trained, weights, positives, progress)
    blocks = []
    for start in range(0, searched.shape[0], _BLOCK):
        progress.check()
        blocks.append(csr_matrix(_scores(searched[start : start + _BLOCK], weights) >= limits))
    if not blocks:  # nothing is searched: a library of a document or two
        return csr_matrix((0, holds.shape[0]), dtype=bool)
    return vstack(blocks).tocsr()


def agreement(said: csr_matrix, true: csr_matrix) -> NDArray[np.float64]:
    """(c,) F1 of what the judge said (s, c) with documents that hold the phrase (s, c)."""
    both = np.asarray(said.astype(np.int64).multiply(true.astype(np.int64)).sum(axis=0)).ravel()
    total = np.asarray(said.astype(np.int64).sum(axis=0) + true.astype(np.int64).sum(axis=0)).ravel()
    return np.asarray(2 * both / np.maximum(1, total), np.float64)


def _weights(trained: csr_matrix, holds: csr_matrix) -> Any:
    """(w, c): log ratios of the words that speak for a concept, the others 0."""
    from scipy.sparse import csc_matrix

    documents = trained.shape[0]
    counts = np.asarray(trained.sum(axis=0), np.float64).ravel()
    base = (counts + 1) / (documents + 2)
    together = (holds.astype(np.float32) @ trained).tocsr()
    positives = np.asarray(holds.sum(axis=1), np.float64).ravel()
    starts, words, values = [0], [], []
    for concept in range(holds.shape[0]):
        line = together[concept]
        ids, inside = line.indices, line.data.astype(np.float64)
        rate = (inside + _PRIOR * base[ids]) / (positives[concept] + _PRIOR)
        other = (counts[ids] - inside + _PRIOR * base[ids]) / (documents - positives[concept] + _PRIOR)
        ratio = np.log(rate / other)
        good = (inside >= _EVIDENCE) & (ratio > _LEAST_RATIO)
        words.append(ids[good])
        values.append(ratio[good])
        starts.append(starts[-1] + int(good.sum()))
    shape = (trained.shape[1], holds.shape[0])
    data = np.concatenate([*values, np.empty(0)]).astype(np.float32)
    return csc_matrix((data, np.concatenate([*words, np.empty(0, np.int64)]), starts), shape=shape)


def _scores(held: csr_matrix, weights: Any) -> NDArray[np.float64]:
    """(m, c); long texts have more of everything, hence the root of how many words they hold."""
    lengths = np.sqrt(np.asarray(held.sum(axis=1), np.float64)).reshape(-1, 1)
    return np.asarray((held @ weights).todense() / np.maximum(lengths, 1.0), np.float64)


def _limits(
    trained: csr_matrix, weights: Any, positives: NDArray[np.int64], progress: Progress
) -> NDArray[np.float64]:
    """(c,): the score that as many trained documents reach as hold the phrase, above 0."""
    limits = np.empty(positives.size)
    for start in range(0, positives.size, 64):
        progress.check()
        some = _scores(trained, weights[:, start : start + 64])
        for at, count in enumerate(positives[start : start + 64].tolist()):
            place = max(1, min(int(count), some.shape[0]))
            limits[start + at] = np.partition(some[:, at], -place)[-place]
    return np.maximum(limits, 1e-6)
