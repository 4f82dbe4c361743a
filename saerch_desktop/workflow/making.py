"""From a file to a steerable library in one job: import, vectors, training; each step goes on where it
stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.manifest import EmbedderIdentity
    from saerch_desktop.library.roles import Roles
    from saerch_desktop.workflow.training_plan import TrainingPlan
    from saerch_desktop.workflow.training_run import PlanDone

NAME = "features"
VectorsFrom = Literal["compute", "service", "given", "none"]


@dataclass(frozen=True, slots=True)
class NewLibrary:
    """What to make of `source`.

    embedder: who made given vectors ("minilm", or a name), else what makes them: "" and "minilm" for the
    built-in model, `folder:PATH`, or `openai:MODEL` with the service at `base_url`, which is asked only where
    `allow_network` and never for more than `budget_tokens`. join: the identifiers in the vector file, by
    which its rows are matched. limit: only the first so many records.
    """

    source: Path
    library: Path
    roles: Roles | None
    vectors: VectorsFrom = "compute"
    vectors_file: Path | None = None
    vectors_column: str | None = None
    join: str = ""
    embedder: str = ""
    base_url: str = ""
    budget_tokens: int | None = None
    allow_network: bool = False
    limit: int | None = None
    plan: TrainingPlan | None = None  # None trains nothing

    def to_json(self) -> dict[str, Any]:
        """JSON values only, without `library`; `from_json` is its inverse.

        That the network may be used is left out: leave for one job is no leave for another one.
        """
        given = self.vectors_file
        return {
            "source": str(self.source),
            "roles": None if self.roles is None else asdict(self.roles),
            "vectors": self.vectors,
            "vectors_file": None if given is None else str(given),
            "vectors_column": self.vectors_column,
            "join": self.join,
            "embedder": self.embedder,
            "base_url": self.base_url,
            "budget_tokens": self.budget_tokens,
            "limit": self.limit,
            "plan": None if self.plan is None else self.plan.to_json(),
        }

    @classmethod
    def from_json(cls, library: Path, value: Mapping[str, Any]) -> NewLibrary:
        """UserError for what makes no sense."""
        from pydantic import TypeAdapter, ValidationError

        from saerch_desktop.library.roles import Roles
        from saerch_desktop.workflow.training_plan import TrainingPlan

        wish = dict(value)
        plan = wish.pop("plan", None)
        roles = wish.pop("roles", None)
        try:
            kept = TypeAdapter(_Kept).validate_python(wish)
            played = None if roles is None else TypeAdapter(Roles).validate_python(roles)
        except ValidationError as error:
            raise UserError(
                "What was kept of the interrupted import cannot be read.",
                "What was imported before is still there.",
                "Import the file again, into the same library, and it goes on.",
            ) from error
        given = None if kept.vectors_file is None else Path(kept.vectors_file)
        return cls(
            source=Path(kept.source),
            library=library,
            roles=played,
            vectors=kept.vectors,
            vectors_file=given,
            vectors_column=kept.vectors_column,
            join=kept.join,
            embedder=kept.embedder,
            base_url=kept.base_url,
            budget_tokens=kept.budget_tokens,
            limit=kept.limit,
            plan=None if plan is None else TrainingPlan.from_json(plan),
        )


@dataclass(frozen=True, slots=True)
class _Kept:
    """The fields of a wish as JSON has them."""

    source: str
    vectors: VectorsFrom = "compute"
    vectors_file: str | None = None
    vectors_column: str | None = None
    join: str = ""
    embedder: str = ""
    base_url: str = ""
    budget_tokens: int | None = None
    limit: int | None = None


class Within(Progress):
    """The progress of a step inside a larger job: its own plan of stages is the larger job's already."""

    def __init__(self, whole: Progress) -> None:
        super().__init__()
        self._whole = whole

    def begin(self, stage: str, total: int | None = None, unit: str = "", done: int = 0) -> None:
        self._whole.begin(stage, total, unit, done)

    def advance(self, done: int, detail: str = "") -> None:
        self._whole.advance(done, detail)

    def cancel(self) -> None:
        self._whole.cancel()

    @property
    def cancelled(self) -> bool:
        return self._whole.cancelled

    def pause(self) -> None:
        self._whole.pause()

    def resume(self) -> None:
        self._whole.resume()

    @property
    def paused(self) -> bool:
        return self._whole.paused

    @property
    def resting(self) -> bool:
        return self._whole.resting

    def note(self, line: str) -> None:
        self._whole.note(line)

    def spent(self, words: str) -> None:
        self._whole.spent(words)

    def check(self) -> None:
        self._whole.check()


def make_library(wish: NewLibrary, progress: Progress) -> PlanDone | None:
    """Carry out the whole wish; what was trained. Raises UserError and Cancelled; what was finished before
    stays and is not redone.
    """
    from saerch_desktop.library.importing import import_file
    from saerch_desktop.workflow.training_run import run_plan

    given = wish.vectors_file if wish.vectors == "given" else None
    step = Within(progress)
    progress.plan(_stages(wish))
    import_file(
        wish.source,
        wish.library,
        roles=wish.roles,
        vectors=given,
        vectors_column=wish.vectors_column,
        embedder=_identity(wish, given) if given is not None else None,
        join=wish.join,
        limit=wish.limit,
        progress=step,
    )
    if wish.vectors in ("compute", "service"):
        embed_all(wish.library, wish.embedder or "minilm", step, Service.of(wish))
    if wish.vectors == "none" or wish.plan is None:
        return None
    return run_plan(wish.library, wish.plan, step)


@dataclass(frozen=True, slots=True)
class Service:
    """How a service that makes vectors may be asked; see `NewLibrary`."""

    base_url: str | None = None
    budget_tokens: int | None = None
    allow_network: bool = False

    @classmethod
    def of(cls, wish: NewLibrary) -> Service | None:
        if wish.vectors != "service":
            return None
        return cls(wish.base_url or None, wish.budget_tokens, wish.allow_network)


def embed_all(path: Path, spec: str, progress: Progress, service: Service | None = None) -> None:
    """Embed every text of the library that has no vector yet. UserError, Cancelled."""
    from saerch_desktop.embedding.job import embed_library
    from saerch_desktop.embedding.registry import open_embedder
    from saerch_desktop.library.library import Library

    with Library.open(path, write=True) as library:
        asked = service or Service()
        embedder = open_embedder(
            spec,
            base_url=asked.base_url,
            budget_tokens=asked.budget_tokens,
            allow_network=asked.allow_network,
        )
        embed_library(library, embedder, progress)


def _identity(wish: NewLibrary, given: Path) -> EmbedderIdentity | None:
    """Who made the given vectors; None leaves it to their file's name."""
    from saerch_desktop.embedding.registry import parse_identity
    from saerch_desktop.library.given import load_given

    if not wish.embedder:
        return None
    dim = int(load_given(given, wish.vectors_column).shape[1])
    return parse_identity(wish.embedder, dim)


def _stages(wish: NewLibrary) -> list[str]:
    from saerch_desktop.library.importing import import_stages
    from saerch_desktop.workflow.training_run import stages_of

    stages = list(import_stages(vectors=wish.vectors == "given", join=bool(wish.join)))
    if wish.vectors in ("compute", "service"):
        stages.append("Embedding")
    if wish.vectors != "none" and wish.plan is not None:
        stages += stages_of(wish.plan)
    return stages
