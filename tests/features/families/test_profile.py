"""What the detail panel shows of a family, against the dense codes."""

from __future__ import annotations

import numpy as np
import pytest
from planted_library import Dense

from saerch_desktop.errors import UserError
from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.features.families.profile import profile
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.columns import Columns
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress

MEMBERS = (2, 0, 1, 9)
WHOLE = Family(
    key="whole",
    members=MEMBERS,
    root=2,
    name=FamilyName(text="Made up", source="members", alternatives=("Or",)),
)
PART = Family(key="part", members=(0, 1), parents=("whole", "gone"), level=1)


@pytest.fixture
def book() -> FamilyBook:
    return FamilyBook.of(Families(method="default", families=(WHOLE, PART)))


def test_figures_are_those_of_the_codes(features: FeatureSet, dense: Dense, book: FamilyBook) -> None:
    found = profile(features, book, "whole", top=7)
    own = dense.codes[:, list(MEMBERS)]
    sums = own.sum(axis=1)
    order = np.lexsort((np.arange(len(sums)), -sums))[:7]
    assert [document.row for document in found.top] == order.tolist()
    assert [document.activation for document in found.top] == pytest.approx(sums[order], rel=1e-5)
    assert {document.title for document in found.top} == {""}
    assert found.count == np.count_nonzero(sums)
    assert found.density == pytest.approx(found.count / features.documents)
    assert found.together == np.count_nonzero((own > 0).sum(axis=1) >= 2)
    assert [member.feature for member in found.members] == list(MEMBERS)
    assert [member.root for member in found.members] == [True, False, False, False]
    assert [member.share for member in found.members] == pytest.approx(own.sum(axis=0) / own.sum(), rel=1e-4)
    assert [member.density for member in found.members] == pytest.approx(
        (own > 0).sum(axis=0) / features.documents, rel=1e-5
    )
    assert found.members[0].text == features.labels.text(2)
    assert (found.text, found.grade, found.alternatives, found.activity) == ("Made up", "?", ("Or",), None)


def test_relatives_titles_and_years(features: FeatureSet, library: Library, book: FamilyBook) -> None:
    columns = Columns.load(library.documents, Progress())
    found = profile(features, book, "part", library.documents, columns)
    assert [(parent.key, parent.text, parent.size) for parent in found.parents] == [("whole", "Made up", 4)]
    assert found.parts == ()
    assert [part.key for part in profile(features, book, "whole").parts] == ["part"]
    assert [d.title for d in found.top] == library.documents.titles([d.row for d in found.top])
    assert found.activity is not None
    assert found.activity.undated == found.count, "the planted documents have no dates"


def test_a_family_that_is_gone_is_told(features: FeatureSet, book: FamilyBook) -> None:
    with pytest.raises(UserError, match="not among those shown"):
        profile(features, book, "gone")
    lost = FamilyBook.of(Families(method="default", families=(Family(key="x", members=(0, 999)),)))
    with pytest.raises(UserError, match="no feature 999"):
        profile(features, lost, "x")
