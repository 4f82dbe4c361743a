"""The tour: a veil over the window that leaves one pane free, and a card that says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT, color
from saerch_desktop.ui.tour_steps import STEPS, TourStep, words

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_VEIL = 0.55
_AROUND = 2 * UNIT


class Tour(QWidget):
    """Covers the window of `window`. Enter and the right arrow go on, the left arrow back, Esc ends it."""

    ended = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._at = 0
        self._hole = QRect()
        self._target: QWidget = window
        self._former = window.focusWidget()
        self.setAccessibleName("Tour")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.card = QFrame(self)
        theme.set_role(self.card, "card")
        self.card.setAutoFillBackground(True)
        self.count = QLabel()
        theme.set_role(self.count, "muted")
        self.title = QLabel()
        theme.set_role(self.title, "title")
        self.text = QLabel()
        for label in (self.title, self.text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.close_button = QPushButton("End tour")
        self.back_button = QPushButton("Back")
        self.next_button = QPushButton("Next")
        self.next_button.setProperty("primary", "true")
        describe(self.close_button, "End tour", "Close the tour (Esc); it stays in the Help menu")
        describe(self.back_button, "Back", "The step before (left arrow)")
        self.close_button.clicked.connect(self.end)
        self.back_button.clicked.connect(lambda: self.go(self._at - 1))
        self.next_button.clicked.connect(lambda: self.go(self._at + 1))
        row = QHBoxLayout()
        row.setSpacing(2 * UNIT)
        row.addWidget(self.close_button)
        row.addStretch(1)
        row.addWidget(self.back_button)
        row.addWidget(self.next_button)
        inside = self._inside = QVBoxLayout(self.card)
        inside.setContentsMargins(4 * UNIT, 4 * UNIT, 4 * UNIT, 4 * UNIT)
        inside.setSpacing(2 * UNIT)
        for widget in (self.count, self.title, self.text):
            inside.addWidget(widget)
        inside.addLayout(row)
        # Panes that come to the front settle a moment later.
        self._settle = QTimer(self, singleShot=True, interval=60)
        self._settle.timeout.connect(self._place)
        window.installEventFilter(self)

    @property
    def step(self) -> TourStep:
        return STEPS[self._at]

    def begin(self) -> None:
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.go(0)

    def go(self, step: int) -> None:
        """Show a step; after the last one the tour ends."""
        if step >= len(STEPS):
            self.end()
            return
        self._at = max(0, step)
        self._target = self.step.target(self._window)
        here, last = self.step, self._at == len(STEPS) - 1
        self.count.setText(f"Step {self._at + 1} of {len(STEPS)}")
        self.title.setText(here.title)
        text = words(self._window, here)
        self.text.setText(text)
        self.card.setAccessibleName(here.title)
        self.card.setAccessibleDescription(text)
        self.back_button.setEnabled(self._at > 0)
        self.next_button.setText("Done" if last else "Next")
        describe(
            self.next_button,
            f"{'Done' if last else 'Next'}. {here.title}. {text}",
            "Close the tour (Enter)" if last else "The next step (Enter or right arrow)",
        )
        self._place()
        self._settle.start()
        self.next_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self) -> None:
        """Put the window back as it was."""
        self._settle.stop()
        self._window.removeEventFilter(self)
        self.hide()
        if self._former is not None and self._former.isVisible():
            self._former.setFocus(Qt.FocusReason.OtherFocusReason)
        self.ended.emit()
        self.deleteLater()

    # Place -----------------------------------------------------------------------------------------------

    def _place(self) -> None:
        target = self._target
        corner = target.mapTo(self._window, QPoint(0, 0))
        self._hole = QRect(corner, target.size()).adjusted(-UNIT, -UNIT, UNIT, UNIT).intersected(self.rect())
        self.setGeometry(self._window.rect())
        self.raise_()
        width = min(theme.units(95), self.width() - 2 * _AROUND)
        self.card.setFixedWidth(width)
        height = max(self.card.sizeHint().height(), self._inside.totalHeightForWidth(width))
        self.card.resize(width, height)
        self.card.move(self._beside(width, height))
        self.update()

    def _beside(self, width: int, height: int) -> QPoint:
        """A place for the card: below, above, right or left of what it is about; where there is no room, the
        corner that hides least of it.
        """
        hole, room = self._hole, self.rect().adjusted(_AROUND, _AROUND, -_AROUND, -_AROUND)
        x = min(max(room.left(), hole.center().x() - width // 2), room.right() - width)
        y = min(max(room.top(), hole.center().y() - height // 2), room.bottom() - height)
        for place in (
            QPoint(x, hole.bottom() + _AROUND),
            QPoint(x, hole.top() - _AROUND - height),
            QPoint(hole.right() + _AROUND, y),
            QPoint(hole.left() - _AROUND - width, y),
        ):
            if room.contains(QRect(place.x(), place.y(), width, height)):
                return place
        corners = [
            QPoint(left, top)
            for left in (room.left(), room.right() - width)
            for top in (room.top(), room.bottom() - height)
        ]
        return min(corners, key=lambda at: _area(QRect(at.x(), at.y(), width, height) & hole))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._settle.start()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.end()
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_PageDown, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.go(self._at + 1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_PageUp):
            self.go(self._at - 1)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays on the card: what is under the veil is not to be used now."""
        buttons = [b for b in (self.close_button, self.back_button, self.next_button) if b.isEnabled()]
        focus = self.focusWidget()
        at = buttons.index(focus) if focus in buttons else -1
        buttons[(at + (1 if forward else -1)) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QPainterPath()
        veil.addRect(QRectF(self.rect()))
        free = QPainterPath()
        free.addRoundedRect(QRectF(self._hole), 6, 6)
        painter.fillPath(veil - free, color("#000000", _VEIL))
        painter.setPen(QPen(color(theme.tokens().accent), 2))
        painter.drawPath(free)
        painter.end()


def _area(rect: QRect) -> int:
    return 0 if rect.isEmpty() else rect.width() * rect.height()
