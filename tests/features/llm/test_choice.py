"""Which documents are shown and tested, against the dense codes of a planted library."""

from __future__ import annotations

import numpy as np
import pytest
from planted_library import DEAD, MISSING, Dense

from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.held_out import held_out
from saerch_desktop.features.llm.choice import Chooser, NothingToShowError, cut
from saerch_desktop.features.llm.settings import DEFAULT, PAPER, Protocol
from saerch_desktop.library.library import Library

PROTOCOLS = [DEFAULT, PAPER]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("feature", [0, 3, 7, 12, 25])
def test_the_choice_keeps_its_promises(
    library: Library, features: FeatureSet, dense: Dense, protocol: Protocol, feature: int
) -> None:
    chosen = Chooser(library, features, protocol).of(feature)
    rows = np.array(chosen.rows)
    assert len(set(chosen.rows)) == len(rows), "no document is in two places"
    shown, tests = np.split(rows, [len(chosen.firing) + len(chosen.silent)])
    assert not held_out(shown).any()
    assert held_out(tests).all()
    active = dense.codes[:, feature]
    firing, silent = np.split(shown, [len(chosen.firing)])
    assert (active[firing] > 0).all()
    assert (active[silent] == 0).all()
    assert ((active[tests] > 0) == np.array(chosen.truth)).all()
    assert not set(chosen.rows) & set(MISSING), "nobody knows what a document without a vector has"
    np.testing.assert_allclose([text.value or 0 for text in chosen.firing], active[firing], rtol=1e-6)
    assert (np.diff(active[firing]) <= 0).all()
    there = np.flatnonzero((active > 0) & ~held_out(np.arange(active.size))).size
    assert len(firing) == min(there, protocol.positives)
    assert len(silent) == protocol.negatives
    documents = library.documents.many(rows.tolist())
    texts = [*chosen.firing, *chosen.silent]
    for document, text in zip(documents, [*(text.text for text in texts), *chosen.tests], strict=True):
        assert text == cut(document.title, document.text, protocol.characters)


def test_the_same_seed_chooses_the_same(library: Library, features: FeatureSet) -> None:
    first = Chooser(library, features, DEFAULT, seed=1).of(3)
    assert Chooser(library, features, DEFAULT, seed=1).of(3) == first
    assert Chooser(library, features, DEFAULT, seed=2).of(3) != first


def test_half_of_the_default_examples_are_of_the_top_tenth(
    library: Library, features: FeatureSet, dense: Dense
) -> None:
    feature = int(np.argmax((dense.codes > 0).sum(axis=0)))
    chosen = Chooser(library, features, DEFAULT).of(feature)
    order = np.argsort(-dense.codes[:, feature], kind="stable")
    usable = [row for row in order if dense.codes[row, feature] > 0 and not held_out(np.array(row))]
    places = sorted(usable.index(row) for row in chosen.rows[: len(chosen.firing)])
    tenth = max(5, round(len(usable) * 0.1))
    assert sum(place < tenth for place in places) == 5
    assert places[-1] >= 0.8 * len(usable), "weak ones are shown too"


def test_negatives_are_harder_by_default(library: Library, features: FeatureSet, dense: Dense) -> None:
    def nearness(protocol: Protocol) -> float:
        found = []
        for feature in range(8):
            chosen = Chooser(library, features, protocol).of(feature)
            centre = dense.vectors[list(chosen.rows[: len(chosen.firing)])].mean(axis=0)
            tests = np.array(chosen.rows[len(chosen.firing) + len(chosen.silent) :])
            quiet = tests[~np.array(chosen.truth)]
            found.append(float((dense.vectors[quiet] @ centre).mean()))
        return float(np.mean(found))

    easy = Protocol("default", 10, 5, 10, stratified=True, hard=False, a_call=10, characters=800)
    assert nearness(DEFAULT) > nearness(easy)


@pytest.mark.parametrize("feature", DEAD)
def test_a_feature_in_no_document_has_nothing_to_show(
    library: Library, features: FeatureSet, feature: int
) -> None:
    with pytest.raises(NothingToShowError, match="no document"):
        Chooser(library, features, DEFAULT).of(feature)


def test_texts_are_cut_between_words() -> None:
    assert cut(" A  title ", "some\n\ntext", 100) == "A title\nsome text"
    assert cut("", "some text", 100) == "some text"
    shortened = cut("Title", "word " * 100, 50)
    assert len(shortened) <= 50
    assert shortened.endswith("word…")
    assert cut("", "x" * 100, 50) == "x" * 49 + "…"
