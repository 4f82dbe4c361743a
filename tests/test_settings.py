from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from saerch_desktop import settings_fields
from saerch_desktop.errors import UserError
from saerch_desktop.settings import (
    RECENT,
    VERSION,
    Settings,
    change_settings,
    load_settings,
    of_this_run_only,
    save_settings,
    settings_file,
    update_settings,
    use_defaults_for_this_run,
)
from saerch_desktop.settings_upgrade import UPGRADES, version_of


def write(text: str | bytes) -> None:
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_bytes(text if isinstance(text, bytes) else text.encode())


def aside() -> Path:
    return settings_file().with_name("settings.json.unreadable")


def test_without_a_file_there_are_defaults_and_no_file_is_made() -> None:
    assert load_settings() == Settings()
    assert not settings_file().exists()


def test_what_is_saved_is_loaded() -> None:
    settings = Settings(theme="dark", torch_threads=3, endpoints={"m": "http://localhost:1/v1"})
    save_settings(settings)
    assert load_settings() == settings
    assert json.loads(settings_file().read_text())["version"] == VERSION


def test_changes_keep_the_rest() -> None:
    save_settings(Settings(torch_threads=2))
    assert change_settings(theme="light") == load_settings() == Settings(theme="light", torch_threads=2)
    with pytest.raises(ValidationError):
        change_settings(theme="pink")
    assert load_settings().theme == "light"


def test_an_update_says_what_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(Settings(theme="dark"))
    kept, trouble = update_settings(lambda found: found.with_library(tmp_path))
    assert trouble is None
    assert load_settings() == kept == Settings(theme="dark").with_library(tmp_path)

    def refuse(_: Settings) -> None:
        raise UserError("Full.", "Nothing was written.", "Make room.")

    monkeypatch.setattr("saerch_desktop.settings.save_settings", refuse)
    kept, trouble = update_settings(lambda found: found.without_library(tmp_path))
    assert trouble is not None
    assert kept.recent_libraries == ()
    assert load_settings().recent_libraries == (str(tmp_path),)


def test_recent_libraries_newest_first_once_each_and_not_too_many(tmp_path: Path) -> None:
    settings = Settings()
    for at in range(RECENT + 3):
        settings = settings.with_library(tmp_path / f"{at}.saerch")
    settings = settings.with_library(tmp_path / "5.saerch")
    assert len(settings.recent_libraries) == RECENT
    assert settings.recent_libraries[0] == settings.last_library == str(tmp_path / "5.saerch")
    assert len(set(settings.recent_libraries)) == RECENT
    gone = settings.without_library(tmp_path / "5.saerch")
    assert gone.last_library is None
    assert str(tmp_path / "5.saerch") not in gone.recent_libraries


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '"x"', b"\xff\xfe\x00", "[" * 100_000])
def test_a_damaged_file_is_set_aside(text: str | bytes, caplog: pytest.LogCaptureFixture) -> None:
    write(text)
    assert load_settings() == Settings()
    assert aside().read_bytes() == (text if isinstance(text, bytes) else text.encode())
    assert "damaged" in caplog.text
    save_settings(Settings(theme="dark"))
    assert load_settings().theme == "dark"


def test_sound_values_survive_unsound_ones(caplog: pytest.LogCaptureFixture) -> None:
    write(json.dumps({"theme": "pink", "torch_threads": 2, "recent_libraries": ["/a"], "unknown": 1}))
    assert load_settings() == Settings(torch_threads=2, recent_libraries=("/a",))
    assert aside().exists()
    assert "unusable" in caplog.text


def test_a_newer_file_is_kept_beside_and_read_as_far_as_possible(caplog: pytest.LogCaptureFixture) -> None:
    newer = json.dumps({"version": VERSION + 1, "theme": "dark", "panes": {"a": [1]}})
    write(newer)
    assert load_settings() == Settings(theme="dark", kept_aside={"panes": {"a": [1]}})
    assert settings_file().with_name(f"settings.json.version-{VERSION + 1}").read_text() == newer
    assert "panes" in caplog.text or caplog.records
    change_settings(text_size=120)
    assert load_settings() == Settings(theme="dark", text_size=120, kept_aside={"panes": {"a": [1]}})


