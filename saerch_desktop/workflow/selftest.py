"""The main job on a tiny library in a temporary folder: proves in seconds that this installation works."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.search.steering import Query
    from saerch_desktop.workflow.session import Session

_SUBJECTS: Final = (
    ("Galaxies", "stars, gas and dark matter bound by gravity"),
    ("Bread", "flour, water, salt and yeast baked in a hot oven"),
    ("Chess", "openings, sacrifices and endgames on a board of squares"),
    ("Bridges", "steel cables, arches and towers that carry a road"),
    ("Whales", "large mammals that sing and migrate through the sea"),
    ("Violins", "strings, bows and varnished wood in an orchestra"),
)
_ASPECTS: Final = (
    "a short history of",
    "an introduction to",
    "common mistakes about",
    "how to photograph",
    "the economics of",
    "famous people and",
    "a child's view of",
    "measuring",
    "the future of",
    "poems about",
    "the colours of",
    "maps of",
)
_FEATURES, _K, _EPOCHS, _TOP = 24, 4, 8, 10
_DIM: Final = 32
_SUM_TOLERANCE: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried, how long it took, whether it worked, and what it found or why it failed."""

    name: str
    seconds: float
    passed: bool
    detail: str


class CheckFailed(Exception):
    """A result is not what it must be."""


def run(progress: Progress, tell: Callable[[Step], None] | None = None) -> list[Step]:
    """Try every step in turn and stop at the first that fails; `tell` hears of each as soon as it is done.

    Nothing outside a temporary folder is touched. Raises Cancelled.
    """
    steps: list[Step] = []
    with tempfile.TemporaryDirectory(prefix="saerch-selftest-", ignore_cleanup_errors=True) as folder:
        trial = _Trial(Path(folder), progress)
        try:
            for name, action in trial.actions():
                done = _tried(name, action)
                steps.append(done)
                if tell is not None:
                    tell(done)
                if not done.passed:
                    break
        finally:
            trial.close()
    return steps


def _tried(name: str, action: Callable[[], str]) -> Step:
    began = time.monotonic()
    try:
        detail, passed = action(), True
    except Cancelled:
        raise
    except UserError as error:
        detail, passed = str(error), False
    except Exception as error:  # noqa: BLE001  # whatever breaks on a foreign machine is the finding
        detail, passed = f"{type(error).__name__}: {error}", False
    return Step(name, time.monotonic() - began, passed, detail)


