"""Actions about recipes and the history of searches."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

RECIPE_ACTIONS: tuple[Spec, ...] = ()
