"""Names of features as files: with everything behind them (JSON), as a table (CSV), and as the paper's."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.imported import read_analysis
from saerch_desktop.features.label import Label
from saerch_desktop.features.label_table import read_table, table_rows
from saerch_desktop.features.marks import Mark
from saerch_desktop.spreadsheet import write_csv

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.library import Library

Kind = Literal["json", "csv", "paper"]

LARGEST_FILE: Final = 256 << 20
LONGEST_NAME: Final = 1_000
_LONGEST_TEXT: Final = 50_000
_MOST_PARTS: Final = 1_000


class _Origin(BaseModel):
    """Which SAE, on which vectors, the names are of."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(max_length=_LONGEST_TEXT)
    sha256: str = Field(max_length=64)
    features: int = Field(gt=0, le=1 << 24)
    documents: int = Field(default=0, ge=0)
    vectors: str = Field(default="", max_length=_LONGEST_TEXT)  # their fingerprint


class _Entry(BaseModel):
    """name: what the feature is called, for readers of the file; claims and mark say the same in full."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    feature: int = Field(ge=0)
    name: str = ""
    claims: tuple[Label, ...] = ()
    mark: Mark | None = None


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-names"] = "saerch-names"
    schema_version: Literal[1] = 1
    made: str = ""
    sae: _Origin
    features: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What a file says. marks: decisions of people, by feature; claims: of machines, with the file's name in
    their source. other: why it is not of this SAE, "" when it is, or the file does not tell.
    """

    marks: dict[int, Mark]
    claims: tuple[Label, ...]
    other: str = ""


# Out -----------------------------------------------------------------------------------------------------


def export_names(path: Path, library: Library, features: FeatureSet, kind: Kind) -> int:
    """Write the names of all features that have one, or a decision; how many.

    json: every claim of every source, tests, and the analyst's decisions; read back, nothing is lost. csv:
    the shown names as a table. paper: records {index, label, reasoning, f1, pearson_correlation, density}, as
    the paper's app reads them. UserError when the disk is full.
    """
    files.require_outside_libraries(path)
    labels, statistics = features.labels, features.statistics
    wanted = [f for f in range(labels.features) if labels.made(f) or not labels.mark(f).empty]
    if kind == "json":
        files.write_bytes(path, _as_json(features, _vectors(library), wanted))
    elif kind == "csv":
        write_csv(path, table_rows(labels, statistics, wanted))
    else:
        wanted = [f for f in wanted if labels.get(f) is not None]
        files.write_bytes(path, _as_paper(features, wanted))
    return len(wanted)


def kind_of(path: Path, paper: bool = False) -> Kind:
    """By the file's ending. UserError for any other than .json and .csv."""
    ending = path.suffix.casefold()
    if ending == ".csv" and not paper:
        return "csv"
    if ending == ".json":
        return "paper" if paper else "json"
    wanted = ".json" if paper else ".json or .csv"
    raise UserError(
        f"{path.name} ends in neither of the known ways." if not paper else f"{path.name} is no .json file.",
        "Nothing was written.",
        f"Choose a name that ends in {wanted}.",
    )


