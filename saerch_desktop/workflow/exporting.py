"""What leaves a library, and in which form: one list for both doors, one writer behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from saerch_desktop.errors import UserError
from saerch_desktop.search.filters import Filters
from saerch_desktop.tables import ENDINGS, Form, Table, form_of, write_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from saerch_desktop.features.browse import FeatureTable
    from saerch_desktop.features.families.family import Method
    from saerch_desktop.library.documents import Matches
    from saerch_desktop.progress import Progress
    from saerch_desktop.search.steering import Ranking
    from saerch_desktop.workflow.session import Session

What = Literal["results", "features", "codes", "labels", "families", "atlas", "report"]
Shape = Literal["long", "topk", "csr"]

WHATS: Final[tuple[What, ...]] = ("results", "features", "codes", "labels", "families", "atlas", "report")
SHAPES: Final[tuple[Shape, ...]] = ("long", "topk", "csr")


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What was written. rows: lines of the table, activations of a matrix, bytes of a report."""

    path: Path
    what: What
    form: str
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A search to be told of. ranking: None by words alone, then `matches`. filters: those applied. count:
    how many results, from the first on. label: names features, by their labels when left out.
    """

    ranking: Ranking | None
    matches: Matches | None = None
    filters: Filters = field(default_factory=Filters)
    count: int = 100
    label: Callable[[int], str] | None = None


def endings_for(what: What, shape: Shape = "long") -> tuple[str, ...]:
    """The endings a file of this may have, the usual one first."""
    if what == "report":
        return (".html",)
    if what == "atlas":
        return (".parquet",)
    if what == "codes" and shape == "csr":
        return (".npz",)
    return tuple(ENDINGS)


def require_ending(path: Path, what: What, shape: Shape = "long") -> None:
    """UserError for a name that ends in nothing this can be written as."""
    allowed = endings_for(what, shape)
    if path.suffix.casefold() not in allowed:
        *others, last = allowed
        raise UserError(
            f"{path.name} ends in none of the known ways.",
            "Nothing was written.",
            f"Choose a name that ends in {', '.join(others)}{' or ' if others else ''}{last}.",
        )


def write(path: Path, what: What, table: Table, progress: Progress, form: Form | None = None) -> Written:
    """Write a table in the form that is asked for, or that the name's ending says.

    Raises UserError (unknown ending, the file cannot be written), Cancelled; a former file stays then.
    """
    chosen = form or form_of(path)
    return Written(path, what, chosen, write_table(path, table, chosen, progress))


# Tables --------------------------------------------------------------------------------------------------


def results(
    session: Session,
    ranking: Ranking | None,
    matches: Matches | None,
    count: int,
    *,
    label: Callable[[int], str] | None = None,
    texts: bool = False,
) -> Table:
    """The first `count` results of a ranking, or of the matches of words."""
    from saerch_desktop.search.results_file import results_table

    name = label or (session.features.labels.text if session.features is not None else _numbered)
    return results_table(
        session.library.documents, session.engine, ranking, matches, count, name, texts=texts
    )


def features(
    session: Session,
    table: FeatureTable | None = None,
    wanted: NDArray[np.int64] | None = None,
    method: Method | None = None,
) -> Table:
    """All features, or the `wanted` ones in their order; with the columns of `table` where there is one."""
    from saerch_desktop.features.browse import FeatureTable
    from saerch_desktop.features.browse_export import features_table
    from saerch_desktop.features.families.book import open_book

    found = session.required_features()
    if table is None:
        table = FeatureTable(found)
        table.set_book(open_book(found, method))
    made = features_table(found, table, wanted)
    return replace(made, origin={"sae": found.sae.name, "weights": found.sae.sha256})


def codes(session: Session, shape: Shape = "long", top: int | None = None) -> Table:
    """The codes of all documents: a row for each activation, or with "topk" one for each document."""
    from saerch_desktop.workflow.export_codes import long_codes, wide_codes

    made = long_codes if shape == "long" else wide_codes
    return made(session.required_features(), session.library.documents, top)


def write_codes_matrix(path: Path, session: Session, progress: Progress) -> Written:
    """The codes as a sparse matrix for SciPy. Raises as `write`."""
    from saerch_desktop.workflow.export_codes import write_csr

    require_ending(path, "codes", "csr")
    return Written(path, "codes", "csr", write_csr(path, session.required_features(), progress))


def labels(session: Session) -> Table:
    """Every claim of every source about every feature."""
    from saerch_desktop.features.claims_table import claims_table

    return claims_table(session.required_features())


def families(session: Session, method: Method | None = None) -> Table:
    """The families shown, a row for each member. UserError when there are none."""
    from saerch_desktop.features.families.book import open_book
    from saerch_desktop.features.families.family_table import families_table

    found = session.required_features()
    book = open_book(found, method)
    if book is None:
        raise UserError(
            f"“{found.sae.name}” has no families yet.",
            "Nothing was written.",
            "Build families first.",
        )
    return families_table(found, book)


def _numbered(feature: int) -> str:
    return f"#{feature}"
