"""Labels without any model: the phrases that set a feature's strongest documents apart from the corpus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.features.label import Label
from saerch_desktop.features.phrase_choice import Candidates, choose
from saerch_desktop.features.phrases import PhraseCounter, PhraseTable
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Documents

SOURCE: Final = "phrases"
JOINT: Final = " · "
_EXAMPLES = 96  # strongest documents per feature
_FEWEST_EXAMPLES = 8
_MOST_DOCUMENTS = 100_000
_BACKGROUND = 20_000
_PRIOR = 20.0  # pseudo-documents drawn from the corpus
_CANDIDATES = 40
_FEATURES_AT_ONCE = 128
_TITLE_WORDS = 6


@dataclass(frozen=True, slots=True, eq=False)
class _Examples:
    """The strongest documents of every feature: rows of the corpus and activations, by feature."""

    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    values: NDArray[np.float32]


def build_phrase_labels(
    inverted: InvertedIndex, documents: Documents, progress: Progress, *, seed: int = 0
) -> list[Label]:
    """One label for every feature that is active anywhere, by feature.

    A phrase is scored by how much of the activation of the feature's strongest documents it covers, and by
    its log-odds there against the corpus over an informative Dirichlet prior (Monroe, Colaresi and Quinn
    2008). For very large corpora the strongest documents and a random background are read. Raises Cancelled.
    """
    total = len(documents)
    examples = _examples(inverted, total)
    chosen = _documents_to_read(examples, total, seed)
    counter = PhraseCounter()
    titles: dict[int, str] = {}
    firsts = set(examples.rows[examples.starts[:-1][np.diff(examples.starts) > 0]].tolist())
    progress.begin("Reading phrases", total, "documents")
    for row, title, text in documents.texts(0, total):
        if row % 500 == 0:
            progress.advance(row)
        if chosen[row]:
            counter.add(title, text)
            if row in firsts:
                titles[row] = title or text[:200]
    progress.advance(total)
    table = counter.table(2 if counter.documents < 20_000 else 3)
    place = np.cumsum(chosen) - 1
    return _labels(table, examples, place, titles, progress)


def _examples(inverted: InvertedIndex, total: int) -> _Examples:
    """The first `_EXAMPLES` documents of each feature, fewer where all together would be too many to read."""
    counts = np.diff(inverted.starts)
    most = _EXAMPLES
    while most > _FEWEST_EXAMPLES and min(total, int(np.minimum(counts, most).sum())) > _MOST_DOCUMENTS:
        most = most * 3 // 4
    taken = np.minimum(counts, most)
    starts = np.concatenate(([0], np.cumsum(taken)))
    offset = np.arange(int(starts[-1])) + np.repeat(inverted.starts[:-1] - starts[:-1], taken)
    return _Examples(starts, inverted.rows[offset].astype(np.int64), np.asarray(inverted.values[offset]))


def _documents_to_read(examples: _Examples, total: int, seed: int) -> NDArray[np.bool_]:
    """(N,) which documents to read: all, or the examples and a random background."""
    chosen = np.ones(total, np.bool_)
    if total > _MOST_DOCUMENTS:
        chosen[:] = False
        chosen[examples.rows] = True
        chosen[np.random.default_rng(seed).choice(total, _BACKGROUND, replace=False)] = True
    return chosen


def _labels(
    table: PhraseTable,
    examples: _Examples,
    place: NDArray[np.int64],
    titles: dict[int, str],
    progress: Progress,
) -> list[Label]:
    features = examples.starts.size - 1
    progress.begin("Labelling features", features, "features")
    picks: dict[int, list[int]] = {}
    spare: dict[int, list[int]] = {}
    for feature, candidates in _candidates(table, examples, place):
        if feature % 32 == 0:
            progress.advance(feature)
        picks[feature], spare[feature] = choose(candidates, table)
    _tell_apart(picks, spare)
    used = np.asarray(sorted({phrase for pick in picks.values() for phrase in pick}), np.int64)
    spelled = table.spelled(used)
    labels = []
    for feature in range(features):
        begin, end = int(examples.starts[feature]), int(examples.starts[feature + 1])
        if begin == end:
            continue
        text = JOINT.join(_distinct([_presentable(spelled[phrase]) for phrase in picks.get(feature, [])]))
        if not text:
            text = _from_title(titles.get(int(examples.rows[begin]), ""), feature)
        labels.append(Label(feature=feature, text=text, source=SOURCE, examples=end - begin))
    progress.advance(features)
    return labels


def _candidates(
    table: PhraseTable, examples: _Examples, place: NDArray[np.int64]
) -> Iterator[tuple[int, Candidates]]:
    """For each live feature its most telling phrases, best first."""
    from scipy import sparse

    size = (table.documents, table.frequency.size)
    if 0 in size:
        return
    holds = sparse.csr_matrix(
        (np.ones(table.phrases.size, np.float32), table.phrases, table.starts), shape=size
    )
    share = (table.frequency / table.documents).astype(np.float64)
    slots = np.full(table.frequency.size, -1, np.int32)
    for first in range(0, examples.starts.size - 1, _FEATURES_AT_ONCE):
        last = min(first + _FEATURES_AT_ONCE, examples.starts.size - 1)
        begin, end = int(examples.starts[first]), int(examples.starts[last])
        docs = place[examples.rows[begin:end]]
        weights, effective = _weights(examples, first, last)
        starts = examples.starts[first : last + 1] - begin
        strongest = sparse.csr_matrix((weights, docs, starts), shape=(last - first, table.documents))
        held = (strongest @ holds).tocsr()
        score = _telling(held, effective, share, table) * table.weight[held.indices]
        for feature in range(first, last):
            a, b = int(held.indptr[feature - first]), int(held.indptr[feature - first + 1])
            if a == b:
                continue
            line = score[a:b]
            order = np.lexsort((held.indices[a:b], -line))[:_CANDIDATES]
            order = order[line[order] > 0]
            ids = held.indices[a:b][order].astype(np.int64)
            mine = slice(int(starts[feature - first]), int(starts[feature - first + 1]))
            yield (
                feature,
                Candidates(
                    phrases=ids,
                    scores=line[order].astype(np.float64),
                    coverage=held.data[a:b][order].astype(np.float64),
                    present=_presence(table, docs[mine], ids, slots),
                    weights=weights[mine],
                ),
            )


def _weights(examples: _Examples, first: int, last: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Activations scaled to sum to 1 within each feature, and the effective number of documents these are."""
    begin, end = int(examples.starts[first]), int(examples.starts[last])
    values = examples.values[begin:end].astype(np.float64)
    owner = np.repeat(np.arange(last - first), np.diff(examples.starts[first : last + 1]))
    sums = np.bincount(owner, values, last - first)
    squares = np.bincount(owner, values**2, last - first)
    effective = np.divide(sums**2, squares, out=np.ones_like(sums), where=squares > 0)
    return (values / np.maximum(sums[owner], 1e-30)).astype(np.float32), effective


