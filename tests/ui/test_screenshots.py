"""Every picture is written, in both looks, and none of them is empty."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from saerch_desktop.errors import UserError
from saerch_desktop.ui import theme
from saerch_desktop.ui.screenshots import main


def test_every_pane_in_light_and_dark(qapp: QApplication, steerable: Path, tmp_path: Path) -> None:
    written = main(steerable, tmp_path / "pictures")
    names = {path.stem for path in written}
    for name in (
        "start",
        "window-query",
        "window-steered",
        "feature-pane",
        "feature-browser",
        "window-filtered",
        "choose-filters",
        "window-suggestions",
        "two-sets",
        "reencode-read",
        "reencode-stick",
        "window-why",
        "why-two",
        "document-marks",
        "keyboard-map",
        "about-sae",
        "about-sae-table",
        "command-palette",
        "review",
        "name-features",
        "name-features-by-model",
    ):
        assert {f"{name}-light", f"{name}-dark"} <= names
    for path in written:
        picture = QImage(str(path)).scaled(64, 64)
        colours = {picture.pixel(x, y) for x in range(64) for y in range(64)}
        assert len(colours) > 3, f"{path.name} is empty"
    light, dark = (QImage(str(tmp_path / "pictures" / f"start-{scheme}.png")) for scheme in ("light", "dark"))
    assert light.pixelColor(2, 300).lightness() > 200 > 60 > dark.pixelColor(2, 300).lightness()
    theme.apply(qapp, "light")


def test_what_is_no_library_is_an_error_of_the_user(qapp: QApplication, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        main(tmp_path / "nothing", tmp_path / "pictures")
    theme.apply(qapp, "light")
