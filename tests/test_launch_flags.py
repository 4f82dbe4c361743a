"""Which flags open the window, which change a run, and what --reset and --info do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from saerch_desktop import cli, launch_flags, paths, settings
from saerch_desktop.errors import UserError
from saerch_desktop.launch_flags import Launch
from saerch_desktop.settings import Settings, load_settings, save_settings
from saerch_desktop.workflow.fresh_start import set_aside
from saerch_desktop.workflow.program_info import info

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("line", "wanted", "window"),
    [
        ("", Launch(()), True),
        ("--offline", Launch((), offline=True), True),
        ("--safe-mode --offline", Launch((), offline=True, safe_mode=True), True),
        (
            "--library a --offline --theme=dark",
            Launch(("--library", "a", "--theme=dark"), offline=True),
            True,
        ),
        ("--library --offline", Launch(("--library", "--offline")), True),  # an odd name, but a name
        ("--open saerch://x", Launch(("--open", "saerch://x")), True),
        ("--offline search a b", Launch(("search", "a", "b"), offline=True), False),
        ("search --offline", Launch(("search", "--offline")), False),  # the command's own affair
        ("--info", Launch((), info=True), False),
        ("--reset --info", Launch((), info=True, reset=True), False),
        ("--version", Launch(("--version",)), False),
    ],
)
def test_a_line_is_sorted(line: str, wanted: Launch, window: bool) -> None:
    found = launch_flags.read(line.split())
    assert found == wanted
    assert found.window == window


def test_both_doors_know_every_flag_of_the_window(capsys: pytest.CaptureFixture[str]) -> None:
    for flag in launch_flags.WINDOW:
        assert launch_flags.read([flag.name]).window
        assert flag.help
    with pytest.raises(SystemExit) as stopped:
        launch_flags.window_options(["--theme", "pink"])
    assert stopped.value.code == 2
    assert "contrast" in capsys.readouterr().err


def test_safe_mode_reaches_settings_and_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saerch_desktop.settings._Run.only", None)
    save_settings(Settings(theme="dark"))
    kept = settings.settings_file().read_bytes()
    assert not launch_flags.window_options([]).safe_mode
    launch_flags.read(["--safe-mode"]).begin()
    assert load_settings() == Settings()
    settings.change_settings(theme="light")
    assert settings.settings_file().read_bytes() == kept
    assert launch_flags.window_options([]).safe_mode


def test_offline_locks_the_network_for_this_run(monkeypatch: pytest.MonkeyPatch) -> None:
    locked: list[bool] = []
    monkeypatch.setattr("saerch_desktop.network.lock_for_this_run", lambda: locked.append(True))
    launch_flags.read(["show"]).begin()
    assert locked == []
    launch_flags.read(["--offline", "show"]).begin()
    assert locked == [True]


def test_reset_moves_what_is_remembered_and_nothing_else() -> None:
    assert "nothing to set aside" in set_aside()
    save_settings(Settings(theme="dark"))
    folder = paths.config_dir()
    for name in ("view.json", "keep.me"):
        (folder / name).write_text("{}")
    (folder / "searches").mkdir()
    first = set_aside()
    assert load_settings() == Settings()
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith("backup")) == [
        "keep.me",
        "searches",
    ]
    backups = [path for path in folder.iterdir() if path.name.startswith("backup")]
    assert len(backups) == 1
    assert str(backups[0]) in first
    assert sorted(path.name for path in backups[0].iterdir()) == ["settings.json", "view.json"]
    save_settings(Settings(theme="light"))
    set_aside()  # within the same second: a second backup beside the first
    assert len([path for path in folder.iterdir() if path.name.startswith("backup")]) == 2


def test_info_tells_what_a_report_needs_and_nothing_private(tmp_path: Path) -> None:
    secret = tmp_path / "Secret project.saerch"
    save_settings(
        Settings(
            recent_libraries=(str(secret),), proxy_url="http://me:pw@host", theme="dark", keys={"x": ("F2",)}
        )
    )
    text = info()
    for word in ("SAErch Desktop", "Python", "torch", "processor", "memory", "settings:", "theme: dark"):
        assert word in text
    for private in ("Secret", "pw@", str(Path.home()) + "/"):
        assert private not in text


def test_info_loads_neither_qt_nor_torch() -> None:
    program = (
        "import sys; from saerch_desktop.cli import main; status = main(['--info'])\n"
        "print([name for name in ('PySide6', 'torch') if name in sys.modules], status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.splitlines()[-1] == "[] 0", done.stderr


def test_what_stands_alone_is_refused_beside_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--reset", "search", "x"]) == 2
    assert "alone" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_to_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(Settings())

    def refuse(self: Path, target: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UserError, match="could not be set aside"):
        set_aside()
    assert settings.settings_file().exists()
