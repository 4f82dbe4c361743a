"""A feature looked for in a library's other SAEs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import planted_library
import pytest
from planted_library import DEAD, DIM, FEATURES, NAME

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import FeatureSet, build_features
from saerch_desktop.features.stability import Siblings
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import SaeConfig, TrainConfig
from saerch_desktop.sae.tensors import mapped_tensor
from saerch_desktop.sae.weights import DECODER, DETAILS_FILE, WEIGHTS_FILE, load_details


def trained(seed: int, **other: Any) -> TrainConfig:
    sae = SaeConfig(dim=DIM, features=FEATURES, k=planted_library.K)
    settings: dict[str, Any] = {
        "epochs": 3,
        "batch_size": 8,
        "learning_rate": 0.01,
        "aux_k": 4,
        "dead_after": 100,
    }
    return TrainConfig(sae=sae, seed=seed, **{**settings, **other})


def describe(folder: Path, train: TrainConfig) -> None:
    details = load_details(folder).model_copy(update={"train": train})
    files.write_bytes(folder / DETAILS_FILE, details.model_dump_json().encode())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planted SAE; “again” with its features in another order and a little turned; “longer”, trained
    otherwise.
    """
    path = planted_library.make(tmp_path_factory.mktemp("siblings") / "planted.saerch")
    _, decoder = planted_library.subject_vectors()
    chance = np.random.default_rng(8)
    with Library.open(path, write=True) as library:
        build_features(library, NAME, Progress())
        for name, noise in (("again", 0.05), ("longer", 0.5)):
            turned = decoder + noise * chance.normal(size=decoder.shape) / np.sqrt(DIM)
            planted_library.add_sae(library, planted_library.unit(turned[ORDER]), name)
            build_features(library, name, Progress())
        describe(library.sae_folder(NAME), trained(0))
        describe(library.sae_folder("again"), trained(7, device="cpu"))
        describe(library.sae_folder("longer"), trained(7, epochs=30))
    return path


ORDER = np.random.default_rng(2).permutation(FEATURES)


@pytest.fixture
def library(made: Path, tmp_path: Path) -> Any:
    path = tmp_path / "own.saerch"
    shutil.copytree(made, path)
    with Library.open(path) as opened:
        yield opened


@pytest.fixture
def features(library: Library) -> FeatureSet:
    return FeatureSet.open(library, NAME)


@pytest.mark.parametrize("feature", range(8))
def test_the_nearest_living_feature_of_each(library: Library, features: FeatureSet, feature: int) -> None:
    assert features.siblings is not None
    found = features.siblings.of(feature)
    assert [other.sae for other in found.seeds] == ["again"]
    assert [other.sae for other in found.others] == ["longer"]
    assert found.unusable == ()
    for other in (*found.seeds, *found.others):
        opened = FeatureSet.open(library, other.sae)
        cosines = opened.sae.decoder.astype(np.float64) @ features.sae.decoder[feature]
        cosines[~opened.statistics.live] = -2
        assert other.feature == np.argmax(cosines)
        assert other.feature not in DEAD
        assert other.cosine == pytest.approx(cosines.max(), abs=1e-5)
        assert other.text == opened.labels.text(other.feature)
        assert (other.features, other.k) == (FEATURES, planted_library.K)
    assert found.seed_stability == pytest.approx(found.seeds[0].cosine)
    if ORDER.tolist().index(feature) not in DEAD:
        assert found.seeds[0].feature == ORDER.tolist().index(feature)
        assert found.seeds[0].cosine > 0.98


def test_it_works_both_ways_and_without_others(library: Library, features: FeatureSet) -> None:
    again = FeatureSet.open(library, "again").siblings
    assert again is not None
    assert {other.sae for other in again.of(3).seeds} == {NAME}
    library.manifest = library.manifest.model_copy(update={"saes": {NAME: library.manifest.saes[NAME]}})
    alone = Siblings(library, features.sae).of(3)
    assert (alone.seeds, alone.others, alone.seed_stability) == ((), (), None)


