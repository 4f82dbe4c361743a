"""Which devices can compute here and, where one cannot, why."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from saerch_desktop.settings import load_settings

Kind = Literal["cpu", "cuda", "mps"]
Why = Literal["", "no card", "no driver", "old torch", "driver failed", "too little memory", "switched off"]
ENOUGH_BYTES: Final = 2 << 30  # a small SAE trains in less; a card with less than this is a display's
_GIB: Final = 1 << 30
_PATIENCE_S: Final = 5


@dataclass(frozen=True, slots=True)
class Device:
    """kind: as torch calls it; index: which of them; name: its maker's name; memory_bytes: 0 where unknown;
    usable: whether jobs may use it; why: kind of reason where not; reason: that reason in a sentence.
    """

    kind: Kind
    index: int
    name: str
    memory_bytes: int
    usable: bool
    why: Why = ""
    reason: str = ""
    free_bytes: int = 0

    @property
    def torch_name(self) -> str:
        return self.kind if self.kind == "cpu" else f"{self.kind}:{self.index}"


@dataclass(frozen=True, slots=True)
class Computer:
    """What this computer has, known without torch. memory_bytes, free_disk_bytes: 0 where unknown."""

    processor: str
    cores: int
    memory_bytes: int
    free_disk_bytes: int


def computer(folder: Path | None = None) -> Computer:
    """Processor, cores, memory, and what is free where `folder` (None: home) lies. Instant."""
    free = 0
    try:
        free = shutil.disk_usage(folder or Path.home()).free
    except (OSError, RuntimeError):  # an account may have no home folder yet
        free = 0
    return Computer(_processor(), os.cpu_count() or 1, machine_memory() or 0, free)


def devices() -> tuple[Device, ...]:
    """All devices, the processor first, with the reason beside each that jobs cannot use.

    Imports torch: seconds at first, so call it on a worker. Never raises.
    """
    from saerch_desktop.embedding.torch_setup import load_torch

    load_torch()
    here = computer()
    processor = Device("cpu", 0, here.processor, here.memory_bytes, True)
    return (processor, *_cards())


def card_at_a_glance() -> Device:
    """The first graphics card as the system tells of it, without torch: whether jobs can use it is only known
    from `devices`. Asks another program, so call it on a worker. Never raises.
    """
    named = _told_by_driver()
    return Device("cuda", 0, *named[0], True) if named else _missing_card()


def _cards() -> tuple[Device, ...]:
    return (*_nvidia(), *_apple())


def _nvidia() -> tuple[Device, ...]:
    import torch

    forced = load_settings().force_cpu
    named = _told_by_driver()
    if torch.version.cuda is None and not getattr(torch.version, "hip", None):
        if not named:
            return (_missing_card(),)
        reason = (
            "The installed torch is built without CUDA, so the card cannot be used. "
            "Install the CUDA build of torch."
        )
        return tuple(
            Device("cuda", at, name, memory, False, "old torch", reason)
            for at, (name, memory) in enumerate(named)
        )
    try:
        count = torch.cuda.device_count()
        works = count > 0 and torch.cuda.is_available()
    except (RuntimeError, AssertionError, OSError):
        count, works = 0, False
    if not works:
        if not named:
            return (_missing_card(),)
        reason = "The card is there, but torch cannot start it. Its driver may be too old for this torch."
        return tuple(
            Device("cuda", at, name, memory, False, "driver failed", reason)
            for at, (name, memory) in enumerate(named)
        )
    return tuple(_cuda_card(at, forced) for at in range(count))


def _cuda_card(at: int, forced: bool) -> Device:
    import torch

    try:
        about = torch.cuda.get_device_properties(at)
        free, memory = torch.cuda.mem_get_info(at)
    except (RuntimeError, AssertionError) as error:
        reason = f"The card does not answer: {str(error).splitlines()[0][:160]}"
        return Device("cuda", at, "NVIDIA card", 0, False, "driver failed", reason)
    return judged(Device("cuda", at, about.name, int(memory), True, free_bytes=int(free)), forced)


def judged(device: Device, forced: bool) -> Device:
    """The device as jobs may use it. forced: the user wants the processor alone."""
    if device.memory_bytes < ENOUGH_BYTES:
        reason = (
            f"Its memory of {device.memory_bytes / _GIB:.1f} GB is too small; "
            f"{ENOUGH_BYTES // _GIB} GB are needed."
        )
        return _unusable(device, "too little memory", reason)
    if forced:
        return _unusable(device, "switched off", "You chose to compute on the processor alone.")
    return device


def _unusable(device: Device, why: Why, reason: str) -> Device:
    return Device(
        device.kind, device.index, device.name, device.memory_bytes, False, why, reason, device.free_bytes
    )


def _apple() -> tuple[Device, ...]:
    import torch

    if not torch.backends.mps.is_built() or not torch.backends.mps.is_available():
        return ()
    reason = "Jobs of this program do not use Apple's graphics cores yet; the processor does the work."
    return (Device("mps", 0, "Apple graphics cores", machine_memory() or 0, False, "old torch", reason),)


def _missing_card() -> Device:
    if Path("/proc/driver/nvidia").exists() or _on_bus():
        reason = "A card by NVIDIA is built in, but its driver does not run. Install NVIDIA’s driver."
        return Device("cuda", 0, "NVIDIA card", 0, False, "no driver", reason)
    return Device("cuda", 0, "Graphics card", 0, False, "no card", "No card by NVIDIA was found.")


def _on_bus() -> bool:
    """Whether Linux lists a graphics card by NVIDIA (vendor 0x10de, class 0x03), driver or not."""
    for vendor in Path("/sys/bus/pci/devices").glob("*/vendor"):
        try:
            if vendor.read_text().strip() == "0x10de" and (vendor.parent / "class").read_text()[2:4] == "03":
                return True
        except OSError:
            continue
    return False


def _told_by_driver() -> list[tuple[str, int]]:
    """(name, bytes) of each card as NVIDIA's own program tells; empty without a working driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    try:
        done = subprocess.run(
            [program, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError):
        return []
    found = []
    for line in done.stdout.splitlines() if done.returncode == 0 else ():
        name, comma, memory = line.rpartition(",")
        if comma and memory.strip().isdigit():
            found.append((name.strip(), int(memory) << 20))
    return found


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "Processor"


def machine_memory() -> int | None:
    """Bytes of main memory that this program may use: this computer's, or its container's where that is less;
    None where that cannot be told.
    """
    limits = [amount for amount in (_whole_memory(), _container_memory()) if amount is not None]
    return min(limits, default=None)


def _container_memory() -> int | None:
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            return int(Path(file).read_text(encoding="ascii"))
    return None


def _whole_memory() -> int | None:
    if sys.platform == "win32":
        return _windows_memory()
    if "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _windows_memory() -> int | None:
    import ctypes

    kilobytes = ctypes.c_ulonglong()
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - known on Windows alone
    known = kernel.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
    return kilobytes.value * 1024 if known else None
