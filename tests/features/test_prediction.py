"""What was planted is found and scored on held-out documents; what is not there is said not to be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.fitting import design
from saerch_desktop.features.prediction import Prediction, predict
from saerch_desktop.features.separation import auroc, correlation, explained, share
from saerch_desktop.library.columns import Columns, FacetColumn, TextColumn
from saerch_desktop.library.record_fields import RecordField
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import Codes

ROWS, N, K = 1500, 40, 5


def made(seed: int = 0, rows: int = ROWS) -> tuple[FeatureSet, NDArray[np.float64]]:
    """Codes with positive values, and the same dense (rows, N) in units of p95."""
    chance = np.random.default_rng(seed)
    indices = np.argsort(chance.random((rows, N)), axis=1)[:, :K].astype(np.int32)
    values = chance.uniform(0.2, 2.0, (rows, K)).astype(np.float32)
    p95 = chance.uniform(0.5, 3.0, N).astype(np.float32)
    dense = np.zeros((rows, N))
    np.put_along_axis(dense, indices.astype(np.int64), values.astype(np.float64), axis=1)
    features = SimpleNamespace(
        codes=Codes(indices, values),
        sae=SimpleNamespace(config=SimpleNamespace(features=N)),
        statistics=SimpleNamespace(p95=p95),
        without_vector=np.empty(0, np.int64),
        documents=rows,
    )
    return cast("FeatureSet", features), dense / p95


class Made:
    """Columns with one column."""

    def __init__(self, name: str, data: Any, rows: int = ROWS) -> None:
        self.rows = rows
        self.fields = (RecordField(name, "numeric", 1.0, 9),)
        self._name, self._data = name, data
        self.years = np.zeros(rows, np.int16)

    def facet(self, name: str) -> FacetColumn | None:
        return self._data if isinstance(self._data, FacetColumn) and name == self._name else None

    def column(self, name: str, progress: Progress | None = None) -> Any:
        assert name == self._name
        return self._data


def ask(features: FeatureSet, name: str, data: Any, column: str | None = None, **options: Any) -> Prediction:
    rows = features.codes.rows
    return predict(features, cast("Columns", Made(name, data, rows)), column or name, **options)


def facet(name: str, sets: list[list[str]]) -> FacetColumn:
    values = sorted({value for own in sets for value in own})
    counts = np.array([sum(value in own for own in sets) for value in values])
    order = np.lexsort((np.arange(len(values)), -counts))
    ordered = [values[place] for place in order]
    codes = [sorted(ordered.index(value) for value in own) for own in sets]
    starts = np.concatenate(([0], np.cumsum([len(own) for own in codes])))
    flat = np.array([code for own in codes for code in own], np.int32)
    return FacetColumn(name, tuple(ordered), starts.astype(np.int64), flat, counts[order])


def test_the_design_is_the_codes_in_units_of_p95() -> None:
    features, dense = made()
    rows = np.array([3, 8, 900])
    np.testing.assert_allclose(design(features, rows).toarray(), dense[rows])


def test_a_planted_number_is_predicted_and_explained() -> None:
    features, dense = made()
    noise = np.random.default_rng(1).normal(size=ROWS)
    truth = 10 + 6 * dense[:, 7] - 4 * dense[:, 21] + noise
    found = ask(features, "cited", truth)
    assert found.kind == "number"
    assert (found.known, found.used, found.held_out) == (ROWS, ROWS, ROWS // 4)
    limit = 1 - noise.var() / truth.var()  # no linear model of these features can do better
    assert found.low <= found.score <= found.high
    assert found.score > limit - 0.05
    assert found.error < 0.75 * found.baseline_error
    first, second = found.targets[0].predictors[:2]
    assert {first.feature, second.feature} == {7, 21}
    effects = {part.feature: part.coefficient for part in (first, second)}
    assert effects[7] == pytest.approx(6, abs=0.5)
    assert effects[21] == pytest.approx(-4, abs=0.5)
    assert first.alone * first.coefficient > 0
    assert f"{found.score:.2f}" in found.sentence()


def test_noise_is_said_to_be_noise() -> None:
    features, _ = made()
    found = ask(features, "cited", np.random.default_rng(3).normal(size=ROWS))
    assert found.low <= 0.02
    assert found.score < 0.03
    assert any("not shown" in remark for remark in found.remarks) or found.low > 0


def test_missing_values_and_a_sample_are_told() -> None:
    features, dense = made()
    truth = dense[:, 3] * 5 + np.random.default_rng(2).normal(size=ROWS)
    truth[::3] = np.nan
    found = ask(features, "cited", truth, most=600)
    assert (found.known, found.used) == (1000, 600)
    assert "500 of 1,500" in found.remarks[0]
    assert "600 of 1,000" in found.remarks[1]
    again = ask(features, "cited", truth, most=600)
    assert repr(again) == repr(found)
    assert repr(ask(features, "cited", truth, most=600, seed=9)) != repr(found)


def test_only_documents_within_and_with_a_vector() -> None:
    features, dense = made()
    within = np.zeros(ROWS, bool)
    within[:900] = True
    cast("Any", features).without_vector = np.arange(100)
    found = ask(features, "cited", dense[:, 3] + 0.0, within=within)
    assert found.known == 800


def test_skewed_numbers_are_predicted_by_their_logarithm() -> None:
    features, dense = made()
    found = ask(features, "cited", np.exp(2 + 3 * dense[:, 4]))
    assert found.logarithm
    assert "log(1 + cited)" in found.remarks[0]
    assert found.score > 0.8


def test_years_leave_out_those_unknown() -> None:
    features, dense = made()
    years = (2000 + np.round(8 * dense[:, 5])).astype(np.int16)
    years[:50] = 0
    found = ask(features, "year", years)
    assert found.known == ROWS - 50
    assert found.targets[0].predictors[0].feature == 5


def test_a_category_of_one_value_each() -> None:
    features, dense = made()
    chance = np.random.default_rng(4)
    logits = np.column_stack((np.zeros(ROWS), 5 * dense[:, 2], 5 * dense[:, 9])) + chance.gumbel(
        size=(ROWS, 3)
    )
    names = np.array(["plain", "two", "nine"])[logits.argmax(axis=1)]
    found = ask(features, "kind", facet("kind", [[name] for name in names]))
    assert found.kind == "category"
    assert found.baseline == pytest.approx(
        max((names == name).mean() for name in ("plain", "two", "nine")), abs=0.05
    )
    assert found.low > found.baseline
    assert found.usual == max(("plain", "two", "nine"), key=lambda name: (names == name).sum())
    assert found.sentence().startswith(f"Among 3 values, features name the right kind for {found.score:.0%} ")
    assert f"(95 % interval {found.low:.0%} to {found.high:.0%})" in found.sentence()
    by_name = {target.value: target for target in found.targets}
    for name, feature in (("two", 2), ("nine", 9)):
        first = by_name[name].predictors[:2]
        assert {part.feature for part in first} == {2, 9}  # each speaks against the other's value too
        own = next(part for part in first if part.feature == feature)
        assert own.coefficient > 0
        assert own.alone > 0.55
        assert by_name[name].low > 0.6
    codes = np.array([["plain", "two", "nine"].index(name) for name in names], np.int32)
    as_words = ask(features, "kind", TextColumn(("plain", "two", "nine"), codes))
    assert as_words.kind == "category"
    assert as_words.low > as_words.baseline


def test_several_values_for_each_document_and_one_of_them() -> None:
    features, dense = made()
    chance = np.random.default_rng(4)
    sets = [
        [
            *(["a"] if dense[row, 2] > 0 else []),
            *(["b"] if dense[row, 9] > 0 else []),
            *(["c"] if chance.random() < 0.5 else []),
        ]
        or ["d"]
        for row in range(ROWS)
    ]
    column = facet("tags", sets)
    found = ask(features, "tags", column)
    assert found.kind == "categories"
    by_name = {target.value: target for target in found.targets}
    assert by_name["a"].auroc > 0.95
    assert by_name["a"].predictors[0].feature == 2
    assert by_name["c"].low < 0.5 < by_name["c"].high
    one = ask(features, "tags", column, "tags:b")
    assert [target.value for target in one.targets] == ["b"]
    assert one.score == one.targets[0].auroc > 0.95
    assert "tags:b" in one.sentence()
    with pytest.raises(UserError, match="no value “z”"):
        ask(features, "tags", column, "tags:z")


def test_rare_values_are_one_more_value() -> None:
    features, dense = made()
    sets = [["yes" if dense[row, 2] > 0 else "no"] if row % 10 else [f"odd {row}"] for row in range(ROWS)]
    found = ask(features, "kind", facet("kind", sets))
    assert {target.value for target in found.targets} == {"no", "yes", "(other values)"}
    assert sum(target.documents for target in found.targets) == ROWS
    said = found.sentence()
    assert said.startswith("Among its 2 commonest values, all others counting as one more, features name")
    assert f"always saying “{found.usual}” is right for {found.baseline:.0%}." in said


def test_values_too_rare_to_be_one_more_are_told() -> None:
    features, dense = made()
    sets = [["yes" if dense[row, 2] > 0 else "no"] if row >= 7 else [f"odd {row}"] for row in range(ROWS)]
    found = ask(features, "kind", facet("kind", sets))
    assert {target.value for target in found.targets} == {"no", "yes"}
    assert "7 of the documents used have rarer values; every answer to them is wrong." in found.remarks
    assert found.sentence().startswith("Among its 2 commonest values, features name")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (np.full(ROWS, np.nan), "Only 0 documents"),
        (np.full(ROWS, 3.0), "fewer than three"),
        (TextColumn(("same",), np.zeros(ROWS, np.int32)), "too few values"),
        (TextColumn(tuple(f"v{n}" for n in range(ROWS)), np.arange(ROWS, dtype=np.int32)), "too few values"),
    ],
)
def test_columns_that_cannot_be_predicted(data: Any, why: str) -> None:
    features, _ = made()
    with pytest.raises(UserError, match=why):
        ask(features, "cited", data)


def test_stopping() -> None:
    features, dense = made()
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        ask(features, "cited", dense[:, 3] * 2, progress=progress)


def test_auroc_is_the_share_of_pairs_and_its_interval_covers() -> None:
    chance = np.random.default_rng(0)
    scores, positive = np.round(chance.normal(size=80), 1), chance.random(80) < 0.4
    area, low, high = auroc(scores, positive)
    pairs = scores[positive][:, None] - scores[~positive][None, :]
    assert area == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())
    assert low < area < high
    # DeLong's variance from its structural components, pair by pair.
    wins = (pairs > 0) + 0.5 * (pairs == 0)
    error = np.sqrt(wins.mean(axis=1).var(ddof=1) / len(wins) + wins.mean(axis=0).var(ddof=1) / wins.shape[1])
    assert high - area == pytest.approx(1.959964 * error)
    assert np.isnan(auroc(scores, np.ones(80, bool))[0])
    covered = 0
    for _ in range(200):
        member = np.arange(120) < 50
        drawn = auroc(chance.normal(size=120) + member, member)
        covered += drawn[1] <= 0.7602 <= drawn[2]  # the chance that N(1, 1) exceeds N(0, 1)
    assert covered >= 180


def test_scores_of_numbers() -> None:
    chance = np.random.default_rng(0)
    truth = chance.normal(size=300)
    guess = truth + 0.5 * chance.normal(size=300)
    score, low, high = explained(truth, guess, 0.0, 1)
    assert score == pytest.approx(1 - ((truth - guess) ** 2).sum() / (truth**2).sum())
    assert low < score < high
    assert explained(truth, truth, 0.0, 1) == (1.0, 1.0, 1.0)
    assert explained(truth, np.zeros(300), 0.0, 1)[0] == 0.0
    assert correlation(truth, guess) == pytest.approx(np.corrcoef(truth, guess)[0, 1])
    assert correlation(truth, np.ones(300)) == 0.0
    assert share(40, 100) == pytest.approx((0.4, 0.3094, 0.4980), abs=1e-4)


def test_numbers_that_no_measurement_gives_are_left_out() -> None:
    features, dense = made()
    truth = dense[:, 3] * 2 + dense[:, 5]
    wild = truth.copy()
    wild[::10] = 1e308
    wild[5::50] = -np.inf
    found = ask(features, "n", wild)
    assert found.known == ROWS - ROWS // 10 - ROWS // 50
    assert found.score > 0.9
    assert any("no usable n" in remark for remark in found.remarks)
    with pytest.raises(UserError, match="Only 0 documents"):
        ask(features, "n", np.full(ROWS, 1e300))
