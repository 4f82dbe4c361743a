"""Actions about the map of documents or features."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

MAP_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "show-map",
        "Map",
        "View",
        "Show or hide the map of documents and features",
        ("Ctrl+8",),
        toggle=True,
    ),
    Spec(
        "map-fit",
        "Show all of the map",
        "View",
        "Move and zoom the map so that every point is in view",
        ("Ctrl+Shift+8",),
        ("map",),
        icon="fit",
        section=True,
    ),
    Spec(
        "map-select-view",
        "Select what the map shows",
        "View",
        "Select every document or feature in the part of the map that is in view",
        needs=("map",),
    ),
    Spec(
        "map-clear",
        "Select nothing",
        "View",
        "Let go of the documents or features that are selected on the map",
        needs=("map", "map-selection"),
    ),
    Spec(
        "map-umap",
        "Lay the map out by UMAP",
        "View",
        "Place what the map shows by who is near whom; runs beside your work and can be stopped",
        needs=("map", "idle"),
    ),
    Spec(
        "map-export",
        "Export the map…",
        "View",
        "Save the map as a picture with its legend, or where its points are as a table",
        needs=("map",),
        icon="export",
    ),
)
