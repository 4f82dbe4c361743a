"""The released app's files become a library; what is missing or disagrees is said and not made up."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import foreign_saes as foreign
import numpy as np
import pytest
import small_library
from numpy.typing import NDArray

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.imported import load_families, load_labels
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress, Update
from saerch_desktop.sae.codes import Codes
from saerch_desktop.workflow.interchange import import_app_data
from saerch_desktop.workflow.mending import check_and_mend

DOCUMENTS, FEATURES, K, DIM = 60, 40, 4, small_library.DIM


@dataclass
class AppFolder:
    path: Path
    weights: foreign.Weights
    vectors: NDArray[np.float16]
    indices: NDArray[np.int32]
    values: NDArray[np.float16]

    def save_codes(self) -> None:
        np.save(self.path / "topk_indices_40_4.npy", self.indices)
        np.save(self.path / "topk_values_40_4.npy", self.values)


def codes(w: foreign.Weights, x: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.float16]]:
    """The app's own: torch.topk of the pre-activations, then ReLU, in float16."""
    pre = (x.astype(np.float32) - w.pre_bias) @ w.encoder.T + w.latent_bias
    ids = np.argsort(-pre, axis=1, kind="stable")[:, : w.k]
    values = np.maximum(np.take_along_axis(pre, ids, axis=1), 0)
    return ids.astype(np.int32), values.astype(np.float16)


