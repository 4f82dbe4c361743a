"""The program's sign in every form that a system asks for, drawn from resources/icons/app.svg."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
# What Apple calls a picture of these many pixels; @2x forms of the smaller ones included.
_ICNS = (
    ("icp4", 16), ("icp5", 32), ("ic07", 128), ("ic08", 256), ("ic09", 512), ("ic10", 1024),
    ("ic11", 32), ("ic12", 64), ("ic13", 256), ("ic14", 512),
)  # fmt: skip
_ICO = (16, 24, 32, 48, 64, 128, 256)


def draw(svg: Path, size: int) -> bytes:
    """The picture as PNG, `size` by `size` pixels with a transparent ground."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.read_bytes())).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise OSError(f"{svg} could not be drawn at {size} pixels")
    return bytes(data.data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """A Windows icon file that holds these PNG pictures by size (256 at most)."""
    at = 6 + 16 * len(pictures)
    heads, bodies = [], []
    for size, png in sorted(pictures.items()):
        heads.append(struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(png), at))
        bodies.append(png)
        at += len(png)
    return struct.pack("<HHH", 0, 1, len(pictures)) + b"".join(heads) + b"".join(bodies)


def icns(pictures: dict[int, bytes]) -> bytes:
    """An Apple icon file of PNG pictures by size."""
    body = b"".join(
        kind.encode() + struct.pack(">I", 8 + len(pictures[size])) + pictures[size] for kind, size in _ICNS
    )
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def write(svg: Path, folder: Path) -> None:
    """saerch-desktop-SIZE.png of every size, saerch-desktop.ico and saerch-desktop.icns."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sorted({*SIZES, *_ICO, *(size for _, size in _ICNS)})
    pictures = {size: draw(svg, size) for size in wanted}
    for size in SIZES:
        (folder / f"saerch-desktop-{size}.png").write_bytes(pictures[size])
    (folder / "saerch-desktop.ico").write_bytes(ico({size: pictures[size] for size in _ICO}))
    (folder / "saerch-desktop.icns").write_bytes(icns(pictures))


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
