"""Actions about training and moving SAEs in and out."""

from __future__ import annotations

from saerch_desktop.ui.action_spec import Spec

TRAINING_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "train",
        "Train features…",
        "Train",
        "Learn features from the vectors: plan it, follow it, stop it, go on with it",
        ("Ctrl+T",),
        ("vectors",),
        icon="train",
    ),
    Spec(
        "embed",
        "Compute vectors",
        "Train",
        "Embed every text on this computer with MiniLM, so that meaning can be searched",
        needs=("library", "no-vectors", "idle"),
    ),
    Spec(
        "sae-about",
        "About this SAE",
        "Train",
        "What the features in use are, how they were trained and how good they are",
        ("Ctrl+I",),
        ("steering",),
        icon="chart",
        section=True,
    ),
    Spec(
        "sae-import",
        "Import a trained SAE…",
        "Train",
        "Bring in features that another program learnt for the same kind of vectors",
        ("Ctrl+Shift+I",),
        ("vectors", "idle"),
    ),
    Spec(
        "sae-export",
        "Export this SAE…",
        "Train",
        "Write the features in use as files of another program",
        ("Ctrl+Shift+E",),
        ("steering",),
    ),
)
