"""Take the manual's pictures from the running program.

    python packaging/manual_pictures.py --library "Python documentation.saerch" [--taken DIR]

Draws every pane without a display and keeps the pictures that the manual's pages name, smaller and with few
colours, in docs/manual/images; pictures that no page names any more are removed. The library should be the
sample with a second autoencoder. --taken: use the pictures of `saerch-desktop screenshots` that are there.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

MANUAL = Path(__file__).resolve().parent.parent / "docs" / "manual"
WIDEST = 1200  # pixels; what is read in a page
_PICTURE = re.compile(r"\(images/([a-z0-9-]+)\.png\)")


def wanted() -> list[str]:
    """Names of the pictures in the pages, without ending."""
    pages = (page.read_text(encoding="utf-8") for page in sorted(MANUAL.glob("*.md")))
    return sorted({name for page in pages for name in _PICTURE.findall(page)})


def keep(taken: Path, target: Path) -> None:
    """Make one picture small."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage

    picture = QImage(str(taken))
    if picture.isNull():
        raise SystemExit(f"{taken} is missing: does the program still take this picture?")
    if picture.width() > WIDEST:
        picture = picture.scaledToWidth(WIDEST, Qt.TransformationMode.SmoothTransformation)
    fewer_colours(picture).save(str(target), "PNG", 0)


def fewer_colours(picture: QImage) -> QImage:
    """The same with the picture's own 256 most frequent colours; every other becomes the nearest of them."""
    import numpy as np
    from PySide6.QtGui import QImage
    from scipy.spatial import cKDTree

    plain = picture.convertToFormat(QImage.Format.Format_RGB32)
    height, width = plain.height(), plain.width()
    pixels = np.frombuffer(plain.constBits(), np.uint32).reshape(height, width)
    colours, where, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    kept = colours[np.argsort(-counts, kind="stable")[:256]]
    parts = (colours[:, None] >> np.array([16, 8, 0])) & 255
    _, nearest = cKDTree((kept[:, None] >> np.array([16, 8, 0])) & 255).query(parts)
    places = np.zeros((height, -(-width // 4) * 4), np.uint8)  # lines begin at multiples of four bytes
    places[:, :width] = nearest[where.reshape(height, width)]
    made = QImage(places.data, width, height, places.shape[1], QImage.Format.Format_Indexed8)
    made.setColorTable([int(colour) for colour in kept])
    return made.copy()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--library", type=Path, help="what is shown")
    parser.add_argument("--taken", type=Path, help="pictures that were taken before")
    chosen = parser.parse_args()
    if (chosen.library is None) == (chosen.taken is None):
        parser.error("give either --library or --taken")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as temporary:
        taken = chosen.taken
        if taken is None:
            from saerch_desktop.ui.screenshots import main as take

            taken = Path(temporary)
            take(chosen.library, taken)
        images = MANUAL / "images"
        images.mkdir(exist_ok=True)
        names = wanted()
        for name in names:
            keep(taken / f"{name}-light.png", images / f"{name}.png")
        for old in images.glob("*.png"):
            if old.stem not in names:
                old.unlink()
    sys.stdout.write(f"{len(names)} pictures are in {images}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
