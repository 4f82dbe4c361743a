"""What the analyst changed about families: a list of edits that lies over whatever was computed.

Kept apart from the families themselves, so that building those anew replaces none of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.families.family import Family, Method
from saerch_desktop.features.marks import writing
from saerch_desktop.features.plain_text import Line, one_line
from saerch_desktop.features.versions import require_known

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook

EDITS_FILE: Final = "families_edits.json"
_LARGEST_FILE: Final = 1 << 28
_SCHEMA: Final = 1
_MADE: Final = "own-"  # how keys of families begin that an edit made
_LONGEST: Final = 1_000

Text = Annotated[Line, Field(max_length=_LONGEST)]
Features = Annotated[
    tuple[Annotated[int, Field(ge=0)], ...],
    Field(min_length=1),
    AfterValidator(lambda members: tuple(dict.fromkeys(members))),
]


class Target(BaseModel):
    """A family as it was when it was edited. key and members: by which it is found again after a rebuild.
    text: what it was called, for a reader.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: Annotated[Line, Field(min_length=1, max_length=_LONGEST)]
    members: Features
    text: Text = ""


class _Edit(BaseModel):
    """id: of this edit alone. made: ISO time. method: in whose families it was made; "own": it is about
    families that the analyst made, and holds whichever method is looked at.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Annotated[Line, Field(min_length=1, max_length=_LONGEST)]
    made: Text = ""
    method: Method

    @property
    def key(self) -> str:
        """The key of the family it makes, if it makes one."""
        return _MADE + self.id


class Rename(_Edit):
    """text: the new name; "" gives back the one that was computed."""

    kind: Literal["rename"] = "rename"
    target: Target
    text: Text


class Merge(_Edit):
    """The targets become one family, `key`, that is called `text`, or as the first was."""

    kind: Literal["merge"] = "merge"
    targets: Annotated[tuple[Target, ...], Field(min_length=2)]
    text: Text = ""


class Split(_Edit):
    """`members` leave the target for a family of their own, `key`, called `text`."""

    kind: Literal["split"] = "split"
    target: Target
    members: Features
    text: Text = ""


class Move(_Edit):
    """A feature leaves one family for another. Without `source` it is only added, without `goal` only taken
    out.
    """

    kind: Literal["move"] = "move"
    feature: Annotated[int, Field(ge=0)]
    source: Target | None = None
    goal: Target | None = None


class Place(_Edit):
    """The target becomes a part of `under` and of nothing else; of no family when that is None."""

    kind: Literal["place"] = "place"
    target: Target
    under: Target | None = None


class Create(_Edit):
    """A family of these features, `key`, called `text`."""

    kind: Literal["create"] = "create"
    members: Features
    text: Text = ""


class Hide(_Edit):
    """The target is no longer shown; with hidden=False it is again."""

    kind: Literal["hide"] = "hide"
    target: Target
    hidden: bool = True


Edit = Annotated[Rename | Merge | Split | Move | Place | Create | Hide, Field(discriminator="kind")]


class Conflict(BaseModel):
    """An edit that cannot be made to the families as they are now. It is kept, and tried again whenever they
    change. why: a sentence.
    """

    model_config = ConfigDict(frozen=True)

    edit: Edit
    why: str


# Making them ---------------------------------------------------------------------------------------------


def rename(book: FamilyBook, key: str, text: str) -> Rename:
    """Call a family `text`; "" gives back the computed name. These functions raise UserError when there is no
    such family, or nothing would come of the edit.
    """
    target = _target(book, key)
    return Rename(**_head(book, (key,)), target=target, text=_short(text))


def merge(book: FamilyBook, keys: Sequence[str], text: str = "") -> Merge:
    """Make one family of several; what it is called without `text` is up to the first."""
    once = tuple(dict.fromkeys(keys))
    if len(once) < 2:
        raise _pointless("Merging takes two families or more.", "Choose several families.")
    targets = tuple(_target(book, key) for key in once)
    return Merge(**_head(book, once), targets=targets, text=_short(text))


def split(book: FamilyBook, key: str, members: Iterable[int], text: str = "") -> Split:
    """Give some members of a family one of their own."""
    target = _target(book, key)
    wanted = set(members)
    leaving = tuple(member for member in target.members if member in wanted)
    if not leaving or len(leaving) == len(target.members):
        raise _pointless(
            "A split takes some members out of a family and leaves others.",
            "Choose members of one family, but not all of them.",
        )
    return Split(**_head(book, (key,)), target=target, members=leaving, text=_short(text))


def move(book: FamilyBook, feature: int, source: str | None, goal: str | None) -> Move:
    """Take a feature out of `source` (None: out of none) and put it into `goal` (None: into none)."""
    old = _target(book, source) if source is not None else None
    new = _target(book, goal) if goal is not None else None
    if old is not None and feature not in old.members:
        raise _pointless("The feature is not in that family.", "Choose one of its members.")
    if old is not None and len(old.members) == 1:
        raise _pointless("It is the family's last member.", "Merge the family, or hide it.")
    if old == new or (new is not None and feature in new.members):
        raise _pointless("The feature is in that family already.", "Choose another family.")
    head = _head(book, [key for key in (source, goal) if key is not None])
    return Move(**head, feature=feature, source=old, goal=new)


def place(book: FamilyBook, key: str, under: str | None) -> Place:
    """Make a family a part of another one, or of none."""
    target = _target(book, key)
    above = _target(book, under) if under is not None else None
    if under is not None and (under == key or key in ancestors(book.families, under)):
        raise _pointless("A family cannot be a part of its own parts.", "Choose another family.")
    head = _head(book, [one for one in (key, under) if one is not None])
    return Place(**head, target=target, under=above)


def create(book: FamilyBook, members: Iterable[int], text: str = "") -> Create:
    """Make a family of a selection of features. It is there whichever method is looked at."""
    chosen = tuple(dict.fromkeys(int(member) for member in members))
    if len(chosen) < 2:
        raise _pointless("A family takes two features or more.", "Choose several features.")
    head = _head(book, ()) | {"method": "own"}
    return Create(**head, members=chosen, text=_short(text))


def hide(book: FamilyBook, key: str, hidden: bool = True) -> Hide:
    """Stop showing a family, or show it again."""
    return Hide(**_head(book, (key,)), target=_target(book, key), hidden=hidden)


def ancestors(families: Mapping[str, Family], key: str) -> set[str]:
    """Keys of all families that this one is a part of, directly or through others."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        family = families.get(waiting.pop())
        above = set(family.parents) - found if family is not None else set()
        found |= above
        waiting += above
    return found