class _Trial:
    """The steps, and what one hands to the next."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder = folder
        self._library = folder / "selftest.saerch"
        self._progress = progress
        self._session: Session | None = None
        self._query: Query | None = None
        self._given = False

    def actions(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "import texts", self._import
        yield "vectors", self._embed
        yield "train, encode, index and name features", self._train
        yield "open, search by words", self._words
        yield "search by meaning equals plain cosine", self._search
        yield "steering without edits is plain search", self._identity
        yield "contributions sum to the change of score", self._contributions
        yield "every file is sound", self._check

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _import(self) -> str:
        from saerch_desktop.library.importing import import_file

        source = self._folder / "texts.jsonl"
        records = [
            {
                "id": f"{subject}-{number}",
                "title": f"{aspect} {subject}".capitalize(),
                "text": f"On {about}.",
                "kind": subject,
            }
            for subject, about in _SUBJECTS
            for number, aspect in enumerate(_ASPECTS)
        ]
        source.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        report = import_file(source, self._library, progress=self._progress)
        _require(report.documents == len(records), f"{report.documents} of {len(records)} documents arrived")
        return f"{report.documents} documents"

    def _embed(self) -> str:
        from saerch_desktop.embedding.job import embed_library
        from saerch_desktop.embedding.registry import open_embedder
        from saerch_desktop.library.library import Library

        try:
            embedder = open_embedder("minilm")
        except UserError:
            return self._give_vectors()
        with Library.open(self._library, write=True) as library:
            report = embed_library(library, embedder, self._progress)
        _require(report.embedded == report.rows, f"{report.embedded} of {report.rows} texts were embedded")
        return f"{report.rows} texts by the built-in model"

    def _give_vectors(self) -> str:
        from saerch_desktop.embedding.registry import parse_identity
        from saerch_desktop.library.library import Library
        from saerch_desktop.library.vectors_writer import VectorsWriter

        chance = np.random.default_rng(0)
        count = len(_SUBJECTS) * len(_ASPECTS)
        centres = np.repeat(chance.normal(size=(len(_SUBJECTS), _DIM)), len(_ASPECTS), axis=0)
        rows = centres + 0.5 * chance.normal(size=(count, _DIM))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        with Library.open(self._library, write=True) as library:
            identity = parse_identity("selftest", _DIM)
            with VectorsWriter.open_partial(library, count, _DIM, "float32", identity) as writer:
                writer.write(np.arange(count), rows.astype(np.float32))
                writer.finish()
        self._given = True
        return f"{count} seeded vectors, because the built-in model is not installed"

    def _train(self) -> str:
        from saerch_desktop.workflow.build import Wishes, train_sae

        wishes = Wishes(features=_FEATURES, k=_K, epochs=_EPOCHS, device="cpu")
        built = train_sae(self._library, "selftest", wishes, self._progress)
        metrics = built.details.metrics
        _require(metrics is not None and metrics.fvu < 1, "the SAE explains nothing")
        return f"{_FEATURES} features, unexplained {metrics.fvu:.0%}" if metrics else ""

    def _words(self) -> str:
        from saerch_desktop.workflow.session import open_session

        self._session = open_session(self._library)
        hits = self._session.engine.keyword("yeast oven", top=_TOP).hits
        titles = self._session.library.documents.titles([hit.row for hit in hits])
        _require(len(titles) == _TOP and all("bread" in title.lower() for title in titles), f"found {titles}")
        return f"{len(titles)} of {_TOP} about bread"

    def _search(self) -> str:
        session = self._opened()
        vectors = session.library.vectors
        assert vectors is not None
        if self._given:
            self._query = session.engine.query_from_document(0)
        else:
            self._query = session.engine.query("the night sky through a telescope")
        every = vectors.block(0, vectors.rows)
        cosines = every.astype(np.float64) @ self._query.vector.astype(np.float64)
        found = session.engine.rank(self._query, top=_TOP)
        best = np.sort(cosines)[::-1][:_TOP]
        _require(bool(np.allclose(cosines[found.rows], best, atol=1e-5)), "the best documents are not on top")
        return session.library.documents.titles([int(found.rows[0])])[0]

    def _identity(self) -> str:
        from saerch_desktop.search.steering import Edit

        engine, query = self._opened().engine, self._asked()
        plain = engine.rank(query, top=_TOP)
        still = engine.rank(query, [Edit(int(query.indices[0]), 0.0)], top=_TOP)
        same = np.array_equal(plain.rows, still.rows) and np.array_equal(plain.scores, still.scores)
        _require(same, "a search without edits differs from plain search")
        return "equal to the last bit"

    def _contributions(self) -> str:
        from saerch_desktop.search.steering import Edit

        session, query = self._opened(), self._asked()
        features = session.required_features()
        active = {int(number) for number in query.indices}
        added = next(number for number in range(features.sae.config.features) if number not in active)
        edits = [Edit(int(query.indices[0]), -0.4), Edit(added, 0.5)]
        worst = 0.0
        for mode in ("residual", "paper"):
            ranking = session.engine.rank(query, edits, mode, top=_TOP)
            change = ranking.scores - ranking.scores_before
            worst = max(worst, float(np.abs(ranking.contributions.sum(axis=1) - change).max()))
        _require(worst < _SUM_TOLERANCE, f"they are off by {worst:.1e}")
        return f"within {worst:.0e}"

    def _check(self) -> str:
        from saerch_desktop.library.checks import check_library

        self.close()
        found = check_library(self._library, repair=False, progress=self._progress)
        wrong = [finding.what for finding in found if finding.severity != "note"]
        _require(not wrong, " ".join(wrong))
        return "hashes, shapes and numbers agree"

    def _opened(self) -> Session:
        assert self._session is not None
        return self._session

    def _asked(self) -> Query:
        assert self._query is not None
        return self._query


def _require(holds: bool, complaint: str) -> None:
    if not holds:
        raise CheckFailed(complaint)
