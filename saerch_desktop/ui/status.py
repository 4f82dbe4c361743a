"""The line at the very bottom: counts at the left, the network's state at the right."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QMainWindow

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.network_sign import NetworkSign
from saerch_desktop.ui.state import LibraryView


class StatusLine:
    """Fills the status bar of a window."""

    def __init__(self, window: QMainWindow) -> None:
        bar = window.statusBar()
        bar.setSizeGripEnabled(False)
        self.counts = QLabel()
        self.counts.setContentsMargins(2 * theme.UNIT, 0, 0, 0)
        theme.set_role(self.counts, "figure")
        bar.addWidget(self.counts, 1)
        self.network = NetworkSign()
        bar.addPermanentWidget(self.network)

    def show(self, view: LibraryView | None) -> None:
        self.counts.setText(counts(view))
        self.counts.setToolTip(
            "" if view is None else "\n".join([str(view.path), *(f.what for f in view.findings)])
        )


def counts(view: LibraryView | None) -> str:
    """What is open, in one line."""
    if view is None:
        return "No library is open"
    parts = [wording.documents(view.documents)]
    parts.append(f"vectors by {view.embedder} ({view.dim} numbers)" if view.vectors else "no vectors")
    if view.sae is not None:
        parts.append(f"{wording.count(view.features)} features (“{view.sae}”)")
    else:
        parts.append("no features")
    if view.findings:
        parts.append("1 notice" if len(view.findings) == 1 else f"{len(view.findings)} notices")
    return "  ·  ".join(parts)
