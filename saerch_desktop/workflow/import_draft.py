"""What has been said so far about a library to be made from a file: one frozen value, kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from saerch_desktop.library.roles import Roles
from saerch_desktop.workflow import drafts

Step = Literal["source", "columns", "vectors", "check"]
VectorsFrom = Literal["compute", "service", "given", "none"]

STEPS: Final[tuple[Step, ...]] = get_args(Step)
MINILM: Final = "minilm"
_KIND: Final = "import"
_LONGEST: Final = 4096
_MOST_COLUMNS: Final = 1000


@dataclass(frozen=True, slots=True)
class ImportDraft:
    """Everything that the pages ask for; what is not said yet is None or empty.

    roles: None until the file was looked at. model: the embedder's spec ("minilm" or "folder:PATH") that
    computes here. made_by: who made given vectors ("" for a model unknown here). join: the array or column of
    the vector file that holds identifiers, where rows are matched by them instead of by their order.
    limit: import only the first so many records. most_cost: where a paid service stops, in its currency.
    """

    step: Step = "source"
    source: Path | None = None
    roles: Roles | None = None
    vectors: VectorsFrom = "compute"
    model: str = MINILM
    service_model: str = "text-embedding-3-small"
    service_url: str = ""
    price: float | None = None  # per million tokens, where no price is known for the model
    most_cost: float | None = None
    vectors_file: Path | None = None
    vectors_column: str = ""
    made_by: str = ""
    join: str = ""
    limit: int | None = None
    name: str = ""
    place: Path | None = None

    @property
    def target(self) -> Path | None:
        """The library's folder; None until it has a name and a place."""
        name = self.name.strip().removesuffix(".saerch")
        return self.place / f"{name}.saerch" if name and self.place is not None else None

    @property
    def is_begun(self) -> bool:
        """Whether anything is in it that one would miss."""
        return self.source is not None

    def to_json(self) -> dict[str, Any]:
        """JSON values only; `from_json` is its inverse."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        for name in ("source", "vectors_file", "place"):
            found[name] = None if found[name] is None else str(found[name])
        found["roles"] = None if self.roles is None else asdict(self.roles)
        return found

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ImportDraft:
        """What of `value` makes sense; the rest is as in a new draft. Never raises."""
        draft = cls()
        for name, taken in _TAKEN.items():
            if name in value and (said := taken(value[name])) is not None:
                draft = replace(draft, **{name: said})
        return draft


def save(draft: ImportDraft) -> None:
    """Keep the draft; one that has not begun is dropped instead. UserError when it cannot be written."""
    if draft.is_begun:
        drafts.save(_KIND, draft.to_json())
    else:
        drafts.drop(_KIND)


def load() -> ImportDraft | None:
    """The draft that was left unfinished, if there is one."""
    kept = drafts.load(_KIND)
    draft = ImportDraft.from_json(kept) if kept is not None else None
    return draft if draft is not None and draft.is_begun else None


def drop() -> None:
    drafts.drop(_KIND)


def roles_to_json(roles: Roles) -> dict[str, Any]:
    return asdict(roles)


def roles_from_json(value: object) -> Roles | None:
    """Roles from JSON; None for what are none."""
    if not isinstance(value, Mapping):
        return None
    single = {name: _text(value.get(name)) or None for name in ("id", "title", "date")}
    several = {name: _texts(value.get(name)) for name in ("text", "facets")}
    return Roles(**single, **several)  # type: ignore[arg-type]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= _LONGEST and "\0" not in value else None


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_COLUMNS:
        return ()
    return tuple(text for one in value if (text := _text(one)))


def _path(value: object) -> Path | None:
    text = _text(value)
    return Path(text) if text else None


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 1e12 else None  # type: ignore[operator, arg-type]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 40 else None


_TAKEN: Final[Mapping[str, Any]] = {
    "step": lambda value: value if value in STEPS else None,
    "source": _path,
    "roles": roles_from_json,
    "vectors": lambda value: value if value in get_args(VectorsFrom) else None,
    "model": _text,
    "service_model": _text,
    "service_url": _text,
    "price": _number,
    "most_cost": _number,
    "vectors_file": _path,
    "vectors_column": _text,
    "made_by": _text,
    "join": _text,
    "limit": _count,
    "name": _text,
    "place": _path,
}