@pytest.fixture
def app(tmp_path: Path) -> AppFolder:
    folder = tmp_path / "sae_data_astroPH"
    folder.mkdir()
    records = small_library.records(DOCUMENTS)
    keys = [f"{7 + number % 9:02d}04.{number:04d}" for number in range(DOCUMENTS)]
    keys[3] = "astro-ph/9901001"
    texts = {"doc_ids": keys, "abstracts": [record["text"] for record in records]}
    (folder / "abstract_texts.json").write_text(json.dumps(texts))
    embedder = small_library.WordEmbedder()
    vectors = embedder.vectors([record["text"] for record in records]).astype(np.float16)
    vectors[5] = 0  # where embedding failed
    np.save(folder / "astroPH_abstract_embeddings_float16.npy", vectors)
    with (folder / "paper_metadata.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["arxiv_id", "title", "citation_count", "author", "year"])
        for number, (key, record) in enumerate(zip(keys, records, strict=True)):
            year: Any = 2023 if number == 1 else "" if number == 3 else 2010
            citations: Any = 0 if number == 1 else 17
            writer.writerow([key, f"['{record['title']}']", citations, "['A. One', 'B. Two']", year])
        writer.writerow(["0000.0000", "Not wanted", 1, "X", 2000])
    w = foreign.weights(DIM, FEATURES, K)
    foreign.write_paper(folder, w, f"astroPH_{K}_{FEATURES}.pth")
    analysis = [
        {
            "index": number,
            "label": f"Topic {number}",
            "reasoning": "because",
            "f1": 0.8,
            "pearson_correlation": 0.5 + number / 100,
            "density": 0.1,
        }
        for number in range(0, FEATURES, 2)
    ]
    analysis[1]["pearson_correlation"] = float("nan")
    (folder / "feature_analysis_results_4.json").write_text(json.dumps(analysis))
    families = {
        "Whole": {"parent": ["Topic 0", 3], "children": [["Topic 2", 2], ["Topic 4", 4]]},
        "Other": {"parent": ["Topic 6", 1], "children": []},
    }
    (folder / "clean_families_4_40.json").write_text(json.dumps(families))
    made = AppFolder(folder, w, vectors, *codes(w, vectors))
    made.save_codes()
    return made


def bring(app: AppFolder, library: Path, progress: Progress | None = None, **options: Any) -> Any:
    return import_app_data(app.path, library, progress or Progress(), **options)


def test_everything_comes_over(app: AppFolder, tmp_path: Path) -> None:
    library = tmp_path / "astro.saerch"
    done = bring(app, library)
    assert (done.documents, done.missing, done.sae, done.features) == (DOCUMENTS, 1, "astroPH_4_40", FEATURES)
    assert (done.labels, done.families, done.codes) == (20, 2, "given")
    with Library.open(library) as opened:
        assert not opened.findings
        assert opened.vectors is not None
        assert opened.vectors.missing.tolist() == [5]
        given = Codes.load(opened.sae_folder(done.sae))
        app.indices[5], app.values[5] = np.arange(K), 0
        assert np.array_equal(given.indices, app.indices)
        assert np.abs(given.values - app.values).max() < 1e-6
        features = FeatureSet.open(opened, done.sae)
        label = features.labels.get(2)
        assert label is not None
        assert (label.text, label.source) == ("Topic 2", "imported: feature_analysis_results_4.json")
        assert label.pearson is None  # NaN in the file
        scored = features.labels.get(4)
        assert scored is not None
        assert scored.pearson == pytest.approx(0.54)
        live = [number for number in range(1, FEATURES, 2) if features.statistics.live[number]]
        phrase = features.labels.get(live[0])
        assert phrase is not None
        assert phrase.source == "phrases"
        families = load_families(opened.sae_folder(done.sae))
        assert families is not None
        assert [(family.root, family.size) for family in families.families] == [("Whole", 3), ("Other", 1)]
        assert [child.feature for child in families.families[0].children] == [2, 4]
        kept = load_labels(opened.sae_folder(done.sae))
        assert kept is not None
        assert (kept.labels[0].reasoning, kept.labels[0].f1) == ("because", 0.8)


def test_documents_have_their_titles_years_and_unknowns(app: AppFolder, tmp_path: Path) -> None:
    library = tmp_path / "astro.saerch"
    bring(app, library)
    with Library.open(library) as opened:
        first, filled, old = (opened.documents.get(row) for row in (0, 1, 3))
    assert first.title == small_library.records(1)[0]["title"]
    assert first.date == "2010"
    assert first.metadata["citations"] == 17
    assert first.metadata["authors"] == ["A. One", "B. Two"]
    assert "citations" not in filled.metadata
    assert filled.date == "2008"  # from its arXiv number, not the year that was filled in
    assert old.date == "1999"


def test_codes_that_the_weights_do_not_give_are_computed_anew(app: AppFolder, tmp_path: Path) -> None:
    other = foreign.weights(DIM, FEATURES, K, seed=9)
    app.indices, app.values = codes(other, app.vectors)
    app.save_codes()
    done = bring(app, tmp_path / "astro.saerch")
    assert done.codes == "computed"
    assert any("computed anew" in note for note in done.notes)
    right, _ = codes(app.weights, app.vectors)
    with Library.open(tmp_path / "astro.saerch") as opened:
        found = Codes.load(opened.sae_folder(done.sae))
        rows = np.delete(np.arange(DOCUMENTS), 5)
        active = found.values[rows] > 0.02
        assert np.array_equal(np.where(active, found.indices[rows], 0), np.where(active, right[rows], 0))


@pytest.mark.parametrize("spoil", ["range", "twice", "nan", "shape", "type", "no file"])
def test_codes_that_are_impossible_are_computed_anew(spoil: str, app: AppFolder, tmp_path: Path) -> None:
    if spoil == "range":
        app.indices[40, 0] = FEATURES
    if spoil == "twice":
        app.indices[40] = 3
    if spoil == "nan":
        app.values[40, 1] = np.nan
    if spoil == "shape":
        app.indices = app.indices[:, :2]
    if spoil == "type":
        app.indices = app.indices.astype(np.float32)  # type: ignore[assignment]
    app.save_codes()
    if spoil == "no file":
        (app.path / "topk_values_40_4.npy").write_bytes(b"")
    done = bring(app, tmp_path / "astro.saerch")
    assert done.codes == "computed"
    with Library.open(tmp_path / "astro.saerch") as opened:
        Codes.load(opened.sae_folder(done.sae)).check(FEATURES, opened.sae_folder(done.sae))
        assert sorted(path.name for path in opened.sae_folder(done.sae).glob("*.given")) == []


def test_without_weights_it_says_what_cannot_be_done_and_goes_on_later(
    app: AppFolder, tmp_path: Path
) -> None:
    weights = app.path / f"astroPH_{K}_{FEATURES}.pth"
    weights.rename(tmp_path / "kept.pth")
    done = bring(app, tmp_path / "astro.saerch")
    assert (done.documents, done.sae, done.codes, done.labels) == (DOCUMENTS, "", "", 0)
    assert any("no weights" in note and "feature_analysis_results_4.json" in note for note in done.notes)
    (tmp_path / "kept.pth").rename(weights)
    again = bring(app, tmp_path / "astro.saerch")
    assert (again.sae, again.labels, again.codes) == ("astroPH_4_40", 20, "given")
    third = bring(app, tmp_path / "astro.saerch")
    assert (third.sae, third.labels, third.codes) == ("astroPH_4_40", 20, "present")


def test_texts_and_vectors_alone_are_a_library(app: AppFolder, tmp_path: Path) -> None:
    for path in app.path.iterdir():
        if (
            path.suffix in (".csv", ".pth")
            or "topk" in path.name
            or "famil" in path.name
            or "feat" in path.name
        ):
            path.unlink()
    done = bring(app, tmp_path / "astro.saerch")
    assert (done.documents, done.sae) == (DOCUMENTS, "")
    assert any("paper_metadata" in note for note in done.notes)


@pytest.mark.parametrize(
    "stage", ["Importing documents", "Storing vectors", "Checking the given codes", "Labelling features"]
)
def test_a_cancelled_import_goes_on(stage: str, app: AppFolder, tmp_path: Path) -> None:
    def listen(update: Update) -> None:
        if update.stage == stage:
            progress.cancel()

    progress = Progress(listen)
    with pytest.raises(Cancelled):
        bring(app, tmp_path / "astro.saerch", progress)
    done = bring(app, tmp_path / "astro.saerch")
    assert (done.documents, done.missing, done.labels) == (DOCUMENTS, 1, 20)


def test_repair_keeps_the_imported_labels(app: AppFolder, tmp_path: Path) -> None:
    library = tmp_path / "astro.saerch"
    done = bring(app, library)
    (library / "saes" / done.sae / "labels.json").unlink()
    check_and_mend(library, repair=True, progress=Progress())
    with Library.open(library) as opened:
        label = FeatureSet.open(opened, done.sae).labels.get(4)
        assert label is not None
        assert label.text == "Topic 4"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("abstract_texts.json", b"[]"),
        ("abstract_texts.json", b'{"doc_ids": ["a"], "abstracts": []}'),
        ("abstract_texts.json", b'{"doc_ids": ["a"], "abstracts": ["text"]}'),
        ("abstract_texts.json", b"[" * 100_000),
        ("paper_metadata.csv", b"id,title\n1,2\n"),
        ("astroPH_abstract_embeddings_float16.npy", b"no array"),
        ("feature_analysis_results_4.json", b"{}"),
        ("feature_analysis_results_4.json", b'[{"index": 40, "label": "beyond"}]'),
        ("feature_analysis_results_4.json", b'[{"index": "x", "label": "none"}]'),
        ("clean_families_4_40.json", b'{"a": []}'),
        ("clean_families_4_40.json", b'{"a": {"parent": ["a", 1], "children": [["b", 99]]}}'),
        (f"astroPH_{K}_{FEATURES}.pth", b"nothing"),
    ],
)
def test_damaged_files_are_named(name: str, content: bytes, app: AppFolder, tmp_path: Path) -> None:
    (app.path / name).write_bytes(content)
    with pytest.raises(UserError) as caught:
        bring(app, tmp_path / "astro.saerch")
    assert name in str(caught.value) or "embeddings" in str(caught.value)


