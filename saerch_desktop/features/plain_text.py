"""Words that came from elsewhere, made fit to be shown: in one line, without signs that steer a terminal."""

from __future__ import annotations

import math
import unicodedata
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

# They turn the direction of all that is written behind them: a name could hide its own grade.
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSHOWABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def one_line(text: str) -> str:
    """The same without control characters, breaks and halves of characters; what is fit comes back as it is.

    Joiners within words and emoji stay.
    """
    if text.isprintable():
        return text
    return " ".join("".join(_shown(sign) for sign in text).split())


def paragraphs(text: str) -> str:
    """As `one_line`, but line breaks and tabs stay."""
    if text.isprintable():
        return text
    return "".join(sign if sign in "\n\t" else _shown(sign) for sign in text.replace("\r\n", "\n"))


def _shown(sign: str) -> str:
    if sign in _TURNING:
        return ""
    return " " if unicodedata.category(sign) in _UNSHOWABLE else sign


def _line(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


def _paragraphs(value: Any) -> Any:
    return paragraphs(value) if isinstance(value, str) else value


def _finite(value: Any) -> Any:
    """A number that is none is not known; one too large for any figure neither."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def _figure(value: Any) -> Any:
    known = _finite(value)
    outside = isinstance(known, int | float) and not isinstance(known, bool) and not -1 <= known <= 1
    return None if outside else known


# Types of fields in files that others may have written.
Line = Annotated[str, BeforeValidator(_line)]
Paragraphs = Annotated[str, BeforeValidator(_paragraphs)]
Finite = Annotated[float | None, BeforeValidator(_finite)]
Figure = Annotated[float | None, BeforeValidator(_figure)]  # a share, an AUROC, a correlation