@pytest.mark.parametrize("feature", [0, 1, 2, 4])
def test_what_never_fires_there_is_no_relative(library: Library, features: FeatureSet, feature: int) -> None:
    assert features.siblings is not None
    folder = library.sae_folder("again")
    table = np.load(folder / "statistics.npy")
    first = features.siblings.of(feature).seeds[0]
    table["count"][first.feature] = 0
    np.save(folder / "statistics.npy", table)
    decoder = mapped_tensor(folder / WEIGHTS_FILE, DECODER, (FEATURES, DIM))
    cosines = np.asarray(decoder @ features.sae.decoder[feature])
    cosines[[first.feature, *DEAD]] = -2
    assert Siblings(library, features.sae).of(feature).seeds[0].feature == np.argmax(cosines)


def test_the_same_seed_is_no_evidence(library: Library) -> None:
    describe(library.sae_folder("again"), trained(0))
    siblings = FeatureSet.open(library, NAME).siblings
    assert siblings is not None
    assert siblings.of(4).seeds == ()
    assert [other.sae for other in siblings.of(4).others] == ["again", "longer"]


def test_weights_are_mapped_and_opened_once(features: FeatureSet, monkeypatch: pytest.MonkeyPatch) -> None:
    assert features.siblings is not None
    first = features.siblings.of(1)
    monkeypatch.setattr(Library, "sae_folder", lambda *_: pytest.fail("opened again"))
    assert features.siblings.of(1) == first
    kept = features.siblings._opened["again"]
    assert kept is not None
    assert isinstance(kept.decoder, np.memmap)


@pytest.mark.parametrize("file", [WEIGHTS_FILE, DETAILS_FILE, "statistics.npy", "labels.json"])
@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_a_damaged_one_is_named_and_the_others_are_used(library: Library, file: str, damage: str) -> None:
    features = FeatureSet.open(library, NAME)
    path = library.sae_folder("again") / file
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert features.siblings is not None
    found = features.siblings.of(2)
    assert found.unusable == ("again",)
    assert [other.sae for other in found.others] == ["longer"]
    assert found.seed_stability is None


def test_weights_that_are_not_numbers_are_not_used(library: Library, features: FeatureSet) -> None:
    path = library.sae_folder("again") / WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:-4000] + b"\xff" * 4000)
    assert features.siblings is not None
    assert features.siblings.of(2).unusable == ("again",)


def test_no_such_feature(features: FeatureSet) -> None:
    assert features.siblings is not None
    with pytest.raises(UserError, match="no feature"):
        features.siblings.of(FEATURES)


def test_a_mapped_tensor_is_the_tensor(library: Library, features: FeatureSet) -> None:
    path = library.sae_folder(NAME) / WEIGHTS_FILE
    np.testing.assert_array_equal(mapped_tensor(path, DECODER, (FEATURES, DIM)), features.sae.decoder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x01",
        b"\xff" * 64,
        (10).to_bytes(8, "little") + b"not json!!",
        (2).to_bytes(8, "little") + b"[]",
        (2).to_bytes(8, "little") + b"{}",
        (70).to_bytes(8, "little")
        + b'{"W_dec":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}'.ljust(70)
        + b"\0" * 8,
        (70).to_bytes(8, "little")
        + b'{"W_dec":{"dtype":"F32","shape":[2,2],"data_offsets":[-16,0]}}'.ljust(70)
        + b"\0" * 16,
        (70).to_bytes(8, "little")
        + b'{"W_dec":{"dtype":"F16","shape":[2,2],"data_offsets":[0,16]}}'.ljust(70)
        + b"\0" * 16,
        (70).to_bytes(8, "little") + b'{"W_dec":{"dtype":"F32","shape":[2,2]}}'.ljust(70) + b"\0" * 16,
        (70).to_bytes(8, "little")
        + b'{"W_dec":{"dtype":"F32","shape":2,"data_offsets":["a","b"]}}'.ljust(70),
    ],
)
def test_hostile_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(UserError, match="cannot be read"):
        mapped_tensor(tmp_path / "x.safetensors", DECODER, (2, 2))
