"""A library from Python: open it, search, steer, and read codes, features and labels as arrays.

What is documented here is meant to be used from scripts and notebooks; it knows neither the window nor the
command line, reads only, and never uses the network unless that is allowed. See docs/notebook.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Document
    from saerch_desktop.search.steering import Mode
    from saerch_desktop.tables import Table
    from saerch_desktop.workflow.exporting import Shape, What
    from saerch_desktop.workflow.searching import Found, Kind
    from saerch_desktop.workflow.session import Session

__all__ = ["Notebook", "Results", "open_library"]


def open_library(
    path: str | PathLike[str], sae: str | None = None, *, allow_network: bool = False
) -> Notebook:
    """Open the library in the folder `path` for reading.

    sae: which SAE's features to use; the newest when left out. allow_network: queries may be sent to the
    service that made the vectors, where it was one. Raises UserError when it cannot be used.
    """
    from saerch_desktop.workflow.session import open_session

    return Notebook(open_session(Path(path), sae, allow_network=allow_network))


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """Documents found, best first. All arrays are copies of (n,), but for `contributions`.

    rows: int64 rows in the library. scores: float32, what orders the list. unsteered_scores: float32 without
    any change; unsteered_places: int32, from 1. contributions: (n, m) float32, what each of the `changes`
    added to the score: their sum over m is the change of score. changes: names of the features and families
    moved. query: (d,) float32 unit vector, empty for words alone. total: how many could be listed.
    """

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    unsteered_scores: NDArray[np.float32]
    unsteered_places: NDArray[np.int32]
    contributions: NDArray[np.float32]
    changes: tuple[str, ...]
    query: NDArray[np.float32]
    features: dict[int, float]
    total: int

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[tuple[str, str, float]]:
        """(id, title, score), best first."""
        return iter(zip(self.ids, self.titles, self.scores.tolist(), strict=True))


class Notebook:
    """An open library. Use it in a `with` statement, or `close` it. Not for several threads at once."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        sae = self.sae
        with_features = f", {self.feature_count:,} features of “{sae}”" if sae is not None else ""
        return f"<Library “{self.name}”: {len(self):,} documents{with_features}>"

    def close(self) -> None:
        """Let go of the library's files; arrays that were returned stay valid unless they say otherwise."""
        self.session.close()

    # What is there ---------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.session.library.manifest.name

    @property
    def path(self) -> Path:
        return self.session.library.path

    def __len__(self) -> int:
        """The number of documents."""
        return len(self.session.library.documents)

    @property
    def saes(self) -> tuple[str, ...]:
        """Names of all SAEs of the library."""
        return tuple(self.session.library.sae_names())

    @property
    def sae(self) -> str | None:
        """The SAE in use, None without a usable one."""
        return self.session.features.sae.name if self.session.features is not None else None

    @property
    def feature_count(self) -> int:
        """How many features the SAE in use has, 0 without one."""
        return self.session.features.sae.config.features if self.session.features is not None else 0

    def documents(self, rows: Iterable[int]) -> list[Document]:
        """The documents in these rows, in that order: row, id, title, text, date, facets, metadata.

        IndexError when one is not there.
        """
        return self.session.library.documents.many([int(row) for row in rows])

    def document(self, id: str) -> Document:  # noqa: A002
        """The document with this id. UserError when there is none."""
        return self.documents([self.session.row_of(id)])[0]

    def where(self, text: str) -> NDArray[np.bool_]:
        """(N,) bool: the documents that a typed filter means, such as `year>=2020` or `#12>0.2`. UserError
        where it cannot be read.
        """
        return self.session.where(text)

    # Arrays ----------------------------------------------------------------------------------------------

    @property
    def vectors(self) -> NDArray[np.floating]:
        """(N, d) float16 or float32 unit rows, NaN for a text without a vector: a read-only memory map, valid
        while the library is open. UserError without vectors.
        """
        vectors = self.session.library.vectors
        if vectors is None:
            raise UserError(
                "This library has no vectors yet.", "There is nothing to read.", "Embed the documents first."
            )
        return vectors.array

    @property
    def codes(self) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Features and activations of all documents, strongest first: (N, width) int32 and float32.

        Read-only memory maps, valid while the library is open. A place with activation 0 stands for nothing.
        """
        codes = self.session.required_features().codes
        return codes.indices, codes.values

    def codes_csr(self) -> Any:
        """The codes as a `scipy.sparse.csr_array` (N, features) of float32, in memory: 8 bytes for each
        activation.
        """
        from scipy.sparse import csr_array

        features = self.session.required_features()
        indices, values = features.codes.indices, features.codes.values
        on = np.asarray(values) > 0
        indptr = np.concatenate(([0], np.cumsum(on.sum(axis=1, dtype=np.int64))))
        made = csr_array(
            (values[on], indices[on], indptr), shape=(len(indices), features.sae.config.features)
        )
        made.sort_indices()
        return made

    def active_in(self, feature: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The rows where a feature is active and its activations there, strongest first. UserError when there
        is no such feature.
        """
        features = self.session.required_features()
        features.require(feature)
        rows, values = features.inverted.of(feature)
        return np.asarray(rows, np.int64), np.array(values)

    @property
    def decoder(self) -> NDArray[np.float32]:
        """(features, d) float32: the direction of each feature."""
        return np.array(self.session.required_features().sae.decoder, np.float32)

    @property
    def labels(self) -> list[str]:
        """What each feature is called, by its number; "#12" for one without a name."""
        labels = self.session.required_features().labels
        return [labels.text(feature) for feature in range(labels.features)]

    def find_features(self, words: str, most: int = 50) -> list[int]:
        """Features whose name holds all the words, best first; "-word" excludes."""
        return self.session.required_features().labels.search(words, most)

    # Tables ----------------------------------------------------------------------------------------------

    def table(self, what: What, **options: Any) -> dict[str, list[Any]]:
        """A table by columns, as an exported file has it: `pandas.DataFrame(library.table("features"))`.

        what: "features", "labels" (every claim of every source), "families" or "codes" (shape="long" or
        "topk", top=…). All of it is in memory: for the codes of many documents use `export`.
        """
        from saerch_desktop.tables import lines

        table = self._table(what, options)
        columns: dict[str, list[Any]] = {name: [] for name in table.names}
        for line in lines(table):
            for name, cell in line.items():
                columns[name].append(cell)
        return columns

    def export(self, what: What, path: str | PathLike[str], **options: Any) -> Path:
        """Write a table to a file, as its ending says: .csv, .jsonl or .parquet; what and options as of
        `table`. "codes" with shape="csr" goes to .npz for `scipy.sparse.load_npz`, "atlas" to .parquet for
        Embedding Atlas (method="pca" or "umap", neighbours=…). UserError when it cannot be written.
        """
        from saerch_desktop.workflow import atlas, exporting

        target, progress = Path(path), Progress()
        if what == "atlas":
            atlas.write_atlas(target, self.session, progress, **options)
        elif what == "codes" and options.get("shape") == "csr":
            exporting.write_codes_matrix(target, self.session, progress)
        else:
            exporting.write(target, what, self._table(what, options), progress)
        return target

    def _table(self, what: What, options: dict[str, Any]) -> Table:
        from saerch_desktop.workflow import exporting

        if what == "features":
            return exporting.features(self.session, **options)
        if what == "labels":
            return exporting.labels(self.session, **options)
        if what == "families":
            return exporting.families(self.session, **options)
        if what == "codes":
            shape: Shape = options.pop("shape", "long")
            return exporting.codes(self.session, shape, **options)
        raise UserError(
            f"There is no table “{what}”.",
            "Nothing was read.",
            "Ask for features, labels, families or codes.",
        )

    # Search ----------------------------------------------------------------------------------------------

    def search(
        self,
        query: str | None = None,
        *,
        like: str | Sequence[str] = (),
        steer: Mapping[int, float] | None = None,
        families: Mapping[str, float] | None = None,
        mute: Iterable[int] = (),
        solo: Iterable[int] = (),
        budget: float | None = None,
        recipe: str | PathLike[str] | None = None,
        where: str | Sequence[str] = (),
        hide: str | Sequence[str] = (),
        kind: Kind = "meaning",
        weight: float = 0.5,
        mode: Mode = "residual",
        top: int = 10,
        skip: int = 0,
    ) -> Results:
        """Search, with features turned up or down; without any change it is plain search.

        query: what to look for; or `like`: ids of documents to look for more of. steer: change of each
        feature's activation, such as {12: 0.3}. families: amount by key or name; 1 is a document full of it.
        budget: steer no further from the query than this cosine. recipe: name of one of the library's, or a
        file. where, hide: filters as they are typed. kind: "meaning", "words" or "both"; weight: of the words
        in both. mode: "residual" keeps all of the query, "paper" only its features. Raises UserError.
        """
        from saerch_desktop.search.filters import Chip, Filters
        from saerch_desktop.search.mix import Mix
        from saerch_desktop.search.steering import Edit
        from saerch_desktop.workflow.searching import Wish, find, recipe_called

        documents = _several(like)
        if (query is None) == (not documents):
            raise UserError(
                "There must be either a query or documents to look for the like of.",
                "Nothing was searched.",
                "Give one of the two.",
            )
        filters = Filters()
        for text in _several(where):
            filters = filters.with_chip(Chip(text))
        for text in _several(hide):
            filters = filters.with_chip(Chip(text, out=True))
        edits = tuple(Edit(int(feature), float(delta)) for feature, delta in (steer or {}).items() if delta)
        wish = Wish(
            text=query,
            like=documents,
            kind=kind,
            weight=weight,
            filters=filters,
            mix=Mix(edits, muted=frozenset(mute), soloed=frozenset(solo), budget=budget),
            families=tuple((families or {}).items()),
            recipe=None if recipe is None else recipe_called(self.path, str(recipe)),
            mode=mode,
            top=top,
            skip=skip,
        )
        return self._results(find(self.session, wish))

    def _results(self, found: Found) -> Results:
        documents, ranking = self.session.library.documents, found.ranking
        changes: tuple[str, ...] = ()
        active: dict[int, float] = {}
        if ranking is None:
            hits = found.page.hits if found.page is not None else ()
            rows = np.asarray([hit.row for hit in hits], np.int64)
            scores = np.asarray([hit.score for hit in hits], np.float32)
            before, places = scores, np.arange(1, len(hits) + 1, dtype=np.int32) + found.wish.skip
            shares, query = np.zeros((len(hits), 0), np.float32), np.empty(0, np.float32)
        else:
            rows, fused, asked = ranking.rows, ranking.fused, ranking.query
            scores = ranking.scores if fused is None else fused.score
            before = ranking.scores_before if fused is None else fused.score_before
            places, shares = ranking.rank_before, ranking.contributions
            changes = tuple(self._called(term) for term in ranking.contribution_features)
            query = asked.vector
            active = dict(zip(asked.indices.tolist(), asked.values.tolist(), strict=True))
        wanted = rows.tolist()
        return Results(
            tuple(documents.ids(wanted)),
            tuple(documents.titles(wanted)),
            np.array(rows),
            np.array(scores, np.float32),
            np.array(before, np.float32),
            np.array(places, np.int32),
            np.array(shares, np.float32),
            changes,
            np.array(query, np.float32),
            active,
            found.total,
        )

    def _called(self, term: Any) -> str:
        if term is None:
            return "not explained by features (dropped)"
        if isinstance(term, int):
            return self.session.required_features().labels.text(term)
        return str(term.name)


def _several(texts: str | Sequence[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)
