"""What may load what: proved in fresh interpreters, because this one has loaded everything already."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = (
    "PySide6",
    "pyqtgraph",
    "torch",
    "hnswlib",
    "openai",
    "pyarrow",
    "scipy",
    "networkx",
    "umap",
    "numba",
    "graspologic_native",
    "tokenizers",
    "keyring",
)
ROOMS_WITHOUT_QT = ("library", "embedding", "sae", "features", "search", "study", "workflow")

# Refuses Qt as an environment without it would; given to fresh interpreters with -c.
WITHOUT_QT = """
import sys
class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in ('PySide6', 'shiboken6', 'pyqtgraph', 'pytestqt'):
            raise ModuleNotFoundError(f'No module named {name!r}', name=name)
sys.meta_path.insert(0, NoQt())
"""


def _python(code: str, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _loaded_by(statement: str) -> set[str]:
    done = _python(
        f"import sys; {statement}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["saerch_desktop", "saerch_desktop.cli", "saerch_desktop.errors"])
def test_importing_a_door_loads_nothing_heavy(module: str) -> None:
    assert _loaded_by(f"import {module}").isdisjoint(HEAVY)


def test_asking_the_command_line_for_help_loads_nothing_heavy() -> None:
    loaded = _loaded_by(
        "from saerch_desktop.cli import main; sys.stdout = open(__import__('os').devnull, 'w');"
        "main(['train', '--help']); sys.stdout = sys.__stdout__"
    )
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("room", [room for room in ROOMS_WITHOUT_QT if room not in ("embedding", "sae")])
def test_rooms_that_compute_nothing_with_torch_do_not_load_it(room: str) -> None:
    modules = _modules(room)
    assert modules
    assert "torch" not in _loaded_by(f"import {', '.join(modules)}")


def _modules(room: str) -> list[str]:
    folder = ROOT / "saerch_desktop" / room
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(folder.rglob("*.py"))
    ]


def test_every_module_but_the_window_imports_without_qt() -> None:
    grounds = [
        f"saerch_desktop.{path.stem}"
        for path in sorted((ROOT / "saerch_desktop").glob("*.py"))
        if path.stem != "app"
    ]
    modules = [name for room in ROOMS_WITHOUT_QT for name in _modules(room)] + grounds
    done = _python(f"{WITHOUT_QT}\nimport {', '.join(modules)}\nprint('PySide6' in sys.modules)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "False"


def test_the_tests_of_rooms_below_the_window_pass_without_qt(tmp_path: Path) -> None:
    """A few of each room's own tests, run by a pytest that cannot import Qt."""
    chosen = [
        "tests/library/test_documents.py",
        "tests/search/test_ranking.py",
        "tests/sae/test_weights.py",
        "tests/study",
    ]
    present = [name for name in chosen if (ROOT / name).exists()]
    assert len(present) >= 2
    code = f"{WITHOUT_QT}\nimport pytest\nsys.exit(pytest.main(sys.argv[1:]))"
    options = [
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:pytest-qt",
        "-p",
        "no:xvfb",
        f"--basetemp={tmp_path / 'inner'}",
    ]
    done = _python(code, *options, *present)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_the_layers_hold() -> None:
    """The import-linter contracts of pyproject.toml."""
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent)) or shutil.which(
        "lint-imports"
    )
    if program is None:
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        [program, "--no-cache"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
