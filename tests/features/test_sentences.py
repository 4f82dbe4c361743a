"""Sentences are told apart, and those that a feature answers to are marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_library import DIM, FEATURES, IDENTITY

from saerch_desktop.embedding.base import EmbeddingBatch
from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.sentences import (
    driving,
    driving_along,
    driving_in,
    driving_sentences,
    embed_sentences,
    sentences,
)
from saerch_desktop.progress import Progress


def split(text: str) -> list[str]:
    return [text[begin:end] for begin, end in sentences(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["We study galaxies.", "They rotate quickly!", "Is there dark matter?", "Perhaps there is…"],
        ["As Smith et al. (2019) show in Fig. 2, it works.", "See also Sect. 3.1 and Eq. (4) there."],
        ["We use several tools, e.g. Python, i.e. a language.", "Others, cf. Ref. 7, do not."],
        ["The value is 3.14 at z = 0.5 for all of them.", "It rises to 10.2 later on."],
        ["J. R. Smith and K. Doe found it vs. expectations.", "Dr. Who agrees with Prof. Plum."],
        ["This was shown by Smith et al.", "Here we go further."],
        ["It follows that $x > 0$.", "$y$ is then negative in the limit."],
        ["He said “this is wrong.”", "(Others had said so before.)", "We agree with them fully."],
        ["It costs approx. 5 dollars and takes ca. 3 hours.", "No. 7 is the best of all."],
        ["The SN Ia. sample of the survey is large.", "It grows every single night."],
        ["暗黒物質の回転曲線を調べた結果を報告する。", "銀河の質量分布は一様ではないと思われる。"],
    ],
)
def test_sentences(parts: list[str]) -> None:
    between = "" if parts[0][-1] == "。" else " "
    assert split(between.join(parts)) == parts


def test_an_empty_line_ends_a_sentence() -> None:
    assert split("A heading without a stop\n\nand a paragraph") == [
        "A heading without a stop",
        "and a paragraph",
    ]


def test_short_pieces_stay_with_what_is_before() -> None:
    assert split("We did it all. Yes. And the rest followed later.") == [
        "We did it all. Yes.",
        "And the rest followed later.",
    ]


def test_nothing_and_endless_texts() -> None:
    assert split("") == split(" \n\n ") == []
    assert len(split("A short sentence here. " * 500)) == 60
    pieces = split("word " * 2000)
    assert all(len(piece) <= 1000 for piece in pieces)
    assert " ".join(pieces) == ("word " * 2000).strip()
    assert max(map(len, split("x" * 100_000))) <= 1000


@given(st.text(alphabet="aB. !?\n“”()1,…。é", max_size=300))
def test_spans_are_in_order_and_leave_out_only_space(text: str) -> None:
    spans = sentences(text)
    left = 0
    for begin, end in spans:
        assert not text[left:begin].strip()
        assert begin < end
        assert text[begin:end] == text[begin:end].strip()
        left = end
    assert not text[left:].strip() or len(spans) == 60


class Words:
    """Embeds a text as the sum of the vectors of its known words; calls are kept."""

    def __init__(self, meaning: dict[str, np.ndarray], network: bool = False, dim: int = DIM) -> None:
        self.meaning = meaning
        self.uses_network = network
        self.batch_size = 8
        self.identity = IDENTITY.model_copy(update={"dim": dim})
        self.calls: list[list[str]] = []

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> EmbeddingBatch:
        self.calls.append(list(texts))
        vectors = np.zeros((len(texts), DIM), np.float32)
        for place, text in enumerate(texts):
            for word, vector in self.meaning.items():
                if word in text:
                    vectors[place] += vector
            if "unreadable" in text:
                vectors[place] = np.nan
        return EmbeddingBatch(vectors)


@pytest.fixture
def embedder(features: FeatureSet) -> Words:
    decoder = features.sae.decoder
    return Words({"halo": decoder[0], "whale": decoder[3], "faint": 0.5 * decoder[0]})


TEXT = "The whale sings at night. A halo surrounds the galaxy. Faint things are faint. A halo, again a halo."


def test_the_driving_sentences_are_those_of_the_features_subject(
    features: FeatureSet, embedder: Words
) -> None:
    found = driving_sentences(features, embedder, 0, TEXT)
    assert [TEXT[span.start : span.end] for span in found] == split(TEXT)
    assert [span.driving for span in found] == [False, True, False, True]
    sae = features.sae
    for span, vector in zip(
        found, embedder.embed([TEXT[s.start : s.end] for s in found]).vectors, strict=True
    ):
        expected = (vector - sae.pre_bias) @ sae.encoder[0] + sae.latent_bias[0]
        assert span.score == pytest.approx(float(expected), abs=1e-6)
    of_whales = driving_sentences(features, embedder, 3, TEXT)
    assert [span.driving for span in of_whales] == [True, False, False, False]


def test_several_texts_are_embedded_at_once(features: FeatureSet, embedder: Words) -> None:
    texts = [TEXT, "", "unreadable sentence here. A halo for the end."]
    found = driving_in(features, embedder, 0, texts)
    assert len(embedder.calls) == 1
    assert found[0] == driving_sentences(features, embedder, 0, TEXT)
    assert found[1] == ()
    assert [(texts[2][s.start : s.end], s.driving) for s in found[2]] == [("A halo for the end.", True)]


def test_nothing_drives_a_feature_that_no_sentence_excites(features: FeatureSet, embedder: Words) -> None:
    found = driving_sentences(features, embedder, 0, "Nothing of it here. Nor is there in this one.")
    assert all(span.score < 0 and not span.driving for span in found)


def test_texts_are_never_sent_away(features: FeatureSet) -> None:
    online = Words({}, network=True)
    with pytest.raises(UserError, match="network"):
        driving_sentences(features, online, 0, TEXT)
    assert online.calls == []


def test_a_model_that_does_not_fit_is_refused(features: FeatureSet) -> None:
    with pytest.raises(UserError, match="numbers"):
        driving_sentences(features, Words({}, dim=DIM + 1), 0, TEXT)
    with pytest.raises(UserError, match="no feature"):
        driving_sentences(features, Words({}), FEATURES, TEXT)


def test_sentences_along_a_direction(features: FeatureSet, embedder: Words) -> None:
    """A sentence lies along a direction as far as its vector does, counted from the SAE's centre."""
    (embedded,) = embed_sentences(features, embedder, [TEXT])
    direction = 3.0 * (features.sae.decoder[3] - features.sae.decoder[0])
    found = driving_along(features, embedded, direction)
    unit = direction.astype(np.float64) / np.linalg.norm(direction)
    vectors = embedder.embed(split(TEXT)).vectors
    expected = (vectors.astype(np.float64) - features.sae.pre_bias) @ unit
    assert [span.score for span in found] == pytest.approx(expected.tolist(), abs=1e-6)
    assert [span.driving for span in found] == [True, False, False, False]
    back = driving_along(features, embedded, -direction)
    assert [span.driving for span in back] == [False, True, False, True]
    assert not any(span.driving for span in driving_along(features, embedded, np.zeros(DIM)))


def test_embedded_sentences_serve_every_feature(features: FeatureSet, embedder: Words) -> None:
    texts = [TEXT, "", "unreadable sentence here. A halo for the end."]
    embedded = embed_sentences(features, embedder, texts)
    assert len(embedder.calls) == 1
    for feature in (0, 3):
        assert [driving(features, one, feature) for one in embedded] == driving_in(
            features, embedder, feature, texts
        )
    assert len(driving_along(features, embedded[2], features.sae.decoder[0])) == 1
    with pytest.raises(UserError, match="no feature"):
        driving(features, embedded[0], FEATURES)
    with pytest.raises(UserError, match="network"):
        embed_sentences(features, Words({}, network=True), [TEXT])
