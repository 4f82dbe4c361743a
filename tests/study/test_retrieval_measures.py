"""Measures of rankings against trec_eval's definitions, written out place by place."""

from __future__ import annotations

import math

import numpy as np
import pytest

from saerch_desktop.study.retrieval_measures import ndcg, overlap, recall


def trec_ndcg(run: list[int], qrels: dict[int, int], cut: int) -> float:
    """`ndcg_cut`: gains in the order of the run over those of the ideal one, log2 of place + 1."""
    dcg = 0.0
    for place in range(1, cut + 1):
        if place <= len(run) and run[place - 1] in qrels:
            dcg += qrels[run[place - 1]] / math.log(place + 1, 2)
    ideal = 0.0
    for place, grade in enumerate(sorted(qrels.values(), reverse=True), 1):
        if place <= cut:
            ideal += grade / math.log(place + 1, 2)
    return dcg / ideal


def test_known_values() -> None:
    assert ndcg([7, 1, 2], {7: 1}, [1]) == 1.0
    assert ndcg([1, 7, 2], {7: 1}, [1]) == pytest.approx(1 / math.log2(3))
    assert ndcg([1, 2, 3], {7: 1}, [1]) == 0.0
    assert ndcg([5, 6], {6: 3, 5: 1}, [3, 1]) == pytest.approx(
        (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))
    )
    assert ndcg([1, 2], {}, []) == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_it_is_what_trec_eval_computes(seed: int) -> None:
    chance = np.random.default_rng(seed)
    run = chance.permutation(60)[: int(chance.integers(10, 40))].tolist()
    judged = chance.permutation(60)[: int(chance.integers(1, 20))].tolist()
    qrels = {row: int(chance.integers(1, 4)) for row in judged}
    total = list(qrels.values())
    assert ndcg(run[:10], qrels, total) == pytest.approx(trec_ndcg(run, qrels, 10))
    for cut in (10, 100):
        found = len(set(run[:cut]) & set(judged))
        assert recall(run[:cut], qrels, total) == pytest.approx(found / len(judged))


def test_what_no_ranking_can_hold_is_missed() -> None:
    assert recall([1, 2], {1: 1}, [1, 1]) == 0.5
    assert ndcg([1, 2], {1: 1}, [1, 1]) == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert recall([1], {}, []) == 0.0


def test_overlap_is_of_the_first_list() -> None:
    assert overlap([1, 2, 3, 4], [4, 9, 1, 8]) == 0.5
    assert overlap([], [1]) == 1.0
