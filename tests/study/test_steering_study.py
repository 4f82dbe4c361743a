"""The study of steering: fair draws, judges that only read words, figures counted again by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import planted_library
import pytest
from planted_library import DIM, IDENTITY, NAME, SUBJECTS
from scipy.sparse import csr_matrix
from sklearn.metrics import f1_score

from saerch_desktop.cli import main
from saerch_desktop.embedding.base import EmbeddingBatch
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.feature_set import build_features
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.study import steering, steering_draws
from saerch_desktop.study.steering import COSINES, FIGURES, curves, leading, measure, prepared, study_steering
from saerch_desktop.study.steering_figure import svg
from saerch_desktop.study.steering_judge import agreement, judged, read_bags, weighed
from saerch_desktop.study.steering_methods import ALSO, METHODS, Stage, method

ROWS = 640


class SubjectEmbedder:
    """A text is the sum of the directions of the subjects it speaks of."""

    identity = IDENTITY
    uses_network = False
    batch_size = 8

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> EmbeddingBatch:
        decoder = planted_library.subject_vectors(ROWS)[1]
        rows = np.full((len(texts), DIM), 0.05)
        for row, text in enumerate(texts):
            for subject, phrases in enumerate(SUBJECTS):
                rows[row] += decoder[subject] * sum(phrase in text.lower() for phrase in phrases)
        return EmbeddingBatch(planted_library.unit(rows))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = planted_library.make(tmp_path_factory.mktemp("study") / "planted.saerch", rows=ROWS)
    with Library.open(made, write=True) as library:
        build_features(library, NAME, Progress())
    return made


@pytest.fixture(autouse=True)
def few_subjects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of eight subjects has an eighth of the documents, more than concepts of a real library have."""
    monkeypatch.setattr(steering_draws, "_COMMONEST", 0.3)


@pytest.fixture(scope="module")
def staged(path: Path) -> tuple[Stage, np.ndarray]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steering_draws, "_COMMONEST", 0.3)
        # Files stay mapped when the library is closed, but texts are read from it.
        library = Library.open(path)
        return prepared(library, NAME, SubjectEmbedder(), Progress(), 24, 3)


def test_the_judge_counts_words_as_its_definition_says() -> None:
    chance = np.random.default_rng(0)
    trained = (chance.random((60, 30)) < 0.3).astype(float)
    holds = np.zeros((2, 60), bool)
    holds[0, :15] = holds[1, 10:40] = True
    trained[:15, :4] = chance.random((15, 4)) < 0.9
    searched = (chance.random((25, 30)) < 0.3).astype(float)
    said = judged(csr_matrix(trained), csr_matrix(holds), csr_matrix(searched), Progress()).toarray()
    for concept in range(2):
        inside, outside = trained[holds[concept]], trained[~holds[concept]]
        weights = np.zeros(30)
        for word in range(30):
            base = (trained[:, word].sum() + 1) / 62
            yes = (inside[:, word].sum() + 5 * base) / (len(inside) + 5)
            no = (outside[:, word].sum() + 5 * base) / (len(outside) + 5)
            if inside[:, word].sum() >= 3 and np.log(yes / no) > 0.5:
                weights[word] = np.log(yes / no)
        assert weights.any()

        def score(row: np.ndarray, weights: np.ndarray = weights) -> float:
            return float(row @ weights / max(1.0, np.sqrt(row.sum())))

        reached = sorted((score(row) for row in trained), reverse=True)
        limit = max(1e-6, reached[len(inside) - 1])
        far = np.array([abs(score(row) - limit) > 1e-5 for row in searched])
        wanted = np.array([score(row) >= limit for row in searched])
        assert said[far, concept].tolist() == wanted[far].tolist()


def test_agreement_is_f1() -> None:
    chance = np.random.default_rng(1)
    said, true = chance.random((50, 4)) < 0.3, chance.random((50, 4)) < 0.3
    wanted = [f1_score(true[:, i], said[:, i]) for i in range(4)]
    np.testing.assert_allclose(agreement(csr_matrix(said), csr_matrix(true)), wanted)


def test_bags_hold_stems_and_leave_out_rare_and_common_words() -> None:
    texts = [(row, f"Galaxies {'whale' if row % 3 == 0 else 'bread'}", f"The word{row}") for row in range(30)]
    bags = read_bags(reversed(texts))
    assert bags.rows.tolist() == list(range(29, -1, -1))
    assert bags.held.shape == (30, 1)  # "whale" alone is neither in half of them nor in fewer than four
    np.testing.assert_array_equal(bags.of(np.array([0, 1, 3])).toarray().ravel(), [1, 0, 1])
    rows = weighed(csr_matrix(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])), bags.held[:, [0, 0]])
    np.testing.assert_allclose(np.linalg.norm(rows.toarray(), axis=1), [1, 1, 0])


