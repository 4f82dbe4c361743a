"""Names features without a network: phrases of their documents, chosen and tested by a judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.detection import FEWEST, Gathered, measure
from saerch_desktop.features.hard_negatives import CaseFinder, Cases
from saerch_desktop.features.judge import JOINT, Judge, reference_of
from saerch_desktop.features.label import Alternative, Label
from saerch_desktop.features.naming_choice import Shortlist, ranked
from saerch_desktop.features.phrase_candidates import candidates
from saerch_desktop.features.phrase_choice import choose, shortlist
from saerch_desktop.features.phrase_examples import Examples, documents_to_read, examples_of
from saerch_desktop.features.phrases import PhraseCounter, PhraseTable
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.inverted import InvertedIndex
    from saerch_desktop.library.documents import Documents
    from saerch_desktop.library.vectors import Vectors

SOURCE: Final = "phrases"
STAGES: Final = (
    "Finding near misses",
    "Reading phrases",
    "Collecting phrases",
    "Placing phrases",
    "Labelling features",
    "Placing labels",
    "Testing labels",
)
_CANDIDATES: Final = 30  # phrases of a feature that are placed, fewer where features are very many
_FEWEST_CANDIDATES: Final = 6
_LOOKED_AT: Final = 130_000  # phrases of all features together
_DISTINCT: Final = 20_000  # phrases placed in all
_ALTERNATIVES: Final = 5
_TITLE_WORDS: Final = 6
_AT_ONCE: Final = 128


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """What naming looks at. directions (n, d) float32: the features' decoder rows."""

    documents: Documents
    inverted: InvertedIndex
    vectors: Vectors
    directions: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """labels: by feature. reference: what labels have in common in the judge's eyes, (d,) float32."""

    labels: list[Label]
    reference: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Wording:
    """What a feature could be called: its shortlist, and a label made without a judge (may be empty)."""

    shortlist: Shortlist
    plain: tuple[str, ...]
    spare: tuple[str, ...]


def name_features(
    corpus: Corpus,
    judge: Judge,
    progress: Progress,
    features: Sequence[int] | None = None,
    *,
    reference: NDArray[np.float32] | None = None,
    others: Sequence[str] = (),
    seed: int = 0,
) -> Named:
    """One label for every feature that is active anywhere, of `features` or of all, by feature.

    Phrases are collected from documents that are not held out, placed by the judge, and chosen by how well
    they rank such documents; the label is then tested on held-out ones. A feature of fewer than three
    documents that are not held out is named from those it has, and not tested. reference: what labels have in
    common, where it is known from before; others: labels that are taken. Raises Cancelled.
    """
    asked = range(corpus.inverted.features) if features is None else sorted(set(features))
    counts = np.diff(corpus.inverted.starts)
    live = [int(feature) for feature in asked if counts[feature] > 0]
    finder = CaseFinder(corpus.vectors, corpus.inverted, testing=False, seed=seed)
    cases = _cases(finder, live, progress)
    examples, wordings, titles = _wordings(corpus, live, cases, progress, seed)
    phrases, placed = _placed(judge, wordings, progress)
    options = _options(
        corpus,
        wordings,
        cases,
        phrases,
        placed,
        reference_of(placed) if reference is None else reference,
        progress,
    )
    texts = _told_apart(examples, options, titles, {_key(text) for text in others})
    return _tested(corpus, judge, examples, texts, options, phrases, placed, reference, progress, seed)


def _cases(finder: CaseFinder, features: list[int], progress: Progress) -> list[Cases]:
    progress.begin(STAGES[0], len(features), "features")
    found = []
    for cases in finder.many(features, progress):
        found.append(cases)
        if len(found) % 64 == 0:
            progress.advance(len(found))
    progress.advance(len(features))
    return found


