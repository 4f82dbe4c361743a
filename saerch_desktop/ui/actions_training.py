"""Actions about training and moving SAEs in and out."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

TRAINING_ACTIONS: tuple[Spec, ...] = ()
