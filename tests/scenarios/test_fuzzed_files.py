"""Damaged and hostile files: read as far as they go, or refused in plain words; nothing else ever happens.

SAERCH_FUZZ=2000 python -m pytest tests/scenarios/test_fuzzed_files.py -s damages each kind of file so many
times, and prints how often it was read and refused, the longest time, and the most memory.
"""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import small_library
from damaged_files import damage
from fuzzed_readers import READERS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from saerch_desktop.errors import UserError

EXAMPLES = int(os.environ.get("SAERCH_FUZZ", "5"))
ROOM = 1 << 30  # bytes of address space that reading one small file may take


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished library with names, families and a recipe."""
    from saerch_desktop.progress import Progress
    from saerch_desktop.workflow.families import build_families

    path = small_library.make_trained(tmp_path_factory.mktemp("whole") / "whole.saerch")
    build_families(path, "small", Progress())
    return path


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """More than a gigabyte for a small file is refused by the system, and would be a MemoryError here."""
    import torch  # noqa: F401  its own mappings are not a reader's doing

    with open("/proc/self/statm", encoding="ascii") as stream:
        now = int(stream.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + ROOM, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is limited by Linux's means")
@pytest.mark.expects_log
@pytest.mark.parametrize("kind", READERS)
def test_damaged_files_are_read_or_refused(kind: str, whole: Path, tmp_path: Path) -> None:
    reader = READERS[kind]
    sound = tmp_path / "sound"
    sound.mkdir()
    example = reader.make(sound, whole)
    reader.read(_copy(example, tmp_path / "first"), whole, _made(tmp_path / "first out"))
    files = sorted(p.relative_to(sound) for p in sound.rglob("*") if p.is_file() and p.stat().st_size)
    outcomes = {"read": 0, "refused": 0}
    longest = 0.0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=EXAMPLES < 100,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(file=st.sampled_from(files), harm=damage())
    def run(file: Path, harm: Callable[[bytes], bytes]) -> None:
        nonlocal longest
        with tempfile.TemporaryDirectory(dir=tmp_path, prefix=uuid.uuid4().hex) as folder:
            copy = _copy(example, Path(folder) / "in")
            damaged = Path(folder) / "in" / file
            damaged.write_bytes(harm((sound / file).read_bytes()))
            began = time.monotonic()
            try:
                reader.read(copy, whole, _made(Path(folder) / "out"))
                outcomes["read"] += 1
                refusal = None
            except UserError as error:
                outcomes["refused"] += 1
                refusal = error
            assert refusal is None or all((refusal.happened, refusal.meaning, refusal.remedy))
            longest = max(longest, time.monotonic() - began)

    run()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(
        f"\n{kind:<28}read {outcomes['read']:>6} refused {outcomes['refused']:>6}  {longest:.1f} s  {most} MB"
    )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _copy(example: Path, folder: Path) -> Path:
    """A copy of the example under the same name."""
    shutil.copytree(example.parent, folder)
    return folder / example.name
