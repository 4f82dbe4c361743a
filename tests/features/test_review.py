"""The review: the order against a plain count, candidates without repeats, and a queue that loses nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from saerch_desktop.features.label import Alternative, Detection, Label
from saerch_desktop.features.labels import Labels
from saerch_desktop.features.marks import Mark
from saerch_desktop.features.review import (
    ORDERS,
    Decision,
    ReviewQueue,
    candidates,
    doubt,
    impact,
    in_words,
    review_order,
)
from saerch_desktop.features.statistics import FeatureStatistics

COUNTS = [100, 0, 10, 10, 1000, 1, 10, 10]
MEANS = [0.5, 0.0, 0.5, 0.5, 0.1, 2.0, 0.5, 0.5]


def statistics() -> FeatureStatistics:
    count = np.array(COUNTS, np.int64)
    mean = np.array(MEANS, np.float32)
    return FeatureStatistics(count, (count / 1000).astype(np.float32), mean * 2, mean, mean)


def interval(low: float, high: float) -> Detection:
    return Detection(auroc=(low + high) / 2, low=low, high=high, positives=20, negatives=20)


def label(feature: int, text: str, detection: Detection | None = None, source: str = "phrases") -> Label:
    return Label(feature=feature, text=text, source=source, detection=detection)


def made(marks: dict[int, Mark] | None = None) -> Labels:
    return Labels(
        8,
        [
            label(0, "sure", interval(0.96, 0.99)),
            label(2, "sure and rare", interval(0.96, 0.99)),
            label(3, "at chance", interval(0.45, 0.7)),
            label(4, "wide", interval(0.6, 0.99)),
            label(6, "untested"),
            label(7, "untested too"),
        ],
        [count > 0 for count in COUNTS],
        marks,
    )


def test_impact_is_the_share_of_all_activation_on_a_log_scale() -> None:
    total = [count * mean for count, mean in zip(COUNTS, MEANS, strict=True)]
    middle = sorted(value for value in total if value)[3]  # of seven
    logs = [math.log(1 + value / middle) for value in total]
    np.testing.assert_allclose(impact(statistics()), [value / max(logs) for value in logs], rtol=1e-6)
    assert impact(statistics())[1] == 0


def test_nothing_is_sure_without_a_test() -> None:
    assert doubt(None) == 1
    assert doubt(label(0, "failed", interval(0.4, 0.6))) == 1
    assert doubt(label(0, "untested")) == pytest.approx(0.9)
    narrow, wide = doubt(label(0, "a", interval(0.9, 0.95))), doubt(label(0, "b", interval(0.7, 1.0)))
    assert 0 < narrow < wide < 0.9
    assert doubt(label(0, "perfect", interval(1.0, 1.0))) == 0


def test_what_matters_and_is_doubtful_comes_first() -> None:
    weights = impact(statistics())
    labels = made()
    by_hand = sorted(
        (f for f in range(8) if COUNTS[f]), key=lambda f: (-weights[f] * doubt(labels.get(f)), f)
    )
    assert review_order(labels, statistics()) == by_hand
    assert by_hand.index(6) < by_hand.index(7), "equal ones go by number"
    assert by_hand.index(6) < by_hand.index(2), "the sure one waits"
    assert 1 not in by_hand, "a dead feature has nothing to look at"


def test_verified_ones_are_left_out_and_flagged_ones_come_first() -> None:
    marks = {4: Mark(feature=4, verified=True, text="wide"), 2: Mark(feature=2, flagged=True)}
    order = review_order(made(marks), statistics())
    assert order[0] == 2
    assert 4 not in order


def test_every_order_holds_the_same_features() -> None:
    orders = {order: review_order(made(), statistics(), order) for order in ORDERS}
    assert all(sorted(found) == [0, 2, 3, 4, 5, 6, 7] for found in orders.values())
    assert orders["number"] == [0, 2, 3, 4, 5, 6, 7]
    assert orders["impact"][:2] == [4, 0]
    assert set(orders["doubt"][:2]) == {3, 5}
    assert review_order(made(), statistics(), "number", only=[7, 1, 3, 99]) == [3, 7]


def test_candidates_of_all_sources_without_repeats_and_without_those_turned_down() -> None:
    others = (Alternative(text="Dwarf stars"), Alternative(text="cool dwarfs", auroc=0.8))
    labels = Labels(
        3,
        [
            Label(feature=1, text="dwarf stars", source="phrases", alternatives=others),
            label(1, "Brown dwarfs", interval(0.9, 0.95), "llm: m"),
            label(1, "Galaxies", None, "imported: x.json"),
            label(2, "another"),
        ],
        marks={1: Mark(feature=1, rejected=("Galaxies",))},
    )
    found = candidates(labels, 1)
    assert [one.auroc for one in found if one.text == "cool dwarfs"] == [0.8]
    assert [(one.text, one.source) for one in found] == [
        ("Brown dwarfs", "llm: m"),
        ("dwarf stars", "phrases"),
        ("cool dwarfs", "phrases"),
    ]
    assert found[0].detection is not None
    assert found[2].detection is None
    labels.change([Mark(feature=1, text="Mine", rejected=("Galaxies", "cool dwarfs"))])
    assert [one.text for one in candidates(labels, 1)] == ["Mine", "Brown dwarfs", "dwarf stars"]
    assert candidates(labels, 0) == ()


def test_no_more_candidates_than_keys() -> None:
    many = tuple(Alternative(text=f"name {n}") for n in range(30))
    labels = Labels(1, [Label(feature=0, text="first", source="phrases", alternatives=many)])
    assert len(candidates(labels, 0)) == 9


def decision(feature: int, at: float = 0.0, settles: bool = True) -> Decision:
    return Decision(feature, "accepted", f"#{feature}", Mark(feature=feature), settles, at)


def test_the_queue_goes_on_passes_over_and_comes_back() -> None:
    queue = ReviewQueue([5, 3, 8], settled=2)
    assert (queue.current, queue.done, queue.total) == (5, 2, 5)
    assert queue.upcoming(9) == [3, 8]
    queue.decide(decision(5))
    queue.decide(decision(3, settles=False))
    assert (queue.current, queue.done, queue.total) == (8, 3, 5)
    queue.decide(decision(8))
    assert queue.current == 3, "what was passed over comes again"
    queue.decide(decision(3, settles=False))
    assert queue.current == 3
    queue.decide(decision(3))
    assert (queue.current, queue.done, queue.total) == (None, 5, 5)


def test_decisions_are_taken_back_one_by_one() -> None:
    queue = ReviewQueue([5, 3, 8])
    for feature, settles in ((5, True), (3, False), (8, True)):
        queue.decide(decision(feature, settles=settles))
    for feature, done in ((8, 1), (3, 1), (5, 0)):
        queue.take_back(queue.decisions[-1])
        assert (queue.current, queue.done, queue.total) == (feature, done, 3)
    assert [queue.current, *queue.upcoming(5)] == [5, 3, 8]


def test_one_can_go_back_and_decide_anew() -> None:
    queue = ReviewQueue([5, 3, 8])
    queue.decide(decision(5))
    queue.visit(5)
    assert queue.current == 5
    assert queue.upcoming(5) == [3, 8]
    queue.decide(decision(5))
    assert (queue.current, queue.done, queue.total) == (3, 1, 3)
    queue.settle(8)
    assert (queue.done, queue.total) == (2, 3)
    queue.settle(8)
    assert (queue.done, queue.total) == (2, 3)


def test_another_order_keeps_the_decisions() -> None:
    former = ReviewQueue([5, 3, 8, 9])
    former.decide(decision(5))  # verified: no longer in the new order
    former.decide(decision(3))  # turned down: would come again
    queue = ReviewQueue([9, 8, 3], settled=1)
    queue.adopt(former.decisions)
    assert (queue.done, queue.total) == (2, 4)
    assert [queue.current, *queue.upcoming(5)] == [9, 8]


def test_the_pace_counts_verdicts_and_no_breaks() -> None:
    queue = ReviewQueue(list(range(10)))
    assert queue.pace(0.0) is None
    for feature in range(4):
        queue.decide(decision(feature, at=feature * 4.0))
    queue.decide(decision(4, at=13.0, settles=False))
    assert queue.pace(16.0) == pytest.approx(15.0)
    assert queue.pace(16.0 + 86_400) == pytest.approx(4 * 60 / 72), "a night counts as a minute"
    assert in_words(412, 1200, 14.3) == "412 of 1,200 · 14 a minute"
    assert in_words(0, 3, None) == "0 of 3"
