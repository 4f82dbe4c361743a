"""Triton's kernels by its interpreter, and life without them. No test here needs a graphics card."""

from __future__ import annotations

import importlib.util
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from dense_oracle import inputs, training

from saerch_desktop.sae import accelerated
from saerch_desktop.sae.gradients import Gradients, accumulate
from saerch_desktop.sae.peers import Peers

TESTS = Path(__file__).parents[1]


@pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="triton is not installed")
def test_interpreted_kernels_agree_with_plain_torch() -> None:
    environment = os.environ | {
        "TRITON_INTERPRET": "1",
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
        "OMP_NUM_THREADS": "1",
    }
    found = subprocess.run(
        [sys.executable, str(TESTS / "triton_check.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert "Triton agrees" in found.stdout


def test_a_failing_triton_is_tried_once_and_named_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(accelerated, "_failed", False)
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    monkeypatch.setitem(sys.modules, "saerch_desktop.sae.triton_kernels", None)  # importing it fails
    x, model, k, dead = inputs("ordinary", "half dead")
    config = training("topk", x.shape[1], model.features, k)

    def step() -> list[torch.Tensor]:
        gradients = Gradients.of(model)
        accumulate(
            model, x, config, variance=1.0, dead=dead, batch=len(x), peers=Peers(), gradients=gradients
        )
        return gradients.tensors()

    with caplog.at_level(logging.WARNING):
        got = step()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "plain torch" in caplog.text
    monkeypatch.setenv("TRITON_INTERPRET", "0")
    for one, two in zip(got, step(), strict=True):
        assert torch.equal(one, two)


def test_on_a_processor_triton_is_not_even_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    monkeypatch.setattr(accelerated, "_attempt", lambda *_: pytest.fail("looked for"))
    assert accelerated.dot_rows(torch.ones(1, 2), torch.ones(1, 2), torch.zeros(1), torch.zeros(1)) is None
