"""Names that go from one SAE to another: which, how sure, where they are kept, and what they never touch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planted_library import FEATURES, NAME
from planted_pairs import add_sae, beside

from saerch_desktop.errors import UserError
from saerch_desktop.features import carrying
from saerch_desktop.features.carrying import as_labels, carried, keep, sources
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.label import Detection
from saerch_desktop.features.labels import CARRIED_FILE, Labels, load_labels
from saerch_desktop.features.marks import MARKS_FILE, Mark, save_marks
from saerch_desktop.features.matching import Matching, match
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress

TURNED = 0.97


@pytest.fixture
def two(own_library: Library) -> tuple[FeatureSet, FeatureSet, Matching]:
    """The planted SAE and another with its features in opposite order, a little turned."""
    own = FeatureSet.open(own_library, NAME)
    rows = [beside(own.sae.decoder[f], TURNED, 40 + f) for f in reversed(range(FEATURES))]
    other = add_sae(own_library, "other", np.stack(rows))
    found = match(own.sae.decoder, other.sae.decoder, own.statistics.live, other.statistics.live, Progress())
    return own, other, found


def test_names_go_to_the_same_feature(two: tuple[FeatureSet, FeatureSet, Matching]) -> None:
    own, other, found = two
    names = carried(found, own, other, Progress())
    live = other.statistics.live
    named = [f for f in range(FEATURES) if live[f] and own.labels.get(FEATURES - 1 - f) is not None]
    assert [name.feature for name in names] == named
    codes = [{*own.inverted.of(f)[0].tolist()} for f in range(FEATURES)]
    theirs = [{*other.inverted.of(f)[0].tolist()} for f in range(FEATURES)]
    for name in names:
        assert name.origin == FEATURES - 1 - name.feature
        assert (name.text, name.how) == (own.labels.text(name.origin), "one-to-one")
        assert name.cosine == pytest.approx(TURNED, abs=1e-5)
        a, b = codes[name.origin], theirs[name.feature]
        assert name.jaccard == pytest.approx(len(a & b) / len(a | b), abs=1e-6)
        assert name.confidence == pytest.approx(TURNED * name.jaccard, abs=1e-5)
    assert names[0].confidence > 0.2


def test_below_the_threshold_nothing_is_carried(two: tuple[FeatureSet, FeatureSet, Matching]) -> None:
    own, other, found = two
    assert carried(found, own, other, Progress(), TURNED + 0.01) == ()
    assert len(carried(found, own, other, Progress(), TURNED - 0.01)) > 20


def test_the_partner_goes_before_the_nearest(two: tuple[FeatureSet, FeatureSet, Matching]) -> None:
    _, _, found = two
    right = found.right
    paired = replace(right, partner=right.partner.copy(), partner_cosine=right.partner_cosine.copy())
    paired.partner[5], paired.partner_cosine[5] = 3, 0.91
    paired.partner[6], paired.partner_cosine[6] = 3, 0.6
    origin, one_to_one = sources(Matching(found.left, paired), 0.9)
    assert (origin[5], one_to_one[5]) == (3, True)
    assert (origin[6], one_to_one[6]) == (right.nearest[6], False)
    dead = np.flatnonzero(~right.live)
    assert set(origin[dead].tolist()) <= {-1}


def test_a_name_of_the_analyst_is_carried_as_a_claim(
    two: tuple[FeatureSet, FeatureSet, Matching], own_library: Library
) -> None:
    _, other, found = two
    folder = own_library.sae_folder(NAME)
    save_marks(folder, FEATURES, [Mark(feature=3, text="My own words", verified=True)])
    own = FeatureSet.open(own_library, NAME)
    names = carried(found, own, other, Progress())
    (mine,) = [name for name in names if name.origin == 3]
    (label,) = as_labels([mine], NAME)
    assert (label.text, label.source, label.kind) == ("My own words", f"carried: {NAME}", "carried")
    assert "named by the analyst" in label.reasoning
    assert f"feature 3 of “{NAME}”" in label.reasoning
    assert "Cosine of directions 0.97" in label.reasoning
    keep(other.folder, FEATURES, NAME, [label])
    assert not (other.folder / MARKS_FILE).exists()
    assert Labels.load(other.folder, FEATURES).mark(FEATURES - 4).empty


def test_the_analyst_s_names_there_stay_in_force(two: tuple[FeatureSet, FeatureSet, Matching]) -> None:
    own, other, found = two
    save_marks(
        other.folder,
        FEATURES,
        [Mark(feature=28, text="Mine"), Mark(feature=29, rejected=(own.labels.text(2),))],
    )
    before = (other.folder / MARKS_FILE).read_bytes()
    tested = Detection(auroc=0.99, low=0.9, high=1.0, positives=9, negatives=9)
    names = carried(found, own, other, Progress())
    keep(other.folder, FEATURES, NAME, as_labels(names, NAME, [tested] * len(names)))
    after = Labels.load(other.folder, FEATURES, other.statistics.live.tolist())
    assert (other.folder / MARKS_FILE).read_bytes() == before
    assert (after.text(28), after.get(28).source) == ("Mine", "human")
    assert f"carried: {NAME}" in [label.source for label in after.claims(28)]
    assert f"carried: {NAME}" not in [label.source for label in after.claims(29)]
    assert after.get(27).source == f"carried: {NAME}"
    assert after.get(27).grade == "A"


def test_names_from_there_are_replaced_and_those_from_elsewhere_kept(tmp_path: Path) -> None:
    name = carrying.Carried(1, 2, "tides", 0.95, 0.5, "nearest", "phrases", "?")
    keep(tmp_path, 4, "one", as_labels([name], "one"))
    keep(tmp_path, 4, "two", as_labels([replace(name, text="moons")], "two"))
    keep(tmp_path, 4, "one", as_labels([replace(name, text="seas", feature=0)], "one"))
    kept = load_labels(tmp_path, 4, CARRIED_FILE)
    assert [(label.feature, label.text, label.source) for label in kept] == [
        (0, "seas", "carried: one"),
        (1, "moons", "carried: two"),
    ]
    assert "its nearest feature, named by phrases (untested there)" in kept[0].reasoning
    assert "confidence 0.47" in kept[0].reasoning


def test_a_damaged_file_is_told_and_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / CARRIED_FILE
    path.write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="cannot be read"):
        keep(tmp_path, 4, "one", [])
    assert path.read_text(encoding="utf-8") == "{"
