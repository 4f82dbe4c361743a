"""The settings window: what is changed holds at once, is found by words, and keys are one's own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QSpinBox
from pytestqt.qtbot import QtBot

from saerch_desktop.errors import UserError
from saerch_desktop.settings import Settings, change_settings, load_settings, save_settings
from saerch_desktop.settings_fields import of_section
from saerch_desktop.ui import theme
from saerch_desktop.ui.actions import TABLE
from saerch_desktop.ui.keymap import bound, keymap, objection, owner
from saerch_desktop.ui.settings_advanced import AdvancedPage
from saerch_desktop.ui.settings_appearance import AppearancePage
from saerch_desktop.ui.settings_keyboard import KeyboardPage
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.settings_part import SettingsPart
from saerch_desktop.ui.settings_window import SettingsWindow
from saerch_desktop.ui.shortcuts_page import sections
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def shown(window: MainWindow, qapp: QApplication):
    window.actions_table["settings"].trigger()
    part = next(part for part in window.parts if isinstance(part, SettingsPart))
    assert part.shown is not None
    yield part.shown
    if part.shown is not None:
        part.shown.close()
    keymap.use(TABLE, {})
    theme.apply(qapp, "light", 100)


def page(shown: SettingsWindow, kind: type) -> object:
    shown.go_to(kind.title)
    return shown.page(shown.list.currentRow())


def control(of: object, title: str) -> object:
    return next(row.control for row in of.rows if row.title == title)


def test_the_look_changes_at_once_and_is_kept(
    shown: SettingsWindow, window: MainWindow, qtbot: QtBot
) -> None:
    appearance = page(shown, AppearancePage)
    colours, size = control(appearance, "Colours"), control(appearance, "Text size")
    assert isinstance(colours, QComboBox)
    assert isinstance(size, QSpinBox)
    colours.setFocus()
    qtbot.keyClicks(colours, "High")
    assert theme.tokens().name == "contrast"
    assert window.actions_table["theme-contrast"].isChecked()
    font = QApplication.font().pointSizeF()
    size.setValue(150)
    assert QApplication.font().pointSizeF() == pytest.approx(1.5 * font)
    assert (load_settings().theme, load_settings().text_size) == ("contrast", 150)
    appearance.defaults_button.click()
    assert load_settings() == Settings()
    assert size.value() == 100
    assert colours.currentData() == "system"


def test_steps_of_the_text_size_stop_at_their_ends(window: MainWindow, qapp: QApplication) -> None:
    change_settings(text_size=190)
    part = next(part for part in window.parts if isinstance(part, SettingsPart))
    window.actions_table["text-larger"].trigger()
    assert load_settings().text_size == 200
    assert not window.actions_table["text-larger"].isEnabled()
    part.step(-1000)
    assert load_settings().text_size == 80
    assert not window.actions_table["text-smaller"].isEnabled()
    window.actions_table["text-usual"].trigger()
    assert window.actions_table["text-larger"].isEnabled()
    theme.apply(qapp, "light", 100)


def test_a_page_follows_what_is_changed_elsewhere(shown: SettingsWindow) -> None:
    box = control(page(shown, AppearancePage), "Mark the words of the query")
    assert isinstance(box, QCheckBox)
    live.change(mark_words=False)
    assert not box.isChecked()
    box.click()
    assert load_settings().mark_words


def test_what_cannot_be_written_holds_for_this_run_and_says_so(
    shown: SettingsWindow, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Settings) -> None:
        raise UserError("The disk is full.", "It holds for now.", "Make room.")

    monkeypatch.setattr("saerch_desktop.settings.save_settings", refuse)
    box = control(page(shown, AdvancedPage), "Pause on battery")
    box.click()
    assert window.store.notices[-1].happened == "The disk is full."
    assert live.now.pause_on_battery
    monkeypatch.undo()
    live.change(keep_awake=False)  # the next one that can be written takes the first along
    assert (load_settings().pause_on_battery, load_settings().keep_awake) == (True, False)
    live.back_to_defaults("pause_on_battery", "keep_awake")


def test_a_setting_is_found_by_words_of_its_name_or_tip(shown: SettingsWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(shown.search, "size tex")
    assert shown.list.item(0).text() == "Text size"
    qtbot.keyClick(shown.search, Qt.Key.Key_Return)
    assert isinstance(shown.focusWidget(), QSpinBox)
    shown.search.setText("zzz")
    assert shown.list.item(0).text() == "Nothing is found"
    qtbot.keyClick(shown.search, Qt.Key.Key_Escape)
    assert shown.isVisible()
    assert shown.list.item(0).text() == "Appearance"
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.isVisible()


def test_every_declared_setting_is_on_a_page(shown: SettingsWindow) -> None:
    on_pages = {name for kind in shown._kinds for name in kind.fields}
    declared = {
        name
        for section in (
            "appearance",
            "keyboard",
            "jobs",
            "advanced",
            "storage",
            "network",
            "hardware",
            "models",
        )
        for name in of_section(section)
    }
    assert declared - on_pages == set()


# Keys ----------------------------------------------------------------------------------------------------


def test_keys_are_pressed_and_taken(shown: SettingsWindow, window: MainWindow, qtbot: QtBot) -> None:
    keyboard = page(shown, KeyboardPage)
    keyboard.choose("embed")
    assert keyboard.current().id == "embed"
    qtbot.keyClick(
        keyboard.keys, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    )
    qtbot.keyClick(keyboard.keys, Qt.Key.Key_F8, Qt.KeyboardModifier.ControlModifier)
    qtbot.mouseClick(keyboard.take, Qt.MouseButton.LeftButton)
    assert load_settings().keys == {"embed": ("Ctrl+F8",)}
    assert window.actions_table["embed"].shortcut() == QKeySequence("Ctrl+F8")
    assert "Ctrl+F8" in window.actions_table["embed"].toolTip()
    assert any("Ctrl+F8" in keys for _, rows in sections() for keys, _ in rows)
    qtbot.mouseClick(keyboard.usual, Qt.MouseButton.LeftButton)
    assert load_settings().keys == {}
    assert window.actions_table["embed"].shortcuts() == []


def test_keys_of_another_action_are_refused_by_its_name_until_they_are_free(
    shown: SettingsWindow, window: MainWindow, qtbot: QtBot
) -> None:
    keyboard = page(shown, KeyboardPage)
    keyboard.choose("feature-to-mixer")
    keyboard.keys.setKeySequence(QKeySequence("Ctrl+O"))
    assert "Open library" in keyboard.trouble.text()
    assert not keyboard.take.isEnabled()
    assert "Open library" in keyboard.free.text()
    keyboard.free.click()
    assert window.actions_table["open"].shortcuts() == []
    assert keyboard.take.isEnabled()
    keyboard.also.click()
    assert [key.toString() for key in window.actions_table["feature-to-mixer"].shortcuts()] == [
        "Ctrl+M",
        "Ctrl+O",
    ]
    keyboard.choose("open")
    keyboard.usual.click()
    assert "Add feature to the mixer" in keyboard.trouble.text()
    keyboard.defaults_button.click()
    assert window.actions_table["open"].shortcut() == QKeySequence("Ctrl+O")
    assert load_settings().keys == {}


def test_tooltips_of_panes_name_the_keys_in_force(shown: SettingsWindow, window: MainWindow) -> None:
    query = window.search_pane.query
    assert query.toolTip().endswith("(Ctrl+L)")
    live.change(keys={"find": ("Ctrl+F9",)})
    assert query.toolTip().endswith("(Ctrl+F9)")
    live.change(keys={"find": ()})
    assert query.toolTip().endswith("then Enter")


@pytest.mark.parametrize("keys", ["A", "Shift+A", "Ctrl+C", "Esc", "Space", "Alt+F4", "", "Ctrl+K, Ctrl+D"])
def test_keys_for_typing_and_for_the_desktop_are_no_shortcuts(keys: str) -> None:
    assert objection(keys)
    assert not objection("Ctrl+Alt+K")
    assert not objection("F8")


def test_a_file_with_two_uses_of_one_key_or_nonsense_gives_each_key_once() -> None:
    keys = bound(TABLE, {"quit": ("Ctrl+O", "nonsense+", ""), "no-such-action": ("Ctrl+Q",)})
    assert keys["quit"] == ("Ctrl+O",)
    assert keys["open"] == ()  # what the user chose goes before what comes with the program
    used = [QKeySequence(key).toString() for every in keys.values() for key in every]
    assert len(used) == len(set(used))
    other = owner(TABLE, {}, "Ctrl+O", "quit")
    assert other is not None
    assert other.id == "open"


def test_a_window_opens_with_the_keys_that_were_saved(qapp: QApplication, open_window) -> None:
    save_settings(Settings(keys={"quit": ("Ctrl+Alt+Q",)}))
    window = open_window()
    assert window.actions_table["quit"].shortcut() == QKeySequence("Ctrl+Alt+Q")
    keymap.use(TABLE, {})
