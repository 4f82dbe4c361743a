"""Explanations against plain dense arrays: parts that sum to scores, changes and leads."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from planted_library import DIM, FEATURES, MISSING, ROWS, Dense

from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.search.blends import Blend, BlendEdit, direction_blend
from saerch_desktop.search.engine import Edit, Ranking, SearchEngine
from saerch_desktop.search.why import Why, matched_words, why, why_above

BLEND = Blend("family", "A family", (2, 5, 9), (0.5, 0.25, 0.125))
PLAIN = direction_blend("plain", "A plain difference", np.linspace(-1, 2, DIM))


def steered(engine: SearchEngine, mode: str = "residual", seed: int = 0) -> Ranking:
    """A query near two subjects, two features changed, a family and a plain direction moved."""
    chance = np.random.default_rng(seed)
    vector = engine.features.sae.decoder[[1, 4]].sum(axis=0) + 0.2 * chance.normal(size=DIM)
    query = engine.query_from_vector(vector.astype(np.float32), "suspension bridge, the oven")
    edits = (Edit(1, -0.4), Edit(20, 0.3 + chance.random()))
    blends = (BlendEdit(BLEND, 0.7), BlendEdit(PLAIN, -0.15))
    return engine.rank(query, edits, mode, blends=blends)


def oracle(ranking: Ranking, engine: SearchEngine, dense: Dense, row: int) -> dict[tuple[str, object], float]:
    """All parts from the definitions, with the whole code and decoder spread out."""
    x, q = dense.vectors[row], ranking.query.vector.astype(np.float64)
    code = np.zeros(FEATURES)
    code[ranking.query.indices] = ranking.query.values
    centre = engine.features.sae.pre_bias.astype(np.float64)
    rest = q - code @ dense.decoder - centre
    parts = {("feature", f): code[f] * (dense.decoder[f] @ x) for f in np.flatnonzero(code)}
    parts["shared", None] = centre @ x
    parts["unexplained", None] = rest @ x
    for edit in ranking.edits:
        parts["edit", edit.feature] = edit.delta * (dense.decoder[edit.feature] @ x)
    family = np.zeros(FEATURES)
    family[list(BLEND.features)] = BLEND.weights
    parts["edit", BLEND] = 0.7 * (family @ dense.decoder @ x)
    along = np.linspace(-1, 2, DIM)
    parts["edit", PLAIN] = -0.15 * (along / np.linalg.norm(along) @ x)
    if ranking.mode == "paper":
        parts["dropped", None] = -(rest @ x)
    return parts


def told(found: Why) -> dict[tuple[str, object], float]:
    return {(part.kind, part.term): part.value for part in found.parts}


@pytest.mark.parametrize("mode", ["residual", "paper"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_part_is_what_its_definition_says(
    engine: SearchEngine, dense: Dense, mode: str, seed: int
) -> None:
    ranking = steered(engine, mode, seed)
    for row in (*ranking.rows[:5].tolist(), int(ranking.rows[-1])):
        found, expected = why(engine, ranking, row), oracle(ranking, engine, dense, row)
        assert told(found).keys() == expected.keys()
        for key, value in expected.items():
            assert told(found)[key] == pytest.approx(value, abs=1e-5), key


@pytest.mark.parametrize("mode", ["residual", "paper"])
def test_the_bars_sum_to_the_score_and_to_its_change(engine: SearchEngine, mode: str) -> None:
    ranking = steered(engine, mode)
    for place, row in enumerate(ranking.rows.tolist()):
        found = why(engine, ranking, row)
        assert found.place == place + 1
        assert found.place_before == ranking.rank_before[place]
        assert math.fsum(part.value for part in found.parts) == pytest.approx(found.total, abs=1e-5)
        assert math.fsum(part.value for part in found.moved) == pytest.approx(found.change, abs=1e-5)
        assert math.fsum(p.value for p in found.brought) == pytest.approx(found.score_before, abs=1e-5)
        # What the list itself shows.
        assert found.score == pytest.approx(float(ranking.scores[place]), abs=1e-5)
        assert found.score_before == pytest.approx(float(ranking.scores_before[place]), abs=1e-5)
        by_term = dict(zip(ranking.contribution_features, ranking.contributions[place], strict=True))
        for part in found.moved:
            assert part.value == pytest.approx(float(by_term[part.term]), abs=1e-5)


def test_parts_come_by_size_and_say_what_query_and_document_hold(engine: SearchEngine, dense: Dense) -> None:
    ranking = steered(engine)
    found = why(engine, ranking, int(ranking.rows[0]))
    for parts in (found.brought, found.moved):
        sizes = [abs(part.value) for part in parts]
        assert sizes == sorted(sizes, reverse=True)
    assert not any(part.changes for part in found.brought)
    assert all(part.changes for part in found.moved)
    for part in found.parts:
        if part.kind == "feature":
            assert part.amount == ranking.query.natural(part.term)
        if isinstance(part.term, int):
            assert part.held == pytest.approx(dense.codes[found.row, part.term], abs=1e-6)
        if part.term == BLEND:
            held = dense.codes[found.row, list(BLEND.features)].sum() / sum(BLEND.weights)
            assert part.held == pytest.approx(held, abs=1e-6)
    assert found.named == pytest.approx(
        math.fsum(part.value for part in found.parts if part.kind == "feature")
    )


def test_an_unsteered_result_has_no_changes(engine: SearchEngine) -> None:
    query = engine.query_from_document(8)
    found = why(engine, engine.rank(query), 8)
    assert found.moved == ()
    assert found.score == found.score_before == pytest.approx(1.0, abs=1e-3)
    assert (found.place, found.place_before) == (1, 1)


def test_a_document_that_is_not_listed_is_explained_too(engine: SearchEngine) -> None:
    query = engine.query_from_document(8)
    ranking = engine.rank(query, (Edit(3, 0.2),), top=5)
    row = int(np.argmax(query.rank_before == 150))
    found = why(engine, ranking, row)
    assert (found.place, found.place_before) == (None, 150)
    kept = np.zeros(ROWS, np.bool_)
    kept[:50] = True
    row = int(np.flatnonzero(~kept & np.isfinite(query.base))[0])
    plain = why(engine, engine.rank(query, top=5), row)
    assert plain.place == plain.place_before == query.rank_before[row]
    hidden = why(engine, engine.rank(query.within(kept)), row)
    assert (hidden.place, hidden.place_before) == (None, None)
    assert hidden.score == pytest.approx(float(query.base[row]), abs=1e-5)


@pytest.mark.parametrize("mode", ["residual", "paper"])
def test_a_lead_is_the_sum_of_its_parts(engine: SearchEngine, dense: Dense, mode: str) -> None:
    ranking = steered(engine, mode)
    a, b = int(ranking.rows[2]), int(ranking.rows[40])
    found = why_above(engine, ranking, b, a)
    assert (found.above.row, found.below.row) == (a, b)
    lead = float(ranking.scores[2]) - float(ranking.scores[40])
    assert found.total == pytest.approx(lead, abs=1e-5)
    assert math.fsum(part.value for part in found.parts) == pytest.approx(lead, abs=1e-5)
    above, below = (oracle(ranking, engine, dense, row) for row in (a, b))
    assert {(p.kind, p.term) for p in found.parts} == above.keys()
    for part in found.parts:
        key = part.kind, part.term
        assert part.value == pytest.approx(above[key] - below[key], abs=1e-5)
    sizes = [abs(part.value) for part in found.parts]
    assert sizes == sorted(sizes, reverse=True)


def test_the_order_of_a_comparison_is_that_of_the_list(engine: SearchEngine) -> None:
    """Also between equals, where the lower row comes first, and where only one of them is listed."""
    ranking = steered(engine)
    rows = ranking.rows.tolist()
    for upper, lower in itertools.pairwise(rows):
        assert why_above(engine, ranking, lower, upper).above.row == upper
    short = engine.rank(ranking.query, ranking.edits, top=3, blends=ranking.blends)
    assert why_above(engine, short, rows[90], rows[2]).above.row == rows[2]
    assert why_above(engine, short, rows[90], rows[60]).above.row == rows[60]


def test_lists_of_meaning_and_words(engine: SearchEngine) -> None:
    plain = steered(engine)
    words = engine.matches("suspension bridge")
    ranking = engine.both(plain.query, words, 0.3, plain.edits, blends=plain.blends)
    both = set(words.rows.tolist()) & set(plain.rows.tolist())
    row = next(row for row in ranking.rows.tolist() if row in both)
    found = why(engine, ranking, row)
    fused = found.fused
    assert fused is not None
    place = ranking.rows.tolist().index(row)
    assert found.place == place + 1
    assert found.place_before == ranking.rank_before[place]
    by_words = 0.3 / (60 + words.rows.tolist().index(row) + 1)
    by_meaning = 0.7 / (60 + plain.rows.tolist().index(row) + 1)
    assert (fused.by_meaning, fused.by_words) == pytest.approx((by_meaning, by_words), abs=1e-8)
    assert fused.by_meaning + fused.by_words == pytest.approx(fused.score, abs=1e-8)
    assert ("suspension bridge", 1) not in fused.words
    text = engine.library.documents.get(row)
    for word, many in fused.words:
        assert f"{text.title} {text.text}".casefold().count(word.casefold()) >= many > 0
    # The cosine is explained as in any other list.
    assert math.fsum(part.value for part in found.parts) == pytest.approx(
        float(ranking.scores[place]), abs=1e-5
    )
    upper, lower = (int(row) for row in ranking.rows[[0, 5]])
    assert why_above(engine, ranking, lower, upper).above.row == upper


def test_words_are_counted_as_they_are_written() -> None:
    found = matched_words("Halo AND the (bridge* OR café)", "The halo of the Bridges", "CAFÉ halo. The HALO")
    assert found == (("halo", 3), ("Bridges", 1), ("CAFÉ", 1), ("The", 3))
    assert matched_words("halo", "nothing here") == ()
    assert matched_words("NOT halo", "halo") == ()
    assert matched_words("", "halo") == ()


def test_without_features_the_score_is_one_part(library: Library, dense: Dense) -> None:
    engine = SearchEngine(library, None, None)
    ranking = engine.rank(engine.query_from_document(8))
    row = int(ranking.rows[3])
    found = why(engine, ranking, row)
    assert [(part.kind, part.term) for part in found.parts] == [("unexplained", None)]
    assert found.parts[0].value == pytest.approx(dense.vectors[8] @ dense.vectors[row], abs=1e-3)
    assert found.parts[0].value == pytest.approx(float(ranking.scores[3]), abs=1e-5)


@pytest.mark.parametrize("row", [MISSING[0], -1, ROWS])
def test_what_has_no_score_is_not_explained(engine: SearchEngine, row: int) -> None:
    with pytest.raises(UserError, match="no vector" if row == MISSING[0] else "no document"):
        why(engine, engine.rank(engine.query_from_document(8)), row)


def test_a_document_is_not_compared_with_itself(engine: SearchEngine) -> None:
    with pytest.raises(UserError, match="itself"):
        why_above(engine, engine.rank(engine.query_from_document(8)), 4, 4)


def test_explaining_makes_no_column(make_engine: Callable[[], SearchEngine]) -> None:
    """Explaining costs no pass over the vectors, however cold the sliders are."""
    engine = make_engine()
    ranking = steered(engine)
    assert engine.columns is not None
    other = make_engine()
    why(other, ranking, int(ranking.rows[0]))
    assert other.columns is not None
    assert other.columns.bytes_used == 0
