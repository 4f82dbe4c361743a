"""The report tells where it went wrong, and nothing of what the user looked at."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from saerch_desktop import settings
from saerch_desktop.errors import UserError
from saerch_desktop.logs import start_logging, stop_logging
from saerch_desktop.search.recipe_files import load_recipe
from saerch_desktop.workflow import crash_report

SECRET = "Patient Müller suffers from zyxomycosis"
PLACE = "/home/anna/Hospital 2024/Patients.saerch/vectors.npy"


def raised(what: str) -> BaseException:
    """Errors as libraries raise them: with data of the user in their words."""
    try:
        if what == "key":
            {}[SECRET]
        elif what == "number":
            int(SECRET)
        elif what == "shape":
            np.zeros(3) + np.zeros(4)
        elif what == "file":
            Path(PLACE).read_bytes()
        else:
            exec(compile("raise ValueError(text)", "<text>", "exec"), {"text": SECRET})
    except (KeyError, ValueError, OSError) as error:
        return error
    raise AssertionError


@pytest.mark.parametrize("what", ["key", "number", "file", "plain"])
def test_no_data_of_the_user(what: str) -> None:
    text = crash_report.of_error(raised(what))
    told = text.split("What failed", 1)[1]
    # The line of code that failed is shown; what was in it is not.
    lines = [line for line in told.splitlines() if not line.startswith("    ")]
    for word in ("Müller", "zyxomycosis", "anna", "Hospital", "Patients"):
        assert word not in "\n".join(lines), lines
    assert type(raised(what)).__name__ in told
    assert "test_crash_report" not in told or "raised" in told


def test_what_the_program_itself_says_is_kept() -> None:
    assert "operands could not be broadcast together with shapes (3,) (4,)" in crash_report.of_error(
        raised("shape")
    )
    place = Path("/nowhere") / "secret name.json"
    try:
        load_recipe(place)
    except UserError as error:
        told = crash_report.of_error(error)
    assert "There is no file" in told
    assert "secret" not in told
    assert "saerch_desktop/search/recipe_files.py" in told


def test_causes_come_first() -> None:
    try:
        try:
            raise raised("key")
        except KeyError as error:
            raise RuntimeError("could not open") from error
    except RuntimeError as error:
        told = crash_report.of_error(error)
    assert told.index("KeyError") < told.index("which led to") < told.index("RuntimeError")


@pytest.mark.expects_log
def test_the_log_is_told_without_names_and_queries() -> None:
    start_logging()
    try:
        log = logging.getLogger("saerch_desktop.ui.search_log")
        log.info("The searches could not be kept: %s", f"{SECRET} in {PLACE}")
        log.error("Showing %s failed", SECRET, exc_info=raised("key"))
        logging.getLogger("other.library").warning("looking for %s with sk-abcdefghijklmnop", SECRET)
    finally:
        stop_logging()
    told = crash_report.of_now()
    assert "The searches could not be kept" in told
    assert "KeyError" in told
    for word in ("Müller", "suffers", "zyxomycosis", "anna", "Hospital", "Patients", "sk-abc"):
        assert word not in told.split("The last lines of the log")[1], word


def test_settings_without_places_and_addresses() -> None:
    settings.change_settings(
        theme="dark", recent_libraries=(PLACE,), endpoints={"m": "https://key:secret@example.org"}
    )
    told = crash_report.of_now()
    assert '"theme": "dark"' in told
    for word in ("Patients", "example.org", "secret"):
        assert word not in told


def test_a_native_stack_keeps_places_in_the_program() -> None:
    stack = (
        "Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f (most recent call first):\n"
        '  File "/home/anna/venv/lib/python3.11/site-packages/torch/nn.py", line 12 in forward\n'
        '  File "/opt/x/saerch_desktop/ui/window.py", line 3 in show\n'
    )
    told = crash_report.of_crash(stack, "2026-01-01T00:00:00", "0.1.0")
    assert 'File "site-packages/torch/nn.py", line 12 in forward' in told
    assert 'File "saerch_desktop/ui/window.py", line 3 in show' in told
    assert "anna" not in told
    assert "Segmentation fault" in told
