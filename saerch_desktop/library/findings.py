"""What opening or checking a library noticed, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or worth knowing, what still works regardless, and what to do."""

    severity: Literal["error", "warning", "note"]
    what: str
    usable: str
    remedy: str
    repairable: bool = False
