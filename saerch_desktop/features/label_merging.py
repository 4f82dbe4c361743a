"""What a file of names adds to the names that are there: nothing decided here is overwritten unasked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop.features.label import Label
from saerch_desktop.features.labels import BROUGHT_FILE, load_labels, save_labels
from saerch_desktop.features.marks import Mark, now, writing

if TYPE_CHECKING:
    from saerch_desktop.features.label_exchange import Names
    from saerch_desktop.features.labels import Labels


@dataclass(frozen=True, slots=True)
class Merged:
    """What would change. marks: decisions as they read then; claims: machine names that are new here.

    names: how many features get a person's name by it. kept: how many keep the one they have, where the file
    has another.
    """

    marks: tuple[Mark, ...]
    claims: tuple[Label, ...]
    names: int
    kept: int


def merged(labels: Labels, names: Names, replace: bool = False) -> Merged:
    """Bring a file's decisions and the ones made here together, feature by feature.

    A name given here stays, and one turned down here is not taken back; with `replace` the file's wins. Tags
    and names turned down are joined, notes and pins kept. A machine name that somebody here says already is
    not taken over a second time.
    """
    marks: list[Mark] = []
    named = kept = 0
    for feature, theirs in sorted(names.marks.items()):
        ours = labels.mark(feature)
        mark = _joined(ours, theirs, replace)
        if mark.text is not None and mark.text != ours.text:
            named += 1
        elif theirs.text is not None and theirs.text != mark.text:
            kept += 1
        if mark != ours:
            marks.append(mark.model_copy(update={"changed": now()}))
    known = {(label.feature, label.text) for claim in names.claims for label in labels.made(claim.feature)}
    claims: dict[tuple[int, str], Label] = {}
    for claim in names.claims:
        key = (claim.feature, claim.text)
        if key not in known:
            claims.setdefault(key, claim)
    return Merged(tuple(marks), tuple(claims.values()), named, kept)


def keep_claims(folder: Path, features: int, claims: Iterable[Label]) -> None:
    """Put machine names of a file beside those that other files brought. UserError: full disk, damage."""
    claims = list(claims)
    if not claims:
        return
    with writing(folder):
        there = load_labels(folder, features, BROUGHT_FILE) if (folder / BROUGHT_FILE).is_file() else []
        kept = {(label.feature, label.source, label.text): label for label in (*there, *claims)}
        save_labels(folder, features, kept.values(), BROUGHT_FILE)


def _joined(ours: Mark, theirs: Mark, replace: bool) -> Mark:
    wins = theirs.text is not None and (replace or (ours.text is None and theirs.text not in ours.rejected))
    name = theirs if wins else ours
    rejected = tuple(text for text in dict.fromkeys((*ours.rejected, *theirs.rejected)) if text != name.text)
    return ours.model_copy(
        update={
            "text": name.text,
            "detection": name.detection,
            "origin": name.origin,
            "verified": name.verified,
            "rejected": rejected,
            "flagged": ours.flagged or theirs.flagged,
            "pinned": ours.pinned or theirs.pinned,
            "tags": _tags(ours.tags, theirs.tags),
            "note": theirs.note if theirs.note and (replace or not ours.note) else ours.note,
        }
    )


def _tags(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    """Both, those that differ in case only once."""
    joined = {tag.casefold(): tag for tag in reversed((*ours, *theirs))}
    return tuple(sorted(joined.values())) if len(joined) > len(ours) else ours
