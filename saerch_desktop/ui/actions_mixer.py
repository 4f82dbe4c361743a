"""Actions about the mixer."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

MIXER_ACTIONS: tuple[Spec, ...] = ()