def test_draws_keep_to_the_rules(staged: tuple[Stage, np.ndarray]) -> None:
    stage, first = staged
    field = stage.field
    assert not np.intersect1d(field.searched, field.others).size
    assert set(field.features % 2) == {1}
    assert len(stage.draws) == 24
    about = field.about.toarray()
    for place, draw in enumerate(stage.draws):
        row = int(field.others[draw.query])
        assert row % 2 == 1
        assert stage.texts[place] == stage.library.documents.get(row).title
        active = set(stage.codes[0][place][stage.codes[1][place] > 0].tolist())
        assert int(field.features[draw.down]) in active
        assert int(field.features[draw.up]) not in active
        shown = about[first[place]].sum(axis=0)
        assert shown[draw.down] >= 2
        assert shown[draw.up] == 0
        scores = stage.vectors @ stage.queries[place]
        assert set(first[place]) == set(np.argsort(-scores)[:10])


def test_same_seed_same_draws(path: Path, staged: tuple[Stage, np.ndarray]) -> None:
    with Library.open(path) as library:
        again = prepared(library, NAME, SubjectEmbedder(), Progress(), 24, 3)[0]
        other = prepared(library, NAME, SubjectEmbedder(), Progress(), 24, 4)[0]
        tuned = prepared(library, NAME, SubjectEmbedder(), Progress(), 24, 3, tuning=True)[0]
    assert again.draws == staged[0].draws
    assert other.draws != staged[0].draws
    assert set(tuned.field.features % 2) == {0}
    assert {int(tuned.field.others[draw.query]) % 2 for draw in tuned.draws} == {0}


