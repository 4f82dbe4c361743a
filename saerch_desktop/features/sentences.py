"""Which sentences of a document a feature answers to, by embedding each sentence on this computer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.bands import pre_activations

if TYPE_CHECKING:
    from saerch_desktop.embedding.base import Embedder
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.progress import Progress

_MOST_SENTENCES: Final = 60  # of one text: an abstract has ten, and a book must not take minutes
_LONGEST: Final = 1000  # characters of a sentence; a list without full stops is cut at a space
_SHORTEST: Final = 12  # characters: less is a heading or a number, and stays with the sentence before
_DRIVING: Final = 0.85  # of the strongest sentence's score, for another to be marked too
_END: Final = re.compile(r"""[.!?…]+['"”’)\]]*(?=\s)|\n\s*\n|(?<=[。！？])""")
_OPENING: Final = re.compile(r"""\s*['"“‘(\[]*(?:[^\W_]|[$\\<#&*+\-–—=])""")
# What ends in a full stop without ending a sentence, in lower case and without that stop.
_ABBREVIATIONS: Final = frozenset(
    {
        *(
            "al",
            "approx",
            "app",
            "ca",
            "cf",
            "ch",
            "chap",
            "col",
            "dept",
            "dr",
            "ed",
            "eds",
            "e.g",
            "eq",
            "eqn",
        ),
        *(
            "eqs",
            "eqns",
            "esp",
            "est",
            "et",
            "etc",
            "fig",
            "figs",
            "i.e",
            "jr",
            "max",
            "min",
            "mr",
            "mrs",
            "ms",
        ),
        *("no", "nos", "nr", "op", "p", "pp", "ph.d", "prof", "ref", "refs", "resp", "sec", "sect", "sects"),
        *("sr", "st", "suppl", "tab", "tabs", "univ", "viz", "vol", "vols", "vs", "w.r.t", "a.k.a", "s.t"),
        *("u.s", "u.k"),
    }
)
_CAN_END: Final = frozenset({"al", "etc", "ph.d", "u.s", "u.k", "jr", "sr"})  # before a capital they may


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence, text[start:end]. score: its pre-activation of the feature, in the activations' units, or
    how far it lies along a direction. driving: whether it excites the feature most, or nearly so.
    """

    start: int
    end: int
    score: float
    driving: bool


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """The sentences of a text, (start, end) each, and their vectors, (s, d) float32, each embedded by itself;
    NaN where that failed.
    """

    spans: tuple[tuple[int, int], ...]
    vectors: NDArray[np.float32]


def driving_sentences(
    features: FeatureSet, embedder: Embedder, feature: int, text: str, progress: Progress | None = None
) -> tuple[Span, ...]:
    """The sentences of one text in its order, as `driving_in` does for several."""
    return driving_in(features, embedder, feature, [text], progress)[0]


def driving_in(
    features: FeatureSet,
    embedder: Embedder,
    feature: int,
    texts: Sequence[str],
    progress: Progress | None = None,
) -> list[tuple[Span, ...]]:
    """The sentences of each text, each embedded by itself and scored by the feature's encoder row, at once.

    A sentence is driving if it excites the feature (score above 0) and at least 85 % as much as the text's
    strongest. Sentences that cannot be embedded are left out. UserError for an embedder that would
    send the texts away or is not the one of the vectors, and whatever keeps it from working; Cancelled.
    """
    features.require(feature)
    return [driving(features, one, feature) for one in embed_sentences(features, embedder, texts, progress)]


def embed_sentences(
    features: FeatureSet, embedder: Embedder, texts: Sequence[str], progress: Progress | None = None
) -> list[Embedded]:
    """The sentences of each text as vectors, for scores of any feature. Raises what `driving_in` raises."""
    _require_local(features, embedder)
    split = [tuple(sentences(text)) for text in texts]
    pieces = [text[a:b] for text, spans in zip(texts, split, strict=True) for a, b in spans]
    vectors = np.empty((0, features.sae.config.dim), np.float32)
    if pieces:
        vectors = np.asarray(embedder.embed(pieces, progress).vectors, np.float32)
    ends = np.cumsum([len(spans) for spans in split]).tolist()
    return [Embedded(spans, vectors[end - len(spans) : end]) for spans, end in zip(split, ends, strict=True)]


def driving(features: FeatureSet, embedded: Embedded, feature: int) -> tuple[Span, ...]:
    """The sentences with their scores, in their order; UserError when there is no such feature."""
    features.require(feature)
    return _marked(embedded, pre_activations(features, feature, embedded.vectors))


def driving_along(
    features: FeatureSet, embedded: Embedded, direction: NDArray[np.floating]
) -> tuple[Span, ...]:
    """The same for a direction (d,), as of a family or of a plain difference: how far each sentence lies
    along it from the SAE's centre, in units of the vectors. A direction that is all zero drives nothing.
    """
    given = np.asarray(direction, np.float64)
    size = float(np.linalg.norm(given))
    unit = (given / size if size > 0 else given).astype(np.float32)
    return _marked(embedded, np.asarray((embedded.vectors - features.sae.pre_bias) @ unit, np.float32))


def _require_local(features: FeatureSet, embedder: Embedder) -> None:
    if embedder.uses_network:
        raise UserError(
            "This library's vectors were made by a service on the network.",
            "Sentences are not marked, since that would send the documents' texts there once more.",
            "Embed the documents with a model on this computer to see driving sentences.",
        )
    if embedder.identity.dim != features.sae.config.dim:
        raise UserError(
            f"The model makes vectors of {embedder.identity.dim} numbers and the features take "
            f"{features.sae.config.dim}.",
            "Sentences are not marked; nothing else is touched.",
            "Use the model that made the library's vectors.",
        )


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of `text` begin and end, at most the first sixty, without the space around them.

    A full stop ends a sentence unless it belongs to an abbreviation ("et al.", "Fig. 2", "e.g."), an initial
    or a number, or what follows goes on in lower case; so do ! and ?, and an empty line. What is shorter than
    a dozen characters stays with the sentence before.
    """
    found: list[tuple[int, int]] = []
    begin = 0
    for match in _END.finditer(text):
        if not _ends(text, begin, match):
            continue
        _add(found, text, begin, match.end())
        begin = match.end()
        if len(found) > _MOST_SENTENCES:
            break
    _add(found, text, begin, len(text))
    return found[:_MOST_SENTENCES]


def _ends(text: str, begin: int, match: re.Match[str]) -> bool:
    mark = match.group()
    if not mark or mark.isspace():
        return True
    rest = text[match.end() : match.end() + 40]
    opening = _OPENING.match(rest)
    first = opening.group()[-1] if opening else ""
    if first.islower():
        return False
    if mark != ".":
        return True
    word = text[max(begin, match.start() - 24) : match.start()].split()[-1:]
    last = word[0].lstrip("([{“‘\"'") if word else ""
    if len(last) == 1 and last.isupper():  # an initial, or a symbol; after "and" and the like a name follows
        return False
    bare = last.casefold()
    if bare in _ABBREVIATIONS:
        return bare in _CAN_END and first.isupper() and not rest.lstrip().startswith(("(", "["))
    return True


def _add(found: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    if begin == end:
        return
    if found and end - begin < _SHORTEST:
        found[-1] = (found[-1][0], end)
        return
    while end - begin > _LONGEST:
        cut = text.rfind(" ", begin + _LONGEST // 2, begin + _LONGEST)
        cut = begin + _LONGEST if cut < 0 else cut
        found.append((begin, cut))
        begin = cut + (text[cut] == " ")
        if len(found) > _MOST_SENTENCES:
            return
    found.append((begin, end))


def _marked(embedded: Embedded, scores: NDArray[np.float32]) -> tuple[Span, ...]:
    pairs = zip(embedded.spans, scores.tolist(), strict=True)
    there = [(a, b, score) for (a, b), score in pairs if np.isfinite(score)]
    best = max((score for _, _, score in there), default=0.0)
    return tuple(Span(a, b, score, 0 < score >= _DRIVING * best) for a, b, score in there)
