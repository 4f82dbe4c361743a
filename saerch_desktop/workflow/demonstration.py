"""A search that shows what steering does: plain, then with one of the query's own features turned up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from saerch_desktop.search.steering import Edit

if TYPE_CHECKING:
    from saerch_desktop.search.steering import Ranking
    from saerch_desktop.workflow.session import Session

QUERY: Final = "sample random numbers from a distribution"
_DELTA: Final = 0.3
_TOP: Final = 10
_CANDIDATES: Final = 8
_RARE: Final = 0.05


def demonstrate(session: Session, query: str = QUERY) -> tuple[Ranking, Ranking]:
    """The plain ranking of `query`, and the one steered by the active feature that brings most new documents
    up.

    Features that fire in more than a twentieth of the documents say little and are passed over. UserError
    without vectors or SAE.
    """
    features = session.required_features()
    asked = session.engine.query(query)
    plain = session.engine.rank(asked, top=_TOP)
    telling = [int(f) for f in asked.indices if features.statistics.density[f] <= _RARE][:_CANDIDATES]
    if not telling:
        telling = [int(f) for f in asked.indices][:_CANDIDATES]
    steered = [session.engine.rank(asked, [Edit(feature, _DELTA)], top=_TOP) for feature in telling]
    return plain, max(steered, key=lambda ranking: ranking.moved_in, default=plain)
