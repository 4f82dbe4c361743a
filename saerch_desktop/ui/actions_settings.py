"""Actions about settings and the look."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

SETTINGS_ACTIONS: tuple[Spec, ...] = ()
