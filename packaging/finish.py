"""After PyInstaller: thin out the frozen program and note the terms of the system's libraries it took along.

`python packaging/finish.py dist/saerch-desktop`
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from saerch_desktop.workflow import licences
from saerch_desktop.workflow.licences import Component, Text

# Their symbols are for debuggers alone. Libraries that auditwheel has patched (numpy's, scipy's) may not be
# touched: strip breaks their layout.
_STRIPPED = re.compile(
    r"(libtorch_cpu|libtorch_python|libc10|libshm|libgomp.*|hnswlib.*|libllvmlite|libarrow.*|libparquet.*)\.so"
)
_DOC = Path("/usr/share/doc")


def finish(program: Path) -> None:
    inside = program / "_internal"
    if sys.platform.startswith("linux"):
        saved = sum(_strip(path) for path in inside.rglob("*.so*") if not path.is_symlink())
        sys.stdout.write(f"stripping saved {saved >> 20} MB\n")
        taken = _system_components(inside)
        sys.stdout.write(f"libraries of the system: {', '.join(one.name for one in taken)}\n")
        listed = inside / "resources" / "licences" / licences.FILE
        known = json.loads(listed.read_text("utf-8"))["components"]
        names = {entry["name"] for entry in known}
        every = [*known, *({**_as_json(one)} for one in taken if one.name not in names)]
        listed.write_text(json.dumps({"components": every}, ensure_ascii=False, indent=1), "utf-8")


def _strip(path: Path) -> int:
    if not _STRIPPED.match(path.name):
        return 0
    before = path.stat().st_size
    stripped = path.with_name(path.name + ".stripped")
    subprocess.run(["strip", "--strip-unneeded", "-o", str(stripped), str(path)], check=True)
    shutil.copymode(path, stripped)
    stripped.replace(path)
    return before - path.stat().st_size


def _system_components(inside: Path) -> list[Component]:
    """Debian packages whose libraries lie in the program, with their copyright files."""
    names = [path.name for path in inside.glob("*.so*") if not path.is_symlink()]
    cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    places = dict(reversed(match) for match in re.findall(r"=> (\S*/(\S+))", cache))
    found: dict[str, Component] = {}
    for name in sorted(names):
        place = places.get(name)
        if place is None:
            continue
        package = _owner(Path(place))
        if package and package not in found:
            terms = _DOC / package / "copyright"
            if not terms.is_file():
                raise SystemExit(f"{package} has no copyright file, and may not be given away without it.")
            text = terms.read_text("utf-8", "replace")
            found[package] = Component(
                package, _version(package), _short(text), "", (Text("copyright", text),)
            )
    return list(found.values())


def _owner(place: Path) -> str:
    # Since /usr took /lib in, a file may be known under either name.
    for path in (place, place.resolve(), Path("/lib") / place.resolve().relative_to("/usr/lib")):
        asked = subprocess.run(["dpkg", "-S", str(path)], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            return asked.stdout.partition(":")[0].partition(",")[0]
    return ""


def _version(package: str) -> str:
    asked = ["dpkg-query", "-W", "-f", "${Version}\n", package]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split("\n")[0]


def _short(text: str) -> str:
    names = dict.fromkeys(re.findall(r"(?m)^License: *(\S.*?)\s*$", text))
    return ", ".join(names)[:200] or "See its text"


def _as_json(one: Component) -> dict[str, object]:
    texts = [{"name": text.name, "text": text.text} for text in one.texts]
    return {
        "name": one.name, "version": one.version, "licence": one.licence, "home": one.home, "texts": texts,
    }  # fmt: skip


if __name__ == "__main__":
    finish(Path(sys.argv[1]).resolve())
