"""Scaling laws, recovered from numbers that follow them, from the paper's own, and from a library's runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import small_library
from runs_support import note_run

from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.study.runs import compare
from saerch_desktop.study.scaling import (
    CONVENTION,
    fit_compute,
    fit_joint,
    fit_size,
    full_flops,
    paper_flops,
    scaling,
)

# arXiv 2408.00657, the points of the figure with L(n) for each k (text-embedding-3-small).
PAPER_SIZES = (3072, 4608, 6144, 9216, 12288)
ASTRO = {
    16: (0.2300, 0.2174, 0.2113, 0.1994, 0.1943),
    32: (0.1751, 0.1649, 0.1594, 0.1516, 0.1459),
    64: (0.1419, 0.1308, 0.1262, 0.1195, 0.1150),
    128: (0.1111, 0.1051, 0.1023, 0.0972, 0.0923),
}
CS = {
    16: (0.2308, 0.2164, 0.2064, 0.1986, 0.1910),
    32: (0.1810, 0.1698, 0.1632, 0.1548, 0.1483),
    64: (0.1486, 0.1397, 0.1312, 0.1230, 0.1170),
    128: (0.1205, 0.1129, 0.1084, 0.0999, 0.0939),
}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_library.make_documents(tmp_path_factory.mktemp("scaling") / "some.saerch", 20)


@pytest.fixture
def library(documents: Path, tmp_path: Path) -> Iterator[Library]:
    with Library.open(Path(shutil.copytree(documents, tmp_path / "some.saerch")), write=True) as opened:
        yield opened


@pytest.mark.parametrize(
    ("points", "k", "coefficient", "exponent"),
    [
        (ASTRO, 16, 0.615, -0.1227),
        (ASTRO, 32, 0.494, -0.1297),
        (ASTRO, 64, 0.461, -0.1479),
        (ASTRO, 128, 0.314, -0.1294),
        (CS, 16, 0.672, -0.1339),
        (CS, 32, 0.563, -0.1417),
        (CS, 64, 0.604, -0.1743),
        (CS, 128, 0.511, -0.1791),
    ],
)
def test_the_papers_points_give_the_papers_lines(
    points: dict[int, tuple[float, ...]], k: int, coefficient: float, exponent: float
) -> None:
    law = fit_size(k, PAPER_SIZES, points[k])
    # The points are known to four digits, the drawn coefficients to three.
    assert law.coefficient == pytest.approx(coefficient, rel=0.01)
    assert law.exponent == pytest.approx(exponent, abs=8e-4)
    assert (law.k, law.runs) == (k, 5)
    assert law.r_squared is not None
    assert law.r_squared > 0.98


@pytest.mark.parametrize(
    ("points", "alpha", "beta_k", "beta_n", "r_squared"),
    [(ASTRO, 0.548, -0.3485, -0.1324, 0.996), (CS, 0.684, -0.3204, -0.1573, None)],
)
def test_the_papers_points_give_the_joint_law(
    points: dict[int, tuple[float, ...]], alpha: float, beta_k: float, beta_n: float, r_squared: float | None
) -> None:
    law = fit_joint(PAPER_SIZES * 4, np.repeat(list(points), 5), np.concatenate(list(points.values())))
    assert law.alpha == pytest.approx(alpha, abs=2e-3)
    assert law.beta_k == pytest.approx(beta_k, abs=2e-4)
    assert law.beta_n == pytest.approx(beta_n, abs=2e-4)
    assert law.runs == 20
    if r_squared is not None:
        assert law.r_squared == pytest.approx(r_squared, abs=5e-4)


def test_the_quality_of_a_fit_is_that_of_scipy() -> None:
    from scipy import stats

    law = fit_size(16, PAPER_SIZES, ASTRO[16])
    line = stats.linregress(np.log(PAPER_SIZES), np.log(ASTRO[16]))
    assert law.exponent == pytest.approx(line.slope)
    assert law.coefficient == pytest.approx(np.exp(line.intercept))
    assert law.r_squared == pytest.approx(line.rvalue**2)
    assert law.residual_error is not None
    spread = np.sqrt(np.square(np.log(PAPER_SIZES) - np.log(PAPER_SIZES).mean()).sum())
    assert law.residual_error / spread == pytest.approx(line.stderr)


def test_two_points_say_nothing_about_the_fit() -> None:
    law = fit_size(4, (100, 200), (0.5, 0.25))
    assert law.exponent == pytest.approx(-1)
    assert law.coefficient == pytest.approx(50)
    assert (law.r_squared, law.residual_error, law.runs) == (None, None, 2)
    with pytest.raises(ValueError, match="apart"):
        fit_size(4, (100, 100), (0.5, 0.25))
    with pytest.raises(ValueError, match="apart"):
        fit_joint((100, 200, 400, 800), (1, 2, 4, 8), (0.5, 0.4, 0.3, 0.2))


def test_only_the_frontier_takes_part_in_the_law_of_compute() -> None:
    spent = np.geomspace(1e9, 1e12, 7)
    on = [(cost, 3 * cost**-0.1) for cost in spent]
    above = [(cost * 1.01, 3 * cost**-0.1 * 1.2) for cost in spent]
    law = fit_compute(16, [*above, *on])
    assert law.exponent == pytest.approx(0.1)
    assert law.coefficient == pytest.approx(3)
    assert law.frontier == tuple(on)
    with pytest.raises(ValueError, match="too few"):
        fit_compute(16, [(1e9, 0.3), (1e10, 0.2), (1e11, 0.2)])


def test_the_papers_count_reproduces_the_papers_axis() -> None:
    # The axis of its figure runs from 1.26e11 to 5.08e11: 50 passes of 266 batches.
    assert paper_flops(SaeConfig(dim=1536, features=3072, k=16), 50 * 266) == pytest.approx(1.26e11, rel=0.01)
    largest = SaeConfig(dim=1536, features=12288, k=128)
    assert paper_flops(largest, 50 * 266) == pytest.approx(5.08e11, rel=0.01)


def test_the_full_count_adds_what_a_step_really_does() -> None:
    sae = SaeConfig(dim=100, features=1000, k=10)
    encoder, sparse, weights = 2 * 100 * 1000, 4 * 2 * 100 * 10, 37 * 100 * 1000
    assert full_flops(sae, 0, 1) == encoder + sparse
    assert full_flops(sae, 1, 0) == weights
    assert full_flops(sae, 7, 5000) == 5000 * (encoder + sparse) + 7 * weights
    assert "37·d·n" in CONVENTION


def law(n: int, k: int) -> float:
    return float(np.exp(0.5) * k**-0.3 * n**-0.15)


def test_a_library_of_runs_gives_the_laws_they_follow(library: Library) -> None:
    for k in (4, 8):
        for features in (32, 64, 128):
            loss = law(features, k)
            course = [loss * (1 + 1 / at) for at in (1, 2, 4)] + [loss]
            note_run(library, f"n{features} k{k}", features, k, loss, course=course)
    found = scaling(library)
    (group,) = found.groups
    assert found.left_out == ()
    assert [size.k for size in group.sizes] == [4, 8]
    for size in group.sizes:
        assert size.exponent == pytest.approx(-0.15)
        assert size.r_squared == pytest.approx(1)
    assert group.joint is not None
    assert (group.joint.alpha, group.joint.beta_k, group.joint.beta_n) == pytest.approx((0.5, -0.3, -0.15))
    assert [one.k for one in group.compute] == [4, 8]
    cheapest = group.compute[0].frontier[0]
    assert cheapest == pytest.approx((6 * 2 * 48 * (32 + 4), 2 * law(32, 4)))
    costs = {cost.sae: cost for cost in group.runs}
    assert costs["n64 k8"].paper_flops == 24 * 2 * 48 * (64 + 8)
    assert costs["n64 k8"].full_flops == full_flops(SaeConfig(dim=48, features=64, k=8), 24, 4 * 171)
    assert group.alike["passes"] == 4
    written = json.loads(json.dumps(found.as_dict()))
    assert "updates × 2·d·(n + k)" in written["convention"]
    assert written["groups"][0]["joint"]["beta_n"] == pytest.approx(-0.15)


def test_runs_without_a_record_have_no_law_of_compute(library: Library) -> None:
    for features in (32, 64, 128):
        note_run(library, f"n{features}", features, 4, law(features, 4))
    (group,) = scaling(library).groups
    assert group.compute == ()
    assert group.joint is None
    assert any("L(C)" in warning for warning in group.warnings)
    assert any("four runs" in warning for warning in group.warnings)
    # Four passes of six batches, told from the settings.
    assert group.runs[0].paper_flops == 24 * 2 * 48 * (32 + 4)


@pytest.mark.parametrize(
    "other",
    [
        {"preset": "paper16"},
        {"epochs": 8},
        {"seed": 1},
        {"heldout_fraction": 0.1},
        {"figures": {"n_heldout": 18}},
        {"vectors": "another"},
    ],
)
def test_runs_that_cannot_be_compared_are_never_mixed(library: Library, other: dict[str, object]) -> None:
    for features in (32, 64, 128):
        note_run(library, f"n{features}", features, 4, law(features, 4))
    note_run(library, "odd", 256, 4, 0.9, **other)  # type: ignore[arg-type]
    found = scaling(library)
    (group,) = found.groups
    assert [run.sae for run in group.runs] == ["n32", "n64", "n128"]
    assert group.sizes[0].exponent == pytest.approx(-0.15)
    (sentence,) = found.left_out
    assert "odd" in sentence
    assert "128 and 512 features" in sentence


def test_other_differences_are_said(library: Library) -> None:
    note_run(library, "a", 32, 4, 0.5, learning_rate=1e-3, schedule="cosine")
    note_run(library, "b", 64, 4, 0.4, learning_rate=2e-3, schedule="cosine", batch_size=64)
    (group,) = scaling(library).groups
    said = " ".join(group.warnings)
    assert "different learning rates (0.001, 0.002)" in said
    assert "different batch sizes (32, 64)" in said
    assert "rests on two sizes" in said
    assert "learning rate fell" in said
    assert group.sizes[0].r_squared is None


def test_what_was_trained_elsewhere_or_not_measured_is_left_out(library: Library) -> None:
    for features in (32, 64):
        note_run(library, f"n{features}", features, 4, law(features, 4), schedule="constant")
    note_run(library, "foreign", 96, 4, 0.4)
    note_run(library, "unmeasured", 96, 4, 0.4, figures={"n_heldout": 0})
    details = library.sae_folder("foreign") / "sae.json"
    content = json.loads(details.read_text(encoding="utf-8"))
    details.write_text(json.dumps(content | {"train": None}), encoding="utf-8")
    found = scaling(library)
    assert len(found.groups) == 1
    assert len(found.left_out) == 2
    assert "trained elsewhere" in found.left_out[0]
    assert "held out" in found.left_out[1]
    assert not any("learning rate fell" in warning for warning in found.groups[0].warnings)


def test_too_few_runs_say_what_to_train_next(library: Library) -> None:
    with pytest.raises(UserError, match="no autoencoder") as caught:
        scaling(library)
    assert "at least two" in caught.value.remedy
    note_run(library, "first", 64, 4, 0.5)
    note_run(library, "other k", 64, 8, 0.4)
    with pytest.raises(UserError, match="no two differ in size alone") as caught:
        scaling(library)
    assert "k 4 and 32 and 128 features, preset balanced, 4 passes and seed 0" in caught.value.remedy


def test_three_trainings_of_one_library_give_a_law(trained: Path, tmp_path: Path) -> None:
    from saerch_desktop.workflow.build import Wishes, train_sae

    path = Path(shutil.copytree(trained, tmp_path / "copy.saerch"))
    shape = {"k": small_library.K, "epochs": small_library.EPOCHS, "device": "cpu"}
    for features in (8, 16):
        train_sae(path, f"n{features}", Wishes(features=features, **shape), Progress())
    with Library.open(path) as library:
        (group,) = scaling(library).groups
        runs = compare(library)
    assert [run.sae for run in runs] == ["small", "n8", "n16"]
    (size,) = group.sizes
    assert size.runs == 3
    assert size.exponent < 0  # more features explain more
    (compute,) = group.compute
    assert compute.exponent > 0
    for run in runs:
        assert run.record is not None
        assert [epoch.epoch for epoch in run.record.epochs] == list(range(1, small_library.EPOCHS + 1))
        spent = next(one.paper_flops for one in group.runs if one.sae == run.sae)
        assert spent == paper_flops(run.details.sae, run.record.epochs[-1].step)
