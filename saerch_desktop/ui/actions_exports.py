"""Actions about what leaves the program."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

EXPORT_ACTIONS: tuple[Spec, ...] = ()
