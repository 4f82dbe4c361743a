"""Actions about starting, importing and the welcome."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

IMPORT_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "tour",
        "Tour",
        "Help",
        "Six short steps through the window; opens the sample where no library with features is open",
        icon="info",
    ),
)
