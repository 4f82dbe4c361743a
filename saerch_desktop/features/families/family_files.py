"""Families in an SAE's folder: one file for each method."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.families.family import METHODS, Families, Family, FamilyName, Method, key_of
from saerch_desktop.features.imported import IMPORTED_FAMILIES_FILE, ImportedFamilies
from saerch_desktop.features.imported import load_families as load_imported
from saerch_desktop.features.versions import require_known

_LARGEST: Final = 1 << 28
_SCHEMA: Final = 1
_OF_A_FEATURE: Final = re.compile(r"f\d{1,10}")  # what features are called in graphs


def family_file(method: Method) -> str:
    """The name of the file that holds the families of a method."""
    return IMPORTED_FAMILIES_FILE if method == "imported" else f"families_{method}.json"


def save_families(folder: Path, families: Families) -> None:
    """Put them in place of the former ones of the same method. UserError when the disk is full."""
    files.write_bytes(folder / family_file(families.method), (families.model_dump_json() + "\n").encode())


def load_families(folder: Path, method: Method, features: int) -> Families | None:
    """The families of a method; None when there are none.

    features: how many the SAE has; families that name others are refused. UserError when the file is damaged.
    """
    if method == "imported":
        imported = load_imported(folder)
        return None if imported is None else _from_imported(imported, features)
    path = folder / family_file(method)
    if not path.is_file():
        return None
    try:
        data = files.read_small(path, _LARGEST)
        # First: what a newer version adds is no damage.
        require_known(_Version.model_validate_json(data).schema_version, _SCHEMA, path.name)
        found = Families.model_validate_json(data)
        _require_sound(found, method, features)
    except (OSError, ValidationError, ValueError) as error:
        raise UserError(
            f"The families in {path.name} of “{folder.name}” cannot be read.",
            "They are derived from the codes; your own changes to families are kept elsewhere.",
            "Build the families again.",
        ) from error
    return found


def methods_there(folder: Path) -> tuple[Method, ...]:
    """The methods of which the folder has families."""
    return tuple(method for method in METHODS if (folder / family_file(method)).is_file())


def stamp_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells whether families were built again by another program: name, time and size of every file."""
    found = []
    for method in METHODS:
        try:
            about = (folder / family_file(method)).stat()
        except OSError:
            continue
        found.append((family_file(method), about.st_mtime_ns, about.st_size))
    return tuple(found)


class _Version(BaseModel):
    schema_version: int = _SCHEMA


def _require_sound(found: Families, method: Method, features: int) -> None:
    if found.method != method:
        raise ValueError("they are of another method")
    if len({family.key for family in found.families}) < len(found.families):
        raise ValueError("two families have the same key")
    for family in found.families:
        if min(family.members) < 0 or max(family.members) >= features:
            raise ValueError("they name features that the SAE has not")
        if family.root is not None and family.root not in family.members:
            raise ValueError("a root is no member of its family")
        if len(set(family.members)) < len(family.members):
            raise ValueError("a family names a feature twice")
        if not family.key or _OF_A_FEATURE.fullmatch(family.key):
            raise ValueError("a family's key is none")
    if any(max(link.parent, link.child) >= features for link in found.links):
        raise ValueError("they name features that the SAE has not")
    if any(link.parent == link.child for link in found.links):
        raise ValueError("a feature is more general than itself")
    _require_no_circles({family.key: family.parents for family in found.families})


def _require_no_circles(parents: dict[str, tuple[str, ...]]) -> None:
    """No family may be a part of its own parts: it would be found nowhere from the top."""
    done: set[str] = set()
    for start in parents:
        path: dict[str, Iterator[str]] = {}
        at: str | None = start
        while at is not None:
            path.setdefault(at, iter(parents.get(at, ())))
            further = next((above for above in path[at] if above not in done), None)
            if further in path:
                raise ValueError("a family is a part of itself")
            if further is None:  # all above it is sound
                done.add(at)
                path.popitem()
                further = next(reversed(path), None)
            at = further


def _from_imported(imported: ImportedFamilies, features: int) -> Families:
    """Another program's families. Their files name roots only: not every root's feature is known."""
    families: dict[str, Family] = {}
    for entry in imported.families:
        root = entry.feature if entry.feature is not None and entry.feature < features else None
        children = (child.feature for child in entry.children if child.feature < features)
        members = tuple(dict.fromkeys(children if root is None else (root, *children)))
        if len(members) > (root is not None):
            name = FamilyName(text=entry.root, source=f"imported: {imported.source}")
            key = key_of("imported", members)
            families.setdefault(key, Family(key=key, members=members, root=root, name=name))
    return Families(method="imported", families=tuple(families.values()))
