"""Beginning afresh: settings, view and layout move into a backup folder; libraries and keys stay."""

from __future__ import annotations

import time
from pathlib import Path

from saerch_desktop import paths
from saerch_desktop.errors import UserError

# Of the folder of settings; on macOS it is the folder of the user's data too, so never all that is there.
_KEPT_THERE = ("settings.json", "view.json", "workspaces.json", "workspaces")


def set_aside() -> str:
    """Move what the window remembers into a backup folder; what was done, in sentences to show.

    UserError when it cannot be moved; what was not moved by then is where it was.
    """
    folder = paths.config_dir()
    found = [folder / name for name in _KEPT_THERE if (folder / name).exists()]
    if not found:
        return "There was nothing to set aside: the program has its defaults already. No library was touched."
    backup = _vacant(folder / f"backup {time.strftime('%Y-%m-%d %H.%M.%S')}")
    try:
        backup.mkdir(parents=True)
        for path in found:
            path.replace(backup / path.name)
    except OSError as error:
        raise UserError(
            f"The settings could not be set aside: {error.strerror or error}.",
            f"What could not be moved is still in {folder}; no library was touched.",
            "Close the program's windows and try again, or move the files yourself.",
        ) from error
    names = ", ".join(path.name for path in found)
    return (
        f"Settings, view and layout were set aside in {backup} ({names}).\n"
        "The next start has its defaults. No library, model or key was touched.\n"
        f"To have them back, move the files of the backup to {folder} while the program is closed."
    )


def _vacant(wanted: Path) -> Path:
    """`wanted`, or the first name after it that nothing has."""
    path, number = wanted, 2
    while path.exists():
        path, number = wanted.with_name(f"{wanted.name} ({number})"), number + 1
    return path
