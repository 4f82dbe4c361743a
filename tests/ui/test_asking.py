"""Filters, kind, weight and mixer hold on every way by which a search is asked again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ui.search_support import (
    BRIGHT,
    COUNT,
    LATE,
    STARS,
    TopicEmbedder,
    best,
    codes,
    embedder,
    first_edit,
    scores,
    searching,
    semantic,
    semantic_original,
    shown_rows,
)
from window_support import OpenWindow

from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.mix import Mix
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.window import MainWindow

__all__ = ["embedder", "searching", "semantic", "semantic_original"]


def test_a_search_keeps_to_its_filters(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("light of planets")
    plain = shown_rows(searching)
    search.add_filter("topic:stars")
    assert shown_rows(searching) == best(scores(searching), STARS)
    assert store.ranking.ranking.total == STARS.sum()
    search.add_filter("year>=2010")
    assert shown_rows(searching) == best(scores(searching), STARS & LATE)
    search.set_filters(store.filters.turned("topic:stars", out=True))
    assert shown_rows(searching) == best(scores(searching), ~STARS & LATE)
    search.set_filters(Filters(tuple(Chip(c.text) for c in store.filters.chips), either=True))
    assert shown_rows(searching) == best(scores(searching), STARS | LATE)
    search.set_filters(Filters())
    assert shown_rows(searching) == plain == best(scores(searching))


def test_a_filter_by_a_feature_masks_its_documents(searching: MainWindow) -> None:
    search = searching.controller.search
    search.submit("stars")
    active = codes(searching)
    feature = search.entries()[0].feature
    bound = float(np.median(active[active[:, feature] > 0, feature]))
    search.add_filter(Chip(f"#{feature}>{bound!r}", out=True))
    kept = ~(active[:, feature].astype(np.float32) > bound)
    assert 0 < kept.sum() < COUNT
    assert shown_rows(searching) == best(scores(searching), kept)


def test_the_mixer_and_its_undo_stay_through_filters(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("stars")
    edit = first_edit(searching, -0.6)
    search.edit((edit,))
    search.add_filter("year>=2010")
    assert store.mix.edits == (edit,)
    assert shown_rows(searching) == best(scores(searching, (edit,)), LATE)
    assert search.undo_stack.canUndo()
    search.undo_stack.undo()
    assert shown_rows(searching) == best(scores(searching), LATE)
    search.undo_stack.redo()
    search.set_filters(Filters())
    assert shown_rows(searching) == best(scores(searching, (edit,)))


def test_a_new_question_keeps_the_filters_and_not_the_mixer(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.add_filter("topic:stars")
    assert store.ranking is None, "filters alone ask nothing"
    search.submit("planets")
    search.edit((first_edit(searching),))
    search.submit("dust")
    assert store.mix == Mix()
    assert shown_rows(searching) == best(scores(searching), STARS)
    search.like_document(5)
    assert shown_rows(searching) == best(scores(searching), STARS)


def test_the_budget_is_a_setting_that_stays(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("planets")
    search.set_budget(0.9)
    search.edit((first_edit(searching),))
    search.submit("dust")
    assert store.mix == Mix(budget=0.9)
    search.set_kind("words")
    search.submit("bright")
    search.set_kind("meaning")
    assert store.mix == Mix(budget=0.9)


def test_the_same_text_again_is_not_embedded_again(searching: MainWindow, embedder: TopicEmbedder) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("planets")
    edit = first_edit(searching)
    search.edit((edit,))
    search.submit(" planets ")
    assert embedder.asked == ["planets"]
    assert store.mix.edits == (edit,)
    assert shown_rows(searching) == best(scores(searching, (edit,)))


def test_words_are_kept_to_filters_too(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.set_kind("words")
    search.submit("bright")
    assert store.matches.rows.size == BRIGHT.sum()
    assert {hit.row for hit in store.keyword_hits} == set(np.flatnonzero(BRIGHT).tolist())
    search.add_filter("topic:stars")
    assert {hit.row for hit in store.keyword_hits} == set(np.flatnonzero(BRIGHT & STARS).tolist())
    assert store.query is None
    assert store.ranking is None


def test_the_kind_changes_what_answers_and_keeps_the_mixer(
    searching: MainWindow, embedder: TopicEmbedder
) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("bright stars")
    edit = first_edit(searching)
    search.edit((edit,))
    steered = shown_rows(searching)
    search.set_kind("words")
    assert store.query is None
    assert store.keyword_hits
    assert store.mix == Mix(), "nothing is steered where words alone are searched"
    search.add_filter("topic:stars")
    search.set_kind("meaning")
    assert store.mix.edits == (edit,)
    assert store.keyword_hits is None
    assert shown_rows(searching) == best(scores(searching, (edit,)), STARS)
    search.set_filters(Filters())
    assert shown_rows(searching) == steered
    assert embedder.asked == ["bright stars"], "embedded once"


def test_words_typed_before_are_embedded_when_meaning_is_wanted(
    searching: MainWindow, embedder: TopicEmbedder
) -> None:
    search = searching.controller.search
    search.set_kind("words")
    search.submit("bright stars")
    assert embedder.asked == []
    search.set_kind("meaning")
    assert embedder.asked == ["bright stars"]
    assert shown_rows(searching) == best(scores(searching))


def fused(window: MainWindow, weight: float, edits: tuple[Edit, ...] = ()) -> list[int]:
    """Reciprocal rank fusion, spelt out."""
    by_meaning = best(scores(window, edits), top=1000)
    by_words = window.store.matches.rows.tolist()
    points: dict[int, float] = {}
    for share, order in ((1 - weight, by_meaning), (weight, by_words)):
        for place, row in enumerate(order, 1):
            points[row] = points.get(row, 0.0) + share / (60 + place)
    return sorted(points, key=lambda row: (-round(points[row], 12), row))


def test_both_are_one_list_whose_weight_can_be_moved(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("bright stars")
    search.set_kind("both")
    assert shown_rows(searching)[:20] == fused(searching, 0.5)[:20]
    search.set_weight(0.9)
    assert store.ranking.ranking.fused.weight == pytest.approx(0.9)
    assert shown_rows(searching)[:20] == fused(searching, 0.9)[:20]
    edit = first_edit(searching, -0.8)
    search.edit((edit,))
    assert shown_rows(searching)[:20] == fused(searching, 0.9, (edit,))[:20]
    search.set_kind("meaning")
    assert store.matches is None
    assert shown_rows(searching) == best(scores(searching, (edit,)))


def test_a_document_as_query_has_no_words_to_search(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.set_kind("words")
    search.like_document(9)
    assert shown_rows(searching)[0] == 9
    search.set_kind("both")
    assert store.ranking.ranking.fused is None


def test_a_condition_that_cannot_be_applied_is_switched_off_and_said(searching: MainWindow) -> None:
    search, store, bar = searching.controller.search, searching.store, searching.search_pane.filters
    search.submit("stars")
    search.add_filter("nonsense:1")
    assert [chip.on for chip in store.filters.chips] == [False]
    assert shown_rows(searching) == best(scores(searching))
    assert "nonsense" in bar.trouble.text()


def test_a_search_that_fails_leaves_the_last_one_as_it_was(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("stars")
    search.add_filter("year>=2010")
    before = shown_rows(searching)
    search.submit("this will fail")
    assert len(searching.notices.cards) == 1
    assert shown_rows(searching) == before
    assert store.searching == ""
    search.set_filters(Filters())
    assert shown_rows(searching) == best(scores(searching)), "of the question in force, not of the failed one"


# Sessions ------------------------------------------------------------------------------------------------


def test_another_sae_keeps_the_question_and_plain_filters_only(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("stars")
    feature = search.entries()[0].feature
    search.edit((Edit(feature, 0.5),))
    search.add_filter("year>=2010")
    search.add_filter(f"topic:stars OR #{feature}")
    searching.controller.library.use_sae("others")
    assert store.library.sae == "others"
    assert [chip.text for chip in store.filters.chips] == ["year>=2010"]
    assert store.mix == Mix()
    assert "taken away" in store.notices[-1].happened
    assert shown_rows(searching) == best(scores(searching), LATE)
    assert store.query.indices.max() < 24


def test_another_sae_while_words_are_searched_asks_anew_by_meaning(searching: MainWindow) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("bright stars")
    search.edit((first_edit(searching),))
    search.set_kind("words")
    searching.controller.library.use_sae("others")
    assert store.keyword_hits
    search.set_kind("meaning")
    assert store.mix == Mix(), "its sliders were of another SAE"
    assert store.query.indices.max() < 24, "coded by the SAE in use"
    assert shown_rows(searching) == best(scores(searching))


def test_a_library_read_anew_keeps_everything(searching: MainWindow, embedder: TopicEmbedder) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("bright stars")
    search.set_kind("both")
    search.set_weight(0.3)
    edit = first_edit(searching)
    search.edit((edit,))
    search.add_filter(f"#{edit.feature}")
    before, query = shown_rows(searching), store.query
    searching.controller.library.refresh(store.library.path, "features")
    assert store.query is not query
    assert (store.kind, store.weight) == ("both", 0.3)
    assert store.mix.edits == (edit,)
    assert shown_rows(searching) == before
    assert embedder.asked == ["bright stars"]


def test_another_library_starts_from_nothing(searching: MainWindow, semantic: Path, tmp_path: Path) -> None:
    import shutil

    search, store = searching.controller.search, searching.store
    search.set_kind("both")
    search.submit("bright stars")
    search.add_filter("topic:stars")
    other = Path(shutil.copytree(semantic, tmp_path / "Other.saerch"))
    searching.controller.library.open(other, "features")
    assert (store.kind, store.weight, store.filters) == ("meaning", 0.5, Filters())
    assert store.query is None
    assert store.matches is None
    assert searching.search_pane.kind.kind.currentText() == "Meaning"
    assert searching.search_pane.filters.total.text() == ""
    searching.controller.library.close()
    assert search.asked() is None


def test_a_search_can_be_asked_for_again_later(searching: MainWindow, embedder: TopicEmbedder) -> None:
    search, store = searching.controller.search, searching.store
    search.submit("bright stars")
    search.set_kind("both")
    search.add_filter("year>=2010")
    edit = first_edit(searching)
    search.edit((edit,))
    kept, before = search.asked(), shown_rows(searching)
    assert kept is not None
    search.set_filters(Filters())
    search.set_kind("meaning")
    search.like_document(3)
    search.ask_for(kept)
    assert shown_rows(searching) == before
    assert (store.kind, store.mix.edits, store.query_text) == ("both", (edit,), "bright stars")
    assert embedder.asked == ["bright stars"], "from its vector"
    search.set_kind("words")
    assert store.keyword_hits, "it remembers its words"


def test_reopened_with_filters_and_kind(
    open_window: OpenWindow, semantic: Path, embedder: TopicEmbedder
) -> None:
    window = open_window()
    window.controller.library.open(semantic, "features")
    search = window.controller.search
    search.submit("bright stars")
    search.set_kind("both")
    feature = search.entries()[0].feature
    search.set_filters(Filters((Chip("year>=2010"), Chip(f"#{feature}", out=True), Chip("dust", on=False))))
    rows, filters = shown_rows(window), window.store.filters
    window.close()
    again = open_window()
    again.restore()
    assert again.store.filters == filters
    assert again.store.kind == "both"
    assert shown_rows(again) == rows
    assert embedder.asked == ["bright stars"]
    assert [chip.chip for chip in again.search_pane.filters.chips if chip.isVisible()] == list(filters.chips)
