"""What carries a concept, and sliders that raise and lower it, against dense arrays of planted documents."""

from __future__ import annotations

import numpy as np
import planted_library
import pytest
from planted_library import MISSING, ROWS, SUBJECTS, Dense

from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.lowering import (
    Members,
    amount_for,
    carriers,
    concept,
    joined,
    lower_together,
    members,
    shift,
    strengthen,
    towards,
    weaken,
    words_of,
)
from saerch_desktop.search.steering import Edit, Query

MATTER, BREAD = 0, 1  # features that are planted subjects
VALID = np.setdiff1d(np.arange(ROWS), MISSING)


@pytest.fixture
def query(engine: SearchEngine, dense: Dense) -> Query:
    """Between two subjects."""
    return engine.query_from_vector((dense.decoder[0] + 0.8 * dense.decoder[1]).astype(np.float32), "both")


def test_the_concept_is_the_excess_of_its_documents(engine: SearchEngine, dense: Dense) -> None:
    assert engine.features is not None
    direction, excess, lift = concept(engine.features, MATTER)
    codes = dense.codes[VALID]
    own = codes[:, MATTER]
    mean = (codes * own[:, None]).sum(axis=0) / own.sum()
    np.testing.assert_allclose(excess, mean - codes.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(direction, (mean - codes.mean(axis=0)) @ dense.decoder, atol=1e-5)
    shares = (codes > 0).mean(axis=0)
    live = shares > 0
    np.testing.assert_allclose(lift[live], (codes[own > 0] > 0).mean(axis=0)[live] / shares[live], rtol=1e-4)


def test_carriers_share_out_what_the_query_holds_of_the_concept(
    engine: SearchEngine, dense: Dense, query: Query
) -> None:
    assert engine.features is not None
    found = carriers(engine.features, query, MATTER, top=30)
    direction, excess, _ = concept(engine.features, MATTER)
    along = dense.decoder @ direction / np.linalg.norm(direction)
    brings = {
        int(f): float(a) * along[f]
        for f, a in zip(query.indices, query.values, strict=True)
        if (excess[f] > 0 or f == MATTER) and along[f] > 0
    }
    whole = sum(brings.values())
    wanted = {f: b / whole for f, b in brings.items() if f != MATTER and b >= 0.02 * whole}
    assert {one.feature: one.share for one in found} == pytest.approx(wanted)
    assert [one.share for one in found] == pytest.approx(sorted(wanted.values(), reverse=True))
    assert all(one.natural == pytest.approx(query.natural(one.feature)) for one in found)
    assert carriers(engine.features, query, MATTER, top=1) == found[:1]
    assert sum(one.share for one in found) < 1


def test_a_feature_that_is_nowhere_has_no_carriers(engine: SearchEngine, query: Query) -> None:
    assert engine.features is not None
    dead = planted_library.DEAD[0]
    assert carriers(engine.features, query, dead) == ()
    with pytest.raises(UserError):
        carriers(engine.features, query, 10_000)


def test_lowered_together_is_each_taken_out(engine: SearchEngine, query: Query) -> None:
    """One slider at -1 ranks as the single sliders at minus their natural values do."""
    from saerch_desktop.search.blends import BlendEdit

    assert engine.features is not None
    others = [int(f) for f in query.indices if f != MATTER][:2]
    blend = lower_together(engine.features, query, MATTER, others)
    assert blend.features == (MATTER, *others)
    together = engine.rank(query, [], top=20, blends=[BlendEdit(blend, -1.0)])
    singly = engine.rank(query, [Edit(f, -query.natural(f)) for f in blend.features], top=20)
    assert together.rows.tolist() == singly.rows.tolist()
    np.testing.assert_allclose(together.scores, singly.scores, atol=1e-5)
    with pytest.raises(UserError):
        lower_together(engine.features, query, 10_000, [])


def test_words_and_members_by_reading_everything(
    engine: SearchEngine, library: Library, dense: Dense
) -> None:
    features = engine.features
    assert features is not None
    phrase, rows = words_of(features, library.documents, MATTER)
    texts = {row: f"{title}\n{text}" for row, title, text in library.documents.texts(0, ROWS)}
    assert phrase
    assert rows.tolist() == [row for row in range(ROWS) if phrase.lower() in texts[row].lower()]
    found = members(features, library.documents, MATTER)
    p95 = float(features.statistics.p95[MATTER])
    weights = 0.5 * np.clip(dense.codes[:, MATTER] / p95, 0, 1)
    weights[rows] += 0.5
    assert found.rows.tolist() == np.flatnonzero(weights > 0).tolist()
    np.testing.assert_allclose(found.weights, weights[found.rows], atol=1e-5)


def test_a_name_that_no_text_holds_leaves_the_name_made_of_phrases(
    engine: SearchEngine, library: Library
) -> None:
    from saerch_desktop.features.marks import Mark

    features = engine.features
    assert features is not None
    before = words_of(features, library.documents, MATTER)
    features.labels.change([Mark(feature=MATTER, text="Nothing that anybody wrote")])
    after = words_of(features, library.documents, MATTER)
    assert (after[0], after[1].tolist()) == (before[0], before[1].tolist())
    features.labels.change([Mark(feature=MATTER, text="humpback whale")])
    assert words_of(features, library.documents, MATTER)[0] == "humpback whale"
    dead = planted_library.DEAD[0]
    assert words_of(features, library.documents, dead)[1].size == 0
    assert members(features, library.documents, dead).rows.size == 0


def test_joined_takes_what_a_document_is_most_about() -> None:
    one = Members(np.array([1, 4, 7]), np.array([0.2, 1.0, 0.5], np.float32))
    two = Members(np.array([4, 5]), np.array([0.3, 0.9], np.float32))
    both = joined([one, two])
    assert both is not None
    assert dict(zip(both.rows.tolist(), both.weights.tolist(), strict=True)) == pytest.approx(
        {1: 0.2, 4: 1.0, 5: 0.9, 7: 0.5}
    )
    assert joined([]) is None


def about(rows: np.ndarray, subject: int) -> float:
    """Share of rows on a subject: documents cycle through them."""
    return float((rows % len(SUBJECTS) == subject).mean())


@pytest.mark.parametrize("cosine", [0.9, 0.7])
def test_steering_keeps_the_cosine_and_moves_what_was_asked(
    engine: SearchEngine, library: Library, query: Query, cosine: float
) -> None:
    features = engine.features
    assert features is not None
    plain = engine.rank(query, [], top=20)
    assert about(plain.rows, BREAD) > 0
    up = strengthen(features, library, query, BREAD, cosine)
    down = weaken(features, library, query, MATTER, cosine)
    both = shift(features, library, query, [BREAD], [MATTER], cosine)
    ranked = [engine.rank(query, [], top=20, blends=[one]) for one in (up, down, both)]
    assert [one.fidelity for one in ranked] == pytest.approx([cosine] * 3, abs=1e-5)
    assert about(ranked[0].rows, BREAD) > about(plain.rows, BREAD)
    assert about(ranked[1].rows, MATTER) < about(plain.rows, MATTER)
    assert about(ranked[2].rows, BREAD) > about(plain.rows, BREAD)
    assert about(ranked[2].rows, MATTER) < about(plain.rows, MATTER)
    assert up.amount == pytest.approx(amount_for(cosine))
    assert up.blend.name == f"More {features.labels.text(BREAD)}"
    assert both.blend.name == f"More {features.labels.text(BREAD)}, less {features.labels.text(MATTER)}"
    assert len({up.blend.key, down.blend.key, both.blend.key}) == 3
    assert shift(features, library, query, [BREAD], [MATTER], cosine) == both


def test_it_keeps_to_the_documents_that_the_query_is_kept_to(
    engine: SearchEngine, library: Library, query: Query
) -> None:
    """Documents outside the filter change nothing, whatever they are about."""
    features, vectors = engine.features, library.vectors
    assert features is not None
    assert vectors is not None
    mask = np.arange(ROWS) % 3 > 0
    kept = query.within(mask)
    inside = members(features, library.documents, BREAD)
    only = Members(inside.rows[mask[inside.rows]], inside.weights[mask[inside.rows]])
    first = towards(kept, vectors, inside, None)
    second = towards(kept, vectors, only, None)
    assert first is not None
    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, towards(query, vectors, inside, None), atol=1e-3)
    assert towards(query.within(np.zeros(ROWS, bool)), vectors, inside, None) is None


def test_what_cannot_be_steered_says_so(engine: SearchEngine, library: Library, query: Query) -> None:
    features = engine.features
    assert features is not None
    with pytest.raises(UserError, match="points nowhere"):
        weaken(features, library, query, planted_library.DEAD[0])
    with pytest.raises(UserError, match="no feature"):
        strengthen(features, library, query, 10_000)


def test_a_limit_that_lets_nothing_move_hardly_moves(
    engine: SearchEngine, library: Library, query: Query
) -> None:
    assert engine.features is not None
    edit = strengthen(engine.features, library, query, BREAD, 1.0)
    assert engine.rank(query, [], blends=[edit]).fidelity == pytest.approx(0.999, abs=1e-5)
