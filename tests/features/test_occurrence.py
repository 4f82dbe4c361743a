"""Activity by year and facet, counted document by document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from planted_library import DEAD, FEATURES, MISSING, ROWS, SUBJECTS, Dense
from scipy import stats

from saerch_desktop.errors import UserError
from saerch_desktop.features import occurrence
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.occurrence import activity
from saerch_desktop.library.columns import Columns
from saerch_desktop.library.facet_column import FacetColumn

YEARS = [0 if row % 11 == 0 else 2000 + (row * 7) % 5 for row in range(ROWS)]
# One value by the planted subject, one shared by all, sometimes a rare one, sometimes none at all.
VALUES = [
    [] if row % 17 == 0 else [f"subject {row % len(SUBJECTS)}", "any"] + (["rare"] if row in (1, 9) else [])
    for row in range(ROWS)
]


def column(name: str, values: Sequence[Sequence[str]]) -> FacetColumn:
    counted = Counter(value for each in values for value in each)
    words = tuple(sorted(counted, key=lambda value: (-counted[value], value)))
    codes = [sorted(words.index(value) for value in each) for each in values]
    return FacetColumn(
        name,
        words,
        np.cumsum([0, *map(len, codes)], dtype=np.int64),
        np.array([code for each in codes for code in each], np.int32),
        np.array([counted[word] for word in words], np.int64),
    )


def columns(years: Sequence[int] = YEARS, values: Sequence[Sequence[str]] = VALUES) -> Columns:
    facets = {"kind": column("kind", values), "Year": column("Year", [[str(year)] for year in years])}
    return Columns(None, np.array(years, np.int16), facets, ())  # type: ignore[arg-type]


@pytest.fixture
def there() -> list[int]:
    return [row for row in range(ROWS) if row not in MISSING]


@pytest.mark.parametrize("feature", [0, 4, 20])
def test_years(features: FeatureSet, dense: Dense, there: list[int], feature: int) -> None:
    active = dense.codes[:, feature] > 0
    found = activity(features, columns(), feature)
    assert [year.year for year in found.years] == [2000, 2001, 2002, 2003, 2004]
    for year in found.years:
        rows = [row for row in there if YEARS[row] == year.year]
        assert (year.count, year.documents) == (active[rows].sum(), len(rows))
        assert year.share == pytest.approx(active[rows].mean())
        interval = stats.binomtest(year.count, year.documents).proportion_ci(0.95, "wilson")
        assert (year.low, year.high) == pytest.approx((interval.low, interval.high), abs=1e-9)
    assert found.undated == sum(active[row] for row in there if YEARS[row] == 0)
    assert sum(year.count for year in found.years) + found.undated == active.sum()


@pytest.mark.parametrize("feature", [0, 4, 20])
def test_facets(features: FeatureSet, dense: Dense, there: list[int], feature: int) -> None:
    active = dense.codes[:, feature] > 0
    found = activity(features, columns(), feature).facets
    assert set(found) == {"kind"}
    own, words = int(active.sum()), sorted({value for each in VALUES for value in each})
    having = {word: [row for row in there if word in VALUES[row]] for word in words}
    tested = [word for word in words if len(having[word]) >= 5]
    p = [stats.hypergeom.sf(active[having[w]].sum() - 1, len(there), len(having[w]), own) for w in tested]
    q = dict(zip(tested, stats.false_discovery_control(p), strict=True))
    lift = {word: active[having[word]].sum() / own / (len(having[word]) / len(there)) for word in tested}
    wanted = [w for w in tested if q[w] <= 0.05 and lift[w] > 1 and active[having[w]].sum() >= 5]
    assert [value.value for value in found["kind"]] == sorted(wanted, key=lambda word: -lift[word])
    for value in found["kind"]:
        assert value.count == active[having[value.value]].sum()
        assert value.documents == len(having[value.value])
        assert value.share == pytest.approx(value.count / own)
        assert value.lift == pytest.approx(lift[value.value])
        assert value.q <= 0.05
        assert value.stands_out


@pytest.mark.parametrize("feature", [0, 4, 20])
def test_the_commonest_values_whether_they_stand_out_or_not(
    features: FeatureSet, dense: Dense, there: list[int], feature: int
) -> None:
    active = dense.codes[:, feature] > 0
    found = activity(features, columns(), feature)
    words = sorted({value for each in VALUES for value in each})
    counted = {word: sum(active[row] and word in VALUES[row] for row in there) for word in words}
    shown = found.commonest["kind"]
    assert {value.value: value.count for value in shown} == {w: n for w, n in counted.items() if n}
    assert [value.count for value in shown] == sorted((value.count for value in shown), reverse=True)
    assert shown[0].value == "any"  # nearly all documents have it, so it says nothing
    assert not shown[0].stands_out
    for value in shown:
        everywhere = sum(value.value in VALUES[row] for row in there)
        assert value.documents == everywhere
        assert value.lift == pytest.approx((value.count / active.sum()) / (everywhere / len(there)))
    assert {value for value in shown if value.stands_out} == set(found.facets["kind"])
    assert len(activity(features, columns(), feature, top=2).commonest["kind"]) == 2


def test_a_planted_feature_stands_out_in_its_subject(features: FeatureSet) -> None:
    for feature in range(len(SUBJECTS)):
        assert activity(features, columns(), feature, top=1).facets["kind"][0].value == f"subject {feature}"


def test_documents_without_anything(features: FeatureSet) -> None:
    found = activity(features, columns([0] * ROWS, [[] for _ in range(ROWS)]), 0)
    assert found.years == ()
    assert found.undated == features.statistics.count[0]
    assert found.facets == found.commonest == {"kind": ()}


def test_a_dead_feature_is_nowhere(features: FeatureSet) -> None:
    found = activity(features, columns(), DEAD[0])
    assert {year.count for year in found.years} == {0}
    assert found.facets == found.commonest == {"kind": ()}


def test_other_columns_of_the_same_library_are_counted_anew(features: FeatureSet) -> None:
    first, later = columns(), columns([2010] * ROWS)
    assert len(activity(features, first, 0).years) == 5
    assert [year.year for year in activity(features, later, 0).years] == [2010]
    assert len(activity(features, first, 0).years) == 5
    assert occurrence._base(features, first) is occurrence._base(features, first)


def test_what_does_not_fit_is_told(features: FeatureSet) -> None:
    with pytest.raises(UserError, match="no feature"):
        activity(features, columns(), FEATURES)
    with pytest.raises(UserError, match="not those of the features"):
        activity(features, columns(YEARS[:-1], VALUES[:-1]), 0)
