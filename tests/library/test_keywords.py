"""Typed words mean what a plain reading of every document says, and are found again to be marked."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saerch_desktop.errors import Cancelled
from saerch_desktop.library.importing import import_records
from saerch_desktop.library.keywords import hit_pattern, match_expressions
from saerch_desktop.library.library import Library
from saerch_desktop.library.roles import Roles
from saerch_desktop.library.snippets import snippet
from saerch_desktop.progress import Progress

TEXTS = [
    " ".join(word for bit, word in enumerate(("red", "green", "blue", "dark")) if number >> bit & 1)
    for number in range(16)
] + ["dark blue sky", "greenish Café", "reddish cafe", "naïve naivety", "re-dark", "blue_dark"]

Holds = Callable[[str], bool]


def has(word: str) -> Holds:
    return lambda text: word in re.findall(r"[^\W_]+", text.lower())


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    path = tmp_path_factory.mktemp("words") / "w.saerch"
    records = [{"text": text or "nothing"} for text in TEXTS]
    import_records(records, path, roles=Roles(text=("text",)), source="s", progress=Progress())
    with Library.open(path) as opened:
        yield opened


def found(library: Library, query: str) -> set[int]:
    return set(library.documents.matches(query).rows.tolist())


def meant(holds: Holds) -> set[int]:
    return {row for row, text in enumerate(TEXTS) if holds(text)}


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("red AND blue", lambda t: has("red")(t) and has("blue")(t)),
        ("red OR blue", lambda t: has("red")(t) or has("blue")(t)),
        ("red NOT blue", lambda t: has("red")(t) and not has("blue")(t)),
        ("red AND NOT (blue OR dark)", lambda t: has("red")(t) and not (has("blue")(t) or has("dark")(t))),
        ("(red OR green) blue -dark", lambda t: (has("red")(t) or has("green")(t)) and has("blue")(t)
         and not has("dark")(t)),
        ("red OR green AND blue", lambda t: has("red")(t) or (has("green")(t) and has("blue")(t))),
        ("NOT dark AND red", lambda t: has("red")(t) and not has("dark")(t)),
        ("NOT NOT dark AND red", lambda t: has("red")(t) and has("dark")(t)),
        ('"dark blue" OR "blue dark"', lambda t: "dark blue" in t or "blue dark" in t or "blue_dark" in t),
        ("(red OR green) AND blue -dark", lambda t: (has("red")(t) or has("green")(t)) and has("blue")(t)
         and not has("dark")(t)),
        ("green* NOT green", lambda t: "greenish" in t),
        ('"dark bl"*', lambda t: "dark bl" in t),
        ('"dark bl"* OR greenish', lambda t: "dark bl" in t or "greenish" in t),
        ("CAFÉ", lambda t: "caf" in t.lower()),
        ("re-dark", lambda t: "re-dark" in t),
        ("red OR", has("red")),
        ("NOT red", lambda t: False),
        ("red AND (blue", lambda t: has("red")(t) and has("blue")(t)),
    ],
)  # fmt: skip
def test_signs_join_words(library: Library, query: str, holds: Holds) -> None:
    assert found(library, query) == meant(holds)


def test_parentheses_alone_are_how_people_write(library: Library) -> None:
    assert match_expressions("red (dark) blue") == [
        '("red" AND "(dark)" AND "blue")',
        '("red" OR "(dark)" OR "blue")',
    ]
    assert found(library, "(nowhere) sky") == {16}


WORDS = st.sampled_from(["red", "green", "blue", "dark"])
TREES = st.recursive(
    WORDS,
    lambda inner: st.tuples(st.sampled_from(["AND", "OR", "WITHOUT"]), inner, inner),
    max_leaves=8,
)
Tree = str | tuple[str, "Tree", "Tree"]


def told(tree: Tree) -> str:
    if isinstance(tree, str):
        return tree
    sign = "AND NOT" if tree[0] == "WITHOUT" else tree[0]
    return f"({told(tree[1])} {sign} {told(tree[2])})"


def true_of(tree: Tree, text: str) -> bool:
    if isinstance(tree, str):
        return has(tree)(text)
    left, right = true_of(tree[1], text), true_of(tree[2], text)
    return {"AND": left and right, "OR": left or right, "WITHOUT": left and not right}[tree[0]]


@settings(deadline=None, max_examples=80)
@given(tree=TREES)
def test_any_sentence_of_signs(library: Library, tree: Tree) -> None:
    assert found(library, told(tree)) == meant(lambda text: true_of(tree, text))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(["AND", "OR", "NOT", "(", ")", "red", "-dark", '"a b"', "bl*", '"', "*"])))
def test_nothing_typed_breaks_the_index(library: Library, parts: list[str]) -> None:
    query = " ".join(parts)
    matches = library.documents.matches(query)
    pattern = hit_pattern(query)
    for row in matches.rows.tolist():
        assert pattern is not None
        assert pattern.search(TEXTS[row]) is not None


@pytest.mark.parametrize(
    ("query", "text", "hits"),
    [
        ("dark matter", "Dark things matter; darkness does not", ["Dark", "matter"]),
        ('"dark matter"', "dark, matter and dark  matter", ["dark, matter", "dark  matter"]),
        ("dark* -matter", "darkness matter", ["darkness"]),
        ("red AND NOT (blue OR dark)", "red blue dark", ["red"]),
        ("red NOT NOT blue OR dark", "red blue dark", ["red", "blue", "dark"]),
        ("red AND NOT (blue OR (dark AND sky))", "red blue dark sky", ["red"]),
        ("cafe", "Café CAFE\u0301 cafes", ["Café", "CAFE\u0301"]),
        ("naïve*", "naivety NAÏVETÉ", ["naivety", "NAÏVETÉ"]),
        ("a_b", "a b a-b ab", ["a b", "a-b"]),
        ("blue", "deep_blue bluest", ["blue"]),
        ("blue OR \"blue moon\"", "blue moon, blue", ["blue moon", "blue"]),
        ("C++ (x)", "c x", ["c", "x"]),
        ("漢字", "漢字 漢", ["漢字"]),
    ],
)  # fmt: skip
def test_words_to_mark(query: str, text: str, hits: list[str]) -> None:
    pattern = hit_pattern(query)
    assert pattern is not None
    assert pattern.findall(text) == hits


@pytest.mark.parametrize("query", ["", " ", "***", "-red", "NOT red", "()", "\ud800", '"-"'])
def test_nothing_to_mark(query: str) -> None:
    assert hit_pattern(query) is None


def test_texts_of_accents_alone_are_read_in_no_time() -> None:
    pattern = hit_pattern('"a b" or "a b*"')
    assert pattern is not None
    began = time.perf_counter()
    assert snippet(pattern, ["a" + "\u0301" * 10_000 + "x"]) == ""
    assert time.perf_counter() - began < 1
    assert pattern.search("A\u0301\u0302 \u0301b\u0301") is not None


def test_a_pasted_page_is_no_slow_pattern() -> None:
    page = " ".join(f"wörd{number}" * 20 for number in range(5000))
    pattern = hit_pattern(page)
    assert pattern is not None
    assert len(pattern.pattern) < 200_000


def test_marks_are_where_the_index_finds_words(library: Library) -> None:
    """The index's own snippets and the pattern agree, letter by letter."""
    for query in ("red OR dark", "cafe", "gree*", '"blue dark"', "naive*"):
        pattern = hit_pattern(query)
        assert pattern is not None
        matches = library.documents.matches(query)
        for row, cut in library.documents.snippets(matches, matches.rows.tolist()).items():
            marked = re.sub(r"\x03([\W_]+)\x02", r"\1", cut) if query.startswith('"') else cut
            assert marked == pattern.sub("\x02\\g<0>\x03", TEXTS[row])


