"""Texts that want to be formulas, markup or paths come out of every export as the texts they are."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import hostile_library
import pytest
from small_library import FEATURES, WordEmbedder

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search.filters import Filters
from saerch_desktop.search.steering import Edit
from saerch_desktop.spreadsheet import unescaped
from saerch_desktop.tables import Table, lines
from saerch_desktop.workflow import exporting
from saerch_desktop.workflow.atlas import write_atlas
from saerch_desktop.workflow.html_report import write_report
from saerch_desktop.workflow.session import Session, open_session

_TAGS = """
html head meta title style script body header h1 h2 h3 p nav a main section footer div table caption
thead tbody tr th td dl dt dd ul li details summary span br code svg line rect polyline text"""
_NAMES = """lang charset http-equiv content name href class id dir title scope data-v role aria-label
aria-labelledby width height viewbox x y x1 x2 y1 y2 points text-anchor"""
ALLOWED, ATTRIBUTES = set(_TAGS.split()), set(_NAMES.split())


@pytest.fixture(scope="module")
def hostile_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_library.make(tmp_path_factory.mktemp("hostile") / "hostile.saerch")


@pytest.fixture
def session(hostile_path: Path, embedder: WordEmbedder) -> Iterator[Session]:
    with open_session(hostile_path) as session:
        yield session


def every_table(session: Session) -> dict[str, Table]:
    ranking = session.engine.rank(session.engine.query("galaxy"), [Edit(0, 0.5), Edit(1, -0.5)])
    return {
        "results": exporting.results(session, ranking, None, 90, texts=True),
        "features": exporting.features(session),
        "codes": exporting.codes(session, "long"),
        "wide": exporting.codes(session, "topk", 2),
        "labels": exporting.labels(session),
        "families": exporting.families(session),
    }


def test_no_cell_of_any_table_is_a_formula(session: Session, tmp_path: Path) -> None:
    evil = 0
    for name, table in every_table(session).items():
        path = tmp_path / f"{name}.csv"
        assert exporting.write(path, "codes", table, Progress()).rows == table.rows
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found = list(csv.DictReader(stream))
        assert len(found) == table.rows
        kinds = {column.name: column.kind for column in table.columns}
        for line, told in zip(found, lines(table), strict=True):
            for column, cell in line.items():
                if kinds[column] in ("int", "float"):
                    assert cell == "" or float(cell) == told[column]
                    continue
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (name, column, cell)
                if kinds[column] == "text" and told[column] is not None:
                    assert unescaped(cell) == told[column], "and nothing of the text is lost"
                    evil += cell != told[column]
    assert evil > 100


class Reader(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: dict[str, int] = {}
        self.attributes: set[tuple[str, str | None]] = set()
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes.update(attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "every element ends where it should"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["script"]):
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a text became a comment")


def test_no_text_becomes_markup_in_the_report(session: Session, tmp_path: Path) -> None:
    ranking = session.engine.rank(session.engine.query("galaxy"), [Edit(0, 0.5)])
    shown = exporting.Shown(ranking, None, Filters(), 90)
    path = tmp_path / "report.html"
    title = hostile_library.MARKUP[0]
    size = write_report(path, session, shown, Progress(), title=title)
    page = path.read_text("utf-8")
    assert len(page.encode()) == size
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open
    assert set(reader.tags) <= ALLOWED, set(reader.tags) - ALLOWED
    assert reader.tags["script"] == reader.tags["style"] == 1
    assert {name for name, _ in reader.attributes} <= ATTRIBUTES
    assert all(str(value).startswith("#") for name, value in reader.attributes if name == "href")
    policies = [
        value for name, value in reader.attributes if name == "content" and "default-src" in str(value)
    ]
    assert policies
    assert "default-src 'none'" in str(policies[0])
    for evil in hostile_library.MARKUP[:7]:
        assert evil in reader.text, "the text is there, as text"
    assert not {"\u202e", "\u2066", "\x1b", "\x07", "\x00"} & set(page)


def test_the_report_asks_nothing_of_any_network(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(path, session, None, Progress())
    page = path.read_text("utf-8")
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    reader = Reader()
    reader.feed(page)
    assert not {"src", "srcset", "action", "data", "poster", "style"} & {
        name for name, _ in reader.attributes
    }


def test_paths_in_names_stay_names(session: Session, tmp_path: Path) -> None:
    """Nothing is written but the file that was asked for, whatever documents and features are called."""
    folder = tmp_path / "out"
    folder.mkdir()
    write_atlas(folder / "atlas.parquet", session, Progress(), neighbours=3)
    for name, table in every_table(session).items():
        exporting.write(folder / f"{name}.jsonl", "codes", table, Progress())
    assert len(list(tmp_path.rglob("*"))) == 1 + 7
    told = (folder / "labels.jsonl").read_text("utf-8").splitlines()
    assert any("../../etc/passwd" in json.loads(line)["name"] for line in told)


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "..", ".", "", "con", "x\x00", "C:\\x", "a" * 300, "~", "x."]
)
def test_names_of_saes_and_recipes_cannot_leave_their_folders(
    session: Session, tmp_path: Path, name: str
) -> None:
    from saerch_desktop.search.recipe_files import place_of

    folder = tmp_path / "recipes"
    assert place_of(folder, name or "x").parent == folder
    with pytest.raises(UserError):
        open_session(session.library.path, name)
    assert session.required_features().sae.config.features == FEATURES
