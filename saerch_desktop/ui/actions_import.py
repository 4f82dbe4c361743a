"""Actions about starting, importing and the welcome."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

IMPORT_ACTIONS: tuple[Spec, ...] = ()
