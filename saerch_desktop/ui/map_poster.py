"""A picture of a whole map without a window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from saerch_desktop.progress import Progress
from saerch_desktop.ui import theme
from saerch_desktop.ui.map_export import export, whole_map

if TYPE_CHECKING:
    from saerch_desktop.features.maps.points import MapPoints
    from saerch_desktop.workflow.session import Session


def write_picture(path: Path, points: MapPoints, session: Session, progress: Progress) -> None:
    """Write all of a map as PNG in light colours. UserError when the file cannot be written."""
    app = QApplication.instance() or QApplication(["saerch-desktop"])
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    progress.begin("Drawing the map")
    export(path, whole_map(points, session, progress), session, progress)