def _target(book: FamilyBook, key: str) -> Target:
    family = book.get(key)
    if family is None:
        raise _pointless("This family is not among those shown.", "Choose another family.")
    return Target(key=key, members=family.members, text=family.name.text[:_LONGEST] if family.name else "")


def _head(book: FamilyBook, keys: Iterable[str]) -> dict[str, Any]:
    """What every edit begins with. Edits of nothing but the analyst's own families hold for all methods."""
    everywhere = {edit.key for edit in book.edits if edit.method == "own"}
    return {
        "id": uuid.uuid4().hex[:12],
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "method": "own" if everywhere.issuperset(keys) else book.method,
    }


def _short(text: str) -> str:
    return " ".join(one_line(text).split())[:_LONGEST]


def _pointless(why: str, remedy: str) -> UserError:
    return UserError(why, "Nothing was changed.", remedy)


# Keeping them --------------------------------------------------------------------------------------------


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-family-edits"] = "saerch-family-edits"
    schema_version: int = _SCHEMA
    edits: tuple[Edit, ...]


def load_edits(folder: Path, features: int) -> tuple[Edit, ...]:
    """The edits in an SAE's folder in the order they are to be made; () when there are none.

    features: how many the SAE has. UserError when the file is damaged, or names others.
    """
    path = folder / EDITS_FILE
    if not path.is_file():
        return ()
    try:
        data = files.read_small(path, _LARGEST_FILE)
        _require_version(data)
        content = _File.model_validate_json(data)
        if len({edit.id for edit in content.edits}) < len(content.edits):
            raise ValueError("two edits have the same id")
        if any(feature >= features for edit in content.edits for feature in _named(edit)):
            raise ValueError("they name features that the SAE has not")
    except (OSError, ValidationError, ValueError) as error:
        raise UserError(
            f"Your changes to the families of “{folder.name}” cannot be read.",
            f"Nothing was overwritten: the file {EDITS_FILE} is left as it is.",
            "Put back a copy of it, or check with repair, which sets it aside so that you can begin anew.",
        ) from error
    return content.edits


def save_edits(
    folder: Path, features: int, edits: Sequence[Edit], former: Sequence[Edit] = ()
) -> tuple[Edit, ...]:
    """Put `edits` into the file and return all that it holds then.

    former: what `edits` came from: edits that are in it and no longer in `edits` are taken away (undone), new
    ones are put behind the others, and what another window wrote meanwhile stays. UserError: damaged file,
    full disk, or another program writes for long.
    """
    before, after = {edit.id for edit in former}, {edit.id for edit in edits}
    with writing(folder):
        there = load_edits(folder, features)
        kept = [edit for edit in there if edit.id in after or edit.id not in before]
        known = {edit.id for edit in there}
        # Of those that were there before, the missing ones were taken away by another window.
        kept += [edit for edit in edits if edit.id not in known and edit.id not in before]
        if tuple(kept) != there:
            content = _File(edits=tuple(kept))
            files.write_bytes(folder / EDITS_FILE, (content.model_dump_json(indent=1) + "\n").encode())
    return tuple(kept)


def _require_version(data: bytes) -> None:
    """A newer version may have kinds of edits that are not known here: that is no damage."""
    about = _Version.model_validate_json(data)
    require_known(about.schema_version, _SCHEMA, EDITS_FILE)


class _Version(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: int


def targets_of(edit: Edit) -> tuple[Target, ...]:
    """The families that an edit is about."""
    match edit:
        case Create():
            return ()
        case Merge():
            return edit.targets
        case Move():
            return tuple(target for target in (edit.source, edit.goal) if target is not None)
        case Place():
            return (edit.target,) if edit.under is None else (edit.target, edit.under)
        case _:
            return (edit.target,)


def _named(edit: Edit) -> Iterable[int]:
    for target in targets_of(edit):
        yield from target.members
    if isinstance(edit, Split | Create):
        yield from edit.members
    elif isinstance(edit, Move):
        yield edit.feature
