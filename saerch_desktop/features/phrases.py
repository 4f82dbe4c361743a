"""Candidate phrases of a corpus: runs of one to three words, counted once per document.

Everything is flat integer arrays: a token is a number, a phrase is three of them packed into one.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.stop_words import GENERAL_WORDS, LINKS, STOP_WORDS

TEXT_LENGTH: Final = 3000  # characters read of each text; embedding models read about as much

_BITS = 21
_MASK = np.uint64((1 << _BITS) - 1)
_BREAK = 0  # the token between phrases: punctuation, numbers, rare words
# Kinds of words: what they may do in a phrase.
_NOISE, _STOP, _LINK, _GENERAL, _TELLING = 0, 1, 2, 3, 4

_OCCURRENCES = 64  # looked at to see how a phrase is written
_ALWAYS = 0.7
_LONGEST_SPELLED = 5
_INSIDE = 0.65
# Of a single word's occurrences so many are followed by another word: of one that looks like an adjective, of
# any.
_DESCRIBES, _FOLLOWED = 0.45, 0.65
# English endings of words that describe and read badly alone: "cosmological", "stochastic".
_ADVERB: Final = re.compile(r"\w{2,}(?:al|ous|ive|ari|ab|ib|ed|ent|ant|te)ly")
_DESCRIBING: Final = re.compile(r"\w{3,}(?:al|ic|ous|ive|ary|ar|ed|ing|less|ful|able|ible|ly)")

# A sign without which the pattern cannot match, the pattern, and what takes its place.
_CLEAN: Final = [
    (">>>", re.compile(r"^\s*(?:>>>|\.\.\.).*$", re.M), "."),  # interactive examples
    ("::", re.compile(r"^\s*\.\. [\w:-]+::.*$", re.M), "."),  # directives of reStructuredText
    (":`", re.compile(r":[\w:+.-]+:`~?([^`<]*)[^`]*`"), r" \1 "),  # its roles keep their text
    (":", re.compile(r"^\s*:\w+[^:\n]*:", re.M), "."),  # its field lists
    ("``", re.compile(r"``[^`]*``"), ";"),
    ("$", re.compile(r"\$[^$\n]{0,200}\$"), ";"),  # formulas
    ("\\", re.compile(r"\\[a-zA-Z]+"), " "),
    ("://", re.compile(r"https?://\S+"), ";"),
    ("www.", re.compile(r"www\.\S+"), ";"),
    ("@", re.compile(r"\S+@\S+\.\w+"), ";"),
    ("<", re.compile(r"</?[a-zA-Z][^<>]{0,200}>"), " "),
    ("&", re.compile(r"&[a-z]{2,8};"), " "),
    ("\n", re.compile(r"\n\s*\n|\n\s*[-*•=~]+\s"), ". "),
]
_TOKEN: Final = re.compile(r"[^\W_](?:[\w]|[-'’](?=[^\W_]))*|[^\w\s-]")
_WORD: Final = re.compile(r"[^\W\d_][^_]+|\d+[-]?[^\W\d_][^_]*")


@dataclass(frozen=True, slots=True, eq=False)
class PhraseTable:
    """Which document holds which phrase.

    starts (D+1,) int64 and phrases (nnz,) int32: the phrases of document i, ascending, each once. frequency
    (V,) int64: documents that hold the phrase. stems (V, 3) int32: its words' numbers, -1 where it has fewer.
    words: the stems. weight (V,) float32: how readable it is as a label, 1 for a plain single word. whole
    (V,) bool: False for what is mostly the inside of a longer phrase, or one word that mostly describes the
    next. positions, at: where each phrase occurs among `tokens`, numbers of the words as `written`; stem_of
    and kinds: each written word's stem, each stem's kind.
    """

    starts: NDArray[np.int64]
    phrases: NDArray[np.int32]
    frequency: NDArray[np.int64]
    stems: NDArray[np.int32]
    words: list[str]
    weight: NDArray[np.float32]
    whole: NDArray[np.bool_]
    positions: NDArray[np.int32]
    at: NDArray[np.int32]
    tokens: NDArray[np.int32]
    written: list[str]
    stem_of: NDArray[np.int32]
    kinds: NDArray[np.int8]

    @property
    def documents(self) -> int:
        return self.starts.size - 1

    def spelled(self, wanted: NDArray[np.int64]) -> dict[int, str]:
        """How each of these phrases is usually written, with the words that nearly always belong to it."""
        asked = np.zeros(self.frequency.size, np.bool_)
        asked[wanted] = True
        chosen = np.flatnonzero(asked[self.at])
        chosen = chosen[np.argsort(self.at[chosen], kind="stable")]
        ids, positions = self.at[chosen], self.positions[chosen].astype(np.int64)
        begins, ends = np.searchsorted(ids, wanted), np.searchsorted(ids, wanted, side="right")
        lengths = (self.stems[wanted] >= 0).sum(axis=1)
        out: dict[int, str] = {}
        for phrase, begin, end, length in zip(
            wanted.tolist(), begins.tolist(), ends.tolist(), lengths.tolist(), strict=True
        ):
            step = -(-(end - begin) // _OCCURRENCES)
            places, length = self._completed(positions[begin:end:step], length)
            forms = self.tokens[places[:, None] + np.arange(length)].tolist()
            counts = Counter(map(tuple, forms))
            most = max(counts.values())
            form = min(form for form, count in counts.items() if count == most)
            out[phrase] = " ".join(self.written[token] for token in form)
        return out

    def _completed(self, places: NDArray[np.int64], length: int) -> tuple[NDArray[np.int64], int]:
        """Places and length after adding neighbours: "Markov Chain Monte" is always followed by "Carlo"."""
        for step in (1, -1):
            while length < _LONGEST_SPELLED:
                beside = self.stem_of[self.tokens[places + length if step == 1 else places - 1]]
                word, count = Counter(beside.tolist()).most_common(1)[0]
                if self.kinds[word] < _GENERAL or count < max(3, _ALWAYS * places.size):
                    break
                places, length = places[beside == word] - (step == -1), length + 1
        return places, length


class PhraseCounter:
    """Reads documents one by one; `table` then makes the phrase table."""

    def __init__(self) -> None:
        self._numbers: defaultdict[str, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__
        self._numbers["."] = _BREAK
        self._tokens = array("i", [_BREAK])
        self._ends = array("q")

    @property
    def documents(self) -> int:
        return len(self._ends)

    def add(self, title: str, text: str) -> None:
        cleaned = clean(f"{title}.\n\n{text[:TEXT_LENGTH]}")
        self._tokens.extend(map(self._numbers.__getitem__, _TOKEN.findall(cleaned)))
        self._tokens.append(_BREAK)
        self._ends.append(len(self._tokens))

    def table(self, least: int) -> PhraseTable:
        """Phrases that at least `least` documents hold."""
        written = list(self._numbers)
        raw = np.frombuffer(self._tokens, np.int32).copy() if self._tokens else np.zeros(0, np.int32)
        ends = np.frombuffer(self._ends, np.int64).copy() if self._ends else np.zeros(0, np.int64)
        documents = np.repeat(np.arange(ends.size, dtype=np.int32), np.diff(np.r_[0, ends]))
        stem_of, words, kinds = _stems(written, np.bincount(raw, minlength=len(written)), least)
        tokens = stem_of[raw]
        keys, positions = _runs(tokens, kinds)
        known, keys, positions = _frequent(keys, positions, documents, least)
        at = np.searchsorted(known, keys).astype(np.int32)
        pairs = documents[positions].astype(np.int64) * max(1, known.size) + at
        pairs = _distinct(pairs)[0]
        holder, phrases = pairs // max(1, known.size), (pairs % max(1, known.size)).astype(np.int32)
        starts = np.searchsorted(holder, np.arange(ends.size + 1)).astype(np.int64)
        stems = _unpack(known)
        whole = _whole(stems, positions, at, tokens, kinds, words)
        alone = stems[:, 1] < 0
        return PhraseTable(
            starts=starts,
            phrases=phrases,
            frequency=np.bincount(phrases, minlength=known.size).astype(np.int64),
            stems=stems,
            words=words,
            weight=_readability(stems, kinds, words) * np.where(whole | alone, 1.0, 0.6).astype(np.float32),
            whole=whole,
            positions=positions.astype(np.int32),
            at=at,
            tokens=raw,
            written=written,
            stem_of=stem_of,
            kinds=kinds,
        )


def clean(text: str) -> str:
    """Plain prose: markup, formulas, addresses and program examples replaced by sentence ends or spaces."""
    for sign, pattern, replacement in _CLEAN:
        if sign in text:
            text = pattern.sub(replacement, text)
    return text


def stem(word: str) -> str:
    """The word in small letters without plural or possessive ending."""
    low = word.casefold().replace("’", "'").removesuffix("'s").rstrip("'")
    if len(low) > 4 and low.endswith("ies"):
        return low[:-3] + "y"
    if len(low) > 4 and low.endswith(("sses", "ches", "shes", "xes")):
        return low[:-2]
    if len(low) > 3 and low.endswith("s") and not low.endswith(("ss", "us", "is")):
        return low[:-1]
    if len(low) > 4 and low.endswith("ae"):
        return low[:-1]
    return low


def _kind(word: str) -> int:
    low = word.casefold()
    if low in LINKS:
        return _LINK
    if low in STOP_WORDS:
        return _STOP
    if not _WORD.fullmatch(word):
        return _NOISE
    return _GENERAL if low in GENERAL_WORDS else _TELLING


def _stems(
    written: list[str], counts: NDArray[np.int64], least: int
) -> tuple[NDArray[np.int32], list[str], NDArray[np.int8]]:
    """For each written word its stem's number (0: a break); the stems; their kinds."""
    totals: defaultdict[str, int] = defaultdict(int)
    stems = [stem(word) for word in written]
    for text, count in zip(stems, counts.tolist(), strict=True):
        totals[text] += count
    numbers: dict[str, int] = {".": _BREAK}
    kinds = [_NOISE]
    out = np.zeros(len(written), np.int32)
    for i, (word, text) in enumerate(zip(written, stems, strict=True)):
        # The mask leaves room for two million stems; the rarest of an enormous corpus become breaks.
        if i == _BREAK or totals[text] < least or len(numbers) >= int(_MASK):
            continue
        kind = _kind(word)
        if kind == _NOISE:
            continue
        if text not in numbers:
            numbers[text] = len(numbers)
            kinds.append(kind)
        out[i] = numbers[text]
        kinds[out[i]] = min(kinds[out[i]], kind)
    return out, list(numbers), np.asarray(kinds, np.int8)


