"""For each feature the phrases that set its documents apart, from the corpus and from its near misses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.phrase_choice import Candidates
from saerch_desktop.features.phrase_examples import Examples
from saerch_desktop.features.phrases import PhraseTable

_PRIOR: Final = 20.0  # pseudo-documents drawn from the corpus
_CANDIDATES: Final = 80
_FEATURES_AT_ONCE: Final = 128


def candidates(
    table: PhraseTable,
    examples: Examples,
    near_misses: Sequence[NDArray[np.int64]],
    place: NDArray[np.int64],
) -> Iterator[tuple[int, Candidates]]:
    """Position in `examples` and the most telling phrases, best first; features without any are left out.

    A phrase is scored by the share of the activation that it covers, times the geometric mean of two cautious
    log-odds over an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008): against the corpus, and
    against the feature's near misses, rows of documents that come close to it without having it. place (N,):
    where each row of the corpus is in the table.
    """
    from scipy import sparse

    size = (table.documents, table.frequency.size)
    if 0 in size:
        return
    holds = sparse.csr_matrix(
        (np.ones(table.phrases.size, np.float32), table.phrases, table.starts), shape=size
    )
    share = (table.frequency / table.documents).astype(np.float64)
    slots = np.full(table.frequency.size, -1, np.int32)
    for first in range(0, len(examples), _FEATURES_AT_ONCE):
        last = min(first + _FEATURES_AT_ONCE, len(examples))
        begin, end = int(examples.starts[first]), int(examples.starts[last])
        docs = place[examples.rows[begin:end]]
        weights, effective = _weights(examples, first, last)
        starts = examples.starts[first : last + 1] - begin
        inside = sparse.csr_matrix((weights, docs, starts), shape=(last - first, table.documents))
        held = (inside @ holds).tocsr()
        n = np.repeat(effective, np.diff(held.indptr))
        covered = np.minimum(held.data.astype(np.float64), 1.0)
        outside = table.frequency[held.indices]
        score = np.maximum(_log_odds(covered, n, outside, table.documents, share[held.indices]), 0.0)
        score *= covered * table.weight[held.indices]
        for i in range(first, last):
            a, b = int(held.indptr[i - first]), int(held.indptr[i - first + 1])
            best = _best(score[a:b], held.indices[a:b])
            if not best.size:
                continue
            ids = held.indices[a:b][best].astype(np.int64)
            mine = slice(int(starts[i - first]), int(starts[i - first + 1]))
            missed = place[near_misses[i]]
            missed = missed[missed >= 0]
            yield (
                i,
                _against(
                    Candidates(
                        phrases=ids,
                        scores=score[a:b][best],
                        coverage=covered[a:b][best],
                        present=_presence(table, docs[mine], ids, slots),
                        weights=weights[mine],
                    ),
                    _presence(table, missed, ids, slots),
                    float(effective[i - first]),
                    share[ids],
                    table.weight[ids].astype(np.float64),
                ),
            )


def _best(score: NDArray[np.float64], ids: NDArray[np.integer]) -> NDArray[np.int64]:
    """Places of the highest scores above 0, best first, equal ones by id."""
    if score.size > _CANDIDATES:
        top = np.argpartition(-score, _CANDIDATES - 1)[:_CANDIDATES]
        # Whatever equals the last one has the same right, so that the choice does not hang on the order.
        top = np.flatnonzero(score >= score[top].min())
    else:
        top = np.arange(score.size)
    top = top[np.lexsort((ids[top], -score[top]))][:_CANDIDATES]
    return np.asarray(top[score[top] > 0])


def _against(
    found: Candidates,
    missed: NDArray[np.bool_],
    n: float,
    share: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> Candidates:
    """The same phrases scored against the near misses too, best first."""
    if not missed.shape[0]:
        return found
    outside = missed.sum(axis=0).astype(np.float64)
    apart = _log_odds(found.coverage, np.full(outside.shape, n), outside, missed.shape[0], share)
    # What near misses hold as often still says what the theme is, but not what is special about it.
    apart = np.maximum(apart, 0.05) * found.coverage * weight
    scores = np.sqrt(found.scores * apart)
    order = np.argsort(-scores, kind="stable")
    return Candidates(
        phrases=found.phrases[order],
        scores=scores[order],
        coverage=found.coverage[order],
        present=found.present[:, order],
        weights=found.weights,
    )


def _weights(examples: Examples, first: int, last: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Activations scaled to sum to 1 within each feature, and the effective number of documents these are."""
    begin, end = int(examples.starts[first]), int(examples.starts[last])
    values = examples.values[begin:end].astype(np.float64)
    owner = np.repeat(np.arange(last - first), np.diff(examples.starts[first : last + 1]))
    sums = np.bincount(owner, values, last - first)
    squares = np.bincount(owner, values**2, last - first)
    effective = np.divide(sums**2, squares, out=np.ones_like(sums), where=squares > 0)
    return (values / np.maximum(sums[owner], 1e-30)).astype(np.float32), effective


def _log_odds(
    covered: NDArray[np.float64],
    n: NDArray[np.float64],
    outside: NDArray[Any],
    documents: int,
    share: NDArray[np.float64],
) -> NDArray[np.float64]:
    """A cautious estimate (one standard error below) of each phrase's log-odds in `covered` of n documents
    against `outside` of `documents`; the prior are documents that hold it as often as the corpus does.
    """
    prior = _PRIOR * share
    within = covered * n + prior
    without = outside + prior
    # A phrase that every document holds leaves nothing over, up to rounding.
    difference = np.log(within / np.maximum(n + _PRIOR - within, 1e-9))
    difference -= np.log(without / np.maximum(documents + _PRIOR - without, 1e-9))
    return np.asarray(difference - np.sqrt(1.0 / within + 1.0 / without))


def _presence(
    table: PhraseTable, docs: NDArray[np.int64], phrases: NDArray[np.int64], slots: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """(len(docs), len(phrases)) whether the document holds the phrase. slots: (V,) of -1, left as it was."""
    counts = table.starts[docs + 1] - table.starts[docs]
    offset = np.repeat(table.starts[docs] - (np.cumsum(counts) - counts), counts)
    slots[phrases] = np.arange(phrases.size, dtype=np.int32)
    slot = slots[table.phrases[offset + np.arange(offset.size)]]
    slots[phrases] = -1
    hit = slot >= 0
    out = np.zeros((docs.size, phrases.size), np.bool_)
    out[np.repeat(np.arange(docs.size), counts)[hit], slot[hit]] = True
    return out
