"""Actions about the map of documents or features."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

MAP_ACTIONS: tuple[Spec, ...] = ()