def _telling(
    held: Any, effective: NDArray[np.float64], share: NDArray[np.float64], table: PhraseTable
) -> NDArray[np.float64]:
    """How telling each phrase is, one per non-zero of `held` (features x phrases, weighted shares).

    The share of the feature's activation that the phrase covers, times a cautious estimate (one standard
    error below) of its log-odds against the corpus.
    """
    covered = np.minimum(held.data.astype(np.float64), 1.0)
    n = np.repeat(effective, np.diff(held.indptr))
    prior = _PRIOR * share[held.indices]
    inside = covered * n + prior
    outside = table.frequency[held.indices] + prior
    total = table.documents + _PRIOR
    # A phrase that every document holds leaves nothing over, up to rounding.
    difference = np.log(inside / np.maximum(n + _PRIOR - inside, 1e-9))
    difference -= np.log(outside / np.maximum(total - outside, 1e-9))
    cautious = difference - np.sqrt(1.0 / inside + 1.0 / outside)
    return np.asarray(np.maximum(cautious, 0.0) * covered)


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


def _tell_apart(picks: dict[int, list[int]], spare: dict[int, list[int]]) -> None:
    """Features that would be called the same get a further phrase of their own, where they have one."""
    same: dict[tuple[int, ...], list[int]] = {}
    for feature, pick in picks.items():
        same.setdefault(tuple(pick), []).append(feature)
    taken = set(same)
    for shared, features in same.items():
        for feature in features[1:] if shared else []:
            for phrase in spare[feature]:
                renamed = (*shared[:2], phrase)
                if renamed not in taken:
                    picks[feature] = list(renamed)
                    taken.add(renamed)
                    break


def _distinct(texts: list[str]) -> list[str]:
    """Phrases that spelling out has made part of one another are said once."""
    folded = [text.casefold() for text in texts]
    return [
        text
        for i, text in enumerate(texts)
        if not any(
            folded[i] in other and (i > j or folded[i] != other) for j, other in enumerate(folded) if i != j
        )
    ]


def _presentable(text: str) -> str:
    return text.removesuffix("'s").removesuffix("’s")


def _from_title(title: str, feature: int) -> str:
    """Documents without any common phrase: the beginning of the strongest one's title stands for them."""
    words = title.split()
    text = " ".join(words[:_TITLE_WORDS])[:60].strip()
    if not text:
        return f"Feature {feature}"
    return f"{text}…" if len(words) > _TITLE_WORDS else text
