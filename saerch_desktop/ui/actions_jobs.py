"""Actions about jobs."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

JOB_ACTIONS: tuple[Spec, ...] = ()
