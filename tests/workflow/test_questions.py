"""Questions of a whole library: filters to features to documents, tables that open anywhere."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import planted_library
import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import build_features
from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import Labels
from saerch_desktop.library.columns import Columns
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.workflow import questions
from saerch_desktop.workflow.session import Session, open_session


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = planted_library.make(tmp_path_factory.mktemp("questions") / "planted.saerch")
    with Library.open(made, write=True) as library:
        build_features(library, planted_library.NAME, Progress())
    return made


@pytest.fixture
def session(path: Path) -> Iterator[Session]:
    with open_session(path) as opened:
        yield opened


def test_a_subject_is_explained_by_its_own_feature(session: Session) -> None:
    answer = questions.compare_filters(session, "whale OR humpback", None)
    features = session.required_features()
    inside = session.where("whale OR humpback")
    # Directions of few dimensions resemble each other, so other features may speak for the subject too.
    assert 3 in answer.contrast.over().tolist()
    assert answer.contrast.rate_inside[3] > 0.9
    assert answer.about == "“whale” or “humpback”"
    assert answer.against == questions.THE_REST
    found = answer.documents(3, top=5)
    rows, values = features.inverted.of(3)
    wanted = [(int(r), float(v)) for r, v in zip(rows, values, strict=True) if inside[r]][:5]
    assert found == wanted
    assert found[0][1] >= found[-1][1]
    assert answer.contrast.without_vector == inside[list(planted_library.MISSING)].sum()


def test_two_filters(session: Session) -> None:
    answer = questions.compare_filters(session, "whale", "violin")
    assert answer.contrast.over(top=1).tolist() == [3]
    assert answer.contrast.under(top=1).tolist() == [4]
    assert answer.against == "“violin”"


def test_the_table_holds_every_active_feature(session: Session, tmp_path: Path) -> None:
    answer = questions.compare_filters(session, "whale", None)
    file = tmp_path / "out.csv"
    answer.write_csv(file)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    found = answer.contrast
    assert {int(row["feature"]) for row in rows} == set(np.flatnonzero(found.inside + found.outside).tolist())
    scores = [float(row["score"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    first = rows[0]
    feature = int(first["feature"])
    assert int(first["documents_inside"]) == found.inside[feature]
    assert float(first["lift"]) == pytest.approx(found.lift[feature], rel=1e-4)
    assert float(first["q"]) == pytest.approx(found.q[feature], rel=1e-4, abs=1e-300)


def test_a_label_is_never_a_formula(session: Session, tmp_path: Path) -> None:
    answer = questions.compare_filters(session, "whale", None)
    features = answer.features
    named = Labels(features.labels.features, [Label(feature=3, text="=1+1", source="imported: x")])
    object.__setattr__(features, "labels", named)
    answer.write_csv(tmp_path / "out.csv")
    texts = [
        row["label"]
        for row in csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines())
    ]
    assert "'=1+1" in texts


def test_predicting_within_a_filter_says_what_is_missing(session: Session) -> None:
    assert questions.predictable(session) == []
    with pytest.raises(UserError, match="no column"):
        questions.predict_column(session, "year")


def test_columns_are_read_once_by_whoever_comes_first(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Columns] = []
    original = Columns.load

    def counting(documents: object, progress: Progress) -> Columns:
        made = original(documents, progress)  # type: ignore[arg-type]
        loaded.append(made)
        return made

    monkeypatch.setattr(Columns, "load", counting)
    found: list[Columns] = []
    threads = [threading.Thread(target=lambda: found.append(session.columns())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 1
    assert all(columns is loaded[0] for columns in found)


def test_without_an_sae_the_remedy_is_told(tmp_path: Path) -> None:
    import small_library

    with open_session(small_library.make_documents(tmp_path / "x.saerch", 30)) as plain:
        assert plain.where("whale").sum() == 5
        with pytest.raises(UserError, match="no SAE"):
            questions.compare_filters(plain, "whale", None)
