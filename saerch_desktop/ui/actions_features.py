"""Actions about features: naming, judging and comparing them, and asking the corpus in their terms."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

FEATURE_ACTIONS: tuple[Spec, ...] = ()
