"""Lay out what goes into the frozen program beside its code: icons, licences, manual, model, sample.

Run by the Python that the program is built with: `python packaging/stage.py FOLDER`. What is there already
and whole is kept, so that only the first run takes minutes (it embeds and trains the sample).
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import icons  # beside this file

from saerch_desktop import __version__
from saerch_desktop.embedding.minilm_weights import NAME, find_minilm
from saerch_desktop.paths import sample_library
from saerch_desktop.workflow import licences
from saerch_desktop.workflow.licences import Component, Text

ROOT = Path(__file__).resolve().parent.parent
_APACHE = ROOT / "resources" / "licences" / "Apache-2.0.txt"


def stage(folder: Path) -> None:
    resources = folder / "resources"
    shutil.rmtree(resources / "icons", ignore_errors=True)
    shutil.rmtree(resources / "manual", ignore_errors=True)
    shutil.copytree(ROOT / "resources", resources, dirs_exist_ok=True)
    shutil.copytree(ROOT / "docs" / "manual", resources / "manual")
    icons.write(ROOT / "resources" / "icons" / "app.svg", folder / "icons")
    _model(resources / "models" / NAME)
    _sample(resources / "sample" / sample_library().name)
    terms = resources / "licences"
    licences.write(terms / licences.FILE, (*licences.installed(), *_beside()))
    for text in terms.glob("*.txt"):
        text.unlink()  # they are in the list, in full
    (folder / "version_info.txt").write_text(_version_info(), "utf-8")


def _model(folder: Path) -> None:
    found = find_minilm()
    folder.mkdir(parents=True, exist_ok=True)
    for source in (found.weights, found.tokenizer):
        target = folder / source.name
        if not target.is_file() or target.stat().st_size != source.stat().st_size:
            shutil.copyfile(source, target)
    shutil.copyfile(_APACHE, folder / "LICENSE.txt")


def _sample(path: Path) -> None:
    """Made by the program's own command, so that it is what a user would get."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(ROOT / "main.py"), "sample", "--library", str(path)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    for lock in path.rglob("*.lock"):
        lock.unlink()


def _beside() -> list[Component]:
    """What is in the program and no package of its Python environment."""
    # Debian, python.org and pyenv keep it in the library folder, Windows beside the interpreter.
    for place in (Path(os.__file__).parent / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt"):
        if place.is_file():
            terms = (Text("LICENSE.txt", place.read_text("utf-8", "replace")),)
            break
    else:
        raise SystemExit(
            "The licence of this Python was not found; the program may not be given away without it."
        )
    packer = importlib.metadata.distribution("pyinstaller")
    copying = next(file for file in packer.files or () if file.name == "COPYING.txt")
    return [
        Component("Python", platform.python_version(), "PSF-2.0", "https://www.python.org", terms),
        Component(
            "PyInstaller's starter",
            packer.version,
            "GPL-2.0-or-later with an exception for the programs it starts",
            "https://pyinstaller.org",
            (Text("COPYING.txt", Path(str(copying.locate())).read_text("utf-8", "replace")),),
        ),
    ]


def _version_info() -> str:
    """What Windows shows under a program's properties."""
    numbers = (*(int(part) for part in __version__.split(".")[:3]), 0)
    words = {
        "CompanyName": "The SAErch Desktop authors",
        "FileDescription": "SAErch Desktop",
        "FileVersion": __version__,
        "InternalName": "saerch-desktop",
        "LegalCopyright": "MIT licence",
        "OriginalFilename": "saerch-desktop.exe",
        "ProductName": "SAErch Desktop",
        "ProductVersion": __version__,
    }
    table = ", ".join(f"StringStruct({name!r}, {text!r})" for name, text in words.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0x0,"
        " OS=0x40004, fileType=0x1, subtype=0x0, date=(0, 0)),"
        f" kids=[StringFileInfo([StringTable('040904B0', [{table}])]),"
        " VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n"
    )


if __name__ == "__main__":
    stage(Path(sys.argv[1]).resolve())
