"""What leaves a library is what is in it: codes in three shapes, features, names, families, and the atlas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from small_library import FEATURES, WordEmbedder

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress
from saerch_desktop.tables import lines
from saerch_desktop.workflow import exporting
from saerch_desktop.workflow.atlas import feature_name, write_atlas
from saerch_desktop.workflow.session import Session, open_session


@pytest.fixture
def session(trained: Path, embedder: WordEmbedder) -> Iterator[Session]:
    with open_session(trained) as session:
        yield session


def test_codes_say_the_same_in_every_shape(session: Session, tmp_path: Path) -> None:
    import scipy.sparse

    features = session.required_features()
    codes = features.codes
    dense = np.zeros((codes.rows, FEATURES), np.float32)
    np.put_along_axis(dense, codes.indices, codes.values, 1)
    written = exporting.write_codes_matrix(tmp_path / "c.npz", session, Progress())
    matrix = scipy.sparse.load_npz(tmp_path / "c.npz")
    assert matrix.has_canonical_format
    np.testing.assert_array_equal(matrix.toarray(), dense)
    assert written.rows == matrix.nnz == np.count_nonzero(dense)
    long = list(lines(exporting.codes(session, "long")))
    assert len(long) == matrix.nnz == exporting.codes(session, "long").rows
    again = np.zeros_like(dense)
    for line in long:
        again[line["row"], line["feature"]] = np.float32(line["activation"])
    np.testing.assert_array_equal(again, dense)
    wide = list(lines(exporting.codes(session, "topk", 2)))
    assert len(wide) == codes.rows
    ids = session.library.documents.ids(range(codes.rows))
    for row, line in enumerate(wide):
        assert line["id"] == ids[row]
        order = np.argsort(-dense[row], kind="stable")[:2]
        assert line["features"] == [f for f in order.tolist() if dense[row, f] > 0]
    short = list(lines(exporting.codes(session, "long", 1)))
    assert len(short) == exporting.codes(session, "long", 1).rows
    assert all(line["place"] == 1 for line in short)


def test_features_have_every_figure(session: Session) -> None:
    features = session.required_features()
    found = list(lines(exporting.features(session)))
    assert [line["feature"] for line in found] == list(range(FEATURES))
    for feature, line in enumerate(found):
        label = features.labels.get(feature)
        assert line["name"] == (label.text if label is not None else None)
        assert np.float32(line["density"]) == features.statistics.density[feature]
        assert np.float32(line["p95_activation"]) == features.statistics.p95[feature]
        assert line["live"] == bool(features.statistics.live[feature])


def test_names_come_with_their_provenance(session: Session) -> None:
    from saerch_desktop.features.marks import Mark

    labels = session.required_features().labels
    named = next(label.feature for label in labels)
    machine = labels.claims(named)[0]
    labels.change([Mark(feature=named, text="my own", rejected=(machine.text,))])
    table = exporting.labels(session)
    found = [line for line in lines(table) if line["feature"] == named]
    assert len(list(lines(table))) == table.rows
    assert [(line["name"], line["source"], line["shown"]) for line in found[:1]] == [
        ("my own", "human", True)
    ]
    turned_down = next(line for line in found if line["name"] == machine.text)
    assert turned_down["rejected"]
    assert not turned_down["shown"]
    if machine.detection is not None:
        assert turned_down["auroc"] == machine.detection.auroc


def test_families_need_to_be_there(session: Session) -> None:
    with pytest.raises(UserError, match="no families yet"):
        exporting.families(session)


def test_the_atlas_has_the_columns_that_it_asks_for(session: Session, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "atlas.parquet"
    rows = write_atlas(path, session, Progress(), neighbours=4)
    table = pq.read_table(path)
    features, vectors = session.required_features(), session.library.vectors
    assert vectors is not None
    assert rows == table.num_rows == features.codes.rows
    assert table.schema.field("x").type == table.schema.field("y").type == pa.float32()
    assert table.schema.field("features").type.value_type.field("feature").type == pa.string()
    found = table.to_pylist()
    near = vectors.gather(range(rows)) @ vectors.gather(range(rows)).T
    for row in (0, 17, rows - 1):
        line = found[row]
        document = session.library.documents.get(line["row"])
        assert line["text"] == f"{document.title}\n\n{document.text}"
        ids, distances = line["neighbors"]["ids"], line["neighbors"]["distances"]
        assert ids[0] == row
        assert len(ids) == 5
        assert distances == sorted(distances)
        np.testing.assert_allclose(1 - near[row, ids[1:]], distances[1:], atol=1e-5)
        active = [
            f for f, v in zip(features.codes.indices[row], features.codes.values[row], strict=True) if v
        ]
        assert [one["feature"] for one in line["features"]] == [
            feature_name(features, int(f)) for f in active
        ]
    plain = tmp_path / "plain.parquet"
    write_atlas(plain, session, Progress())
    assert "neighbors" not in pq.read_schema(plain).names


def test_endings_and_stopping(session: Session, tmp_path: Path) -> None:
    for what, name in (("report", "r.pdf"), ("atlas", "a.csv"), ("results", "r.html")):
        with pytest.raises(UserError, match="Nothing was written"):
            exporting.require_ending(tmp_path / name, what)  # type: ignore[arg-type]
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        exporting.write_codes_matrix(tmp_path / "c.npz", session, progress)
    with pytest.raises(Cancelled):
        exporting.write(tmp_path / "c.csv", "codes", exporting.codes(session), progress)
    assert not list(tmp_path.glob("*.csv")) + list(tmp_path.glob("*.npz"))


def test_nothing_is_written_over_the_library_itself(session: Session, tmp_path: Path) -> None:
    from saerch_desktop.features.label_exchange import export_names
    from saerch_desktop.workflow import portable
    from saerch_desktop.workflow.html_report import write_report

    library, features = session.library.path, session.required_features()
    (tmp_path / "link").symlink_to(library)
    target = tmp_path / "link" / "documents.sqlite"
    page, before = tmp_path / "link" / "r.html", target.read_bytes()
    ways: tuple[Callable[[], object], ...] = (
        lambda: exporting.write(target, "features", exporting.features(session), Progress(), "csv"),
        lambda: write_report(page, session, None, Progress()),
        lambda: exporting.write_codes_matrix(page.with_suffix(".npz"), session, Progress()),
        lambda: export_names(target, session.library, features, "paper"),
        lambda: portable.pack(library, target, Progress()),
    )
    for way in ways:
        with pytest.raises(UserError, match="into the library"):
            way()
    assert target.read_bytes() == before
