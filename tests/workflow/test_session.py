"""Opening a library for searching: the newest SAE, the one asked for, and as much as still works."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import small_library
from small_library import WordEmbedder

from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.search.steering import Edit
from saerch_desktop.workflow.build import Wishes, train_sae
from saerch_desktop.workflow.demonstration import demonstrate
from saerch_desktop.workflow.session import newest_sae, open_session


def test_a_query_is_embedded_coded_and_ranked(trained: Path, embedder: WordEmbedder) -> None:
    with open_session(trained) as session:
        assert embedder.seen == 0, "opening must not load a model"
        query = session.engine.query("yeast oven")
        ranking = session.engine.rank(query, top=10)
        titles = session.library.documents.titles([int(row) for row in ranking.rows])
        steered = session.engine.rank(query, [Edit(int(query.indices[0]), 0.5)], top=10)
    assert sum("bread" in title for title in titles) >= 8
    np.testing.assert_allclose(
        steered.contributions.sum(axis=1), steered.scores - steered.scores_before, atol=1e-5
    )


def test_the_newest_sae_is_opened_unless_another_is_asked_for(trained: Path) -> None:
    train_sae(trained, "another", Wishes(features=16, k=2, epochs=1, device="cpu"), Progress())
    with open_session(trained) as session:
        assert session.required_features().sae.name == "another"
    with open_session(trained, "small") as session:
        assert session.required_features().sae.name == "small"
    with pytest.raises(UserError, match="nosuch"):
        open_session(trained, "nosuch")


def test_a_damaged_sae_is_passed_over_with_a_reason(trained: Path) -> None:
    weights = trained / "saes" / "small" / "sae.safetensors"
    weights.write_bytes(weights.read_bytes()[:-5])
    with open_session(trained) as session:
        assert session.features is None
        assert session.trouble is not None
        assert session.engine.keyword("yeast")
        assert session.engine.rank(session.query_like("doc-1"), top=3).rows[0] == 1
        with pytest.raises(UserError, match=r"sae\.safetensors"):
            session.required_features()
    with pytest.raises(UserError):
        open_session(trained, "small")


def test_a_library_without_vectors_finds_words(tmp_path: Path) -> None:
    path = small_library.make_documents(tmp_path / "a.saerch")
    with open_session(path) as session:
        assert session.engine.keyword("dough")
        with pytest.raises(UserError, match="no SAE"):
            session.required_features()
        with pytest.raises(UserError, match="vectors"):
            session.engine.query("dough")
    with Library.open(path) as library, pytest.raises(UserError, match="no SAE"):
        newest_sae(library)


def test_an_unknown_document_is_a_plain_mistake(trained: Path) -> None:
    with open_session(trained) as session, pytest.raises(UserError, match="“nobody”"):
        session.query_like("nobody")


def test_a_session_releases_the_library_when_it_cannot_be_opened(trained: Path) -> None:
    with pytest.raises(UserError):
        open_session(trained, "nosuch")
    with Library.open(trained, write=True) as library:
        assert library.writable


def test_the_demonstration_moves_results(trained: Path, embedder: WordEmbedder) -> None:
    with open_session(trained) as session:
        plain, steered = demonstrate(session, "queen of the river")
    assert plain.edits == ()
    assert len(steered.edits) == 1
    assert list(plain.rows) != list(steered.rows)


def test_an_sae_whose_features_are_still_being_made_is_no_damage(trained: Path) -> None:
    with Library.open(trained, write=True) as library:
        known = library.manifest.saes["small"]
        kept = {name: record for name, record in known.files.items() if not name.startswith("labels")}
        library.record_sae(known.model_copy(update={"files": kept}))
    (trained / "saes" / "small" / "labels.json").unlink()
    with open_session(trained) as session:
        assert session.features is None
        assert session.trouble is not None
        assert "not ready yet" in session.trouble.happened
        assert session.engine.keyword("yeast")
