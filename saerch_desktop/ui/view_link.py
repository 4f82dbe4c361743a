"""Links to a view: which library, what was asked of it, where the sliders stood, what was looked at.

A link names a library by its number, never by a place on a disk, and is data only: opening one can show what
is there already, and do nothing else.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Final, Literal
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from saerch_desktop.errors import UserError
from saerch_desktop.ui.saved_search import SavedSearch

SCHEME: Final = "saerch"
VERSION: Final = 1
LONGEST: Final = 1 << 16  # characters of a link
_LARGEST: Final = 1 << 20  # bytes of what it holds, unpacked
_WHERE: Final = "view"
_MOST_FIELDS: Final = 20


class ViewLink(BaseModel):
    """What a link says. library: the name, to ask for it; identity: its number. document: the id of the one
    that is read, "" for none; feature: of the SAE called `sae`, whose weights `search` names.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    version: Literal[1] = 1
    library: str = Field(max_length=500)
    identity: str = Field(pattern=r"^[0-9a-f]{16,64}$")
    sae: str = Field("", max_length=200)
    weights: str = Field("", max_length=128)
    search: SavedSearch | None = None
    feature: int | None = Field(None, ge=0, le=1 << 31)
    document: str = Field("", max_length=4000)


def link_text(link: ViewLink) -> str:
    """The link as text. UserError when what it would hold is too much for one."""
    data = link.model_dump_json(exclude_defaults=True).encode()
    packed = base64.urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip("=")
    text = f"{SCHEME}://{_WHERE}?library={quote(link.library, safe='')}&v={VERSION}&see={packed}"
    if len(text) > LONGEST or len(data) > _LARGEST:
        raise UserError(
            "This view is too much for a link.",
            "Nothing was copied.",
            "Save what the mixer says as a recipe, and hand on its file.",
        )
    return text


def read_link(text: str) -> ViewLink:
    """The link in `text`, which may stand between other words. UserError when there is none, or it makes no
    sense, or a newer version made it.
    """
    found = _found(text)
    try:
        fields = parse_qs(urlsplit(found).query, max_num_fields=_MOST_FIELDS)
        version = int(fields.get("v", ["0"])[0])
    except ValueError:
        fields, version = {}, 0
    if version > VERSION:
        raise UserError(
            "This link was made by a newer version of SAErch Desktop.",
            "Nothing was opened.",
            "Update SAErch Desktop and open the link again.",
        )
    try:
        packed = fields["see"][0]
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(data, _LARGEST)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise ValueError("too large, or cut off")
        return ViewLink.model_validate(json.loads(plain))
    except (KeyError, ValueError, zlib.error, RecursionError, ValidationError) as error:
        raise UserError(
            "This link is damaged: what it describes cannot be read.",
            "Nothing was opened.",
            "Copy the whole link again, to its last character.",
        ) from error


def holds_link(text: str) -> bool:
    """Whether `text` has something in it that looks like a link; cheap, for a clipboard of any size."""
    return f"{SCHEME}://{_WHERE}?" in text[: 4 * LONGEST]


def _found(text: str) -> str:
    start = text[: 4 * LONGEST].find(f"{SCHEME}://{_WHERE}?")
    words = text[start : start + LONGEST + 1].split(maxsplit=1) if start >= 0 else []
    if not words or len(words[0]) > LONGEST:
        raise UserError(
            "This is no link to a view.",
            "Nothing was opened.",
            f"A link begins with {SCHEME}://{_WHERE} and is made by Copy link to this view.",
        )
    return words[0].strip("<>\"'()[],;")
