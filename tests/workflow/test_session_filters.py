"""Filters of a session: kept answers, their number bounded, counts beside plain ones."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.workflow import session as module
from saerch_desktop.workflow.session import Session, open_session


def words_of(session: Session) -> list[str]:
    documents = session.library.documents
    return [f"{title} {text}".casefold() for _, title, text in documents.texts(0, len(documents))]


def test_a_filter_is_worked_out_once(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_session(trained) as session:
        texts = words_of(session)
        first = session.mask("yeast")
        np.testing.assert_array_equal(first, ["yeast" in text for text in texts])
        monkeypatch.setattr(Session, "where", None)
        again = session.mask("yeast")
        np.testing.assert_array_equal(again, first)
        assert again.dtype == np.bool_
        again[:] = False
        np.testing.assert_array_equal(session.mask("yeast"), first)


def test_only_the_filters_used_last_are_kept(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MASKS", 3)
    with open_session(trained) as session:
        for text in ("yeast", "oven", "bread", "yeast", "id:doc-1"):
            session.mask(text)
        assert list(session._once.masks) == ["bread", "yeast", "id:doc-1"]


def test_counts_are_of_every_chip_by_itself(trained: Path) -> None:
    with open_session(trained) as session:
        texts = words_of(session)
        yeast = sum("yeast" in text for text in texts)
        chips = (Chip("yeast"), Chip("yeast", out=True), Chip("nosuch:thing"), Chip("oven", on=False))
        counts = session.counts(Filters(chips))
        assert counts == (yeast, len(texts) - yeast, None, sum("oven" in text for text in texts))
        assert session.counts(Filters()) == ()
        with pytest.raises(UserError):
            session.within(Filters((Chip("nosuch:thing"),)))
        assert session.within(Filters((Chip("nosuch:thing", on=False),))) is None


def test_filters_of_features(trained: Path) -> None:
    with open_session(trained) as session:
        features = session.required_features()
        feature = int(np.argmax(features.statistics.count))
        rows, values = features.inverted.of(feature)
        wanted = np.zeros(len(session.library.documents), bool)
        wanted[rows[values > 0.2]] = True
        np.testing.assert_array_equal(session.mask(f"#{feature} > 0.2"), wanted)
        hidden = session.within(Filters((Chip(f"#{feature} > 0.2", out=True),)))
        np.testing.assert_array_equal(hidden, ~wanted)


def test_many_threads_ask_at_once(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MASKS", 2)
    with open_session(trained) as session:
        texts = words_of(session)
        wrong: list[object] = []

        def ask(seed: int) -> None:
            try:
                for turn in range(30):
                    word = ("yeast", "oven", "bread")[(seed + turn) % 3]
                    if session.mask(word).tolist() != [word in text for text in texts]:
                        wrong.append(word)
            except Exception as error:  # noqa: BLE001
                wrong.append(error)

        threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
