"""Several processes on one host, over Gloo and the loopback interface, train what one process trains."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.distributed import peers_from_environment, torchrun_line
from saerch_desktop.sae.record import load_run
from saerch_desktop.sae.trainer import train
from saerch_desktop.sae.weights import Sae

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("joined_training.py")
# A rate at which rounding differences stay rounding differences.
SETTINGS: dict[str, Any] = {"epochs": 2, "learning_rate": 1e-3, "dead_after": 700, "aux_k": 4}
MakeConfig = Callable[..., TrainConfig]


def together(folder: Path, settings: dict[str, Any], *action: str, world: int = 2) -> list[tuple[int, str]]:
    """Exit status and output of each process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = os.environ | {
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "WORLD_SIZE": str(world),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "GLOO_SOCKET_IFNAME": "lo" if sys.platform == "linux" else "",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, SCRIPT, folder, json.dumps(settings), *action],
            env=shared | {"RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for rank in range(world)
    ]
    ended = []
    for process in processes:
        try:
            out, error = process.communicate(timeout=120)
        finally:
            process.kill()
        ended.append((process.returncode, (out + (error if process.returncode == 1 else b"")).decode()))
    return ended


@pytest.mark.parametrize("variant", ["topk", "batchtopk"])
def test_two_processes_give_the_weights_of_one(
    corpus: Any, make_config: MakeConfig, tmp_path: Path, variant: str
) -> None:
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    alone.mkdir()
    shared.mkdir()
    settings = SETTINGS | {"variant": variant}
    report = train(corpus.vectors, make_config(**settings), alone, Progress())
    ended = together(shared, settings)
    assert [status for status, _ in ended] == [0, 0], ended
    # Both know the result, and only the first one tells of progress.
    (_, fvu, told, _), (_, same, silent, _) = (json.loads(out) for _, out in ended)
    assert fvu == same
    assert fvu == pytest.approx(report.metrics.fvu, rel=1e-3)
    assert (told > 38, silent) == (True, 0)
    mine, theirs = Sae.load(alone), Sae.load(shared)
    for name, array in mine.tensors().items():
        np.testing.assert_allclose(theirs.tensors()[name], array, atol=2e-4, err_msg=name)
    records = load_run(alone), load_run(shared)
    assert records[0] is not None
    assert records[1] is not None
    for first, second in zip(records[0].epochs, records[1].epochs, strict=True):
        assert second.unexplained == pytest.approx(first.unexplained, rel=1e-4)
        assert second.dead == pytest.approx(first.dead, abs=1)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training by two processes."""
    folder = tmp_path_factory.mktemp("whole")
    ended = together(folder, SETTINGS)
    assert [status for status, _ in ended] == [0, 0], ended
    return folder


@pytest.mark.parametrize("rank", [0, 1])
def test_a_cancel_in_one_process_ends_both_and_can_be_resumed(
    uninterrupted: Path, tmp_path: Path, rank: int
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    ended = together(shared, SETTINGS, "cancel", str(rank), "900")
    assert [status for status, _ in ended] == [3, 3], ended
    ended = together(shared, SETTINGS)
    assert [status for status, _ in ended] == [0, 0], ended
    assert [json.loads(out)[3] for _, out in ended] == [900, 900]
    one, two = Sae.load(uninterrupted), Sae.load(shared)
    for name, array in one.tensors().items():
        np.testing.assert_array_equal(two.tensors()[name], array, err_msg=name)


@pytest.mark.parametrize("rank", [0, 1])
def test_a_process_that_dies_ends_the_other_with_an_explanation(tmp_path: Path, rank: int) -> None:
    ended = together(tmp_path, SETTINGS, "kill", str(rank), "900")
    assert ended[rank][0] not in (0, 3, 4)
    status, told = ended[1 - rank]
    assert status == 4, told
    assert "lost each other" in told


def test_without_torchrun_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with peers_from_environment() as peers:
        assert (peers.rank, peers.world) == (0, 1)
        assert peers.spread_text("ä") == "ä"


def test_the_line_to_type() -> None:
    arguments = ["train", "--library", "my library.saerch"]
    assert torchrun_line(arguments, 4) == (
        "torchrun --standalone --nproc-per-node 4 -m saerch_desktop.cli train --library 'my library.saerch'"
    )
    assert torchrun_line(arguments, 2, hosts=3).startswith(
        "torchrun --nproc-per-node 2 --nnodes 3 --rdzv-backend c10d --rdzv-endpoint HOST:29500 -m "
    )
