"""The map as a file: a picture with title and legend, or a table of where every point is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.maps.colouring import plain
from saerch_desktop.features.maps.points import MapPoints
from saerch_desktop.progress import Progress
from saerch_desktop.ui import map_inks, theme, wording
from saerch_desktop.ui.map_camera import Camera
from saerch_desktop.ui.map_drawing import Chart, Scene, draw
from saerch_desktop.ui.map_legend import paint_scale
from saerch_desktop.ui.map_names import NameLayer, Written, write
from saerch_desktop.ui.map_places import liked_features, names_for
from saerch_desktop.ui.theme import UNIT, color
from saerch_desktop.workflow.map_table import write_points

if TYPE_CHECKING:
    from saerch_desktop.workflow.session import Session

FILES: Final = "Pictures (*.png);;Tables (*.csv)"
_RATIO: Final = 2.0  # pixels of the picture for one of the screen's
_EDGE: Final = 4 * UNIT
_LEGEND: Final = 60 * UNIT
_WHOLE: Final = (1200, 800)


@dataclass(frozen=True, slots=True, eq=False)
class Poster:
    """What the picture shows: a scene, from where it is looked at, the names on it, and a title."""

    scene: Scene
    camera: Camera
    names: tuple[Written, ...]
    title: str
    font: QFont


def title_of(scene: Scene, library: str) -> str:
    """What a picture of the map is called."""
    record = scene.chart.points.record
    how = "UMAP" if record.method == "umap" else "the first two principal components"
    return f"{library}: {record.points:,} {record.of} by {how}"


def export(path: Path, poster: Poster, session: Session, progress: Progress) -> None:
    """Write a picture (.png) or a table (.csv). UserError for another ending, or when writing fails."""
    ending = path.suffix.casefold()
    if ending == ".png":
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture(poster).save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs ask for bytes, Qt for a name
        files.write_bytes(path, bytes(data.data()))
    elif ending == ".csv":
        scene = poster.scene
        write_points(path, session, scene.chart.points, progress, scene.colouring, scene.selected)
    else:
        raise UserError(
            f"A map cannot be saved as “{path.name}”.",
            "Nothing was written.",
            "Choose a name that ends in .png for a picture or in .csv for a table.",
        )


def picture(poster: Poster) -> QImage:
    """The map as one sees it with its title above and its legend at the right, at twice the resolution."""
    t = theme.tokens()
    scene, camera = poster.scene, poster.camera
    metrics = QFontMetricsF(poster.font)
    head = metrics.height() * 2 + 3 * UNIT
    foot = metrics.height() + 2 * UNIT
    legend = _LEGEND if scene.colouring.scale != "none" else 0
    wide, high = camera.width + legend + 2 * _EDGE, camera.height + head + foot + 2 * _EDGE
    made = QImage(round(wide * _RATIO), round(high * _RATIO), QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(color(t.base))
    made.setDevicePixelRatio(_RATIO)
    drawn = draw(scene, camera.view(_RATIO, margin=0.0), _RATIO, camera.box)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.scaled(poster.font, 1.25, QFont.Weight.DemiBold))
    painter.setPen(color(t.text))
    painter.drawText(QRectF(_EDGE, _EDGE, wide, head), Qt.AlignmentFlag.AlignTop, poster.title)
    area = QRectF(_EDGE, _EDGE + head, camera.width, camera.height)
    painter.save()
    painter.setClipRect(area)
    painter.translate(area.topLeft())
    painter.drawImage(camera.target(drawn.view), drawn.image)
    layer = NameLayer()
    layer.written = poster.names
    layer.paint(painter, poster.font, camera)
    painter.restore()
    painter.setPen(color(t.border))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(area)
    painter.setFont(poster.font)
    painter.setPen(color(t.text_muted))
    note = f"{drawn.inside:,} of {drawn.points:,} points in view, every one of them drawn"
    if scene.lit is not None:
        note += f"; {len(scene.lit.xy):,} selected, the others pale"
    painter.drawText(
        QRectF(_EDGE, area.bottom() + UNIT, camera.width, foot), Qt.AlignmentFlag.AlignVCenter, note
    )
    if legend:
        _paint_legend(
            painter, poster, QRectF(area.right() + 3 * UNIT, area.top(), legend - 3 * UNIT, area.height())
        )
    painter.end()
    return made


def _paint_legend(painter: QPainter, poster: Poster, box: QRectF) -> None:
    t = theme.tokens()
    colouring, alone = poster.scene.colouring, poster.scene.alone
    painter.setFont(theme.scaled(poster.font, 1.0, QFont.Weight.DemiBold))
    metrics = QFontMetricsF(painter.font())
    painter.setPen(color(t.text))
    line = QRectF(box.left(), box.top(), box.width(), metrics.height())
    what = metrics.elidedText(colouring.what, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, what)
    painter.setFont(poster.font)
    top = line.bottom() + 2 * UNIT
    if colouring.scale == "amount":
        paint_scale(painter, colouring, QRectF(box.left(), top, box.width(), 8 * UNIT))
        return
    step = metrics.height() + UNIT
    colours = map_inks.colours_of(colouring)
    for place, (name, count) in enumerate(zip(colouring.names, colouring.counts, strict=True)):
        if top + step > box.bottom():
            break
        asked = not alone or place + 1 in alone
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours[place + 1])
        painter.setOpacity(1.0 if asked else 0.35)
        painter.drawEllipse(QRectF(box.left(), top + (step - 3 * UNIT) / 2, 3 * UNIT, 3 * UNIT))
        painter.setOpacity(1.0)
        figures = wording.count(count)
        room = box.width() - 5 * UNIT - metrics.horizontalAdvance(figures) - 2 * UNIT
        painter.setPen(color(t.text if asked else t.text_muted))
        text = QFontMetricsF(poster.font).elidedText(name, Qt.TextElideMode.ElideRight, room)
        within = QRectF(box.left() + 5 * UNIT, top, box.width() - 5 * UNIT, step)
        painter.drawText(within, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(color(t.text_muted))
        painter.drawText(within, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, figures)
        top += step


def whole_map(points: MapPoints, session: Session, progress: Progress) -> Poster:
    """A poster of all of a map in the colours of its density, with names of its places."""
    chart = Chart.of(points)
    progress.check()
    kind = "Documents" if points.record.of == "documents" else "Features"
    scene = Scene.of(chart, plain(len(points.xy), kind), np.empty(0, np.int64))
    camera = replace(Camera(), width=_WHOLE[0], height=_WHOLE[1]).fit(chart.index.low, chart.index.high)
    features = session.features
    liked = liked_features(features) if features is not None else None
    names = names_for(chart, features, session.library.documents, None, liked, camera.box)
    font = QFont()
    written = write(names, camera, font)
    title = title_of(scene, session.library.manifest.name)
    return Poster(scene, camera, written, title, font)