def test_texts_lend_their_beginnings_where_titles_are_too_short(
    staged: tuple[Stage, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, _ = staged
    monkeypatch.setattr(steering_draws, "_WORDS", 4)
    long = steering_draws.candidates(stage.library, stage.field, 1000, False, 0)
    titles = {d.row: (d.title, d.text) for d in stage.library.documents.many(list(range(ROWS)))}
    mixed = [titles[int(stage.field.others[place])] for place, _ in long]
    assert len(long) == len({place for place, _ in long})
    for (_, query), (title, text) in zip(long, mixed, strict=True):
        assert query == (title if len(title.split()) >= 4 else " ".join(text.split()[:12]))
    short = [len(title.split()) < 4 for title, _ in mixed]
    assert any(short)
    assert short == sorted(short), "titles go first"


@pytest.mark.parametrize("name", [*METHODS, *ALSO])
def test_every_method_keeps_the_cosine(staged: tuple[Stage, np.ndarray], name: str) -> None:
    stage, _ = staged
    way = method(stage, name, Progress())
    assert way is not None
    for at in COSINES:
        steered = way(at, Progress())
        found = np.sum(steered * stage.queries, axis=1) / np.linalg.norm(steered, axis=1)
        np.testing.assert_allclose(found, at, atol=1e-6)


def test_means_are_those_of_the_documents(staged: tuple[Stage, np.ndarray]) -> None:
    """The comparator goes along the difference of means of documents with the phrase, up less down."""
    stage, _ = staged
    way = method(stage, "mean_difference", Progress())
    assert way is not None
    steered = way(0.8, Progress())
    holds = stage.field.holds.toarray()
    for place, draw in enumerate(stage.draws[:5]):
        q, parts = stage.queries[place], []
        for concept in (draw.up, draw.down):
            inside = holds[:, concept]
            part = stage.vectors[inside].mean(axis=0) - stage.vectors[~inside].mean(axis=0)
            part = part - (part @ q) * q
            parts.append(part / np.linalg.norm(part))
        whole = parts[0] - parts[1]
        whole -= (whole @ q) * q
        wanted = 0.8 * q + 0.6 * whole / np.linalg.norm(whole)
        np.testing.assert_allclose(steered[place], wanted, atol=1e-5)


def test_figures_counted_by_hand(staged: tuple[Stage, np.ndarray]) -> None:
    stage, first = staged
    chance = np.random.default_rng(2)
    size = stage.field.searched.size
    lists = [np.array([chance.choice(size, 10, replace=False) for _ in stage.draws]) for _ in range(2)]
    found = measure(stage, lists, first)
    about = stage.field.about.toarray().astype(float)
    share = about.mean(axis=0)
    phi = np.corrcoef(about.T)
    assert (share > 0).all()
    words, own = stage.field.words.toarray(), stage.field.query_words.toarray()
    for place, draw in enumerate(stage.draws):
        before = about[first[place]].sum(axis=0)
        off = (phi[draw.up] < 0.1) & (phi[draw.down] < 0.1)
        for at in range(2):
            after = about[lists[at][place]].sum(axis=0)
            assert found.up[place, at] == pytest.approx(after[draw.up] / 10)
            assert found.down[place, at] == pytest.approx(after[draw.down] / 10)
            likeness = np.mean([words[row] @ own[draw.query] for row in lists[at][place]])
            assert found.relevance[place, at] == pytest.approx(likeness, abs=1e-5)
            changed, whole = np.abs(after - before)[off].sum(), (after + before)[off].sum()
            assert found.drift[place, at] == pytest.approx(changed / max(whole, 1e-9))


def test_curves_are_gains_with_intervals(staged: tuple[Stage, np.ndarray]) -> None:
    stage, first = staged
    unsteered = measure(stage, [first], first)
    assert unsteered.drift.max() == 0
    way = method(stage, "ours", Progress())
    assert way is not None
    lists = [leading(stage.vectors, way(at, Progress())) for at in COSINES]
    found = measure(stage, lists, first)
    drawn = curves(found, unsteered, 0)
    assert drawn == curves(found, unsteered, 0)
    wanted = (found.up - unsteered.up).mean(axis=0)
    np.testing.assert_allclose(drawn["gain_up"].values, wanted)
    np.testing.assert_allclose(drawn["gain_down"].values, (unsteered.down - found.down).mean(axis=0))
    kept = found.relevance.sum(axis=0) / unsteered.relevance.sum()
    np.testing.assert_allclose(drawn["relevance"].values, kept)
    for curve in drawn.values():
        assert np.all(np.array(curve.low) <= np.array(curve.values) + 1e-9)
        assert np.all(np.array(curve.values) <= np.array(curve.high) + 1e-9)
    spread = (found.up - unsteered.up).std(axis=0) / np.sqrt(len(stage.draws))
    width = np.array(drawn["gain_up"].high) - drawn["gain_up"].low
    np.testing.assert_allclose(width, 3.92 * spread, rtol=0.25, atol=0.02)


@pytest.mark.parametrize("embedder", [SubjectEmbedder(), None])
def test_the_whole_study(path: Path, embedder: SubjectEmbedder | None) -> None:
    with Library.open(path) as library:
        study = study_steering(library, NAME, embedder, Progress(), draws=12)
    told = json.loads(json.dumps(study.as_dict()))
    texts = {"vector_add", "text_append"}
    assert told["cosines"] == [0.95, 0.9, 0.8, 0.7]
    assert told["n"] == 12
    assert set(told["methods"]) == set(METHODS) - (texts if embedder is None else set())
    for figures in told["methods"].values():
        assert set(figures) == {*FIGURES, *(f"{figure}_95" for figure in FIGURES)}
        assert {len(figures[figure]) for figure in FIGURES} == {4}
        assert np.shape(figures["gain_up_95"]) == (4, 2)
    ours = told["methods"]["ours"]
    assert set(told["ours_ahead_of"]) == {*told["methods"], *told["also"]} - {"ours"}
    for name, ahead in told["ours_ahead_of"].items():
        other = told["methods"].get(name) or told["also"][name]
        for figure in ("gain_up", "gain_down"):
            np.testing.assert_allclose(ahead[figure], np.subtract(ours[figure], other[figure]), atol=1e-9)
    assert ours["gain_up"][-1] > 0.3
    assert ours["gain_down"][-1] > 0.3
    drawing = ElementTree.fromstring(svg(study))
    lines = [node for node in drawing.iter() if node.tag.endswith("polyline")]
    assert len(lines) == 4 * len(told["methods"])


def test_too_little_to_draw_from_and_stopping(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = Progress()
    stopped.cancel()
    with Library.open(path) as library:
        with pytest.raises(Cancelled):
            study_steering(library, NAME, None, stopped)
        monkeypatch.setattr(steering_draws, "_LEAST_F1", 1.1)
        with pytest.raises(UserError, match="Only 0 queries"):
            study_steering(library, NAME, None, Progress())


def test_as_it_is_typed(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The planted vectors have no maker here: ways that embed texts are left out, and it says so."""
    figure = tmp_path / "steering.svg"
    words = ["study", "steering", "--library", str(path), "--draws", "10", "--figure", str(figure)]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "10 draws" in out
    assert "Drift of other concepts" in out
    assert "Left out" in out
    assert figure.read_text(encoding="utf-8").startswith("<svg")
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 10
    assert steering.DRAWS >= 500


def test_nothing_searched_is_about_nothing() -> None:
    trained = csr_matrix(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    holds = csr_matrix(np.array([[1.0, 0.0, 1.0]]))
    assert judged(trained, holds, trained[:0], Progress()).shape == (0, 1)
