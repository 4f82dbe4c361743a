"""Whether the computer runs on its battery."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SUPPLIES = Path("/sys/class/power_supply")
_LONGEST_S = 3.0


def on_battery(supplies: Path = _SUPPLIES) -> bool:
    """True when no other source of power is connected; False where that cannot be known.

    Asks the system, which may take a while: for a worker.
    """
    if sys.platform == "win32":
        return _windows()
    if sys.platform == "darwin":
        return _mac()
    return linux(supplies)


def linux(supplies: Path) -> bool:
    """From the kernel's folder of power supplies."""
    mains: list[bool] = []
    discharging = False
    try:
        for supply in supplies.iterdir():
            kind = _read(supply / "type")
            if kind in ("Mains", "USB", "Wireless"):
                mains.append(_read(supply / "online") == "1")
            elif kind == "Battery" and _read(supply / "scope") != "Device":  # not that of a mouse
                discharging = discharging or _read(supply / "status") == "Discharging"
    except OSError:
        return False
    return discharging and not any(mains)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _mac() -> bool:
    try:
        said = subprocess.run(
            ["pmset", "-g", "batt"], capture_output=True, text=True, timeout=_LONGEST_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "'Battery Power'" in said.stdout


def _windows() -> bool:
    import ctypes

    class Status(ctypes.Structure):
        """SYSTEM_POWER_STATUS."""

        _fields_ = (
            ("line", ctypes.c_ubyte),
            ("flag", ctypes.c_ubyte),
            ("percent", ctypes.c_ubyte),
            ("saver", ctypes.c_ubyte),
            ("seconds", ctypes.c_ulong),
            ("full_seconds", ctypes.c_ulong),
        )

    library = getattr(ctypes, "windll", None)
    status = Status()
    if library is None or not library.kernel32.GetSystemPowerStatus(ctypes.byref(status)):
        return False
    return int(status.line) == 0
