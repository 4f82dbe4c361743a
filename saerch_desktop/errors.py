"""The two kinds of trouble: a `UserError` is expected and explained; anything else is a bug."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can understand and mend; shown in place, never with a traceback.

    happened: what happened, one sentence. meaning: what it means for the user's data. remedy: what to do now.
    """

    def __init__(self, happened: str, meaning: str, remedy: str) -> None:
        super().__init__(happened)
        self.happened = happened
        self.meaning = meaning
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.happened} {self.meaning} {self.remedy}"


class Cancelled(Exception):
    """Raised inside a long job at its next check after the user asked it to stop; files stay valid."""
