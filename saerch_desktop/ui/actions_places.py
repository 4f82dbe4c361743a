"""Actions about workspaces, links and libraries as files."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

PLACE_ACTIONS: tuple[Spec, ...] = ()
