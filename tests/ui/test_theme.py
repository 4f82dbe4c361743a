"""Colours reach WCAG AA on every ground, ramps rise, icons follow light and dark."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QAction, QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QTableWidget, QToolButton, QVBoxLayout, QWidget

from saerch_desktop import paths
from saerch_desktop.ui import theme
from saerch_desktop.ui.tokens import CONTRAST, DARK, LIGHT, Tokens

GROUNDS = ("window", "base", "raised", "selection", "hover")
TEXTS = ("text", "text_muted", "accent", "up", "down", "warning", "error")


@pytest.fixture(autouse=True)
def back_to_light(qapp: QApplication):
    yield
    theme.apply(qapp, "light", 100)


@pytest.mark.parametrize("tokens", [LIGHT, DARK, CONTRAST], ids=lambda tokens: tokens.name)
class TestContrast:
    @pytest.mark.parametrize("ground", GROUNDS)
    @pytest.mark.parametrize("text", TEXTS)
    def test_text_reaches_4_5(self, tokens: Tokens, text: str, ground: str) -> None:
        wanted = 7.0 if tokens is CONTRAST else 4.5
        assert theme.contrast(getattr(tokens, text), getattr(tokens, ground)) >= wanted

    def test_text_on_the_accent_and_on_marked_hits(self, tokens: Tokens) -> None:
        assert theme.contrast(tokens.on_accent, tokens.accent) >= 4.5
        assert theme.contrast(tokens.text, tokens.activation[0]) >= 4.5

    @pytest.mark.parametrize("ground", ["window", "base", "raised"])
    @pytest.mark.parametrize("shape", ["outline", "focus", "up_bar", "down_bar", "neutral"])
    def test_shapes_reach_3(self, tokens: Tokens, shape: str, ground: str) -> None:
        assert theme.contrast(getattr(tokens, shape), getattr(tokens, ground)) >= 3.0

    @pytest.mark.parametrize("ground", ["window", "base", "raised"])
    def test_categories_and_the_upper_activations_reach_3(self, tokens: Tokens, ground: str) -> None:
        for ink in (*tokens.categories, *tokens.activation[3:]):
            assert theme.contrast(ink, getattr(tokens, ground)) >= 3.0, ink

    @pytest.mark.parametrize("ground", ["window", "base", "raised"])
    def test_what_is_off_can_still_be_read(self, tokens: Tokens, ground: str) -> None:
        assert theme.contrast(tokens.text_disabled, getattr(tokens, ground)) >= 3.0

    def test_the_activation_ramp_moves_steadily_away_from_the_ground(self, tokens: Tokens) -> None:
        steps = [theme.contrast(stop, tokens.base) for stop in tokens.activation]
        assert steps == sorted(steps)
        assert len(set(steps)) == 5

    def test_up_and_down_stay_apart_without_red_and_green(self, tokens: Tokens) -> None:
        # What every red-green blindness keeps is the difference between blue and yellow.
        up, down = QColor(tokens.up_bar), QColor(tokens.down_bar)
        yellow = [(c.red() + c.green()) / 2 - c.blue() for c in (up, down)]
        assert yellow[1] - yellow[0] > 150


def test_apply_sets_palette_and_tells_painters(qapp: QApplication, qtbot) -> None:
    theme.apply(qapp, "light")
    with qtbot.waitSignal(theme.notifier.changed):
        theme.apply(qapp, "dark")
    assert theme.tokens() is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
    assert qapp.palette().color(QPalette.ColorRole.Highlight) == QColor(DARK.accent)
    theme.apply(qapp, "system")
    assert theme.tokens() in (LIGHT, DARK)


def test_ramp_ends_at_its_stops(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    assert theme.ramp(0.0) == QColor(LIGHT.activation[0])
    assert theme.ramp(1.0) == theme.ramp(7.0) == QColor(LIGHT.activation[-1])
    assert theme.ramp(-1.0) == theme.ramp(0.0)


def test_every_icon_draws_something_in_the_current_colour(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    names = [path.stem for path in (paths.resources() / "icons").glob("*.svg")]
    assert len(names) > 20
    for name in names:
        image = theme.icon(name).pixmap(32, 32).toImage()
        inked = [
            image.pixelColor(x, y)
            for x in range(32)
            for y in range(32)
            if image.pixelColor(x, y).alpha() > 200
        ]
        assert inked, name
        if name != "app":
            assert all(abs(c.lightness() - QColor(DARK.text).lightness()) < 40 for c in inked), name


def test_icons_set_once_follow_the_theme(qapp: QApplication, qtbot) -> None:
    theme.apply(qapp, "light")
    button, label, line = QToolButton(), QLabel(), QLineEdit()
    action = QAction("act", button)
    button.addAction(action)
    for widget in (button, label, line):
        qtbot.addWidget(widget)
    theme.set_icon(button, "reset")
    theme.set_icon(action, "add")
    theme.set_icon(label, "info")
    theme.make_clearable(line)
    before = [button.icon().cacheKey(), action.icon().cacheKey(), label.pixmap().cacheKey()]
    theme.apply(qapp, "dark")
    after = [button.icon().cacheKey(), action.icon().cacheKey(), label.pixmap().cacheKey()]
    assert all(a != b for a, b in zip(before, after, strict=True))


def test_figures_are_tabular_and_sizes_on_the_grid(qapp: QApplication) -> None:
    font = theme.figures(qapp.font())
    assert font.featureTags()
    assert theme.row_height(qapp.font()) % theme.UNIT == 0
    assert theme.row_height(qapp.font(), 2) > theme.row_height(qapp.font())
    assert theme.scaled(qapp.font(), 2.0).pointSizeF() == pytest.approx(qapp.font().pointSizeF() * 2)


def test_the_desktop_changing_its_mind_is_followed(qapp: QApplication, qtbot) -> None:
    theme.apply(qapp, "system")
    with qtbot.waitSignal(theme.notifier.changed):
        qapp.styleHints().colorSchemeChanged.emit(qapp.styleHints().colorScheme())
    theme.apply(qapp, "dark")
    with qtbot.assertNotEmitted(theme.notifier.changed):
        qapp.styleHints().colorSchemeChanged.emit(qapp.styleHints().colorScheme())


def test_high_contrast_is_followed_from_the_desktop_and_can_be_chosen(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    theme.apply(qapp, "contrast")
    assert theme.tokens() is CONTRAST
    assert (
        min(theme.contrast(CONTRAST.text, CONTRAST.window), theme.contrast(CONTRAST.text, CONTRAST.base)) > 18
    )

    monkeypatch.setattr(theme, "_wishes_contrast", lambda app: True)
    theme.apply(qapp, "light")
    assert theme.tokens() is LIGHT  # what the user chose goes before the desktop's wish
    theme.apply(qapp, "system")
    assert theme.tokens() is CONTRAST


def test_the_size_of_texts_reaches_fonts_of_their_own_and_comes_back_exactly(
    qapp: QApplication, qtbot
) -> None:
    theme.apply(qapp, "light", 100)
    usual = qapp.font().pointSizeF()
    plain, title, figure, table = QLabel("a"), QLabel("b"), QLabel("c"), QTableWidget(2, 2)
    for widget in (plain, title, figure, table):
        qtbot.addWidget(widget)
    theme.set_role(title, "title")
    theme.set_role(figure, "figure")
    theme.set_rows(table)
    row = table.verticalHeader().defaultSectionSize()
    theme.apply(qapp, "light", 200)
    assert theme.text_size() == 200
    assert plain.font().pointSizeF() == pytest.approx(2 * usual)
    assert title.font().pointSizeF() == pytest.approx(2.5 * usual)
    assert figure.font().pointSizeF() == pytest.approx(2 * usual)
    assert figure.font().featureTags()
    assert table.verticalHeader().defaultSectionSize() > 1.4 * row
    assert theme.units(10) == 20 * theme.UNIT
    theme.apply(qapp, "dark")
    assert theme.text_size() == 200  # colours alone leave it
    theme.apply(qapp, "light", 100)
    assert [one.font().pointSizeF() for one in (plain, title)] == pytest.approx([usual, 1.25 * usual])
    assert table.verticalHeader().defaultSectionSize() == row


def test_a_widget_that_is_gone_is_not_sized(qapp: QApplication) -> None:
    sized: list[int] = []
    widget = QLabel()
    theme.sized(widget, lambda it: sized.append(1))
    widget.deleteLater()
    del widget
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    theme.apply(qapp, "light", 120)
    theme.apply(qapp, "light", 100)
    assert sized == [1]


class _Counting(QLabel):
    """Counts how often it is told that its style changed."""

    def __init__(self) -> None:
        super().__init__("deep inside")
        self.told = 0

    def changeEvent(self, event: QEvent) -> None:
        self.told += event.type() == QEvent.Type.StyleChange
        super().changeEvent(event)


def test_another_look_styles_a_widget_no_more_often_the_deeper_it_sits(qtbot, qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    label = _Counting()
    inner: QWidget = label
    for _ in range(12):
        outer = QWidget()
        QVBoxLayout(outer).addWidget(inner)
        inner = outer
    qtbot.addWidget(inner)
    inner.show()
    label.told = 0
    theme.apply(qapp, "dark")
    assert 1 <= label.told <= 2  # the sheet off, the sheet on