def test_what_an_older_version_put_aside_is_taken_back() -> None:
    write(json.dumps({"version": VERSION, "kept_aside": {"theme": "dark", "panes": 3}}))
    assert load_settings() == Settings(theme="dark", kept_aside={"panes": 3})


def test_the_settings_of_version_1_are_upgraded_once_with_a_copy_beside() -> None:
    old = {"version": 1, "theme": "dark", "mixer_units": "activation", "endpoints": {"m": "http://x", "n": 3}}
    write(json.dumps(old))
    wanted = Settings(theme="dark", mixer_units="activation", endpoints={"m": "http://x"})
    assert load_settings() == wanted
    copy = settings_file().with_name("settings.json.version-1")
    assert json.loads(copy.read_text()) == old
    assert json.loads(settings_file().read_text())["version"] == VERSION
    assert not aside().exists()
    change_settings(theme="light")
    assert json.loads(copy.read_text()) == old  # the first copy stays


def test_every_older_version_has_its_upgrade() -> None:
    assert sorted(UPGRADES) == list(range(1, VERSION))
    assert version_of({"version": True}) == version_of({"version": "2"}) == version_of({}) == 1


def test_a_run_of_its_own_neither_reads_nor_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(Settings(theme="dark"))
    before = settings_file().read_bytes()
    monkeypatch.setattr("saerch_desktop.settings._Run.only", None)
    use_defaults_for_this_run()
    assert of_this_run_only()
    assert load_settings() == Settings()
    assert change_settings(theme="light") == load_settings() == Settings(theme="light")
    assert settings_file().read_bytes() == before


def test_every_setting_that_is_shown_is_declared_with_all_its_words() -> None:
    for name in Settings.model_fields:
        if settings_fields.section(name):
            assert settings_fields.title(name), name
            assert settings_fields.tip(name), name
            assert name in settings_fields.of_section(settings_fields.section(name))  # type: ignore[arg-type]
            assert getattr(Settings(), name) == settings_fields.default(name)


def test_an_unreadable_file_is_not_fatal(caplog: pytest.LogCaptureFixture) -> None:
    settings_file().mkdir(parents=True)
    assert load_settings() == Settings()
    assert "cannot be read" in caplog.text


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_explained_on_saving() -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().parent.chmod(0o500)
    with pytest.raises(UserError, match="cannot be written"):
        save_settings(Settings())


def test_a_folder_that_cannot_be_made_is_explained() -> None:
    settings_file().parent.parent.mkdir(parents=True, exist_ok=True)
    settings_file().parent.write_text("in the way")
    with pytest.raises(UserError):
        save_settings(Settings())


@pytest.mark.skipif(sys.platform != "linux", reason="only there may a name be any bytes")
def test_a_path_that_is_no_text_is_remembered() -> None:
    path = Path(os.fsdecode(b"/somewhere/\xff.saerch"))
    save_settings(Settings().with_library(path))
    assert load_settings().last_library == str(path)


def test_the_file_is_read_again_only_when_it_was_replaced() -> None:
    change_settings(theme="dark")
    first = load_settings()
    assert load_settings() is first
    other = settings_file().with_name("other.json")  # as another program writes it, of the same size
    text = settings_file().read_text(encoding="utf-8")
    other.write_text(text.replace('"text_size": 100', '"text_size": 120'), encoding="utf-8")
    other.replace(settings_file())
    assert load_settings().text_size == 120
    settings_file().unlink()
    assert load_settings() == Settings()


def test_a_version_too_long_for_a_file_s_name_does_not_keep_the_program_shut() -> None:
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text(f'{{"version": {"1" * 4000}, "theme": "dark"}}', encoding="utf-8")
    assert load_settings().theme == "dark"
