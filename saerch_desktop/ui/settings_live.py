"""Settings while the window is open: changed here, written at once, and told to whoever shows them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from saerch_desktop import settings
from saerch_desktop.settings_fields import Settings, default


class Live(QObject):
    """The one place where the window changes settings."""

    changed = Signal(object, object)  # Settings before, Settings now
    failed = Signal(object)  # UserError: they hold for this run, but could not be written

    def __init__(self) -> None:
        super().__init__()
        self._unwritten: Settings | None = None

    @property
    def now(self) -> Settings:
        """The settings in force, unwritten changes included."""
        return self._unwritten if self._unwritten is not None else settings.load_settings()

    def change(self, **fields: Any) -> Settings:
        """Change some settings; what is in force afterwards. ValidationError for a value of the wrong kind.

        When they cannot be written they hold until the program ends, and `failed` says why.
        """
        before = self.now
        now = Settings.model_validate(before.model_dump() | fields)
        if now == before:
            return now
        now, trouble = settings.update_settings(
            lambda saved: Settings.model_validate(saved.model_dump() | self._pending() | fields)
        )
        self._unwritten = now if trouble is not None else None
        self.changed.emit(before, now)
        if trouble is not None:
            self.failed.emit(trouble)
        return now

    def back_to_defaults(self, *names: str) -> Settings:
        """Give these settings the values the program comes with."""
        return self.change(**{name: default(name) for name in names})

    def _pending(self) -> dict[str, Any]:
        return {} if self._unwritten is None else self._unwritten.model_dump()


live = Live()


def change(**fields: Any) -> Settings:
    """`live.change`: for callers that need nothing else of it."""
    return live.change(**fields)


__all__ = ["Live", "change", "live"]
