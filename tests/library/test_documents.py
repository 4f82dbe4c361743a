"""Documents come back as they were; keyword search takes any text."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saerch_desktop.library.composition import compose
from saerch_desktop.library.documents import packed, restored
from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress

Make = Callable[..., Path]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


# The first draw builds hypothesis' table of characters, which is slow on a busy machine.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["id", "title", "text", "date", "other", "ü"]), JSON))
def test_metadata_round_trip(fields: dict[str, Any]) -> None:
    roles = Roles(id="id", title="title", text=("text", "other"), date="date", facets=("ü", "title"))
    document = compose(fields, roles, 0)
    columns = {"id": document.id, "title": document.title, "text": document.text, "date": document.date}
    metadata, same = packed(document.metadata, columns)
    metadata.encode()
    found = restored(metadata, same, columns)
    assert found == fields
    assert list(found) == list(fields)
    for text in (document.id, document.title, document.text):
        text.encode()
        assert not {"\x00", "\x02", "\x03"}.intersection(text)


def test_half_a_surrogate_pair_is_kept_in_the_metadata(tmp_path: Path) -> None:
    fields = {"text": "broken \ud83d pair", "k\udc00": ["\ud800"], "float": float("inf")}
    import_records([fields], tmp_path / "x", roles=Roles(text=("text",)), source="s", progress=Progress())
    with Library.open(tmp_path / "x") as library:
        document = library.documents.get(0)
    assert document.text == "broken \ufffd pair"
    assert document.metadata == fields


def test_texts_are_stored_once(make_library: Make) -> None:
    with Library.open(make_library()) as library:
        record = library.documents._all("SELECT metadata FROM documents WHERE row = 0")[0][0]
        assert "told for the" not in record
        assert library.documents.get(0).metadata["text"].startswith("The orbit")


def test_reading(make_library: Make) -> None:
    with Library.open(make_library(50)) as library:
        documents = library.documents
        document = documents.get(7)
        assert (document.row, document.id, document.title) == (7, "d7", "About statute 7")
        assert document.date == "2007-03-08"
        assert document.facets == (("topic", "galaxy"), ("topic", "protein"), ("year", "2007"))
        assert document.metadata["extra"] == {"n": 7, "deep": [None, 1.5, "ü"]}
        assert [found.id for found in documents.many([3, 1, 3])] == ["d3", "d1", "d3"]
        assert documents.titles([2, 0]) == [documents.get(2).title, documents.get(0).title]
        assert documents.ids([4, 2]) == ["d4", "d2"]
        assert documents.row_of("d9") == 9
        assert documents.row_of("nobody") is None
        assert documents.row_of("\ud800") is None
        assert [row for row, _, _ in documents.texts(10, 13)] == [10, 11, 12]
        assert list(documents.texts(49, 90))[-1][0] == 49
        for rows in ([50], [-1], [1, 99]):
            with pytest.raises(IndexError):
                documents.many(rows)


def test_many_rows_at_once(make_library: Make) -> None:
    with Library.open(make_library(1300, dtype=None)) as library:
        rows = list(range(1299, -1, -1))
        assert [document.row for document in library.documents.many(rows)] == rows


def test_facets(make_library: Make) -> None:
    with Library.open(make_library(24)) as library:
        documents = library.documents
        assert documents.facet_names() == ["topic", "year"]
        assert documents.facet_values("topic") == [
            ("gradient", 12), ("protein", 12), ("galaxy", 8), ("kernel", 8), ("orbit", 8),
        ]  # fmt: skip
        assert documents.facet_values("topic", limit=1) == [("gradient", 12)]
        assert documents.facet_values("nothing") == []
        assert documents.facets_of([1])[0] == (("topic", "galaxy"), ("topic", "protein"), ("year", "2001"))
        assert documents.rows_with("topic", "galaxy").tolist() == list(range(1, 24, 3))


def test_keyword(make_library: Make) -> None:
    with Library.open(make_library(200, dtype=None)) as library:
        keyword = library.documents.keyword
        hits = keyword("sonata")
        assert hits
        assert all("\x02" in hit.snippet and "\x03" in hit.snippet for hit in hits)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        texts = {row: f"{title} {text}" for row, title, text in library.documents.texts(0, 200)}
        assert all(
            "orbit" in texts[hit.row] and "galaxy" in texts[hit.row] for hit in keyword("orbit galaxy")
        )
        assert keyword('"and the galaxy"')
        assert not keyword('"galaxy the and"')
        assert {hit.row for hit in keyword("gal*")} == {hit.row for hit in keyword("galaxy")}
        assert not any("kernel" in texts[hit.row] for hit in keyword("orbit -kernel"))
        assert {hit.row for hit in keyword("orbit unheardof")} == {hit.row for hit in keyword("orbit")}
        assert len(keyword("the", limit=7)) == 7
        assert keyword("ORBIT") == keyword("orbit")


def test_a_list_to_be_fused_holds_any_of_the_telling_words(make_library: Make) -> None:
    with Library.open(make_library(200, dtype=None)) as library:
        matches = library.documents.matches
        either = set(matches("orbit", any_of=True).rows) | set(matches("kernel", any_of=True).rows)
        assert set(matches("orbit and the kernel").rows) < either
        assert set(matches("orbit and the kernel", any_of=True).rows) == either, "“and” and “the” count not"
        assert set(matches("and the", any_of=True).rows) == set(matches("and OR the").rows)
        assert not set(matches("orbit kernel -galaxy", any_of=True).rows) & set(matches("galaxy").rows)
        assert set(matches("orbit AND kernel", any_of=True).rows) == set(matches("orbit AND kernel").rows)


ODD_QUERIES = (
    "", " ", "***", '"', '""', "-", "- -", "NOT", "AND OR", "a:b", "title:", "(", "^", "{a b}: c", "+",
    "\x00", "\ud800", "NEAR(a b)", "a" * 100_000, "a " * 5000, "-a",
)  # fmt: skip


@pytest.mark.parametrize("query", ODD_QUERIES)
def test_keyword_takes_any_text(make_library: Make, query: str) -> None:
    with Library.open(make_library(3, dtype=None)) as library:
        library.documents.keyword(query)


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.text(alphabet=st.characters() | st.sampled_from('"*-+():^{}\x00 \tANDORNT'), max_size=40))
def test_keyword_never_raises(open_documents: Any, query: str) -> None:
    open_documents.keyword(query, limit=3)


@pytest.fixture(scope="module")
def open_documents(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("documents") / "one.saerch"
    texts = [{"text": text} for text in ("one and or not", "near ü 漢字 two", "a b c")]
    import_records(texts, path, roles=Roles(text=("text",)), source="s", progress=Progress())
    with Library.open(path) as library:
        yield library.documents


def test_many_threads_read_at_once(make_library: Make) -> None:
    with Library.open(make_library(300, dtype=None)) as library:
        wrong: list[object] = []

        def read(seed: int) -> None:
            for n in range(40):
                row = (seed * 37 + n * 11) % 300
                if library.documents.get(row).id != f"d{row}" or not library.documents.keyword("orbit", 2):
                    wrong.append(row)

        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        library.documents.get(0)
        # Connections of threads that ended are closed when the next thread opens one.
        last = threading.Thread(target=lambda: library.documents.get(0))
        last.start()
        last.join()
        assert len(library.documents._connections._open) <= 2


def test_reading_handles_cannot_write(make_library: Make) -> None:
    import sqlite3

    with Library.open(make_library(3, dtype=None)) as library:
        connection = library.documents._connections.get()
        with pytest.raises(sqlite3.OperationalError):
            connection.execute("DELETE FROM documents")


def test_a_document_whose_fields_are_damaged_can_be_read(make_library: Callable[..., Path]) -> None:
    path = make_library(20, dtype=None)
    with contextlib.closing(sqlite3.connect(path / "documents.sqlite")) as connection:
        connection.execute("UPDATE documents SET metadata = '{no json' WHERE row = 3")
        connection.commit()
    with Library.open(path) as library:
        document = library.documents.get(3)
    assert (document.id, document.metadata) == ("d3", {})