def _runs(tokens: NDArray[np.int32], kinds: NDArray[np.int8]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Keys and first positions of all runs that may be phrases."""
    kind = kinds[tokens]
    edge = kind >= _GENERAL
    inner = edge | (kind == _LINK)
    one = np.flatnonzero(kind == _TELLING)
    two = np.flatnonzero(edge[:-1] & edge[1:])
    three = np.flatnonzero(edge[:-2] & inner[1:-1] & edge[2:])
    wide = tokens.astype(np.uint64)
    shift, twice = np.uint64(_BITS), np.uint64(2 * _BITS)
    keys = (
        wide[one],
        wide[two] | wide[two + 1] << shift,
        wide[three] | wide[three + 1] << shift | wide[three + 2] << twice,
    )
    return np.concatenate(keys), np.concatenate((one, two, three))


def _frequent(
    keys: NDArray[np.uint64], positions: NDArray[np.int64], documents: NDArray[np.int32], least: int
) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int64]]:
    """The distinct keys that enough documents hold, ascending, and the occurrences of these."""
    distinct, counts = _distinct(keys)
    distinct = distinct[counts >= least]
    place = np.searchsorted(distinct, keys)
    hit = (
        np.flatnonzero((place < distinct.size) & (distinct[np.minimum(place, distinct.size - 1)] == keys))
        if distinct.size
        else np.zeros(0, np.int64)
    )
    keys, positions, place = keys[hit], positions[hit], place[hit]
    pairs, _ = _distinct(documents[positions].astype(np.int64) * max(1, distinct.size) + place)
    enough = np.bincount(pairs % max(1, distinct.size), minlength=distinct.size) >= least
    kept = enough[place]
    return distinct[enough], keys[kept], positions[kept]


def _distinct(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Distinct values, ascending, and how often each occurs; by sorting, which for integers beats hashing."""
    ordered = np.sort(values)
    new = np.flatnonzero(np.r_[np.ones(min(1, ordered.size), np.bool_), ordered[1:] != ordered[:-1]])
    return ordered[new], np.diff(np.r_[new, ordered.size])


def _unpack(keys: NDArray[np.uint64]) -> NDArray[np.int32]:
    parts = [(keys >> np.uint64(step * _BITS) & _MASK).astype(np.int32) for step in range(3)]
    stems = np.stack(parts, axis=1) if keys.size else np.zeros((0, 3), np.int32)
    stems[stems == _BREAK] = -1
    return stems


def _readability(stems: NDArray[np.int32], kinds: NDArray[np.int8], words: list[str]) -> NDArray[np.float32]:
    """Phrases of telling words read better than single words; links and general words weaken them."""
    if stems.size == 0:
        return np.zeros(0, np.float32)
    length = (stems >= 0).sum(axis=1)
    kind = np.where(stems >= 0, kinds[np.maximum(stems, 0)], -1)
    weight = np.choose(length - 1, [1.0, 1.6, 1.7])
    weight = weight * np.where((kind == _LINK).any(axis=1), 0.8, 1.0)
    weight = weight * np.where((kind == _TELLING).sum(axis=1) == 0, 0.45, 1.0)
    lame = np.asarray([len(word) < 3 or bool(_DESCRIBING.fullmatch(word)) for word in words])
    weight = weight * np.where((length == 1) & lame[np.maximum(stems[:, 0], 0)], 0.6, 1.0)
    adverb = np.asarray([bool(_ADVERB.fullmatch(word)) for word in words])
    weight = np.where((length == 1) & adverb[np.maximum(stems[:, 0], 0)], 0.0, weight)
    repeated = (length > 1) & ((stems[:, 0] == stems[:, 1]) | ((length == 3) & (stems[:, 0] == stems[:, 2])))
    return np.where(repeated, 0.0, weight).astype(np.float32)


def _whole(
    stems: NDArray[np.int32],
    positions: NDArray[np.int64],
    at: NDArray[np.int32],
    tokens: NDArray[np.int32],
    kinds: NDArray[np.int8],
    words: list[str],
) -> NDArray[np.bool_]:
    """False for runs that are mostly the inside of a longer phrase ("energy cosmic rays"), and for single
    words that are mostly followed by another, adjectives above all ("adaptive").
    """
    length = (stems >= 0).sum(axis=1)
    edge = kinds[tokens] >= _GENERAL
    total = np.maximum(np.bincount(at, minlength=len(stems)), 1)
    before = np.bincount(at, edge[positions - 1], len(stems)) / total
    after = np.bincount(at, edge[positions + length[at]], len(stems)) / total
    describing = np.asarray([bool(_DESCRIBING.fullmatch(word)) for word in words])
    most = np.where(describing[np.maximum(stems[:, 0], 0)], _DESCRIBES, _FOLLOWED)
    return np.where(length == 1, after <= most, np.maximum(before, after) <= _INSIDE)


def read(texts: Iterable[tuple[int, str, str]]) -> PhraseCounter:
    """Count a whole stream of (row, title, text)."""
    counter = PhraseCounter()
    for _, title, text in texts:
        counter.add(title, text)
    return counter
