"""From a file to a library, page by page: what has been said, what is missing, and what will be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saerch_desktop.errors import UserError
from saerch_desktop.library.roles import Roles
from saerch_desktop.workflow import import_draft
from saerch_desktop.workflow.import_draft import STEPS, ImportDraft, Step
from saerch_desktop.workflow.import_vectors import price_of
from saerch_desktop.workflow.making import NewLibrary

if TYPE_CHECKING:
    from saerch_desktop.workflow.import_look import SourceLook
    from saerch_desktop.workflow.import_vectors import VectorsLook
    from saerch_desktop.workflow.training_plan import TrainingPlan

__all__ = ["STEPS", "ImportDraft", "ImportFlow", "Step"]


class ImportFlow:
    """The state behind the import wizard. Looks at no file itself: what workers saw is told to it.

    Every change of the draft is handed to `keep`. Nothing is copied or written until the wish of `wish` is
    carried out.
    """

    def __init__(
        self, draft: ImportDraft | None = None, keep: Callable[[ImportDraft], None] = import_draft.save
    ) -> None:
        self.draft = draft or ImportDraft()
        self._keep = keep
        self.source: SourceLook | None = None  # what was seen of the file
        self.source_trouble = ""
        self.vectors: VectorsLook | None = None  # what was seen of the file with given vectors
        self.vectors_trouble = ""

    # What is said ----------------------------------------------------------------------------------------

    def change(self, **said: Any) -> None:
        """Put fields of the draft in place of the former ones, and keep the draft if that changed it."""
        draft = replace(self.draft, **said)
        if draft != self.draft:
            self.draft = draft
            self._keep(draft)

    def choose(self, source: Path) -> None:
        """Another file: what was said about the columns and rows of the former one is let go."""
        former = self.draft
        self.source, self.source_trouble = None, ""
        named_after = former.source is not None and former.name == suggested_name(former.source)
        name = suggested_name(source) if not former.name or named_after else former.name
        self.change(source=source, roles=None, limit=None, join="", name=name, step="source")

    def saw(self, look: SourceLook) -> None:
        """A worker has looked at the file. Roles that name columns it does not have are guessed anew."""
        if look.path != self.draft.source:
            return
        self.source, self.source_trouble = look, ""
        roles = self.draft.roles
        if roles is None or not _named(roles) <= set(look.columns):
            self.change(roles=look.guessed)

    def could_not_see(self, path: Path, trouble: str) -> None:
        if path == self.draft.source:
            self.source, self.source_trouble = None, trouble

    def choose_vectors(self, path: Path) -> None:
        """Another file with vectors."""
        self.forget_vectors()
        self.change(vectors="given", vectors_file=path, vectors_column="", join="", limit=None)

    def forget_vectors(self) -> None:
        """They are looked at anew."""
        self.vectors, self.vectors_trouble = None, ""

    def saw_vectors(self, look: VectorsLook) -> None:
        if look.path == self.draft.vectors_file:
            self.vectors, self.vectors_trouble = look, ""

    def could_not_see_vectors(self, path: Path, trouble: str) -> None:
        if path == self.draft.vectors_file:
            self.vectors, self.vectors_trouble = None, trouble

    def keep_nothing(self) -> None:
        """From here on no change is kept: the pages are only shown."""
        self._keep = lambda draft: None

    # Pages -----------------------------------------------------------------------------------------------

    def missing(self, step: Step) -> str:
        """What is still to be said on this page, as a sentence; "" when nothing is."""
        return {
            "source": self._missing_source,
            "columns": self._missing_columns,
            "vectors": self._missing_vectors,
            "check": self._missing_check,
        }[step]()

    def first_missing(self) -> Step | None:
        """The first page on which something is missing."""
        return next((step for step in STEPS if self.missing(step)), None)

    @property
    def can_forward(self) -> bool:
        return self.draft.step != STEPS[-1] and not self.missing(self.draft.step)

    def forward(self) -> bool:
        """Go to the next page, if this one is complete; whether it went."""
        return self.can_forward and self._turn(STEPS[STEPS.index(self.draft.step) + 1])

    def back(self) -> bool:
        at = STEPS.index(self.draft.step)
        return at > 0 and self._turn(STEPS[at - 1])

    def go_to(self, step: Step) -> bool:
        """Go to any page that no incomplete one comes before; whether it went."""
        before = STEPS[: STEPS.index(step)]
        return not any(self.missing(one) for one in before) and self._turn(step)

    def _turn(self, step: Step) -> bool:
        self.change(step=step)
        return True

    # The end ---------------------------------------------------------------------------------------------

    def wish(self, plan: TrainingPlan | None = None, *, allow_network: bool = False) -> NewLibrary:
        """What to make, as said. plan: the features to train in the same go; None trains none.

        Call only when nothing is missing on any page.
        """
        draft = self.draft
        assert draft.source is not None and draft.target is not None  # noqa: PT018  both are checked pages
        given = draft.vectors == "given"
        return NewLibrary(
            source=draft.source,
            library=draft.target,
            roles=draft.roles,
            vectors=draft.vectors,
            embedder=draft.made_by if given else self._embedder(),
            base_url=draft.service_url if draft.vectors == "service" else "",
            budget_tokens=self._budget(),
            allow_network=allow_network,
            vectors_file=draft.vectors_file if given else None,
            vectors_column=draft.vectors_column or None if given else None,
            join=draft.join if given else "",
            limit=draft.limit,
            plan=None if draft.vectors == "none" else plan,
        )

    def finish(self) -> None:
        """The wish is being carried out, or was let go: forget the draft."""
        import_draft.drop()

    def _embedder(self) -> str:
        draft = self.draft
        return f"openai:{draft.service_model}" if draft.vectors == "service" else draft.model

    def _budget(self) -> int | None:
        draft = self.draft
        price = draft.price if draft.price is not None else price_of(draft.service_model)
        if draft.vectors != "service" or draft.most_cost is None or not price:
            return None
        return int(draft.most_cost / price * 1e6)

    # What is missing -------------------------------------------------------------------------------------

    def _missing_source(self) -> str:
        if self.draft.source is None:
            return "Choose a file or a folder with your texts."
        if self.source_trouble:
            return self.source_trouble
        return "" if self.source is not None else "The file is still being read."

    def _missing_columns(self) -> str:
        roles, look = self.draft.roles, self.source
        if look is None or roles is None:
            return "The file is still being read."
        if not roles.text:
            return "Say which column holds the text."
        unknown = sorted(_named(roles) - set(look.columns))
        return f"The file has no column called “{unknown[0]}”." if unknown else ""

    def _missing_vectors(self) -> str:
        draft = self.draft
        if draft.vectors == "service":
            return self._missing_service()
        if draft.vectors != "given":
            return ""
        if draft.vectors_file is None:
            return "Choose the file with the vectors."
        if self.vectors_trouble:
            return self.vectors_trouble
        if self.vectors is None:
            return "The vectors are still being checked."
        return self.vectors.mismatch(draft)

    def _missing_service(self) -> str:
        from saerch_desktop.embedding.online.endpoint import endpoint_at

        draft = self.draft
        if not draft.service_model.strip():
            return "Name the model that the service should use."
        try:
            endpoint = endpoint_at(draft.service_url or None)
        except UserError as error:
            return f"{error.happened} {error.remedy}"
        if endpoint.loopback:
            return ""
        if draft.price is None and price_of(draft.service_model) is None:
            return "Say what the service asks for a million tokens, so that the cost can be limited."
        return "" if draft.most_cost else "Say how much may be spent at most."

    def _missing_check(self) -> str:
        draft = self.draft
        name = draft.name.strip()
        if not name:
            return "Give the library a name."
        if Path(name).name != name or name.startswith(".") or any(letter in name for letter in '\\/:*?"<>|'):
            return "This name cannot be a folder’s name; leave out characters such as / and :."
        if draft.place is None or draft.target is None:
            return "Choose where the library is kept."
        if draft.target.exists():
            return f"“{draft.target.name}” exists already in that folder; choose another name."
        if not draft.place.is_dir():
            return f"There is no folder {draft.place}; choose another place."
        return ""


def suggested_name(source: Path) -> str:
    """A library's name after its file."""
    return source.name.split(".")[0] or source.name.strip(".")


def _named(roles: Roles) -> set[str]:
    return {name for name in (roles.id, roles.title, roles.date, *roles.text, *roles.facets) if name}
