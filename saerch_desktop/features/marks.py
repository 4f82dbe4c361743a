"""What the analyst decided about features: names, verdicts, tags, notes, pins.

Kept apart from everything that is computed, so that nothing computed ever replaces it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import filelock
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.label import Detection
from saerch_desktop.features.plain_text import Line, Paragraphs
from saerch_desktop.features.versions import require_known

MARKS_FILE: Final = "marks.json"
_LOCK_FILE: Final = "marks.lock"
_LARGEST_FILE: Final = 1 << 30
_LOCK_SECONDS: Final = 10.0
_SCHEMA: Final = 1
# A name without a letter to show is none, and no tag either.
_OwnName = Annotated[Line | None, AfterValidator(lambda text: text.strip() or None if text else None)]
_Tags = Annotated[tuple[Line, ...], AfterValidator(lambda tags: tuple(tag for tag in tags if tag.strip()))]


class Mark(BaseModel):
    """Decisions about one feature.

    text: the analyst's own name, None without one; detection: its test. verified: the shown name was
    accepted; origin: the source of a machine's name that was accepted as it is (then `text` holds it, so that
    naming anew does not put another in its place), "" for a name of the analyst's own. rejected: machine
    names that were turned down. changed: ISO time of the last decision.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    feature: int = Field(ge=0)
    text: _OwnName = None
    detection: Detection | None = None
    origin: Line = ""
    verified: bool = False
    rejected: tuple[Line, ...] = ()
    flagged: bool = False
    pinned: bool = False
    tags: _Tags = ()
    note: Paragraphs = ""
    changed: Line = ""

    @property
    def empty(self) -> bool:
        """Whether it says nothing (any more)."""
        return self.model_copy(update={"changed": ""}) == Mark(feature=self.feature)


class _MarksFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["saerch-marks"] = "saerch-marks"
    schema_version: int = _SCHEMA
    marks: list[Mark]


def now() -> str:
    """The time that `changed` takes."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def load_marks(folder: Path, features: int) -> dict[int, Mark]:
    """The marks in an SAE's folder by feature; {} when there are none. UserError: the file is damaged."""
    path = folder / MARKS_FILE
    if not path.is_file():
        return {}
    try:
        content = _MarksFile.model_validate_json(files.read_small(path, _LARGEST_FILE))
        require_known(content.schema_version, _SCHEMA, MARKS_FILE)
    except (OSError, ValidationError, ValueError) as error:
        raise UserError(
            f"The names and notes you gave the features of “{folder.name}” cannot be read.",
            f"Nothing was overwritten: the file {MARKS_FILE} is left as it is.",
            "Put back a copy of it, or check with repair, which sets it aside so that you can begin anew.",
        ) from error
    return {mark.feature: mark for mark in content.marks if mark.feature < features and not mark.empty}


def save_marks(
    folder: Path, features: int, changes: Iterable[Mark], former: Mapping[int, Mark] | None = None
) -> Mapping[int, Mark]:
    """Put `changes` into the file and return all marks that it has then.

    former: what a decision started from, by feature; then only what it changed is put upon what others may
    have decided about the same feature meanwhile. Without it the mark replaces what is there. UserError:
    damaged file, full disk, or another program writes for long.
    """
    with writing(folder):
        marks = load_marks(folder, features)
        for mark in changes:
            before = (former or {}).get(mark.feature)
            here = marks.pop(mark.feature, None) or Mark(feature=mark.feature)
            kept = mark if before is None else rebased(here, before, mark)
            if not kept.empty:
                marks[mark.feature] = kept
        _write(folder, marks)
    return marks


def rebased(here: Mark, before: Mark, after: Mark) -> Mark:
    """`here`, with what was changed from `before` to `after`.

    A name goes with its test, its source and its acceptance; tags and rejected names are added and taken away
    one by one.
    """
    if here == before:
        return after
    values: dict[str, object] = {"changed": after.changed}
    for together in (("text", "detection", "origin", "verified"), ("flagged",), ("pinned",), ("note",)):
        if any(getattr(before, name) != getattr(after, name) for name in together):
            values.update({name: getattr(after, name) for name in together})
    for name in ("tags", "rejected"):
        old, new = getattr(before, name), getattr(after, name)
        gone = set(old) - set(new)
        values[name] = tuple(dict.fromkeys(text for text in (*getattr(here, name), *new) if text not in gone))
    return here.model_copy(update=values)


def save_tests(folder: Path, features: int, tests: Mapping[tuple[int, str], Detection]) -> int:
    """Keep the tests of the analyst's own names, by feature and text; how many were kept.

    Nothing else of a decision changes, and a name that reads otherwise by now stays untested: it may have
    been given while the test ran. UserError as `save_marks`.
    """
    with writing(folder):
        marks = load_marks(folder, features)
        gained = {
            feature: mark.model_copy(update={"detection": detection})
            for (feature, text), detection in tests.items()
            if (mark := marks.get(feature)) is not None and mark.text == text and mark.detection is None
        }
        if gained:
            _write(folder, {**marks, **gained})
    return len(gained)


def _write(folder: Path, marks: Mapping[int, Mark]) -> None:
    content = _MarksFile(marks=[marks[feature] for feature in sorted(marks)])
    files.write_bytes(folder / MARKS_FILE, (content.model_dump_json(indent=1) + "\n").encode())


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the lock under which names are written into an SAE's folder, for a moment.

    It is not the library's: names can be given while a training writes. UserError: it is held for long, or
    the folder cannot be written to.
    """
    lock = filelock.FileLock(folder / _LOCK_FILE, timeout=_LOCK_SECONDS)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise UserError(
            "Another program is writing names and notes into this library.",
            "Your last change is not saved.",
            "Close the other program and make the change again.",
        ) from error
    except OSError as error:
        raise files.explain_os_error(error, folder / MARKS_FILE) from error
    try:
        yield
    finally:
        lock.release()