def test_the_scores_are_those_of_the_index(library: Library) -> None:
    matches = library.documents.matches("red OR dark")
    hits = library.documents.keyword("red OR dark", limit=1000)
    assert [hit.row for hit in hits] == matches.rows.tolist()
    order = sorted(zip((-matches.scores).tolist(), matches.rows.tolist(), strict=True))
    assert [row for _, row in order] == matches.rows.tolist()


def test_beginnings_of_words_have_snippets_of_their_own(library: Library) -> None:
    matches = library.documents.matches("gree* OR dark")
    found = library.documents.snippets(matches, matches.rows.tolist())
    assert set(found) == set(matches.rows.tolist())
    assert found[17] == "\x02greenish\x03 Café"
    assert found[20] == "re-\x02dark\x03"


NUMBERED = " ".join(f"w{place}." for place in range(100))


@pytest.mark.parametrize(
    ("query", "columns", "wanted"),
    [
        ("w50*", ("title", NUMBERED), ("w39", 24, ["w50"])),
        ("w0", ("title", NUMBERED), ("w0", 24, ["w0"])),
        ("w99", ("title", NUMBERED), ("w76", 24, ["w99"])),
        ("w1 OR w30 OR w35", ("title", NUMBERED), ("w21", 24, ["w30", "w35"])),
        ("title OR w3 OR w5", ("title", NUMBERED), ("w0", 24, ["w3", "w5"])),
        ("title*", ("A title", NUMBERED), ("A", 2, ["title"])),
    ],
)
def test_a_snippet_is_where_most_words_are(
    query: str, columns: tuple[str, str], wanted: tuple[str, int, list[str]]
) -> None:
    pattern = hit_pattern(query)
    assert pattern is not None
    found = snippet(pattern, columns)
    plain = found.replace("\x02", "").replace("\x03", "")
    words = re.findall(r"\w+", plain)
    assert (words[0], len(words), re.findall("\x02(.*?)\x03", found)) == wanted
    assert any(plain.strip("…") in column for column in columns)
    assert plain.startswith("…") == (words[0] not in ("w0", "A"))
    assert plain.endswith("…") == (words[-1] not in ("w99", "title"))


def test_no_snippet_without_a_hit() -> None:
    pattern = hit_pattern("nowhere")
    assert pattern is not None
    assert snippet(pattern, ("some", "text")) == ""
    assert snippet(pattern, ()) == ""


def test_reading_all_hits_can_be_stopped(library: Library) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        library.documents.matches("red", progress)
