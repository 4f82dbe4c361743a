"""Actions about workspaces, links and libraries as files."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec
from saerch_desktop.ui.workspaces import BUILT_IN

_WORKSPACES = tuple(
    Spec(
        f"workspace-{number}",
        built.name,
        "View",
        f"Show the panes for this: {built.tip[0].lower()}{built.tip[1:]}",
        (f"Alt+{number}",),
        ("library",),
        section=number == 1,
        submenu="Workspaces",
    )
    for number, built in enumerate(BUILT_IN, start=1)
)

PLACE_ACTIONS: tuple[Spec, ...] = (
    *_WORKSPACES,
    Spec(
        "workspace-go",
        "Go to a workspace…",
        "View",
        "Find a workspace by typing a part of its name",
        ("Alt+0",),
        ("library",),
        section=True,
        submenu="Workspaces",
    ),
    Spec(
        "workspace-save",
        "Save workspace…",
        "View",
        "Keep the panes as they are now under a name",
        ("Alt+9",),
        ("library",),
        submenu="Workspaces",
    ),
    Spec(
        "workspaces",
        "Manage workspaces…",
        "View",
        "Show, rename, replace and delete the workspaces that you saved",
        needs=("library",),
        submenu="Workspaces",
    ),
    Spec(
        "copy-link",
        "Copy link to this view",
        "File",
        "A text that opens this library with this search, these sliders and filters, and what is read",
        ("Ctrl+Shift+C",),
        ("library",),
        icon="copy",
        section=True,
    ),
    Spec(
        "open-link",
        "Open a link…",
        "File",
        "Show what a copied link describes: the one on the clipboard, or one that you type",
        ("Ctrl+Shift+V",),
    ),
    Spec(
        "pack-library",
        "Pack into one file…",
        "File",
        "Make one file of this library, to be handed on or kept; unpacked it is the same, byte by byte",
        needs=("library", "idle"),
        submenu="Library as files",
    ),
    Spec(
        "unpack-library",
        "Unpack a library…",
        "File",
        "Make a library of a packed one, and open it",
        needs=("idle",),
        submenu="Library as files",
    ),
    Spec(
        "copy-library",
        "Copy to…",
        "File",
        "Copy this library into another folder, and compare the two",
        needs=("library", "idle"),
        submenu="Library as files",
        section=True,
    ),
    Spec(
        "move-library",
        "Move to…",
        "File",
        "Move this library into another folder and go on in it there",
        needs=("library", "idle"),
        submenu="Library as files",
    ),
    Spec(
        "report",
        "Report a problem…",
        "Help",
        "Versions, settings and the log as a text that you can read, change and save; nothing is sent",
        section=True,
    ),
)
