"""Torch comes into the program with the collector at rest and the number of threads that was asked for."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
import torch

from saerch_desktop.embedding import torch_setup
from saerch_desktop.embedding.torch_setup import load_torch, may_use_card, rest_waiting_threads, use_threads
from saerch_desktop.sae.model import choose_device
from saerch_desktop.settings import Settings, save_settings


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch_setup._usual_threads = None
    yield
    torch_setup._usual_threads = None
    torch.set_num_threads(threads)
    gc.unfreeze()


def test_threads_are_told_to_sleep_unless_the_user_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    rest_waiting_threads()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    rest_waiting_threads()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


@pytest.mark.parametrize("training", [False, True])
def test_what_was_imported_is_never_collected_again(training: bool) -> None:
    load_torch(training)
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000


def test_the_collector_stays_off_where_it_was_off() -> None:
    gc.disable()
    try:
        load_torch()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_threads_of_the_settings_are_used() -> None:
    wanted = torch.get_num_threads() + 1
    save_settings(Settings(torch_threads=wanted))
    load_torch()
    assert torch.get_num_threads() == wanted


def test_threads_can_be_changed_and_given_back() -> None:
    usual = torch.get_num_threads()
    use_threads(usual + 2)
    assert torch.get_num_threads() == usual + 2
    use_threads(None)
    assert torch.get_num_threads() == usual


def test_a_card_is_left_alone_where_the_settings_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert may_use_card()
    save_settings(Settings(force_cpu=True))
    assert not may_use_card()
    assert choose_device("auto").type == "cpu"
    assert choose_device("cuda").type == "cuda", "asked for by name"
