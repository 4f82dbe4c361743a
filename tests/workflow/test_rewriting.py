"""A query rewritten by a scripted model on this computer, beside its steering."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_library
from chat_support import ChatService, words_of

from saerch_desktop.embedding.online.sender import Patience
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.llm.settings import LlmSettings
from saerch_desktop.progress import Progress
from saerch_desktop.search.mix import Steer
from saerch_desktop.search.steering import Edit, cosine
from saerch_desktop.workflow.rewriting import Rewrite, rewrite_query, wishes
from saerch_desktop.workflow.session import Session, open_session

HASTE = Patience(tries=2, first_wait_s=0.001, longest_wait_s=0.01, timeout_s=20)


class Rewriter(ChatService):
    """Answers every query with the same words."""

    reply_words = "QUERY: flour and dough in the oven"

    def __init__(self) -> None:
        super().__init__(())

    def thought(self, body: dict[str, Any]) -> str:
        return self.reply_words


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_library.make_trained(tmp_path_factory.mktemp("rewriting") / "small.saerch")


@pytest.fixture
def session(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    made = small_library.WordEmbedder()
    monkeypatch.setattr("saerch_desktop.embedding.registry.embedder_for", lambda *_, **__: made)
    with open_session(Path(shutil.copytree(original, tmp_path / "own.saerch"))) as opened:
        yield opened


@pytest.fixture
def model() -> Iterator[Rewriter]:
    service = Rewriter()
    yield service
    service.stop()


def steer_of(session: Session) -> Steer:
    query = session.engine.query("spiral star")
    silent = int(np.setdiff1d(np.arange(small_library.FEATURES), query.indices)[0])
    return Steer((Edit(silent, 0.3), Edit(int(query.indices[0]), -0.2)), ())


def rewritten(session: Session, model: Rewriter, **more: Any) -> Rewrite:
    settings = LlmSettings(model="scripted", base_url=model.url, **more)
    query = session.engine.query("spiral star")
    return rewrite_query(session, query, steer_of(session), settings, Progress(), patience=HASTE)


def test_the_rewrite_is_searched_and_compared(session: Session, model: Rewriter) -> None:
    found = rewritten(session, model)
    embedder = small_library.WordEmbedder()
    q, r = embedder.vectors(["spiral star", found.text]).astype(np.float64)
    assert found.text == "flour and dough in the oven"
    assert found.cosine == pytest.approx(q @ r, abs=1e-5)
    features = session.required_features()
    steer = steer_of(session)
    deltas = np.array([edit.delta for edit in steer.edits])
    steered = q + deltas @ features.sae.decoder[[edit.feature for edit in steer.edits]].astype(np.float64)
    assert found.steered_cosine == pytest.approx(cosine(q, steered), abs=1e-5)
    assert found.between == pytest.approx(cosine(r, steered), abs=1e-5)
    vectors = session.library.vectors
    assert vectors is not None
    x = vectors.block(0, vectors.rows).astype(np.float64)
    order = {name: np.argsort(-(x @ v), kind="stable") for name, v in (("q", q), ("s", steered), ("r", r))}
    tens = {name: set(rows[:10].tolist()) for name, rows in order.items()}
    assert found.overlap == pytest.approx(len(tens["s"] & tens["r"]) / 10, abs=0.1)
    assert found.before_steered == pytest.approx(len(tens["s"] & tens["q"]) / 10, abs=0.1)
    assert {mover.row for mover in found.movers} == set(
        session.engine.rank(session.engine.query("spiral star"), steer.edits, top=10).rows.tolist()
    ) | {mover.row for mover in found.movers if mover.rewritten is not None and mover.rewritten <= 10}
    for mover in found.movers:
        assert x[mover.row] @ q == pytest.approx(
            x[order["q"][mover.before - 1 if mover.before else 0]] @ q, abs=1e-5
        )


def test_only_the_query_and_the_names_are_sent(session: Session, model: Rewriter) -> None:
    rewritten(session, model)
    up, down = wishes(session, steer_of(session))
    assert len(model.seen) == 1
    said = words_of(model.seen[0])
    for told in ("spiral star", *up, *down):
        assert told in said
    assert "number " not in said  # what every document's text holds


def test_an_answer_is_not_paid_for_twice(session: Session, model: Rewriter) -> None:
    assert rewritten(session, model).tokens > 0
    again = rewritten(session, model)
    assert (again.tokens, len(model.seen)) == (0, 1)
    rewritten(session, model, again=True)
    assert len(model.seen) == 2


def test_filters_stay(session: Session, model: Rewriter) -> None:
    rows = session.engine.query("x").base.size
    mask = np.arange(rows) % 2 == 0
    query = session.engine.query("spiral star").within(mask)
    settings = LlmSettings(model="scripted", base_url=model.url)
    found = rewrite_query(session, query, steer_of(session), settings, Progress(), patience=HASTE)
    assert all(mover.row % 2 == 0 for mover in found.movers)


def test_nothing_is_sent_without_permission_or_changes(session: Session, model: Rewriter) -> None:
    query = session.engine.query("spiral star")
    far = LlmSettings(model="m", base_url="https://example.org/v1")
    with pytest.raises(UserError, match=r"Rewriting the query with example\.org needs the network"):
        rewrite_query(session, query, steer_of(session), far, Progress())
    near = LlmSettings(model="m", base_url=model.url)
    with pytest.raises(UserError, match="No slider is moved"):
        rewrite_query(session, query, Steer((), ()), near, Progress())
    with pytest.raises(UserError, match="No model"):
        rewrite_query(session, query, steer_of(session), LlmSettings(model=" "), Progress())
    assert not model.seen


def test_an_answer_of_no_use_is_asked_for_once_more_and_then_told(session: Session, model: Rewriter) -> None:
    model.reply_words = "I would rather not.\nReally."
    with pytest.raises(UserError, match="did not rewrite the query"):
        rewritten(session, model)
    assert len(model.seen) == 2
    assert "QUERY:" in model.seen[1]["messages"][-1]["content"]


def test_a_budget_of_tokens_is_kept(session: Session, model: Rewriter) -> None:
    with pytest.raises(UserError, match="budget"):
        rewritten(session, model, budget_tokens=20)
    assert not model.seen


def test_it_can_be_stopped(session: Session, model: Rewriter) -> None:
    model.hold_after = 0
    progress = Progress()
    query, steer = session.engine.query("spiral star"), steer_of(session)
    settings = LlmSettings(model="scripted", base_url=model.url)

    def stop() -> None:
        assert model.holding.wait(20)
        progress.cancel()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(Cancelled):
        rewrite_query(session, query, steer, settings, progress, patience=HASTE)
    thread.join()
    model.released.set()
