"""The page about this computer: its devices, why one cannot be used, and how fast each is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton
from shiboken6 import isValid

from saerch_desktop.embedding.devices import Device, computer
from saerch_desktop.progress import Progress
from saerch_desktop.settings_fields import Settings
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.line_table import LineTable
from saerch_desktop.ui.settings_live import live
from saerch_desktop.ui.settings_page import SettingsPage, note

if TYPE_CHECKING:
    from saerch_desktop.sae.self_test import SelfTest

_COLUMNS = (
    ("Device", "What could do the arithmetic"),
    ("Kind", "As the arithmetic library calls it"),
    ("Memory", "What belongs to the device"),
    ("State", "Whether jobs use it"),
    ("Arithmetic", "Billions of operations a second with matrices, measured by the test"),
    ("Training", "Documents a second shown to an SAE of 2,048 features, measured by the test"),
)
_ROWS = 4
_KINDS = {"cpu": "Processor", "cuda": "CUDA", "mps": "MPS"}
_GIB = 1 << 30


class HardwarePage(SettingsPage):
    """Devices are looked for on a worker: the arithmetic library takes seconds to load."""

    title = "Hardware"
    icon = "computer"
    tip = "What computes, and how fast."
    fields = ("force_cpu", "torch_threads")
    words = ("GPU", "CUDA", "MPS", "graphics card", "processor", "threads", "memory", "device", "self-test")

    def build(self) -> None:
        here = computer()
        self.computer = note(
            f"{here.processor} · {wording.count(here.cores)} cores · "
            f"{here.memory_bytes / _GIB:.0f} GB memory · {here.free_disk_bytes / _GIB:.0f} GB free on disk"
        )
        self.content.addWidget(self.computer)
        self.section("Devices")
        self.table = LineTable(_COLUMNS, "Devices", "Enter tests the chosen device", (1, 2, 5))
        self.table.setMinimumHeight(theme.row_height(self.font()) * _ROWS)
        self.table.opened.connect(lambda _: self.test())
        self.table.currentCellChanged.connect(lambda *_: self._explain())
        self.add(self.table, "Devices", "Processor and graphics cards, and why one cannot be used")
        self.why = note("Looking for devices…")
        self.why.setAccessibleName("About the chosen device")
        self.content.addWidget(self.why)
        self.button = QPushButton("Test for two seconds")
        describe(
            self.button,
            "Test for two seconds",
            "Multiply matrices and train a small SAE on the chosen device",
        )
        self.button.clicked.connect(self.test)
        self.button.setEnabled(False)
        self.again = QPushButton("Look again")
        describe(self.again, "Look again", "After a card, a driver or a setting has changed")
        self.again.clicked.connect(self.look)
        line = QHBoxLayout()
        line.setSpacing(2 * theme.UNIT)
        line.addWidget(self.button)
        line.addWidget(self.again)
        line.addStretch(1)
        self.content.addLayout(line)
        self.section("Use")
        self.switch("force_cpu")
        self.number("torch_threads", 1, max(1, here.cores), empty="Automatic")
        self.devices: tuple[Device, ...] = ()
        self.tests: dict[str, SelfTest] = {}
        self._testing = False
        self._forced = live.now.force_cpu

    def shown(self) -> None:
        if not self.devices:
            self.look()

    def show_settings(self, now: Settings) -> None:
        super().show_settings(now)
        if now.force_cpu != self._forced:
            self._forced = now.force_cpu
            if self.devices:
                self.look()

    def look(self) -> None:
        """Find the devices."""
        controller = self.window_.controller
        controller.runner.look_up(
            "Looking for devices", _devices, key="devices", fail=controller.fail, done=self._found
        )

    def test(self) -> None:
        """Test the chosen device."""
        device = self._chosen()
        if device is None or self._testing or not _testable(device):
            return
        self._testing = True
        self.button.setEnabled(False)
        self.why.setText(f"Testing {device.name}…")
        controller = self.window_.controller
        controller.runner.look_up(
            "Testing a device",
            lambda progress: _test(device, progress),
            key="self-test",
            fail=self._failed,
            done=self._tested,
            cancelled=self._stopped,
            lane=Lane.MODEL,
        )

    def _found(self, devices: tuple[Device, ...]) -> None:
        if isValid(self):
            self.devices = devices
            self._fill()

    def _tested(self, test: SelfTest) -> None:
        if isValid(self):
            self.tests[test.device.torch_name] = test
            self._stopped()

    def _failed(self, error: BaseException, doing: str) -> None:
        self._stopped()
        self.window_.controller.fail(error, doing)

    def _stopped(self) -> None:
        if isValid(self):
            self._testing = False
            self._fill()

    def _fill(self) -> None:
        self.table.fill([self._row(device) for device in self.devices])
        self._explain()

    def _row(self, device: Device) -> tuple[tuple[str, ...], str]:
        test = self.tests.get(device.torch_name)
        state = "Ready" if device.usable else "Cannot be used"
        if device.why == "switched off":
            state = "Left alone"
        if test is not None:
            state = "Passed the test" if test.passed else "Failed the test"
        memory = f"{device.memory_bytes / _GIB:.1f} GB" if device.memory_bytes else "–"
        measured = test is not None and test.passed
        flops = f"{test.gigaflops:,.0f} GFLOP/s" if measured and test else "–"
        pace = f"{test.documents_per_second:,.0f} documents/s" if measured and test else "–"
        return (device.name, _KINDS[device.kind], memory, state, flops, pace), _about(device, test)

    def _chosen(self) -> Device | None:
        at = self.table.current()
        return self.devices[at] if 0 <= at < len(self.devices) else None

    def _explain(self) -> None:
        device = self._chosen()
        if device is None or self._testing:
            return
        self.why.setText(_about(device, self.tests.get(device.torch_name)))
        self.button.setEnabled(_testable(device))


def _about(device: Device, test: SelfTest | None) -> str:
    """One sentence about a device."""
    if test is not None and not test.passed:
        return test.reason
    if device.reason:
        return device.reason
    if test is not None:
        return (
            f"Tested for {test.seconds:.1f} s: {test.gigaflops:,.0f} billion operations a second, and a "
            f"training of {test.documents_per_second:,.0f} documents a second."
        )
    return "Jobs may use it. The test says how fast it is."


def _testable(device: Device) -> bool:
    return device.usable or device.why == "switched off"


def _devices(progress: Progress) -> tuple[Device, ...]:
    from saerch_desktop.embedding.devices import devices

    return devices()


def _test(device: Device, progress: Progress) -> SelfTest:
    from saerch_desktop.sae.self_test import self_test

    return self_test(device, progress)
