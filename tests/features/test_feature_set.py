"""One SAE's features, built, recorded, opened and shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted_library import DEAD, FEATURES, MISSING, NAME, ROWS, SUBJECTS, Dense

from saerch_desktop import files
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.feature_set import DERIVED_FILES, FeatureSet, build_features
from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import Labels
from saerch_desktop.features.marks import Mark
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress, Update


def test_what_was_built_is_listed_with_its_hashes(library: Library) -> None:
    listed = library.manifest.saes[NAME].files
    assert set(DERIVED_FILES) <= set(listed)
    assert len(listed) == len(DERIVED_FILES) + 4
    for name, record in listed.items():
        assert record.sha256 == files.sha256(library.sae_folder(NAME) / name)


@pytest.mark.parametrize("feature", [0, 7, 19])
def test_card(library: Library, features: FeatureSet, dense: Dense, feature: int) -> None:
    card = features.card(feature, library.documents, top=5)
    column = dense.codes[:, feature]
    order = sorted(np.flatnonzero(column > 0), key=lambda row: (-column[row], row))
    assert card.count == len(order)
    assert card.density == pytest.approx(len(order) / (ROWS - len(MISSING)))
    assert card.maximum == pytest.approx(column.max())
    assert card.mean == pytest.approx(column[order].mean())
    assert [t.row for t in card.top] == order[:5]
    assert [t.title for t in card.top] == library.documents.titles(order[:5])
    assert [t.activation for t in card.top] == pytest.approx(column[order[:5]])
    assert card.histogram_counts.sum() == card.count
    assert card.text == features.labels.text(feature)
    assert card.label is not None
    for related in (*card.nearest, *card.opposite, *card.cooccurring):
        assert related.feature != feature
        assert related.feature not in DEAD
        assert related.text == features.labels.text(related.feature)
    cosines = dense.decoder @ dense.decoder[feature]
    assert card.nearest[0].cosine == pytest.approx(np.sort(cosines)[-2], abs=1e-6)
    assert card.nearest[0].feature == np.argsort(cosines)[-2]


def test_the_card_says_who_claims_what_and_how_much_the_documents_have_in_common(
    library: Library, features: FeatureSet
) -> None:
    own = Label(feature=3, text="singing whales", source="llm: made up")
    labels = Labels(FEATURES, [*features.labels.claims(3), own], marks={3: Mark(feature=3, tags=("sea",))})
    measured = np.full(FEATURES, 0.5, np.float32)
    measured[[4, 5]] = 0.001, np.nan
    known = replace(features, labels=labels, cohesion=measured)
    card = known.card(3, library.documents)
    assert card.claims == labels.claims(3)
    assert {claim.source for claim in card.claims} == {"phrases", "llm: made up"}
    assert card.claims[0] == card.label
    assert card.mark.tags == ("sea",)
    assert (card.cohesion, card.junk) == (0.5, False)
    assert known.card(4, library.documents).junk
    unknown = known.card(5, library.documents)
    assert (unknown.cohesion, unknown.junk) == (None, False)
    old = replace(features, cohesion=None).card(4, library.documents)
    assert (old.cohesion, old.junk) == (None, False)


def test_card_of_a_dead_feature_is_empty_not_broken(library: Library, features: FeatureSet) -> None:
    card = features.card(DEAD[0], library.documents)
    assert card.text.endswith("(in no document)")
    assert card.label is None
    assert (card.count, card.maximum, card.top, card.cooccurring) == (0, 0.0, (), ())
    assert len(card.nearest) == 10


@pytest.mark.parametrize("feature", [-1, FEATURES])
def test_no_such_feature(library: Library, features: FeatureSet, feature: int) -> None:
    with pytest.raises(UserError, match="no feature"):
        features.card(feature, library.documents)


def test_features_are_found_by_label(features: FeatureSet) -> None:
    for subject, phrases in enumerate(SUBJECTS):
        shown = features.labels.text(subject).split(" · ")[0]
        assert shown in phrases
        assert subject in features.labels.search(shown)


@pytest.mark.parametrize("file", DERIVED_FILES)
def test_a_missing_part_is_told_and_building_again_mends_it(own_library: Library, file: str) -> None:
    (own_library.sae_folder(NAME) / file).unlink()
    with pytest.raises(UserError):
        FeatureSet.open(own_library, NAME)
    assert len(build_features(own_library, NAME, Progress()).labels) == FEATURES - len(DEAD)


def test_parts_of_different_models_are_not_mixed(own_library: Library) -> None:
    folder = own_library.sae_folder(NAME)
    table = np.load(folder / "statistics.npy")
    table["count"][0] += 1
    np.save(folder / "statistics.npy", table)
    with pytest.raises(UserError, match="do not belong"):
        FeatureSet.open(own_library, NAME)
    np.save(folder / "statistics.npy", table[:-1])
    with pytest.raises(UserError, match="another number of features"):
        FeatureSet.open(own_library, NAME)


def test_codes_of_another_corpus_are_refused(own_library: Library) -> None:
    folder = own_library.sae_folder(NAME)
    for name in ("code_indices.npy", "code_values.npy"):
        np.save(folder / name, np.load(folder / name)[:-1])
    with pytest.raises(UserError, match="number of documents"):
        FeatureSet.open(own_library, NAME)
    with pytest.raises(UserError, match="number of documents"):
        build_features(own_library, NAME, Progress())


@pytest.mark.parametrize("foreign", [ROWS, -1])
def test_an_index_with_foreign_rows_is_told(
    own_library: Library, monkeypatch: pytest.MonkeyPatch, foreign: int
) -> None:
    folder = own_library.sae_folder(NAME)
    rows = np.load(folder / "inverted_rows.npy")
    rows[0] = foreign  # of feature 0
    np.save(folder / "inverted_rows.npy", rows)
    with pytest.raises(UserError, match="not there"):
        FeatureSet.open(own_library, NAME)
    # One too large to be read through at once is opened, and looked at feature by feature.
    monkeypatch.setattr("saerch_desktop.features.feature_set._LOOKED_THROUGH", rows.size - 1)
    features = FeatureSet.open(own_library, NAME)
    with pytest.raises(UserError, match="not there"):
        features.card(0, own_library.documents)


@pytest.mark.parametrize("wrong", [-1, 10**6])
def test_codes_of_features_that_do_not_exist_are_told(own_library: Library, wrong: int) -> None:
    path = own_library.sae_folder(NAME) / "code_indices.npy"
    np.save(path, np.full_like(np.load(path), wrong))
    features = FeatureSet.open(own_library, NAME)
    with pytest.raises(UserError, match="do not exist"):
        features.card(int(features.statistics.count.argmax()), own_library.documents)


def test_cancel_leaves_the_previous_features(own_library: Library) -> None:
    before = list(FeatureSet.open(own_library, NAME).labels)

    def stop(update: Update) -> None:
        if update.stage == "Labelling features":
            progress.cancel()

    progress = Progress(stop)
    with pytest.raises(Cancelled):
        build_features(own_library, NAME, progress)
    assert list(FeatureSet.open(own_library, NAME).labels) == before