def _as_json(features: FeatureSet, vectors: str, wanted: Iterable[int]) -> bytes:
    labels, sae = features.labels, features.sae
    origin = _Origin(
        name=sae.name,
        sha256=sae.sha256,
        features=labels.features,
        documents=features.documents,
        vectors=vectors,
    )
    entries = []
    for feature in wanted:
        mark, label = labels.mark(feature), labels.get(feature)
        entries.append(
            _Entry(
                feature=feature,
                name=label.text if label is not None else "",
                claims=labels.made(feature),
                mark=None if mark.empty else mark,
            )
        )
    made = datetime.now(UTC).isoformat(timespec="seconds")
    content = _File(made=made, sae=origin, features=tuple(entries))
    # The first fields say what it is, also where they are as they would be anyway.
    plain = content.model_dump(mode="json", exclude_defaults=True)
    head = {"format": content.format, "schema_version": content.schema_version}
    return (json.dumps({**head, **plain}, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _as_paper(features: FeatureSet, wanted: Iterable[int]) -> bytes:
    records = []
    for feature in wanted:
        label = features.labels.get(feature)
        assert label is not None
        records.append(
            {
                "index": feature,
                "label": label.text,
                "reasoning": label.reasoning,
                "f1": label.f1,
                "pearson_correlation": label.pearson,
                "density": float(features.statistics.density[feature]),
            }
        )
    return (json.dumps(records, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


# In ------------------------------------------------------------------------------------------------------


def read_names(path: Path, library: Library, features: FeatureSet) -> Names:
    """Read a file of names: ours (JSON or CSV), or the paper's. Nothing is changed.

    Tests of machine names are taken over only where the file is of the same SAE and the same vectors: they
    say nothing about others. UserError when the file cannot be read, is too large, names features that are
    not there, or holds what no name can be.
    """
    count = features.labels.features
    ending = path.suffix.casefold()
    data = _bytes(path)
    if ending == ".csv":
        marks, claims = read_table(path, data, count)
        names = Names(marks, claims)
    elif _is_list(data):
        source = f"imported: {path.name}"
        found = read_analysis(path, count)
        names = Names(
            {},
            tuple(
                Label(
                    feature=label.feature,
                    text=label.text,
                    source=source,
                    pearson=label.pearson,
                    f1=label.f1,
                    reasoning=label.reasoning,
                )
                for label in found.labels
            ),
        )
    else:
        names = _from_json(path, data, features, _vectors(library))
    return names


def require_same(names: Names) -> None:
    """UserError when the file is of another SAE."""
    if names.other:
        raise UserError(
            f"The file holds names of another SAE: {names.other}.",
            "Its features are not these, so its names would be wrong here. Nothing was changed.",
            "Use the SAE they belong to, or carry the names over by comparing the two.",
        )


def _from_json(path: Path, data: bytes, features: FeatureSet, vectors: str) -> Names:
    try:
        content = _File.model_validate_json(data.removeprefix(codecs.BOM_UTF8))
    except (ValidationError, RecursionError) as error:
        raise _unusable(path, f"it is no file of names ({_first(error)})") from error
    own = content.sae.sha256 == features.sae.sha256
    other = ""
    if not own:
        other = f"“{content.sae.name}” with {content.sae.features:,} features"
    same = own and bool(vectors) and content.sae.vectors == vectors
    marks: dict[int, Mark] = {}
    claims: list[Label] = []
    for entry in content.features:
        _require(path, entry, features.labels.features)
        if entry.mark is not None and not entry.mark.empty:
            kept = entry.mark if same else entry.mark.model_copy(update={"detection": None})
            marks[entry.feature] = kept
        for claim in entry.claims:
            claims.append(_brought(claim, path.name, tested=same))
    return Names(marks, tuple(claims), other)


def _brought(claim: Label, file: str, tested: bool) -> Label:
    """A claim of a file, which says that it is one, and who made it."""
    kind = claim.kind
    source = claim.source if kind == "imported" else f"imported: {file}, {claim.source}"
    return claim.model_copy(
        update={
            "text": " ".join(claim.text.split()),
            "source": source,
            "detection": claim.detection if tested else None,
        }
    )


def _require(path: Path, entry: _Entry, count: int) -> None:
    feature, mark = entry.feature, entry.mark
    if feature >= count:
        raise _unusable(path, f"it names feature {feature:,}, and there are {count:,}")
    parts: list[Sequence[Any]] = [entry.claims]
    texts, names = [entry.name], []
    for claim in entry.claims:
        if claim.feature != feature:
            raise _unusable(path, f"a claim about feature {claim.feature} stands under feature {feature}")
        if not claim.text.strip():
            raise _unusable(path, f"a name of feature {feature} is empty")
        names += [claim.text, claim.source, *(other.text for other in claim.alternatives)]
        texts += [claim.reasoning, claim.prompt, claim.made]
        parts.append(claim.alternatives)
    if mark is not None:
        if mark.feature != feature:
            raise _unusable(path, f"a decision about feature {mark.feature} stands under feature {feature}")
        names += [mark.text or "", mark.origin, *mark.rejected, *mark.tags]
        texts += [mark.note, mark.changed]
        parts += [mark.rejected, mark.tags]
    if any(len(part) > _MOST_PARTS for part in parts):
        raise _unusable(path, f"it says more about feature {feature} than anybody could")
    if any(len(name) > LONGEST_NAME for name in names) or any(len(text) > _LONGEST_TEXT for text in texts):
        raise _unusable(path, f"a text of feature {feature} is far too long")


def _vectors(library: Library) -> str:
    """The fingerprint of the library's vectors, "" without any."""
    record = library.manifest.vectors
    return record.fingerprint if record is not None else ""


def _bytes(path: Path) -> bytes:
    try:
        return files.read_small(path, LARGEST_FILE)
    except FileNotFoundError as error:
        raise _unusable(path, "it is not there") from error
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error


def _is_list(data: bytes) -> bool:
    """Whether the file begins as a list: the paper's records."""
    return data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["


def _first(error: ValidationError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    found = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in found["loc"])
    said = str(found["msg"])[:120]
    return f"{place}: {said}" if place else said


def _unusable(path: Path, why: str) -> UserError:
    return UserError(
        f"{path.name} cannot be used: {why.rstrip('.')}.",
        "Nothing was changed.",
        "Export the names again, or choose another file.",
    )
