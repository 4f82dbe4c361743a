"""What commands print: texts of others come along, and must not steer the terminal that shows them."""

from __future__ import annotations

import json
import re
import sys
from typing import Any, Final

from saerch_desktop.features.plain_text import paragraphs

# JSON escapes what is below the space; these steer terminals too, or turn the direction of what follows.
_STEERING: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def say(text: object = "", *, flush: bool = False, trouble: bool = False) -> None:
    """Print lines, without control characters. flush: at once, though more will follow soon; trouble: where
    errors go, which name files, fields and values of others, too.
    """
    print(paragraphs(str(text)), file=sys.stderr if trouble else None, flush=flush)


def say_json(value: Any, *, ascii_only: bool) -> None:
    """Print one JSON value. What would steer a terminal is escaped: reading it gives all of it back."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=2, allow_nan=False)
    print(_STEERING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text))
