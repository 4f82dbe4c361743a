from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saerch_desktop.embedding.base import EmbeddingBatch, document_text
from saerch_desktop.embedding.job import embed_library
from saerch_desktop.embedding.online.embedder import OnlineEmbedder
from saerch_desktop.embedding.online.endpoint import endpoint_at
from saerch_desktop.embedding.online.sender import Patience
from saerch_desktop.embedding.registry import embedder_for, open_embedder
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.progress import Progress, Update
from saerch_desktop.settings import load_settings

MakeLibrary = Callable[[Sequence[str]], Path]
HASTE = Patience(tries=2, first_wait_s=0.001, longest_wait_s=0.01, timeout_s=20)


class CountingEmbedder:
    """A local embedder that only knows `embed`: the length of a text decides its vector."""

    uses_network = False
    batch_size = 7

    def __init__(self, name: str = "lengths", fail: Callable[[str], bool] = lambda text: False) -> None:
        self.identity = EmbedderIdentity(kind="given", name=name, dim=3)
        self.fail = fail
        self.calls: list[int] = []

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> EmbeddingBatch:
        self.calls.append(len(texts))
        vectors = np.array([[len(text), 1, 0] for text in texts], dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        failed = {at: "too odd" for at, text in enumerate(texts) if self.fail(text)}
        vectors[list(failed)] = np.nan
        return EmbeddingBatch(vectors, failed)


def online(service: Any, **more: Any) -> OnlineEmbedder:
    return OnlineEmbedder("model-x", endpoint_at(service.url), patience=HASTE, **more)


def test_every_document_gets_its_vector(make_library: MakeLibrary) -> None:
    texts = ["x" * (at + 1) for at in range(30)]
    seen: list[Update] = []
    with Library.open(make_library(texts), write=True) as library:
        report = embed_library(library, CountingEmbedder(), Progress(seen.append))
        assert (report.rows, report.embedded, report.resumed, report.failed) == (30, 30, 0, 0)
        assert library.vectors is not None
        lengths = [len(document_text(f"Title {at}", text)) for at, text in enumerate(texts)]
        made = library.vectors.block(0, 30)
        np.testing.assert_allclose(made[:, 0] / made[:, 1], lengths, rtol=1e-5)
        assert library.manifest.vectors is not None
        assert library.manifest.vectors.embedder.name == "lengths"
    assert (seen[0].done, seen[-1].done, seen[-1].total) == (0, 30, 30)
    assert any(update.eta_s is not None for update in seen)


def test_nothing_is_done_twice(make_library: MakeLibrary) -> None:
    embedder = CountingEmbedder()
    with Library.open(make_library(["a", "b"]), write=True) as library:
        embed_library(library, embedder, Progress())
        calls = list(embedder.calls)
        report = embed_library(library, embedder, Progress())
    assert embedder.calls == calls
    assert (report.embedded, report.resumed) == (0, 2)


def test_embedders_are_not_mixed(make_library: MakeLibrary) -> None:
    with Library.open(make_library(["a", "b"]), write=True) as library:
        embed_library(library, CountingEmbedder("one"), Progress())
        with pytest.raises(UserError, match="come from given:one"):
            embed_library(library, CountingEmbedder("other"), Progress())


def test_an_unfinished_embedding_is_not_continued_by_another_embedder(
    service: Any, make_library: MakeLibrary
) -> None:
    with Library.open(make_library([f"text {at}" for at in range(200)]), write=True) as library:
        with pytest.raises(UserError, match="budget"):
            embed_library(library, online(service, budget_tokens=400), Progress())
        with pytest.raises(UserError, match="cannot be compared"):
            embed_library(library, CountingEmbedder(), Progress())


def test_failed_texts_become_missing_rows_and_problems(make_library: MakeLibrary) -> None:
    embedder = CountingEmbedder(fail=lambda text: "odd" in text)
    with Library.open(make_library(["a", "an odd one", "b"]), write=True) as library:
        report = embed_library(library, embedder, Progress())
        assert (report.embedded, report.failed) == (2, 1)
        assert library.vectors is not None
        assert library.vectors.missing.tolist() == [1]
        assert np.isnan(library.vectors.array[1]).all()
        problems = [problem.detail for problem in library.documents.problems()]
    assert problems == ["too odd"]


def test_a_library_in_which_nothing_works_stays_without_vectors(make_library: MakeLibrary) -> None:
    with Library.open(make_library(["a", "b"]), write=True) as library:
        with pytest.raises(UserError, match=r"Not one document.*too odd"):
            embed_library(library, CountingEmbedder(fail=lambda text: True), Progress())
        assert library.vectors is None
        assert embed_library(library, CountingEmbedder(), Progress()).embedded == 2


def test_an_empty_library_is_explained(tmp_path: Path) -> None:
    with Library.create(tmp_path / "empty.saerch") as library, pytest.raises(UserError, match="no documents"):
        embed_library(library, CountingEmbedder(), Progress())


def test_cancel_keeps_what_was_made(service: Any, make_library: MakeLibrary) -> None:
    progress = Progress(lambda update: progress.cancel() if update.done >= 32 else None)
    with Library.open(make_library([f"text {at}" for at in range(100)]), write=True) as library:
        with pytest.raises(Cancelled):
            embed_library(library, online(service, dim=8), progress)
        paid = sum(service.paid.values())
        report = embed_library(library, online(service, dim=8), Progress())
        assert (report.resumed, report.embedded) == (paid, 100 - paid)
    assert set(service.paid.values()) == {1}


def test_budget_then_more_budget_pays_each_text_once(service: Any, make_library: MakeLibrary) -> None:
    path = make_library([f"the text of number {at}" for at in range(150)])
    spent, report = 0, None
    while report is None:
        embedder = online(service, dim=8, budget_tokens=600)
        with Library.open(path, write=True) as library, contextlib.suppress(UserError):
            report = embed_library(library, embedder, Progress())
        assert 0 < embedder.tokens_spent <= 600
        spent += embedder.tokens_spent
    assert report.resumed + report.embedded == 150
    assert spent == service.tokens
    assert set(service.paid.values()) == {1}


def test_failures_of_an_interrupted_run_are_not_paid_again(service: Any, make_library: MakeLibrary) -> None:
    texts = [f"text {at}" for at in range(80)]
    bad = document_text("Title 3", "text 3")
    service.special = {bad: [0.0] * 8}
    path = make_library(texts)
    with Library.open(path, write=True) as library, pytest.raises(UserError, match="budget"):
        embed_library(library, online(service, dim=8, budget_tokens=200), Progress())
    with Library.open(path, write=True) as library:
        report = embed_library(library, online(service, dim=8), Progress())
        assert report.failed == 1
        assert [problem.record for problem in library.documents.problems()] == [3]
    assert set(service.paid.values()) == {1}


def test_queries_go_to_the_service_that_made_the_vectors(service: Any, make_library: MakeLibrary) -> None:
    path = make_library(["a", "b"])
    with Library.open(path, write=True) as library:
        embed_library(library, open_embedder("openai:model-x", base_url=service.url), Progress())
    assert load_settings().endpoints == {"model-x": service.url}
    with Library.open(path) as library:
        embedder = embedder_for(library)
        asked = len(service.seen)
        vectors = embedder.embed(["a query"]).vectors
    np.testing.assert_allclose(vectors[0], service.vector("a query"), atol=1e-6)
    assert len(service.seen) == asked + 1


_CHILD = """
import sys
from pathlib import Path
from saerch_desktop.embedding.job import embed_library
from saerch_desktop.embedding.registry import open_embedder
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
with Library.open(Path(sys.argv[1]), write=True) as library:
    report = embed_library(library, open_embedder("openai:model-x", base_url=sys.argv[2]), Progress())
    print(report.resumed, report.embedded)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills a process with SIGKILL")
@pytest.mark.parametrize("requests", [1, 4])
def test_after_kill_9_nothing_is_paid_twice_but_the_request_in_flight(
    service: Any, make_library: MakeLibrary, requests: int
) -> None:
    texts = [f"text number {at}" for at in range(400)]
    path = make_library(texts)
    service.hold_after = requests
    command = [sys.executable, "-c", _CHILD, str(path), service.url]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        # Later requests are held open, so the child now waits for one with all earlier answers behind it.
        assert service.holding.wait(60)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    in_flight = set(service.seen[-1]["input"])
    assert len(service.seen) == requests + 1
    answered = sum(len(body["input"]) for body in service.seen[1:requests])
    service.hold_after = None
    service.released.set()

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    resumed, embedded = map(int, done.stdout.split())
    wanted = {document_text(f"Title {at}", text) for at, text in enumerate(texts)}
    paid = {text: count for text, count in service.paid.items() if text in wanted}
    assert set(paid) == wanted
    assert resumed + embedded == 400
    # The first request only asks for the length of the vectors.
    assert resumed == answered
    assert {text for text, count in paid.items() if count > 1} <= in_flight
    assert max(paid.values()) <= 2
    with Library.open(path) as library:
        assert library.vectors is not None
        rows = library.vectors.block(0, 400)
    expected = np.stack([service.vector(document_text(f"Title {at}", text)) for at, text in enumerate(texts)])
    np.testing.assert_allclose(rows, expected, atol=1e-6)
