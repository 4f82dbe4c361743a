"""SAEs of one library compared, followed through sizes, and their names carried over, on trained ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import three_saes
from small_library import FEATURES, WordEmbedder
from three_saes import AGAIN, LARGE, SMALL

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.labels import CARRIED_FILE, Labels
from saerch_desktop.features.marks import Mark, save_marks
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress, Update
from saerch_desktop.workflow.comparing import (
    CARRYING_STAGES,
    COMPARING_STAGES,
    carry_names,
    compare_saes,
    open_lineage,
    seed_stability,
    twins_of,
)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return three_saes.make(tmp_path_factory.mktemp("three") / "small.saerch")


@pytest.fixture
def own(three: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(three, tmp_path / "small.saerch"))


def opened(path: Path, name: str) -> FeatureSet:
    with Library.open(path) as library:
        return FeatureSet.open(library, name)


def test_a_comparison_is_of_these_two_and_these_documents(three: Path) -> None:
    seen: list[str] = []
    found = compare_saes(three, SMALL, LARGE, Progress(lambda update: seen.append(update.stage)))
    assert (found.left.sae.name, found.right.sae.name) == (SMALL, LARGE)
    assert found.differences == ("features",)
    assert not found.twins
    live = found.left.statistics.live, found.right.statistics.live
    dense = found.left.sae.decoder @ found.right.sae.decoder.T
    dense[~live[0]], dense[:, ~live[1]] = -2, -2
    assert found.matching.left.nearest[live[0]].tolist() == dense.argmax(axis=1)[live[0]].tolist()
    assert found.matching.right.cosine[live[1]] == pytest.approx(dense.max(axis=0)[live[1]], abs=1e-6)
    a, b = int(found.pairs.left[0]), int(found.pairs.right[0])
    ours, theirs = ({*s.inverted.of(f)[0].tolist()} for s, f in ((found.left, a), (found.right, b)))
    assert found.overlap.jaccard[0] == pytest.approx(len(ours & theirs) / len(ours | theirs), abs=1e-6)
    assert list(dict.fromkeys(seen)) == list(COMPARING_STAGES)
    for left, feature in found.splits(50):
        side = found.matching.left if left else found.matching.right
        assert side.parts[feature] >= 2


def test_two_seeds_are_twins_and_tell_each_feature_s_stability(three: Path) -> None:
    found = compare_saes(three, SMALL, AGAIN, Progress())
    assert found.differences == ("seed",)
    assert found.twins
    with Library.open(three) as library:
        assert twins_of(library, SMALL) == (AGAIN,)
        assert twins_of(library, LARGE) == ()
    stable = seed_stability(three, SMALL, Progress())
    assert (stable.sae, stable.twins) == (SMALL, (AGAIN,))
    live = found.matching.left.live
    assert stable.cosines[live] == pytest.approx(found.matching.left.partner_cosine[live])
    assert np.isnan(stable.cosines[~live]).all()
    with pytest.raises(UserError, match="another seed"):
        seed_stability(three, LARGE, Progress())


def test_the_lineage_has_one_sae_of_each_size(three: Path) -> None:
    lineage = open_lineage(three, AGAIN, Progress())
    assert [level.sae for level in lineage.levels] == [AGAIN, LARGE]
    lineage = open_lineage(three, LARGE, Progress())
    assert [level.sae for level in lineage.levels] == [SMALL, LARGE]
    features = opened(three, SMALL)
    feature = int(np.flatnonzero(features.statistics.live)[0])
    tree = lineage.tree(SMALL, feature)
    assert tree.root.text == features.labels.text(feature)
    assert tree.root.documents == int(features.statistics.count[feature])


def test_a_damaged_sae_takes_no_part(own: Path) -> None:
    (own / "saes" / LARGE / "sae.safetensors").write_bytes(b"nothing")
    assert [level.sae for level in open_lineage(own, SMALL, Progress()).levels] == [SMALL]
    with pytest.raises(UserError):
        open_lineage(own, LARGE, Progress())
    with pytest.raises(UserError):
        compare_saes(own, SMALL, LARGE, Progress())


@pytest.mark.parametrize(("left", "right", "words"), [(SMALL, SMALL, "with itself"), (SMALL, "none", "none")])
def test_what_cannot_be_compared_is_told(three: Path, left: str, right: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        compare_saes(three, left, right, Progress())
    with pytest.raises(UserError, match=words):
        carry_names(three, left, right, Progress())


def test_names_are_carried_tested_and_shown(own: Path, embedder: WordEmbedder) -> None:
    folder = own / "saes" / SMALL
    features = opened(own, SMALL)
    found = compare_saes(own, SMALL, LARGE, Progress())
    best = int(found.matching.left.cosine.argmax())
    save_marks(folder, FEATURES, [Mark(feature=best, text="whales and violins")])
    seen: list[str] = []
    done = carry_names(own, SMALL, LARGE, Progress(lambda update: seen.append(update.stage)), least=0.5)
    assert set(seen) <= set(CARRYING_STAGES)
    assert done.names
    assert (done.origin, done.target, done.least) == (SMALL, LARGE, 0.5)
    labels = Labels.load(own / "saes" / LARGE, 64)
    for name in done.names:
        claims = [label for label in labels.claims(name.feature) if label.source == f"carried: {SMALL}"]
        assert [claim.text for claim in claims] == [name.text]
        wanted = "whales and violins" if name.origin == best else features.labels.text(name.origin)
        assert name.text == wanted
    assert "human" in {name.named for name in done.names}
    assert done.tested == sum(
        claim.detection is not None
        for name in done.names
        for claim in labels.claims(name.feature)
        if claim.kind == "carried"
    )
    assert sum(done.grades.values()) == len(done.names)
    shown = [label for label in labels if label.kind == "carried"]
    assert done.shown == len(shown)
    again = carry_names(own, SMALL, LARGE, Progress(), least=0.5)
    assert again.names == done.names


@pytest.mark.parametrize("least", [0.0, -1.0, 1.01])
def test_a_cosine_that_is_none_is_told(three: Path, least: float) -> None:
    with pytest.raises(UserError, match="no cosine"):
        carry_names(three, SMALL, LARGE, Progress(), least=least)


@pytest.mark.parametrize("stage", ["Comparing directions", "Comparing documents"])
def test_a_cancel_writes_nothing(own: Path, embedder: WordEmbedder, stage: str) -> None:
    def stop(update: Update) -> None:
        if update.stage == stage:
            progress.cancel()

    progress = Progress(stop)
    with pytest.raises(Cancelled):
        carry_names(own, SMALL, LARGE, progress, least=0.5)
    assert not (own / "saes" / LARGE / CARRIED_FILE).exists()
