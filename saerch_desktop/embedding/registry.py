"""From a word like `minilm` or `openai:MODEL`, or from what a library recorded, to the embedder itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import EmbedderIdentity
from saerch_desktop.settings import load_settings

if TYPE_CHECKING:
    from saerch_desktop.embedding.base import Embedder
    from saerch_desktop.library.library import Library


def open_embedder(
    spec: str, *, base_url: str | None = None, budget_tokens: int | None = None, allow_network: bool = False
) -> Embedder:
    """Open `minilm`, `folder:PATH` or `openai:MODEL`.

    base_url: the service's address for `openai:`, else OPENAI_BASE_URL, else OpenAI's own; an address on this
    computer needs no permission. UserError for an unknown word, and whatever keeps the embedder from working.
    """
    kind, rest = _split(spec)
    if kind == "minilm":
        from saerch_desktop.embedding.minilm_encoder import MiniLM

        return MiniLM()
    if kind == "folder":
        from saerch_desktop.embedding.folder import FolderEmbedder

        return FolderEmbedder(Path(rest))
    if kind == "openai":
        return _online(rest, base_url, budget_tokens, allow_network, None)
    raise UserError(
        f"{spec!r} is not an embedder.",
        "Nothing was embedded.",
        "Use minilm, folder:PATH (a sentence-transformers model) or openai:MODEL.",
    )


def embedder_for(library: Library, *, allow_network: bool = False) -> Embedder:
    """The embedder that made the library's vectors, for its queries.

    UserError when there are no vectors, their maker is unknown, or it is not on this computer or has changed.
    """
    record = library.manifest.vectors
    if record is None:
        raise UserError(
            f"{library.manifest.name} has no vectors yet.",
            "Only keyword search works.",
            "Embed its documents first.",
        )
    made_by = record.embedder
    if made_by.kind == "minilm":
        return _minilm_like(made_by)
    if made_by.kind == "folder":
        from saerch_desktop.embedding.folder import FolderEmbedder

        return FolderEmbedder(_folder_of(made_by), expected=made_by)
    if made_by.kind == "openai":
        remembered = os.environ.get("OPENAI_BASE_URL") or load_settings().endpoints.get(made_by.name)
        return _online(made_by.name, remembered, None, allow_network, made_by.dim)
    raise UserError(
        f"{library.manifest.name} has imported vectors whose embedder ({made_by.name}) is unknown here.",
        "Queries in words cannot be compared with them. Keyword search and “more like this document” work.",
        "Import the documents again and name the embedder (--embedder minilm, folder:PATH or openai:MODEL).",
    )


def parse_identity(spec: str, dim: int) -> EmbedderIdentity:
    """Who made given vectors of `dim` numbers, by the user's word; an unknown word becomes `given:WORD`.

    UserError when the word names a known model that makes vectors of another length.
    """
    kind, rest = _split(spec)
    if kind == "minilm":
        from saerch_desktop.embedding.minilm_weights import IDENTITY

        if dim != IDENTITY.dim:
            raise _wrong_size("all-MiniLM-L6-v2", IDENTITY.dim, dim)
        return IDENTITY
    if kind == "folder":
        folder = Path(rest).expanduser().resolve()
        fingerprint = ""
        if folder.is_dir():
            from saerch_desktop.embedding.folder import check_folder, folder_fingerprint

            check_folder(folder)
            fingerprint = folder_fingerprint(folder)
        return EmbedderIdentity(kind="folder", name=str(folder), dim=dim, fingerprint=fingerprint)
    if kind == "openai":
        from saerch_desktop.embedding.online.embedder import KNOWN_DIMENSIONS

        native = KNOWN_DIMENSIONS.get(rest)
        # text-embedding-3 can be asked for fewer numbers, never for more.
        if native is not None and (
            dim > native or (dim < native and not rest.startswith("text-embedding-3"))
        ):
            raise _wrong_size(rest, native, dim)
        return EmbedderIdentity(kind="openai", name=rest, dim=dim)
    return EmbedderIdentity(
        kind="given", name=rest if kind == "given" else spec.strip() or "unknown", dim=dim
    )


def _split(spec: str) -> tuple[str, str]:
    spec = spec.strip()
    if spec.lower() in ("minilm", "all-minilm-l6-v2"):
        return "minilm", ""
    kind, colon, rest = spec.partition(":")
    if colon and kind in ("folder", "openai", "given") and rest.strip():
        return kind, rest.strip()
    return "", spec


def _online(
    model: str, base_url: str | None, budget_tokens: int | None, allow_network: bool, dim: int | None
) -> Embedder:
    from saerch_desktop.embedding.online.embedder import OnlineEmbedder
    from saerch_desktop.embedding.online.endpoint import endpoint_at

    endpoint = endpoint_at(base_url)
    endpoint.require_permission(allow_network)
    endpoint.key()  # a missing key is better told now than after the first texts
    return OnlineEmbedder(model, endpoint, dim=dim, budget_tokens=budget_tokens)


def _minilm_like(made_by: EmbedderIdentity) -> Embedder:
    from saerch_desktop.embedding.minilm_weights import IDENTITY

    if not IDENTITY.same_as(made_by):
        raise UserError(
            "The library's vectors come from another version of all-MiniLM-L6-v2.",
            "Queries made with the built-in one could not be compared with them.",
            "Embed the documents again in a new library.",
        )
    from saerch_desktop.embedding.minilm_encoder import MiniLM

    return MiniLM()


def _folder_of(made_by: EmbedderIdentity) -> Path:
    """Where the recorded model folder is now: where it was, or by its name among this computer's models."""
    from saerch_desktop.embedding.models import models_dir, search_places

    name = made_by.name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    for place in (Path(made_by.name), *search_places(name)):
        if place.is_dir():
            return place
    raise UserError(
        f"The model folder that made the library's vectors is not here: {made_by.name}.",
        "Queries in words cannot be compared with them; keyword search still works.",
        f"Copy the folder there, or to {models_dir() / name}.",
    )


def _wrong_size(model: str, native: int, dim: int) -> UserError:
    return UserError(
        f"{model} makes vectors of {native} numbers, but the given ones have {dim}.",
        "Nothing was imported.",
        "Name the embedder that really made them, or leave the name out.",
    )
