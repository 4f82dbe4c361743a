"""Actions about families: looking at them, changing them, steering by them."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

FAMILY_ACTIONS: tuple[Spec, ...] = ()
