"""Make what people download from the frozen program: a .tar.gz with its installer, and a .deb.

`python packaging/linux/archives.py PROGRAM STAGE OUT`, where PROGRAM is PyInstaller's folder and STAGE what
packaging/stage.py made.
"""

from __future__ import annotations

import datetime
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from saerch_desktop import __version__

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
METAINFO = "io.github.saerch_desktop.saerch_desktop.metainfo.xml"
MAINTAINER = os.environ.get("SAERCH_MAINTAINER", "The SAErch Desktop authors <noreply@example.org>")
# Opened by name or read while the program runs, so that no library names them.
_BY_NAME = ("libegl1", "libgl1", "libfontconfig1", "libdbus-1-3", "xkb-data")


def main(program: Path, stage: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    machine = _asked("dpkg", "--print-architecture") if shutil.which("dpkg") else os.uname().machine
    name = f"saerch-desktop-{__version__}-linux-{machine}"
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    _share(folder / "share", stage)
    shutil.copy(HERE / "install.sh", folder / "install.sh")
    shutil.copy(ROOT / "LICENSE", folder / "LICENSE")
    _link_tree(program, folder / "saerch-desktop")
    _tar(folder, out / f"{name}.tar.gz")
    if shutil.which("dpkg-deb"):
        _deb(folder, out / f"saerch-desktop_{__version__}_{machine}.deb", machine)
    shutil.rmtree(folder)


def _share(share: Path, stage: Path) -> None:
    """What a desktop wants to know about the program, at the places where it looks."""
    applications, metainfo = share / "applications", share / "metainfo"
    for place in (applications, metainfo):
        place.mkdir(parents=True)
    shutil.copy(HERE / "saerch-desktop.desktop", applications)
    text = (HERE / METAINFO).read_text("utf-8")
    today = datetime.datetime.fromtimestamp(_moment(), datetime.UTC).date().isoformat()
    text = text.replace("@VERSION@", __version__).replace("@DATE@", today)
    (metainfo / METAINFO).write_text(text, "utf-8")
    for size in SIZES:
        place = share / "icons" / "hicolor" / f"{size}x{size}" / "apps"
        place.mkdir(parents=True)
        shutil.copy(stage / "icons" / f"saerch-desktop-{size}.png", place / "saerch-desktop.png")
    place = share / "icons" / "hicolor" / "scalable" / "apps"
    place.mkdir(parents=True)
    shutil.copy(ROOT / "resources" / "icons" / "app.svg", place / "saerch-desktop.svg")


def _tar(folder: Path, target: Path) -> None:
    """Two runs on the same files give the same bytes."""
    listing = [
        "tar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", f"--mtime=@{_moment()}",
        "--mode=u+rwX,go+rX,go-w", "-C", str(folder.parent), "-c", folder.name,
    ]  # fmt: skip
    packer = [shutil.which("pigz") or "gzip", "-n", "-9"]
    with target.open("wb") as stream:
        reading = subprocess.Popen(listing, stdout=subprocess.PIPE)
        subprocess.run(packer, stdin=reading.stdout, stdout=stream, check=True)
        if reading.wait():
            raise SystemExit("tar failed")


def _deb(folder: Path, target: Path, machine: str) -> None:
    root = folder.parent / "deb"
    shutil.rmtree(root, ignore_errors=True)
    program = root / "usr" / "lib" / "saerch-desktop"
    _link_tree(folder / "saerch-desktop", program)
    shutil.copytree(folder / "share", root / "usr" / "share")
    terms = root / "usr" / "share" / "doc" / "saerch-desktop"
    terms.mkdir(parents=True)
    (terms / "copyright").write_text(_copyright(), "utf-8")
    (root / "usr" / "bin").mkdir()
    (root / "usr" / "bin" / "saerch-desktop").symlink_to("../lib/saerch-desktop/saerch-desktop")
    control = root / "DEBIAN"
    control.mkdir()
    size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file()) // 1024
    (control / "control").write_text(
        f"Package: saerch-desktop\nVersion: {__version__}\nArchitecture: {machine}\n"
        f"Maintainer: {MAINTAINER}\nInstalled-Size: {size}\nDepends: {', '.join(_depends(program))}\n"
        "Section: science\nPriority: optional\n"
        "Description: See what text embeddings know, and steer search with it\n"
        " SAErch Desktop turns the embeddings of your texts into named, adjustable features,\n"
        " and lets you steer semantic search by dragging them up and down, offline.\n",
        "utf-8",
    )
    for path in (root, *root.rglob("*")):
        if not path.is_symlink() and path.is_dir():
            path.chmod(0o755)
    packing = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z12", "--build", str(root), str(target)]
    subprocess.run(packing, check=True, env=os.environ | {"SOURCE_DATE_EPOCH": str(_moment())})
    shutil.rmtree(root)


def _depends(program: Path) -> list[str]:
    """Packages whose libraries it asks for and does not bring, and the oldest C library it runs on."""
    objects = [path for path in program.rglob("*") if _is_elf(path)]
    own = {path.name for path in objects} | {path.name for path in program.rglob("*.so*")}
    wanted: set[str] = set()
    newest = (2, 34)
    for start in range(0, len(objects), 200):
        part = [str(path) for path in objects[start : start + 200]]
        about = _asked("readelf", "-W", "-d", "-V", *part)
        wanted.update(re.findall(r"\(NEEDED\).*\[(.+?)\]", about))
        newest = max(
            newest, *((int(a), int(b)) for a, b in re.findall(r"Name: GLIBC_(\d+)\.(\d+)", about)), newest
        )
    cache = dict(reversed(pair) for pair in re.findall(r"=> (\S*/(\S+))", _asked("/sbin/ldconfig", "-p")))
    found = {_owner(Path(cache[name])) for name in wanted - own if name in cache}
    found.update(name for name in _BY_NAME if _asked("dpkg-query", "-W", "-f", "x", name, may_fail=True))
    found -= {"", "libc6"}
    return [f"libc6 (>= {newest[0]}.{newest[1]})", *sorted(found)]


def _owner(place: Path) -> str:
    for path in (place, place.resolve(), Path(str(place.resolve()).removeprefix("/usr"))):
        said = _asked("dpkg", "-S", str(path), may_fail=True)
        if said:
            return said.partition(":")[0].partition(",")[0]
    return ""


def _is_elf(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def _copyright() -> str:
    return (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: SAErch Desktop\n"
        "Comment: The terms of everything that is packed with the program, in full, are in\n"
        " /usr/lib/saerch-desktop/_internal/resources/licences/components.json and in the window under\n"
        " Help, Licences.\n\nFiles: *\nCopyright: The SAErch Desktop authors\nLicense: MIT\n"
        + "".join(
            f" {line}\n" if line else " .\n" for line in (ROOT / "LICENSE").read_text("utf-8").splitlines()
        )
    )


def _link_tree(source: Path, target: Path) -> None:
    """A copy that takes no room where the disk can share files."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-al", str(source), str(target)], check=True)


def _moment() -> int:
    """Seconds since 1970 that every file of an archive is dated with."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or _asked("git", "-C", str(ROOT), "log", "-1", "--format=%ct") or "0")


def _asked(*command: str, may_fail: bool = False) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=not may_fail)
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:4]))
