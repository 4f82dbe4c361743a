"""Actions about why a result is where it is, and what the SAE says of a steered query."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

WHY_ACTIONS: tuple[Spec, ...] = ()
