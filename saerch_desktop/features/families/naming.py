"""Names families without a network: phrases that their members share, chosen and tested by a judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.detection import Gathered, measure, reference_for
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.features.families.family_lines import FamilyLines, TouchedLines
from saerch_desktop.features.families.label_votes import LabelVotes
from saerch_desktop.features.families.name_choice import NOTHING, Option, Wording, options, picked
from saerch_desktop.features.families.name_examples import (
    FamilyExamples,
    documents_to_read,
    family_examples,
)
from saerch_desktop.features.families.name_files import best_named, load_names
from saerch_desktop.features.families.names_apart import named_apart
from saerch_desktop.features.hard_negatives import MOST, CaseFinder, Cases
from saerch_desktop.features.judge import JOINT, judge_for, load_reference, reference_of
from saerch_desktop.features.phrase_candidates import candidates
from saerch_desktop.features.phrases import PhraseCounter, PhraseTable

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.judge import Judge
    from saerch_desktop.features.label import Detection
    from saerch_desktop.library.documents import Documents
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors
    from saerch_desktop.progress import Progress

SOURCE: Final = "members"
STAGES: Final = (
    "Finding the documents of families",
    "Reading phrases",
    "Collecting phrases",
    "Placing phrases",
    "Naming families",
    "Placing labels",
    "Testing labels",
)
_DISTINCT: Final = 4_000  # phrases placed in all
_MOST_PHRASES, _FEWEST_PHRASES = 12, 3
_ALTERNATIVES: Final = 4
_AT_ONCE: Final = 128


def name_families(
    library: Library,
    features: FeatureSet,
    families: Families,
    progress: Progress,
    judge: Judge | None = None,
    seed: int = 0,
) -> Families:
    """The same families, each with a name and its test. What language models called the same families before
    counts too (`name_files`): the better one is the family's name, and the others are alternatives.

    A name is a phrase, or two, from documents of all members alike that are not held out: one that stands out
    in many members' documents, against the corpus and against near misses, and ranks documents of the family
    above near misses in the judge's eyes. The name is then tested on held-out documents as labels of features
    are (`features.detection`): those that the family is about (`family_lines`) against ones where no member
    is active. judge: None for the library's own, never one that needs the network. UserError without
    vectors; Cancelled.
    """
    vectors = library.vectors
    if vectors is None:
        raise UserError(
            "This library has no usable vectors.",
            "Names of families are tested by closeness to documents; none was given.",
            "Embed the documents first.",
        )
    chosen = families.families
    if not chosen:
        return families
    judge = judge or judge_for(library, seed=seed)
    progress.begin(STAGES[0], len(chosen), "families")
    lines = FamilyLines(features.inverted, chosen, features.codes.rows)
    touched = TouchedLines(features.inverted, chosen)
    finder = CaseFinder(vectors, lines, testing=False, seed=seed, touched=touched)
    read = documents_to_read(features.inverted, chosen, lines, features.codes.rows, seed, progress)
    found = family_examples(features.inverted, chosen, lines, read, seed, progress)
    cases = [
        replace(case, positives=_members_alike(found, i))
        for i, case in enumerate(finder.many(range(len(chosen)), progress))
    ]
    table = _table(library.documents, read, progress)
    wordings = _wordings(table, found, cases, read, features, chosen, progress)
    texts = list(dict.fromkeys(text for wording in wordings for text in wording.texts))
    placed = judge.place(texts, progress, STAGES[3])
    slot = {text: i for i, text in enumerate(texts)}
    reference = load_reference(features.folder, judge.name, vectors.dim)
    if reference is None:
        reference = reference_of(placed)
    densities = [count / max(1, features.documents) for count in lines.counts]
    possible = _possible(
        vectors, features.sae.decoder, chosen, wordings, cases, slot, placed, reference, densities, progress
    )
    names = named_apart(chosen, possible, [_last_resort(features, family) for family in chosen])
    places = _places(judge, names, possible, slot, placed, progress)
    tester = CaseFinder(vectors, lines, testing=True, seed=seed, touched=touched)
    named = _tested(
        families, vectors, tester, names, possible, found, places, reference, judge.name, progress, seed
    )
    return best_named(named, load_names(features.folder))


def detections_of(
    library: Library,
    features: FeatureSet,
    families: Families,
    texts: Mapping[str, str],
    progress: Progress,
    judge: Judge | None = None,
    seed: int = 0,
) -> dict[str, Detection | None]:
    """By key how well a text finds the documents of its family, measured as `name_families` does it.

    texts: by key; families that are not there are left out. None where too few documents are held out, or the
    text has no place among the documents, or there are no vectors. Raises Cancelled.
    """
    chosen = [family for family in families.families if family.key in texts]
    vectors = library.vectors
    if vectors is None or not chosen:
        return {family.key: None for family in chosen}
    judge = judge or judge_for(library, seed=seed)
    lines = FamilyLines(features.inverted, chosen, features.codes.rows)
    touched = TouchedLines(features.inverted, chosen)
    tester = CaseFinder(vectors, lines, testing=True, seed=seed, touched=touched)
    placed = judge.place([texts[family.key] for family in chosen], progress)
    reference = reference_for(features, judge, vectors.dim, progress)
    labels = list((placed - reference)[:, None, :])
    measured = measure(vectors, tester, range(len(chosen)), labels, judge.name, progress, seed=seed)
    return {family.key: detection for family, (detection, _) in zip(chosen, measured, strict=True)}


def _members_alike(found: FamilyExamples, family: int) -> NDArray[np.int64]:
    """Up to 50 of the examples, the members in turn."""
    rows = found.examples.rows[found.examples.of(family)]
    shares = found.shares[family]
    ranks = np.argsort(np.argsort(-shares, axis=1, kind="stable"), axis=1)
    # The place in the order of the member for which the document stands highest.
    turn = np.where(shares > 0, ranks, shares.shape[1]).min(axis=0, initial=shares.shape[1])
    return rows[np.argsort(turn, kind="stable")[:MOST]]


def _table(documents: Documents, read: NDArray[np.bool_], progress: Progress) -> PhraseTable:
    counter = PhraseCounter()
    rows = np.flatnonzero(read)
    progress.begin(STAGES[1], rows.size, "documents")
    for start in range(0, rows.size, 500):
        progress.advance(start)
        for _, title, text in sorted(documents.texts_of(rows[start : start + 500].tolist())):
            counter.add(title, text)
    progress.advance(rows.size)
    return counter.table(2 if counter.documents < 20_000 else 3)


def _wordings(
    table: PhraseTable,
    found: FamilyExamples,
    cases: list[Cases],
    read: NDArray[np.bool_],
    features: FeatureSet,
    families: Sequence[Family],
    progress: Progress,
) -> list[Wording]:
    progress.begin(STAGES[2], len(families), "families")
    place = np.where(read, np.cumsum(read) - 1, -1)
    kept: dict[int, tuple[NDArray[np.int64], Wording]] = {}
    roots: dict[int, frozenset[str]] = {}
    for i, telling in candidates(table, found.examples, [case.negatives for case in cases], place):
        if i % 32 == 0:
            progress.advance(i)
        kept[i] = picked(telling, table, found.shares[i], _MOST_PHRASES, roots)
    depth = _depth([phrases for phrases, _ in kept.values()])
    used = np.unique(np.concatenate([phrases[:depth] for phrases, _ in kept.values()] or [_NONE]))
    spelled = table.spelled(used)
    progress.advance(len(families))
    out = []
    for i in range(len(families)):
        phrases, wording = kept.get(i, (_NONE, NOTHING))
        once: dict[str, int] = {}
        texts = [_presentable(spelled[phrase]) for phrase in phrases[:depth].tolist()]
        for at, text in enumerate(texts):
            once.setdefault(text.casefold(), at)
        places = list(once.values())
        chosen = wording.at(places, [texts[at] for at in places])
        out.append(chosen.heard(LabelVotes(families[i], features.labels.text)))
    return out


_NONE: Final = np.zeros(0, np.int64)


def _depth(lists: list[NDArray[np.int64]]) -> int:
    """How many phrases of each family can be placed so that all together stay below the limit."""
    for depth in range(_MOST_PHRASES, _FEWEST_PHRASES, -1):
        if not lists or np.unique(np.concatenate([part[:depth] for part in lists])).size <= _DISTINCT:
            return depth
    return _FEWEST_PHRASES


def _possible(
    vectors: Vectors,
    decoder: NDArray[np.float32],
    families: Sequence[Family],
    wordings: list[Wording],
    cases: list[Cases],
    slot: dict[str, int],
    placed: NDArray[np.float32],
    reference: NDArray[np.float32],
    densities: Sequence[float],
    progress: Progress,
) -> list[list[Option]]:
    """For each family what it could be called, best first."""
    progress.begin(STAGES[4], len(families), "families")
    out: list[list[Option]] = []
    for start in range(0, len(families), _AT_ONCE):
        points = Gathered(vectors, cases[start : start + _AT_ONCE])
        for i in range(start, min(start + _AT_ONCE, len(families))):
            mean = decoder[list(families[i].members)].mean(axis=0)
            out.append(
                options(
                    wordings[i],
                    placed[[slot[text] for text in wordings[i].texts]],
                    reference,
                    points.of(cases[i].positives),
                    points.of(cases[i].negatives),
                    mean / max(float(np.linalg.norm(mean)), 1e-12),
                    densities[i],
                )
            )
        progress.advance(len(out))
    return out


def _last_resort(features: FeatureSet, family: Family) -> str:
    """For a family whose documents hold no phrase: the name of the feature that stands for it."""
    return features.labels.text(family.root if family.root is not None else family.members[0])


def _places(
    judge: Judge,
    names: list[tuple[str, ...]],
    possible: list[list[Option]],
    slot: dict[str, int],
    placed: NDArray[np.float32],
    progress: Progress,
) -> dict[str, NDArray[np.float32]]:
    """Where the judge sees each name and each alternative."""
    wanted = {JOINT.join(name) for name in names}
    wanted.update(JOINT.join(option.phrases) for some in possible for option in some[:1])
    new = sorted(text for text in wanted if text not in slot)
    fresh = judge.place(new, progress, STAGES[5])
    return {text: placed[i] for text, i in slot.items()} | dict(zip(new, fresh, strict=True))


def _tested(
    families: Families,
    vectors: Vectors,
    tester: CaseFinder,
    names: list[tuple[str, ...]],
    possible: list[list[Option]],
    found: FamilyExamples,
    places: dict[str, NDArray[np.float32]],
    reference: NDArray[np.float32],
    judge: str,
    progress: Progress,
    seed: int,
) -> Families:
    texts = [JOINT.join(name) for name in names]
    labels = [(places[text] - reference)[None, :] for text in texts]
    measured = measure(vectors, tester, range(len(texts)), labels, judge, progress, seed=seed)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    out = []
    for i, (family, text, (detection, _)) in enumerate(zip(families.families, texts, measured, strict=True)):
        # Single phrases first: what two say together can be told from them.
        others = [JOINT.join(o.phrases) for o in sorted(possible[i], key=lambda o: len(o.phrases))]
        name = FamilyName(
            text=sentence_case(text),
            source=SOURCE,
            detection=None if found.examples.borrowed[i] else detection,
            alternatives=tuple(sentence_case(other) for other in others if other != text)[:_ALTERNATIVES],
            made=made,
        )
        out.append(family.model_copy(update={"name": name}))
    return families.model_copy(update={"families": tuple(out)})


def sentence_case(text: str) -> str:
    """The text with a capital at its beginning, unless its second letter is one, as in "pH"."""
    return text if text[1:2] != text[1:2].lower() else text[:1].upper() + text[1:]


def _presentable(text: str) -> str:
    return text.removesuffix("'s").removesuffix("’s")
