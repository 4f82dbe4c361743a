"""Phrases are counted as a slow and plain program counts them."""

from __future__ import annotations

import numpy as np
import pytest

from saerch_desktop.features.phrases import PhraseCounter, PhraseTable, clean, stem
from saerch_desktop.features.stop_words import GENERAL_WORDS, LINKS, STOP_WORDS

TEXTS = [
    ("Neutron stars", "The equation of state of neutron stars. Accretion discs surround a neutron star"),
    ("Accretion discs", "Neutron star mergers and the accretion disc; the equation of state"),
    ("Magnetic fields", "The magnetic field of a neutron star; magnetic fields in accretion discs"),
    ("", "Equations of state, magnetic field lines and NEUTRON STARS"),
]


def table_of(texts: list[tuple[str, str]], least: int = 2) -> PhraseTable:
    counter = PhraseCounter()
    for title, text in texts:
        counter.add(title, text)
    return counter.table(least)


def words_of(table: PhraseTable, phrase: int) -> tuple[str, ...]:
    return tuple(table.words[stem] for stem in table.stems[phrase] if stem >= 0)


def plainly_counted(texts: list[tuple[str, str]], least: int) -> dict[tuple[str, ...], set[int]]:
    """Runs of words between punctuation, by the documents that hold them."""
    holders: dict[tuple[str, ...], set[int]] = {}
    for document, (title, text) in enumerate(texts):
        for sentence in f"{title}. {text}".replace(";", ".").replace(",", ".").split("."):
            words = sentence.split()
            for size in (1, 2, 3):
                for at in range(len(words) - size + 1):
                    run = words[at : at + size]
                    low = [word.casefold() for word in run]
                    edges = [low[0], low[-1]]
                    general = {w for w in low if stem(w) in GENERAL_WORDS or w in GENERAL_WORDS}
                    if any(edge in STOP_WORDS or edge in LINKS for edge in edges):
                        continue
                    if size == 1 and low[0] in general:
                        continue
                    if size == 3 and low[1] in STOP_WORDS - LINKS:
                        continue
                    holders.setdefault(tuple(stem(word) for word in run), set()).add(document)
    return {run: documents for run, documents in holders.items() if len(documents) >= least}


def test_counts_equal_a_plain_count() -> None:
    table = table_of(TEXTS)
    wanted = plainly_counted(TEXTS, 2)
    found = {words_of(table, phrase): phrase for phrase in range(table.frequency.size)}
    assert found.keys() == wanted.keys()
    for run, phrase in found.items():
        holders = {
            d for d in range(len(TEXTS)) if phrase in table.phrases[table.starts[d] : table.starts[d + 1]]
        }
        assert holders == wanted[run]
        assert table.frequency[phrase] == len(holders)


def test_a_document_holds_each_phrase_once_in_ascending_order() -> None:
    table = table_of(TEXTS)
    for document in range(table.documents):
        held = table.phrases[table.starts[document] : table.starts[document + 1]]
        assert (np.diff(held) > 0).all()


def test_phrases_are_spelled_as_they_mostly_are() -> None:
    table = table_of(TEXTS)
    phrases = {words_of(table, p): p for p in range(table.frequency.size)}
    star, state = phrases["neutron", "star"], phrases["equation", "of", "state"]
    spelled = table.spelled(np.asarray([star, state]))
    assert spelled[star] == "neutron star"
    assert spelled[state] == "equation of state"


def test_a_word_that_always_follows_is_added() -> None:
    texts = [("", f"A Markov chain Monte Carlo sampler number {n} drew from it") for n in range(5)]
    table = table_of(texts)
    cut = next(p for p in range(table.frequency.size) if words_of(table, p) == ("markov", "chain", "monte"))
    assert table.spelled(np.asarray([cut]))[cut] == "Markov chain Monte Carlo sampler"


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("Sums.\n>>> numpy.sum([1, 2])\n3\nDone", "numpy", "Done"),
        (":param weights: the weights\nBody text", "param", "Body text"),
        (".. versionadded:: 1.2\nBody", "versionadded", "Body"),
        ("see :class:`numpy.ndarray` for more", ":class:", "ndarray"),
        ("a ``verbatim_word`` here", "verbatim_word", "here"),
        ("mass of $10^{5} M_\\odot$ found", "odot", "mass of"),
        ("the \\textit{slow} wind", "textit", "slow"),
        ("at https://example.org/abc now", "example", "now"),
        ("write to someone@example.org today", "someone", "today"),
        ("<b>bold</b> &amp; plain", "<b>", "bold"),
    ],
)
def test_markup_is_taken_out(text: str, gone: str, kept: str) -> None:
    assert gone not in clean(text)
    assert kept in clean(text)


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("Galaxies", "galaxy"),
        ("stars", "star"),
        ("Star's", "star"),
        ("masses", "mass"),
        ("boxes", "box"),
        ("status", "status"),
        ("analysis", "analysis"),
        ("gas", "gas"),
        ("supernovae", "supernova"),
    ],
)
def test_stems_meet_in_singular_and_plural(word: str, wanted: str) -> None:
    assert stem(word) == wanted


@pytest.mark.parametrize("texts", [[], [("", "")], [("", "the of and")], [("Lonely words", "")]])
def test_nothing_to_count(texts: list[tuple[str, str]]) -> None:
    table = table_of(texts)
    assert table.frequency.size == 0
    assert table.documents == len(texts)
    assert table.spelled(np.empty(0, np.int64)) == {}
