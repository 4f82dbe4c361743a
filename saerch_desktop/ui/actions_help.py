"""Actions about help."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

HELP_ACTIONS: tuple[Spec, ...] = ()
