"""The two-second test of a device: it computes, it measures, and it tells each way to be unusable apart."""

from __future__ import annotations

import pytest
import torch

from saerch_desktop.embedding import devices
from saerch_desktop.embedding.devices import Device, judged
from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress
from saerch_desktop.sae import self_test as tests
from saerch_desktop.sae.self_test import self_test
from saerch_desktop.settings import change_settings

CPU = Device("cpu", 0, "Processor", 8 << 30, True)
CARD = Device("cuda", 0, "Card", 8 << 30, True)


def test_the_processor_passes_and_says_how_fast_it_is() -> None:
    found = self_test(CPU, Progress(), 0.1)
    assert found.passed, found.reason
    assert found.gigaflops > 0.1
    assert found.documents_per_second > 10


def test_wrong_numbers_fail_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    right = torch.Tensor.__matmul__
    monkeypatch.setattr(torch.Tensor, "__matmul__", lambda a, b: right(a, b) * 1.1)
    found = self_test(CPU, Progress(), 0.1)
    assert not found.passed
    assert "wrong numbers" in found.reason


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "memory"),
        (RuntimeError("CUDA error: no kernel image is available\nmore"), "no kernel image"),
        (AssertionError("Torch not compiled with CUDA enabled"), "not compiled"),
    ],
)
def test_a_device_that_breaks_down_is_told_in_its_own_words(
    error: Exception, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(tests, "_product", fail)
    found = self_test(CARD, Progress(), 0.1)
    assert not found.passed
    assert word in found.reason
    assert "\n" not in found.reason


def test_what_cannot_be_used_is_not_tried() -> None:
    device = judged(Device("cuda", 0, "Old card", 1 << 30, True), False)
    assert device.why == "too little memory"
    assert self_test(device, Progress(), 0.1).reason == device.reason


def test_it_can_be_stopped() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        self_test(CPU, progress)


def _cards(monkeypatch: pytest.MonkeyPatch, **having: object) -> Device:
    """The card as `devices` tells it on a computer with these."""
    monkeypatch.setattr(torch.version, "cuda", having.get("built", "13.0"))
    monkeypatch.setattr(torch.version, "hip", None, raising=False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: having.get("count", 0))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(having.get("count", 0)))
    monkeypatch.setattr(devices, "_told_by_driver", lambda: having.get("driver", []))
    monkeypatch.setattr(devices, "_on_bus", lambda: having.get("bus", False))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda at: (5 << 30, having.get("memory", 8 << 30)))
    named = type("About", (), {"name": "RTX"})
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda at: named)
    processor, card = devices.devices()
    assert (processor.kind, processor.usable) == ("cpu", True)
    return card


def test_each_reason_against_a_card_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    named = [("RTX", 8 << 30)]
    found = {
        "no card": _cards(monkeypatch, built=None),
        "no driver": _cards(monkeypatch, built=None, bus=True),
        "old torch": _cards(monkeypatch, built=None, driver=named),
        "driver failed": _cards(monkeypatch, driver=named),
        "too little memory": _cards(monkeypatch, count=1, memory=1 << 30),
        "": _cards(monkeypatch, count=1),
    }
    change_settings(force_cpu=True)
    found["switched off"] = _cards(monkeypatch, count=1)
    assert {why: card.why for why, card in found.items()} == {why: why for why in found}
    assert len({card.reason for card in found.values()}) == len(found)
    assert [why for why, card in found.items() if card.usable] == [""]


def test_the_computer_is_described() -> None:
    here = devices.computer()
    assert here.cores >= 1
    assert here.processor
    assert here.free_disk_bytes > 0
