"""A screen in memory for tests of the frozen program: what is on it, and how to close a window there.

Uses nothing but Xvfb, the X library and Python itself: the frozen program is tested from outside.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import struct
import subprocess
import zlib
from pathlib import Path
from types import TracebackType

_WIDE, _HIGH = 1440, 900
_CLIENT_MESSAGE = 33


class Screen:
    """`with Screen(folder) as screen`: programs started with DISPLAY=screen.name draw on it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._pixels = folder / "Xvfb_screen0"
        reading, writing = os.pipe()
        self._server = subprocess.Popen(
            [
                "Xvfb", "-displayfd", str(writing), "-screen", "0", f"{_WIDE}x{_HIGH}x24",
                "-fbdir", str(folder), "-nolisten", "tcp", "-br", "-noreset",
            ],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        if not number:
            raise SystemExit("Xvfb did not start.")
        self.name = f":{number}"

    def __enter__(self) -> Screen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        self._server.wait()

    def rows(self) -> list[bytes]:
        """What is on the screen: for each line its pixels, 4 bytes each: blue, green, red and nothing."""
        data = self._pixels.read_bytes()
        head = struct.unpack(">25I", data[:100])
        size, height, per_line, colours = head[0], head[5], head[12], head[19]
        start = size + 12 * colours
        return [
            data[start + line * per_line : start + line * per_line + 4 * head[4]] for line in range(height)
        ]

    def covered(self) -> float:
        """Share of the screen that is not black, the colour of nothing."""
        seen = [row[at : at + 3] for row in self.rows()[::24] for at in range(0, len(row), 96)]
        return sum(pixel != b"\0\0\0" for pixel in seen) / len(seen)

    def colours(self) -> int:
        """How many colours there are: a window that never painted its content has a few."""
        return len({row[at : at + 3] for row in self.rows()[::3] for at in range(0, len(row), 12)})

    def picture(self, path: Path) -> None:
        """Write the screen as PNG."""
        rows = self.rows()
        lines = bytearray()
        for row in rows:
            line = bytearray(len(row) // 4 * 3)
            line[0::3], line[1::3], line[2::3] = row[2::4], row[1::4], row[0::4]
            lines += b"\0" + line
        head = struct.pack(">IIBBBBB", len(rows[0]) // 4, len(rows), 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(lines), 6)), (b"IEND", b""))
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n"
            + b"".join(
                struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
                for kind, body in chunks
            )
        )

    def close_windows(self) -> int:
        """Ask every window that can be asked to close, as a click on its cross does; how many there were."""
        return _close_windows(self.name.encode())


class _Message(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("room", ctypes.c_long * 16),  # an event is as large as the largest kind
    )


def _close_windows(name: bytes) -> int:
    library = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
    library.XOpenDisplay.restype = ctypes.c_void_p
    library.XDefaultRootWindow.restype = ctypes.c_ulong
    library.XInternAtom.restype = ctypes.c_ulong
    display = ctypes.c_void_p(library.XOpenDisplay(name))
    protocols = library.XInternAtom(display, b"WM_PROTOCOLS", 0)
    delete = library.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
    asked = 0
    for window in _children(library, display, library.XDefaultRootWindow(display)):
        known, count = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_int()
        found = library.XGetWMProtocols(
            display, ctypes.c_ulong(window), ctypes.byref(known), ctypes.byref(count)
        )
        if not found or delete not in known[: count.value]:
            continue
        message = _Message(_CLIENT_MESSAGE, 0, 1, display, window, protocols, 32)
        message.data[0] = delete
        library.XSendEvent(display, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(message))
        asked += 1
    library.XCloseDisplay(display)
    return asked


def _children(library: ctypes.CDLL, display: ctypes.c_void_p, root: int) -> list[int]:
    top, parent, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_uint()
    windows = ctypes.POINTER(ctypes.c_ulong)()
    library.XQueryTree(
        display,
        ctypes.c_ulong(root),
        ctypes.byref(top),
        ctypes.byref(parent),
        ctypes.byref(windows),
        ctypes.byref(count),
    )
    return list(windows[: count.value])
