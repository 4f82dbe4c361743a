"""Actions about searching: filters, starting points, results."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

SEARCH_ACTIONS: tuple[Spec, ...] = ()