def test_several_subjects_in_one_folder(app: AppFolder, tmp_path: Path) -> None:
    np.save(app.path / "topk_indices_32_16.npy", app.indices)  # of another autoencoder: told apart
    assert bring(app, tmp_path / "one.saerch").codes == "given"
    (app.path / "csLG_abstract_texts.json").write_text("{}")
    with pytest.raises(UserError, match="folder of their own"):
        bring(app, tmp_path / "two.saerch")


def test_what_is_no_app_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"abstract_texts\.json"):
        import_app_data(tmp_path, tmp_path / "x.saerch", Progress())
    with pytest.raises(UserError, match="no folder"):
        import_app_data(tmp_path / "absent", tmp_path / "x.saerch", Progress())
    assert not (tmp_path / "x.saerch").exists()


def test_another_embedder_than_before_is_refused(app: AppFolder, tmp_path: Path) -> None:
    bring(app, tmp_path / "astro.saerch")
    with pytest.raises(UserError, match="cannot be compared"):
        bring(app, tmp_path / "astro.saerch", embedder="given:other")


def test_the_released_size_is_known_to_be_openai_s(app: AppFolder, tmp_path: Path) -> None:
    wide = np.zeros((DOCUMENTS, 1536), np.float16)
    wide[:, :DIM] = app.vectors
    np.save(app.path / "astroPH_abstract_embeddings_float16.npy", wide)
    (app.path / f"astroPH_{K}_{FEATURES}.pth").unlink()
    bring(app, tmp_path / "astro.saerch")
    with Library.open(tmp_path / "astro.saerch") as opened:
        assert opened.manifest.vectors is not None
        assert opened.manifest.vectors.embedder.spec == "openai:text-embedding-3-small"
