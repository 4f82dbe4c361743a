from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saerch_desktop.features.llm.scores import score


@given(
    st.lists(st.tuples(st.sampled_from([-1.0, -0.4, 0.0, 0.2, 0.9]), st.booleans()), min_size=2, max_size=30)
)
def test_scores_are_those_of_numpy(pairs: list[tuple[float, bool]]) -> None:
    said, truth = np.array([c for c, _ in pairs]), np.array([t for _, t in pairs])
    found = score(said.tolist(), truth.tolist())
    assert found.tests == len(pairs)
    if truth.all() or not truth.any():
        assert (found.pearson, found.f1) == (None, None)
        return
    true_positive = int(((said > 0) & truth).sum())
    false = int(((said > 0) != truth).sum())
    assert found.f1 == pytest.approx(2 * true_positive / (2 * true_positive + false))
    if len(set(said.tolist())) == 1:
        assert found.pearson is None
    else:
        assert found.pearson == pytest.approx(np.corrcoef(said, truth)[0, 1])


def test_truth_of_plus_and_minus_one_gives_the_same() -> None:
    said, truth = [0.9, 0.4, -0.2, -1.0], [True, False, True, False]
    signs = np.where(truth, 1.0, -1.0)
    assert score(said, truth).pearson == pytest.approx(np.corrcoef(said, signs)[0, 1])


def test_nothing_scored_is_nothing_said() -> None:
    found = score([], [])
    assert (found.pearson, found.f1, found.tests) == (None, None, 0)