def _wordings(
    corpus: Corpus, features: list[int], cases: list[Cases], progress: Progress, seed: int
) -> tuple[Examples, dict[int, _Wording], dict[int, str]]:
    """The examples; by position among the features what each could be called; by row the titles of the
    strongest documents.
    """
    total = len(corpus.documents)
    chosen = documents_to_read(total, len(features), seed)
    examples = examples_of(corpus.inverted, features, chosen, seed)
    firsts = set(examples.rows[examples.starts[:-1]].tolist()) if len(examples) else set()
    titles: dict[int, str] = {}
    counter = PhraseCounter()
    progress.begin(STAGES[1], total, "documents")
    for row, title, text in corpus.documents.texts(0, total):
        if row % 500 == 0:
            progress.advance(row)
        if chosen[row]:
            counter.add(title, text)
            if row in firsts:
                titles[row] = title or text[:200]
    progress.advance(total)
    table = counter.table(2 if counter.documents < 20_000 else 3)
    place = np.where(chosen, np.cumsum(chosen) - 1, -1)
    return examples, _collected(table, examples, cases, place, progress), titles


def _collected(
    table: PhraseTable,
    examples: Examples,
    cases: list[Cases],
    place: NDArray[np.int64],
    progress: Progress,
) -> dict[int, _Wording]:
    progress.begin(STAGES[2], len(examples), "features")
    lists: dict[int, tuple[NDArray[np.int64], NDArray[np.float64], list[int], list[int]]] = {}
    roots: dict[int, frozenset[str]] = {}
    most = min(_CANDIDATES, max(_FEWEST_CANDIDATES, _LOOKED_AT // max(1, len(examples))))
    for i, found in candidates(table, examples, [case.negatives for case in cases], place):
        if i % 32 == 0:
            progress.advance(i)
        picked: list[int] = []
        plain: list[int] = []
        spare: list[int] = []
        if _enough(cases[i]):
            picked = shortlist(found, table, most, roots)
        else:
            plain, spare = choose(found, table)
        lists[i] = found.phrases[picked], found.scores[picked], plain, spare
    depth = _depth([phrases for phrases, *_ in lists.values()])
    wanted: set[int] = set()
    for phrases, _, first, further in lists.values():
        wanted.update(phrases[:depth].tolist(), first, further)
    used = np.asarray(sorted(wanted), np.int64)
    spelled = {phrase: _presentable(text) for phrase, text in table.spelled(used).items()}
    progress.advance(len(examples))
    out = {}
    for i, (phrases, scores, first, further) in lists.items():
        once: dict[str, tuple[str, float]] = {}
        for phrase, score in zip(phrases[:depth].tolist(), scores[:depth].tolist(), strict=True):
            once.setdefault(spelled[phrase].casefold(), (spelled[phrase], score))
        out[i] = _Wording(
            Shortlist(
                tuple(text for text, _ in once.values()),
                np.asarray([score for _, score in once.values()]),
            ),
            tuple(_distinct([spelled[phrase] for phrase in first])),
            tuple(spelled[phrase] for phrase in further),
        )
    return out


def _enough(cases: Cases) -> bool:
    """Whether a judge has anything to decide on."""
    return min(cases.positives.size, cases.negatives.size) >= FEWEST


def _depth(lists: list[NDArray[np.int64]]) -> int:
    """How many phrases of each feature can be placed so that all together stay below the limit."""
    for depth in range(_CANDIDATES, _FEWEST_CANDIDATES, -1):
        if np.unique(np.concatenate([part[:depth] for part in lists])).size <= _DISTINCT if lists else True:
            return depth
    return _FEWEST_CANDIDATES


def _placed(
    judge: Judge, wordings: dict[int, _Wording], progress: Progress
) -> tuple[dict[str, int], NDArray[np.float32]]:
    texts = list(dict.fromkeys(text for wording in wordings.values() for text in wording.shortlist.texts))
    placed = judge.place(texts, progress, STAGES[3])
    return {text: i for i, text in enumerate(texts)}, placed


def _options(
    corpus: Corpus,
    wordings: dict[int, _Wording],
    cases: list[Cases],
    phrases: dict[str, int],
    placed: NDArray[np.float32],
    reference: NDArray[np.float32],
    progress: Progress,
) -> dict[int, list[tuple[str, ...]]]:
    """For each feature with any phrase what it could be called, best first."""
    progress.begin(STAGES[4], len(wordings), "features")
    out: dict[int, list[tuple[str, ...]]] = {}
    order = sorted(wordings)
    for start in range(0, len(order), _AT_ONCE):
        chosen = order[start : start + _AT_ONCE]
        points = Gathered(corpus.vectors, [cases[i] for i in chosen])
        for i in chosen:
            wording, case = wordings[i], cases[i]
            best: list[tuple[int, ...]] = []
            if wording.shortlist.texts:
                best = ranked(
                    wording.shortlist,
                    placed[[phrases[text] for text in wording.shortlist.texts]],
                    reference,
                    points.of(case.positives),
                    points.of(case.negatives),
                    corpus.directions[case.feature],
                )
            judged = [tuple(wording.shortlist.texts[place] for place in option) for option in best]
            plain = [wording.plain] if wording.plain else []
            spare = [(*wording.plain[:2], text) for text in wording.spare]
            out[i] = [*judged, *plain, *spare]
        progress.advance(start + len(chosen))
    return out


def _told_apart(
    examples: Examples,
    options: dict[int, list[tuple[str, ...]]],
    titles: dict[int, str],
    taken: set[str],
) -> list[str]:
    """A label for each feature; where its best one is taken already, the next that is not."""
    out = []
    for i, feature in enumerate(examples.features.tolist()):
        texts = [JOINT.join(option) for option in options.get(i, [])]
        free = [text for text in texts if _key(text) not in taken]
        title = titles.get(int(examples.rows[examples.starts[i]]), "")
        text = free[0] if free else texts[0] if texts else _from_title(title, feature)
        taken.add(_key(text))
        out.append(text)
    return out


def _tested(
    corpus: Corpus,
    judge: Judge,
    examples: Examples,
    texts: list[str],
    options: dict[int, list[tuple[str, ...]]],
    phrases: dict[str, int],
    placed: NDArray[np.float32],
    reference: NDArray[np.float32] | None,
    progress: Progress,
    seed: int,
) -> Named:
    others = [
        [text for text in dict.fromkeys(JOINT.join(o) for o in options.get(i, [])) if text != texts[i]]
        for i in range(len(texts))
    ]
    others = [other[:_ALTERNATIVES] for other in others]
    new = [text for text in dict.fromkeys(texts) if text not in phrases]
    known = np.concatenate([placed, judge.place(new, progress, STAGES[5])])
    slot = {**phrases, **{text: len(phrases) + i for i, text in enumerate(new)}}

    def where(text: str) -> NDArray[np.float32]:
        """Of an alternative of several phrases the mean of theirs, which is where the whole would be."""
        if text in slot:
            return np.asarray(known[slot[text]])
        parts = [known[slot[part]] for part in text.split(JOINT) if part in slot]
        mean = np.mean(parts, axis=0) if parts else np.full(known.shape[1], np.nan)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)

    if reference is None:
        # Of the labels themselves: to be near to labels in general must not count for any of them.
        reference = reference_of(np.stack([where(text) for text in texts]) if texts else known)
    labels = [
        np.stack([where(text) for text in (texts[i], *others[i])]) - reference for i in range(len(texts))
    ]
    finder = CaseFinder(corpus.vectors, corpus.inverted, testing=True, seed=seed)
    measured = measure(
        corpus.vectors, finder, examples.features.tolist(), labels, judge.name, progress, seed=seed
    )
    out = []
    for i, ((detection, areas), feature) in enumerate(zip(measured, examples.features.tolist(), strict=True)):
        tested = not examples.borrowed[i]
        out.append(
            Label(
                feature=feature,
                text=texts[i],
                source=SOURCE,
                detection=detection if tested else None,
                examples=int(examples.starts[i + 1] - examples.starts[i]),
                alternatives=tuple(
                    Alternative(text=text, auroc=area if tested else None)
                    for text, area in zip(others[i], areas, strict=True)
                ),
            )
        )
    return Named(out, reference)


def _key(text: str) -> str:
    """The same for labels that say the same in another order."""
    return JOINT.join(sorted(text.casefold().split(JOINT)))


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
