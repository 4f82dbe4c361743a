"""Every kind of source is streamed into records; bad input becomes a problem or one clear message."""

from __future__ import annotations

import gzip
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from library.library_samples import write_lines

from saerch_desktop.errors import UserError
from saerch_desktop.library.readers.base import Reader, Record
from saerch_desktop.library.readers.delimited import Dialect, columns_of, sniff
from saerch_desktop.library.readers.folder import FolderReader, titled
from saerch_desktop.library.readers.opening import open_reader, source_fingerprint
from saerch_desktop.progress import Progress


def read(path: Path) -> list[Record]:
    return list(open_reader(path).records())


def fields(path: Path) -> list[Any]:
    found = read(path)
    assert [record.number for record in found] == list(range(len(found)))
    return [record.fields for record in found]


def put(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# --- CSV and TSV


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'id,text\n1,"a, ""b""\nc"\n2,d\n'),
        ("a.tsv", 'id\ttext\n1\t"a, ""b""\nc"\n2\td\n'),
        ("a.csv", 'id;text\r\n1;"a, ""b""\nc"\r\n2;d\r\n'),
        ("a.csv", 'id|text\n1|"a, ""b""\nc"\n2|d'),
        ("a.csv", 'id,text\n\n1,"a, \\"b\\"\nc"\n2,d\n'),
        ("a.csv.gz", gzip.compress(b'id,text\n1,"a, ""b""\nc"\n2,d\n', mtime=0)),
        ("a.dat", 'id,text\n1,"a, ""b""\nc"\n2,d\n'),
    ],
)
def test_dialects(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert fields(put(tmp_path / name, content)) == [
        {"id": "1", "text": 'a, "b"\nc'},
        {"id": "2", "text": "d"},
    ]


def test_unquoted_tabs() -> None:
    sample = "id\ttext\n" + "".join(f'{n}\t"{n} inches is long\n' for n in range(30))
    assert sniff(sample, prefer="\t") == Dialect("\t", quoted=False)


def test_one_column_is_a_table_too(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "text\nhello world\ngood, bye\n")
    assert read(path)[0].fields == {"text": "hello world"}


def test_rows_of_other_widths(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "id,text,tag\n1,a,x\n2,b\n3,c,x,y\n4,d,z\n")
    found = read(path)
    assert found[1].fields == {"id": "2", "text": "b", "tag": ""}
    assert found[2].fields is None
    assert found[2].detail == "4 cells where the heading has 3"
    assert found[3].fields == {"id": "4", "text": "d", "tag": "z"}


def test_headings() -> None:
    assert columns_of(["", "text", "text"]) == (["column 1", "text", "text (2)"], True)
    assert columns_of(["17", "a long text"]) == (["column 1", "column 2"], False)
    assert columns_of(["x" * 200]) == (["column 1"], False)


def test_a_file_without_heading_loses_no_row(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "1,first text\n2,second text\n")
    assert fields(path) == [
        {"column 1": "1", "column 2": "first text"},
        {"column 1": "2", "column 2": "second text"},
    ]


def test_old_mac_lines(tmp_path: Path) -> None:
    assert fields(put(tmp_path / "a.csv", "id,text\r1,a\r2,b\r")) == [
        {"id": "1", "text": "a"},
        {"id": "2", "text": "b"},
    ]


def test_fifty_megabytes_in_one_field(tmp_path: Path) -> None:
    huge = "word " * (10 << 20)
    path = put(tmp_path / "a.csv", f"id,text\n1,small\n2,{huge}\n")
    assert [len(record.fields["text"]) for record in read(path) if record.fields] == [5, 50 << 20]
    path = put(tmp_path / "a.jsonl", json.dumps({"text": huge}) + '\n{"text": "small"}\n')
    assert [len(record.fields["text"]) for record in read(path) if record.fields] == [50 << 20, 5]


# --- encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_encodings(tmp_path: Path, encoding: str, name: str) -> None:
    text = "naïve café — 漢字"
    content = {
        "a.csv": f"id,text\n1,{text}\n2,x\n",
        "a.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(text)),
        "a.json": json.dumps(rows(text), ensure_ascii=False),
    }[name]
    found = read(put(tmp_path / name, content.encode(encoding)))
    assert [record.fields["text"] for record in found if record.fields] == [text, "x"]
    assert not any(record.kind for record in found)


def rows(text: str) -> list[dict[str, str]]:
    return [{"id": "1", "text": text}, {"id": "2", "text": "x"}]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_windows_text_is_read_with_a_note(tmp_path: Path, name: str) -> None:
    content = {
        "a.csv": "id,text\n1,“café”\n2,x\n3,é\n",
        "a.jsonl": '{"text": "“café”"}\n{"text": "x"}\n{"text": "é"}\n',
        "a.json": '[{"text": "“café”"}, {"text": "x"}, {"text": "é"}]',
    }[name]
    found = read(put(tmp_path / name, content.encode("cp1252")))
    assert [record.fields["text"] for record in found if record.fields] == ["“café”", "x", "é"]
    assert [record.kind for record in found] == ["encoding", "", ""]


# --- JSON


def test_bad_lines_are_problems(tmp_path: Path) -> None:
    lines = ['{"a": 1}', "", "{broken", "[1, 2]", "7", "[" * 100_000, '{"a": ' + "9" * 5000 + "}", '{"a": 2}']
    found = read(put(tmp_path / "a.jsonl", "\n".join(lines)))
    assert [record.fields for record in found] == [{"a": 1}, None, None, None, None, None, {"a": 2}]
    assert all(record.kind == "bad JSON" and record.detail for record in found[1:-1])
    assert found[2].detail == "expected an object, found list"


@pytest.mark.parametrize("layout", ["one line", "pretty", "wrapped", "spaced"])
def test_json_arrays(tmp_path: Path, layout: str) -> None:
    data = [{"id": n, "text": "x" * (n % 7) + '] , { "', "deep": {"a": [n]}} for n in range(5000)]
    content = {
        "one line": json.dumps(data),
        "pretty": json.dumps(data, indent=2),
        "wrapped": json.dumps({"data": data}, indent=1),
        "spaced": "\n \n" + json.dumps(data).replace("}, {", "}\n\n,\n{"),
    }[layout]
    path = put(tmp_path / "a.json", content)
    assert fields(path) == data


def test_an_array_longer_than_what_is_read_ahead(tmp_path: Path) -> None:
    data = [{"text": "y" * size} for size in (10, 3 << 20, 10, 1 << 20, 5)]
    assert fields(put(tmp_path / "a.json", json.dumps(data))) == data


def test_bad_elements_of_an_array_are_skipped(tmp_path: Path) -> None:
    content = '[{"a": 1}, {"a": oops}, {"a": 2}, 5, {"a": 3}, {"a" 4}, {"a": 5}'
    found = read(put(tmp_path / "a.json", content))
    assert [record.fields for record in found] == [{"a": 1}, None, {"a": 2}, None, {"a": 3}, None, {"a": 5}]


def test_json_lines_under_another_name(tmp_path: Path) -> None:
    for name in ("snapshot.json", "data.txt", "lines.ndjson"):
        path = write_lines(tmp_path / name, [{"id": "1", "list": [1]}, {"id": "2"}])
        assert open_reader(path).format == "JSON Lines"
        assert [record.fields for record in read(path)] == [{"id": "1", "list": [1]}, {"id": "2"}]


def test_a_truncated_archive_gives_what_it_has(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    lines = [{"text": generator.bytes(40).hex()} for _ in range(5000)]
    whole = gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode())
    found = read(put(tmp_path / "a.jsonl.gz", whole[: len(whole) // 2]))
    good = [record.fields for record in found if record.fields is not None]
    assert 1000 < len(good) < 5000
    assert good == lines[: len(good)]
    assert found[-1].kind == "cut short"


# --- Parquet


def test_parquet(tmp_path: Path) -> None:
    import datetime
    import decimal

    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "id": [1, 2, 3],
            "text": ["a", None, "c"],
            "when": [datetime.date(2020, 1, 2), None, datetime.date(1999, 12, 31)],
            "exact": pa.array([1, 1577934245123456789, 0], pa.timestamp("ns")),
            "price": [decimal.Decimal("1.10"), None, decimal.Decimal("2.00")],
            "raw": [b"\xff\x00", b"ok", None],
            "tags": [["x", "y"], [], None],
            "deep": [{"a": 1}, {"a": 2}, None],
            "embedding": [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    reader = open_reader(tmp_path / "a.parquet")
    assert (reader.format, reader.total) == ("Parquet", 3)
    first, second, third = fields(tmp_path / "a.parquet")
    assert first["when"] == "2020-01-02"
    assert first["price"] == "1.10"
    assert first["raw"] == {"base64": "/wA="}
    assert second["raw"] == "ok"
    assert "123456789" in second["exact"]
    assert first["tags"] == ["x", "y"]
    assert third["deep"] is None
    assert "embedding" not in first
    json.dumps([first, second, third])


def test_a_damaged_parquet_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be imported"):
        open_reader(put(tmp_path / "a.parquet", b"PAR1" + b"x" * 100 + b"PAR1"))
    with pytest.raises(UserError, match="not a Parquet file"):
        open_reader(put(tmp_path / "a.parquet", "id,text\n1,a\n"))


# --- folders


def test_a_folder_of_texts(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    put(tmp_path / "b.md", "# A heading\n\nSome words.\n")
    put(tmp_path / "sub" / "a.TXT", "Only one long line that has no title above it.")
    put(tmp_path / "sub" / "c.txt", "café".encode("cp1252"))
    put(tmp_path / "d.txt", b"\x00\x01\x02" * 500)
    put(tmp_path / ".git" / "x.txt", "hidden")
    put(tmp_path / "picture.png", "no")
    (tmp_path / "link.txt").symlink_to(tmp_path / "b.md")
    found = read(tmp_path)
    assert [record.fields and record.fields["path"] for record in found] == [
        "b.md",
        None,
        "sub/a.TXT",
        "sub/c.txt",
    ]
    assert found[0].fields == {"path": "b.md", "title": "A heading", "text": "Some words."}
    assert found[1].detail == "d.txt is not a text"
    assert found[2].fields is not None
    assert found[2].fields["folder"] == "sub"
    assert found[2].fields["title"] == "a"
    assert found[3].kind == "encoding"


def test_titles_of_texts() -> None:
    assert titled("Title\n\nBody", "name") == ("Title", "Body")
    assert titled("Title\r\n\r\nBody", "name") == ("Title", "Body")
    assert titled("## Title ##\nBody", "name")[1] == "Body"
    assert titled("First line\nsecond line", "name") == ("name", "First line\nsecond line")
    assert titled("", "name") == ("name", "")


def test_an_unreadable_file_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "a.txt", "one")
    put(tmp_path / "b.txt", "two")
    real = Path.open

    def refuse(self: Path, *arguments: Any, **options: Any) -> Any:
        if self.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return real(self, *arguments, **options)

    reader = open_reader(tmp_path)
    monkeypatch.setattr(Path, "open", refuse)
    found = list(reader.records())
    assert found[0].fields is None
    assert "Permission denied" in found[0].detail
    assert found[1].fields is not None


# --- what cannot be read at all


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.jsonl", b"\n \n\t\n", "the file is empty"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "empty"),
        ("a.jsonl.gz", b"\x1f\x8bxx", "damaged"),
        ("a.xlsx", b"PK\x03\x04rest", "Excel"),
        ("a.csv", b"\x00\x01\x02\x03" * 100, "not a text file"),
        ("a.txt", b"Some prose, which is not a table. It goes on.\nAnd on, and on.\n", "kind is not known"),
        ("a.json", b'{"a": {"b": 1}', "none of its records"),
    ],
)
def test_what_cannot_be_imported(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    from saerch_desktop.library.importing import preview

    with pytest.raises(UserError, match=reason) as caught:
        preview(put(tmp_path / name, content))
    assert caught.value.meaning.startswith("Nothing was imported")
    assert caught.value.remedy


def test_missing_sources(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        open_reader(tmp_path / "x.csv")
    with pytest.raises(UserError, match=r"no \.txt or \.md files"):
        open_reader(tmp_path)


# --- all together


def test_counting_agrees_with_reading(tmp_path: Path) -> None:
    sources = [
        put(tmp_path / "a.csv", 'id,text\n1,"a\nb"\n2,c,d\n\n3,e\n'),
        put(tmp_path / "a.jsonl", '{"a": 1}\n\n{bad\n{"a": 2}\n'),
        put(tmp_path / "a.json", '[{"a": 1}, {"a": 2}]'),
        put(tmp_path / "c.csv", "1,a\n2,b\n"),
    ]
    for source in sources:
        reader: Reader = open_reader(source)
        assert reader.count(Progress()) == len(list(reader.records()))


def test_fingerprints_follow_the_content(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    put(folder / "a.txt", "one")
    before = source_fingerprint(folder)
    assert source_fingerprint(folder) == before
    put(folder / "b.txt", "two")
    assert source_fingerprint(folder) != before
    file = put(tmp_path / "a.csv", "id,text\n1,a\n")
    before = source_fingerprint(file)
    put(file, "id,text\n1,b\n")
    assert source_fingerprint(file) != before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A text.")
    os.mkfifo(tmp_path / "b.txt")
    assert [path.name for path in FolderReader(tmp_path).files] == ["a.txt"]
    with pytest.raises(UserError, match="pipe or a device"):
        open_reader(tmp_path / "b.txt")


@pytest.mark.skipif(sys.platform != "linux", reason="only there may a name be any bytes")
def test_file_names_that_are_no_text(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.txt")).write_text("A text.")
    before = source_fingerprint(tmp_path)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.txt")).write_text("Another text.")
    assert source_fingerprint(tmp_path) != before


def test_a_quotation_that_is_never_closed_is_said(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", 'title,text\nA,one\nB,"two\nC,three\nD,four')
    first, last = read(path)
    assert (first.kind, first.fields) == ("", {"title": "A", "text": "one"})
    assert last.fields == {"title": "B", "text": "two\nC,three\nD,four"}
    assert (last.kind, "last 3 lines" in last.detail) == ("unclosed quotation", True)
    assert [record.kind for record in read(put(tmp_path / "b.csv", 'title,text\nB,"two"\n'))] == [""]
