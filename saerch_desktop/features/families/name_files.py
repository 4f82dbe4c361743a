"""Names that language models gave to families, kept by family: building families anew does not lose them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.features.versions import require_known

NAMES_FILE: Final = "family_names.json"
_LARGEST: Final = 1 << 28
_SCHEMA: Final = 1
_UNTESTED: Final = 0.75  # what an untested name is taken for when names compete, as labels do
_READS_BETTER: Final = 0.05  # of AUROC that a worded name is worth against a list of phrases
_ALTERNATIVES: Final = 5

Names = dict[str, tuple[FamilyName, ...]]


class _NameFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-family-names"] = "saerch-family-names"
    schema_version: int = _SCHEMA
    names: dict[str, tuple[FamilyName, ...]] = Field(default_factory=dict)


def load_names(folder: Path) -> Names:
    """By a family's key what language models call it, of each model one name. UserError when damaged."""
    path = folder / NAMES_FILE
    if not path.is_file():
        return {}
    try:
        found = _NameFile.model_validate_json(files.read_small(path, _LARGEST))
        require_known(found.schema_version, _SCHEMA, NAMES_FILE)
    except (OSError, ValidationError, ValueError) as error:
        raise UserError(
            f"The names of families in {NAMES_FILE} of “{folder.name}” cannot be read.",
            "Families and their own names are unharmed; what language models answered is in the journal too.",
            "Put back a copy of the file, or move it away and name them again: nothing is paid twice.",
        ) from error
    return dict(found.names)


def save_names(folder: Path, names: Mapping[str, tuple[FamilyName, ...]]) -> None:
    """Put them in place of the former ones. UserError when the disk is full."""
    content = _NameFile(names=dict(names))
    files.write_bytes(folder / NAMES_FILE, (content.model_dump_json(exclude_defaults=True) + "\n").encode())


def with_name(names: Iterable[FamilyName], name: FamilyName) -> tuple[FamilyName, ...]:
    """The names of one family with one more, in place of what the same source said before."""
    return (*(other for other in names if other.source != name.source), name)


def best_named(families: Families, names: Mapping[str, tuple[FamilyName, ...]]) -> Families:
    """The families, each called by the best of its present name and these; the others are alternatives."""
    return families.model_copy(
        update={"families": tuple(_best(family, names.get(family.key, ())) for family in families.families)}
    )


def _best(family: Family, further: tuple[FamilyName, ...]) -> Family:
    if not further:
        return family
    claims = list(further)
    if family.name is not None and family.name.source not in {name.source for name in further}:
        claims.append(family.name)
    best = max(claims, key=_preference)
    texts = [claim.text for claim in claims if claim is not best]
    texts += [text for claim in (best, *claims) for text in claim.alternatives]
    others = tuple(text for text in dict.fromkeys(texts) if text != best.text)[:_ALTERNATIVES]
    return family.model_copy(update={"name": best.model_copy(update={"alternatives": others})})


def _preference(name: FamilyName) -> tuple[bool, float, str]:
    kind = name.source.partition(":")[0]
    tested = _UNTESTED if name.detection is None else name.detection.auroc
    return kind == "human", tested + (_READS_BETTER if kind in ("llm", "imported") else 0.0), name.source
