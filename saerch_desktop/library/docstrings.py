"""The built-in sample's texts: what the Python packages on this computer say about themselves."""

from __future__ import annotations

import gzip
import json
import sys
import warnings
from pathlib import Path

import numpy as np

from saerch_desktop import files, paths
from saerch_desktop.library.docstring_cleaning import prose
from saerch_desktop.library.docstring_sources import STANDARD_LIBRARY, docstrings_in, package_files
from saerch_desktop.progress import Progress

# How much of the sample each package should make, as far as it has enough to say.
WEIGHTS = {
    STANDARD_LIBRARY: 8,
    "scipy": 5,
    "torch": 5,
    "numpy": 4,
    "networkx": 4,
    "sympy": 4,
    "pyqtgraph": 2,
    "pydantic": 1,
    "pyarrow": 1,
    "mpmath": 1,
    "rich": 1,
    "click": 1,
    "typer": 0.5,
    "jinja2": 0.5,
    "fsspec": 0.5,
    "openai": 0.5,
    "tokenizers": 0.5,
    "safetensors": 0.5,
    "platformdirs": 0.2,
    "filelock": 0.2,
    "tenacity": 0.2,
    "keyring": 0.2,
}  # fmt: skip
_SHORTEST = 40
# Reading stops once this many times a package's share is found: enough to choose from, and quick.
_ENOUGH = 1.3
_FROZEN_COPY = "sample.jsonl.gz"


def harvest(limit: int = 4800, seed: int = 0, progress: Progress | None = None) -> list[dict[str, str]]:
    """About `limit` documents, one per public class, function or method with a real description.

    Keys: id (dotted name), title, text (at most 600 characters), package, module, kind (class, function or
    method). The same installation, limit and seed give the same documents in the same order. Sources are
    read, nothing is imported. A frozen program has no sources: it uses the copy made when it was packaged.
    """
    progress = progress or Progress()
    frozen = paths.resources() / _FROZEN_COPY
    if getattr(sys, "frozen", False) and frozen.is_file():
        return _packaged(frozen)[:limit]
    sources = {package: package_files(package) for package in WEIGHTS}
    sources = {package: found for package, found in sources.items() if found}
    progress.begin("Reading documentation", len(sources), "packages")
    generator = np.random.default_rng(seed)
    share = limit / sum(WEIGHTS[package] for package in sources) if sources else 0.0
    pools: dict[str, list[dict[str, str]]] = {}
    seen: set[str] = set()
    with warnings.catch_warnings():
        # Other people's sources may hold outdated escapes; that is no news for the user of this program.
        warnings.simplefilter("ignore")
        for done, (package, found) in enumerate(sources.items()):
            # Large packages also fill the room that small ones leave.
            enough = _ENOUGH * share * WEIGHTS[package]
            order = generator.permutation(len(found))
            pool: list[dict[str, str]] = []
            for at in order.tolist():
                if len(pool) >= enough:
                    break
                progress.advance(done, package)
                pool.extend(_documents(found[at], seen))
            pools[package] = [pool[at] for at in generator.permutation(len(pool)).tolist()]
    progress.advance(len(sources))
    chosen = [
        document for package, count in _shares(pools, limit).items() for document in pools[package][:count]
    ]
    return [chosen[at] for at in generator.permutation(len(chosen)).tolist()]


def save_copy(path: Path, limit: int = 4800) -> None:
    """Write the harvest as gzipped JSON Lines, for a program that is packaged without sources."""
    lines = (json.dumps(document, ensure_ascii=False) + "\n" for document in harvest(limit))
    files.write_bytes(path, gzip.compress("".join(lines).encode(), mtime=0))


def _packaged(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]


def _documents(source: tuple[Path, str], seen: set[str]) -> list[dict[str, str]]:
    found = []
    for entry in docstrings_in(*source):
        text = prose(entry.text)
        # Many methods repeat another's words, and a name may be defined twice; the first one stands.
        if len(text) < _SHORTEST or entry.name in seen or text in seen:
            continue
        seen.update((entry.name, text))
        found.append(
            {
                "id": entry.name,
                "title": _title(entry.name, entry.module),
                "text": text,
                "package": entry.name.partition(".")[0],
                "module": entry.module,
                "kind": entry.kind,
            }
        )
    return found


def _title(name: str, module: str) -> str:
    """The thing's own name first: in a narrow column only the beginning of a title is seen."""
    own = name.removeprefix(f"{module}.")
    return name if own == name else f"{own} ({module})"


def _shares(pools: dict[str, list[dict[str, str]]], limit: int) -> dict[str, int]:
    """How many to take of each: by weight, and what the small ones cannot give comes from the others."""
    counts = dict.fromkeys(pools, 0)
    left = limit
    while left > 0:
        hungry = [package for package in pools if counts[package] < len(pools[package])]
        if not hungry:
            break
        unit = left / sum(WEIGHTS[package] for package in hungry)
        for package in hungry:
            more = min(max(1, int(unit * WEIGHTS[package])), len(pools[package]) - counts[package], left)
            counts[package] += more
            left -= more
    return counts
