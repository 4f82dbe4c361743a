"""Blends: several features as one slider, against dense arithmetic and against edits of their features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import planted_library
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planted_library import DEAD, DIM, FEATURES, ROWS, Dense

from saerch_desktop.errors import UserError
from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.library import Library
from saerch_desktop.search.blends import Blend, BlendEdit, blend_of, standing
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.steering import Edit, Ranking

FAR = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
SLIDES = st.floats(-2, 2, allow_nan=False)
EDITS = st.lists(st.builds(Edit, st.integers(0, FEATURES - 1), SLIDES), max_size=4)
BLENDS = tuple(
    Blend(f"key{n}", f"Family {n}", ids, weights)
    for n, (ids, weights) in enumerate(
        (
            ((0, 3, 5), (0.5, 0.25, 0.125)),
            ((3, 9), (1.0, 0.4)),
            ((1, 2, 4, 6, 7, 8, 20, 21), (0.3, 0.2, 0.1, 0.4, 0.05, 0.2, 0.3, 0.0)),
            ((12,), (0.7,)),
        )
    )
)
MOVED = st.lists(st.builds(BlendEdit, st.sampled_from(BLENDS), SLIDES), max_size=4)


def as_edits(blends: list[BlendEdit]) -> list[Edit]:
    """What a blend says, feature by feature."""
    return [
        Edit(feature, moved.amount * weight)
        for moved in blends
        for feature, weight in zip(moved.blend.features, moved.blend.weights, strict=True)
    ]


def same(a: Ranking, b: Ranking) -> None:
    for name in ("rows", "scores", "scores_before", "rank_before"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert (a.fidelity, a.moved_in, a.moved_out) == pytest.approx((b.fidelity, b.moved_in, b.moved_out))


def everything(ranking: Ranking) -> np.ndarray[Any, Any]:
    """Scores by row, so that two rankings of all documents can be compared whatever their ties."""
    scores = np.full(ROWS, np.nan)
    scores[ranking.rows] = ranking.scores
    return scores


def book_of(*members: tuple[int, ...], names: tuple[str, ...] = ()) -> FamilyBook:
    made = [
        Family(
            key=f"key{n}",
            members=ids,
            name=FamilyName(text=names[n], source="human") if n < len(names) else None,
        )
        for n, ids in enumerate(members)
    ]
    return FamilyBook.of(Families(method="own", families=tuple(made)))


@pytest.fixture
def features(engine: SearchEngine) -> FeatureSet:
    assert engine.features is not None
    return engine.features


# Ranking -------------------------------------------------------------------------------------------------


def test_no_blends_and_blends_at_zero_are_plain_search(engine: SearchEngine) -> None:
    query = engine.query("the query")
    plain = engine.rank(query)
    np.testing.assert_array_equal(plain.scores, query.base[plain.rows])
    still = [[], [BlendEdit(BLENDS[0], 0.0)], [BlendEdit(BLENDS[0], 1.5), BlendEdit(BLENDS[0], -1.5)]]
    for blends in still:
        ranking = engine.rank(query, blends=blends)
        same(ranking, plain)
        np.testing.assert_array_equal(ranking.scores, query.base[plain.rows])
        assert ranking.contributions.shape == (100, 0)
        assert (ranking.blends, ranking.steered) == ((), False)


@FAR
@given(edits=EDITS, blends=MOVED, mode=st.sampled_from(["residual", "paper"]))
def test_a_blend_is_the_edits_of_its_features(
    engine: SearchEngine, edits: list[Edit], blends: list[BlendEdit], mode: Literal["residual", "paper"]
) -> None:
    query = engine.query("the query")
    together = engine.rank(query, edits, mode, top=ROWS, blends=blends)
    apart = engine.rank(query, [*edits, *as_edits(blends)], mode, top=ROWS)
    np.testing.assert_allclose(everything(together), everything(apart), atol=1e-5)
    assert together.fidelity == pytest.approx(apart.fidelity, abs=1e-5)


@FAR
@given(edits=EDITS, blends=MOVED, mode=st.sampled_from(["residual", "paper"]))
def test_contributions_sum_to_the_change_with_a_column_for_each_blend(
    engine: SearchEngine,
    dense: Dense,
    edits: list[Edit],
    blends: list[BlendEdit],
    mode: Literal["residual", "paper"],
) -> None:
    query = engine.query("the query")
    ranking = engine.rank(query, edits, mode, blends=blends)
    change = ranking.scores - ranking.scores_before
    np.testing.assert_allclose(ranking.contributions.sum(axis=1), change, atol=1e-5)
    for j, term in enumerate(ranking.contribution_features):
        if isinstance(term, Blend):
            direction = np.asarray(term.weights) @ dense.decoder[list(term.features)]
            amount = next(edit.amount for edit in ranking.blends if edit.blend == term)
            wanted = amount * (dense.vectors[ranking.rows] @ direction)
            np.testing.assert_allclose(ranking.contributions[:, j], wanted, atol=4e-6)
    named = [term for term in ranking.contribution_features if isinstance(term, Blend)]
    assert named == [edit.blend for edit in ranking.blends]
    assert len(set(named)) == len(named)
    assert ranking.steered == (bool(ranking.edits or ranking.blends) or mode == "paper")


@FAR
@given(edits=EDITS, blends=MOVED, chance=st.randoms(use_true_random=False))
def test_the_order_does_not_matter(
    engine: SearchEngine, edits: list[Edit], blends: list[BlendEdit], chance: Any
) -> None:
    query = engine.query("the query")
    edits = list({edit.feature: edit for edit in edits}.values())
    blends = list({edit.blend: edit for edit in blends}.values())
    other_edits, other_blends = list(edits), list(blends)
    chance.shuffle(other_edits)
    chance.shuffle(other_blends)
    same(engine.rank(query, edits, blends=blends), engine.rank(query, other_edits, blends=other_blends))


@FAR
@given(blend=st.sampled_from(BLENDS), first=SLIDES, second=SLIDES)
def test_it_is_linear(engine: SearchEngine, blend: Blend, first: float, second: float) -> None:
    query = engine.query("the query")

    def change(amount: float) -> np.ndarray[Any, Any]:
        ranking = engine.rank(query, top=ROWS, blends=[BlendEdit(blend, amount)])
        return everything(ranking) - np.where(np.isfinite(query.base), query.base, np.nan)

    np.testing.assert_allclose(change(first) + change(second), change(first + second), atol=1e-5)


@FAR
@given(path=st.lists(st.tuples(EDITS, MOVED), min_size=2, max_size=8))
def test_going_back_gives_the_identical_ranking(
    engine: SearchEngine, path: list[tuple[list[Edit], list[BlendEdit]]]
) -> None:
    query = engine.query("the query")
    seen = [engine.rank(query, edits, blends=blends) for edits, blends in path]
    for (edits, blends), before in zip(reversed(path), reversed(seen), strict=True):
        again = engine.rank(query, edits, blends=blends)
        same(again, before)
        np.testing.assert_array_equal(again.contributions, before.contributions)


def test_a_drag_makes_one_column_and_then_none(engine: SearchEngine) -> None:
    query = engine.query("the query")
    columns = engine.columns
    assert columns is not None
    assert not engine.is_warm(query, blends=[BlendEdit(BLENDS[2], 0.1)])
    before = columns.bytes_used
    for step in range(50):
        engine.rank(query, blends=[BlendEdit(BLENDS[2], step / 10)])
    assert columns.bytes_used - before == 4 * ROWS
    assert engine.is_warm(query, blends=[BlendEdit(BLENDS[2], 3.0)])
    renamed = Blend("key2", "Another name", BLENDS[2].features, BLENDS[2].weights)
    assert engine.is_warm(query, blends=[BlendEdit(renamed, 3.0)]), "its name is not what a column is of"


def test_columns_are_made_ahead(engine: SearchEngine) -> None:
    from saerch_desktop.progress import Progress

    query = engine.query("the query")
    engine.prefetch([3, BLENDS[0], BLENDS[1], 3], Progress())
    assert engine.is_warm(query, [Edit(3, 1.0)], blends=[BlendEdit(blend, 1.0) for blend in BLENDS[:2]])
    assert not engine.is_warm(query, blends=[BlendEdit(BLENDS[3], 1.0)])


@pytest.mark.parametrize(
    "edit",
    [
        BlendEdit(BLENDS[0], float("nan")),
        BlendEdit(BLENDS[0], 1e30),
        BlendEdit(Blend("k", "n", (), ()), 1.0),
        BlendEdit(Blend("k", "n", (0, FEATURES), (0.1, 0.1)), 1.0),
        BlendEdit(Blend("k", "n", (-1, 2), (0.1, 0.1)), 1.0),
        BlendEdit(Blend("k", "n", (1, 1), (0.1, 0.1)), 1.0),
        BlendEdit(Blend("k", "n", (1, 2), (0.1,)), 1.0),
        BlendEdit(Blend("k", "n", (1, 2), (0.1, float("inf"))), 1.0),
        BlendEdit(Blend("k", "n", (), (), np.full(DIM, 3e38, "<f4").tobytes()), 1.0),
        BlendEdit(Blend("k", "n", (), (), np.full(DIM, np.nan, "<f4").tobytes()), 1.0),
        BlendEdit(Blend("k", "n", (), (), b"abc"), 1.0),
        BlendEdit(Blend("k", "n", (1,), (0.1,), np.ones(DIM, "<f4").tobytes()), 1.0),
    ],
)
def test_impossible_blends_are_refused(engine: SearchEngine, edit: BlendEdit) -> None:
    query = engine.query("the query")
    with pytest.raises(UserError):
        engine.rank(query, blends=[edit])
    plain = engine.rank(query)
    np.testing.assert_array_equal(plain.scores, query.base[plain.rows])


def test_without_features_blends_are_refused(library: Library, engine: SearchEngine) -> None:
    bare = SearchEngine(library, None, None)
    query = engine.query("the query")
    with pytest.raises(UserError):
        bare.rank(query, blends=[BlendEdit(BLENDS[0], 1.0)])


# Made from a family --------------------------------------------------------------------------------------


def test_the_weights_are_the_familys_typical_code(features: FeatureSet, dense: Dense) -> None:
    members = (0, 1, 4, DEAD[0])
    blend = blend_of(features, book_of(members, names=("Halos",)), "key0")
    assert (blend.key, blend.name, blend.features) == ("key0", "Halos", members)
    codes = dense.codes[:, list(members)]
    active = codes[(codes > 0).any(axis=1)]
    typical = active.mean(axis=0)
    full = np.quantile(active.sum(axis=1), 0.95)
    np.testing.assert_allclose(blend.weights, typical / typical.sum() * full, rtol=1e-5)
    assert sum(blend.weights) == pytest.approx(full, rel=1e-5)
    assert blend.weights[-1] == 0.0


def test_a_family_that_is_active_nowhere_can_still_be_moved(
    features: FeatureSet, engine: SearchEngine
) -> None:
    blend = blend_of(features, book_of(DEAD), "key0")
    assert blend.weights == (0.5, 0.5)
    assert engine.rank(engine.query("the query"), blends=[BlendEdit(blend, 1.0)]).steered


def test_moving_a_family_brings_its_documents_up(
    features: FeatureSet, engine: SearchEngine, dense: Dense
) -> None:
    blend = blend_of(features, book_of((2, 6)), "key0")
    query = engine.query("the query")
    of_family = (dense.codes[:, [2, 6]] > 0).any(axis=1)
    shares = [
        of_family[engine.rank(query, top=25, blends=[BlendEdit(blend, amount)]).rows].mean()
        for amount in (-1.0, 0.0, 1.0)
    ]
    assert shares[0] < shares[1] < shares[2]
    assert shares[2] == 1.0


def test_how_much_of_it_a_query_holds(features: FeatureSet, engine: SearchEngine, dense: Dense) -> None:
    blend = blend_of(features, book_of((0, 1, 2, 3)), "key0")
    full = dense.codes[:, :4].sum(axis=1)
    row = int(np.argsort(full)[-5])
    query = engine.query_from_document(row)
    own = blend.amount_in(query.indices, query.values)
    assert own == pytest.approx(full[row] / sum(blend.weights), rel=1e-3)
    assert 0.5 < own < 2.0, "a document full of it holds about 1"
    assert blend.amount_in(np.empty(0, np.int32), np.empty(0, np.float32)) == 0.0
    assert Blend("k", "n", (1, 2), (0.5, -0.5)).amount_in(query.indices, query.values) == 0.0


def test_an_unknown_family_is_refused(features: FeatureSet) -> None:
    with pytest.raises(UserError):
        blend_of(features, book_of((1, 2)), "nowhere")
    with pytest.raises(UserError):
        blend_of(features, book_of((1, FEATURES + 3)), "key0")


# How it stands to the families shown ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("book", "name", "note"),
    [
        (None, "Old name", ""),
        (book_of((1, 2, 3, 4), names=("Old name",)), "Old name", ""),
        (book_of((4, 3, 2, 1), names=("New name",)), "New name", ""),
        (book_of((1, 2, 3), names=("Old name",)), "Old name", "has 3 features now"),
        (book_of((20, 21), (1, 2, 3, 4, 5), names=("x", "Grown")), "Old name", "nearest is “Grown”"),
        (book_of((20, 21), (1, 2, 8, 9, 10), names=("x", "Other")), "Old name", "no longer among"),
        (book_of((20, 21), names=("x",)), "Old name", "no longer among"),
    ],
)
def test_a_blend_stays_what_it_was_and_says_so(book: FamilyBook | None, name: str, note: str) -> None:
    own = "key0" if book is None or (len(book) == 1 and 1 in book.families["key0"].members) else "gone"
    stands = standing(Blend(own, "Old name", (1, 2, 3, 4), (0.1,) * 4), book, str)
    assert stands.name == name
    assert note in stands.note
    assert bool(note) == bool(stands.note)
    assert not stands.note or "4 features" in stands.note


def test_the_planted_library_is_what_these_tests_take_it_for(make_engine: Callable[[], Any]) -> None:
    assert planted_library.K >= 4
    assert max(max(blend.features) for blend in BLENDS) < FEATURES
